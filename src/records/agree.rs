//! Whether a record is already as somebody wants it.

use serde_json::{Map, Value};

use super::fields::Fields;
use super::record;
use crate::api::Client;
use crate::catalog::{Kind, Table};
use crate::error::Result;
use crate::instant::Instant;
use crate::text::same;

/// Whether a record has all of these values already, by the field's name or label. What Calendly
/// adds to objects of its own does not count, and neither does how times and references are
/// written. A value that the record does not tell agrees if `untold` says so.
///
/// # Errors
/// What any read can end in, where the table has fields of the account's own.
pub fn agrees(
    client: &Client<'_>,
    table: &'static Table,
    given: &Map<String, Value>,
    record: &Value,
    untold: bool,
) -> Result<bool> {
    let fields = Fields::discover(client, table)?;
    for (name, value) in given {
        let Ok(field) = fields.resolve(name) else { return Ok(false) };
        let agrees = match record["fields"].get(field.key()) {
            Some(has) => agree(field.kind(), value, has),
            None => untold,
        };
        if !agrees {
            return Ok(false);
        }
    }
    Ok(true)
}

fn agree(kind: Kind, wanted: &Value, has: &Value) -> bool {
    match (wanted, has) {
        (Value::String(wanted), Value::String(has)) => match kind {
            Kind::DateTime => Instant::parse(wanted) == Instant::parse(has),
            Kind::Reference(_) => record::same_id(wanted, has),
            Kind::Email => same(wanted, has),
            _ => wanted == has,
        },
        (Value::Number(wanted), Value::Number(has)) => wanted.as_f64() == has.as_f64(),
        (Value::Array(wanted), Value::Array(has)) => {
            wanted.len() == has.len()
                && wanted.iter().zip(has).all(|(wanted, has)| agree(kind, wanted, has))
        }
        (Value::Object(wanted), Value::Object(has)) => wanted
            .iter()
            .all(|(name, wanted)| agree(kind, wanted, has.get(name).unwrap_or(&Value::Null))),
        _ => wanted == has,
    }
}
