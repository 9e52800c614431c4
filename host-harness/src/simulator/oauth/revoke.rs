//! `POST /oauth/revoke`.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::clients;
use super::forms::{Form, OAuthError};
use crate::simulator::state::State;

/// Ends the grant of a token. A token that is not known is no error: it is as good as revoked.
pub(super) async fn revoke(
    extract::State(state): extract::State<Arc<State>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match token(&headers, &body) {
        Ok((client, token)) => {
            state.world().authorizations.revoke(&token, client);
            StatusCode::OK.into_response()
        }
        Err(error) => error.into_response(),
    }
}

fn token(headers: &HeaderMap, body: &[u8]) -> Result<(&'static str, String), OAuthError> {
    let form = Form::read(headers, body)?;
    let token = form.require("token")?.to_owned();
    let client = clients::authenticate(form.require("client_id")?, form.require("client_secret")?);
    // Here the service answers 403 where the token endpoint answers 401.
    let client = client.ok_or_else(|| OAuthError::invalid_client(403))?;
    Ok((client.id, token))
}
