//! Tokens that are still to be revoked: queued with the write that takes them out of use, tried
//! again with growing pauses, and gone only when they are revoked or a person says so.

use rusqlite::{Transaction, params};

use super::{Store, StoreError, from_sql, to_sql};
use crate::bindings::sovrium::connector::types::Connection;
use crate::crash_point::{CrashPoint, between};

/// Whoever tries a revocation has this long before somebody else does: longer than a call takes.
const CLAIMED_FOR_MS: u64 = 3 * 60 * 1_000;

/// A revocation that the service has yet to be told about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutstandingRevocation {
    /// Its number in the queue.
    pub id: i64,
    /// The connection as it was, without what a revocation does not need.
    pub connection: Connection,
    /// What is to be revoked, sealed.
    pub outstanding: String,
    /// When it was queued.
    pub created_at: u64,
    /// How often it was tried, an attempt under way included.
    pub attempts: u32,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    /// When it is tried again.
    pub next_attempt_at: u64,
    /// When it was given up: it is not tried by itself any more. `last_error` says why.
    pub given_up_at: Option<u64>,
}

impl OutstandingRevocation {
    /// Whether it is to be tried now.
    #[must_use]
    pub fn is_due(&self, now: u64) -> bool {
        self.given_up_at.is_none() && self.next_attempt_at <= now
    }
}

impl Store {
    /// Puts a revocation that was tried once into the queue.
    pub async fn insert_revocation(
        &self,
        connection: Connection,
        outstanding: String,
        last_error: Option<String>,
    ) -> Result<(), StoreError> {
        let _step = between(CrashPoint::QueueWriting, CrashPoint::QueueWritten);
        let now = to_sql(self.now_ms());
        self.write(move |transaction| {
            transaction.execute(
                "INSERT INTO revocations (connection, name, client_id, client_secret, \
                 outstanding, created_at, attempts, last_error) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7)",
                params![
                    to_sql(connection.id),
                    connection.name,
                    connection.client_id,
                    connection.client_secret,
                    outstanding,
                    now,
                    last_error
                ],
            )?;
            Ok(())
        })
        .await
    }

    /// The queue, oldest first.
    pub async fn revocations(&self) -> Result<Vec<OutstandingRevocation>, StoreError> {
        self.read(|transaction| {
            let mut statement =
                transaction.prepare_cached("SELECT * FROM revocations ORDER BY id")?;
            let rows = statement.query_map([], |row| {
                Ok(OutstandingRevocation {
                    id: row.get("id")?,
                    connection: Connection {
                        id: from_sql(row.get("connection")?),
                        name: row.get("name")?,
                        client_id: row.get("client_id")?,
                        client_secret: row.get("client_secret")?,
                        personal_access_token: None,
                        scopes: Vec::new(),
                        redirect_uri: None,
                        webhook_signing_key: None,
                        previous_webhook_signing_key: None,
                    },
                    outstanding: row.get("outstanding")?,
                    created_at: from_sql(row.get("created_at")?),
                    attempts: row.get("attempts")?,
                    last_error: row.get("last_error")?,
                    next_attempt_at: from_sql(row.get("next_attempt_at")?),
                    given_up_at: row.get::<_, Option<i64>>("given_up_at")?.map(from_sql),
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Begins an attempt: counts it, and keeps others from trying at the same time. False when
    /// somebody else was faster. An attempt that never ends is made again after a while.
    pub async fn claim_revocation(&self, id: i64, attempts: u32) -> Result<bool, StoreError> {
        let _step = between(CrashPoint::QueueWriting, CrashPoint::QueueWritten);
        let until = to_sql(self.now_ms().saturating_add(CLAIMED_FOR_MS));
        self.write(move |transaction| {
            let claimed = transaction.execute(
                "UPDATE revocations SET attempts = attempts + 1, next_attempt_at = ?3, \
                 given_up_at = NULL WHERE id = ?1 AND attempts = ?2",
                params![id, attempts, until],
            )?;
            Ok(claimed == 1)
        })
        .await
    }

    /// Ends an attempt that failed. It is made again at `next_attempt_at`, or given up.
    pub async fn postpone_revocation(
        &self,
        id: i64,
        last_error: String,
        next_attempt_at: Option<u64>,
    ) -> Result<(), StoreError> {
        let _step = between(CrashPoint::QueueWriting, CrashPoint::QueueWritten);
        let now = to_sql(self.now_ms());
        self.write(move |transaction| {
            transaction.execute(
                "UPDATE revocations SET last_error = ?2, next_attempt_at = coalesce(?3, 0), \
                 given_up_at = CASE WHEN ?3 IS NULL THEN ?4 END WHERE id = ?1",
                params![id, last_error, next_attempt_at.map(to_sql), now],
            )?;
            Ok(())
        })
        .await
    }

    /// Takes a revocation out of the queue: the service has been told.
    pub async fn remove_revocation(&self, id: i64) -> Result<(), StoreError> {
        let _step = between(CrashPoint::QueueWriting, CrashPoint::QueueWritten);
        self.write(move |transaction| {
            transaction.execute("DELETE FROM revocations WHERE id = ?1", [id])?;
            Ok(())
        })
        .await
    }

    /// Takes the revocations that were given up out of the queue. Returns how many there were.
    pub async fn forget_given_up_revocations(&self) -> Result<usize, StoreError> {
        self.write(|transaction| {
            let given_up = "DELETE FROM revocations WHERE given_up_at IS NOT NULL";
            Ok(transaction.execute(given_up, [])?)
        })
        .await
    }
}

/// Queues what the writer is about to revoke, which counts as the first attempt. Does nothing when
/// the connection is gone.
pub(super) fn queue_revocation(
    transaction: &Transaction<'_>,
    now: u64,
    connection: u64,
    outstanding: &str,
) -> Result<(), StoreError> {
    let until = to_sql(now.saturating_add(CLAIMED_FOR_MS));
    transaction.execute(
        "INSERT INTO revocations (connection, name, client_id, client_secret, outstanding, \
         created_at, attempts, next_attempt_at) \
         SELECT id, name, client_id, client_secret, ?2, ?3, 1, ?4 FROM connections WHERE id = ?1",
        params![to_sql(connection), outstanding, to_sql(now), until],
    )?;
    Ok(())
}
