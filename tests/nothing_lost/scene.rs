//! A database that several processes share, the simulator that they talk to, and a host of the
//! test's own.

use std::sync::Arc;
use std::time::Duration;

use host_harness::clock::{Clock as _, VirtualClock};
use host_harness::host::{ConnectRequest, Host, HostOptions};
use host_harness::simulator::{Decision, Simulator, SimulatorOptions, decide};

use crate::child;
use crate::clocks::Ahead;
use crate::support::home::Home;
use crate::support::world::{EVERYTHING, document};

pub(crate) struct Scene {
    pub(crate) home: Home,
    pub(crate) clock: Ahead,
    pub(crate) simulator: Simulator,
    pub(crate) host: Host,
}

impl Scene {
    /// Connection 1, not connected.
    pub(crate) async fn created(refresh_grace: Duration) -> Self {
        let home = Home::new();
        let clock = Ahead::of(home.folder());
        let options = SimulatorOptions {
            clock: Arc::new(clock.clone()),
            refresh_grace,
            requests_per_minute: Some(0),
            ..SimulatorOptions::default()
        };
        let simulator = Simulator::start(options).await.unwrap();
        let host = child::host(home.folder(), simulator.origin()).await;
        host.create_connection(&document(1, "Marketing")).await.unwrap();
        Self { home, clock, simulator, host }
    }

    /// Connection 1, connected, and nothing recorded of how.
    pub(crate) async fn connected(refresh_grace: Duration) -> Self {
        let scene = Self::created(refresh_grace).await;
        connect(&scene.host, scene.simulator.origin()).await;
        scene.simulator.clear_requests();
        scene
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// The host of the next process, which waits in no time.
    pub(crate) async fn restarted(&self) -> Host {
        self.later(0).await
    }

    /// The same, some time later.
    pub(crate) async fn later(&self, seconds: u64) -> Host {
        let clock = Arc::new(VirtualClock::at(self.clock.now_ms() + seconds * 1_000));
        let keyring = child::keyring(self.home.folder());
        let change = |options: &mut HostOptions| options.keyring = keyring;
        self.home.host_on(clock, self.simulator.origin(), change).await
    }

    /// How many requests of that kind the simulator has seen.
    pub(crate) fn times(&self, method: &str, path: &str) -> usize {
        let requests = self.simulator.requests();
        requests.iter().filter(|one| one.method == method && one.path == path).count()
    }
}

/// Connects connection 1, a person allowing everything.
pub(crate) async fn connect(host: &Host, origin: &str) {
    let scopes = EVERYTHING.iter().map(|scope| (*scope).to_owned()).collect();
    let request = ConnectRequest { scopes, ..ConnectRequest::default() };
    let url = host.begin_connect(1, request).await.unwrap().url;
    let url = url.replace("https://auth.calendly.com", origin);
    let callback = decide(&url, Decision::Allow).await.unwrap();
    host.finish_connect(&callback).await.unwrap();
}
