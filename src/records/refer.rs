//! References to resources, and records of what was read without a table's verb.

use serde_json::Value;

use super::fields::Fields;
use super::record;
use crate::catalog::Table;
use crate::error::Result;

/// The URI that a reference means: itself, if it names a resource of the collection, or the
/// resource of that id.
#[must_use]
pub fn uri_of(collection: &str, reference: &str) -> Option<String> {
    let uri = record::uri(collection, reference)?;
    record::is_of(collection, &uri).then_some(uri)
}

/// The path of a record, by its id or its URI.
///
/// # Errors
/// `invalid-input` about `/config/recordId`.
pub fn path_of(table: &Table, reference: &str) -> Result<String> {
    record::path(table, reference)
}

/// A resource's id within its table, if it has one.
#[must_use]
pub fn id_of(table: &Table, resource: &Value) -> Option<String> {
    record::id_of(table, resource)
}

/// The record of a resource that Calendly told without being asked, with what stands in the
/// parent's; none when it has no id. What was not told is not in it.
#[must_use]
pub fn delivered(fields: &Fields, resource: &Value, parent: Option<&Value>) -> Option<Value> {
    let mut record = record::of(fields, resource, None).ok()?;
    let mut missing = Vec::new();
    let mut of_parent = Vec::new();
    for field in fields.table.fields {
        let Some(pointer) = field.read else { continue };
        let member = pointer.split('/').nth(1).unwrap_or(field.name);
        if field.of_parent {
            of_parent.push(field.name);
        } else if resource.get(member).is_none() {
            missing.push(field.name);
        }
    }
    if let Some(Value::Object(values)) = record.get_mut("fields") {
        values.retain(|name, _| !missing.contains(&&**name));
    }
    if let Some(parent) = parent {
        record::add_parents(&mut record, fields.table, parent, &of_parent);
    }
    Some(record)
}

/// The record of a resource, with the fields that every account has.
///
/// # Errors
/// When the resource has no id.
pub fn record_of(table: &'static Table, resource: &Value) -> Result<Value> {
    record::of(&Fields::known(table), resource, None)
}
