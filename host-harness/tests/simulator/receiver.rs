//! Somebody who listens for webhooks, on a real port.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use ring::hmac;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::support::{Reply, World, text};

/// Listens on a port of its own until it is dropped.
pub(crate) struct Receiver {
    pub(crate) origin: String,
    inner: Arc<Inner>,
    server: JoinHandle<()>,
}

#[derive(Default)]
struct Inner {
    received: Mutex<Vec<Received>>,
    answers: Mutex<Answers>,
    arrived: Notify,
}

#[derive(Default)]
struct Answers {
    next: VecDeque<u16>,
    /// Once the others are used up, if it is not 204.
    always: Option<u16>,
}

/// A request as it came in.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) path: String,
    pub(crate) content_type: String,
    pub(crate) signature: Option<String>,
    pub(crate) text: String,
    pub(crate) body: Value,
}

impl Receiver {
    pub(crate) async fn new() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let origin = format!("http://{}", listener.local_addr()?);
        let inner = Arc::new(Inner::default());
        let router = Router::new().fallback(receive).with_state(Arc::clone(&inner));
        let server = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { origin, inner, server })
    }

    /// The next requests are answered so, and those after them as usual.
    pub(crate) fn answer_next(&self, statuses: &[u16]) {
        lock(&self.inner.answers).next.extend(statuses);
    }

    /// From now on requests are answered so.
    pub(crate) fn answer_always(&self, status: u16) {
        lock(&self.inner.answers).always = Some(status);
    }

    /// What came in since it was asked last.
    pub(crate) fn take(&self) -> Vec<Received> {
        std::mem::take(&mut lock(&self.inner.received))
    }

    /// The next request, for which it waits.
    pub(crate) async fn next(&self) -> Received {
        loop {
            let arrived = self.inner.arrived.notified();
            let first = {
                let mut received = lock(&self.inner.received);
                (!received.is_empty()).then(|| received.remove(0))
            };
            match first {
                Some(first) => return first,
                None => arrived.await,
            }
        }
    }

    /// Subscribes as whoever the world's token is of. `audience` has the scope and what it needs.
    pub(crate) async fn subscribe(
        &self,
        world: &World,
        path: &str,
        events: &[&str],
        audience: &Value,
    ) -> Result<String> {
        let reply = self.try_subscribe(world, path, events, audience).await?;
        ensure!(reply.status == 201, "{}", reply.text);
        Ok(text(reply.resource(), "uri")?.to_owned())
    }

    async fn try_subscribe(
        &self,
        world: &World,
        path: &str,
        events: &[&str],
        audience: &Value,
    ) -> Result<Reply> {
        let mut body = json!({
            "url": format!("{}{path}", self.origin),
            "events": events,
            "organization": world.organization(),
        });
        for (name, value) in audience.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        world.post("/webhook_subscriptions", &body).await
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Received {
    /// The event.
    pub(crate) fn event(&self) -> &str {
        self.body["event"].as_str().unwrap_or_default()
    }

    pub(crate) fn payload(&self) -> &Value {
        &self.body["payload"]
    }

    /// The time of the signature, in seconds since 1970, if it was made with this key.
    pub(crate) fn signed_at(&self, key: &str) -> Result<u64> {
        let signature = self.signature.as_deref().context("it is not signed")?;
        let (time, code) = signature.split_once(',').context("no comma")?;
        let (time, code) = (time.strip_prefix("t="), code.strip_prefix("v1="));
        let (time, code) = (time.context("no t")?, code.context("no v1")?);
        ensure!(code.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')), "{code}");
        let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
        let signed = format!("{time}.{}", self.text);
        let is_genuine = hmac::verify(&key, signed.as_bytes(), &hex::decode(code)?).is_ok();
        ensure!(is_genuine, "the signature is another's: {signature}");
        Ok(time.parse()?)
    }
}

async fn receive(
    State(inner): State<Arc<Inner>>,
    uri: Uri,
    headers: HeaderMap,
    text: String,
) -> Response {
    let header =
        |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    lock(&inner.received).push(Received {
        path: uri.path().to_owned(),
        content_type: header("content-type").unwrap_or_default(),
        signature: header("calendly-webhook-signature"),
        body: serde_json::from_str(&text).unwrap_or_default(),
        text,
    });
    inner.arrived.notify_one();
    let mut answers = lock(&inner.answers);
    let status = answers.next.pop_front().or(answers.always).unwrap_or(204);
    let status = StatusCode::from_u16(status).unwrap_or_default();
    if status.is_redirection() {
        return (status, [(header::LOCATION, "/elsewhere")]).into_response();
    }
    status.into_response()
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
