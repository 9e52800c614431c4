//! A running simulator, and somebody who talks to it.

use std::sync::Arc;

use anyhow::{Context, Result};
use host_harness::clock::{Clock as _, VirtualClock};
use host_harness::simulator::{Person, Simulator, SimulatorOptions};
use reqwest::header::HeaderMap;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;
use url::form_urlencoded;

/// 2026-11-24T10:00:00Z, a Tuesday.
pub(crate) const NOW_MS: u64 = 1_795_514_400_000;

/// Every scope that the tables here need.
pub(crate) const ALL: &[&str] = &[
    "users:read",
    "organizations:write",
    "groups:read",
    "event_types:write",
    "availability:write",
    "locations:read",
    "scheduled_events:write",
    "scheduling_links:write",
    "shares:write",
    "contacts:write",
    "routing_forms:read",
    "webhooks:write",
    "meeting_recaps:write",
    "activity_log:read",
    "data_compliance:write",
    "outgoing_communications:read",
];

/// A running simulator on a clock of its own, and somebody with a token for it.
pub(crate) struct World {
    pub(crate) simulator: Simulator,
    pub(crate) clock: VirtualClock,
    pub(crate) token: String,
    http: Client,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    /// `null` if there is none, or it is not JSON.
    pub(crate) body: Value,
}

impl World {
    /// A simulator with the default account, and a token of its owner for everything.
    pub(crate) async fn new() -> Result<Self> {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut SimulatorOptions)) -> Result<Self> {
        let clock = VirtualClock::at(NOW_MS);
        let mut options =
            SimulatorOptions { clock: Arc::new(clock.clone()), ..SimulatorOptions::default() };
        change(&mut options);
        let simulator = Simulator::start(options).await?;
        let token = simulator.issue_access_token(ALL);
        Ok(Self { simulator, clock, token, http: client()? })
    }

    /// How many full hours have passed on its clock.
    pub(crate) fn clock_hours(&self) -> u64 {
        (self.clock.now_ms() - NOW_MS) / 3_600_000
    }

    /// The same simulator, but asked by the colleague, who is no admin.
    pub(crate) fn become_colleague(&mut self) {
        self.token = self.simulator.issue_access_token_for(Person::Colleague, ALL);
    }

    pub(crate) fn owner(&self) -> String {
        self.simulator.user_uri(Person::Owner)
    }

    pub(crate) fn colleague(&self) -> String {
        self.simulator.user_uri(Person::Colleague)
    }

    pub(crate) fn organization(&self) -> String {
        self.simulator.organization_uri()
    }

    pub(crate) async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Reply> {
        self.request(Method::GET, &with_query(path, query), None).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Reply> {
        self.request(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Result<Reply> {
        self.request(Method::PATCH, path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Result<Reply> {
        self.request(Method::DELETE, path, None).await
    }

    /// Asks the API. `path` may be a full URI of the real service.
    pub(crate) async fn request(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Reply> {
        let mut request = self.builder(method, path).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        send(request).await
    }

    pub(crate) fn builder(&self, method: Method, path: &str) -> RequestBuilder {
        let mapped = self.simulator.map(path);
        let url = if mapped.starts_with('/') {
            self.simulator.origin().to_owned() + path
        } else {
            mapped
        };
        self.http.request(method, url)
    }

    /// Sends a form to an OAuth endpoint, with HTTP Basic if credentials are given.
    pub(crate) async fn form(
        &self,
        path: &str,
        basic: Option<(&str, &str)>,
        fields: &[(&str, &str)],
    ) -> Result<Reply> {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let mut request = self
            .builder(Method::POST, path)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body);
        if let Some((id, secret)) = basic {
            request = request.basic_auth(id, Some(secret));
        }
        send(request).await
    }

    /// Every row of a list, page by page.
    pub(crate) async fn all(&self, path: &str, query: &[(&str, &str)]) -> Result<Vec<Value>> {
        let mut rows = Vec::new();
        let mut next = Some(with_query(path, query));
        while let Some(url) = next {
            let reply = self.get(&url, &[]).await?;
            assert_eq!(reply.status, 200, "{reply:?}");
            rows.extend(reply.collection().iter().cloned());
            next = reply.body["pagination"]["next_page"].as_str().map(str::to_owned);
        }
        Ok(rows)
    }
}

impl Reply {
    pub(crate) fn collection(&self) -> &[Value] {
        self.body["collection"].as_array().map_or(&[], Vec::as_slice)
    }

    pub(crate) fn resource(&self) -> &Value {
        &self.body["resource"]
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The parameters that the details of a 400 name.
    pub(crate) fn violations(&self) -> Vec<&str> {
        let details = self.body["details"].as_array().map_or(&[][..], Vec::as_slice);
        details.iter().filter_map(|detail| detail["parameter"].as_str()).collect()
    }

    #[track_caller]
    pub(crate) fn assert_invalid(&self, parameters: &[&str]) {
        assert_eq!(self.status, 400, "{}", self.text);
        assert_eq!(self.body["title"], "Invalid Argument");
        assert_eq!(self.body["message"], "The supplied parameters are invalid.");
        assert_eq!(self.violations(), parameters, "{}", self.text);
    }

    #[track_caller]
    pub(crate) fn assert_denied(&self, message: &str) {
        assert_eq!(self.status, 403, "{}", self.text);
        assert_eq!(self.body["title"], "Permission Denied");
        assert_eq!(self.body["message"], message);
    }
}

pub(crate) async fn send(request: RequestBuilder) -> Result<Reply> {
    let response = request.send().await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await?;
    let body = serde_json::from_str(&text).unwrap_or_default();
    Ok(Reply { status, headers, text, body })
}

/// The text of a field.
pub(crate) fn text<'a>(value: &'a Value, field: &str) -> Result<&'a str> {
    value[field].as_str().with_context(|| format!("no text in {field}: {value}"))
}

fn with_query(path: &str, query: &[(&str, &str)]) -> String {
    if query.is_empty() {
        return path.to_owned();
    }
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    format!("{path}?{query}")
}

pub(crate) fn client() -> Result<Client> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let builder = Client::builder().tls_backend_preconfigured(tls).no_proxy();
    // Faults must be seen, not retried.
    let builder = builder.retry(reqwest::retry::never());
    Ok(builder.redirect(reqwest::redirect::Policy::none()).build()?)
}
