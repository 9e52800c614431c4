//! Revocations that the service has yet to be told about.

use rusqlite::params;

use super::{Store, StoreError, from_sql, to_sql};
use crate::bindings::sovrium::connector::types::Connection;

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
    /// How often it was tried.
    pub attempts: u32,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
}

impl Store {
    /// Puts a revocation into the queue.
    pub async fn insert_revocation(
        &self,
        connection: Connection,
        outstanding: String,
        last_error: Option<String>,
    ) -> Result<(), StoreError> {
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
                        scopes: Vec::new(),
                        redirect_uri: None,
                    },
                    outstanding: row.get("outstanding")?,
                    created_at: from_sql(row.get("created_at")?),
                    attempts: row.get("attempts")?,
                    last_error: row.get("last_error")?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Remembers that a revocation was tried and is still outstanding.
    pub async fn retry_revocation(
        &self,
        id: i64,
        outstanding: Option<String>,
        last_error: Option<String>,
    ) -> Result<(), StoreError> {
        self.write(move |transaction| {
            transaction.execute(
                "UPDATE revocations SET attempts = attempts + 1, last_error = ?3, \
                 outstanding = coalesce(?2, outstanding) WHERE id = ?1",
                params![id, outstanding, last_error],
            )?;
            Ok(())
        })
        .await
    }

    /// Takes a revocation out of the queue: the service has been told.
    pub async fn remove_revocation(&self, id: i64) -> Result<(), StoreError> {
        self.write(move |transaction| {
            transaction.execute("DELETE FROM revocations WHERE id = ?1", [id])?;
            Ok(())
        })
        .await
    }
}
