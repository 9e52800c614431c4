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

/// The record of a resource, with the fields that every account has.
///
/// # Errors
/// When the resource has no id.
pub fn record_of(table: &'static Table, resource: &Value) -> Result<Value> {
    record::of(&Fields::known(table), resource, None)
}
