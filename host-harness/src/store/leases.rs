//! The lease on a connection's grant: one holder at a time, across instances and processes, first
//! come first served.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{OptionalExtension as _, Transaction, params};
use tokio::sync::Notify;

use super::{Store, StoreError, from_sql, to_sql};
use crate::crash_point::{CrashPoint, reach};

/// How often a waiting caller looks again.
const POLL: Duration = Duration::from_millis(25);

/// A place in the queue counts for this long after its owner was last seen.
const STALE_AFTER_MS: u64 = 3_000;

/// A waiting caller shows that it is still there when it was last seen this long ago.
const SHOW_AFTER_MS: u64 = 1_000;

/// The leases held in this process, and what tells when one is given back.
pub(super) type LocalLeases = Mutex<HashMap<u64, LocalLease>>;

pub(super) struct LocalLease {
    fence: u64,
    released: Arc<Notify>,
}

/// What came of one look at the lease.
enum Look {
    Taken { fence: u64 },
    Wait,
    Queue,
}

impl Store {
    /// Takes the connection's lease for `ttl`, waiting up to `wait` for it. Returns its fencing
    /// number, greater than every earlier one's, or none when somebody else held it all the time.
    pub async fn acquire_lease(
        &self,
        connection: u64,
        ttl: Duration,
        wait: Duration,
    ) -> Result<Option<u64>, StoreError> {
        let give_up_at = self.now_ms().saturating_add(millis(wait));
        let began = Instant::now();
        let mut ticket = None;
        loop {
            match self.look(connection, ttl, ticket).await? {
                Look::Taken { fence } => {
                    self.remember(connection, fence);
                    reach(CrashPoint::LeaseTaken);
                    return Ok(Some(fence));
                }
                // Both clocks count: the real one, because a holder in this process is waited
                // for in real time whatever clock the host runs on.
                _ if self.now_ms() >= give_up_at || began.elapsed() >= wait => {
                    if let Some(ticket) = ticket {
                        self.leave_queue(ticket).await?;
                    }
                    return Ok(None);
                }
                Look::Queue => ticket = Some(self.join_queue(connection, ticket).await?),
                Look::Wait => {}
            }
            self.wait_for_release(connection).await;
        }
    }

    /// Gives the lease back, if `fence` still is the newest.
    pub async fn release_lease(&self, connection: u64, fence: u64) -> Result<(), StoreError> {
        let released = self
            .write(move |transaction| {
                transaction.execute(
                    "UPDATE leases SET expires_at = NULL WHERE connection = ?1 AND fence = ?2",
                    params![to_sql(connection), to_sql(fence)],
                )?;
                Ok(())
            })
            .await;
        self.forget_lease(connection, fence);
        released
    }

    /// Stops counting on a holder in this process to give the lease back; it runs out by itself.
    pub(crate) fn forget_lease(&self, connection: u64, fence: u64) {
        let mut held = self.0.local_leases.lock().unwrap_or_else(PoisonError::into_inner);
        if held.get(&connection).is_some_and(|lease| lease.fence == fence)
            && let Some(lease) = held.remove(&connection)
        {
            lease.released.notify_waiters();
        }
    }

    fn remember(&self, connection: u64, fence: u64) {
        let mut held = self.0.local_leases.lock().unwrap_or_else(PoisonError::into_inner);
        held.insert(connection, LocalLease { fence, released: Arc::default() });
    }

    /// Waits a little, less when a holder in this process gives the lease back.
    async fn wait_for_release(&self, connection: u64) {
        let released = {
            let held = self.0.local_leases.lock().unwrap_or_else(PoisonError::into_inner);
            held.get(&connection).map(|lease| Arc::clone(&lease.released))
        };
        match released {
            // Not on the host's clock: on a virtual one, time would fly while the holder is busy.
            Some(released) => drop(tokio::time::timeout(POLL, released.notified()).await),
            None => self.0.clock.sleep(POLL).await,
        }
    }

    /// Takes the lease if it is free and nobody came earlier. Looks before it writes, because
    /// most looks find it taken.
    async fn look(
        &self,
        connection: u64,
        ttl: Duration,
        ticket: Option<i64>,
    ) -> Result<Look, StoreError> {
        let now = self.now_ms();
        let seen = self.read(move |transaction| survey(transaction, connection, ticket, now));
        match seen.await? {
            Look::Taken { .. } => {}
            other => return Ok(other),
        }
        let now = self.now_ms();
        self.write(move |transaction| {
            let Look::Taken { fence } = survey(transaction, connection, ticket, now)? else {
                return Ok(Look::Queue);
            };
            transaction.execute(
                "INSERT OR REPLACE INTO leases (connection, fence, expires_at) VALUES (?1, ?2, ?3)",
                params![to_sql(connection), to_sql(fence), to_sql(now.saturating_add(millis(ttl)))],
            )?;
            transaction.execute(
                "DELETE FROM lease_queue WHERE ticket IS ?1 OR seen_at <= ?2",
                params![ticket, to_sql(now.saturating_sub(STALE_AFTER_MS))],
            )?;
            Ok(Look::Taken { fence })
        })
        .await
    }

    /// Takes a place at the end of the queue, or keeps the one there is.
    async fn join_queue(&self, connection: u64, ticket: Option<i64>) -> Result<i64, StoreError> {
        let now = to_sql(self.now_ms());
        self.write(move |transaction| {
            transaction.execute(
                "INSERT OR REPLACE INTO lease_queue (ticket, connection, seen_at) \
                 VALUES (?1, ?2, ?3)",
                params![ticket, to_sql(connection), now],
            )?;
            Ok(transaction.last_insert_rowid())
        })
        .await
    }

    async fn leave_queue(&self, ticket: i64) -> Result<(), StoreError> {
        self.write(move |transaction| {
            transaction.execute("DELETE FROM lease_queue WHERE ticket = ?1", [ticket])?;
            Ok(())
        })
        .await
    }
}

/// Whether the lease could be taken now, and with which fencing number.
fn survey(
    transaction: &Transaction<'_>,
    connection: u64,
    ticket: Option<i64>,
    now: u64,
) -> Result<Look, StoreError> {
    let lease: Option<(i64, Option<i64>)> = transaction
        .query_row(
            "SELECT fence, expires_at FROM leases WHERE connection = ?1",
            [to_sql(connection)],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    let (fence, expires_at) = lease.unwrap_or((0, None));
    let earlier: bool = transaction.query_row(
        "SELECT EXISTS (SELECT 1 FROM lease_queue WHERE connection = ?1 AND seen_at > ?2 \
         AND (?3 IS NULL OR ticket < ?3))",
        params![to_sql(connection), to_sql(now.saturating_sub(STALE_AFTER_MS)), ticket],
        |row| row.get(0),
    )?;
    if expires_at.is_none_or(|at| from_sql(at) <= now) && !earlier {
        return Ok(Look::Taken { fence: from_sql(fence) + 1 });
    }
    let shown: bool = transaction.query_row(
        "SELECT EXISTS (SELECT 1 FROM lease_queue WHERE ticket IS ?1 AND seen_at > ?2)",
        params![ticket, to_sql(now.saturating_sub(SHOW_AFTER_MS))],
        |row| row.get(0),
    )?;
    Ok(if shown { Look::Wait } else { Look::Queue })
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
