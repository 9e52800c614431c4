//! `POST /_simulator/…`: what people do on Calendly's pages, and Calendly by itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State as Of;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::simulator::errors::ApiError;
use crate::simulator::state::State;

pub(super) fn router() -> Router<Arc<State>> {
    Router::new()
        .route("/invitees/cancel", post(cancel))
        .route("/invitees/reschedule", post(reschedule))
        .route("/routing-forms/submit", post(submit))
        .route("/recaps/publish", post(publish))
        .route("/recaps/update", post(update_recap))
        .route("/recaps/delete", post(delete_recap))
        .route("/event-types/delete", post(delete_event_type))
}

/// Nothing to say, or what is wrong.
type Done = Result<StatusCode, ApiError>;

/// The URI of what was made, or what is wrong.
type Made = Result<Json<Value>, ApiError>;

fn made(uri: Result<String, ApiError>) -> Made {
    Ok(Json(json!({ "uri": uri? })))
}

#[derive(Deserialize)]
struct Cancellation {
    invitee: String,
    #[serde(default)]
    reason: Option<String>,
}

async fn cancel(Of(state): Of<Arc<State>>, Json(body): Json<Cancellation>) -> Done {
    state.cancel_as_invitee(&body.invitee, body.reason.as_deref())?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
struct Move {
    invitee: String,
    start_time: String,
}

async fn reschedule(Of(state): Of<Arc<State>>, Json(body): Json<Move>) -> Made {
    made(state.reschedule(&body.invitee, &body.start_time))
}

#[derive(Deserialize)]
struct FilledForm {
    form: String,
    answers: BTreeMap<String, String>,
}

async fn submit(Of(state): Of<Arc<State>>, Json(body): Json<FilledForm>) -> Made {
    let answers: Vec<_> =
        body.answers.iter().map(|(name, answer)| (name.as_str(), answer.as_str())).collect();
    made(state.submit_routing_form(&body.form, &answers))
}

#[derive(Deserialize)]
struct NewRecap {
    event: String,
    summary: String,
}

async fn publish(Of(state): Of<Arc<State>>, Json(body): Json<NewRecap>) -> Made {
    made(state.publish_recap(&body.event, &body.summary))
}

#[derive(Deserialize)]
struct ChangedRecap {
    recap: String,
    summary: String,
}

async fn update_recap(Of(state): Of<Arc<State>>, Json(body): Json<ChangedRecap>) -> Done {
    state.update_recap(&body.recap, &body.summary)?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
struct Recap {
    recap: String,
}

async fn delete_recap(Of(state): Of<Arc<State>>, Json(body): Json<Recap>) -> Done {
    state.delete_recap(&body.recap)?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
struct OneEventType {
    event_type: String,
}

async fn delete_event_type(Of(state): Of<Arc<State>>, Json(body): Json<OneEventType>) -> Done {
    state.delete_event_type(&body.event_type)?;
    Ok(StatusCode::NO_CONTENT)
}
