//! Sorting: what is asked for, and the order of values.

use std::cmp::Ordering;

use serde_json::Value;

use super::fields::{FieldRef, Fields};
use super::record;
use crate::catalog::Kind;
use crate::error::{Violation, violation};
use crate::instant::Instant;
use crate::text::fold;

/// One key of an order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key<'a> {
    pub(super) field: FieldRef<'a>,
    pub(super) descending: bool,
}

/// Reads `[{field, direction}]` and notes everything that is wrong with it.
pub(super) fn parse<'a>(
    fields: &'a Fields,
    sort: &[Value],
    found: &mut Vec<Violation>,
) -> Vec<Key<'a>> {
    let mut keys = Vec::new();
    for (index, item) in sort.iter().enumerate() {
        let name = item["field"].as_str().unwrap_or_default();
        let problem = match fields.resolve(name) {
            Ok(field) if field.is_listed() && has_order(field.kind()) => {
                keys.push(Key { field, descending: item["direction"] == "desc" });
                continue;
            }
            Ok(field) => format!("The field '{}' cannot be sorted by", field.key()),
            Err(problem) => problem,
        };
        found.push(violation(&format!("/config/sort/{index}/field"), "field", &problem));
    }
    keys
}

/// Lists and objects have none.
pub(super) const fn has_order(kind: Kind) -> bool {
    !matches!(kind, Kind::Texts | Kind::Integers | Kind::Objects | Kind::Object)
}

/// What a record is ordered by.
pub(super) fn key_values(keys: &[Key<'_>], record: &Value) -> Vec<Value> {
    let mut values = Vec::with_capacity(keys.len());
    for key in keys {
        values.push(record::value(record, key.field).clone());
    }
    values
}

/// The order of two records by their key values, then by id, so that it is total.
pub(super) fn order(keys: &[Key<'_>], left: (&[Value], &str), right: (&[Value], &str)) -> Ordering {
    for ((key, left), right) in keys.iter().zip(left.0).zip(right.0) {
        let order = match (left.is_null(), right.is_null()) {
            // Null is last in both directions.
            (true, true) => Ordering::Equal,
            (true, false) => return Ordering::Greater,
            (false, true) => return Ordering::Less,
            (false, false) => {
                let order = compare(key.field.kind(), left, right)
                    .unwrap_or_else(|| rank(left).cmp(&rank(right)));
                if key.descending { order.reverse() } else { order }
            }
        };
        if order.is_ne() {
            return order;
        }
    }
    left.1.cmp(right.1)
}

/// Values of another kind than they should have come after each other by their JSON type, so that
/// the order stays total.
const fn rank(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 2,
        Value::String(_) => 3,
        Value::Array(_) | Value::Object(_) => 4,
    }
}

/// The order of two values of a kind; none when they cannot be ordered.
pub(super) fn compare(kind: Kind, left: &Value, right: &Value) -> Option<Ordering> {
    match kind {
        Kind::DateTime => match (left.as_str(), right.as_str()) {
            // What cannot be read comes before everything that can.
            (Some(left), Some(right)) => Some(Instant::parse(left).cmp(&Instant::parse(right))),
            _ => None,
        },
        _ => match (left, right) {
            (Value::Number(left), Value::Number(right)) => match (left.as_i64(), right.as_i64()) {
                (Some(left), Some(right)) => Some(left.cmp(&right)),
                _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
            },
            (Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
            // As people sort names: without case first.
            (Value::String(left), Value::String(right)) => {
                Some(fold(left).cmp(&fold(right)).then_with(|| left.cmp(right)))
            }
            _ => None,
        },
    }
}
