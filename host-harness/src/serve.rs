//! A server that takes webhooks, polls where no webhook can come, and hands events over.
//!
//! `POST /webhooks/{connection}` is for the service: it is answered once the delivery is on the
//! disk, and worked on afterwards. `GET /health` is for whoever watches over the process.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use crate::error::{HostError, Retry};
use crate::host::{Host, LARGEST_WEBHOOK, PollDone};
use crate::targets::Target;

/// How long inbox and targets are left alone when nothing is known to be due: another process may
/// have put something there, such as a replay.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How long what could not be done is left alone at least.
const SHORTEST_PAUSE: Duration = Duration::from_millis(200);

/// How long a body may take to come: Calendly gives up after 15 seconds.
const BODY_TIMEOUT: Duration = Duration::from_secs(15);

/// How often what is old is removed.
const FORGET_EVERY: Duration = Duration::from_secs(60 * 60);

/// Pauses after a poll that failed are no longer than this.
const LONGEST_PAUSE: Duration = Duration::from_secs(15 * 60);

/// What to serve.
#[derive(Clone, Debug)]
pub struct ServeOptions {
    /// How old a webhook's signature may be.
    pub tolerance: Duration,
    /// Who is told of events.
    pub targets: Vec<Target>,
    /// What is polled.
    pub polls: Vec<Poll>,
    /// How far apart polls are.
    pub every: Duration,
}

/// A poll that is made again and again.
#[derive(Clone, Debug, PartialEq)]
pub struct Poll {
    /// The connection.
    pub connection: u64,
    /// The request, as `triggers.poll` has it.
    pub request: Value,
}

struct Shared {
    host: Host,
    options: ServeOptions,
    /// That there is something in the inbox.
    arrived: Notify,
    /// That there is something to be handed over.
    told: Notify,
}

/// Serves until `stop` turns true or its sender is gone; what is begun is completed first.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    host: Host,
    options: ServeOptions,
    stop: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let events = Events::new(host, options);
    let mut tasks = events.work(&stop);
    let served = axum::serve(listener, events.routes()).with_graceful_shutdown(stopped(stop)).await;
    while tasks.join_next().await.is_some() {}
    served
}

/// What takes, finds and hands over events, for a server that has more to serve.
#[derive(Clone)]
pub(crate) struct Events(Arc<Shared>);

impl Events {
    pub(crate) fn new(host: Host, options: ServeOptions) -> Self {
        Self(Arc::new(Shared { host, options, arrived: Notify::new(), told: Notify::new() }))
    }

    /// Where webhooks come in.
    pub(crate) fn routes(&self) -> Router {
        router(Arc::clone(&self.0))
    }

    /// Begins with all that is done besides, until `stop` turns true.
    pub(crate) fn work(&self, stop: &watch::Receiver<bool>) -> JoinSet<()> {
        let shared = &self.0;
        let mut tasks = JoinSet::new();
        tasks.spawn(process(Arc::clone(shared), stop.clone()));
        // Each by itself, so that a slow one holds up no other.
        for target in shared.options.targets.clone() {
            tasks.spawn(hand_over(Arc::clone(shared), target, stop.clone()));
        }
        for poll in shared.options.polls.clone() {
            tasks.spawn(poll_again_and_again(Arc::clone(shared), poll, stop.clone()));
        }
        tasks.spawn(forget(Arc::clone(shared), stop.clone()));
        tasks
    }

    /// Polls once, for all targets.
    pub(crate) async fn poll(&self, poll: &Poll) -> Result<PollDone, HostError> {
        let shared = &self.0;
        let done =
            shared.host.poll(poll.connection, &poll.request, &shared.options.targets).await?;
        shared.told.notify_waiters();
        Ok(done)
    }
}

/// Takes webhooks and keeps them, and does nothing more: the inbox is left to others.
///
/// # Errors
/// When the listener fails.
pub async fn take_webhooks(
    listener: TcpListener,
    host: Host,
    tolerance: Duration,
    stop: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let options =
        ServeOptions { tolerance, targets: Vec::new(), polls: Vec::new(), every: LONGEST_PAUSE };
    let events = Events::new(host, options);
    axum::serve(listener, events.routes()).with_graceful_shutdown(stopped(stop)).await
}

pub(crate) async fn stopped(mut stop: watch::Receiver<bool>) {
    // An error says that nobody is left who could stop it: the same.
    let _ = stop.wait_for(|stop| *stop).await;
}

fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/webhooks/{connection}", post(webhook))
        .route("/health", get(|| async { "ok" }))
        .with_state(shared)
}

/// The answers are those of the platform's own webhook gate.
async fn webhook(
    State(shared): State<Arc<Shared>>,
    Path(connection): Path<String>,
    headers: HeaderMap,
    request: Request<Body>,
) -> Response {
    // A number as it is usually written, and nothing else: connection 1 is neither 01 nor +1.
    let id = connection.parse::<u64>().ok().filter(|id| id.to_string() == connection);
    let Some(id) = id else {
        return refusal(404, "not_found", "There is no such connection.");
    };
    let is_large = length(&headers).is_some_and(|length| length > LARGEST_WEBHOOK);
    let body = async {
        if is_large { None } else { to_bytes(request.into_body(), LARGEST_WEBHOOK).await.ok() }
    };
    let Ok(body) = tokio::time::timeout(BODY_TIMEOUT, body).await else {
        return refusal(408, "invalid_request", "The body took too long to come.");
    };
    let Some(body) = body else {
        if !is_large && length(&headers).is_some() {
            return refusal(400, "invalid_request", "The body did not come whole.");
        }
        let refused = shared.host.refuse_large_webhook(id).await;
        return refusal(refused.status, "invalid_request", &refused.error.message);
    };
    let received = shared
        .host
        .receive_webhook(id, texts(&headers), body.into(), shared.options.tolerance)
        .await;
    match received {
        Ok(received) => {
            shared.arrived.notify_one();
            let mut answer = json!({ "success": true });
            if received.is_repeated {
                answer["deduplicated"] = true.into();
            }
            answered(StatusCode::OK, &answer)
        }
        Err(refused) => {
            let word = match refused.status {
                401 => "unauthorized",
                404 => "not_found",
                400 => "validation_failed",
                _ => "internal",
            };
            // Why a signature is refused is told to whoever runs the host, not to whoever sent it.
            let message = match refused.status {
                401 => "The request is not signed as it has to be.",
                404 => "There is no such connection.",
                500.. => "The request could not be taken now.",
                _ => &refused.error.message,
            };
            refusal(refused.status, word, message)
        }
    }
}

fn length(headers: &HeaderMap) -> Option<usize> {
    headers.get("content-length")?.to_str().ok()?.parse().ok()
}

/// The header fields that are texts; the service's are.
fn texts(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
        .collect()
}

fn refusal(status: u16, error: &str, message: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    answered(status, &json!({ "error": error, "message": message }))
}

fn answered(status: StatusCode, body: &Value) -> Response {
    (status, [("content-type", "application/json")], body.to_string()).into_response()
}

/// Works through the inbox whenever there is something in it.
async fn process(shared: Arc<Shared>, mut stop: watch::Receiver<bool>) {
    loop {
        match shared.host.process_inbox(&shared.options.targets).await {
            Ok(0) => {}
            Ok(_) => shared.told.notify_waiters(),
            Err(error) => tracing::error!(%error, "the inbox could not be processed"),
        }
        let pause = shared.pause_until(shared.host.store().next_delivery_at().await.ok().flatten());
        tokio::select! {
            () = shared.arrived.notified() => {}
            () = shared.host.clock().sleep(pause) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// Tells a target whatever it is due.
async fn hand_over(shared: Arc<Shared>, target: Target, mut stop: watch::Receiver<bool>) {
    let name = target.name().to_owned();
    loop {
        let told = shared.told.notified();
        tokio::pin!(told);
        // From here on nothing is missed.
        told.as_mut().enable();
        if let Err(error) = shared.host.hand_over_due(std::slice::from_ref(&target)).await {
            tracing::error!(%error, target = name, "events could not be handed over");
        }
        let next = shared.host.store().next_handover_at(name.clone()).await.ok().flatten();
        tokio::select! {
            () = told => {}
            () = shared.host.clock().sleep(shared.pause_until(next)) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

impl Shared {
    /// How long there is nothing to do.
    fn pause_until(&self, next: Option<u64>) -> Duration {
        next.map_or(LOOK_EVERY, |at| {
            let pause = Duration::from_millis(at.saturating_sub(self.host.clock().now_ms()));
            // What is due and could not be done is not tried again at once.
            pause.clamp(SHORTEST_PAUSE, LOOK_EVERY)
        })
    }
}

async fn forget(shared: Arc<Shared>, mut stop: watch::Receiver<bool>) {
    loop {
        if let Err(error) = shared.host.store().forget_old_events().await {
            tracing::warn!(%error, "old events were not removed");
        }
        tokio::select! {
            () = shared.host.clock().sleep(FORGET_EVERY) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

async fn poll_again_and_again(shared: Arc<Shared>, poll: Poll, mut stop: watch::Receiver<bool>) {
    let every = shared.options.every;
    loop {
        let done = shared.host.poll(poll.connection, &poll.request, &shared.options.targets).await;
        let pause = match done {
            Ok(done) => {
                if done.new > 0 {
                    shared.told.notify_waiters();
                }
                if done.more { Duration::ZERO } else { every }
            }
            Err(error) => {
                let (connection, code) = (poll.connection, error.code.as_str());
                tracing::error!(connection, code, message = %error.message, "a poll failed");
                pause_after(&error, every)
            }
        };
        tokio::select! {
            () = shared.host.clock().sleep(pause) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// As long as the error says, but no shorter than usual.
fn pause_after(error: &HostError, every: Duration) -> Duration {
    let hint = match error.retry {
        Retry::AfterMs(ms) => Duration::from_millis(ms),
        Retry::Backoff => every.saturating_mul(2),
        // A person may mend it meanwhile.
        Retry::Never => LONGEST_PAUSE,
    };
    hint.min(LONGEST_PAUSE).max(every)
}
