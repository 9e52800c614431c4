//! A whole story with everything that can go wrong in it, after which no secret is found anywhere
//! but where it has to go: in the requests to the token and revocation endpoints.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::needless_pass_by_value,
    clippy::panic,
    reason = "a test stops at the first surprise, and `json!` makes values"
)]

mod support;

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::fs;
use std::io;
use std::sync::{Arc, Mutex};

use base64ct::{Base64, Encoding as _};
use host_harness::error::HostError;
use host_harness::simulator::{Decision, Fault, FaultKind, Person, RecordedRequest, Simulator};
use serde::Serialize;
use serde_json::{Value, json};
use tracing_subscriber::filter::LevelFilter;

use crate::support::home::KEY;
use crate::support::pairs;
use crate::support::service::{ACCESS_TOKEN, CLIENT_SECRET, REFRESH_TOKEN, Service};
use crate::support::world::{EVERYTHING, World, document};

/// Everything that was shown to somebody.
#[derive(Default)]
struct Shown(String);

impl Shown {
    /// Something the host answers, as JSON and as a developer sees it.
    fn value(&mut self, value: &(impl Serialize + Debug)) {
        self.0.push_str(&serde_json::to_string(value).unwrap());
        self.debug(value);
    }

    fn debug(&mut self, value: &impl Debug) {
        self.0.push_str(&format!("\n{value:?}\n{value:#?}\n"));
    }

    fn error(&mut self, error: &HostError) {
        self.0.push_str(&error.to_string());
        self.value(error);
    }

    /// What a call came to, whatever it is.
    fn outcome<T: Serialize + Debug>(&mut self, outcome: Result<T, HostError>) -> Option<T> {
        match outcome {
            Ok(value) => {
                self.value(&value);
                Some(value)
            }
            Err(error) => {
                self.error(&error);
                None
            }
        }
    }

    /// A call that has to fail.
    fn failure<T: Debug>(&mut self, outcome: Result<T, HostError>) {
        self.error(&outcome.unwrap_err());
    }

    /// All that can be looked at.
    async fn everything(&mut self, world: &World) {
        self.outcome(world.host.connections().await);
        self.debug(&world.host.queued_revocations().await.unwrap());
        self.debug(&world.host.store().connections().await.unwrap());
        self.debug(&world.host.store().grant(1).await.unwrap());
        self.debug(&world.host);
        self.debug(&world.simulator.requests());
    }
}

#[tokio::test]
async fn no_secret_is_found_anywhere_after_a_whole_story() {
    let log = Log::start();
    let world = World::new().await;
    let mut shown = Shown::default();
    let mut requests = Vec::new();

    configure(&world, &mut shown).await;
    connect(&world, &mut shown).await;
    work(&world, &mut shown).await;
    requests.extend(recorded(&world));
    lose_the_grant(&world, &mut shown).await;
    leave(&world, &mut shown).await;
    requests.extend(recorded(&world));

    let canaries = canaries(&requests);
    // Three grants with their codes, verifiers and tokens, and what goes with every one of them.
    assert!(canaries.len() >= 15, "{}", canaries.len());
    let mut places = vec![("what was shown".to_owned(), shown.0.into_bytes())];
    places.push(("the log".to_owned(), log.text().into_bytes()));
    for request in &requests {
        let url = format!("{}?{}", request.path, request.query);
        places.push((format!("the URL {} {}", request.method, request.path), url.into_bytes()));
        let debug = format!("{request:?}").into_bytes();
        places.push(("a recorded request".to_owned(), debug));
    }
    for file in fs::read_dir(world.home.folder()).unwrap() {
        let path = file.unwrap().path();
        places.push((path.display().to_string(), fs::read(&path).unwrap()));
    }
    let files = places.iter().filter(|(place, _)| place.contains("sovrium.db")).count();
    assert!(files >= 2, "the database and its log");
    // A search that finds nothing at all would prove nothing.
    assert!(
        places.iter().any(|(place, bytes)| place == "the log" && has(bytes, "tokens refreshed"))
    );
    assert!(places.iter().any(|(_, bytes)| has(bytes, "Marketing")));
    for (place, bytes) in &places {
        for (name, canary) in &canaries {
            assert!(!has(bytes, canary), "{name} is in {place}");
        }
    }
}

/// Created, refused, shown, renamed.
async fn configure(world: &World, shown: &mut Shown) {
    let good = document(1, "Marketing");
    let bad = good.replace("\"calendly\"", "\"airtable\"");
    shown.failure(world.host.create_connection(&bad).await);
    shown.outcome(world.host.validate(&bad).await);
    // Broken JSON around a secret, and a secret in a wrong place.
    shown.failure(world.host.create_connection(&good[..good.len() - 1]).await);
    shown.failure(world.host.create_connection(&good.replace(":1,", ":\"1,")).await);
    let secret = Simulator::CLIENT_SECRET;
    let lost = good.replace("clientSecret", "client_secret");
    shown.failure(world.host.create_connection(&lost).await);
    shown.outcome(world.host.create_connection(&good).await).unwrap();
    shown.failure(world.host.create_connection(&good).await);
    shown.outcome(world.host.rename_connection(1, "Marketing 2").await).unwrap();
    let changes = json!({ "clientSecret": [secret] }).to_string();
    shown.failure(world.host.change_connection(1, &changes).await);
    shown.everything(world).await;
}

/// Denied, forged, late, and at last connected.
async fn connect(world: &World, shown: &mut Shown) {
    let denied = world.callback(1, EVERYTHING, Decision::Deny).await;
    shown.failure(world.host.finish_connect(&denied).await);
    let callback = world.callback(1, EVERYTHING, Decision::Allow).await;
    shown.failure(world.host.finish_connect(&callback.replace("state=1.", "state=2.")).await);
    world.simulator.inject(Fault::status(401).on("POST", "/oauth/token"));
    shown.failure(world.host.finish_connect(&callback).await);
    let late = world.callback(1, EVERYTHING, Decision::Allow).await;
    world.advance(601);
    shown.failure(world.host.finish_connect(&late).await);
    let pending = world.host.begin_connect(1, Default::default()).await;
    let pending = shown.outcome(pending).unwrap();
    let url = world.simulator.map(&pending.url);
    let callback = host_harness::simulator::decide(&url, Decision::Allow).await.unwrap();
    shown.outcome(world.host.finish_connect(&callback).await).unwrap();
    shown.failure(world.host.finish_connect(&callback).await);
    shown.everything(world).await;
    shown.outcome(world.host.disconnect(1).await).unwrap();
    shown.outcome(Ok(world.connect(1, EVERYTHING).await));
}

/// Used, with tokens that expire and a service that misbehaves.
async fn work(world: &World, shown: &mut Shown) {
    shown.outcome(world.run("listBases", json!({})).await).unwrap();
    let query = json!({ "baseId": "me", "tableId": "contacts", "pageSize": 50 });
    let page = shown.outcome(world.run("queryRecords", query.clone()).await).unwrap();
    let mut tampered = query.clone();
    tampered["cursor"] = format!("{}x", page["cursor"].as_str().unwrap()).into();
    shown.failure(world.run("queryRecords", tampered).await);
    world.simulator.expire_access_tokens();
    shown.outcome(world.run("queryRecords", query.clone()).await).unwrap();
    world.advance(7_200);
    shown.outcome(world.run("queryRecords", query.clone()).await).unwrap();
    let booking = json!({
        "event_type": world.simulator.event_type_uri("30 Minute Meeting").unwrap(),
        "start_time": world.simulator.free_start_time(Person::Owner),
        "name": "John", "email": "john@example.com", "timezone": "UTC",
    });
    let booking = json!({ "baseId": "me", "tableId": "invitees", "fields": booking });
    world.simulator.inject(Fault::once(FaultKind::DropAfterHandling).on("POST", "/invitees"));
    shown.outcome(world.run("createRecord", booking.clone()).await).unwrap();
    shown.failure(world.run("createRecord", booking).await);
    shown.failure(world.run("createRecord", json!({ "fields": 1 })).await);
    for kind in [FaultKind::DropBeforeHandling, FaultKind::TruncatedBody, FaultKind::InvalidUtf8] {
        world.simulator.inject(Fault::once(kind).on("GET", "/contacts").times(4));
        shown.failure(world.run("queryRecords", query.clone()).await);
        world.simulator.clear_faults();
    }
    for code in [400, 403, 404, 409, 500] {
        world.simulator.inject(Fault::status(code).on("GET", "/users/me").times(4));
        shown.failure(world.host.test(1).await);
        world.simulator.clear_faults();
    }
    for code in [400, 401, 503] {
        world.advance(7_200);
        world.simulator.inject(Fault::status(code).on("POST", "/oauth/token").times(4));
        shown.failure(world.host.test(1).await);
        world.simulator.clear_faults();
    }
    shown.everything(world).await;
}

/// Withdrawn by the account's owner, mended, connected again.
async fn lose_the_grant(world: &World, shown: &mut Shown) {
    world.advance(7_200);
    world.simulator.revoke_grants();
    shown.failure(world.run("listBases", json!({})).await);
    shown.failure(world.host.test(1).await);
    shown.everything(world).await;
    let secret = json!({ "clientSecret": Simulator::CLIENT_SECRET }).to_string();
    shown.outcome(world.host.change_connection(1, &secret).await).unwrap();
    shown.outcome(Ok(world.connect(1, EVERYTHING).await));
    shown.failure(world.host.change_connection(1, &secret).await);
}

/// Disconnected while the service is down, told later, removed.
async fn leave(world: &World, shown: &mut Shown) {
    let cut = Fault::once(FaultKind::DropBeforeHandling).on("POST", "/oauth/revoke");
    world.simulator.inject(cut.times(2));
    shown.outcome(world.host.disconnect(1).await).unwrap();
    shown.everything(world).await;
    shown.outcome(world.host.retry_revocations().await).unwrap();
    world.connect(1, EVERYTHING).await;
    shown.outcome(world.host.remove_connection(1).await).unwrap();
    shown.everything(world).await;
}

fn recorded(world: &World) -> Vec<RecordedRequest> {
    let requests = world.simulator.requests();
    world.simulator.clear_requests();
    requests
}

/// Every secret of the story, with its name: taken from the requests that had to carry it.
fn canaries(requests: &[RecordedRequest]) -> BTreeSet<(String, String)> {
    let (id, secret) = (Simulator::CLIENT_ID, Simulator::CLIENT_SECRET);
    let basic = Base64::encode_string(format!("{id}:{secret}").as_bytes());
    let mut canaries = BTreeSet::from([
        ("the client secret".to_owned(), secret.to_owned()),
        ("the HTTP Basic credentials".to_owned(), basic),
        ("the encryption key".to_owned(), String::from_utf8(KEY.to_vec()).unwrap()),
        ("the encryption key in base64".to_owned(), Base64::encode_string(&KEY)),
    ]);
    for request in requests.iter().filter(|request| request.method == "POST") {
        if !matches!(&*request.path, "/oauth/token" | "/oauth/revoke") {
            continue;
        }
        for (name, value) in pairs(&request.body) {
            if matches!(&*name, "code" | "code_verifier" | "refresh_token" | "token") {
                canaries.insert((format!("a {name}"), value));
            }
        }
    }
    canaries
}

fn has(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[tokio::test]
async fn a_service_that_repeats_what_it_was_sent_does_not_make_it_visible() {
    let service = Service::connected().await;
    let mut shown = Shown::default();
    let echo = |secret: &str| {
        let said = format!("this is not right: {secret}");
        json!({ "error": "invalid_request", "error_description": said, "title": said, "message": said })
    };
    service.answers("GET", "/users/me", 400, echo(ACCESS_TOKEN)).await;
    shown.failure(service.host.test(1).await);
    let refresh = echo(&format!("{REFRESH_TOKEN} {CLIENT_SECRET}"));
    service.answers("POST", "/oauth/token", 400, refresh).await;
    service.home.clock.advance(std::time::Duration::from_secs(7_200));
    shown.failure(service.host.test(1).await);
    shown.outcome(service.host.connections().await).unwrap();
    for secret in [ACCESS_TOKEN, REFRESH_TOKEN, CLIENT_SECRET] {
        assert!(!shown.0.contains(secret), "{secret} is shown: {}", shown.0);
    }
}

#[tokio::test]
async fn a_secret_in_an_operations_input_is_not_repeated_by_the_log() {
    let log = Log::start();
    let world = World::connected().await;
    let fields = json!({ "Name": "query-value-canary", "Email": "query-value-canary@example.com" });
    let config = json!({ "baseId": "me", "tableId": "contacts", "fields": fields });
    world.simulator.inject(Fault::status(503).on("GET", "/contacts"));
    world.answer("createRecord", config).await;
    let filter = json!({ "field": "name", "operator": "equals", "value": "query-value-canary" });
    let query = json!({ "baseId": "me", "tableId": "contacts", "filter": filter });
    world.simulator.inject(Fault::status(503).on("GET", "/contacts"));
    let (found, _) = world.query(query).await;
    assert_eq!(found.len(), 1);
    let text = log.text();
    assert!(text.contains("trying again"), "{text}");
    assert!(!text.contains("query-value-canary"), "{text}");
    // The lines say which connection they are about.
    assert!(text.contains("connection=1"), "{text}");
}

#[tokio::test]
async fn a_signing_key_is_seen_by_nobody_but_calendly() {
    const KEY: &str = "signing-key-canary";
    let log = Log::start();
    let world = World::connected_with_scopes(|_| {}, &["webhook:manage", "users:read"]).await;
    let mut shown = Shown::default();
    let webhook = |path: &str| {
        json!({
            "callback_url": format!("https://example.com/{path}"), "events": ["contact.created"],
            "signing_key": KEY,
        })
    };
    let place = json!({ "baseId": "me", "tableId": "webhook_subscriptions" });
    let with = |name: &str, value: Value| {
        let mut config = place.clone();
        config[name] = value;
        config
    };
    let create = with("fields", webhook("a"));
    let mut dry = create.clone();
    dry["dryRun"] = true.into();
    shown.outcome(world.run("createRecord", dry).await).unwrap();
    shown.outcome(world.run("createRecord", create.clone()).await).unwrap();
    // There already, refused, lost, wrong.
    shown.failure(world.run("createRecord", create.clone()).await);
    for kind in [FaultKind::DropBeforeHandling, FaultKind::TruncatedBody] {
        world.simulator.inject(Fault::once(kind).on("POST", "/webhook_subscriptions"));
        shown.outcome(world.run("createRecord", with("fields", webhook("b"))).await);
    }
    let mut wrong = create.clone();
    wrong["fields"]["events"] = "all".into();
    shown.failure(world.run("createRecord", wrong).await);
    let mut wrong = create;
    wrong["fields"]["signing_key"] = json!([KEY]);
    shown.failure(world.run("createRecord", wrong).await);
    let records = json!([{ "fields": webhook("c") }, { "fields": webhook("c") }]);
    let mut batch = with("records", records);
    batch["dryRun"] = true.into();
    shown.outcome(world.run("createRecords", batch.clone()).await).unwrap();
    batch["dryRun"] = false.into();
    shown.outcome(world.run("createRecords", batch).await).unwrap();
    shown.outcome(world.run("queryRecords", place.clone()).await).unwrap();
    shown.everything(&world).await;

    let requests = world.simulator.requests();
    let sent = requests.iter().filter(|request| request.body.contains(KEY)).count();
    assert!(sent >= 6, "Calendly has to get it: {sent}");
    assert!(shown.0.contains("***") && shown.0.contains("https://example.com/c"));
    assert!(!shown.0.contains(KEY), "{}", shown.0);
    assert!(!log.text().contains(KEY));
    for file in fs::read_dir(world.home.folder()).unwrap() {
        let path = file.unwrap().path();
        assert!(!has(&fs::read(&path).unwrap(), KEY), "{}", path.display());
    }
}

/// Everything that is logged, at every level, by the whole process.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// The tests of this file share one.
    fn start() -> Self {
        static LOG: std::sync::OnceLock<Log> = std::sync::OnceLock::new();
        let start = || {
            let log = Self::default();
            let writer = log.clone();
            tracing_subscriber::fmt()
                .with_max_level(LevelFilter::TRACE)
                .with_ansi(false)
                .with_writer(move || writer.clone())
                .init();
            log
        };
        LOG.get_or_init(start).clone()
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
