//! A Calendly of which a test decides every answer, and reads every request byte by byte.

use std::collections::BTreeMap;

use host_harness::error::HostError;
use host_harness::host::{ConnectRequest, Host, HostOptions};
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use super::home::Home;
use super::{MINUTE, value_of};

pub(crate) const ACCESS_TOKEN: &str = "access-token-of-the-test";
pub(crate) const REFRESH_TOKEN: &str = "refresh-token-of-the-test";
pub(crate) const CLIENT_ID: &str = "client-of-the-test";
pub(crate) const CLIENT_SECRET: &str = "secret/of+the=test";
pub(crate) const REDIRECT_URI: &str = "https://yourdomain.com/oauth/calendly/callback";
pub(crate) const USER: &str = "https://api.calendly.com/users/USER";
pub(crate) const ORGANIZATION: &str = "https://api.calendly.com/organizations/ORG";

pub(crate) struct Service {
    pub(crate) server: MockServer,
    pub(crate) host: Host,
    pub(crate) home: Home,
}

/// A request as it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    /// `METHOD path?query`
    pub(crate) line: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Service {
    /// A service that answers nothing yet, and a host without connections.
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub(crate) async fn start_with(change: impl FnOnce(&mut HostOptions)) -> Self {
        let (server, home) = (MockServer::start().await, Home::new());
        let host = home.host_with(&server.uri(), change).await;
        Self { server, host, home }
    }

    /// The same with connection 1 connected, and nothing recorded of how.
    pub(crate) async fn connected() -> Self {
        Self::connected_with(|_| {}).await
    }

    pub(crate) async fn connected_with(change: impl FnOnce(&mut HostOptions)) -> Self {
        let service = Self::start_with(change).await;
        service.create(1).await;
        service.answers("POST", "/oauth/token", 200, tokens()).await;
        service.connect(1, "default").await.expect("connected");
        service.server.reset().await;
        service
    }

    pub(crate) async fn create(&self, id: u64) {
        let document = json!({
            "type": "calendly",
            "id": id,
            "name": format!("Connection {id}"),
            "clientId": CLIENT_ID,
            "clientSecret": CLIENT_SECRET,
            "redirectUri": REDIRECT_URI,
        });
        let created = self.host.create_connection(&document.to_string()).await;
        created.expect("a connection");
    }

    /// Connects with a code, without anybody being asked. Returns the authorize URL.
    pub(crate) async fn connect(&self, id: u64, code: &str) -> Result<String, HostError> {
        let request = ConnectRequest::default();
        let url = self.host.begin_connect(id, request).await?.url;
        let state = value_of(&url, "state");
        let callback = format!("{REDIRECT_URI}?code={code}&state={state}");
        self.host.finish_connect(&callback).await?;
        Ok(url)
    }

    /// Answers every such request with a JSON document.
    pub(crate) async fn answers(&self, verb: &str, place: &str, status: u16, body: Value) {
        let answer = ResponseTemplate::new(status).set_body_json(body);
        self.responds(verb, place, answer).await;
    }

    /// Answers the next such request with a JSON document, and none after it.
    pub(crate) async fn answers_once(&self, verb: &str, place: &str, status: u16, body: Value) {
        let answer = ResponseTemplate::new(status).set_body_json(body);
        let mock = Mock::given(method(verb)).and(path(place));
        mock.respond_with(answer)
            .up_to_n_times(1)
            .named(format!("{verb} {place}"))
            .mount(&self.server)
            .await;
    }

    pub(crate) async fn responds(&self, verb: &str, place: &str, answer: impl Respond + 'static) {
        Mock::given(method(verb))
            .and(path(place))
            .respond_with(answer)
            .named(format!("{verb} {place}"))
            .mount(&self.server)
            .await;
    }

    /// Runs an operation with connection 1.
    pub(crate) async fn run(&self, operation: &str, config: Value) -> Result<Value, HostError> {
        let operation = format!("calendly.{operation}");
        let action = json!({ "action": operation, "connection": 1, "config": config });
        let answer = self.host.run(&action.to_string(), MINUTE).await?;
        Ok(serde_json::from_str(&answer).expect("JSON"))
    }

    /// The requests so far.
    pub(crate) async fn sent(&self) -> Vec<Sent> {
        let requests = self.server.received_requests().await;
        requests.expect("a recording").iter().map(sent).collect()
    }

    /// The requests so far, as `METHOD path?query`.
    pub(crate) async fn lines(&self) -> Vec<String> {
        let sent = self.sent().await.into_iter();
        sent.map(|request| request.line).collect()
    }
}

fn sent(request: &Request) -> Sent {
    let query = request.url.query();
    let query = query.map_or_else(String::new, |query| format!("?{query}"));
    let headers = request.headers.iter().map(|(name, value)| {
        let value = value.to_str().expect("a readable header");
        (name.as_str().to_owned(), value.to_owned())
    });
    Sent {
        line: format!("{} {}{query}", request.method, request.url.path()),
        headers: headers.collect(),
        body: String::from_utf8(request.body.clone()).expect("a readable body"),
    }
}

/// What the token endpoint answers.
pub(crate) fn tokens() -> Value {
    json!({
        "token_type": "Bearer",
        "access_token": ACCESS_TOKEN,
        "refresh_token": REFRESH_TOKEN,
        "scope": "default",
        "created_at": 1_795_514_400,
        "expires_in": 7_200,
        "owner": USER,
        "organization": ORGANIZATION,
    })
}
