//! The filter parser, and what a filter means.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{run, schema};
use crate::catalog::{BaseKind, TABLES, Table};
use crate::error::{ErrorCode, Result};
use crate::host::fake::{Sent, connected, reply};
use crate::records::filter_schema;

/// Any bytes as a table's name in a line of its own, or a byte that stands for one, and a filter of
/// its records. A filter that is read is one that the published schema accepts. It lets the same
/// records pass when it is joined with itself. What is refused is pointed at.
pub fn parse_any_filter(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Some((name, filter)) = text.split_once('\n') else { return };
    let Ok(filter) = serde_json::from_str::<Value>(filter) else { return };
    let table = table(name);

    let Ok(found) = query(table, &filter) else { return };
    let published = json!({ "$defs": { "filter": filter_schema() }, "$ref": "#/$defs/filter" });
    assert!(schema::accepts(&published, &published, &filter), "not as published: {filter}");
    if depth(&filter) > DEEPEST {
        return;
    }
    let alike = query(table, &json!({ "and": [filter] })).expect("the same in other words");
    assert_eq!(alike, found, "by and: {filter}");
    // Of an alternative, Calendly may not be able to make what it has to.
    match query(table, &json!({ "or": [filter, filter] })) {
        Ok(alike) => assert_eq!(alike, found, "by or: {filter}"),
        Err(refusal) => assert_eq!(refusal, ErrorCode::InvalidInput, "by or: {filter}"),
    }
}

/// The table of that name; any other text stands for one too.
pub(super) fn table(name: &str) -> &'static Table {
    let named = TABLES.iter().find(|table| table.name == name);
    let any = name.bytes().map(usize::from).sum::<usize>() % TABLES.len();
    named.unwrap_or(&TABLES[any])
}

/// A base that has the table.
pub(super) fn base(table: &Table) -> &'static str {
    let of_user = table.bases.iter().any(|base| base.kind == BaseKind::User);
    if of_user { "me" } else { "organization" }
}

/// The ids of the records that pass, or the refusal.
fn query(table: &Table, filter: &Value) -> Result<BTreeSet<String>, ErrorCode> {
    let (host, connection) = connected();
    host.serve(move |host, sent| {
        // Without this, reading what never ends would take forever.
        host.advance(1_000);
        Ok(reply(200, answer(sent)))
    });
    let config = json!({ "baseId": base(table), "tableId": table.name, "filter": filter });
    let page = run(&host, &connection, "queryRecords", &config).map_err(|error| error.code)?;
    let records = page["records"].as_array().expect("records").iter();
    Ok(records.map(|record| record["id"].as_str().expect("an id").to_owned()).collect())
}

/// Two resources with something in the fields of every table, as the only page of whatever is
/// listed.
fn answer(sent: &Sent) -> Value {
    let path = sent.path();
    if path == "/contacts/custom_field_definitions" {
        return json!({ "collection": [
            definition("F1", "Status", "text"),
            definition("F2", "Size", "number"),
            definition("F3", "Tags", "tags"),
        ] });
    }
    let mut full = json!({
        "uri": format!("https://api.calendly.com{path}/R1"),
        "name": "Ada Größe 30",
        "email": "ada@example.com",
        "status": "active",
        "active": true,
        "duration": 30,
        "duration_options": [15, 30],
        "created_at": "2026-11-20T10:00:00.000000Z",
        "start_time": "2026-12-01T09:00:00.000000Z",
        "end_time": "2026-12-01T10:00:00.000000Z",
        "location": { "type": "custom", "location": "Rome" },
        "locations": [{ "kind": "custom" }],
        "emails": [{ "email": "ada@example.com", "is_primary": true }],
        "custom_fields": [
            custom("F1", &json!("Active")),
            custom("F2", &json!(2.5)),
            custom("F3", &json!(["a", "b"])),
        ],
    });
    // Recaps are listed by their status, so that each list has its own.
    if path == "/meeting_recaps"
        && let Some((_, status)) = sent.query().into_iter().find(|(name, _)| name == "status")
    {
        full["status"] = status.into();
    }
    let empty = json!({ "uri": format!("https://api.calendly.com{path}/R2") });
    json!({ "collection": [full, empty], "resource": full, "pagination": {} })
}

fn definition(id: &str, label: &str, kind: &str) -> Value {
    json!({ "uri": custom_uri(id), "label": label, "field_type": kind })
}

fn custom(id: &str, value: &Value) -> Value {
    json!({ "uri": custom_uri(id), "value": value })
}

fn custom_uri(id: &str) -> String {
    format!("https://api.calendly.com/contacts/custom_field_definitions/{id}")
}

fn depth(value: &Value) -> usize {
    let below = match value {
        Value::Array(items) => items.iter().map(depth).max(),
        Value::Object(members) => members.values().map(depth).max(),
        _ => return 0,
    };
    1 + below.unwrap_or_default()
}

/// The reader of JSON takes 128 levels; the document and the joins around the filter have some.
const DEEPEST: usize = 100;
