//! A host, the simulator it talks to, and the clock that both go by.

use std::sync::Arc;
use std::time::Duration;

use host_harness::error::HostError;
use host_harness::host::{ConnectRequest, ConnectionView, Host};
use host_harness::simulator::{
    Decision, RecordedRequest, Resource, Simulator, SimulatorOptions, decide,
};
use serde_json::{Value, json};

use super::MINUTE;
use super::home::Home;
use super::schemas::Schemas;

/// Everything the connector can do, in the brief's words.
pub(crate) const EVERYTHING: &[&str] =
    &["schema.bases:read", "data.records:read", "data.records:write"];

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
        let operation = action["action"].as_str().expect("an operation");
        self.schemas.check(operation, &action["config"], &answer);
        Ok(answer)
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
        "redirectUri": "http://localhost:8976/oauth/calendly/callback",
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
