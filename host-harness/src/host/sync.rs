//! Tables kept in step with an SQLite file.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::Host;
use crate::error::{ErrorCode, HostError};
use crate::table_copy::{Pulled, Pushed, Source, TableCopy};

/// How long one page may take, waiting for the rate limits included.
const PAGE_DEADLINE: Duration = Duration::from_secs(120);

/// How many records are asked for at a time; also how many changes are pushed.
const PAGE: usize = 100;

impl Host {
    /// Opens the copy of a table in a file, with the columns that the table has now.
    pub async fn open_copy(&self, path: &Path, source: Source) -> Result<TableCopy, HostError> {
        let config = json!({ "baseId": source.base });
        let answer = self.operation(source.connection, "calendly.listTables", config).await?;
        let tables = answer["tables"].as_array().map_or(&[][..], Vec::as_slice);
        let table = tables.iter().find(|table| table["id"] == *source.table);
        let table = table.filter(|table| has_verb(table, "query")).ok_or_else(|| {
            HostError::new(
                ErrorCode::NotFound,
                format!("The base has no table '{}' that can be read.", source.table),
                "Run calendly.listTables to see which there are.",
            )
        })?;
        TableCopy::open(path, source, &table["fields"])
    }

    /// Reads one page of what changed at the service since the copy's cursor, and applies it.
    /// True when there is more.
    pub async fn pull_page(&self, copy: &mut TableCopy) -> Result<(Pulled, bool), HostError> {
        let Source { connection, base, table } = copy.source().clone();
        let mut config = json!({ "baseId": base, "tableId": table, "limit": PAGE });
        if let Some(cursor) = copy.cursor()? {
            config["cursor"] = cursor.into();
        }
        let answer = self.operation(connection, "calendly.pullChanges", config).await?;
        let Some(cursor) = answer["cursor"].as_str() else {
            return Err(unreadable("calendly.pullChanges"));
        };
        let pulled = copy.apply_pulled(&answer["changes"], cursor)?;
        Ok((pulled, answer["more"] == true))
    }

    /// Pushes some of what was changed in the copy, and applies what came of it. True when there
    /// is more.
    pub async fn push_batch(&self, copy: &mut TableCopy) -> Result<(Pushed, bool), HostError> {
        let changes = copy.local_changes(PAGE)?;
        if changes.is_empty() {
            return Ok((Pushed::default(), false));
        }
        let Source { connection, base, table } = copy.source().clone();
        let items: Vec<_> = changes.iter().map(|change| change.item.clone()).collect();
        let config = json!({ "baseId": base, "tableId": table, "items": items });
        let answer = self.operation(connection, "calendly.pushChanges", config).await?;
        let pushed = copy.apply_pushed(&changes, &answer["results"])?;
        Ok((pushed, changes.len() == PAGE))
    }

    async fn operation(&self, id: u64, name: &str, config: Value) -> Result<Value, HostError> {
        let action = json!({ "action": name, "connection": id, "config": config });
        let answer = self.run(&action.to_string(), PAGE_DEADLINE).await?;
        serde_json::from_str(&answer).map_err(|_| unreadable(name))
    }
}

fn has_verb(table: &Value, verb: &str) -> bool {
    table["verbs"].as_array().is_some_and(|verbs| verbs.iter().any(|has| has == verb))
}

fn unreadable(operation: &str) -> HostError {
    HostError::new(
        ErrorCode::Internal,
        format!("The connector's answer to {operation} cannot be read."),
        "Report this as a defect of the connector.",
    )
}
