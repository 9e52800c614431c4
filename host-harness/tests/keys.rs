//! The keys that secrets are sealed with: a new one for all of them while calls go on, again after
//! a kill, and the end of an old one. With the built component, against the simulator.

#![allow(clippy::unwrap_used, clippy::panic, reason = "how a test fails")]

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aes_gcm::aead::{Aead as _, KeyInit as _};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use host_harness::bindings::sovrium::connector::grant_store::SwapError;
use host_harness::clock::{SharedClock, SystemClock, VirtualClock};
use host_harness::engine::{ConnectorComponent, EngineOptions};
use host_harness::error::{ErrorCode, HostError};
use host_harness::host::{ConnectRequest, Host, HostOptions, KeyView};
use host_harness::keyring::Keyring;
use host_harness::origin::OriginMap;
use host_harness::random::system_random;
use host_harness::simulator::{Decision, Fault, FaultKind, Simulator, SimulatorOptions, decide};
use host_harness::store::{PendingAuthorization, Place, Store, StoreError};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use url::Url;

const MINUTE: Duration = Duration::from_secs(60);
const REDIRECT_URI: &str = "http://localhost:8976/oauth/calendly/callback";
const PASSPHRASE: &str = "a passphrase of the platform";

fn component_path() -> PathBuf {
    // Cargo makes the tests' own folder inside its target folder, wherever that is.
    std::env::var_os("SOVRIUM_COMPONENT").map(PathBuf::from).unwrap_or_else(|| {
        Path::new(env!("CARGO_TARGET_TMPDIR"))
            .with_file_name("component")
            .join("calendly-connector.wasm")
    })
}

fn component() -> ConnectorComponent {
    static COMPONENT: OnceLock<ConnectorComponent> = OnceLock::new();
    let load = || {
        let cache = Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled"));
        let options = EngineOptions { cache, ..EngineOptions::default() };
        let path = component_path();
        ConnectorComponent::load(&path, options)
            .unwrap_or_else(|error| panic!("{}: {error}; run `cargo xtask build`", path.display()))
    };
    COMPONENT.get_or_init(load).clone()
}

/// A database with its key file, and the service. Every host is what another process would be.
struct World {
    folder: tempfile::TempDir,
    clock: SharedClock,
    simulator: Simulator,
}

impl World {
    async fn new(clock: SharedClock) -> Self {
        let options = SimulatorOptions {
            clock: Arc::clone(&clock),
            // More refreshes in a minute than Calendly allows.
            requests_per_minute: Some(0),
            ..SimulatorOptions::default()
        };
        let simulator = Simulator::start(options).await.unwrap();
        Self { folder: tempfile::tempdir().unwrap(), clock, simulator }
    }

    fn database(&self) -> PathBuf {
        self.folder.path().join("sovrium.db")
    }

    fn key_file(&self) -> PathBuf {
        self.folder.path().join("sovrium.key")
    }

    fn store(&self) -> Store {
        Store::open(&self.database(), Arc::clone(&self.clock)).unwrap()
    }

    async fn host(&self) -> Host {
        self.host_with(Keyring::from_file(&self.key_file(), &system_random()).unwrap()).await
    }

    async fn host_with(&self, keyring: Keyring) -> Host {
        let map = OriginMap::parse(self.simulator.origin_mappings()).unwrap();
        let options = HostOptions::new(keyring).with_origin_map(map);
        Host::new(component(), self.store(), options).await.unwrap()
    }

    async fn connect(&self, host: &Host, id: u64) {
        create(host, id).await;
        let callback = self.callback(host, id).await;
        host.finish_connect(&callback).await.unwrap();
    }

    async fn callback(&self, host: &Host, id: u64) -> String {
        let pending = host.begin_connect(id, ConnectRequest::default()).await.unwrap();
        decide(&self.simulator.map(&pending.url), Decision::Allow).await.unwrap()
    }

    /// `sovrium-host …` on the same database.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sovrium-host"));
        command.arg("--json").arg("--db").arg(self.database());
        command.arg("--component").arg(component_path());
        for mapping in self.simulator.origin_mappings() {
            command.arg("--map-origin").arg(mapping);
        }
        command.args(arguments);
        for variable in ["SOVRIUM_DB", "SOVRIUM_COMPONENT", "SOVRIUM_ENCRYPTION_KEY"] {
            command.env_remove(variable);
        }
        command
    }
}

async fn create(host: &Host, id: u64) {
    let document = json!({
        "type": "calendly",
        "id": id,
        "name": format!("Connection {id}"),
        "clientId": Simulator::CLIENT_ID,
        "clientSecret": Simulator::CLIENT_SECRET,
        "redirectUri": REDIRECT_URI,
    });
    host.create_connection(&document.to_string()).await.unwrap();
}

async fn use_once(host: &Host, id: u64) -> Result<String, HostError> {
    let action = json!({ "action": "calendly.listBases", "connection": id, "config": {} });
    host.run(&action.to_string(), 10 * MINUTE).await
}

/// The ids of the keys that anything stored is sealed with.
async fn keys_in_use(store: &Store) -> BTreeSet<String> {
    let sealed = store.sealed().await.unwrap();
    sealed.iter().map(|one| one.key_id().unwrap().to_owned()).collect()
}

fn role<'a>(keys: &'a [KeyView], id: &str) -> &'a str {
    keys.iter().find(|key| key.id == id).unwrap().role
}

fn answer(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn failure(output: &Output) -> Value {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    serde_json::from_slice(&output.stderr).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_secret_gets_the_new_key_while_calls_go_on() {
    let world = World::new(Arc::new(VirtualClock::at(1_795_514_400_000))).await;
    let (ours, theirs) = (world.host().await, world.host().await);
    for id in 1..=3 {
        world.connect(&ours, id).await;
    }
    let cut = Fault::once(FaultKind::DropBeforeHandling).on("POST", "/oauth/revoke");
    world.simulator.inject(cut.times(2));
    ours.disconnect(3).await.unwrap();
    world.callback(&ours, 3).await;
    for key in ["the-first-signing-key", "the-second-signing-key"] {
        let key = serde_json::json!({ "webhookSigningKey": key }).to_string();
        ours.change_connection(1, &key).await.unwrap();
    }
    let old = ours.keys().await.unwrap()[0].clone();
    assert_eq!(old.seals.webhook_signing_keys, 2);
    assert_eq!((old.seals.client_secrets, old.seals.grants, old.seals.revocations), (3, 2, 2));
    assert_eq!(old.seals.pending_authorizations, 4);

    // Callers in two processes, whose tokens expire under way.
    let (stop, calls) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let mut callers = JoinSet::new();
    for (host, id) in [(&ours, 1), (&theirs, 1), (&ours, 2), (&theirs, 2)] {
        let (host, stop, calls) = (host.clone(), Arc::clone(&stop), Arc::clone(&calls));
        callers.spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                use_once(&host, id).await.unwrap();
                calls.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    let mut all = BTreeSet::from([old.id.clone()]);
    for _ in 0..3 {
        world.simulator.expire_access_tokens();
        let seen = calls.load(Ordering::Relaxed);
        let rotated = ours.rotate_keys(false).await.unwrap();
        assert!(rotated.made && rotated.failed.is_empty(), "{rotated:?}");
        assert!(all.insert(rotated.active.clone()), "a new key each time");
        assert_eq!(keys_in_use(ours.store()).await, BTreeSet::from([rotated.active.clone()]));
        while calls.load(Ordering::Relaxed) < seen + 8 {
            tokio::task::yield_now().await;
        }
        // What was refreshed meanwhile, in either process, has the new key, too.
        assert_eq!(keys_in_use(ours.store()).await, BTreeSet::from([rotated.active]));
    }
    stop.store(true, Ordering::Relaxed);
    while let Some(caller) = callers.join_next().await {
        caller.unwrap();
    }
    for id in [1, 2] {
        assert_eq!(theirs.connection(id).await.unwrap().state, "connected");
    }
    // The signing keys open: a webhook is refused for its signature, not for them.
    let minute = Duration::from_secs(60);
    let refused = theirs.receive_webhook(1, Vec::new(), Vec::new(), minute).await.unwrap_err();
    assert_eq!((refused.status, &*refused.reason), (401, "missing"));
    assert_eq!(theirs.retry_revocations().await.unwrap().done, 1);
    let keys = theirs.keys().await.unwrap();
    assert_eq!((keys.len(), role(&keys, &old.id)), (4, "open"));
    assert!(keys[1..].iter().all(|key| key.seals.total() == 0), "{keys:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waited_for_its_answer_is_completed_with_the_new_key() {
    let world = World::new(Arc::new(VirtualClock::at(1_795_514_400_000))).await;
    let host = world.host().await;
    create(&host, 1).await;
    let callback = world.callback(&host, 1).await;
    let old = host.keys().await.unwrap()[0].id.clone();
    host.rotate_keys(false).await.unwrap();
    host.retire_key(&old).await.unwrap();
    assert_eq!(host.finish_connect(&callback).await.unwrap().state, "connected");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_that_was_killed_is_completed_by_the_next() {
    let world = World::new(Arc::new(SystemClock)).await;
    let host = world.host().await;
    world.connect(&host, 1).await;
    let old = host.keys().await.unwrap()[0].id.clone();
    let store = host.store();
    // Somebody works on the grant, so that the rotation cannot go past it.
    let fence = store.acquire_lease(1, MINUTE, MINUTE).await.unwrap().unwrap();
    let mut child = world.command(&["keys", "rotate"]).spawn().unwrap();
    let half_done = async {
        loop {
            let sealed = store.sealed().await.unwrap();
            let secret = sealed.iter().find(|one| one.place == Place::ClientSecret).unwrap();
            if secret.key_id() != Some(&*old) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(MINUTE, half_done).await.unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    store.release_lease(1, fence).await.unwrap();
    assert_eq!(keys_in_use(store).await.len(), 2);

    // Both keys open meanwhile, also in a process that began with one of them.
    host.test(1).await.unwrap();
    let again = answer(&world.command(&["keys", "rotate"]).output().unwrap());
    assert_eq!(again["made"], false, "{again}");
    assert_eq!(
        keys_in_use(store).await,
        BTreeSet::from([again["active"].as_str().unwrap().into()])
    );
    assert_eq!(host.keys().await.unwrap().len(), 2);
    host.test(1).await.unwrap();

    // With nothing left to complete, the next rotation is a new one.
    let next = answer(&world.command(&["keys", "rotate"]).output().unwrap());
    assert!(next["made"] == true && next["active"] != again["active"], "{next}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_the_keys_is_in_the_audit_of_every_connection() {
    let world = World::new(Arc::new(SystemClock)).await;
    let host = world.host().await;
    world.connect(&host, 1).await;
    create(&host, 2).await;
    let old = host.keys().await.unwrap()[0].id.clone();
    host.retire_key(&old).await.unwrap_err();
    let rotated = answer(&world.command(&["keys", "rotate"]).output().unwrap());
    answer(&world.command(&["keys", "retire", &old]).output().unwrap());
    for id in ["1", "2"] {
        let report = answer(&world.command(&["audit", id]).output().unwrap());
        let events: Vec<_> = report["events"].as_array().unwrap().iter().take(2).collect();
        assert_eq!(events[0]["event"], "keys.retired");
        assert_eq!(events[0]["detail"], json!({ "key": old }));
        assert_eq!(events[1]["event"], "keys.rotated");
        let detail = json!({
            "active": rotated["active"], "made": true, "resealed": rotated["resealed"], "failed": 0,
        });
        assert_eq!(events[1]["detail"], detail);
        let secrets = json!([
            "client-secret",
            "personal-access-token",
            "tokens",
            "pending-authorization",
            "outstanding-revocation",
        ]);
        assert_eq!((&events[1]["read"], &events[1]["written"]), (&secrets, &secrets));
        assert!(events.iter().all(|event| event["connection"].is_null()));
    }
    let all = host.store().audit_of(1).await.unwrap().1;
    assert_eq!(all.iter().filter(|event| event.event.starts_with("keys.")).count(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_retired_only_when_nothing_needs_it() {
    let clock = VirtualClock::at(1_795_514_400_000);
    let world = World::new(Arc::new(clock.clone())).await;
    let (host, other) = (world.host().await, world.host().await);
    world.connect(&host, 1).await;
    let old = host.keys().await.unwrap()[0].id.clone();
    let refused = host.retire_key(&old).await.unwrap_err();
    assert_eq!(
        (refused.code, &*refused.next_step),
        (ErrorCode::Conflict, "Rotate the keys first.")
    );
    assert_eq!(host.retire_key("00000000").await.unwrap_err().code, ErrorCode::NotFound);

    let stale = host.store().grant(1).await.unwrap().unwrap();
    let rotated = host.rotate_keys(false).await.unwrap();
    // One secret left behind is enough.
    let sealed = host.store().sealed().await.unwrap();
    let pending = PendingAuthorization {
        connection: 1,
        pending: format!("v2:{old}:AAAA"),
        expires_at: 1_795_514_400_000,
    };
    host.store().insert_pending("1.left-behind", pending.clone()).await.unwrap();
    let refused = host.retire_key(&old).await.unwrap_err();
    let detail = refused.detail.unwrap();
    assert_eq!(detail["seals"]["pendingAuthorizations"], 1, "{detail}");
    assert_eq!(detail["connections"], json!([1]));
    let all = host.store().sealed().await.unwrap();
    let left = all.into_iter().find(|one| !sealed.contains(one)).unwrap();
    let ours = format!("v2:{}:AAAA", rotated.active);
    assert!(host.store().replace_sealed(left, ours).await.unwrap());

    // A process that stood still since before the rotation, its lease run out.
    let fence = other.store().acquire_lease(1, Duration::from_secs(1), MINUTE).await.unwrap();
    clock.advance(Duration::from_secs(2));
    host.retire_key(&old).await.unwrap();
    assert_eq!(host.keys().await.unwrap().len(), 1);
    assert!(!fs::read_to_string(world.key_file()).unwrap().contains("\n\n"));
    let grant = host.store().grant(1).await.unwrap();
    let late = other.store().swap_grant(1, fence.unwrap(), None, Some(stale.grant.clone())).await;
    assert!(matches!(late, Ok(Err(SwapError::LeaseLost))), "{late:?}");
    // And whatever else is sealed with the retired key is not stored any more, anywhere.
    let version = grant.as_ref().map(|stored| stored.version);
    let fence = other.store().acquire_lease(1, MINUTE, MINUTE).await.unwrap().unwrap();
    let late = other.store().swap_grant(1, fence, version, Some(stale.grant)).await;
    assert!(matches!(late, Err(StoreError::RetiredKey)), "{late:?}");
    other.store().release_lease(1, fence).await.unwrap();
    let late = other.store().insert_pending("1.late", pending).await;
    assert!(matches!(late, Err(StoreError::RetiredKey)), "{late:?}");
    assert_eq!(host.store().grant(1).await.unwrap(), grant);
    use_once(&other, 1).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_that_does_not_open_is_named_and_keeps_no_other_from_the_new_key() {
    let world = World::new(Arc::new(SystemClock)).await;
    let host = world.host().await;
    world.connect(&host, 1).await;
    create(&host, 2).await;
    let old = host.keys().await.unwrap()[0].id.clone();
    let sealed = host.store().sealed().await.unwrap();
    let of = |id: u64| {
        sealed.iter().find(|one| one.connection == id && one.place == Place::ClientSecret).unwrap()
    };
    let moved = of(1).envelope.clone();
    assert!(host.store().replace_sealed(of(2).clone(), moved.clone()).await.unwrap());
    let error = failure(&world.command(&["keys", "rotate"]).output().unwrap());
    assert_eq!(error["code"], "vault");
    let failed = &error["detail"]["failed"];
    assert_eq!((failed.as_array().unwrap().len(), &failed[0]["connection"]), (1, &json!(2)));
    assert_eq!(failed[0]["secret"], "client-secret");
    host.test(1).await.unwrap();
    let left = host.store().sealed().await.unwrap();
    let left: Vec<_> = left.iter().filter(|one| one.key_id() == Some(&*old)).collect();
    assert!(left.len() == 1 && left[0].envelope == moved, "{left:?}");

    // It does not keep a person from a new key either.
    let keys = host.keys().await.unwrap().len();
    failure(&world.command(&["keys", "rotate"]).output().unwrap());
    assert_eq!(host.keys().await.unwrap().len(), keys);
    failure(&world.command(&["keys", "rotate", "--new-key"]).output().unwrap());
    assert_eq!(host.keys().await.unwrap().len(), keys + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_in_the_environment_are_rotated_there() {
    let world = World::new(Arc::new(SystemClock)).await;
    let [old, new] = [[1; 32], [2; 32]].map(|bytes: [u8; 32]| STANDARD.encode(bytes));
    let ring = |text: &str| Keyring::parse(text, "test").unwrap();
    let host = world.host_with(ring(&old)).await;
    world.connect(&host, 1).await;
    let old_id = host.keys().await.unwrap()[0].id.clone();
    let run = |keys: &str, arguments: &[&str]| {
        world.command(arguments).env("SOVRIUM_ENCRYPTION_KEY", keys).output().unwrap()
    };
    let refused = failure(&run(&old, &["keys", "rotate"]));
    assert!(refused["nextStep"].as_str().unwrap().contains("in front"), "{refused}");

    let both = format!("{new},{old}");
    let rotated = answer(&run(&both, &["keys", "rotate"]));
    assert_eq!((&rotated["made"], &rotated["resealed"]), (&json!(false), &json!(3)));
    let retired = answer(&run(&both, &["keys", "retire", &old_id]));
    assert!(retired["next"].as_str().unwrap().contains("SOVRIUM_ENCRYPTION_KEY"), "{retired}");
    let keys = answer(&run(&new, &["keys", "list"]));
    assert_eq!((keys.as_array().unwrap().len(), &keys[0]["role"]), (1, &json!("active")));
    assert_eq!(keys[0]["seals"]["grants"], 1);
    world.host_with(ring(&new)).await.test(1).await.unwrap();
    // The old key alone: what needs another one is counted.
    let keys = answer(&run(&old, &["keys", "list"]));
    assert_eq!(
        (&keys[1]["role"], &keys[1]["seals"]["clientSecrets"]),
        (&json!("missing"), &json!(1))
    );
}

/// What the platform stores: its key from scrypt, no associated data.
fn sealed_by_platform(secret: &str) -> String {
    let mut key = [0; 32];
    let parameters = scrypt::Params::new(14, 8, 1).unwrap();
    scrypt::scrypt(PASSPHRASE.as_bytes(), b"sovrium-token-salt", &parameters, &mut key).unwrap();
    let nonce = *b"nonce-of-12b";
    let cipher = Aes256Gcm::new_from_slice(&key).unwrap();
    let mut sealed = cipher.encrypt(&Nonce::from(nonce), secret.as_bytes()).unwrap();
    let tag = sealed.split_off(sealed.len() - 16);
    let [ciphertext, iv, tag] = [&sealed[..], &nonce, &tag].map(|bytes| STANDARD.encode(bytes));
    format!("v1:{}", json!({ "ciphertext": ciphertext, "iv": iv, "authTag": tag }))
}

/// A token pair that somebody else than the connector obtained.
async fn tokens_of_the_platform(simulator: &Simulator) -> (String, String) {
    let mut url = Url::parse(&format!("{}/oauth/authorize", simulator.origin())).unwrap();
    url.query_pairs_mut().extend_pairs([
        ("client_id", Simulator::CLIENT_ID),
        ("response_type", "code"),
        ("redirect_uri", REDIRECT_URI),
        ("scope", "users:read"),
        ("state", "of-the-platform"),
    ]);
    let callback = Url::parse(&decide(url.as_str(), Decision::Allow).await.unwrap()).unwrap();
    let code = callback.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", REDIRECT_URI),
        ])
        .finish();
    let client = format!("{}:{}", Simulator::CLIENT_ID, Simulator::CLIENT_SECRET);
    let authority = url.authority().to_owned();
    let request = format!(
        "POST /oauth/token HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\
         Authorization: Basic {}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n{body}",
        STANDARD.encode(client),
        body.len()
    );
    let post = move || {
        let mut stream = TcpStream::connect(&authority).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    let answer = tokio::task::spawn_blocking(post).await.unwrap();
    let body: Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
    let token = |name: &str| body[name].as_str().unwrap().to_owned();
    (token("access_token"), token("refresh_token"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_platform_sealed_comes_over_and_works() {
    let world = World::new(Arc::new(SystemClock)).await;
    let host = world.host().await;
    // The secret is a wrong one until the platform's comes over.
    let document = json!({
        "type": "calendly", "id": 1, "name": "Marketing", "clientId": Simulator::CLIENT_ID,
        "clientSecret": "not the client secret",
    });
    host.create_connection(&document.to_string()).await.unwrap();
    let (access, refresh) = tokens_of_the_platform(&world.simulator).await;
    let row = json!({
        "clientSecret": sealed_by_platform(Simulator::CLIENT_SECRET),
        "accessToken": sealed_by_platform(&access),
        "refreshToken": sealed_by_platform(&refresh),
    });
    let import = |row: &Value, passphrase: &str| {
        let row = row.to_string();
        let mut command = world.command(&["connection", "import-v1", "1", "--row", &row]);
        command.env("SOVRIUM_PLATFORM_ENCRYPTION_KEY", passphrase).output().unwrap()
    };
    let before = host.store().sealed().await.unwrap();
    for (row, passphrase, code) in [
        (row.clone(), "another passphrase", "vault"),
        (row.clone(), "", "vault"),
        (json!({ "accessToken": "v1:{}", "refreshToken": "v1:{}" }), PASSPHRASE, "vault"),
        (json!({ "accessToken": row["accessToken"] }), PASSPHRASE, "invalid-input"),
        (json!({ "made up": 1 }), PASSPHRASE, "invalid-input"),
        (json!({}), PASSPHRASE, "invalid-input"),
    ] {
        let error = failure(&import(&row, passphrase));
        assert_eq!(error["code"], code, "{error}");
        assert_eq!(host.store().sealed().await.unwrap(), before);
    }

    let view = answer(&import(&row, PASSPHRASE));
    assert_eq!(view["state"], "connected");
    let active = host.keys().await.unwrap()[0].id.clone();
    assert_eq!(keys_in_use(host.store()).await, BTreeSet::from([active]));
    // Our own process has no key of the platform's, and needs none.
    assert_eq!(host.test(1).await.unwrap().uri, view_owner(&host).await);
    let twice = failure(&import(&row, PASSPHRASE));
    assert_eq!(twice["code"], "conflict");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_that_come_over_take_the_place_of_others_that_are_then_revoked() {
    let world = World::new(Arc::new(SystemClock)).await;
    let keyring = Keyring::from_file(&world.key_file(), &system_random()).unwrap();
    let host = world.host_with(keyring.with_platform_key(PASSPHRASE.to_owned())).await;
    world.connect(&host, 1).await;
    // In error, and the grant is still there.
    world.simulator.expire_access_tokens();
    world.simulator.inject(Fault::status(401).on("POST", "/oauth/token"));
    assert_eq!(use_once(&host, 1).await.unwrap_err().code, ErrorCode::InvalidClient);
    let (access, refresh) = tokens_of_the_platform(&world.simulator).await;
    assert_eq!(world.simulator.living_grants(), 2);
    let row = json!({
        "accessToken": sealed_by_platform(&access), "refreshToken": sealed_by_platform(&refresh),
    });
    // The service does not hear of it at first.
    let cut = Fault::once(FaultKind::DropBeforeHandling).on("POST", "/oauth/revoke");
    world.simulator.inject(cut.times(2));
    let view = host.import_platform_row(1, &row.to_string()).await.unwrap();
    assert_eq!((view.state, view.queued_revocations), ("connected", 1));
    assert_eq!(host.retry_revocations().await.unwrap().done, 1);
    assert_eq!(world.simulator.living_grants(), 1);
    host.test(1).await.unwrap();
}

/// The owner that the token endpoint named when the imported tokens were replaced.
async fn view_owner(host: &Host) -> String {
    let grant = host.connection(1).await.unwrap().grant.unwrap();
    assert_eq!(grant.scopes, ["users:read"]);
    grant.owner.unwrap()
}
