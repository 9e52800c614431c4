//! Authorizations that a person has yet to answer, and those that were answered.

use rusqlite::{OptionalExtension as _, params};
use sha2::{Digest as _, Sha256};

use super::{Store, StoreError, from_sql, to_sql};

/// A pending authorization is kept this long after its end, so that a late answer is told that it
/// is late.
const KEPT_AFTER_EXPIRY_MS: u64 = 24 * 60 * 60 * 1_000;

/// An authorization that a person has yet to answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingAuthorization {
    /// The connection it is for.
    pub connection: u64,
    /// What the connector needs to complete it, sealed.
    pub pending: String,
    /// When it can no longer be completed.
    pub expires_at: u64,
}

impl Store {
    /// Remembers a pending authorization by its state, of which only the hash is kept.
    pub async fn insert_pending(
        &self,
        state: &str,
        authorization: PendingAuthorization,
    ) -> Result<(), StoreError> {
        let state_hash = hash(state);
        let outdated = to_sql(self.now_ms().saturating_sub(KEPT_AFTER_EXPIRY_MS));
        self.write(move |transaction| {
            transaction
                .execute("DELETE FROM pending_authorizations WHERE expires_at <= ?1", [outdated])?;
            transaction.execute(
                "INSERT INTO pending_authorizations (state_hash, connection, pending, expires_at) \
                 VALUES (?1, ?2, ?3, ?4)",
                params![
                    state_hash,
                    to_sql(authorization.connection),
                    authorization.pending,
                    to_sql(authorization.expires_at)
                ],
            )?;
            Ok(())
        })
        .await
    }

    /// The pending authorization with that state. It stays until it is outdated: that it is
    /// answered only once is what [`Store::claim_authorization`] is for.
    pub async fn pending(&self, state: &str) -> Result<Option<PendingAuthorization>, StoreError> {
        let state_hash = hash(state);
        self.read(move |transaction| {
            let found = transaction
                .query_row(
                    "SELECT connection, pending, expires_at FROM pending_authorizations \
                     WHERE state_hash = ?1",
                    [state_hash],
                    |row| {
                        Ok(PendingAuthorization {
                            connection: from_sql(row.get(0)?),
                            pending: row.get(1)?,
                            expires_at: from_sql(row.get(2)?),
                        })
                    },
                )
                .optional()?;
            Ok(found)
        })
        .await
    }

    /// Whether some authorization of the connection still waits for its answer.
    pub async fn awaits_answer(&self, connection: u64) -> Result<bool, StoreError> {
        let now = to_sql(self.now_ms());
        self.read(move |transaction| {
            Ok(transaction.query_row(
                "SELECT EXISTS (SELECT 1 FROM pending_authorizations \
                 WHERE connection = ?1 AND expires_at > ?2 AND answered_at IS NULL)",
                params![to_sql(connection), now],
                |row| row.get(0),
            )?)
        })
        .await
    }

    /// Remembers that the authorization with that state was answered.
    pub async fn note_answer(&self, state: &str) -> Result<(), StoreError> {
        let (state_hash, now) = (hash(state), to_sql(self.now_ms()));
        self.write(move |transaction| {
            transaction.execute(
                "UPDATE pending_authorizations SET answered_at = coalesce(answered_at, ?2) \
                 WHERE state_hash = ?1",
                params![state_hash, now],
            )?;
            Ok(())
        })
        .await
    }

    /// Whether the authorization with that state was answered.
    pub async fn was_answered(&self, state: &str) -> Result<bool, StoreError> {
        let state_hash = hash(state);
        self.read(move |transaction| {
            Ok(transaction.query_row(
                "SELECT EXISTS (SELECT 1 FROM pending_authorizations \
                 WHERE state_hash = ?1 AND answered_at IS NOT NULL)",
                [state_hash],
                |row| row.get(0),
            )?)
        })
        .await
    }

    /// Claims an authorization: true the first time for that id, false ever after. The id is
    /// forgotten some time after `expires_at`.
    pub async fn claim_authorization(
        &self,
        id: String,
        expires_at: u64,
    ) -> Result<bool, StoreError> {
        let outdated = to_sql(self.now_ms().saturating_sub(KEPT_AFTER_EXPIRY_MS));
        self.write(move |transaction| {
            transaction.execute("DELETE FROM claims WHERE expires_at <= ?1", [outdated])?;
            let claimed = transaction.execute(
                "INSERT OR IGNORE INTO claims (id, expires_at) VALUES (?1, ?2)",
                params![id, to_sql(expires_at)],
            )?;
            Ok(claimed == 1)
        })
        .await
    }
}

fn hash(state: &str) -> String {
    hex::encode(Sha256::digest(state))
}
