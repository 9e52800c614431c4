//! What somebody changed here, pushed to the service.

use rusqlite::{Row, Transaction, params};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::columns::{Column, from_sql};
use super::{Source, TableCopy, failed, pulled, quoted};
use crate::error::HostError;

/// A change that is still to be pushed, as an item of `calendly.pushChanges`.
#[derive(Clone, Debug, PartialEq)]
pub struct LocalChange {
    /// What its result is known by.
    pub key: String,
    /// The item.
    pub item: Value,
    /// When it was made.
    changed_at: Option<String>,
}

/// What a push did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pushed {
    /// Records made at the service.
    pub created: u64,
    /// Records changed there.
    pub updated: u64,
    /// Records deleted there, or what the service has in that place.
    pub deleted: u64,
    /// Changes that were there already.
    pub unchanged: u64,
    /// Changes that gave way to newer ones of the service.
    pub conflicts: u64,
    /// Changes that could not be made; the row says why.
    pub failed: u64,
}

impl Pushed {
    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            created: self.created + other.created,
            updated: self.updated + other.updated,
            deleted: self.deleted + other.deleted,
            unchanged: self.unchanged + other.unchanged,
            conflicts: self.conflicts + other.conflicts,
            failed: self.failed + other.failed,
        }
    }
}

impl TableCopy {
    /// What was changed here and is still to be pushed, the oldest first. What failed before is
    /// not among it until it is changed again.
    ///
    /// # Errors
    /// `internal` when the file cannot be read.
    pub fn local_changes(&self, limit: usize) -> Result<Vec<LocalChange>, HostError> {
        self.read_local_changes(limit).map_err(|error| failed(&error))
    }

    fn read_local_changes(&self, limit: usize) -> rusqlite::Result<Vec<LocalChange>> {
        let (table, limit) = (quoted(&self.source.table), limit as i64);
        let mut changes = Vec::new();
        let mut statement = self.database.prepare(
            "SELECT id, changed_at FROM sovrium_deletions WHERE name = ?1 \
             ORDER BY changed_at LIMIT ?2",
        )?;
        let mut rows = statement.query(params![self.source.table, limit])?;
        while let Some(row) = rows.next()? {
            let (id, changed_at): (String, String) = (row.get(0)?, row.get(1)?);
            let key = format!("{DELETION}{id}");
            let item =
                json!({ "key": key, "operation": "delete", "id": id, "changedAt": changed_at });
            changes.push(LocalChange { key, item, changed_at: Some(changed_at) });
        }
        let mut statement = self.database.prepare(&format!(
            "SELECT * FROM {table} WHERE _changed_at IS NOT NULL AND _error IS NULL \
             AND _deleted_at IS NULL ORDER BY _changed_at, _key LIMIT ?1"
        ))?;
        let mut rows = statement.query([limit])?;
        while let Some(row) = rows.next()? {
            if changes.len() >= limit as usize {
                break;
            }
            changes.push(self.change_of(row)?);
        }
        Ok(changes)
    }

    fn change_of(&self, row: &Row<'_>) -> rusqlite::Result<LocalChange> {
        let key = row.get::<_, i64>("_key")?.to_string();
        let id: Option<String> = row.get("id")?;
        let synced: Option<String> = row.get("_synced")?;
        let synced: Value =
            synced.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        let mut fields = Map::new();
        for column in &self.columns {
            let value = from_sql(column, row.get_ref(&*column.name)?);
            if value != synced[&column.name] {
                fields.insert(column.name.clone(), value);
            }
        }
        let changed_at: Option<String> = row.get("_changed_at")?;
        let item = match id {
            Some(id) => json!({
                "key": key, "operation": "update", "id": id, "fields": fields,
                "changedAt": changed_at,
            }),
            None => json!({ "key": key, "operation": "create", "fields": fields }),
        };
        Ok(LocalChange { key, item, changed_at })
    }

    /// Applies the results of a `calendly.pushChanges` answer. A change that was made meanwhile, to
    /// what was just pushed, stays to be pushed.
    ///
    /// # Errors
    /// `internal` when the file cannot be written.
    pub fn apply_pushed(
        &mut self,
        changes: &[LocalChange],
        results: &Value,
    ) -> Result<Pushed, HostError> {
        self.apply(|transaction, source, columns| {
            let mut pushed = Pushed::default();
            for result in results.as_array().map_or(&[][..], Vec::as_slice) {
                let key = result["key"].as_str().unwrap_or_default();
                if let Some(change) = changes.iter().find(|change| change.key == key) {
                    let one = settle(transaction, source, columns, change, result)?;
                    pushed = pushed.and(one);
                }
            }
            Ok(pushed)
        })
    }
}

fn settle(
    transaction: &Transaction<'_>,
    source: &Source,
    columns: &[Column],
    change: &LocalChange,
    result: &Value,
) -> rusqlite::Result<Pushed> {
    let mut pushed = Pushed::default();
    let status = result["status"].as_str().unwrap_or_default();
    *match status {
        "created" => &mut pushed.created,
        "updated" => &mut pushed.updated,
        "deleted" => &mut pushed.deleted,
        "unchanged" => &mut pushed.unchanged,
        "conflict" => &mut pushed.conflicts,
        _ => &mut pushed.failed,
    } += 1;
    let record = &result["record"];
    if let Some(id) = change.key.strip_prefix(DELETION) {
        pulled::forget_deletion(transaction, source, id)?;
        if record.is_object() {
            // The service's version is the newer one, or it could not be deleted.
            pulled::write(transaction, source, columns, record, None)?;
        }
        return Ok(pushed);
    }
    let Ok(key) = change.key.parse::<i64>() else { return Ok(pushed) };
    let table = quoted(&source.table);
    if matches!(status, "failed" | "unknown") || status.is_empty() {
        let why =
            result["error"]["message"].as_str().unwrap_or("It is not known what became of it.");
        transaction.execute(
            &format!("UPDATE {table} SET _error = ?2 WHERE _key = ?1"),
            params![key, why],
        )?;
    } else if status == "deleted" {
        transaction.execute(&format!("DELETE FROM {table} WHERE _key = ?1"), [key])?;
    } else if record.is_object() {
        let changed_at: Option<String> = transaction.query_row(
            &format!("SELECT _changed_at FROM {table} WHERE _key = ?1"),
            [key],
            |row| row.get(0),
        )?;
        if changed_at != change.changed_at {
            let sql = format!("UPDATE {table} SET id = ?2, _synced = ?3 WHERE _key = ?1");
            let synced = record["fields"].to_string();
            transaction.execute(&sql, params![key, record["id"].as_str(), synced])?;
        } else {
            pulled::write(transaction, source, columns, record, Some(key))?;
        }
    } else {
        let sql = format!("UPDATE {table} SET _changed_at = NULL, _error = NULL WHERE _key = ?1");
        transaction.execute(&sql, [key])?;
    }
    Ok(pushed)
}

const DELETION: &str = "deleted:";
