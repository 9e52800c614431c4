//! The way out: HTTP to the allowed origins and nowhere else.

use std::collections::BTreeSet;
use std::error::Error as _;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method as HttpMethod, redirect};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use url::Url;

use crate::audit::{CallAudit, Entry};
use crate::bindings::sovrium::connector::http::{
    Header, Method, Request, Response, TransportError,
};
use crate::origin::{Origin, OriginError, OriginMap};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const LONGEST_TIMEOUT: Duration = Duration::from_secs(30);
const DEFAULT_BODY_CAP: u64 = 8 * 1024 * 1024;
const CONCURRENT_REQUESTS: usize = 8;
const BATCH_CAP: usize = 100;
const USER_AGENT: &str = concat!("sovrium-host/", env!("CARGO_PKG_VERSION"));

/// Fields that say how a message travels; they are the host's.
const HOST_FIELDS: [&str; 7] =
    ["connection", "content-length", "host", "te", "trailer", "transfer-encoding", "upgrade"];

/// Where the connector may go, and how much it may bring back.
#[derive(Clone, Debug)]
pub struct HttpOptions {
    /// The only origins that requests may name.
    pub allowed_origins: BTreeSet<Origin>,
    /// Which origins stand in for them.
    pub origin_map: OriginMap,
    /// The largest body of an answer, in bytes.
    pub body_cap: u64,
    /// No exchange takes longer, whatever time a request asks for.
    pub longest_timeout: Duration,
}

impl HttpOptions {
    /// These origins, none mapped, bodies up to 8 MiB, exchanges up to 30 seconds.
    #[must_use]
    pub fn new(allowed_origins: BTreeSet<Origin>) -> Self {
        Self {
            allowed_origins,
            origin_map: OriginMap::default(),
            body_cap: DEFAULT_BODY_CAP,
            longest_timeout: LONGEST_TIMEOUT,
        }
    }
}

/// The client could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpClientError {
    /// HTTPS cannot be set up on this machine.
    #[error("cannot set up HTTPS: {0}")]
    Https(#[from] reqwest::Error),
    /// Another origin is to stand in for one that requests never name.
    #[error("the mapping of {mapped} would never apply: requests go to {allowed} only")]
    NothingToMap {
        /// The origin that is mapped.
        mapped: Origin,
        /// The origins that could be.
        allowed: String,
    },
}

/// Sends the connector's requests. Cloning shares the connections.
#[derive(Clone, Debug)]
pub struct HttpClient {
    shared: Arc<Shared>,
    audit: CallAudit,
}

#[derive(Debug)]
struct Shared {
    client: Client,
    options: HttpOptions,
}

impl HttpClient {
    /// A client with these options.
    pub fn new(options: HttpOptions) -> Result<Self, HttpClientError> {
        // A mapping that never applies is a slip of the pen: what was meant for a simulator would
        // go to the real service.
        let useless = |from: &&Origin| !options.allowed_origins.contains(*from);
        if let Some(mapped) = options.origin_map.mapped().find(useless).cloned() {
            let allowed: Vec<_> = options.allowed_origins.iter().map(Origin::to_string).collect();
            let allowed = allowed.join(" and ");
            return Err(HttpClientError::NothingToMap { mapped, allowed });
        }
        // reqwest takes its cryptography from the process's default. Whoever installed one first
        // has chosen; both are complete.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Client::builder()
            .user_agent(USER_AGENT)
            .redirect(redirect::Policy::none())
            .referer(false)
            .connect_timeout(CONNECT_TIMEOUT);
        if !options.origin_map.is_empty() {
            // A proxy of the environment does not know this machine's simulator.
            builder = builder.no_proxy();
        }
        let shared = Arc::new(Shared { client: builder.build()?, options });
        Ok(Self { shared, audit: CallAudit::default() })
    }

    /// The same client, whose requests are recorded there.
    #[must_use]
    pub fn audited(&self, audit: CallAudit) -> Self {
        Self { shared: Arc::clone(&self.shared), audit }
    }

    /// Sends one request.
    pub async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let mut entry = self.audit.begin(&request);
        let outcome = self.exchange(request, &mut entry).await;
        entry.finish(outcome.as_ref().err());
        outcome
    }

    async fn exchange(
        &self,
        request: Request,
        entry: &mut Entry,
    ) -> Result<Response, TransportError> {
        let url = self.allowed_url(&request.url)?;
        let headers = header_map(request.headers)?;
        let asked_for = Duration::from_millis(request.timeout_ms.into());
        let timeout = asked_for.min(self.shared.options.longest_timeout);
        let client = &self.shared.client;
        let mut builder =
            client.request(method(request.method), url).headers(headers).timeout(timeout);
        if let Some(body) = request.body {
            builder = builder.body(body);
        }
        let response = builder.send().await.map_err(|error| transport_error(&error))?;
        self.read(response, entry).await
    }

    /// Sends requests concurrently. The results come in the order of the requests.
    pub async fn send_all(&self, requests: Vec<Request>) -> Vec<Result<Response, TransportError>> {
        if requests.len() > BATCH_CAP {
            let refusal =
                TransportError::Denied(format!("a batch holds at most {BATCH_CAP} requests"));
            // Of a batch of any size, as many are recorded as one may hold.
            for request in requests.iter().take(BATCH_CAP) {
                self.audit.begin(request).finish(Some(&refusal));
            }
            return vec![Err(refusal); requests.len()];
        }
        let interrupted = TransportError::Interrupted("the host stopped the request".to_owned());
        let mut results = vec![Err(interrupted); requests.len()];
        let slots = Arc::new(Semaphore::new(CONCURRENT_REQUESTS));
        // Dropping the set, when the call is cut, stops what is still running.
        let mut running = JoinSet::new();
        for (index, request) in requests.into_iter().enumerate() {
            let (client, slots) = (self.clone(), Arc::clone(&slots));
            running.spawn(async move {
                let _slot = slots.acquire().await;
                (index, client.send(request).await)
            });
        }
        while let Some(finished) = running.join_next().await {
            if let Ok((index, result)) = finished {
                results[index] = result;
            }
        }
        results
    }

    /// The URL to really go to, if the connector may go there.
    fn allowed_url(&self, text: &str) -> Result<Url, TransportError> {
        let denied = |reason: String| TransportError::Denied(reason);
        let refused = |error: OriginError| TransportError::Denied(error.to_string());
        let url = Url::parse(text).map_err(|_| denied("the URL cannot be parsed".to_owned()))?;
        let origin = Origin::of(&url).map_err(refused)?;
        if !self.shared.options.allowed_origins.contains(&origin) {
            return Err(denied(format!("{origin} is not an allowed origin")));
        }
        self.shared.options.origin_map.apply(&url).map_err(refused)
    }

    /// Reads the answer piece by piece, and no further than the cap.
    async fn read(
        &self,
        mut response: reqwest::Response,
        entry: &mut Entry,
    ) -> Result<Response, TransportError> {
        let cap = self.shared.options.body_cap;
        let too_large = || TransportError::TooLarge(cap);
        let status = response.status().as_u16();
        entry.answered(status, |name| response.headers().get(name)?.to_str().ok());
        if response.content_length().is_some_and(|length| length > cap) {
            return Err(too_large());
        }
        let headers = header_list(response.headers());
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(|error| transport_error(&error))? {
            entry.received(piece.len());
            if (body.len() + piece.len()) as u64 > cap {
                return Err(too_large());
            }
            body.extend_from_slice(&piece);
        }
        Ok(Response { status, headers, body })
    }
}

fn method(method: Method) -> HttpMethod {
    match method {
        Method::Get => HttpMethod::GET,
        Method::Post => HttpMethod::POST,
        Method::Patch => HttpMethod::PATCH,
        Method::Delete => HttpMethod::DELETE,
    }
}

fn header_map(headers: Vec<Header>) -> Result<HeaderMap, TransportError> {
    let mut map = HeaderMap::with_capacity(headers.len());
    for header in headers {
        let refused = || TransportError::Denied("a header field is not valid".to_owned());
        let name = HeaderName::from_bytes(header.name.as_bytes()).map_err(|_| refused())?;
        if HOST_FIELDS.contains(&name.as_str()) {
            return Err(TransportError::Denied(format!("the header field {name} is the host's")));
        }
        let mut value = HeaderValue::from_str(&header.value).map_err(|_| refused())?;
        // Keeps it out of debug output, and out of HTTP/2's table of repeated fields.
        value.set_sensitive(name == reqwest::header::AUTHORIZATION);
        map.append(name, value);
    }
    Ok(map)
}

fn header_list(headers: &HeaderMap) -> Vec<Header> {
    headers
        .iter()
        .map(|(name, value)| Header {
            name: name.as_str().to_owned(),
            value: String::from_utf8_lossy(value.as_bytes()).into_owned(),
        })
        .collect()
}

/// What an error of the client means for the connector: whether anything was sent.
///
/// The text never comes from reqwest's own error, which names the URL with its query.
fn transport_error(error: &reqwest::Error) -> TransportError {
    if error.is_connect() || error.is_builder() {
        TransportError::NotSent(innermost(error))
    } else if error.is_timeout() {
        TransportError::TimedOut
    } else {
        TransportError::Interrupted(innermost(error))
    }
}

/// The cause at the bottom, such as "connection refused": it knows of no URL.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause = error.source();
    while let Some(deeper) = cause.and_then(|cause| cause.source()) {
        cause = Some(deeper);
    }
    let Some(cause) = cause else {
        return "the request failed".to_owned();
    };
    match cause.downcast_ref::<io::Error>() {
        // Without the system's number of it.
        Some(error) if error.raw_os_error().is_some() => error.kind().to_string(),
        _ => cause.to_string(),
    }
}
