//! `https://auth.calendly.com`: consent, tokens, revocation, introspection.

mod authorize;
mod clients;
mod consent_page;
mod forms;
pub(crate) mod grants;
mod introspect;
pub(crate) mod issuer;
mod revoke;
mod token;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use super::state::State;

pub(crate) use self::clients::{
    CLIENT_ID, CLIENT_SECRET, EXAMPLE_CLIENT_ID, EXAMPLE_CLIENT_SECRET, WEBHOOK_SIGNING_KEY,
};

/// The OAuth endpoints.
pub(crate) fn router() -> Router<Arc<State>> {
    Router::new()
        .route("/oauth/authorize", get(authorize::ask).post(authorize::decide))
        .route("/oauth/token", post(token::token))
        .route("/oauth/revoke", post(revoke::revoke))
        .route("/oauth/introspect", post(introspect::introspect))
}
