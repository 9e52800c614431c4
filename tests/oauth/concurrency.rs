//! A refresh token can be spent once: whatever number of callers, instances and processes want a
//! new access token, one of them fetches it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use host_harness::clock::{Clock, Sleep, SystemClock, VirtualClock};
use host_harness::host::{ConnectRequest, Host, HostOptions};
use host_harness::simulator::{Decision, Simulator, SimulatorOptions, decide};
use serde_json::json;
use tokio::task::JoinSet;
use wiremock::{Request, Respond, ResponseTemplate};

use crate::support::MINUTE;
use crate::support::home::Home;
use crate::support::service::{ORGANIZATION, Service, USER};
use crate::support::world::{EVERYTHING, World, document};

/// Fifty times three requests take half a minute of the rate limit, and more where some are repeated.
const TEN_MINUTES: Duration = Duration::from_secs(600);
const LIST_BASES: &str = r#"{"action": "calendly.listBases", "connection": 1, "config": {}}"#;

/// So many calls at the same time; each has to succeed.
async fn all_succeed(hosts: &[&Host], calls_each: usize) {
    let mut calls = JoinSet::new();
    for host in hosts {
        for _ in 0..calls_each {
            let host = (*host).clone();
            calls.spawn(async move { host.run(LIST_BASES, TEN_MINUTES).await });
        }
    }
    while let Some(call) = calls.join_next().await {
        call.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_callers_with_an_expired_token_make_one_refresh() {
    let world = World::connected().await;
    world.advance(7_200);
    all_succeed(&[&world.host], 50).await;
    assert_eq!(world.token_requests(), 1);
    assert_eq!(world.sent().len(), 1 + 50 * 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_callers_whose_token_is_refused_make_one_refresh() {
    let world = World::connected().await;
    world.simulator.expire_access_tokens();
    all_succeed(&[&world.host], 50).await;
    assert_eq!(world.token_requests(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_on_one_database_make_one_refresh() {
    let clock = Shifted::default();
    let home = Home::new();
    let options =
        SimulatorOptions { clock: Arc::new(clock.clone()), ..SimulatorOptions::default() };
    let simulator = Simulator::start(options).await.unwrap();
    let unhurried = |options: &mut HostOptions| options.ceilings.api.requests = 1_000;
    let host = || home.host_on(Arc::new(clock.clone()), simulator.origin(), unhurried);
    let (first, second) = (host().await, host().await);
    first.create_connection(&document(1, "Marketing")).await.unwrap();
    let scopes = EVERYTHING.iter().map(|scope| (*scope).to_owned()).collect();
    let request = ConnectRequest { scopes, ..ConnectRequest::default() };
    let url = first.begin_connect(1, request).await.unwrap().url;
    let callback = decide(&simulator.map(&url), Decision::Allow).await.unwrap();
    first.finish_connect(&callback).await.unwrap();

    clock.advance(Duration::from_secs(7_200));
    simulator.clear_requests();
    all_succeed(&[&first, &second], 20).await;
    let requests = simulator.requests();
    let refreshes = requests.iter().filter(|request| request.path == "/oauth/token").count();
    assert_eq!(refreshes, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_refusal_does_not_end_the_grant_that_came_meanwhile_which_is_used_instead() {
    let service = Service::connected().await;
    let other_process = service.home.host(&service.server.uri()).await;
    service.home.clock.advance(Duration::from_secs(7_200));
    // While the refusal is on its way, the lease runs out and somebody else stores a new grant.
    let meanwhile = Meanwhile { other_process, advance: service.home.clock.clone() };
    service.responds("POST", "/oauth/token", meanwhile).await;
    service.answers("GET", "/users/USER", 200, json!({ "resource": { "uri": USER } })).await;
    let organization = json!({ "resource": { "uri": ORGANIZATION } });
    service.answers("GET", "/organizations/ORG", 200, organization).await;
    let groups = json!({ "collection": [], "pagination": { "next_page_token": null } });
    service.answers("GET", "/groups", 200, groups).await;
    service.host.run(LIST_BASES, TEN_MINUTES).await.unwrap();

    let view = service.host.connection(1).await.unwrap();
    assert_eq!(view.state, "connected");
    assert_eq!(view.grant.unwrap().refused, None);
    let lines = service.lines().await;
    assert_eq!(lines[..2], ["POST /oauth/token", "GET /users/USER"]);
    assert_eq!(lines.len(), 4, "{lines:?}");
}

/// Answers that the grant is over, after another process has stored a newer one.
struct Meanwhile {
    other_process: Host,
    advance: VirtualClock,
}

impl Respond for Meanwhile {
    fn respond(&self, _: &Request) -> ResponseTemplate {
        let (host, clock) = (self.other_process.clone(), self.advance.clone());
        let other_process = std::thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(async {
                clock.advance(Duration::from_secs(61));
                let store = host.store();
                let fence = store.acquire_lease(1, MINUTE, Duration::ZERO).await.unwrap().unwrap();
                let stored = store.grant(1).await.unwrap().unwrap();
                let mut newer = stored.grant;
                newer.obtained_at = clock.now_ms();
                newer.access_expires_at = Some(clock.now_ms() + 7_200_000);
                newer.refresh_started_at = None;
                let swapped = store.swap_grant(1, fence, Some(stored.version), Some(newer)).await;
                swapped.unwrap().unwrap();
                store.release_lease(1, fence).await.unwrap();
            });
        });
        other_process.join().unwrap();
        ResponseTemplate::new(400).set_body_json(json!({ "error": "invalid_grant" }))
    }
}

/// The machine's clock, which can be set forward. Two processes wait for each other in real time.
#[derive(Clone, Default)]
struct Shifted(Arc<AtomicU64>);

impl Shifted {
    fn advance(&self, duration: Duration) {
        let step = u64::try_from(duration.as_millis()).unwrap();
        self.0.fetch_add(step, Ordering::SeqCst);
    }
}

impl Clock for Shifted {
    fn now_ms(&self) -> u64 {
        SystemClock.now_ms() + self.0.load(Ordering::SeqCst)
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        SystemClock.sleep(duration)
    }
}
