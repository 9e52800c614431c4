//! The grants: one row per connection, changed only by compare-and-swap under a lease.

use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use super::audit::note_grant;
use super::connections::{StateMove, move_state};
use super::revocations::queue_revocation;
use super::{Store, StoreError, from_json, from_sql, to_json, to_sql};
use crate::bindings::sovrium::connector::grant_store::{Grant, StoredGrant, SwapError};
use crate::crash_point::{CrashPoint, between};

/// What is written together with a grant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Along {
    /// Tokens that lose their place and are to be revoked, sealed.
    pub outstanding: Option<String>,
    /// The move that a grant makes the connection make, so that no grant is there of which the
    /// state says nothing. The connection may have come to another state; then it stays there.
    pub state_move: Option<StateMove>,
}

impl Store {
    /// The connection's grant.
    pub async fn grant(&self, connection: u64) -> Result<Option<StoredGrant>, StoreError> {
        self.read(move |transaction| stored_grant(transaction, connection)).await
    }

    /// Replaces the grant (or, with none, removes it) if its version is still `expected` and
    /// `fence` is the newest lease. Returns the new version.
    pub async fn swap_grant(
        &self,
        connection: u64,
        fence: u64,
        expected: Option<u64>,
        grant: Option<Grant>,
    ) -> Result<Result<u64, SwapError>, StoreError> {
        self.replace_grant(connection, fence, expected, grant, Along::default()).await
    }

    /// The same, with what goes along with it, or does neither.
    pub async fn replace_grant(
        &self,
        connection: u64,
        fence: u64,
        expected: Option<u64>,
        grant: Option<Grant>,
        along: Along,
    ) -> Result<Result<u64, SwapError>, StoreError> {
        let _step = between(CrashPoint::GrantSwapping, CrashPoint::GrantSwapped);
        let now = self.now_ms();
        self.write(move |transaction| {
            let newest_fence: Option<i64> = transaction
                .query_row(
                    "SELECT fence FROM leases WHERE connection = ?1",
                    [to_sql(connection)],
                    |row| row.get(0),
                )
                .optional()?;
            if newest_fence.map(from_sql) != Some(fence) {
                return Ok(Err(SwapError::LeaseLost));
            }
            let current = stored_grant(transaction, connection)?;
            if current.as_ref().map(|stored| stored.version) != expected {
                return Ok(Err(SwapError::VersionConflict));
            }
            let version = write_grant(transaction, connection, grant.clone())?;
            if let Some(outstanding) = &along.outstanding {
                queue_revocation(transaction, now, connection, outstanding)?;
            }
            if let Some(grant) = &grant {
                if let Some(state_move) = along.state_move {
                    move_state(transaction, now, connection, state_move, None)?;
                }
                let before = current.as_ref().map(|stored| &stored.grant);
                note_grant(transaction, now, connection, before, grant);
            }
            Ok(Ok(version))
        })
        .await
    }
}

/// Removes the grant, if there is one, whatever its version.
pub(super) fn discard_grant(
    transaction: &Transaction<'_>,
    connection: u64,
) -> Result<(), StoreError> {
    if stored_grant(transaction, connection)?.is_some() {
        write_grant(transaction, connection, None)?;
    }
    Ok(())
}

fn stored_grant(
    transaction: &Transaction<'_>,
    connection: u64,
) -> Result<Option<StoredGrant>, StoreError> {
    let mut statement = transaction
        .prepare_cached("SELECT * FROM grants WHERE connection = ?1 AND tokens IS NOT NULL")?;
    let mut rows = statement.query([to_sql(connection)])?;
    rows.next()?.map(grant_row).transpose()
}

fn grant_row(row: &Row<'_>) -> Result<StoredGrant, StoreError> {
    let scopes: String = row.get("scopes")?;
    let optional_time =
        |column: &str| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.map(from_sql));
    Ok(StoredGrant {
        version: from_sql(row.get("version")?),
        grant: Grant {
            tokens: row.get("tokens")?,
            scopes: from_json(&scopes)?,
            owner: row.get("owner")?,
            organization: row.get("organization")?,
            obtained_at: from_sql(row.get("obtained_at")?),
            access_expires_at: optional_time("access_expires_at")?,
            refresh_expires_at: optional_time("refresh_expires_at")?,
            refresh_started_at: optional_time("refresh_started_at")?,
            refused: row.get("refused")?,
        },
    })
}

/// Writes the row and counts its version on, also when the grant goes.
fn write_grant(
    transaction: &Transaction<'_>,
    connection: u64,
    grant: Option<Grant>,
) -> Result<u64, StoreError> {
    let version: i64 = transaction
        .query_row(
            "SELECT version FROM grants WHERE connection = ?1",
            [to_sql(connection)],
            |row| row.get(0),
        )
        .optional()?
        .unwrap_or(0)
        + 1;
    let tokens = grant.as_ref().map(|grant| grant.tokens.clone());
    let grant = grant.unwrap_or_else(no_grant);
    transaction.execute(
        "INSERT OR REPLACE INTO grants (connection, version, tokens, scopes, owner, organization, \
         obtained_at, access_expires_at, refresh_expires_at, refresh_started_at, refused) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            to_sql(connection),
            version,
            tokens,
            to_json(&grant.scopes),
            grant.owner,
            grant.organization,
            to_sql(grant.obtained_at),
            grant.access_expires_at.map(to_sql),
            grant.refresh_expires_at.map(to_sql),
            grant.refresh_started_at.map(to_sql),
            grant.refused,
        ],
    )?;
    Ok(from_sql(version))
}

/// What a removed grant's row holds: nothing of it.
fn no_grant() -> Grant {
    Grant {
        tokens: String::new(),
        scopes: Vec::new(),
        owner: None,
        organization: None,
        obtained_at: 0,
        access_expires_at: None,
        refresh_expires_at: None,
        refresh_started_at: None,
        refused: None,
    }
}
