//! A table of the service as a table of an SQLite file, kept in step in both directions.
//!
//! The file is the person's own: they read it with any tool, and change it. Beside the fields, whose
//! columns have the fields' names, a table has columns that begin with `_` and belong to the copy.
//! Triggers note what somebody else than the copy changes; that is what is pushed. Rows, the cursor
//! and those notes change in one transaction, so that a copy can be stopped at any point.

mod columns;
mod layout;
mod local;
mod pulled;

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};
use serde_json::Value;

use self::columns::Column;
pub use self::local::{LocalChange, Pushed};
pub use self::pulled::Pulled;
use crate::error::{ErrorCode, HostError};

/// How long a statement waits for somebody else who is writing to the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The copy of one table.
pub struct TableCopy {
    database: Connection,
    source: Source,
    columns: Vec<Column>,
}

/// What is copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The connection.
    pub connection: u64,
    /// The base.
    pub base: String,
    /// The table, whose name the copy has too.
    pub table: String,
}

impl TableCopy {
    /// Opens the copy in the file, which is made when it is not there. `fields` are the table's, as
    /// `calendly.listTables` answers them; fields that are new get their columns now.
    ///
    /// # Errors
    /// `conflict` when the file has a copy of another base or connection in that table's place, or a
    /// table that is no copy; `internal` when the file cannot be used.
    pub fn open(path: &Path, source: Source, fields: &Value) -> Result<Self, HostError> {
        let columns = columns::of(fields);
        let mut database = Connection::open(path).map_err(|error| unusable(path, &error))?;
        let open = |database: &mut Connection| {
            database.busy_timeout(BUSY_TIMEOUT)?;
            database.pragma_update(None, "journal_mode", "WAL")?;
            let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let standing = layout::make(&transaction, &source, &columns)?;
            transaction.commit()?;
            Ok(standing)
        };
        match open(&mut database).map_err(|error| unusable(path, &error))? {
            layout::Standing::Ours => Ok(Self { database, source, columns }),
            layout::Standing::Taken(by) => Err(HostError::new(
                ErrorCode::Conflict,
                format!("{} has {by} in the place of {}.", path.display(), source.table),
                "Copy into another file.",
            )),
        }
    }

    /// What is copied.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Where the last pull ended.
    ///
    /// # Errors
    /// `internal` when the file cannot be read.
    pub fn cursor(&self) -> Result<Option<String>, HostError> {
        let sql = "SELECT cursor FROM sovrium_copies WHERE name = ?1";
        self.database
            .query_row(sql, [&self.source.table], |row| row.get(0))
            .optional()
            .map(Option::flatten)
            .map_err(|error| failed(&error))
    }

    /// How many records the copy has that are not deleted.
    ///
    /// # Errors
    /// `internal` when the file cannot be read.
    pub fn count(&self) -> Result<u64, HostError> {
        let table = quoted(&self.source.table);
        let sql = format!("SELECT count(*) FROM {table} WHERE _deleted_at IS NULL");
        let count: i64 =
            self.database.query_row(&sql, [], |row| row.get(0)).map_err(|error| failed(&error))?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// Runs `action` as one transaction in which the triggers note nothing.
    fn apply<T>(
        &mut self,
        action: impl FnOnce(&Transaction<'_>, &Source, &[Column]) -> rusqlite::Result<T>,
    ) -> Result<T, HostError> {
        let run = || {
            let transaction =
                self.database.transaction_with_behavior(TransactionBehavior::Immediate)?;
            // Nobody else sees this, because it is undone before the end.
            transaction.execute("UPDATE sovrium_applying SET active = 1", [])?;
            let answer = action(&transaction, &self.source, &self.columns)?;
            transaction.execute("UPDATE sovrium_applying SET active = 0", [])?;
            transaction.commit()?;
            Ok(answer)
        };
        run().map_err(|error| failed(&error))
    }
}

/// Remembers where a pull ended.
fn keep_cursor(
    transaction: &Transaction<'_>,
    source: &Source,
    cursor: &str,
) -> rusqlite::Result<()> {
    transaction.execute(
        "UPDATE sovrium_copies SET cursor = ?2, \
         pulled_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE name = ?1",
        params![source.table, cursor],
    )?;
    Ok(())
}

/// A name as SQL takes it, whatever characters it has.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn unusable(path: &Path, error: &rusqlite::Error) -> HostError {
    HostError::new(
        ErrorCode::Internal,
        format!("{} cannot be used as a copy: {error}.", path.display()),
        "Give a file that is an SQLite database or not there yet, in a folder that can be written.",
    )
}

fn failed(error: &rusqlite::Error) -> HostError {
    HostError::new(
        ErrorCode::Internal,
        format!("The copy failed: {error}."),
        "Nothing was half written; mend the file or its disk, and try again.",
    )
}

#[cfg(test)]
mod tests;
