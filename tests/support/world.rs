//! A host, the simulator it talks to, and the clock that both go by.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use host_harness::clock::Clock as _;
use host_harness::error::HostError;
use host_harness::host::{ConnectRequest, ConnectionView, Host};
use host_harness::origin::OriginMap;
use host_harness::simulator::{
    Decision, Person, RecordedRequest, Resource, Simulator, SimulatorOptions, decide,
};
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

use super::home::Home;
use super::schemas::Schemas;
use super::{MINUTE, value_of};

/// Everything the connector can do, in the brief's words.
pub(crate) const EVERYTHING: &[&str] =
    &["schema.bases:read", "data.records:read", "data.records:write"];

const REDIRECT_URI: &str = "http://localhost:8976/oauth/calendly/callback";

pub(crate) struct World {
    pub(crate) host: Host,
    pub(crate) simulator: Simulator,
    pub(crate) home: Home,
    pub(crate) schemas: Schemas,
}

impl World {
    /// A host without connections, and the simulator's default account.
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut SimulatorOptions)) -> Self {
        let home = Home::new();
        let mut options =
            SimulatorOptions { clock: Arc::new(home.clock.clone()), ..SimulatorOptions::default() };
        change(&mut options);
        let simulator = Simulator::start(options).await.expect("a simulator");
        let host = home.host(simulator.origin()).await;
        let schemas = Schemas::of(&host.manifest().await.expect("a manifest"));
        Self { host, simulator, home, schemas }
    }

    /// The same with connection 1 connected to everything, and nothing recorded of how.
    pub(crate) async fn connected() -> Self {
        Self::connected_with(|_| {}).await
    }

    pub(crate) async fn connected_with(change: impl FnOnce(&mut SimulatorOptions)) -> Self {
        Self::connected_with_scopes(change, EVERYTHING).await
    }

    /// The same, connected to these scopes.
    pub(crate) async fn connected_with_scopes(
        change: impl FnOnce(&mut SimulatorOptions),
        scopes: &[&str],
    ) -> Self {
        let world = Self::with(change).await;
        world.create(1, "Marketing").await;
        world.connect(1, scopes).await;
        world.simulator.clear_requests();
        world
    }

    /// The same, but connected by the colleague, who is an ordinary member, to Calendly's own
    /// scopes. The simulator's consent page has the owner signed in, so another authorization
    /// server stands in for it, which hands out a token of the colleague's.
    pub(crate) async fn connected_by_the_colleague(scopes: &[&str]) -> Self {
        let mut world = Self::new().await;
        let answer = json!({
            "token_type": "Bearer",
            "access_token": world.simulator.issue_access_token_for(Person::Colleague, scopes),
            "refresh_token": "refresh-token-of-the-colleague",
            "scope": scopes.join(" "),
            "created_at": world.home.clock.now_ms() / 1_000,
            "expires_in": 7_200,
            "owner": world.simulator.user_uri(Person::Colleague),
            "organization": world.simulator.organization_uri(),
        });
        let server = MockServer::start().await;
        let token = Mock::given(matchers::path("/oauth/token"));
        token.respond_with(ResponseTemplate::new(200).set_body_json(answer)).mount(&server).await;
        let origins = [
            format!("https://api.calendly.com={}", world.simulator.origin()),
            format!("https://auth.calendly.com={}", server.uri()),
        ];
        let origins = OriginMap::parse(origins.each_ref().map(String::as_str));
        let origins = origins.expect("an origin map");
        let origin = world.simulator.origin().to_owned();
        world.host =
            world.home.host_with(&origin, |options| options.http.origin_map = origins).await;
        world.create(1, "Marketing").await;
        let pending = world.host.begin_connect(1, ConnectRequest::default()).await;
        let state = value_of(&pending.expect("a URL").url, "state");
        let callback = format!("{REDIRECT_URI}?code=of-the-colleague&state={state}");
        world.host.finish_connect(&callback).await.expect("a connected connection");
        world.simulator.clear_requests();
        world
    }

    /// What another process on the same database would be.
    pub(crate) async fn another_host(&self) -> Host {
        self.home.host(self.simulator.origin()).await
    }

    /// Creates a connection with the simulator's own client.
    pub(crate) async fn create(&self, id: u64, name: &str) -> ConnectionView {
        let created = self.host.create_connection(&document(id, name)).await;
        created.expect("a connection")
    }

    /// Begins to connect and returns the URL for the browser, on the simulator.
    pub(crate) async fn begin(&self, id: u64, scopes: &[&str]) -> String {
        let request = ConnectRequest {
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            ..ConnectRequest::default()
        };
        let pending = self.host.begin_connect(id, request).await;
        self.simulator.map(&pending.expect("a URL").url)
    }

    /// Begins to connect, and lets a person answer.
    pub(crate) async fn callback(&self, id: u64, scopes: &[&str], decision: Decision) -> String {
        let url = self.begin(id, scopes).await;
        decide(&url, decision).await.expect("a callback")
    }

    /// Connects, a person allowing everything that is asked for.
    pub(crate) async fn connect(&self, id: u64, scopes: &[&str]) -> ConnectionView {
        let callback = self.callback(id, scopes, Decision::Allow).await;
        let connected = self.host.finish_connect(&callback).await;
        connected.expect("a connected connection")
    }

    pub(crate) async fn connection(&self, id: u64) -> ConnectionView {
        self.host.connection(id).await.expect("a connection")
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.home.clock.advance(Duration::from_secs(seconds));
    }

    /// Runs an operation with connection 1. What is accepted, and what is answered, is held
    /// against the operation's schemas.
    pub(crate) async fn run(&self, operation: &str, config: Value) -> Result<Value, HostError> {
        let operation = format!("calendly.{operation}");
        let action = json!({ "action": operation, "connection": 1, "config": config });
        self.run_document(&action.to_string()).await
    }

    /// Runs an automation's document as it is.
    pub(crate) async fn run_document(&self, action: &str) -> Result<Value, HostError> {
        let answer = self.host.run(action, MINUTE).await?;
        let answer: Value = serde_json::from_str(&answer).expect("JSON");
        let action: Value = serde_json::from_str(action).expect("JSON");
        if let Some((operation, config)) = self.operation_of(&action) {
            self.schemas.check(&operation, config, &answer);
        }
        Ok(answer)
    }

    /// The operation that a document names, in whichever of the three ways, and its input. The two
    /// actions of the platform's connector before this one are no operations of the manifest.
    fn operation_of<'a>(&self, action: &'a Value) -> Option<(String, &'a Value)> {
        if let Some(name) = action["operator"].as_str() {
            return Some((format!("calendly.{name}"), &action["props"]));
        }
        let name = action["action"].as_str().expect("an operation");
        if action.get("service").is_none() {
            return Some((name.to_owned(), &action["config"]));
        }
        let letters = name.replace('-', "");
        let mut known = self.schemas.operations();
        let found = known.find(|known| {
            known
                .strip_prefix("calendly.")
                .is_some_and(|known| known.eq_ignore_ascii_case(&letters))
        });
        found.map(|found| (found.to_owned(), &action["params"]))
    }

    /// What the simulator itself answers the account's owner, without the connector in between.
    pub(crate) async fn look(&self, path: &str) -> Value {
        let token = self.simulator.issue_access_token(&["default"]);
        let address = self.simulator.origin().trim_start_matches("http://").to_owned();
        let path = path.trim_start_matches("https://api.calendly.com").to_owned();
        let ask = move || {
            let mut stream = TcpStream::connect(address).expect("a simulator");
            let head = format!("GET {path} HTTP/1.0\r\nauthorization: Bearer {token}\r\n\r\n");
            stream.write_all(head.as_bytes()).expect("a request");
            let mut answer = String::new();
            stream.read_to_string(&mut answer).expect("an answer");
            let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
            serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"))
        };
        tokio::task::spawn_blocking(ask).await.expect("an answer")
    }

    /// The same, which has to succeed.
    pub(crate) async fn answer(&self, operation: &str, config: Value) -> Value {
        let answer = self.run(operation, config.clone()).await;
        answer.unwrap_or_else(|error| panic!("{operation} {config}: {error:#?}"))
    }

    /// The record that an operation answers with.
    pub(crate) async fn record(&self, operation: &str, config: Value) -> Value {
        self.answer(operation, config).await["record"].take()
    }

    /// All records of a query, page after page, with the number of pages.
    pub(crate) async fn query(&self, config: Value) -> (Vec<Value>, usize) {
        let (mut records, mut pages, mut config) = (Vec::new(), 0, config);
        loop {
            let mut page = self.answer("queryRecords", config.clone()).await;
            pages += 1;
            assert!(pages <= 1_000, "the pages of {config} do not end");
            let Value::Array(found) = page["records"].take() else { panic!("{page}") };
            records.extend(found);
            assert_eq!(page["complete"], page["cursor"].is_null(), "{page}");
            if page["cursor"].is_null() {
                return (records, pages);
            }
            config["cursor"] = page["cursor"].take();
        }
    }

    /// The requests so far, as `METHOD path?query`.
    pub(crate) fn sent(&self) -> Vec<String> {
        self.simulator.requests().iter().map(line).collect()
    }

    /// How many requests went to the token endpoint.
    pub(crate) fn token_requests(&self) -> usize {
        self.sent().iter().filter(|line| *line == "POST /oauth/token").count()
    }

    pub(crate) fn count(&self, resource: Resource) -> usize {
        self.simulator.count(resource)
    }
}

/// A request as `METHOD path?query`.
pub(crate) fn line(request: &RecordedRequest) -> String {
    let mark = if request.query.is_empty() { "" } else { "?" };
    let RecordedRequest { method, path, query, .. } = request;
    format!("{method} {path}{mark}{query}")
}

/// A connection's document, with the simulator's own client.
pub(crate) fn document(id: u64, name: &str) -> String {
    let document = json!({
        "type": "calendly",
        "id": id,
        "name": name,
        "clientId": Simulator::CLIENT_ID,
        "clientSecret": Simulator::CLIENT_SECRET,
        "redirectUri": REDIRECT_URI,
    });
    document.to_string()
}

/// The key values of a list of records.
pub(crate) fn column<'a>(records: &'a [Value], field: &str) -> Vec<&'a Value> {
    records.iter().map(|record| &record["fields"][field]).collect()
}

/// The ids of a list of records.
pub(crate) fn ids(records: &[Value]) -> Vec<&str> {
    records.iter().map(|record| record["id"].as_str().expect("an id")).collect()
}
