//! Connecting with a personal access token: Calendly says whose it is, then it is the grant.

use super::grant::{self, LEASE_WAIT_MS, Lease, Pair};
use super::{GrantSummary, account};
use crate::api::Client;
use crate::connection::{self, Connection};
use crate::error::{Error, ErrorCode, Result};
use crate::host::{Grant, Host};
use crate::oauth::grant::Access;
use crate::secret::Secret;
use crate::vault::{self, Slot};

/// Tries the token, and stores it when Calendly accepts it.
///
/// # Errors
/// `unsupported` when the connection has none; `reauthorization-required` when Calendly does not
/// accept it; what any read can end in.
pub fn connect(host: &dyn Host, connection: &Connection) -> Result<GrantSummary> {
    let token = connection::personal_access_token(host, connection)?;
    vault::check_key(host)?;
    let scopes = vec![UNKNOWN.to_owned()];
    let access =
        Access { token: token.clone(), scopes: scopes.clone(), owner: None, organization: None };
    let now = host.now();
    let client = Client::trying(host, connection, now + account::DEADLINE_MS, access);
    let account = account::of(&client).map_err(|error| match error.code {
        ErrorCode::ReauthorizationRequired => grant::token_refused(),
        _ => error,
    })?;
    let pair = Pair { access: token, refresh: Secret::new(String::new()) };
    let grant = Grant {
        tokens: pair.seal(host, connection.id, Slot::Tokens)?,
        scopes,
        owner: Some(account.uri),
        organization: Some(account.organization).filter(|uri| !uri.is_empty()),
        obtained_at: now,
        access_expires_at: None,
        refresh_expires_at: None,
        refresh_started_at: None,
        refused: None,
    };
    let lease = Lease::take(host, connection.id, host.now() + LEASE_WAIT_MS)?;
    let stored = host.load_grant(connection.id).map_err(|reason| Error::store(&reason))?;
    lease.store(stored.map(|stored| stored.version), Some(&grant), None)?;
    Ok(grant::summary(grant))
}

/// Calendly tells nobody which scopes a token has. So everything may be tried, and what it does
/// not reach, Calendly names.
const UNKNOWN: &str = "default";
