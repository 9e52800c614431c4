//! What the service changed, applied to the copy.

use rusqlite::types::Null;
use rusqlite::{OptionalExtension as _, ToSql, Transaction, params, params_from_iter};
use serde::Serialize;
use serde_json::Value;

use super::columns::{Column, to_sql};
use super::{Source, TableCopy, keep_cursor, quoted};
use crate::error::HostError;

/// What a pull did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pulled {
    /// Records that are new here.
    pub created: u64,
    /// Records that changed.
    pub updated: u64,
    /// Records that are gone at the service.
    pub deleted: u64,
    /// Changes made here that are newer, and stay until they are pushed.
    pub kept: u64,
    /// Changes made here that were older, and gave way.
    pub lost: u64,
}

impl Pulled {
    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            created: self.created + other.created,
            updated: self.updated + other.updated,
            deleted: self.deleted + other.deleted,
            kept: self.kept + other.kept,
            lost: self.lost + other.lost,
        }
    }
}

impl TableCopy {
    /// Applies the changes of a `calendly.pullChanges` answer and keeps its cursor, both or neither.
    ///
    /// # Errors
    /// `internal` when the file cannot be written.
    pub fn apply_pulled(&mut self, changes: &Value, cursor: &str) -> Result<Pulled, HostError> {
        self.apply(|transaction, source, columns| {
            let mut pulled = Pulled::default();
            for change in changes.as_array().map_or(&[][..], Vec::as_slice) {
                let one = match change["record"].as_object() {
                    Some(_) => put(transaction, source, columns, &change["record"])?,
                    None => mark_deleted(transaction, source, &change["id"])?,
                };
                pulled = pulled.and(one);
            }
            keep_cursor(transaction, source, cursor)?;
            Ok(pulled)
        })
    }
}

/// Puts a record as the service has it, unless what somebody changed here is newer.
fn put(
    transaction: &Transaction<'_>,
    source: &Source,
    columns: &[Column],
    record: &Value,
) -> rusqlite::Result<Pulled> {
    let Some(id) = record["id"].as_str() else { return Ok(Pulled::default()) };
    let mut pulled = Pulled::default();
    let updated_at = record["updatedTime"].as_str().unwrap_or_default();
    if let Some(deleted_at) = deletion(transaction, source, id)? {
        if is_newer(&deleted_at, updated_at) {
            return Ok(Pulled { kept: 1, ..pulled });
        }
        forget_deletion(transaction, source, id)?;
        pulled.lost = 1;
    }
    let table = quoted(&source.table);
    let there = transaction
        .query_row(
            &format!("SELECT _changed_at, _deleted_at, _synced FROM {table} WHERE id = ?1"),
            [id],
            |row| {
                Ok((
                    row.get::<_, Option<String>>(0)?,
                    row.get::<_, Option<String>>(1)?,
                    row.get::<_, Option<String>>(2)?,
                ))
            },
        )
        .optional()?;
    let synced = record["fields"].to_string();
    match there {
        Some((Some(changed_at), ..)) if is_newer(&changed_at, updated_at) => {
            // What is pushed is what differs from this.
            transaction.execute(
                &format!("UPDATE {table} SET _synced = ?2 WHERE id = ?1"),
                params![id, synced],
            )?;
            return Ok(Pulled { kept: 1, ..pulled });
        }
        // A pull that was stopped is told again.
        Some((None, None, Some(before))) if before == synced => return Ok(pulled),
        Some((changed_at, ..)) => {
            pulled.updated = 1;
            pulled.lost += u64::from(changed_at.is_some());
        }
        None => pulled.created = 1,
    }
    write(transaction, source, columns, record, None)?;
    Ok(pulled)
}

/// Writes a record as the service has it: into the row of that key, or the one of its id.
pub(super) fn write(
    transaction: &Transaction<'_>,
    source: &Source,
    columns: &[Column],
    record: &Value,
    key: Option<i64>,
) -> rusqlite::Result<()> {
    let table = quoted(&source.table);
    let fields = &record["fields"];
    let own = ["id", "_uri", "_created_at", "_updated_at", "_synced"].map(str::to_owned);
    let cleared = ["_deleted_at", "_changed_at", "_error"].map(str::to_owned);
    let names: Vec<_> = own
        .into_iter()
        .chain(cleared)
        .chain(columns.iter().map(|column| quoted(&column.name)))
        .collect();
    let synced = Value::from(fields.to_string());
    let mut values: Vec<Box<dyn ToSql + '_>> = Vec::new();
    for name in ["id", "uri", "createdTime", "updatedTime"] {
        values.push(Box::new(to_sql(&record[name])));
    }
    values.push(Box::new(to_sql(&synced)));
    for _ in 0..3 {
        values.push(Box::new(Null));
    }
    for column in columns {
        values.push(Box::new(to_sql(&fields[&column.name])));
    }
    let places: Vec<_> = (1..=names.len()).map(|number| format!("?{number}")).collect();
    if let Some(key) = key {
        // The record may have come here by a pull already.
        transaction.execute(
            &format!("DELETE FROM {table} WHERE id = ?1 AND _key <> ?2"),
            params![record["id"].as_str(), key],
        )?;
        let sets: Vec<_> =
            names.iter().zip(&places).map(|(name, place)| format!("{name} = {place}")).collect();
        values.push(Box::new(key));
        let sets = sets.join(", ");
        let sql = format!("UPDATE {table} SET {sets} WHERE _key = ?{}", values.len());
        transaction.prepare_cached(&sql)?.execute(params_from_iter(values))?;
        return Ok(());
    }
    let sets: Vec<_> = names.iter().map(|name| format!("{name} = excluded.{name}")).collect();
    let sql = format!(
        "INSERT INTO {table} ({}) VALUES ({}) ON CONFLICT (id) DO UPDATE SET {}",
        names.join(", "),
        places.join(", "),
        sets.join(", ")
    );
    transaction.prepare_cached(&sql)?.execute(params_from_iter(values))?;
    Ok(())
}

/// Marks a record that is gone at the service. What somebody changed here meanwhile gives way:
/// there is nothing left that it could be pushed to.
fn mark_deleted(
    transaction: &Transaction<'_>,
    source: &Source,
    id: &Value,
) -> rusqlite::Result<Pulled> {
    let Some(id) = id.as_str() else { return Ok(Pulled::default()) };
    forget_deletion(transaction, source, id)?;
    let table = quoted(&source.table);
    let sql = format!("SELECT _changed_at FROM {table} WHERE id = ?1 AND _deleted_at IS NULL");
    let there =
        transaction.query_row(&sql, [id], |row| row.get::<_, Option<String>>(0)).optional()?;
    let Some(changed_at) = there else { return Ok(Pulled::default()) };
    transaction.execute(
        &format!(
            "UPDATE {table} SET _deleted_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), \
             _changed_at = NULL WHERE id = ?1"
        ),
        [id],
    )?;
    Ok(Pulled { deleted: 1, lost: u64::from(changed_at.is_some()), ..Pulled::default() })
}

fn deletion(
    transaction: &Transaction<'_>,
    source: &Source,
    id: &str,
) -> rusqlite::Result<Option<String>> {
    transaction
        .query_row(
            "SELECT changed_at FROM sovrium_deletions WHERE name = ?1 AND id = ?2",
            params![source.table, id],
            |row| row.get(0),
        )
        .optional()
}

pub(super) fn forget_deletion(
    transaction: &Transaction<'_>,
    source: &Source,
    id: &str,
) -> rusqlite::Result<()> {
    transaction.execute(
        "DELETE FROM sovrium_deletions WHERE name = ?1 AND id = ?2",
        params![source.table, id],
    )?;
    Ok(())
}

/// Both are RFC 3339 in UTC: their texts have the order of time, but for the number of digits after
/// the second. A tie is the service's.
fn is_newer(here: &str, there: &str) -> bool {
    let plain = |text: &str| text.trim_end_matches('Z').to_owned();
    plain(here) > plain(there)
}
