//! Ending a grant (RFC 7009), as Calendly offers it: client id, secret and token in the form.

use url::form_urlencoded;
use zeroize::Zeroizing;

use super::grant::{self, LEASE_WAIT_MS, Lease, Pair};
use super::{REVOKE_URL, Revocation};
use crate::api::{HTTP_TIMEOUT_MS, rate};
use crate::connection::{self, Connection};
use crate::error::{Error, ErrorCode, Result, Retry};
use crate::host::{Budget, Grant, Host, Level, Method, Request, Response, TransportError};
use crate::json;
use crate::secret::Secret;
use crate::vault::Slot;

/// Removes the grant and revokes both its tokens. They are outstanding from the write on that
/// removes it, so none is forgotten wherever this ends.
///
/// # Errors
/// When the store fails; everything else is in the answer, because the grant is gone either way.
pub fn revoke(host: &dyn Host, connection: &Connection) -> Result<Revocation> {
    let lease = Lease::take(host, connection.id, host.now() + LEASE_WAIT_MS)?;
    let stored = host.load_grant(connection.id).map_err(|reason| Error::store(&reason))?;
    let by_hand = match connection.personal_access_token {
        Some(_) => connection::client_secret(host, connection).err(),
        None => None,
    };
    let Some(stored) = stored else {
        return Ok(Revocation { revoked: 0, outstanding: None, reason: by_hand.map(Into::into) });
    };
    // What cannot be opened cannot be revoked; it must not stay in the way either.
    let tokens = match by_hand {
        Some(error) => Err(error),
        None => outstanding(host, connection.id, &stored.grant),
    };
    let sealed = tokens.as_ref().ok().map(|(_, sealed)| sealed.as_str());
    lease.store(Some(stored.version), None, sealed)?;
    drop(lease);
    tokens.map(|(tokens, sealed)| tell(host, connection, &tokens, sealed)).or_else(|error| {
        host.log(Level::Warn, "the tokens could not be revoked", &[("error", &error.message)]);
        Ok(Revocation { revoked: 0, outstanding: None, reason: Some(error.into()) })
    })
}

/// Replaces the tokens and revokes the access token that they replace.
///
/// # Errors
/// What a refresh can end in; what becomes of the old access token is in the answer.
pub fn rotate(host: &dyn Host, connection: &Connection) -> Result<Revocation> {
    let (old, sealed) = grant::rotate(host, connection)?;
    Ok(tell(host, connection, &old, sealed))
}

/// Tries again to revoke what is outstanding.
///
/// # Errors
/// `vault` when it does not open.
pub fn revoke_outstanding(
    host: &dyn Host,
    connection: &Connection,
    outstanding: &str,
) -> Result<Revocation> {
    let tokens = Pair::open(host, connection.id, Slot::OutstandingRevocation, outstanding)?;
    Ok(tell(host, connection, &tokens, outstanding.to_owned()))
}

/// The tokens of a grant, also sealed as outstanding ones.
pub(super) fn outstanding(
    host: &dyn Host,
    connection: u64,
    grant: &Grant,
) -> Result<(Pair, String)> {
    let tokens = grant::open(host, connection, grant)?;
    let sealed = tokens.seal(host, connection, Slot::OutstandingRevocation)?;
    Ok((tokens, sealed))
}

fn tell(
    host: &dyn Host,
    connection: &Connection,
    tokens: &Pair,
    outstanding: String,
) -> Revocation {
    let (revoked, reason) = match connection::client_secret(host, connection) {
        Ok(secret) => send(host, connection, &secret, tokens),
        Err(error) => (0, Some(error)),
    };
    Revocation { revoked, outstanding: Some(outstanding), reason: reason.map(Into::into) }
}

/// How many tokens are revoked, and why not all of them.
fn send(
    host: &dyn Host,
    connection: &Connection,
    secret: &Secret,
    tokens: &Pair,
) -> (u32, Option<Error>) {
    let mut requests = Vec::new();
    for token in [&tokens.refresh, &tokens.access] {
        if token.expose().is_empty() {
            continue;
        }
        // Not for long: a revocation is worth more than a request that is counted.
        let _ = host.acquire_budget(connection.id, Budget::Api, BUDGET_WAIT_MS);
        requests.push(request(connection, secret, token));
    }
    let (mut revoked, mut reason) = (0, None);
    for answer in host.send_all(requests) {
        match failure(&answer) {
            Ok(()) => revoked += 1,
            Err(error) => reason = reason.or(Some(error)),
        }
    }
    (revoked, reason)
}

fn request(connection: &Connection, secret: &Secret, token: &Secret) -> Request {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("client_id", &connection.client_id)
        .append_pair("client_secret", secret.expose())
        .append_pair("token", token.expose());
    let content_type = "application/x-www-form-urlencoded".to_owned();
    Request {
        method: Method::Post,
        url: REVOKE_URL.to_owned(),
        headers: vec![("content-type", Secret::new(content_type))],
        body: Some(Zeroizing::new(form.finish().into_bytes())),
        timeout_ms: HTTP_TIMEOUT_MS,
    }
}

fn failure(answer: &Result<Response, TransportError>) -> Result<()> {
    let response = match answer {
        Ok(response) => response,
        Err(error) => return Err(crate::api::failure::transport(error)),
    };
    match response.status {
        200..=299 => Ok(()),
        // The token is unknown, so it opens nothing any more (RFC 7009 section 2.2).
        400 if says_invalid_token(response) => Ok(()),
        429 => Err(rate::limited(response)),
        400 | 401 | 403 => Err(Error::new(
            ErrorCode::InvalidClient,
            "Calendly refused to revoke the tokens with these client credentials.",
            "Remove the app under Calendly's Integrations, or update the credentials.",
        )),
        status => Err(Error::new(
            ErrorCode::UpstreamUnavailable,
            &format!("Calendly's revocation endpoint failed with status {status}."),
            "The revocation is kept and can be tried again.",
        )
        .with_retry(Retry::Backoff)),
    }
}

fn says_invalid_token(response: &Response) -> bool {
    let body = json::read_members(&response.body);
    json::text(&body, "error") == Some("invalid_token")
}

const BUDGET_WAIT_MS: u32 = 10_000;
