//! `/_simulator/webhooks/…`: what became of webhooks, and what shall become of them.

use std::sync::Arc;

use axum::extract::State as Of;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};

use crate::simulator::state::State;
use crate::simulator::webhooks::{WebhookDelivery, WebhookFault, deliver_due};

pub(super) fn router() -> Router<Arc<State>> {
    Router::new()
        .route("/webhooks/deliveries", get(deliveries).delete(forget_deliveries))
        .route("/webhooks/deliver", post(deliver))
        .route("/webhooks/faults", get(faults).post(add_fault).delete(forget_faults))
}

async fn deliveries(Of(state): Of<Arc<State>>) -> Json<Vec<WebhookDelivery>> {
    Json(state.world().account.outbox.deliveries())
}

async fn forget_deliveries(Of(state): Of<Arc<State>>) -> StatusCode {
    state.world().account.outbox.forget_settled();
    StatusCode::NO_CONTENT
}

async fn deliver(Of(state): Of<Arc<State>>) -> Json<Vec<WebhookDelivery>> {
    Json(deliver_due(&state).await)
}

async fn faults(Of(state): Of<Arc<State>>) -> Json<Vec<WebhookFault>> {
    Json(state.world().account.outbox.faults.remaining())
}

async fn add_fault(Of(state): Of<Arc<State>>, Json(fault): Json<WebhookFault>) -> StatusCode {
    state.world().account.outbox.faults.push(fault);
    StatusCode::NO_CONTENT
}

async fn forget_faults(Of(state): Of<Arc<State>>) -> StatusCode {
    state.world().account.outbox.faults.clear();
    StatusCode::NO_CONTENT
}
