//! What the host remembers, in one SQLite file that several processes may share.
//!
//! Secrets reach this module sealed; it never sees one in the clear.

mod audit;
mod authorizations;
mod connections;
mod events;
mod grants;
mod leases;
mod overview;
mod revocations;
mod schema;
mod sealed;

use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Transaction, TransactionBehavior};

pub use self::authorizations::PendingAuthorization;
pub(crate) use self::connections::state_name;
pub use self::connections::{ConnectionRow, LastError, StateMove, Taken};
pub use self::events::{
    DueHandover, EventFilter, Handover, NewEvent, PendingDelivery, RefusedWebhooks, StoredEvent,
};
pub use self::grants::Along;
use self::leases::LocalLeases;
pub use self::overview::{ConnectionQuery, ConnectionRows, Traffic};
pub use self::revocations::OutstandingRevocation;
pub(crate) use self::sealed::key_id;
pub use self::sealed::{Place, Sealed};
use crate::clock::SharedClock;
use crate::private_file;

/// How long a statement waits for another process that is writing.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The store failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file cannot be opened or made.
    #[error("cannot open the database {path}: {reason}")]
    Open {
        /// The file.
        path: String,
        /// What was wrong.
        reason: String,
    },
    /// A newer version of this program made the file.
    #[error("the database {path} was made by a newer version of this program")]
    Newer {
        /// The file.
        path: String,
    },
    /// A secret was to be stored that was sealed with a key which was retired meanwhile.
    #[error("the key that a secret was just sealed with was retired at the same time")]
    RetiredKey,
    /// A statement failed.
    #[error("the database failed: {0}")]
    Sql(rusqlite::Error),
    /// What is stored cannot be understood.
    #[error("the database holds something that is not valid: {0}")]
    Corrupt(String),
    /// The thread that worked on the database is gone.
    #[error("the database call was interrupted")]
    Interrupted,
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match &error {
            // The triggers of the schema say so.
            rusqlite::Error::SqliteFailure(_, Some(why)) if why == "retired-key" => {
                Self::RetiredKey
            }
            _ => Self::Sql(error),
        }
    }
}

/// The host's memory. Cloning shares it.
#[derive(Clone)]
pub struct Store(Arc<Shared>);

struct Shared {
    connection: Mutex<rusqlite::Connection>,
    clock: SharedClock,
    local_leases: LocalLeases,
    audit: audit::Queue,
}

impl Store {
    /// Opens the file, which is made for its owner alone when it does not exist.
    pub fn open(path: &Path, clock: SharedClock) -> Result<Self, StoreError> {
        let failed = |reason: String| StoreError::Open { path: path.display().to_string(), reason };
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            private_file::create_dir(folder).map_err(|error| failed(error.to_string()))?;
        }
        make_private(path).map_err(|error| failed(error.to_string()))?;
        let mut connection =
            rusqlite::Connection::open(path).map_err(|error| failed(error.to_string()))?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        // Write-ahead log: readers and a writer at a time. FULL: what was answered is on the disk.
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        schema::migrate(&mut connection, path)?;
        Ok(Self(Arc::new(Shared {
            connection: Mutex::new(connection),
            clock,
            local_leases: LocalLeases::default(),
            audit: audit::Queue::new(path),
        })))
    }

    /// The clock that leases and timestamps go by.
    #[must_use]
    pub fn clock(&self) -> &SharedClock {
        &self.0.clock
    }

    /// Whether anything is stored that only a key can open. Every connection has its client
    /// secret or its token, every queued revocation its tokens.
    pub async fn holds_secrets(&self) -> Result<bool, StoreError> {
        self.read(|transaction| {
            Ok(transaction.query_row(
                "SELECT EXISTS (SELECT 1 FROM connections) OR EXISTS (SELECT 1 FROM revocations)",
                [],
                |row| row.get(0),
            )?)
        })
        .await
    }

    fn now_ms(&self) -> u64 {
        self.0.clock.now_ms()
    }

    /// Runs `action` as one transaction that may write, on a thread that may block.
    async fn write<T, F>(&self, action: F) -> Result<T, StoreError>
    where
        F: FnOnce(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
        T: Send + 'static,
    {
        // IMMEDIATE takes the write lock at once, so that what the action reads stays true until
        // it has written.
        self.transaction(TransactionBehavior::Immediate, action).await
    }

    /// Runs `action` as one transaction that only reads.
    async fn read<T, F>(&self, action: F) -> Result<T, StoreError>
    where
        F: FnOnce(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
        T: Send + 'static,
    {
        self.transaction(TransactionBehavior::Deferred, action).await
    }

    async fn transaction<T, F>(
        &self,
        behavior: TransactionBehavior,
        action: F,
    ) -> Result<T, StoreError>
    where
        F: FnOnce(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
        T: Send + 'static,
    {
        let shared = Arc::clone(&self.0);
        let work = move || {
            // A transaction that a panic left behind was rolled back when it was dropped.
            let mut connection = shared.connection.lock().unwrap_or_else(PoisonError::into_inner);
            let transaction = connection.transaction_with_behavior(behavior)?;
            let outcome = action(&transaction)?;
            transaction.commit()?;
            Ok(outcome)
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| StoreError::Interrupted)?
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Store").finish_non_exhaustive()
    }
}

/// SQLite gives the files it makes beside this one (log, shared memory) the same permissions.
fn make_private(path: &Path) -> std::io::Result<()> {
    match private_file::create_new(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            if private_file::is_private(&fs::metadata(path)?) {
                Ok(())
            } else {
                private_file::make_private(path)
            }
        }
        Err(error) => Err(error),
    }
}

/// SQLite's integers are signed; every number here stays far below their limit.
fn to_sql(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The other way round; what we never stored (a negative number) reads as 0.
fn from_sql(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn to_json(list: &[String]) -> String {
    serde_json::Value::from(list).to_string()
}

fn from_json(text: &str) -> Result<Vec<String>, StoreError> {
    serde_json::from_str(text)
        .map_err(|_| StoreError::Corrupt("a list of scopes is not JSON".to_owned()))
}
