//! Requests on their way into the database.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OpenFlags};
use tokio::runtime::Handle;

use super::super::BUSY_TIMEOUT;
use super::{RETENTION, Retention, insert_requests};
use crate::audit::AuditedRequest;

/// How many may wait while the database cannot be written.
const CAPACITY: usize = 10_000;

/// The requests that are not in the database yet. What waits is written when the last clone goes,
/// at the latest.
#[derive(Clone)]
pub(in crate::store) struct Queue(Arc<Shared>);

struct Shared {
    path: PathBuf,
    capacity: usize,
    retention: Retention,
    waiting: Mutex<Waiting>,
    /// A connection of its own, so that nobody who waits for the store waits for this. Made when
    /// it is needed first.
    connection: Mutex<Option<Connection>>,
}

#[derive(Default)]
struct Waiting {
    requests: Vec<AuditedRequest>,
    /// How many found no room.
    lost: u64,
    /// Whether somebody is on the way to write.
    is_scheduled: bool,
    /// Whether the last attempt to write failed.
    is_stuck: bool,
}

impl Queue {
    /// A queue into the database at this path, which exists.
    pub(in crate::store) fn new(path: &Path) -> Self {
        Self::with(path, CAPACITY, RETENTION)
    }

    fn with(path: &Path, capacity: usize, retention: Retention) -> Self {
        Self(Arc::new(Shared {
            // The process may change its folder before the first request.
            path: std::path::absolute(path).unwrap_or_else(|_| path.to_owned()),
            capacity,
            retention,
            waiting: Mutex::default(),
            connection: Mutex::default(),
        }))
    }

    /// Adds a request and sees to it that somebody writes it.
    pub(super) fn push(&self, request: AuditedRequest) {
        let mut waiting = self.0.waiting();
        if waiting.requests.len() >= self.0.capacity {
            waiting.lost = waiting.lost.saturating_add(1);
        } else {
            waiting.requests.push(request);
        }
        // Without a runtime, what waits is written with the next one, or at the end.
        let Ok(runtime) = Handle::try_current() else { return };
        if !std::mem::replace(&mut waiting.is_scheduled, true) {
            drop(waiting);
            let shared = Arc::clone(&self.0);
            runtime.spawn_blocking(move || shared.write());
        }
    }

    /// Waits until everything that was added so far is written, or cannot be.
    pub(super) async fn settle(&self) {
        let shared = Arc::clone(&self.0);
        // It fails when the runtime ends, and then nobody reads what was written.
        let _ = tokio::task::spawn_blocking(move || shared.write()).await;
    }
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        // Whole after every statement.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes until nothing waits, batch after batch. What cannot be written waits on.
    fn write(&self) {
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let (requests, lost) = {
                let mut waiting = self.waiting();
                if waiting.requests.is_empty() {
                    waiting.is_scheduled = false;
                    return;
                }
                let lost = std::mem::take(&mut waiting.lost);
                (std::mem::take(&mut waiting.requests), lost)
            };
            match self.write_batch(&mut connection, &requests, lost) {
                Ok(()) => self.waiting().is_stuck = false,
                Err(error) => return self.put_back(requests, lost, &error),
            }
        }
    }

    fn write_batch(
        &self,
        connection: &mut Option<Connection>,
        requests: &[AuditedRequest],
        lost: u64,
    ) -> rusqlite::Result<()> {
        let connection = match connection {
            Some(connection) => connection,
            None => connection.insert(self.open()?),
        };
        insert_requests(connection, requests, lost, self.retention)
    }

    fn open(&self) -> rusqlite::Result<Connection> {
        // Not CREATE: where the database is gone, there is nothing to be made.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        // With the write-ahead log, NORMAL loses at most the last records when the power fails.
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        Ok(connection)
    }

    /// The requests wait on, before those that came meanwhile. The next request brings the next
    /// attempt.
    fn put_back(&self, mut requests: Vec<AuditedRequest>, lost: u64, error: &rusqlite::Error) {
        let mut waiting = self.waiting();
        requests.append(&mut waiting.requests);
        let too_many = requests.len().saturating_sub(self.capacity);
        requests.truncate(self.capacity);
        waiting.requests = requests;
        waiting.lost = waiting.lost.saturating_add(lost).saturating_add(too_many as u64);
        waiting.is_scheduled = false;
        if !std::mem::replace(&mut waiting.is_stuck, true) {
            let count = waiting.requests.len();
            tracing::warn!(%error, count, "requests are not recorded yet; they wait");
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.write();
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Queue").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::clock::VirtualClock;
    use crate::store::Store;

    const UNLIMITED: Retention =
        Retention { requests: 1_000, request_age_ms: 1_000, events: 1_000, at_a_time: 1_000 };

    struct Fixture {
        folder: tempfile::TempDir,
        /// Another process.
        database: Connection,
    }

    impl Fixture {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("db");
            drop(Store::open(&path, Arc::new(VirtualClock::at(0))).unwrap());
            let database = Connection::open(&path).unwrap();
            Self { folder, database }
        }

        fn queue(&self, capacity: usize, retention: Retention) -> Queue {
            Queue::with(&self.folder.path().join("db"), capacity, retention)
        }

        /// When the recorded requests were.
        fn recorded(&self) -> Vec<u64> {
            let mut statement =
                self.database.prepare("SELECT at FROM audit_requests ORDER BY id").unwrap();
            let rows = statement.query_map([], |row| row.get::<_, i64>(0)).unwrap();
            rows.map(|at| u64::try_from(at.unwrap()).unwrap()).collect()
        }
    }

    fn request(at: u64) -> AuditedRequest {
        AuditedRequest {
            connection: Some(1),
            operation: "oauth.test".to_owned(),
            method: "GET".to_owned(),
            path: "/users/me".to_owned(),
            at,
            duration_ms: 0,
            status: Some(200),
            failure: None,
            sent_bytes: 0,
            received_bytes: 0,
            rate_remaining: None,
            rate_reset_seconds: None,
            request_id: None,
        }
    }

    #[test]
    fn what_waits_at_the_end_is_written_then() {
        let fixture = Fixture::new();
        let queue = fixture.queue(10, UNLIMITED);
        let another = queue.clone();
        // There is no runtime that could write it earlier.
        queue.push(request(1));
        another.push(request(2));
        drop(queue);
        assert_eq!(fixture.recorded(), [0; 0]);
        drop(another);
        assert_eq!(fixture.recorded(), [1, 2]);
    }

    #[tokio::test]
    async fn what_cannot_be_written_waits_and_what_finds_no_room_is_counted() {
        let fixture = Fixture::new();
        let queue = fixture.queue(3, UNLIMITED);
        fixture.database.execute("ALTER TABLE audit_requests RENAME TO away", []).unwrap();
        for at in 1..=5 {
            queue.push(request(at));
        }
        queue.settle().await;
        fixture.database.execute("ALTER TABLE away RENAME TO audit_requests", []).unwrap();
        queue.settle().await;
        assert_eq!(fixture.recorded(), [1, 2, 3]);
        let lost: String = fixture
            .database
            .query_row("SELECT detail FROM audit_events WHERE connection IS NULL", [], |row| {
                row.get(0)
            })
            .unwrap();
        assert_eq!(lost, r#"{"requests":2}"#);
        // And it goes on.
        queue.push(request(6));
        queue.settle().await;
        assert_eq!(fixture.recorded(), [1, 2, 3, 6]);
    }

    #[tokio::test]
    async fn no_request_makes_a_database_where_there_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db");
        let queue = Queue::with(&path, 10, UNLIMITED);
        queue.push(request(1));
        queue.settle().await;
        drop(queue);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn the_oldest_go_when_there_are_too_many_or_they_are_too_old() {
        let fixture = Fixture::new();
        let queue = fixture.queue(100, Retention { requests: 5, at_a_time: 3, ..UNLIMITED });
        let record = async |at: std::ops::RangeInclusive<u64>| {
            for at in at {
                queue.push(request(at));
            }
            queue.settle().await;
            fixture.recorded()
        };
        assert_eq!(record(1..=1).await, [1]);
        for at in 2..=7 {
            record(at..=at).await;
        }
        assert_eq!(fixture.recorded(), [3, 4, 5, 6, 7]);
        // Long after; no write removes more than three of the too old.
        record(5_000..=5_000).await;
        record(5_001..=5_001).await;
        assert_eq!(record(5_002..=5_002).await, [5_000, 5_001, 5_002]);
    }
}
