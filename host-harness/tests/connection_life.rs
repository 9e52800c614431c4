//! A connection in the host: how it gets into trouble and out of it again, and which answers of a
//! browser it takes. With the built component, against the simulator, in virtual time.

#![allow(clippy::unwrap_used, clippy::panic, reason = "how a test fails")]

use std::env;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use host_harness::clock::VirtualClock;
use host_harness::engine::{ConnectorComponent, EngineOptions};
use host_harness::error::{ErrorCode, HostError};
use host_harness::host::{ConnectRequest, ConnectionView, Host, HostOptions};
use host_harness::keyring::{EncryptionKey, Keyring};
use host_harness::origin::OriginMap;
use host_harness::simulator::{Decision, Fault, Simulator, SimulatorOptions, decide};
use host_harness::store::Store;
use serde_json::{Value, json};

const ACCESS_TOKEN_LIFETIME: Duration = Duration::from_secs(2 * 60 * 60);

fn component() -> ConnectorComponent {
    static COMPONENT: OnceLock<ConnectorComponent> = OnceLock::new();
    let load = || {
        // Cargo makes the tests' own folder inside its target folder, wherever that is.
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let path = env::var_os("SOVRIUM_COMPONENT")
            .map(PathBuf::from)
            .unwrap_or_else(|| folder.with_file_name("component").join("calendly-connector.wasm"));
        let options =
            EngineOptions { cache: Some(folder.join("compiled")), ..EngineOptions::default() };
        ConnectorComponent::load(&path, options)
            .unwrap_or_else(|error| panic!("{}: {error}; run `cargo xtask build`", path.display()))
    };
    COMPONENT.get_or_init(load).clone()
}

struct World {
    host: Host,
    simulator: Simulator,
    clock: VirtualClock,
    folder: tempfile::TempDir,
}

impl World {
    /// Two connections that are not connected.
    async fn new() -> Self {
        let clock = VirtualClock::at(1_795_514_400_000);
        let options =
            SimulatorOptions { clock: Arc::new(clock.clone()), ..SimulatorOptions::default() };
        let simulator = Simulator::start(options).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let host = host(folder.path(), &clock, &simulator, 1).await;
        for id in 1..=2 {
            let document = json!({
                "type": "calendly",
                "id": id,
                "name": format!("Connection {id}"),
                "clientId": Simulator::CLIENT_ID,
                "clientSecret": Simulator::CLIENT_SECRET,
                "redirectUri": "http://localhost:8976/oauth/calendly/callback",
            });
            host.create_connection(&document.to_string()).await.unwrap();
        }
        Self { host, simulator, clock, folder }
    }

    /// The same with connection 1 connected.
    async fn connected() -> Self {
        let world = Self::new().await;
        let callback = world.callback(1).await;
        world.host.finish_connect(&callback).await.unwrap();
        world.simulator.clear_requests();
        world
    }

    /// Another process on the same database, with another key.
    async fn host_with_another_key(&self) -> Host {
        host(self.folder.path(), &self.clock, &self.simulator, 2).await
    }

    /// Where the browser comes back to when a person has allowed the connection.
    async fn callback(&self, id: u64) -> String {
        let pending = self.host.begin_connect(id, ConnectRequest::default()).await.unwrap();
        decide(&self.simulator.map(&pending.url), Decision::Allow).await.unwrap()
    }

    async fn view(&self, id: u64) -> ConnectionView {
        self.host.connection(id).await.unwrap()
    }

    async fn grant(&self) -> Option<(u64, String)> {
        let stored = self.host.store().grant(1).await.unwrap()?;
        Some((stored.version, stored.grant.tokens))
    }

    fn token_requests(&self) -> usize {
        self.simulator.requests().iter().filter(|sent| sent.path == "/oauth/token").count()
    }
}

async fn host(folder: &Path, clock: &VirtualClock, simulator: &Simulator, key: u8) -> Host {
    let store = Store::open(&folder.join("sovrium.db"), Arc::new(clock.clone())).unwrap();
    let keyring = Keyring::new(vec![EncryptionKey::new([key; 32])]);
    let options = HostOptions::new(keyring)
        .with_origin_map(OriginMap::parse(simulator.origin_mappings()).unwrap());
    Host::new(component(), store, options).await.unwrap()
}

async fn use_once(host: &Host) -> Result<String, HostError> {
    let action = json!({ "action": "calendly.listBases", "connection": 1, "config": {} });
    host.run(&action.to_string(), Duration::from_secs(60)).await
}

fn reason(error: &HostError) -> &str {
    assert_eq!(error.code, ErrorCode::InvalidState, "{error:?}");
    error.detail.as_ref().and_then(|detail| detail["reason"].as_str()).unwrap_or_default()
}

/// `error`, with why and with the ways out of it.
fn assert_in_error(view: &ConnectionView, code: &str) {
    assert_eq!((view.state, view.platform.row_action), ("error", "reconnect"));
    assert_eq!(view.user_actions, ["update-credentials", "reconnect"]);
    assert_eq!(view.last_error.as_ref().unwrap().code, code);
}

#[tokio::test]
async fn a_rotated_client_secret_can_be_updated_and_costs_no_grant() {
    for by_test in [true, false] {
        let world = World::connected().await;
        world.clock.advance(ACCESS_TOKEN_LIFETIME);
        world.simulator.inject(Fault::status(401).on("POST", "/oauth/token"));
        let tokens = world.grant().await.unwrap().1;
        let failed = match by_test {
            true => world.host.test(1).await.map(drop),
            false => use_once(&world.host).await.map(drop),
        };
        assert_eq!(failed.unwrap_err().code, ErrorCode::InvalidClient);
        assert_in_error(&world.view(1).await, "invalid-client");
        let grant = world.host.store().grant(1).await.unwrap().unwrap().grant;
        assert_eq!((&grant.tokens, &grant.refused), (&tokens, &None));

        let secret = json!({ "clientSecret": Simulator::CLIENT_SECRET }).to_string();
        let mended = world.host.change_connection(1, &secret).await.unwrap();
        assert_eq!((mended.state, mended.user_actions), ("configured", vec!["connect"]));
        let callback = world.callback(1).await;
        let view = world.host.finish_connect(&callback).await.unwrap();
        assert_eq!((view.state, view.last_error), ("connected", None));
        assert_ne!(world.grant().await.unwrap().1, tokens);
        world.host.test(1).await.unwrap();
    }
}

#[tokio::test]
async fn while_the_old_access_token_works_the_reason_of_the_error_stays() {
    let world = World::connected().await;
    let other = world.host_with_another_key().await;
    use_once(&other).await.unwrap_err();
    // This process has the right key.
    use_once(&world.host).await.unwrap();
    assert_in_error(&world.view(1).await, "vault");
}

#[tokio::test]
async fn secrets_that_no_key_opens_are_entered_again() {
    let world = World::connected().await;
    let host = world.host_with_another_key().await;
    let grant = world.grant().await;
    assert_eq!(use_once(&host).await.unwrap_err().code, ErrorCode::Vault);
    assert_in_error(&host.connection(1).await.unwrap(), "vault");
    assert_eq!(world.grant().await, grant);

    let secret = json!({ "clientSecret": Simulator::CLIENT_SECRET }).to_string();
    assert_eq!(host.change_connection(1, &secret).await.unwrap().state, "configured");
    let pending = host.begin_connect(1, ConnectRequest::default()).await.unwrap();
    let callback = decide(&world.simulator.map(&pending.url), Decision::Allow).await.unwrap();
    assert_eq!(host.finish_connect(&callback).await.unwrap().state, "connected");
    use_once(&host).await.unwrap();
}

#[tokio::test]
async fn other_failures_leave_the_state_alone() {
    let world = World::connected().await;
    world.simulator.inject(Fault::status(503).times(20));
    use_once(&world.host).await.unwrap_err();
    world.host.test(1).await.unwrap_err();
    let view = world.view(1).await;
    assert_eq!(
        (view.state, view.last_error.unwrap().code.as_str()),
        ("connected", "upstream-unavailable")
    );
}

#[tokio::test]
async fn every_wrong_answer_has_its_own_refusal() {
    let world = World::new().await;
    let own = world.callback(1).await;
    let other = world.callback(2).await;
    let refused = async |callback: &str| {
        let error = world.host.finish_connect_of(1, callback).await.unwrap_err();
        reason(&error).to_owned()
    };
    assert_eq!(refused("?code=c").await, "missing-state");
    assert_eq!(refused("?code=c&state=1.made-up").await, "state-mismatch");
    assert_eq!(refused(&other).await, "other-connection");
    let unknown = world.host.finish_connect("?code=c&state=1.made-up").await.unwrap_err();
    assert_eq!(reason(&unknown), "unknown-state");
    assert_eq!(world.token_requests(), 0);
    assert_eq!(world.host.finish_connect_of(1, &own).await.unwrap().state, "connected");
    assert_eq!(refused(&own).await, "replayed");
    // Nothing of connection 1 waits for an answer any more.
    assert_eq!(refused("?code=c&state=1.made-up").await, "unknown-state");
    assert_eq!(world.token_requests(), 1);
}

#[tokio::test]
async fn a_second_answer_is_refused_before_its_code_is_spent() {
    let world = World::new().await;
    let (first, second, late) =
        (world.callback(1).await, world.callback(1).await, world.callback(1).await);
    world.host.finish_connect(&first).await.unwrap();
    let grant = world.grant().await;
    let refused = world.host.finish_connect(&second).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Conflict);
    assert_eq!((world.grant().await, world.token_requests()), (grant, 1));
    world.host.test(1).await.unwrap();

    // The answer was not used up: it counts once the connection can use it.
    world.host.disconnect(1).await.unwrap();
    assert_eq!(world.host.finish_connect(&second).await.unwrap().state, "connected");
    world.clock.advance(Duration::from_secs(600));
    let expired = world.host.finish_connect(&late).await.unwrap_err();
    assert_eq!(reason(&expired), "expired");
    assert_eq!(world.token_requests(), 2);
}

#[tokio::test]
async fn an_action_without_a_connection_hears_of_all_that_is_wrong() {
    let world = World::new().await;
    let run = async |action: Value| {
        let error = world.host.run(&action.to_string(), Duration::from_secs(60)).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidInput, "{error:?}");
        let mut pointers: Vec<_> =
            error.violations.into_iter().map(|violation| violation.pointer).collect();
        pointers.sort_unstable();
        pointers
    };
    let config = json!({ "tableId": "contacts", "baseId": "me", "pageSize": 0 });
    for connection in [json!(null), json!(0), json!("1"), json!(1.5)] {
        let action = json!({
            "action": "calendly.queryRecords", "connection": connection, "config": config,
        });
        assert_eq!(run(action).await, ["/config/pageSize", "/connection"], "{connection}");
    }
    let missing = json!({ "action": "calendly.listBases", "config": {} });
    assert_eq!(run(missing).await, ["/connection"]);
    assert_eq!(run(json!({})).await, ["/action", "/config", "/connection"]);
    // A whole number is one, however it is written.
    let whole = json!({ "action": "calendly.listBases", "connection": 9.0, "config": {} });
    let unknown = world.host.run(&whole.to_string(), Duration::from_secs(60)).await.unwrap_err();
    assert_eq!(unknown.platform_code, Some("connection_not_found"));
}

#[tokio::test]
async fn a_mapping_that_would_never_apply_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(VirtualClock::at(0));
    let store = Store::open(&folder.path().join("sovrium.db"), clock).unwrap();
    let map = OriginMap::parse(["https://api.calendy.com=http://127.0.0.1:1"]).unwrap();
    let options = HostOptions::new(Keyring::default()).with_origin_map(map);
    let refused = Host::new(component(), store, options).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::InvalidInput);
    let names =
        ["https://api.calendy.com", "https://api.calendly.com", "https://auth.calendly.com"];
    assert!(names.iter().all(|name| refused.message.contains(name)), "{}", refused.message);
}
