//! The account behind a grant: the proof that a connection works.

use super::Account;
use crate::api::{Call, Client};
use crate::connection::Connection;
use crate::error::{Error, ErrorCode, Result};
use crate::host::Host;

/// Asks Calendly who the grant's owner is.
///
/// # Errors
/// What any read can end in.
pub fn test(host: &dyn Host, connection: &Connection) -> Result<Account> {
    of(&Client::new(host, connection, host.now() + DEADLINE_MS))
}

/// The account that a client acts for.
pub(super) fn of(client: &Client<'_>) -> Result<Account> {
    let answer = client.send(&Call::get("/users/me").needing(&["users:read"]))?;
    let user = &answer["resource"];
    let text = |name: &str| user[name].as_str().map(str::to_owned);
    let uri = text("uri").ok_or_else(|| {
        let message = "Calendly's answer to /users/me names no user.";
        Error::new(ErrorCode::UpstreamUnavailable, message, "Try again in a while.")
    })?;
    Ok(Account {
        uri,
        name: text("name").unwrap_or_default(),
        email: text("email").unwrap_or_default(),
        organization: text("current_organization").unwrap_or_default(),
        timezone: text("timezone").unwrap_or_default(),
    })
}

/// For the whole of it.
pub(super) const DEADLINE_MS: u64 = 60_000;
