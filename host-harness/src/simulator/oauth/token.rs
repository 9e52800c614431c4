//! `POST /oauth/token`.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::clients::Client;
use super::forms::{Form, OAuthError};
use super::grants::{Code, Refresh};
use super::issuer::{Issuer, millis};
use crate::simulator::answer::json_response;
use crate::simulator::rates::{RateStatus, TOKENS};
use crate::simulator::state::{State, World};
use crate::simulator::uris::uri;

/// A refusal, with what the rate headers say if it is about them.
struct Refusal(OAuthError, Option<RateStatus>);

impl From<OAuthError> for Refusal {
    fn from(error: OAuthError) -> Self {
        Self(error, None)
    }
}

/// Redeems a code or spends a refresh token.
pub(super) async fn token(
    extract::State(state): extract::State<Arc<State>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match answer(&state, &headers, &body) {
        Ok((body, status)) => {
            let mut response = json_response(200, &body);
            let no_store = HeaderValue::from_static("no-store");
            response.headers_mut().insert(header::CACHE_CONTROL, no_store);
            response.extensions_mut().insert(status);
            response
        }
        Err(Refusal(error, status)) => {
            let mut response = error.into_response();
            if let Some(status) = status {
                response.extensions_mut().insert(status);
            }
            response
        }
    }
}

fn answer(state: &State, headers: &HeaderMap, body: &[u8]) -> Result<(Value, RateStatus), Refusal> {
    let form = Form::read(headers, body)?;
    let client = form.client(headers)?;
    match form.require("grant_type")? {
        "authorization_code" => redeem(state, client, &form),
        "refresh_token" => refresh(state, client, &form),
        _ => Err(OAuthError::new(
            400,
            "unsupported_grant_type",
            "The authorization grant type is not supported by the authorization server.",
        )
        .into()),
    }
}

fn redeem(state: &State, client: &Client, form: &Form) -> Result<(Value, RateStatus), Refusal> {
    let code = form.require("code")?;
    let redirect_uri = form.require("redirect_uri")?;
    let mut world = state.world();
    let known = world.authorizations.code(code, state.now_ms());
    let valid = known.filter(|known| {
        known.request.client_id == client.id
            && known.request.redirect_uri == redirect_uri
            && verifier_fits(known, form.get("code_verifier"))
    });
    // A code that was sent wrongly is not used up.
    let user = valid.ok_or_else(OAuthError::invalid_grant)?.user.clone();
    let status = count(state, &mut world, &user)?;
    let organization = uri("organizations", &world.account.organization.id);
    let answer = world.authorizations.redeem(code, &Issuer::new(state, &organization));
    Ok((answer.ok_or_else(OAuthError::invalid_grant)?, status))
}

fn refresh(state: &State, client: &Client, form: &Form) -> Result<(Value, RateStatus), Refusal> {
    let token = form.require("refresh_token")?;
    let mut world = state.world();
    let grace_ms = millis(state.options.refresh_grace);
    match world.authorizations.refresh(token, client.id, state.now_ms(), grace_ms) {
        Refresh::Invalid => Err(OAuthError::invalid_grant().into()),
        Refresh::Again(answer) => Ok((answer, untouched(state))),
        Refresh::Spendable(grant) => {
            let status = count(state, &mut world, &grant.user)?;
            let organization = uri("organizations", &world.account.organization.id);
            let answer = world.authorizations.spend(token, &Issuer::new(state, &organization));
            Ok((answer.ok_or_else(OAuthError::invalid_grant)?, status))
        }
    }
}

/// Whether the verifier of PKCE is the one that the challenge was made of; there must be none if
/// there was no challenge.
fn verifier_fits(code: &Code, verifier: Option<&str>) -> bool {
    match (&code.request.challenge, verifier) {
        (None, None) => true,
        (Some(challenge), Some(verifier)) => {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
            (43..=128).contains(&verifier.len())
                && verifier.bytes().all(allowed)
                && URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) == *challenge
        }
        _ => false,
    }
}

/// Counts a pair of tokens of a user. Whoever has had too many keeps what they sent.
fn count(state: &State, world: &mut World, user: &str) -> Result<RateStatus, Refusal> {
    if state.limit().is_none() {
        return Ok(untouched(state));
    }
    let who = format!("tokens:{user}");
    let counted = world.rates.take(&who, &TOKENS, state.now_ms());
    counted.map_err(|status| Refusal(OAuthError::too_many_requests(), Some(status)))
}

fn untouched(state: &State) -> RateStatus {
    RateStatus::untouched(state.stated_limit())
}
