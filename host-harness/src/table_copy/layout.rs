//! The tables and triggers of a copy.

use std::collections::BTreeSet;

use rusqlite::{OptionalExtension as _, Transaction, params};

use super::columns::Column;
use super::{Source, quoted};

/// Whose table it is.
pub(super) enum Standing {
    /// The copy's.
    Ours,
    /// Something else's, in words.
    Taken(String),
}

/// Makes what is not there yet.
pub(super) fn make(
    transaction: &Transaction<'_>,
    source: &Source,
    columns: &[Column],
) -> rusqlite::Result<Standing> {
    transaction.execute_batch(COMMON)?;
    let known = transaction
        .query_row(
            "SELECT connection, base FROM sovrium_copies WHERE name = ?1",
            [&source.table],
            |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)),
        )
        .optional()?;
    let connection = i64::try_from(source.connection).unwrap_or(i64::MAX);
    match known {
        Some((of, base)) if of != connection || base != source.base => {
            return Ok(Standing::Taken(format!("the copy of connection {of}, base {base},")));
        }
        None if exists(transaction, &source.table)? => {
            return Ok(Standing::Taken("a table that is no copy".to_owned()));
        }
        Some(_) => {}
        None => {
            transaction.execute(
                "INSERT INTO sovrium_copies (name, connection, base) VALUES (?1, ?2, ?3)",
                params![source.table, connection, source.base],
            )?;
            let table = quoted(&source.table);
            transaction.execute_batch(&format!("CREATE TABLE {table} ({OWN_COLUMNS})"))?;
        }
    }
    add_columns(transaction, &source.table, columns)?;
    make_triggers(transaction, &source.table, columns)?;
    Ok(Standing::Ours)
}

fn exists(transaction: &Transaction<'_>, table: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = ?1)";
    transaction.query_row(sql, [table], |row| row.get(0))
}

fn add_columns(
    transaction: &Transaction<'_>,
    table: &str,
    columns: &[Column],
) -> rusqlite::Result<()> {
    let mut statement = transaction.prepare("SELECT lower(name) FROM pragma_table_info(?1)")?;
    let there =
        statement.query_map([table], |row| row.get(0))?.collect::<Result<BTreeSet<String>, _>>()?;
    for column in columns {
        // SQLite tells columns apart without regard to case.
        if !there.contains(&column.name.to_ascii_lowercase()) {
            let (table, name) = (quoted(table), quoted(&column.name));
            let kind = column.form.sql();
            transaction.execute_batch(&format!("ALTER TABLE {table} ADD COLUMN {name} {kind}"))?;
        }
    }
    Ok(())
}

/// Triggers that note what somebody else than the copy changes. They are made anew each time,
/// because fields may have come.
fn make_triggers(
    transaction: &Transaction<'_>,
    table: &str,
    columns: &[Column],
) -> rusqlite::Result<()> {
    let [made, changed, gone] =
        ["created", "updated", "deleted"].map(|what| quoted(&format!("sovrium_{table}_{what}")));
    let names: Vec<_> = columns.iter().map(|column| quoted(&column.name)).collect();
    let (names, of, text) = (names.join(", "), quoted(table), table.replace('\'', "''"));
    let by_others = "(SELECT active FROM sovrium_applying) = 0";
    let now = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')";
    let note = format!("UPDATE {of} SET _changed_at = {now}, _error = NULL WHERE _key = NEW._key");
    transaction.execute_batch(&format!(
        "DROP TRIGGER IF EXISTS {made}; DROP TRIGGER IF EXISTS {changed};
         DROP TRIGGER IF EXISTS {gone};
         CREATE TRIGGER {made} AFTER INSERT ON {of} WHEN {by_others} BEGIN {note}; END;
         CREATE TRIGGER {gone} AFTER DELETE ON {of}
             WHEN {by_others} AND OLD.id IS NOT NULL AND OLD._deleted_at IS NULL BEGIN
             INSERT OR REPLACE INTO sovrium_deletions (name, id, changed_at)
             VALUES ('{text}', OLD.id, {now});
         END;"
    ))?;
    if names.is_empty() {
        return Ok(());
    }
    transaction.execute_batch(&format!(
        "CREATE TRIGGER {changed} AFTER UPDATE OF {names} ON {of} WHEN {by_others}
             BEGIN {note}; END;"
    ))
}

const COMMON: &str = "
    CREATE TABLE IF NOT EXISTS sovrium_copies (
        name       TEXT    PRIMARY KEY,
        connection INTEGER NOT NULL,
        base       TEXT    NOT NULL,
        cursor     TEXT, -- where the last pull ended
        pulled_at  TEXT
    ) STRICT;
    -- What was deleted here and is still to be deleted at the service.
    CREATE TABLE IF NOT EXISTS sovrium_deletions (
        name       TEXT NOT NULL,
        id         TEXT NOT NULL,
        changed_at TEXT NOT NULL,
        PRIMARY KEY (name, id)
    ) STRICT;
    -- Whether it is the copy that writes: 1 only within its transactions.
    CREATE TABLE IF NOT EXISTS sovrium_applying (active INTEGER NOT NULL) STRICT;
    INSERT INTO sovrium_applying (active)
        SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM sovrium_applying);
";

const OWN_COLUMNS: &str = "
    _key        INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT UNIQUE, -- NULL: a record that is still to be created at the service
    _uri        TEXT,
    _created_at TEXT,
    _updated_at TEXT,
    _deleted_at TEXT, -- since when it is gone at the service
    _changed_at TEXT, -- when somebody changed it here; NULL once it is pushed
    _synced     TEXT, -- its fields as the service has them, as JSON
    _error      TEXT  -- why it could not be pushed
";
