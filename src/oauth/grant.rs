//! The stored grant: opened for use, refreshed before it expires, replaced without ever losing it.
//!
//! Calendly's refresh tokens can be spent once. So a refresh happens under the connection's lease,
//! reads the grant again under it, records its intent before the request is sent, and stores the
//! new tokens, by compare-and-swap, before they are used. Whoever comes second finds them there.

use super::GrantSummary;
use super::token_endpoint::{self, Tokens};
use crate::api::retry::Attempts;
use crate::connection::{self, Connection};
use crate::error::{Error, ErrorCode, Result, Retry};
use crate::host::{Grant, Host, LeaseError, Level, StoredGrant, SwapError};
use crate::secret::Secret;
use crate::text::join;
use crate::vault::{self, Slot};

/// A grant that can be used now.
pub struct Access {
    /// The access token.
    pub token: Secret,
    /// The scopes granted.
    pub scopes: Vec<String>,
    /// The URI of the user who granted, if the token endpoint said so.
    pub owner: Option<String>,
    /// The URI of that user's organization, if the token endpoint said so.
    pub organization: Option<String>,
}

/// When to replace the stored tokens.
#[derive(Clone, Copy)]
enum Replace<'a> {
    /// When they expire within a minute.
    BeforeExpiry,
    /// When the access token is still this one, which Calendly does not accept.
    Refused(&'a Secret),
    /// In every case.
    Now,
}

/// The connection's access, refreshed when it is about to expire. Ends by `deadline` (Unix ms),
/// but for a refresh under way: its answer cannot be had twice, so it gets its full 20 s.
///
/// # Errors
/// `reauthorization-required` when there is no usable grant; what refreshing ends in otherwise.
pub fn access(host: &dyn Host, connection: &Connection, deadline: u64) -> Result<Access> {
    current(host, connection, Replace::BeforeExpiry, deadline).map(|(access, _)| access)
}

/// The connection's access after Calendly refused `token`.
///
/// # Errors
/// As [`access`].
pub fn access_instead_of(
    host: &dyn Host,
    connection: &Connection,
    token: &Secret,
    deadline: u64,
) -> Result<Access> {
    current(host, connection, Replace::Refused(token), deadline).map(|(access, _)| access)
}

/// Replaces the tokens now.
///
/// # Errors
/// As [`access`].
pub fn refresh(host: &dyn Host, connection: &Connection) -> Result<GrantSummary> {
    let deadline = host.now() + LEASE_WAIT_MS + token_endpoint::TOTAL_MS;
    current(host, connection, Replace::Now, deadline).map(|(_, grant)| summary(grant))
}

/// What a grant allows, without its tokens.
pub(super) fn summary(grant: Grant) -> GrantSummary {
    GrantSummary {
        scopes: grant.scopes,
        missing_scopes: Vec::new(),
        owner: grant.owner,
        organization: grant.organization,
        access_expires_at: grant.access_expires_at,
    }
}

fn current(
    host: &dyn Host,
    connection: &Connection,
    when: Replace<'_>,
    deadline: u64,
) -> Result<(Access, Grant)> {
    let (stored, tokens) = load(host, connection.id)?;
    if stored.grant.refresh_expires_at.is_some_and(|end| ends_soon(end, host.now())) {
        host.log(Level::Warn, "the refresh token is at the end of its known lifetime", &[]);
    }
    if !is_due(host, &stored.grant, &tokens, when) {
        return Ok(access_of(stored.grant, &tokens));
    }
    let lease = Lease::take(host, connection.id, deadline)?;
    let refused = tokens;
    let (under_lease, tokens) = load(host, connection.id)?;
    // Not the sealed tokens: the same ones may have been sealed anew.
    let somebody_else_did = under_lease.grant.obtained_at != stored.grant.obtained_at
        || tokens.access != refused.access;
    if somebody_else_did && !is_due(host, &under_lease.grant, &tokens, Replace::BeforeExpiry) {
        return Ok(access_of(under_lease.grant, &tokens));
    }
    if matches!(when, Replace::Refused(_)) && tokens.refresh.expose().is_empty() {
        let refused = Grant { refused: Some(INVALID_TOKEN.to_owned()), ..under_lease.grant };
        lease.store(Some(under_lease.version), Some(&refused), None)?;
        return Err(token_refused());
    }
    let obtained_at = under_lease.grant.obtained_at;
    match replace(host, connection, &lease, under_lease, &tokens, deadline, None) {
        // Somebody else replaced them meanwhile: whatever became of ours, theirs count.
        Err(error) if error.code == ErrorCode::Conflict => {
            let (newer, theirs) = load(host, connection.id)?;
            let same = newer.grant.obtained_at == obtained_at && theirs.access == tokens.access;
            if same || is_due(host, &newer.grant, &theirs, Replace::BeforeExpiry) {
                return Err(error);
            }
            Ok(access_of(newer.grant, &theirs))
        }
        replaced => replaced.map(|(grant, tokens)| access_of(grant, &tokens)),
    }
}

fn is_due(host: &dyn Host, grant: &Grant, tokens: &Pair, when: Replace<'_>) -> bool {
    match when {
        Replace::BeforeExpiry => {
            grant.access_expires_at.is_some_and(|end| host.now() + EXPIRY_MARGIN_MS >= end)
        }
        Replace::Refused(token) => tokens.access == *token,
        Replace::Now => true,
    }
}

/// Replaces the tokens now, even if somebody else did a moment ago. Returns the access token that
/// was replaced, outstanding since.
pub(super) fn rotate(host: &dyn Host, connection: &Connection) -> Result<(Pair, String)> {
    let deadline = host.now() + LEASE_WAIT_MS + token_endpoint::TOTAL_MS;
    let lease = Lease::take(host, connection.id, deadline)?;
    let (stored, tokens) = load(host, connection.id)?;
    // The refresh token is spent by then, so there is nothing of it to revoke.
    let old = Pair { access: tokens.access.clone(), refresh: Secret::new(String::new()) };
    let outstanding = old.seal(host, connection.id, Slot::OutstandingRevocation)?;
    replace(host, connection, &lease, stored, &tokens, deadline, Some(&outstanding))?;
    Ok((old, outstanding))
}

/// Spends the refresh token, under the lease. `outstanding` is what becomes so with the new tokens.
fn replace(
    host: &dyn Host,
    connection: &Connection,
    lease: &Lease<'_>,
    stored: StoredGrant,
    tokens: &Pair,
    deadline: u64,
    outstanding: Option<&str>,
) -> Result<(Grant, Pair)> {
    let now = host.now();
    let secret = connection::client_secret(host, connection)?;
    vault::check_key(host)?;
    if stored.grant.refresh_started_at.is_some() {
        host.log(Level::Warn, "an earlier refresh did not end; its token may be spent", &[]);
    }
    let intent = Grant { refresh_started_at: Some(now), ..stored.grant };
    let version = lease.store(Some(stored.version), Some(&intent), None)?;
    let mut attempts =
        Attempts::new(host, deadline.min(now + token_endpoint::TOTAL_MS)).with_a_full_first_try();
    match token_endpoint::refresh(host, connection, &secret, &tokens.refresh, &mut attempts) {
        Ok(mut fresh) => {
            // An answer without a refresh token leaves the old one valid (RFC 6749 section 6), and
            // as old as it is.
            if fresh.refresh.is_none() {
                fresh.refresh_expires_at = intent.refresh_expires_at;
            }
            let refresh = fresh.refresh.take().unwrap_or_else(|| tokens.refresh.clone());
            let scopes = fresh.scopes.take().unwrap_or_else(|| intent.scopes.clone());
            fresh.owner = fresh.owner.or(intent.owner);
            fresh.organization = fresh.organization.or(intent.organization);
            let grant = seal(host, connection.id, &fresh, refresh.clone(), scopes)?;
            lease.store(Some(version), Some(&grant), outstanding)?;
            host.log(Level::Info, "tokens refreshed", &[]);
            Ok((grant, Pair { access: fresh.access, refresh }))
        }
        Err(error) if error.code == ErrorCode::ReauthorizationRequired => {
            // Only the grant that is still the stored one can be over; the swap makes sure.
            let refused = Grant {
                refresh_started_at: None,
                refused: Some("invalid_grant".to_owned()),
                ..intent
            };
            lease.store(Some(version), Some(&refused), None)?;
            Err(error)
        }
        Err(error) => {
            if !attempts.lost_an_answer() {
                // Calendly answered every time, so the refresh token was not spent.
                let as_before = Grant { refresh_started_at: None, ..intent };
                lease.store(Some(version), Some(&as_before), None)?;
            }
            Err(error)
        }
    }
}

fn load(host: &dyn Host, connection: u64) -> Result<(StoredGrant, Pair)> {
    let stored = host.load_grant(connection).map_err(|reason| Error::store(&reason))?;
    let stored = stored.ok_or_else(|| {
        Error::reauthorization_required("The connection has no grant: it is not connected.")
    })?;
    match stored.grant.refused.as_deref() {
        None => {}
        Some(INVALID_TOKEN) => return Err(token_refused()),
        Some(_) => {
            let message = "Calendly no longer accepts the connection's grant.";
            return Err(Error::reauthorization_required(message));
        }
    }
    let tokens = open(host, connection, &stored.grant)?;
    Ok((stored, tokens))
}

/// A personal access token is over when Calendly says so; nothing renews it.
pub(super) fn token_refused() -> Error {
    Error::new(
        ErrorCode::ReauthorizationRequired,
        "Calendly does not accept the personal access token.",
        "Make a new token at Calendly, under Integrations, API & Webhooks, and update the \
         connection's credentials with it; then re-connect.",
    )
}

/// Whether something that ends then should be told about now.
#[must_use]
pub fn ends_soon(end: u64, now: u64) -> bool {
    end <= now + ENDS_SOON_MS
}

fn access_of(grant: Grant, tokens: &Pair) -> (Access, Grant) {
    let access = Access {
        token: tokens.access.clone(),
        scopes: grant.scopes.clone(),
        owner: grant.owner.clone(),
        organization: grant.organization.clone(),
    };
    (access, grant)
}

/// The two tokens of a grant. A personal access token comes alone, the refresh token is empty.
#[derive(Clone)]
pub(super) struct Pair {
    pub(super) access: Secret,
    pub(super) refresh: Secret,
}

/// A grant of freshly issued tokens.
pub(super) fn seal(
    host: &dyn Host,
    connection: u64,
    tokens: &Tokens,
    refresh: Secret,
    scopes: Vec<String>,
) -> Result<Grant> {
    let pair = Pair { access: tokens.access.clone(), refresh };
    Ok(Grant {
        tokens: pair.seal(host, connection, Slot::Tokens)?,
        scopes,
        owner: tokens.owner.clone(),
        organization: tokens.organization.clone(),
        obtained_at: tokens.obtained_at,
        access_expires_at: Some(tokens.access_expires_at),
        refresh_expires_at: tokens.refresh_expires_at,
        refresh_started_at: None,
        refused: None,
    })
}

/// The tokens of a grant.
pub(super) fn open(host: &dyn Host, connection: u64, grant: &Grant) -> Result<Pair> {
    Pair::open(host, connection, Slot::Tokens, &grant.tokens)
}

impl Pair {
    /// A line for each token: no token has a line feed in it (RFC 6750 section 2.1).
    pub(super) fn seal(&self, host: &dyn Host, connection: u64, slot: Slot) -> Result<String> {
        let lines = [self.access.expose(), self.refresh.expose()];
        let plain = Secret::new(join(lines, "\n"));
        Ok(vault::seal(host, connection, slot, plain.expose().as_bytes())?)
    }

    pub(super) fn open(host: &dyn Host, connection: u64, slot: Slot, sealed: &str) -> Result<Self> {
        let plain = vault::open(host, connection, slot, sealed)?;
        let lines = std::str::from_utf8(&plain).ok().and_then(|text| text.split_once('\n'));
        let secret = |text: &str| Secret::new(text.to_owned());
        lines
            .map(|(access, refresh)| Self { access: secret(access), refresh: secret(refresh) })
            .ok_or_else(|| Error::internal("The sealed tokens could not be read."))
    }
}

/// The connection's lease, given back when dropped.
pub(super) struct Lease<'a> {
    host: &'a dyn Host,
    connection: u64,
    fence: u64,
}

impl<'a> Lease<'a> {
    /// Waits for the lease until `deadline` (Unix ms).
    pub(super) fn take(host: &'a dyn Host, connection: u64, deadline: u64) -> Result<Self> {
        let wait = u32::try_from(deadline.saturating_sub(host.now())).unwrap_or(u32::MAX);
        let fence =
            host.acquire_lease(connection, LEASE_TTL_MS, wait).map_err(|error| match error {
                LeaseError::Busy => Error::new(
                    ErrorCode::DeadlineExceeded,
                    "Another call is renewing the connection's tokens and did not finish in time.",
                    "Try again.",
                )
                .with_retry(Retry::Backoff),
                LeaseError::Failed(reason) => Error::store(&reason),
            })?;
        Ok(Self { host, connection, fence })
    }

    /// Stores, or removes, the grant if it is still the one of version `expected`. The outstanding
    /// tokens are kept with the same write.
    pub(super) fn store(
        &self,
        expected: Option<u64>,
        grant: Option<&Grant>,
        outstanding: Option<&str>,
    ) -> Result<u64> {
        let swapped =
            self.host.swap_grant(self.connection, self.fence, expected, grant, outstanding);
        swapped.map_err(|error| match error {
            SwapError::VersionConflict | SwapError::LeaseLost => Error::new(
                ErrorCode::Conflict,
                "The connection's grant changed while this call was working on it.",
                "Try again; the call will find the newer grant.",
            )
            .with_retry(Retry::Backoff),
            SwapError::Failed(reason) => Error::store(&reason),
        })
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        self.host.release_lease(self.connection, self.fence);
    }
}

/// Why a personal access token was refused (RFC 6750 section 3.1).
const INVALID_TOKEN: &str = "invalid_token";
/// The platform's window, 7 days.
const ENDS_SOON_MS: u64 = 7 * 24 * 60 * 60 * 1000;
/// Tokens are replaced this long before they expire.
const EXPIRY_MARGIN_MS: u64 = 60_000;
/// A lease outlives everything that is done under it: the token endpoint's 45 s, and storing.
const LEASE_TTL_MS: u32 = 60_000;
/// How long calls without a deadline of their own wait for whoever has the lease: longer than one
/// that nobody gives back lives.
pub(super) const LEASE_WAIT_MS: u64 = 65_000;
