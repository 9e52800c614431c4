//! The simulator's own endpoints, for those who cannot call the library: `/_simulator/…`.
//!
//! | request | effect |
//! |---|---|
//! | `GET /faults`, `POST /faults`, `DELETE /faults` | the faults to come: list, add one, forget all |
//! | `POST /access-tokens/expire` | every access token stops working |
//! | `POST /grants/revoke` | every grant ends |
//! | `GET /requests`, `DELETE /requests` | what was asked, without bodies; forget it |
//! | `GET /counts` | how many resources of each kind there are |
//! | `POST /invitees/cancel`, `POST /invitees/reschedule` | as the invitee does on the pages |
//! | `POST /routing-forms/submit` | as a visitor does |
//! | `POST /recaps/publish`, `/recaps/update`, `/recaps/delete` | as the notetaker and the owner do |
//! | `POST /event-types/delete` | as the owner does |
//! | `GET /webhooks/deliveries`, `DELETE /webhooks/deliveries` | what became of webhooks, without bodies; forget those that are done |
//! | `POST /webhooks/deliver` | try every webhook that is due |
//! | `GET /webhooks/faults`, `POST /webhooks/faults`, `DELETE /webhooks/faults` | the faults of webhooks to come: list, add one, forget all |
//!
//! A fault is posted as JSON, in the shape of [`Fault`]:
//! `{"method": "GET", "path": "/contacts", "times": 2, "kind": "status", "code": 503}`,
//! `{"kind": "delay", "ms": 1500}`, `{"kind": "drop-after-handling"}`. One of webhooks is a
//! [`WebhookFault`](super::WebhookFault): `{"event": "invitee.created", "kind": "duplicate"}`.
//!
//! What people do is posted with the URIs it is about:
//! `{"invitee": …, "reason": …}` to cancel, `{"invitee": …, "start_time": …}` to reschedule,
//! `{"form": …, "answers": {"Your name": …}}`, `{"event": …, "summary": …}` to publish a recap,
//! `{"recap": …, "summary": …}`, `{"recap": …}`, `{"event_type": …}`. What makes something answers
//! its `uri`; a refusal looks like one of the API.

mod outside;
mod webhooks;

use std::sync::Arc;

use axum::extract::State as Of;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::Value;

use crate::simulator::counts::Resource;
use crate::simulator::faults::Fault;
use crate::simulator::recording::RecordedRequest;
use crate::simulator::state::State;

pub(crate) fn router() -> Router<Arc<State>> {
    let routes = Router::new()
        .route("/faults", get(faults).post(add_fault).delete(forget_faults))
        .route("/access-tokens/expire", post(expire_access_tokens))
        .route("/grants/revoke", post(revoke_grants))
        .route("/requests", get(requests).delete(forget_requests))
        .route("/counts", get(counts))
        .merge(outside::router())
        .merge(webhooks::router());
    Router::new().nest("/_simulator", routes)
}

async fn faults(Of(state): Of<Arc<State>>) -> Json<Vec<Fault>> {
    Json(state.faults().remaining())
}

async fn add_fault(Of(state): Of<Arc<State>>, Json(fault): Json<Fault>) -> StatusCode {
    state.faults().push(fault);
    StatusCode::NO_CONTENT
}

async fn forget_faults(Of(state): Of<Arc<State>>) -> StatusCode {
    state.faults().clear();
    StatusCode::NO_CONTENT
}

async fn expire_access_tokens(Of(state): Of<Arc<State>>) -> StatusCode {
    let now_ms = state.now_ms();
    state.world().authorizations.expire_access_tokens(now_ms);
    StatusCode::NO_CONTENT
}

async fn revoke_grants(Of(state): Of<Arc<State>>) -> StatusCode {
    state.world().authorizations.revoke_all();
    StatusCode::NO_CONTENT
}

async fn requests(Of(state): Of<Arc<State>>) -> Json<Vec<RecordedRequest>> {
    Json(state.recording().all())
}

async fn forget_requests(Of(state): Of<Arc<State>>) -> StatusCode {
    state.recording().clear();
    StatusCode::NO_CONTENT
}

async fn counts(Of(state): Of<Arc<State>>) -> Json<Value> {
    let world = state.world();
    let counts = Resource::ALL
        .into_iter()
        .map(|resource| (resource.name().to_owned(), Value::from(resource.count(&world.account))));
    Json(Value::Object(counts.collect()))
}
