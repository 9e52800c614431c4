//! The listener and what happens to every request on it.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{self, ConnectInfo, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::answer::{json_response, text_response};
use super::connection::{CuttableListener, Scissors};
use super::errors::ApiError;
use super::faults::FaultKind;
use super::rates::RateStatus;
use super::recording::RecordedRequest;
use super::state::State;
use super::{api, control, oauth};

/// No documented body comes near this.
const LARGEST_BODY: usize = 4 << 20;

/// How much a huge body has too much.
const HUGE: usize = 10_000_000;

/// Serves until the sender of `stop` sends or is dropped.
pub(crate) async fn serve(
    listener: TcpListener,
    state: Arc<State>,
    stop: oneshot::Receiver<()>,
) -> io::Result<()> {
    let service = router(state).into_make_service_with_connect_info::<Scissors>();
    let stopped = async move {
        // An error says that the sender is gone, which means the same.
        let _ = stop.await;
    };
    axum::serve(CuttableListener(listener), service).with_graceful_shutdown(stopped).await
}

fn router(state: Arc<State>) -> Router {
    Router::new()
        .merge(api::router())
        .merge(oauth::router())
        .fallback(not_found)
        .method_not_allowed_fallback(not_found)
        .layer(from_fn_with_state(Arc::clone(&state), observe))
        // After the layer: the control endpoints are neither recorded nor disturbed.
        .merge(control::router())
        .with_state(state)
}

async fn not_found() -> ApiError {
    ApiError::NotFound
}

/// Records a request, lets it meet its fault, and adds the headers that every response has.
async fn observe(
    extract::State(state): extract::State<Arc<State>>,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        let response = StatusCode::PAYLOAD_TOO_LARGE.into_response();
        return with_usual_headers(&state, response).await;
    };
    let mut record = RecordedRequest::new(&parts.method, &parts.uri, &parts.headers, &body);
    let fault = state.faults().take(parts.method.as_str(), parts.uri.path());
    let is_oauth = parts.uri.path().starts_with("/oauth/");
    let request = Request::from_parts(parts, Body::from(body));

    let mut answered = true;
    let response = match fault {
        None => next.run(request).await,
        Some(FaultKind::Status { code, body, headers }) => {
            status_fault(&state, code, body, &headers, is_oauth)
        }
        Some(FaultKind::BareStatus { code }) => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::from_u16(code).unwrap_or_default();
            response.extensions_mut().insert(Bare);
            response
        }
        Some(FaultKind::Delay { ms }) => {
            state.options.clock.sleep(Duration::from_millis(ms)).await;
            next.run(request).await
        }
        Some(FaultKind::DropBeforeHandling) => {
            answered = false;
            scissors.cut();
            Response::new(Body::empty())
        }
        Some(FaultKind::DropAfterHandling) => {
            let response = next.run(request).await;
            answered = false;
            scissors.cut();
            response
        }
        Some(FaultKind::SilenceBeforeHandling) => {
            state.recording().push(record);
            return std::future::pending().await;
        }
        Some(FaultKind::SilenceAfterHandling) => {
            next.run(request).await;
            state.recording().push(record);
            return std::future::pending().await;
        }
        Some(FaultKind::TruncatedBody) => {
            let (response, body) = whole(next.run(request).await).await;
            scissors.cut_in_body(body.len() / 2);
            response
        }
        Some(FaultKind::WrongContentType) => {
            let mut response = next.run(request).await;
            let html = HeaderValue::from_static("text/html; charset=utf-8");
            response.headers_mut().insert(header::CONTENT_TYPE, html);
            response
        }
        Some(FaultKind::InvalidUtf8) => {
            let (mut response, body) = whole(next.run(request).await).await;
            *response.body_mut() = Body::from(spoiled(&body));
            response
        }
        Some(FaultKind::HugeBody) => {
            let (mut response, body) = whole(next.run(request).await).await;
            *response.body_mut() = Body::from([&*body, &vec![b' '; HUGE]].concat());
            response
        }
    };
    record.status = answered.then(|| response.status().as_u16());
    state.recording().push(record);
    with_usual_headers(&state, response).await
}

/// Marks a response that says nothing about rates.
#[derive(Clone, Copy)]
struct Bare;

fn status_fault(
    state: &State,
    code: u16,
    body: Option<String>,
    headers: &BTreeMap<String, String>,
    is_oauth: bool,
) -> Response {
    let mut response = match body {
        Some(body) => text_response(code, "application/json; charset=utf-8", body),
        None => json_response(code, &usual_body(code, is_oauth)),
    };
    if code == 429 {
        response.extensions_mut().insert(RateStatus::exhausted(state.stated_limit()));
    }
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// What the service says with a status, as far as that is known.
fn usual_body(code: u16, is_oauth: bool) -> serde_json::Value {
    if is_oauth {
        let error = match code {
            400 => "invalid_request",
            401 => "invalid_client",
            429 => "too_many_requests",
            _ => "server_error",
        };
        return json!({ "error": error, "error_description": "The simulator was told to fail." });
    }
    match code {
        400 => ApiError::InvalidArgument(Vec::new()).body(),
        401 => ApiError::Unauthenticated.body(),
        403 => ApiError::NO_ACCESS.body(),
        404 => ApiError::NotFound.body(),
        409 => ApiError::AlreadyExists.body(),
        424 => json!({
            "title": "External Calendar Error",
            "message": "There is a problem accessing your calendar.",
        }),
        429 => ApiError::TooManyRequests(RateStatus::exhausted(0)).body(),
        500 => json!({
            "title": "Internal Server Error",
            "message": "The server encountered an unexpected condition that prevented it from \
                        fulfilling the request.",
        }),
        _ => {
            let reason = StatusCode::from_u16(code).ok().and_then(|code| code.canonical_reason());
            let reason = reason.unwrap_or("Error");
            json!({ "title": reason, "message": reason })
        }
    }
}

/// A response together with its body, which is in memory anyway.
async fn whole(response: Response) -> (Response, Bytes) {
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    (Response::from_parts(parts, Body::from(bytes.clone())), bytes)
}

/// A body with a byte in it that no UTF-8 text has, within the first string if there is one.
fn spoiled(body: &[u8]) -> Vec<u8> {
    let mut spoiled = body.to_vec();
    let at = body.iter().position(|byte| *byte == b'"').map_or(0, |quote| quote + 1);
    spoiled.insert(at.min(body.len()), 0xff);
    spoiled
}

async fn with_usual_headers(state: &State, response: Response) -> Response {
    let status = response.extensions().get::<RateStatus>().cloned();
    let status = status.unwrap_or_else(|| RateStatus::untouched(state.stated_limit()));
    let (mut response, body) = whole(response).await;
    let is_success = response.status().is_success();
    let is_bare = response.extensions().get::<Bare>().is_some();
    let headers = response.headers_mut();
    if !is_bare {
        status.write(headers, state.options.plan.stage());
    }
    usual(headers, "x-request-id", state.mint.request_id());
    usual(headers, "server", "cloudflare".to_owned());
    if is_success && !body.is_empty() {
        let etag = format!("W/\"{}\"", hex::encode(&Sha256::digest(&body)[..16]));
        usual(headers, "etag", etag);
        let cache_control = "max-age=0, private, must-revalidate";
        usual(headers, "cache-control", cache_control.to_owned());
    }
    response
}

fn usual(headers: &mut HeaderMap, name: &'static str, value: String) {
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.entry(name).or_insert(value);
    }
}
