//! `POST /oauth/introspect`.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::clients;
use super::forms::{Form, OAuthError};
use crate::simulator::answer::json_response;
use crate::simulator::state::State;
use crate::simulator::uris::uri;

/// Says whether a token works, and for what.
pub(super) async fn introspect(
    extract::State(state): extract::State<Arc<State>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match facts(&state, &headers, &body) {
        Ok(facts) => json_response(200, &facts),
        Err(error) => error.into_response(),
    }
}

fn facts(state: &State, headers: &HeaderMap, body: &[u8]) -> Result<Value, OAuthError> {
    let form = Form::read(headers, body)?;
    let token = form.require("token")?;
    let client = clients::authenticate(form.require("client_id")?, form.require("client_secret")?)
        .ok_or_else(|| OAuthError::invalid_client(401))?;
    let world = state.world();
    let facts = world.authorizations.facts(token, state.now_ms());
    let Some(facts) = facts.filter(|facts| facts.grant.client_id == client.id) else {
        return Ok(json!({ "active": false }));
    };
    Ok(json!({
        "active": true,
        "scope": facts.grant.scopes.join(" "),
        "client_id": client.id,
        "token_type": "Bearer",
        "iat": facts.issued_ms / 1_000,
        "exp": facts.expires_ms.map(|ms| ms / 1_000),
        "owner": uri("users", &facts.grant.user),
        "organization": uri("organizations", &world.account.organization.id),
    }))
}
