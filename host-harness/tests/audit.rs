//! The audit: what is recorded of every request and of every use of a secret, and what never is.
//! With the built component against the simulator, in virtual time, and through the command line.

#![allow(clippy::unwrap_used, clippy::panic, reason = "how a test fails")]

use std::collections::BTreeSet;
use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use host_harness::audit::{AuditReport, AuditedRequest, CallAudit, Failure, FindingKind};
use host_harness::bindings::sovrium::connector::grant_store::Grant;
use host_harness::bindings::sovrium::connector::http::{Method, Request, TransportError};
use host_harness::clock::{Clock as _, SystemClock, VirtualClock};
use host_harness::engine::{ConnectorComponent, EngineOptions};
use host_harness::host::{ConnectRequest, Host, HostOptions};
use host_harness::http::{HttpClient, HttpOptions};
use host_harness::keyring::{EncryptionKey, Keyring};
use host_harness::origin::OriginMap;
use host_harness::simulator::{
    Decision, Fault, FaultKind, RecordedRequest, Simulator, SimulatorOptions, decide,
};
use host_harness::store::Store;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use url::form_urlencoded;

/// 2026-11-24T10:00:00Z, a Tuesday.
const NOW_MS: u64 = 1_795_514_400_000;
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
const MINUTE: Duration = Duration::from_secs(60);
const EVERYTHING: &[&str] = &["schema.bases:read", "data.records:read", "data.records:write"];
const API: &str = "https://api.calendly.com";

/// Cargo makes the tests' own folder inside its target folder, wherever that is.
const FOLDER: &str = env!("CARGO_TARGET_TMPDIR");

fn component_path() -> PathBuf {
    let built = || Path::new(FOLDER).with_file_name("component").join("calendly-connector.wasm");
    env::var_os("SOVRIUM_COMPONENT").map_or_else(built, PathBuf::from)
}

fn component() -> ConnectorComponent {
    static COMPONENT: OnceLock<ConnectorComponent> = OnceLock::new();
    let load = || {
        let (folder, path) = (Path::new(FOLDER), component_path());
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
    /// Connection 1, created.
    async fn created() -> Self {
        Self::created_at(VirtualClock::at(NOW_MS)).await
    }

    async fn created_at(clock: VirtualClock) -> Self {
        let options =
            SimulatorOptions { clock: Arc::new(clock.clone()), ..SimulatorOptions::default() };
        let simulator = Simulator::start(options).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("sovrium.db"), Arc::new(clock.clone()));
        let keyring = Keyring::new(vec![EncryptionKey::new([1; 32])]);
        let options = HostOptions::new(keyring)
            .with_origin_map(OriginMap::parse(simulator.origin_mappings()).unwrap());
        let host = Host::new(component(), store.unwrap(), options).await.unwrap();
        let document = json!({
            "type": "calendly",
            "id": 1,
            "name": "Marketing",
            "clientId": Simulator::CLIENT_ID,
            "clientSecret": Simulator::CLIENT_SECRET,
            "redirectUri": "http://localhost:8976/oauth/calendly/callback",
        });
        host.create_connection(&document.to_string()).await.unwrap();
        Self { host, simulator, clock, folder }
    }

    /// The same, connected.
    async fn connected() -> Self {
        let world = Self::created().await;
        world.connect(EVERYTHING).await;
        world
    }

    async fn connect(&self, scopes: &[&str]) {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let request = ConnectRequest { scopes, ..ConnectRequest::default() };
        let pending = self.host.begin_connect(1, request).await.unwrap();
        let url = self.simulator.map(&pending.url);
        let callback = decide(&url, Decision::Allow).await.unwrap();
        self.host.finish_connect(&callback).await.unwrap();
    }

    async fn run(&self, operation: &str, config: Value) -> Value {
        let action = json!({ "action": operation, "connection": 1, "config": config });
        let answer = self.host.run(&action.to_string(), MINUTE).await;
        let answer = answer.unwrap_or_else(|error| panic!("{operation} {config}: {error:#?}"));
        serde_json::from_str(&answer).unwrap()
    }

    async fn report(&self) -> AuditReport {
        report(self.host.store(), 0).await
    }

    /// Every text in the audit's tables, as another process reads it.
    async fn recorded_texts(&self, table: &str) -> Vec<String> {
        // Waits until everything is written.
        self.report().await;
        let database = rusqlite::Connection::open(self.folder.path().join("sovrium.db")).unwrap();
        let mut statement = database.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        let mut texts = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            for column in 0..columns {
                if let rusqlite::types::Value::Text(text) = row.get(column).unwrap() {
                    texts.push(text);
                }
            }
        }
        texts
    }
}

async fn report(store: &Store, since: u64) -> AuditReport {
    AuditReport::read(store, 1, since, usize::MAX).await.unwrap().unwrap()
}

/// What the service can tell of a request: all that both sides know.
fn seen(request: &RecordedRequest) -> (String, String, Option<u16>, u64) {
    let is_word = |text: &str| text.chars().all(|letter| matches!(letter, 'a'..='z' | '_'));
    let segments: Vec<_> =
        request.path.split('/').map(|it| if is_word(it) { it } else { "{id}" }).collect();
    let sent = request.body.len() as u64;
    (request.method.clone(), segments.join("/"), request.status, sent)
}

fn recorded(request: &AuditedRequest) -> (String, String, Option<u16>, u64) {
    (request.method.clone(), request.path.clone(), request.status, request.sent_bytes)
}

#[tokio::test]
async fn every_request_is_recorded_as_the_service_saw_it() {
    let world = World::connected().await;
    world.simulator.clear_requests();
    let before = world.report().await.requests.len();
    world.run("calendly.listBases", json!({})).await;
    let query = json!({ "baseId": "me", "tableId": "invitees", "pageSize": 20 });
    world.run("calendly.queryRecords", query).await;
    let fields = json!({ "Name": "Ann", "Email": "ann@example.com" });
    let create = json!({ "baseId": "organization", "tableId": "contacts", "fields": fields });
    world.run("calendly.createRecord", create).await;
    world.simulator.inject(Fault::status(404).on("GET", "/contacts/0f4b"));
    let missing = json!({ "action": "calendly.getRecord", "connection": 1, "config": {
        "baseId": "organization",
        "tableId": "contacts",
        "recordId": "0f4bb1c1-9d2f-4a6e-8a8e-0c5a7c3b2f10",
    } });
    world.host.run(&missing.to_string(), MINUTE).await.unwrap_err();
    world.host.test(1).await.unwrap();
    world.host.disconnect(1).await.unwrap();

    let mut expected: Vec<_> = world.simulator.requests().iter().map(seen).collect();
    let mut requests = world.report().await.requests;
    requests.reverse();
    let requests = requests.split_off(before);
    let mut found: Vec<_> = requests.iter().map(recorded).collect();
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
    assert!(found.iter().any(|it| it.1 == "/scheduled_events/{id}/invitees"), "{found:?}");

    for request in &requests {
        assert_eq!((request.connection, request.failure), (Some(1), None));
        assert!(request.path.starts_with("/oauth/") || request.rate_remaining.is_some());
        assert!(request.rate_remaining.is_none() || request.rate_reset_seconds.is_some());
        assert!(request.at >= NOW_MS);
        assert!(request.received_bytes > 0 || request.path == "/oauth/revoke", "{request:?}");
    }
    let ids: BTreeSet<_> = requests.iter().map(|it| it.request_id.as_ref().unwrap()).collect();
    assert_eq!(ids.len(), requests.len());
    let of = |operation: &str| -> BTreeSet<String> {
        let these = requests.iter().filter(|it| it.operation == operation);
        these.map(|it| format!("{} {}", it.method, it.path)).collect()
    };
    assert_eq!(of("oauth.test"), ["GET /users/me".to_owned()].into());
    assert_eq!(of("oauth.revoke"), ["POST /oauth/revoke".to_owned()].into());
    assert!(of("calendly.getRecord").contains("GET /contacts/{id}"));
    assert!(of("calendly.createRecord").contains("POST /contacts"));
    assert!(of("calendly.queryRecords").contains("GET /scheduled_events"));
}

#[tokio::test]
async fn token_requests_are_recorded_under_the_call_that_needed_them() {
    let world = World::connected().await;
    let connection = world.host.store().connection(1).await.unwrap().unwrap().connection;
    let context = world.host.context(Some(1), MINUTE);
    world.host.component().refresh(context, connection).await.unwrap().unwrap();
    world.clock.advance(Duration::from_secs(7_200));
    world.run("calendly.listBases", json!({})).await;
    let requests = world.report().await.requests;
    let mut operations: Vec<_> =
        requests.iter().filter(|it| it.path == "/oauth/token").map(|it| &*it.operation).collect();
    operations.reverse();
    assert_eq!(operations, ["oauth.exchange", "oauth.refresh", "calendly.listBases"]);
}

#[tokio::test]
async fn durations_are_those_of_the_hosts_clock() {
    let world = World::connected().await;
    world.simulator.inject(Fault::once(FaultKind::Delay { ms: 1_500 }).on("GET", "/users/me"));
    world.host.test(1).await.unwrap();
    let request = world.report().await.requests.swap_remove(0);
    assert_eq!((&*request.operation, request.duration_ms), ("oauth.test", 1_500));
    assert_eq!(world.clock.now_ms(), request.at + 1_500);
}

/// A server that reads a request's head and then does as it is told.
async fn server<F>(answer: impl Fn(TcpStream) -> F + Send + 'static) -> String
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).await.unwrap() == 1 {
                head.push(byte[0]);
            }
            tokio::spawn(answer(stream));
        }
    });
    origin
}

struct Out {
    client: HttpClient,
    store: Store,
    folder: tempfile::TempDir,
}

impl Out {
    fn to(origin: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sovrium.db");
        let store = Store::open(&path, Arc::new(VirtualClock::at(NOW_MS))).unwrap();
        let mut options = HttpOptions::new([API.parse().unwrap()].into());
        options.origin_map = OriginMap::parse([format!("{API}={origin}")]).unwrap();
        options.body_cap = 10;
        let audit = CallAudit::new(store.clone(), Some(1), "test.operation".to_owned());
        let client = HttpClient::new(options).unwrap().audited(audit);
        Self { client, store, folder }
    }

    async fn recorded(&self) -> AuditedRequest {
        let mut requests = report(&self.store, 0).await.requests;
        assert_eq!(requests.len(), 1, "{requests:?}");
        requests.remove(0)
    }

    /// Another process.
    fn database(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.folder.path().join("sovrium.db")).unwrap()
    }
}

fn post(url: &str) -> Request {
    Request {
        method: Method::Post,
        url: url.to_owned(),
        headers: Vec::new(),
        body: Some(b"12345".to_vec()),
        timeout_ms: 5_000,
    }
}

#[tokio::test]
async fn every_way_to_fail_has_its_own_word() {
    let nobody = "http://127.0.0.1:1".to_owned();
    let hangs_up = server(|stream| async move { drop(stream) }).await;
    let truncates = server(|mut stream| async move {
        let part = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1234";
        stream.write_all(part.as_bytes()).await.unwrap();
    })
    .await;
    let says_too_much = server(|mut stream| async move {
        let large = "HTTP/1.1 200 OK\r\nX-Request-Id: r1\r\nContent-Length: 11\r\n\r\n";
        stream.write_all(large.as_bytes()).await.unwrap();
        std::future::pending::<()>().await;
    })
    .await;
    let url = format!("{API}/invitees?secret=value");
    let url = url.as_str();
    for (origin, url, status, failure, sent, received) in [
        (&nobody, "https://evil.example/token/x", None, Failure::Denied, 0, 0),
        (&nobody, "no URL", None, Failure::Denied, 0, 0),
        (&nobody, url, None, Failure::NotSent, 0, 0),
        (&hangs_up, url, None, Failure::Interrupted, 5, 0),
        (&truncates, url, Some(200), Failure::Interrupted, 5, 4),
        (&says_too_much, url, Some(200), Failure::TooLarge, 5, 0),
    ] {
        let out = Out::to(origin);
        out.client.send(post(url)).await.unwrap_err();
        let request = out.recorded().await;
        let found = (request.status, request.failure, request.sent_bytes, request.received_bytes);
        assert_eq!(found, (status, Some(failure), sent, received), "{origin} {url}");
        assert_eq!((request.connection, &*request.operation), (Some(1), "test.operation"));
    }
}

#[tokio::test]
async fn a_request_that_outlasts_its_time_or_its_call_is_recorded() {
    let (arrived, mut arrivals) = tokio::sync::mpsc::unbounded_channel();
    let silent = server(move |stream| {
        let arrived = arrived.clone();
        async move {
            arrived.send(()).unwrap();
            std::future::pending::<()>().await;
            drop(stream);
        }
    })
    .await;
    let out = Out::to(&silent);
    let timed_out = out.client.send(Request { timeout_ms: 20, ..post(API) }).await;
    assert!(matches!(timed_out, Err(TransportError::TimedOut)));
    assert_eq!(out.recorded().await.failure, Some(Failure::TimedOut));

    let out = Out::to(&silent);
    arrivals.recv().await.unwrap();
    let client = out.client.clone();
    let call = tokio::spawn(async move { client.send_all(vec![post(API)]).await });
    arrivals.recv().await.unwrap();
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    // The batch's own task is dropped at its next turn.
    while report_or_none(&out.store).await.is_none() {
        tokio::task::yield_now().await;
    }
    let stopped = out.recorded().await;
    assert_eq!((stopped.failure, stopped.sent_bytes), (Some(Failure::Stopped), 5));
}

async fn report_or_none(store: &Store) -> Option<AuditReport> {
    AuditReport::read(store, 1, 0, 10).await.unwrap()
}

#[tokio::test]
async fn a_batch_that_is_too_large_is_recorded_as_far_as_one_may_go() {
    let out = Out::to("http://127.0.0.1:1");
    out.client.send_all(vec![post(API); 1_000]).await;
    let report = report(&out.store, 0).await;
    assert_eq!(report.outcomes, [("denied".to_owned(), 100)].into());
}

#[tokio::test]
async fn a_database_that_cannot_be_written_neither_delays_nor_fails_a_request() {
    let origin = server(|mut stream| async move {
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        stream.write_all(answer.as_bytes()).await.unwrap();
    })
    .await;
    let out = Out::to(&origin);
    let other = out.database();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let began = Instant::now();
    for _ in 0..10 {
        out.client.send(post(API)).await.unwrap();
    }
    // Less than what a statement waits for another writer.
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(report(&out.store, 0).await.total.requests, 10);
}

#[tokio::test]
async fn requests_of_several_processes_and_calls_are_all_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sovrium.db");
    let mut running = tokio::task::JoinSet::new();
    for operation in 0..8 {
        let store = Store::open(&path, Arc::new(VirtualClock::at(NOW_MS))).unwrap();
        running.spawn(async move {
            for index in 0..50 {
                store.record_request(request(NOW_MS + index, &format!("test.op{operation}")));
                tokio::task::yield_now().await;
            }
        });
    }
    // The last clone of each store goes here.
    while let Some(ended) = running.join_next().await {
        ended.unwrap();
    }
    let store = Store::open(&path, Arc::new(VirtualClock::at(NOW_MS))).unwrap();
    // A batch under way still holds what it writes.
    let report = loop {
        let report = report_or_none(&store).await;
        match report {
            Some(report) if report.total.requests == 400 => break report,
            _ => tokio::task::yield_now().await,
        }
    };
    assert_eq!(report.operations.len(), 8);
    assert!(report.operations.iter().all(|count| count.requests == 50));
}

#[tokio::test]
async fn no_secret_and_no_query_value_is_recorded() {
    let world = World::connected().await;
    let canary = "audit-canary";
    let fields = json!({ "Name": canary, "Email": "audit-canary@example.com" });
    let create = json!({ "baseId": "organization", "tableId": "contacts", "fields": fields });
    world.run("calendly.createRecord", create).await;
    let filter = json!({ "field": "invitee_email", "operator": "equals", "value": canary });
    for table in ["scheduled_events", "event_types", "contacts", "invitees"] {
        let mut query = json!({ "baseId": "me", "tableId": table, "pageSize": 30 });
        if table == "contacts" {
            query["baseId"] = json!("organization");
            query["filter"] = json!({ "field": "name", "operator": "equals", "value": canary });
        }
        world.run("calendly.queryRecords", query).await;
    }
    // An operation's document can say anything.
    for action in [canary, "audit-canary.x y", "calendly.queryRecords"] {
        let action = json!({ "action": action, "connection": 1, "config": { "filter": filter } });
        let _ = world.host.run(&action.to_string(), MINUTE).await;
    }
    world.clock.advance(Duration::from_secs(7_200));
    world.simulator.inject(Fault::once(FaultKind::DropAfterHandling).on("GET", "/users/me"));
    world.host.test(1).await.unwrap();
    world.host.remove_connection(1).await.unwrap();

    let requests = world.simulator.requests();
    let mut secrets: BTreeSet<String> = [Simulator::CLIENT_SECRET.to_owned()].into();
    let mut values = BTreeSet::from([canary.to_owned()]);
    for request in &requests {
        let token_request = matches!(&*request.path, "/oauth/token" | "/oauth/revoke");
        if token_request {
            let pairs = form_urlencoded::parse(request.body.as_bytes());
            let kept =
                |name: &str| matches!(name, "code" | "code_verifier" | "refresh_token" | "token");
            secrets.extend(pairs.filter(|(name, _)| kept(name)).map(|(_, it)| it.into_owned()));
        }
        let pairs = form_urlencoded::parse(request.query.as_bytes());
        // A page size is a number like others.
        let pairs = pairs.filter(|(_, value)| value.len() >= 6);
        values.extend(pairs.map(|(_, value)| value.into_owned()));
        if request.method != "GET" && !token_request && !request.body.is_empty() {
            values.insert(request.body.clone());
        }
        let ids = request.path.split('/').filter(|it| it.chars().any(|it| it.is_ascii_digit()));
        values.extend(ids.map(str::to_owned));
    }
    assert!(secrets.len() >= 5 && values.len() >= 10, "{} {}", secrets.len(), values.len());
    let sent = world.recorded_texts("audit_requests").await;
    let done = world.recorded_texts("audit_events").await;
    // A search that finds nothing at all would prove nothing.
    assert!(sent.iter().any(|text| text == "/oauth/token"));
    assert!(done.iter().any(|text| text == "connection.removed"));
    for text in sent.iter().chain(&done) {
        for secret in &secrets {
            assert!(!text.contains(secret.as_str()), "{secret} is in {text}");
        }
        assert!(!text.contains(canary), "{text}");
    }
    for text in &sent {
        for value in &values {
            assert!(!text.contains(value.as_str()), "{value} is in {text}");
        }
    }
}

#[tokio::test]
async fn what_people_do_with_secrets_is_recorded_and_outlives_the_connection() {
    let world = World::created().await;
    world.host.rename_connection(1, "Sales").await.unwrap();
    world.connect(&["schema.bases:read"]).await;
    world.clock.advance(Duration::from_secs(7_200));
    // The client secret is wrong for a moment.
    world.simulator.inject(Fault::status(401).on("POST", "/oauth/token"));
    world.host.test(1).await.unwrap_err();
    let secret = json!({ "clientSecret": Simulator::CLIENT_SECRET }).to_string();
    world.host.change_connection(1, &secret).await.unwrap();
    // What the same person grants again is not told again, nor what a refresh brings.
    world.connect(&["schema.bases:read"]).await;
    world.clock.advance(Duration::from_secs(7_200));
    world.host.test(1).await.unwrap();
    world.host.disconnect(1).await.unwrap();
    world.host.remove_connection(1).await.unwrap();
    let mut events = world.report().await.events;
    events.reverse();
    let told: Vec<_> =
        events.iter().map(|it| (&*it.event, it.read.join(" "), it.written.join(" "))).collect();
    let event = |name, read: &str, written: &str| (name, read.to_owned(), written.to_owned());
    let connected = event("connection.connected", "client-secret pending-authorization", "tokens");
    assert_eq!(
        told,
        [
            event("connection.created", "", "client-secret"),
            event("grant.stored", "", "tokens"),
            connected.clone(),
            event("connection.tested", "tokens", ""),
            event("connection.credentials-updated", "", "client-secret"),
            connected,
            event("connection.tested", "tokens", ""),
            event("connection.disconnected", "client-secret tokens", ""),
            event("connection.removed", "client-secret tokens", ""),
        ]
    );
    let owner = events[1].detail["owner"].as_str().unwrap();
    assert!(owner.starts_with("https://api.calendly.com/users/"), "{owner}");
    let scopes = json!(["groups:read", "organizations:read", "users:read"]);
    assert_eq!(events[1].detail["scopes"], scopes);
    assert_eq!(events[0].at, NOW_MS);
    let tests = events.iter().filter(|it| it.event == "connection.tested");
    let tests: Vec<_> = tests.map(|it| it.detail.clone()).collect();
    let failed = json!({ "passed": false, "error": "invalid-client" });
    assert_eq!(tests, [failed, json!({ "passed": true, "error": null })]);
}

#[tokio::test]
async fn an_authorization_that_brings_no_tokens_is_told_of_with_the_reason() {
    let world = World::created().await;
    for (code, decision, fault) in [
        ("authorization-denied", Decision::Deny, None),
        ("invalid-client", Decision::Allow, Some(Fault::status(401).on("POST", "/oauth/token"))),
    ] {
        let pending = world.host.begin_connect(1, ConnectRequest::default()).await.unwrap();
        let callback = decide(&world.simulator.map(&pending.url), decision).await.unwrap();
        if let Some(fault) = fault {
            world.simulator.inject(fault);
        }
        world.host.finish_connect(&callback).await.unwrap_err();
        // Anybody can send one that is not the answer; it is no event of the connection's.
        world.host.finish_connect(&callback).await.unwrap_err();
        let event = world.report().await.events.swap_remove(0);
        assert_eq!(event.event, "connection.authorization-failed");
        assert_eq!(event.read, ["client-secret", "pending-authorization"]);
        assert_eq!(event.detail, json!({ "error": code }));
    }
    let events = world.report().await.events;
    assert_eq!(events.len(), 3, "with the creation: {events:?}");
}

fn request(at: u64, operation: &str) -> AuditedRequest {
    AuditedRequest {
        connection: Some(1),
        operation: operation.to_owned(),
        method: "GET".to_owned(),
        path: "/event_types".to_owned(),
        at,
        duration_ms: 80,
        status: Some(200),
        failure: None,
        sent_bytes: 0,
        received_bytes: 900,
        rate_remaining: Some(300),
        rate_reset_seconds: Some(60),
        request_id: Some("9c2f3f0e".to_owned()),
    }
}

/// Three days before the moment, ten requests a day.
fn ordinary_past(store: &Store, until: u64) {
    for day in 1..=3 {
        for index in 0..10 {
            let at = until - day * DAY_MS + index * 1_000;
            store.record_request(request(at, "calendly.queryRecords"));
        }
    }
}

#[tokio::test]
async fn more_scopes_and_another_owner_are_noticed_also_after_a_disconnection() {
    let world = World::created().await;
    let store = world.host.store();
    world.connect(&["schema.bases:read"]).await;
    for day in 1..=3 {
        for index in 0..10 {
            let at = NOW_MS + day * DAY_MS + index;
            store.record_request(request(at, "calendly.listBases"));
        }
    }
    world.clock.advance(Duration::from_hours(100));
    let since = world.clock.now_ms();
    let before = report(store, since).await;
    assert!(before.past.requests >= 30, "{before:?}");
    assert_eq!(before.findings, []);

    world.host.disconnect(1).await.unwrap();
    world.connect(&["schema.bases:read", "webhook:manage"]).await;
    let found = report(store, since).await.findings;
    let finding = |kind| found.iter().find(|it| it.kind == kind);
    let more = finding(FindingKind::NewScope).unwrap();
    assert!(more.what.contains("webhooks:write") && !more.what.contains("users:read"), "{more:?}");
    assert!(more.compared_with.ends_with("groups:read, organizations:read, users:read"));
    assert_eq!(finding(FindingKind::NewOwner), None);

    let stored = store.grant(1).await.unwrap().unwrap();
    let fence = store.acquire_lease(1, MINUTE, Duration::ZERO).await.unwrap().unwrap();
    let owner = Some("https://api.calendly.com/users/SOMEBODY".to_owned());
    let grant = Grant { owner, ..stored.grant };
    let swapped = store.swap_grant(1, fence, Some(stored.version), Some(grant)).await;
    swapped.unwrap().unwrap();
    let found = report(store, since).await.findings;
    let other = found.iter().find(|it| it.kind == FindingKind::NewOwner).unwrap();
    assert!(other.what.ends_with("/users/SOMEBODY"), "{other:?}");
    assert_eq!(found.iter().filter(|it| it.kind == FindingKind::NewScope).count(), 1);
}

#[tokio::test]
async fn a_grant_from_before_the_audit_is_what_the_next_one_is_compared_with() {
    let world = World::created().await;
    world.connect(&["schema.bases:read"]).await;
    let store = world.host.store();
    let database = rusqlite::Connection::open(world.folder.path().join("sovrium.db")).unwrap();
    database.execute("DELETE FROM audit_events", []).unwrap();
    let stored = store.grant(1).await.unwrap().unwrap();
    let fence = store.acquire_lease(1, MINUTE, Duration::ZERO).await.unwrap().unwrap();
    let mut grant = stored.grant.clone();
    grant.scopes.push("contacts:write".to_owned());
    let swapped = store.swap_grant(1, fence, Some(stored.version), Some(grant)).await;
    swapped.unwrap().unwrap();
    let events = world.report().await.events;
    let told: Vec<_> =
        events.iter().map(|it| it.detail["scopes"].as_array().unwrap().len()).collect();
    assert_eq!(told, [4, 3]);
}

#[tokio::test]
async fn no_grant_is_lost_and_no_call_fails_because_it_cannot_be_told() {
    let world = World::created().await;
    let database = rusqlite::Connection::open(world.folder.path().join("sovrium.db")).unwrap();
    database.execute_batch("DROP TABLE audit_events; DROP TABLE audit_requests").unwrap();
    world.connect(EVERYTHING).await;
    world.clock.advance(Duration::from_secs(7_200));
    world.host.test(1).await.unwrap();
    let grant = world.host.store().grant(1).await.unwrap().unwrap().grant;
    assert_eq!(grant.obtained_at, world.clock.now_ms());
    world.host.remove_connection(1).await.unwrap();
}

fn audit(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sovrium-host"));
    command.arg("--db").arg(folder.join("sovrium.db")).arg("audit").args(arguments);
    // It needs neither.
    command.env("SOVRIUM_COMPONENT", "/no/such/component").env("SOVRIUM_ENCRYPTION_KEY", "bad");
    command.env_remove("SOVRIUM_DB").output().unwrap()
}

fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[tokio::test]
async fn what_a_command_sent_is_recorded_when_its_process_ends() {
    let world = World::created_at(VirtualClock::from_now()).await;
    world.connect(EVERYTHING).await;
    let recorded = world.report().await.requests.len();
    let mut command = Command::new(env!("CARGO_BIN_EXE_sovrium-host"));
    command.arg("--db").arg(world.folder.path().join("sovrium.db"));
    command.arg("--component").arg(component_path());
    for mapping in world.simulator.origin_mappings() {
        command.arg("--map-origin").arg(mapping);
    }
    command.env("SOVRIUM_ENCRYPTION_KEY", "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=");
    command.args(["connection", "test", "1"]);
    // The simulator runs in this process meanwhile.
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert!(output.status.success(), "{output:?}");
    let requests = world.report().await.requests;
    assert_eq!(requests.len(), recorded + 1);
    assert!(requests.iter().any(|request| request.operation == "oauth.test"), "{requests:?}");
}

#[tokio::test]
async fn the_command_counts_lists_and_tells_what_is_unusual() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("sovrium.db"), Arc::new(SystemClock)).unwrap();
    let now = SystemClock.now_ms();
    ordinary_past(&store, now - 60_000);
    let usual = report(&store, 0).await;
    assert_eq!(usual.total.requests, 30);
    let text = stdout(&audit(folder.path(), &["1"]));
    assert!(text.contains("0 requests") && text.contains("Nothing unusual."), "{text}");

    for index in 0..100 {
        let failure = (index == 99).then_some(Failure::TimedOut);
        let status = if index % 10 == 0 { Some(403) } else { Some(200) };
        store.record_request(AuditedRequest {
            status: status.filter(|_| failure.is_none()),
            failure,
            ..request(now - 30_000 + index * 100, "calendly.exportEverything")
        });
    }
    report(&store, 0).await;
    let json = stdout(&audit(folder.path(), &["1", "--json", "--limit", "3"]));
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["total"]["requests"], 100);
    assert_eq!((&json["total"]["failed"], &json["total"]["errorRate"]), (&json!(11), &json!(0.11)));
    assert_eq!(json["outcomes"], json!({ "200": 89, "403": 10, "timed-out": 1 }));
    assert_eq!(json["past"]["requests"], 30);
    assert_eq!(json["operations"][0]["name"], "calendly.exportEverything");
    assert_eq!(json["paths"][0]["name"], "GET /event_types");
    let requests = json["requests"].as_array().unwrap();
    assert_eq!(requests.len(), 3);
    assert_eq!(requests[0]["failure"], "timed-out");
    assert_eq!(requests[1]["requestId"], "9c2f3f0e");
    let findings = json["findings"].as_array().unwrap();
    let kinds: BTreeSet<_> = findings.iter().map(|it| it["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["refused", "burst", "new-operation"].into());
    for finding in findings {
        assert!(finding["count"].as_u64().unwrap() > 0, "{finding}");
        for fact in ["what", "from", "to", "comparedWith"] {
            assert!(!finding[fact].as_str().unwrap().is_empty(), "{finding}");
        }
    }
    let text = stdout(&audit(folder.path(), &["1"]));
    for expected in [
        "100 requests, 11 failed (11.0 %)",
        "89 × 200, 10 × 403, 1 × timed-out",
        "100 requests within a minute",
        "at most 10 within a minute",
        "first use of calendly.exportEverything",
        "refused again and again: 10 × 403 GET /event_types",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }

    // All of it is what is looked at: nothing is left to compare it with.
    let json = stdout(&audit(folder.path(), &["1", "--json", "--since", "30d"]));
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["total"]["requests"], 130);
    assert_eq!(json["findings"].as_array().unwrap().len(), 1);
    assert_eq!(json["findings"][0]["kind"], "refused");
    let since = ["1", "--json", "--since", "2100-01-01T00:00:00Z"];
    let json: Value = serde_json::from_str(&stdout(&audit(folder.path(), &since))).unwrap();
    assert_eq!((&json["total"]["requests"], &json["past"]["requests"]), (&json!(0), &json!(130)));

    let unknown = audit(folder.path(), &["2"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("not-found"), "{unknown:?}");
    let wrong = audit(folder.path(), &["1", "--since", "yesterday"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(!folder.path().join("sovrium.key").exists());
}
