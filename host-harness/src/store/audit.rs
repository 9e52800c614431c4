//! What was sent and what was done with a connection: two tables that only grow at their end, and
//! lose their oldest rows.

mod queue;

use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};
use serde_json::Value;

pub(super) use self::queue::Queue;
use super::{Store, StoreError, from_sql, to_sql};
use crate::audit::{AuditEvent, AuditedRequest, EventKind, Failure, Reach};
use crate::bindings::sovrium::connector::grant_store::Grant;

/// How much is kept.
#[derive(Clone, Copy, Debug)]
struct Retention {
    requests: u64,
    request_age_ms: u64,
    events: u64,
    /// How many requests go at a time at most, so that no write takes long.
    at_a_time: u64,
}

/// For the whole database. Events are few, and worth more the older they are.
const RETENTION: Retention = Retention {
    requests: 100_000,
    request_age_ms: 90 * 24 * 60 * 60 * 1_000,
    events: 10_000,
    at_a_time: 2_000,
};

impl Store {
    /// Records a request. It does not wait and cannot fail: a thread of its own writes what has
    /// come together, in one transaction, and without waiting for the disk. The record outlives
    /// the process as soon as it is written, usually within milliseconds; a power failure can take
    /// the last ones with it. While the database cannot be written, they wait, 10,000 at most; how
    /// many were lost beyond that is recorded, too.
    pub fn record_request(&self, request: AuditedRequest) {
        self.0.audit.push(request);
    }

    /// Records an event, in a transaction of its own. Without a connection it is about all of them.
    /// Nothing in the detail is secret.
    pub async fn record_event(
        &self,
        connection: Option<u64>,
        kind: EventKind,
        detail: Value,
    ) -> Result<(), StoreError> {
        let now = self.now_ms();
        self.write(move |transaction| {
            Ok(insert_event(transaction, now, connection, kind, &detail)?)
        })
        .await
    }

    /// Waits until what was recorded so far can be read.
    pub(super) async fn settle_audit(&self) {
        self.0.audit.settle().await;
    }

    /// All that is recorded of a connection, what was recorded first coming first. Its events
    /// include those that are about all connections.
    pub async fn audit_of(
        &self,
        connection: u64,
    ) -> Result<(Vec<AuditedRequest>, Vec<AuditEvent>), StoreError> {
        self.0.audit.settle().await;
        self.read(move |transaction| {
            Ok((requests_of(transaction, connection)?, events_of(transaction, connection)?))
        })
        .await
    }
}

/// Tells of a grant that was stored, if it is another user's or allows something else than the last
/// one did. `before` is the grant that it replaced. That it cannot be told is no reason to lose a
/// grant.
pub(super) fn note_grant(
    transaction: &Transaction<'_>,
    now: u64,
    connection: u64,
    before: Option<&Grant>,
    grant: &Grant,
) {
    let (before, after) = (before.map(Reach::of), Reach::of(grant));
    if let Err(error) = note_change(transaction, now, connection, before, &after) {
        tracing::warn!(connection, %error, "a change of the grant was not recorded");
    }
}

fn note_change(
    transaction: &Transaction<'_>,
    now: u64,
    connection: u64,
    before: Option<Reach>,
    after: &Reach,
) -> rusqlite::Result<()> {
    let told = last_reach(transaction, connection)?;
    if told.as_ref() == Some(after) {
        return Ok(());
    }
    // A grant from before there was an audit is told of when it is replaced.
    let untold = before.filter(|before| told.is_none() && before != after);
    for reach in untold.iter().chain([after]) {
        let kind = EventKind::GrantStored;
        insert_event(transaction, now, Some(connection), kind, &reach.detail())?;
    }
    Ok(())
}

/// What the last event about a grant says, since the connection was created.
fn last_reach(transaction: &Transaction<'_>, connection: u64) -> rusqlite::Result<Option<Reach>> {
    let detail: Option<String> = transaction
        .prepare_cached(
            "SELECT detail FROM audit_events WHERE connection = ?1 AND event = ?2 AND id > \
             (SELECT coalesce(max(id), 0) FROM audit_events WHERE connection = ?1 AND event = ?3) \
             ORDER BY id DESC LIMIT 1",
        )?
        .query_row(
            params![
                to_sql(connection),
                EventKind::GrantStored.as_str(),
                EventKind::Created.as_str()
            ],
            |row| row.get(0),
        )
        .optional()?;
    let detail = detail.and_then(|text| serde_json::from_str(&text).ok());
    Ok(detail.as_ref().and_then(Reach::in_detail))
}

fn insert_event(
    transaction: &Transaction<'_>,
    now: u64,
    connection: Option<u64>,
    kind: EventKind,
    detail: &Value,
) -> rusqlite::Result<()> {
    transaction.execute(
        "INSERT INTO audit_events (at, connection, event, detail) VALUES (?1, ?2, ?3, ?4)",
        params![to_sql(now), connection.map(to_sql), kind.as_str(), detail.to_string()],
    )?;
    transaction.execute(
        "DELETE FROM audit_events WHERE id <= (SELECT max(id) FROM audit_events) - ?1",
        [to_sql(RETENTION.events)],
    )?;
    Ok(())
}

fn events_of(
    transaction: &Transaction<'_>,
    connection: u64,
) -> Result<Vec<AuditEvent>, StoreError> {
    let mut statement = transaction.prepare_cached(
        "SELECT at, connection, event, detail FROM audit_events \
         WHERE connection = ?1 OR connection IS NULL ORDER BY id",
    )?;
    let rows = statement.query_map([to_sql(connection)], |row| {
        let connection: Option<i64> = row.get("connection")?;
        let detail: String = row.get("detail")?;
        let detail = serde_json::from_str(&detail).unwrap_or_default();
        let at = from_sql(row.get("at")?);
        Ok(AuditEvent::new(at, connection.map(from_sql), row.get("event")?, detail))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Writes requests, and the number of those that were lost before them, as one transaction.
fn insert_requests(
    connection: &mut Connection,
    requests: &[AuditedRequest],
    lost: u64,
    retention: Retention,
) -> rusqlite::Result<()> {
    let Some(last) = requests.last() else { return Ok(()) };
    let now = last.at.saturating_add(last.duration_ms);
    // IMMEDIATE: it waits for another writer now, and not halfway.
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    for request in requests {
        transaction
            .prepare_cached(
                "INSERT INTO audit_requests (connection, operation, method, path, at, \
                 duration_ms, status, failure, sent_bytes, received_bytes, rate_remaining, \
                 rate_reset_seconds, request_id) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            )?
            .execute(params![
                request.connection.map(to_sql),
                request.operation,
                request.method,
                request.path,
                to_sql(request.at),
                to_sql(request.duration_ms),
                request.status,
                request.failure.map(Failure::as_str),
                to_sql(request.sent_bytes),
                to_sql(request.received_bytes),
                request.rate_remaining,
                request.rate_reset_seconds,
                request.request_id,
            ])?;
    }
    if lost > 0 {
        let detail = serde_json::json!({ "requests": lost });
        insert_event(&transaction, now, None, EventKind::RequestsLost, &detail)?;
    }
    prune(&transaction, now, retention)?;
    transaction.commit()
}

/// Removes the oldest requests that are too many or too old. Their ids are in the order in which
/// they were recorded, so that only those are looked at that go.
fn prune(transaction: &Transaction<'_>, now: u64, retention: Retention) -> rusqlite::Result<()> {
    let oldest = "SELECT min(id) FROM audit_requests";
    transaction
        .prepare_cached(&format!(
            "DELETE FROM audit_requests WHERE id < ({oldest}) + ?1 \
             AND id <= (SELECT max(id) FROM audit_requests) - ?2"
        ))?
        .execute([to_sql(retention.at_a_time), to_sql(retention.requests)])?;
    transaction
        .prepare_cached(&format!(
            "DELETE FROM audit_requests WHERE id < ({oldest}) + ?1 \
             AND id < (SELECT id FROM audit_requests WHERE at >= ?2 ORDER BY id LIMIT 1)"
        ))?
        .execute([
            to_sql(retention.at_a_time),
            to_sql(now.saturating_sub(retention.request_age_ms)),
        ])?;
    Ok(())
}

fn requests_of(
    transaction: &Transaction<'_>,
    connection: u64,
) -> Result<Vec<AuditedRequest>, StoreError> {
    let mut statement = transaction
        .prepare_cached("SELECT * FROM audit_requests WHERE connection = ?1 ORDER BY id")?;
    let rows = statement.query_map([to_sql(connection)], audited_request)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn audited_request(row: &Row<'_>) -> rusqlite::Result<AuditedRequest> {
    let failure: Option<String> = row.get("failure")?;
    Ok(AuditedRequest {
        connection: row.get::<_, Option<i64>>("connection")?.map(from_sql),
        operation: row.get("operation")?,
        method: row.get("method")?,
        path: row.get("path")?,
        at: from_sql(row.get("at")?),
        duration_ms: from_sql(row.get("duration_ms")?),
        status: row.get("status")?,
        failure: failure.as_deref().and_then(Failure::named),
        sent_bytes: from_sql(row.get("sent_bytes")?),
        received_bytes: from_sql(row.get("received_bytes")?),
        rate_remaining: row.get("rate_remaining")?,
        rate_reset_seconds: row.get("rate_reset_seconds")?,
        request_id: row.get("request_id")?,
    })
}
