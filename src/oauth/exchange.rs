//! The callback, and the code for tokens (RFC 6749 sections 4.1.2 and 4.1.3).

use subtle::ConstantTimeEq;
use url::form_urlencoded;

use super::grant::{self, LEASE_WAIT_MS, Lease};
use super::pending::{Pending, connection_of};
use super::{GrantSummary, revocation, scopes, token_endpoint};
use crate::connection::{self, Connection};
use crate::error::{Error, ErrorCode, Result, Retry};
use crate::host::Host;
use crate::json::object;
use crate::secret::Secret;
use crate::vault;

/// Completes an authorization. `callback` is the URL the browser came back to, or its query.
///
/// # Errors
/// `authorization-denied` when the person declined; `invalid-state`, its `detail.reason` saying
/// why, when the callback is not the answer to this pending authorization; the token endpoint's
/// refusals.
pub fn exchange(
    host: &dyn Host,
    connection: &Connection,
    pending: &str,
    callback: &str,
) -> Result<GrantSummary> {
    let callback = Callback::parse(callback);
    let pending = check(host, connection, pending, &callback)?;
    let code = match callback.code() {
        Ok(code) => code,
        Err(refusal) => {
            claim(host, &pending)?;
            return Err(refusal);
        }
    };
    let secret = connection::client_secret(host, connection)?;
    vault::check_key(host)?;
    // Taken first: once there are tokens, they have to be stored. And until it is taken, the
    // callback can be sent again.
    let lease = Lease::take(host, connection.id, host.now() + LEASE_WAIT_MS)?;
    claim(host, &pending)?;
    let mut tokens = token_endpoint::exchange(host, connection, &secret, &code, &pending)?;
    let granted = tokens.scopes.take().unwrap_or_else(|| pending.scopes.clone());
    let refresh = tokens.refresh.take().ok_or_else(token_endpoint::not_understood)?;
    let grant = grant::seal(host, connection.id, &tokens, refresh, granted)?;
    let stored = host.load_grant(connection.id).map_err(|reason| Error::store(&reason))?;
    // What the new tokens replace is of no use to anybody; the host has it revoked.
    let replaced = stored
        .as_ref()
        .and_then(|old| revocation::outstanding(host, connection.id, &old.grant).ok());
    let replaced = replaced.as_ref().map(|(_, sealed)| sealed.as_str());
    lease.store(stored.map(|stored| stored.version), Some(&grant), replaced)?;
    let missing = pending.scopes.iter().filter(|scope| !scopes::allows(&grant.scopes, scope));
    Ok(GrantSummary { missing_scopes: missing.cloned().collect(), ..grant::summary(grant.clone()) })
}

/// Everything that can make a callback another than the answer to this authorization, but for one
/// that came before.
fn check(
    host: &dyn Host,
    connection: &Connection,
    pending: &str,
    callback: &Callback,
) -> Result<Pending> {
    if connection.personal_access_token.is_some() {
        let message = "The connection has a personal access token by now and awaits no callback.";
        return Err(invalid_state("other-method", message));
    }
    let state = callback
        .state
        .as_deref()
        .ok_or_else(|| invalid_state("missing-state", "The callback brings no state."))?;
    if connection_of(state).is_some_and(|other| other != connection.id) {
        let message = "The callback answers the authorization of another connection.";
        return Err(invalid_state("other-connection", message));
    }
    let pending = Pending::open(host, connection.id, pending)?;
    if !bool::from(state.as_bytes().ct_eq(pending.state.as_bytes())) {
        let message = "The callback's state is not the one that was sent out.";
        return Err(invalid_state("state-mismatch", message));
    }
    if host.now() >= pending.expires_at {
        let message = "The authorization was answered too late: it was open for 10 minutes.";
        return Err(invalid_state("expired", message));
    }
    Ok(pending)
}

/// Uses the authorization up: the callback that comes first is its answer, whatever it says.
fn claim(host: &dyn Host, pending: &Pending) -> Result<()> {
    let first = host
        .claim_authorization(&pending.claim_id(), pending.expires_at)
        .map_err(|reason| Error::store(&reason))?;
    if !first {
        let message = "The authorization has been answered before.";
        return Err(invalid_state("replayed", message));
    }
    Ok(())
}

fn invalid_state(reason: &str, message: &str) -> Error {
    Error::new(
        ErrorCode::InvalidState,
        message,
        "Start the connect flow again from the connection, in one browser.",
    )
    .with_detail(object! { "reason": reason })
}

/// The authorization endpoint's error answers (RFC 6749 section 4.1.2.1).
fn denial(error: &str, description: Option<&str>) -> Error {
    let detail = object! { "error": error, "error_description": description };
    let refused = match error {
        "access_denied" => Error::new(
            ErrorCode::AuthorizationDenied,
            "The person did not grant access.",
            "Connect again and choose Allow, if access is wanted.",
        ),
        "unauthorized_client" | "invalid_client" => Error::new(
            ErrorCode::InvalidClient,
            "Calendly does not let this client ask for access.",
            "Verify client id, secret and redirect URI with the OAuth app at Calendly.",
        ),
        "server_error" | "temporarily_unavailable" => Error::new(
            ErrorCode::UpstreamUnavailable,
            "Calendly could not handle the authorization.",
            "Try to connect again in a while.",
        )
        .with_retry(Retry::Backoff),
        _ => Error::new(
            ErrorCode::AuthorizationDenied,
            "Calendly refused the authorization.",
            "See the detail; verify the OAuth app's redirect URI and scopes at Calendly.",
        ),
    };
    refused.with_detail(detail)
}

/// What the browser brought back.
struct Callback {
    code: Option<Secret>,
    state: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

impl Callback {
    /// The code, or the refusal that stands in its place.
    fn code(self) -> Result<Secret> {
        if let Some(error) = &self.error {
            return Err(denial(error, self.error_description.as_deref()));
        }
        self.code
            .filter(|code| !code.expose().is_empty())
            .ok_or_else(|| invalid_state("missing-code", "The callback brings no code."))
    }

    fn parse(callback: &str) -> Self {
        let without_fragment = callback.split('#').next().unwrap_or_default();
        let query = without_fragment.split_once('?').map_or(without_fragment, |(_, query)| query);
        let mut parsed = Self { code: None, state: None, error: None, error_description: None };
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "code" => parsed.code = Some(Secret::new(value.into_owned())),
                "state" => parsed.state = Some(value.into_owned()),
                "error" => parsed.error = Some(value.into_owned()),
                "error_description" => parsed.error_description = Some(value.into_owned()),
                _ => {}
            }
        }
        parsed
    }
}
