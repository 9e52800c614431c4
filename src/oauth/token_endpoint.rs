//! The token endpoint (RFC 6749 section 3.2): codes and refresh tokens for new tokens.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Map, Value};
use url::form_urlencoded;
use zeroize::Zeroizing;

use super::TOKEN_URL;
use super::pending::Pending;
use crate::api::retry::{Attempts, Failure};
use crate::api::{HTTP_TIMEOUT_MS, rate};
use crate::connection::Connection;
use crate::error::{Error, ErrorCode, Result, Retry};
use crate::host::{Budget, Host, Method, Request, Response};
use crate::json;
use crate::redact::redacted;
use crate::secret::{Secret, is_bearer_token};

/// A successful answer.
pub(super) struct Tokens {
    pub(super) access: Secret,
    /// None when a refresh answered without one: the old one then stays valid (RFC 6749 section 6).
    pub(super) refresh: Option<Secret>,
    /// None when the answer does not say: then they are the ones asked for (section 5.1).
    pub(super) scopes: Option<Vec<String>>,
    pub(super) owner: Option<String>,
    pub(super) organization: Option<String>,
    pub(super) access_expires_at: u64,
    /// The default where the answer does not say.
    pub(super) refresh_expires_at: Option<u64>,
    pub(super) obtained_at: u64,
}

/// Exchanges an authorization code.
pub(super) fn exchange(
    host: &dyn Host,
    connection: &Connection,
    secret: &Secret,
    code: &Secret,
    pending: &Pending,
) -> Result<Tokens> {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.expose()),
        ("redirect_uri", &pending.redirect_uri),
        ("code_verifier", pending.verifier.expose()),
    ];
    let mut attempts = Attempts::new(host, host.now() + TOTAL_MS);
    send(host, connection, secret, &form, &mut attempts).map_err(|error| match error.code {
        ErrorCode::ReauthorizationRequired => error.explained(
            ErrorCode::AuthorizationDenied,
            "Calendly did not accept the authorization code.",
            "Start the connect flow again; a code can be used once, within 10 minutes.",
        ),
        _ => error,
    })
}

/// Exchanges a refresh token. The error is `reauthorization-required` only for `invalid_grant`.
/// `attempts` then tell whether the token may have been spent all the same.
pub(super) fn refresh(
    host: &dyn Host,
    connection: &Connection,
    secret: &Secret,
    refresh_token: &Secret,
    attempts: &mut Attempts<'_>,
) -> Result<Tokens> {
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.expose())];
    send(host, connection, secret, &form, attempts)
}

/// Sends the form, again after failures that leave the grant as it was. An answer that was lost
/// is also asked for again: if the first request was handled after all, Calendly says
/// `invalid_grant`, and no other course would have told so.
fn send(
    host: &dyn Host,
    connection: &Connection,
    secret: &Secret,
    form: &[(&str, &str)],
    attempts: &mut Attempts<'_>,
) -> Result<Tokens> {
    let mut request = request(connection, secret, form);
    let mut secrets = vec![secret.expose()];
    for (name, value) in form {
        if !matches!(*name, "grant_type" | "redirect_uri") {
            secrets.push(value);
        }
    }
    loop {
        request.timeout_ms = attempts.wait_for_budget(connection.id, Budget::Token)?;
        let failure = match host.send(request.clone()) {
            Ok(response) => {
                rate::observe(host, connection.id, Budget::Token, &response);
                match read(host.now(), &response, &secrets) {
                    Ok(tokens) => return Ok(tokens),
                    Err(error) => Failure::answered(error, &response),
                }
            }
            Err(error) => Failure::transport(&error),
        };
        attempts.pause_after(failure)?;
    }
}

fn request(connection: &Connection, secret: &Secret, form: &[(&str, &str)]) -> Request {
    let mut body = form_urlencoded::Serializer::new(String::new());
    body.extend_pairs(form);
    Request {
        method: Method::Post,
        url: TOKEN_URL.to_owned(),
        headers: vec![
            ("authorization", basic(&connection.client_id, secret)),
            ("content-type", plain("application/x-www-form-urlencoded")),
            ("accept", plain("application/json")),
        ],
        body: Some(Zeroizing::new(body.finish().into_bytes())),
        timeout_ms: HTTP_TIMEOUT_MS,
    }
}

/// HTTP Basic, as Calendly documents it: base64 of `client_id:client_secret`.
fn basic(client_id: &str, secret: &Secret) -> Secret {
    let pair = Secret::new(format!("{client_id}:{}", secret.expose()));
    let url_safe = Secret::new(Base64UrlUnpadded::encode_string(pair.expose().as_bytes()));
    // The same in the other alphabet, whose encoder would be in the component for this alone.
    let mut header = String::with_capacity(url_safe.expose().len() + 9);
    header.push_str("Basic ");
    for character in url_safe.expose().chars() {
        header.push(match character {
            '-' => '+',
            '_' => '/',
            same => same,
        });
    }
    while header.len() % 4 != 2 {
        header.push('=');
    }
    Secret::new(header)
}

fn plain(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

fn read(now: u64, response: &Response, secrets: &[&str]) -> Result<Tokens> {
    let answer = serde_json::from_slice::<Value>(&response.body);
    if answer.is_err() && is_to_be_read(response) {
        // As good as cut off: what it said is asked for again.
        return Err(not_understood().with_retry(Retry::Backoff));
    }
    if response.status != 200 {
        return Err(refusal(&redacted(response, secrets)));
    }
    let mut answer = json::members(answer.unwrap_or_default());
    let end_after = |seconds: Option<&Value>, default: u64| {
        let seconds = seconds.and_then(Value::as_u64).unwrap_or(default);
        now.saturating_add(seconds.saturating_mul(1_000))
    };
    Ok(Tokens {
        access_expires_at: end_after(answer.get("expires_in"), ACCESS_SECONDS),
        refresh_expires_at: Some(end_after(
            answer.get("refresh_token_expires_in"),
            REFRESH_SECONDS,
        )),
        obtained_at: now,
        access: token(&mut answer, "access_token")?.ok_or_else(not_understood)?,
        refresh: token(&mut answer, "refresh_token")?,
        scopes: json::text(&answer, "scope")
            .map(|all| all.split_whitespace().map(str::to_owned).collect()),
        owner: json::take_text(&mut answer, "owner"),
        organization: json::take_text(&mut answer, "organization"),
    })
}

/// Whether all depends on what an answer says: on which tokens, or on why there are none.
fn is_to_be_read(response: &Response) -> bool {
    match response.status {
        200 => true,
        400 | 401 => !response.body.is_empty(),
        _ => false,
    }
}

/// A token of an answer; none when there is none. What could not be sent in a header, and would not
/// come out of the sealed pair as it went in, is no token.
fn token(answer: &mut Map<String, Value>, name: &str) -> Result<Option<Secret>> {
    let token = match json::take(answer, name) {
        Value::Null => return Ok(None),
        Value::String(text) => Secret::new(text),
        _ => return Err(not_understood()),
    };
    if is_bearer_token(token.expose()) { Ok(Some(token)) } else { Err(not_understood()) }
}

/// The error answers (RFC 6749 section 5.2).
fn refusal(response: &Response) -> Error {
    let mut answer = json::read_members(&response.body);
    let code = json::text(&answer, "error").unwrap_or_default();
    let error = match (response.status, code) {
        (400 | 401, "invalid_grant") => {
            Error::reauthorization_required("Calendly no longer accepts the grant.")
        }
        (_, "invalid_client" | "unauthorized_client") | (401, _) => Error::new(
            ErrorCode::InvalidClient,
            "Calendly does not accept the client id or the client secret.",
            "Update the connection's credentials, then re-connect.",
        ),
        (429, _) => rate::limited(response),
        (500.., _) => Error::new(
            ErrorCode::UpstreamUnavailable,
            &format!("Calendly's token endpoint failed with status {}.", response.status),
            "Try again in a while.",
        )
        .with_retry(Retry::Backoff),
        (status, _) => Error::new(
            ErrorCode::Rejected,
            &format!("Calendly's token endpoint refused the request with status {status}."),
            "See the detail; verify the OAuth app's settings at Calendly.",
        ),
    };
    let mut say = |name| (name, json::take(&mut answer, name));
    error.with_detail(json::build_object(&mut [say("error"), say("error_description")]))
}

pub(super) fn not_understood() -> Error {
    Error::new(
        ErrorCode::UpstreamUnavailable,
        "Calendly's token endpoint gave an answer that is not understood.",
        "Try again in a while.",
    )
}

/// Waiting, tries and pauses together. Shorter than the refresh lease lives.
pub(super) const TOTAL_MS: u64 = 45_000;
/// The brief's lifetimes, for answers that say nothing.
const ACCESS_SECONDS: u64 = 60 * 60;
const REFRESH_SECONDS: u64 = 90 * 24 * 60 * 60;
