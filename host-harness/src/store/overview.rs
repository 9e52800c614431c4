//! What somebody who looks at many connections needs: a page of them, and whether anything is new.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension as _, params};

use super::connections::{COLUMNS, connection_row};
use super::events::stored_event;
use super::{
    ConnectionRow, OutstandingRevocation, Store, StoreError, StoredEvent, from_sql, to_sql,
};

/// Which connections to show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectionQuery {
    /// Those whose name or client id has this in it, whatever the case; or whose id it is.
    pub search: String,
    /// Those in this state, by its name.
    pub state: Option<String>,
    /// How many come before the page.
    pub offset: u64,
    /// The most that the page has.
    pub limit: u64,
}

/// A page of connections.
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectionRows {
    /// The connections of the page, by id.
    pub rows: Vec<ConnectionRow>,
    /// How many pass the query on all pages.
    pub matching: u64,
    /// How many there are in each state, whatever the query.
    pub by_state: BTreeMap<String, u64>,
}

/// Requests of a stretch of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// How many there were.
    pub requests: u64,
    /// How many of them came to nothing.
    pub failed: u64,
}

impl Store {
    /// A page of connections.
    pub async fn connection_page(
        &self,
        query: ConnectionQuery,
    ) -> Result<ConnectionRows, StoreError> {
        self.read(move |transaction| {
            let ConnectionQuery { search, state, offset, limit } = query;
            let pattern = format!("%{}%", escaped(&search));
            let id = search.trim().parse::<u64>().ok().map(to_sql);
            const MATCHING: &str = "(name LIKE ?1 ESCAPE '\\' OR client_id LIKE ?1 ESCAPE '\\' \
                                    OR id = ?2) AND (?3 IS NULL OR state = ?3)";
            let mut statement = transaction.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM connections WHERE {MATCHING} ORDER BY id LIMIT ?4 OFFSET ?5"
            ))?;
            let mut found =
                statement.query(params![pattern, id, state, to_sql(limit), to_sql(offset)])?;
            let mut rows = Vec::new();
            while let Some(row) = found.next()? {
                rows.push(connection_row(row)?);
            }
            let matching: i64 = transaction.query_row(
                &format!("SELECT count(*) FROM connections WHERE {MATCHING}"),
                params![pattern, id, state],
                |row| row.get(0),
            )?;
            let mut statement = transaction
                .prepare_cached("SELECT state, count(*) FROM connections GROUP BY state")?;
            let by_state = statement
                .query_map([], |row| Ok((row.get(0)?, from_sql(row.get(1)?))))?
                .collect::<Result<_, _>>()?;
            Ok(ConnectionRows { rows, matching: from_sql(matching), by_state })
        })
        .await
    }

    /// The least id that is above all others.
    pub async fn next_connection_id(&self) -> Result<u64, StoreError> {
        self.read(|transaction| {
            let sql = "SELECT coalesce(max(id), 0) + 1 FROM connections";
            Ok(from_sql(transaction.query_row(sql, [], |row| row.get(0))?))
        })
        .await
    }

    /// The queued revocations of a connection.
    pub async fn revocations_of(&self, id: u64) -> Result<Vec<OutstandingRevocation>, StoreError> {
        let mut revocations = self.revocations().await?;
        revocations.retain(|queued| queued.connection.id == id);
        Ok(revocations)
    }

    /// A connection's requests since a moment, counted in stretches of `step_ms`; the last one is
    /// not over yet.
    pub async fn traffic(
        &self,
        connection: u64,
        since: u64,
        step_ms: u64,
    ) -> Result<Vec<Traffic>, StoreError> {
        self.settle_audit().await;
        let steps = (self.now_ms().saturating_sub(since) / step_ms.max(1)).min(1_000) + 1;
        self.read(move |transaction| {
            let mut traffic = vec![Traffic::default(); usize::try_from(steps).unwrap_or(1)];
            let mut statement = transaction.prepare_cached(
                "SELECT (at - ?2) / ?3, count(*), \
                 sum(failure IS NOT NULL OR status IS NULL OR status >= 400) \
                 FROM audit_requests WHERE connection = ?1 AND at >= ?2 GROUP BY 1",
            )?;
            let key = params![to_sql(connection), to_sql(since), to_sql(step_ms.max(1))];
            let mut rows = statement.query(key)?;
            while let Some(row) = rows.next()? {
                let step = usize::try_from(row.get::<_, i64>(0)?).unwrap_or(usize::MAX);
                // A clock that was set back leaves requests that are still to come.
                if let Some(slot) = traffic.get_mut(step) {
                    slot.requests = from_sql(row.get(1)?);
                    slot.failed = from_sql(row.get(2)?);
                }
            }
            Ok(traffic)
        })
        .await
    }

    /// One event.
    pub async fn event(&self, number: i64) -> Result<Option<StoredEvent>, StoreError> {
        self.read(move |transaction| {
            let mut statement =
                transaction.prepare_cached("SELECT * FROM events WHERE number = ?1")?;
            let mut rows = statement.query([number])?;
            rows.next()?.map(|row| stored_event(transaction, row)).transpose()
        })
        .await
    }

    /// The events that came after the one with this number, oldest first, `limit` at most.
    pub async fn events_after(
        &self,
        number: i64,
        connection: Option<u64>,
        limit: u64,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        self.read(move |transaction| {
            let mut statement = transaction.prepare_cached(
                "SELECT * FROM events WHERE number > ?1 AND (?2 IS NULL OR connection = ?2) \
                 ORDER BY number LIMIT ?3",
            )?;
            let mut rows =
                statement.query(params![number, connection.map(to_sql), to_sql(limit)])?;
            let mut events = Vec::new();
            while let Some(row) = rows.next()? {
                events.push(stored_event(transaction, row)?);
            }
            Ok(events)
        })
        .await
    }

    /// The number of the last event, 0 if there is none.
    pub async fn last_event(&self) -> Result<i64, StoreError> {
        self.read(|transaction| {
            let sql = "SELECT coalesce(max(number), 0) FROM events";
            Ok(transaction.query_row(sql, [], |row| row.get(0))?)
        })
        .await
    }

    /// A text that is another one as soon as anything that is shown of a connection has changed:
    /// its state, its grant, its last use, its queued revocations, how often events were handed
    /// over. Without a connection it is about all of them.
    pub async fn pulse(&self, connection: Option<u64>) -> Result<String, StoreError> {
        self.read(move |transaction| {
            let id = connection.map(to_sql);
            let one = |sql: &str| -> Result<String, StoreError> {
                let text: Option<String> = transaction
                    .prepare_cached(sql)?
                    .query_row([id], |row| row.get(0))
                    .optional()?;
                Ok(text.unwrap_or_default())
            };
            Ok([
                one("SELECT count(*) || ',' || coalesce(max(updated_at), 0) || ',' \
                     || coalesce(max(last_activity_at), 0) || ',' || total(updated_at % 1000003) \
                     || ',' || count(last_error_code) \
                     FROM connections WHERE ?1 IS NULL OR id = ?1")?,
                one("SELECT coalesce(sum(version), 0) || '' FROM grants \
                     WHERE ?1 IS NULL OR connection = ?1")?,
                one("SELECT count(*) || ',' || coalesce(sum(attempts), 0) FROM revocations \
                     WHERE ?1 IS NULL OR connection = ?1")?,
                one("SELECT count(*) || ',' || coalesce(max(number), 0) FROM events \
                     WHERE ?1 IS NULL OR connection = ?1")?,
            ]
            .join(";"))
        })
        .await
    }
}

/// The text as a part of a LIKE pattern.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.trim().chars() {
        if matches!(letter, '%' | '_' | '\\') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}
