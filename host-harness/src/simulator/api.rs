//! `https://api.calendly.com`: what every endpoint has in common.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{self, RawPathParams};
use axum::http::{HeaderMap, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::on;
use url::form_urlencoded;

use super::answer::Outcome;
use super::call::{Call, Endpoint};
use super::errors::ApiError;
use super::oauth::grants::Grant;
use super::rates::{Limit, RateStatus};
use super::resources::FAMILIES;
use super::scopes;
use super::state::{State, World};
use super::webhooks::SigningKey;

/// The endpoints of every family.
pub(crate) fn router() -> Router<Arc<State>> {
    FAMILIES.iter().copied().flatten().fold(Router::new(), |router, endpoint| {
        let handler = move |extract::State(state): extract::State<Arc<State>>,
                            path_parameters: RawPathParams,
                            uri: Uri,
                            headers: HeaderMap,
                            body: Bytes| async move {
            let request = Request { uri, headers, body, path_parameters };
            handle(&state, endpoint, request)
        };
        router.route(endpoint.path, on(endpoint.method, handler))
    })
}

struct Request {
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
    path_parameters: RawPathParams,
}

fn handle(state: &State, endpoint: &Endpoint, request: Request) -> Response {
    let mut world = state.world();
    let (outcome, status) = run(state, &mut world, endpoint, request);
    drop(world);
    let mut response = match outcome {
        Ok(answer) => answer.into_response(),
        Err(error) => error.into_response(),
    };
    // A 429 brings its own.
    if let Some(status) = status.filter(|_| response.extensions().get::<RateStatus>().is_none()) {
        response.extensions_mut().insert(status);
    }
    response
}

/// Who it is, whether it is too often, whether it is allowed; then what is asked.
fn run(
    state: &State,
    world: &mut World,
    endpoint: &Endpoint,
    request: Request,
) -> (Outcome, Option<RateStatus>) {
    let token = bearer_token(&request.headers);
    let grant = token.and_then(|token| world.authorizations.caller(token, state.now_ms()));
    let Some(grant) = grant.cloned() else {
        return (Err(ApiError::Unauthenticated), None);
    };
    let name = |status: RateStatus| status.for_caller(grant.client_id, &grant.user);
    let status = match count(state, world, endpoint, &grant) {
        Ok(status) => name(status),
        Err(status) => return (Err(ApiError::TooManyRequests(name(status))), None),
    };
    if !scopes::covers(&grant.scopes, endpoint.scope) {
        return (Err(ApiError::InsufficientScope(vec![endpoint.scope])), Some(status));
    }
    let (query, others) = split_query(endpoint, &request.uri);
    let call = Call {
        caller: grant.user,
        app_signing_key: (!grant.client_id.is_empty())
            .then(|| SigningKey::new(&state.options.webhook_signing_key)),
        scopes: grant.scopes,
        now: state.now(),
        path: request.uri.path().to_owned(),
        path_parameters: request
            .path_parameters
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        query,
        undocumented: others.into_iter().map(|(name, _)| name).collect(),
        headers: request.headers,
        body: request.body.to_vec(),
        seal: state.seal,
    };
    ((endpoint.run)(&call, &mut world.account), Some(status))
}

/// Counts the request of a client and user, and as a booking of the user if it is one that may be
/// made at all.
fn count(
    state: &State,
    world: &mut World,
    endpoint: &Endpoint,
    grant: &Grant,
) -> Result<RateStatus, RateStatus> {
    let Some(limit) = state.limit() else {
        return Ok(RateStatus::untouched(state.stated_limit()));
    };
    let (user, now_ms) = (&grant.user, state.now_ms());
    let status = world.rates.take(
        &format!("{}:{user}", grant.client_id),
        &[Limit::per_minute(limit)],
        now_ms,
    )?;
    if endpoint.books && scopes::covers(&grant.scopes, endpoint.scope) {
        let limits = state.options.plan.bookings();
        world.rates.take(&format!("bookings:{user}"), limits, now_ms)?;
    }
    Ok(status)
}

fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

type Query = Vec<(String, String)>;

/// The documented parameters, and the others.
fn split_query(endpoint: &Endpoint, uri: &Uri) -> (Query, Query) {
    form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
        .into_owned()
        .partition(|(name, _)| endpoint.query.contains(&name.as_str()))
}
