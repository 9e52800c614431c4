//! `/oauth/authorize`: the consent page and what a person answers on it.
//!
//! Before the client and the redirect URI are known to be right nobody is redirected anywhere; after
//! that every error goes back to the app (RFC 6749, section 4.1.2.1).

use std::sync::Arc;

use axum::extract;
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};
use url::Url;

use super::clients::{self, Client};
use super::consent_page;
use super::forms::{Form, OAuthError};
use super::grants::AuthorizationRequest;
use crate::simulator::answer::text_response;
use crate::simulator::scopes;
use crate::simulator::state::State;

/// Shows the consent page.
pub(super) async fn ask(extract::State(state): extract::State<Arc<State>>, uri: Uri) -> Response {
    let query = Form::parse(uri.query().unwrap_or_default().as_bytes());
    let (client, redirect_uri) = match target(&query, &state) {
        Ok(target) => target,
        Err(message) => return error_page(message),
    };
    let app_state = query.get("state").map(str::to_owned);
    let request = match request(&query, client, redirect_uri) {
        Ok(request) => request,
        Err(error) => return redirect_error(redirect_uri, &error, app_state.as_deref()),
    };
    let scopes: Vec<_> = request.scopes.iter().filter_map(|name| scopes::find(name)).collect();
    let mut world = state.world();
    let person = world.account.users.first().map(|user| user.name.clone()).unwrap_or_default();
    let id = world.authorizations.ask(request, &state.mint, state.now_ms());
    drop(world);
    page(200, consent_page::consent(client.name, &person, redirect_uri, &scopes, &id))
}

/// Takes the answer.
pub(super) async fn decide(
    extract::State(state): extract::State<Arc<State>>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let from_form = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
    let form = Form::parse(if from_form { body.as_bytes() } else { b"" });
    let now_ms = state.now_ms();
    let mut world = state.world();
    let id = form.get("request").unwrap_or_default();
    let Some(mut request) = world.authorizations.decided(id, now_ms) else {
        return error_page("This request has been answered already, or it was asked too long ago.");
    };
    let redirect_uri = request.redirect_uri.clone();
    let app_state = request.state.clone();
    if form.get("decision") != Some("allow") {
        let denied = OAuthError::new(
            403,
            "access_denied",
            "The resource owner or authorization server denied the request.",
        );
        return redirect_error(&redirect_uri, &denied, app_state.as_deref());
    }
    // Whoever allows may decline single scopes.
    request.scopes.retain(|scope| form.all("scope").any(|ticked| ticked == *scope));
    let user = world.account.users.first().map(|user| user.id.clone()).unwrap_or_default();
    let code = world.authorizations.issue_code(request, &user, &state.mint, now_ms);
    redirect(&redirect_uri, &[("code", Some(&code)), ("state", app_state.as_deref())])
}

/// The client and where to go afterwards; or what to tell the person.
fn target<'a>(query: &'a Form, state: &State) -> Result<(&'static Client, &'a str), &'static str> {
    let client = query.get("client_id").and_then(clients::find);
    let client = client.ok_or("The app that sent you here is not registered.")?;
    let redirect_uri = query.get("redirect_uri").filter(|uri| {
        clients::redirect_uri_is_registered(uri, state.options.redirect_uris.as_deref())
    });
    let redirect_uri =
        redirect_uri.ok_or("The address to return to is not registered for this app.")?;
    Ok((client, redirect_uri))
}

fn request(
    query: &Form,
    client: &'static Client,
    redirect_uri: &str,
) -> Result<AuthorizationRequest, OAuthError> {
    if query.require("response_type")? != "code" {
        return Err(OAuthError::new(
            400,
            "unsupported_response_type",
            "The authorization server does not support this response type.",
        ));
    }
    Ok(AuthorizationRequest {
        client_id: client.id,
        redirect_uri: redirect_uri.to_owned(),
        scopes: requested_scopes(query.get("scope").unwrap_or_default())?,
        state: query.get("state").map(str::to_owned),
        challenge: challenge(query)?,
    })
}

fn requested_scopes(text: &str) -> Result<Vec<&'static str>, OAuthError> {
    let mut requested = Vec::new();
    for name in text.split_whitespace() {
        let Some(scope) = scopes::find(name) else {
            return Err(OAuthError::new(
                400,
                "invalid_scope",
                "The requested scope is invalid, unknown, or malformed.",
            ));
        };
        if !requested.contains(&scope.name) {
            requested.push(scope.name);
        }
    }
    Ok(requested)
}

/// The PKCE challenge. `plain` protects nothing and is refused, as is a missing method, which
/// would mean `plain` (RFC 7636, section 4.3).
fn challenge(query: &Form) -> Result<Option<String>, OAuthError> {
    let challenge = query.get("code_challenge");
    match (challenge, query.get("code_challenge_method")) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(OAuthError::missing("code_challenge")),
        (Some(challenge), Some("S256")) if is_s256(challenge) => Ok(Some(challenge.to_owned())),
        (Some(_), Some("S256")) => {
            Err(OAuthError::invalid_request("The code challenge is not a SHA-256 digest."))
        }
        (Some(_), _) => Err(OAuthError::invalid_request("The code challenge method must be S256.")),
    }
}

fn is_s256(challenge: &str) -> bool {
    challenge.len() == 43
        && challenge.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

fn redirect_error(redirect_uri: &str, error: &OAuthError, state: Option<&str>) -> Response {
    redirect(
        redirect_uri,
        &[
            ("error", Some(error.code)),
            ("error_description", Some(&error.description)),
            ("state", state),
        ],
    )
}

fn redirect(redirect_uri: &str, parameters: &[(&str, Option<&str>)]) -> Response {
    let Ok(mut location) = Url::parse(redirect_uri) else {
        return error_page("The address to return to is not an address.");
    };
    for (name, value) in parameters {
        if let Some(value) = value {
            location.query_pairs_mut().append_pair(name, value);
        }
    }
    let Ok(value) = HeaderValue::try_from(location.as_str()) else {
        return error_page("The address to return to is not an address.");
    };
    (axum::http::StatusCode::FOUND, [(header::LOCATION, value)]).into_response()
}

fn error_page(message: &str) -> Response {
    page(400, consent_page::error(message))
}

fn page(status: u16, html: String) -> Response {
    let mut response = text_response(status, "text/html; charset=utf-8", html);
    let headers = response.headers_mut();
    // No `form-action`: browsers apply it to the redirect after the form, too.
    let policy =
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
