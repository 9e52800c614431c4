//! Events: deliveries as they came, what they mean, and who is still to be told.

use rusqlite::{OptionalExtension as _, Row, Transaction, params};
use serde::Serialize;
use serde_json::Value;

use super::{Store, StoreError, from_sql, to_sql};

/// How long what is done with is kept: as long as it may be told again.
const KEPT_FOR_MS: u64 = 30 * 24 * 60 * 60 * 1_000;

/// A delivery that is still to be processed.
#[derive(Clone, Debug, PartialEq)]
pub struct PendingDelivery {
    /// Its number.
    pub number: i64,
    /// The connection it is for.
    pub connection: u64,
    /// What it means.
    pub events: Value,
    /// How often what was left out of it could not be read.
    pub attempts: u32,
}

/// An event as stored.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredEvent {
    /// Its number, in the order of coming.
    pub number: i64,
    /// The connection.
    pub connection: u64,
    /// What identifies it.
    pub id: String,
    /// What happened.
    pub trigger: String,
    /// All of it, as targets get it.
    pub event: Value,
    /// `webhook` or `poll`.
    pub source: String,
    /// When it was stored.
    #[serde(serialize_with = "crate::timestamp::serialize")]
    pub stored_at: u64,
    /// Who was told, is still to be told, or could not be.
    pub handovers: Vec<Handover>,
}

/// A target of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Handover {
    /// Its number.
    pub number: i64,
    /// The target's name.
    pub target: String,
    /// How often it was tried.
    pub attempts: u32,
    /// Why the last try failed.
    pub last_error: Option<String>,
    /// `done`, `waiting`, or `dead`: it is not tried any more.
    pub state: String,
}

/// An event that is due for a target.
#[derive(Clone, Debug, PartialEq)]
pub struct DueHandover {
    /// Its number.
    pub number: i64,
    /// How often it was tried.
    pub attempts: u32,
    /// What identifies the event.
    pub id: String,
    /// The connection.
    pub connection: u64,
    /// The event.
    pub event: Value,
}

/// Webhook requests that were refused for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RefusedWebhooks {
    /// The connection.
    pub connection: u64,
    /// Why.
    pub reason: String,
    /// How many.
    pub count: u64,
    /// When the last one came.
    #[serde(serialize_with = "crate::timestamp::serialize")]
    pub last_at: u64,
}

/// An event on its way into the store.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEvent {
    /// What identifies it.
    pub id: String,
    /// What happened.
    pub trigger: String,
    /// All of it.
    pub event: Value,
    /// Who is to be told.
    pub targets: Vec<String>,
}

/// Which events to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Of this connection.
    pub connection: Option<u64>,
    /// Of this trigger.
    pub trigger: Option<String>,
    /// With a target that could not be told.
    pub dead: bool,
    /// The newest ones, so many.
    pub limit: usize,
}

impl Store {
    /// Keeps a delivery, durably when this returns. False when it was kept before.
    pub async fn keep_delivery(
        &self,
        connection: u64,
        delivery: String,
        events: Value,
    ) -> Result<bool, StoreError> {
        let now = to_sql(self.now_ms());
        self.write(move |transaction| {
            let kept = transaction.execute(
                "INSERT INTO inbox (connection, delivery, events, received_at) \
                 VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
                params![to_sql(connection), delivery, events.to_string(), now],
            )?;
            Ok(kept == 1)
        })
        .await
    }

    /// The oldest deliveries that are still to be processed.
    pub async fn pending_deliveries(&self) -> Result<Vec<PendingDelivery>, StoreError> {
        let now = to_sql(self.now_ms());
        self.read(move |transaction| {
            let mut statement = transaction.prepare_cached(
                "SELECT id, connection, events, attempts FROM inbox \
                 WHERE processed_at IS NULL AND next_attempt_at <= ?1 ORDER BY id LIMIT 100",
            )?;
            let mut rows = statement.query([now])?;
            let mut pending = Vec::new();
            while let Some(row) = rows.next()? {
                pending.push(PendingDelivery {
                    number: row.get(0)?,
                    connection: from_sql(row.get(1)?),
                    events: json(&row.get::<_, String>(2)?)?,
                    attempts: row.get(3)?,
                });
            }
            Ok(pending)
        })
        .await
    }

    /// Leaves a delivery in the inbox until then: what was left out of it could not be read.
    pub async fn postpone_delivery(&self, number: i64, until: u64) -> Result<(), StoreError> {
        self.write(move |transaction| {
            transaction.execute(
                "UPDATE inbox SET attempts = attempts + 1, next_attempt_at = ?2 WHERE id = ?1",
                params![number, to_sql(until)],
            )?;
            Ok(())
        })
        .await
    }

    /// When something in the inbox is next to be worked on.
    pub async fn next_delivery_at(&self) -> Result<Option<u64>, StoreError> {
        self.read(|transaction| {
            let sql = "SELECT min(next_attempt_at) FROM inbox WHERE processed_at IS NULL";
            let at: Option<i64> = transaction.query_row(sql, [], |row| row.get(0))?;
            Ok(at.map(from_sql))
        })
        .await
    }

    /// When a target is next to be told something, besides what is due now. What waits for an
    /// earlier event of its record is due, but not before that one.
    pub async fn next_handover_at(&self, target: String) -> Result<Option<u64>, StoreError> {
        let now = to_sql(self.now_ms());
        self.read(move |transaction| {
            let sql = "SELECT min(next_attempt_at) FROM handovers WHERE target = ?1 \
                       AND done_at IS NULL AND dead_at IS NULL AND next_attempt_at > ?2";
            let key = params![target, now];
            let at: Option<i64> = transaction.query_row(sql, key, |row| row.get(0))?;
            Ok(at.map(from_sql))
        })
        .await
    }

    /// Stores what a delivery means and takes it out of the inbox, both or neither. What is stored
    /// already, by whichever way it came, is not stored again. Returns how many events are new.
    pub async fn process_delivery(
        &self,
        pending: PendingDelivery,
        events: Vec<NewEvent>,
    ) -> Result<usize, StoreError> {
        let now = self.now_ms();
        self.write(move |transaction| {
            let taken = transaction.execute(
                "UPDATE inbox SET processed_at = ?2, events = NULL \
                 WHERE id = ?1 AND processed_at IS NULL",
                params![pending.number, to_sql(now)],
            )?;
            if taken == 0 {
                // Another process was faster.
                return Ok(0);
            }
            insert_events(transaction, pending.connection, events, "webhook", now)
        })
        .await
    }

    /// The state of a poll, as it was left.
    pub async fn poll_state(
        &self,
        connection: u64,
        request: String,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(move |transaction| {
            let sql = "SELECT state FROM poll_states WHERE connection = ?1 AND request = ?2";
            let key = params![to_sql(connection), request];
            Ok(transaction.query_row(sql, key, |row| row.get(0)).optional()?)
        })
        .await
    }

    /// Stores what a poll found and its state, both or neither, if the state is still the one that
    /// the poll began with. Returns how many events are new, none when somebody else polled too.
    pub async fn keep_polled(
        &self,
        connection: u64,
        request: String,
        before: Option<Vec<u8>>,
        state: Vec<u8>,
        events: Vec<NewEvent>,
    ) -> Result<Option<usize>, StoreError> {
        let now = self.now_ms();
        self.write(move |transaction| {
            let of = to_sql(connection);
            let changed = match before {
                Some(before) => transaction.execute(
                    "UPDATE poll_states SET state = ?3, polled_at = ?4 \
                     WHERE connection = ?1 AND request = ?2 AND state = ?5",
                    params![of, request, state, to_sql(now), before],
                )?,
                None => transaction.execute(
                    "INSERT INTO poll_states (connection, request, state, polled_at) \
                     SELECT ?1, ?2, ?3, ?4 WHERE EXISTS (SELECT 1 FROM connections WHERE id = ?1) \
                     ON CONFLICT DO NOTHING",
                    params![of, request, state, to_sql(now)],
                )?,
            };
            if changed == 0 {
                return Ok(None);
            }
            insert_events(transaction, connection, events, "poll", now).map(Some)
        })
        .await
    }

    /// Counts a webhook request that was refused.
    pub async fn count_refused_webhook(
        &self,
        connection: u64,
        reason: String,
    ) -> Result<(), StoreError> {
        let now = to_sql(self.now_ms());
        self.write(move |transaction| {
            transaction.execute(
                "INSERT INTO refused_webhooks (connection, reason, count, last_at) \
                 SELECT ?1, ?2, 1, ?3 WHERE EXISTS (SELECT 1 FROM connections WHERE id = ?1) \
                 ON CONFLICT DO UPDATE SET count = count + 1, last_at = excluded.last_at",
                params![to_sql(connection), reason, now],
            )?;
            Ok(())
        })
        .await
    }

    /// The webhook requests that were refused, counted by reason.
    pub async fn refused_webhooks(&self) -> Result<Vec<RefusedWebhooks>, StoreError> {
        self.read(|transaction| {
            let mut statement = transaction.prepare_cached(
                "SELECT connection, reason, count, last_at FROM refused_webhooks \
                 ORDER BY connection, reason",
            )?;
            let rows = statement.query_map([], |row| {
                Ok(RefusedWebhooks {
                    connection: from_sql(row.get(0)?),
                    reason: row.get(1)?,
                    count: from_sql(row.get(2)?),
                    last_at: from_sql(row.get(3)?),
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// What a target is to be told now, in the order of coming. An event waits while an earlier one
    /// about the same record waits for another try.
    pub async fn due_handovers(&self, target: String) -> Result<Vec<DueHandover>, StoreError> {
        let now = to_sql(self.now_ms());
        self.read(move |transaction| {
            let mut statement = transaction.prepare_cached(
                "SELECT handovers.number, attempts, events.id, connection, events.event \
                 FROM handovers JOIN events ON events.number = handovers.event \
                 WHERE target = ?1 AND done_at IS NULL AND dead_at IS NULL AND next_attempt_at <= ?2 \
                 AND NOT EXISTS (SELECT 1 FROM handovers AS earlier \
                     JOIN events AS before ON before.number = earlier.event \
                     WHERE earlier.target = ?1 AND earlier.done_at IS NULL \
                     AND earlier.dead_at IS NULL \
                     AND earlier.next_attempt_at > ?2 AND earlier.event < handovers.event \
                     AND before.connection = events.connection \
                     AND before.event ->> 'recordId' = events.event ->> 'recordId') \
                 ORDER BY handovers.event LIMIT 100",
            )?;
            let mut rows = statement.query(params![target, now])?;
            let mut due = Vec::new();
            while let Some(row) = rows.next()? {
                due.push(DueHandover {
                    number: row.get(0)?,
                    attempts: row.get(1)?,
                    id: row.get(2)?,
                    connection: from_sql(row.get(3)?),
                    event: json(&row.get::<_, String>(4)?)?,
                });
            }
            Ok(due)
        })
        .await
    }

    /// Begins a try: counts it, and keeps other processes from making it too until `until`. False
    /// when one was faster.
    pub async fn claim_handover(
        &self,
        number: i64,
        attempts: u32,
        until: u64,
    ) -> Result<bool, StoreError> {
        self.write(move |transaction| {
            let claimed = transaction.execute(
                "UPDATE handovers SET attempts = attempts + 1, next_attempt_at = ?3 \
                 WHERE number = ?1 AND attempts = ?2 AND done_at IS NULL AND dead_at IS NULL",
                params![number, attempts, to_sql(until)],
            )?;
            Ok(claimed == 1)
        })
        .await
    }

    /// Ends a try that succeeded.
    pub async fn end_handover(&self, number: i64) -> Result<(), StoreError> {
        let now = to_sql(self.now_ms());
        self.write(move |transaction| {
            let done = "UPDATE handovers SET done_at = ?2, last_error = NULL WHERE number = ?1";
            transaction.execute(done, params![number, now])?;
            Ok(())
        })
        .await
    }

    /// Ends a try that failed: the next one is made then, or none, and it is a dead letter.
    pub async fn postpone_handover(
        &self,
        number: i64,
        last_error: String,
        next_attempt_at: Option<u64>,
    ) -> Result<(), StoreError> {
        let now = to_sql(self.now_ms());
        self.write(move |transaction| {
            transaction.execute(
                "UPDATE handovers SET last_error = ?2, next_attempt_at = coalesce(?3, 0), \
                 dead_at = CASE WHEN ?3 IS NULL THEN ?4 END WHERE number = ?1",
                params![number, last_error, next_attempt_at.map(to_sql), now],
            )?;
            Ok(())
        })
        .await
    }

    /// The newest events that pass the filter, newest first.
    pub async fn events(&self, filter: EventFilter) -> Result<Vec<StoredEvent>, StoreError> {
        self.read(move |transaction| {
            let mut statement = transaction.prepare_cached(
                "SELECT * FROM events WHERE (?1 IS NULL OR connection = ?1) \
                 AND (?2 IS NULL OR trigger = ?2) AND (NOT ?3 OR EXISTS (SELECT 1 FROM handovers \
                     WHERE event = events.number AND dead_at IS NOT NULL)) \
                 ORDER BY number DESC LIMIT ?4",
            )?;
            let mut rows = statement.query(params![
                filter.connection.map(to_sql),
                filter.trigger,
                filter.dead,
                i64::try_from(filter.limit).unwrap_or(i64::MAX),
            ])?;
            let mut events = Vec::new();
            while let Some(row) = rows.next()? {
                events.push(stored_event(transaction, row)?);
            }
            Ok(events)
        })
        .await
    }

    /// The events with this id, one for each connection that has it.
    pub async fn events_of_id(&self, id: String) -> Result<Vec<StoredEvent>, StoreError> {
        self.read(move |transaction| {
            let mut statement =
                transaction.prepare_cached("SELECT * FROM events WHERE id = ?1 ORDER BY number")?;
            let mut rows = statement.query([id])?;
            let mut events = Vec::new();
            while let Some(row) = rows.next()? {
                events.push(stored_event(transaction, row)?);
            }
            Ok(events)
        })
        .await
    }

    /// Puts dead letters back into the queue. Returns how many there were.
    pub async fn revive_handovers(&self) -> Result<usize, StoreError> {
        self.write(|transaction| {
            Ok(transaction.execute(
                "UPDATE handovers SET attempts = 0, next_attempt_at = 0, dead_at = NULL \
                 WHERE dead_at IS NOT NULL",
                [],
            )?)
        })
        .await
    }

    /// Has every target of the events with this id told again. Returns how many there are.
    pub async fn replay_event(&self, id: String) -> Result<usize, StoreError> {
        self.write(move |transaction| {
            Ok(transaction.execute(
                "UPDATE handovers SET attempts = 0, next_attempt_at = 0, dead_at = NULL, \
                 done_at = NULL WHERE event IN (SELECT number FROM events WHERE id = ?1)",
                [id],
            )?)
        })
        .await
    }

    /// Removes what is done with and old. Dead letters stay.
    pub async fn forget_old_events(&self) -> Result<(), StoreError> {
        let before = to_sql(self.now_ms().saturating_sub(KEPT_FOR_MS));
        self.write(move |transaction| {
            transaction.execute("DELETE FROM inbox WHERE processed_at < ?1", [before])?;
            transaction.execute(
                "DELETE FROM events WHERE stored_at < ?1 \
                 AND NOT EXISTS (SELECT 1 FROM handovers \
                     WHERE event = events.number AND done_at IS NULL)",
                [before],
            )?;
            Ok(())
        })
        .await
    }
}

fn insert_events(
    transaction: &Transaction<'_>,
    connection: u64,
    events: Vec<NewEvent>,
    source: &str,
    now: u64,
) -> Result<usize, StoreError> {
    let mut new = 0;
    for event in events {
        let mut statement = transaction.prepare_cached(
            "INSERT INTO events (connection, id, trigger, event, source, stored_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
        )?;
        let inserted = statement.execute(params![
            to_sql(connection),
            event.id,
            event.trigger,
            event.event.to_string(),
            source,
            to_sql(now),
        ])?;
        if inserted == 1 {
            new += 1;
            insert_handovers(transaction, transaction.last_insert_rowid(), &event.targets)?;
        }
    }
    Ok(new)
}

fn insert_handovers(
    transaction: &Transaction<'_>,
    event: i64,
    targets: &[String],
) -> Result<(), StoreError> {
    for target in targets {
        transaction.execute(
            "INSERT INTO handovers (event, target, next_attempt_at) VALUES (?1, ?2, 0)",
            params![event, target],
        )?;
    }
    Ok(())
}

pub(super) fn stored_event(
    transaction: &Transaction<'_>,
    row: &Row<'_>,
) -> Result<StoredEvent, StoreError> {
    let number = row.get("number")?;
    let mut statement = transaction.prepare_cached(
        "SELECT number, target, attempts, last_error, CASE WHEN done_at IS NOT NULL THEN 'done' \
         WHEN dead_at IS NOT NULL THEN 'dead' ELSE 'waiting' END \
         FROM handovers WHERE event = ?1 ORDER BY target",
    )?;
    let handovers = statement.query_map([number], |row| {
        Ok(Handover {
            number: row.get(0)?,
            target: row.get(1)?,
            attempts: row.get(2)?,
            last_error: row.get(3)?,
            state: row.get(4)?,
        })
    })?;
    Ok(StoredEvent {
        number,
        connection: from_sql(row.get("connection")?),
        id: row.get("id")?,
        trigger: row.get("trigger")?,
        event: json(&row.get::<_, String>("event")?)?,
        source: row.get("source")?,
        stored_at: from_sql(row.get("stored_at")?),
        handovers: handovers.collect::<Result<_, _>>()?,
    })
}

fn json(text: &str) -> Result<Value, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Corrupt("an event is not JSON".to_owned()))
}
