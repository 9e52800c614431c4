//! What of a query Calendly does itself: the tests and the order it has parameters for.

use serde_json::Value;

use super::fields::FieldRef;
use super::filter::{Filter, Operator, Test};
use super::record;
use super::sort::Key;
use super::window::SLACK_MS;
use crate::catalog::{Field, Pushdown};
use crate::error::{Violation, violation};
use crate::instant::Instant;
use crate::text::join;

/// A query's parameters at Calendly.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    /// The parameters for tests.
    pub(super) filters: Vec<(&'static str, String)>,
    /// The parameters for tests of the parents of records.
    pub(super) parent_filters: Vec<(&'static str, String)>,
    /// The `sort` parameter, when Calendly does all of the sorting.
    pub(super) sort: Option<String>,
    /// The `sort` parameter of the parents, when their order is the one asked for.
    pub(super) parent_sort: Option<String>,
    /// The tests that have a parameter: where they stand in the input.
    pub(super) pushed: Vec<String>,
}

/// Plans a query. A test that Calendly makes is made again by the connector, which costs nothing
/// and keeps the answer right where Calendly's idea of the test is wider. The exception are
/// fields that records do not have: those only Calendly can test.
pub(super) fn plan(
    filter: Option<&Filter<'_>>,
    sort: &[Key<'_>],
    found: &mut Vec<Violation>,
) -> Plan {
    let mut plan = Plan {
        sort: sort_parameter(sort, false),
        parent_sort: sort_parameter(sort, true),
        ..Plan::default()
    };
    let (mut conjuncts, mut tests) = (Vec::new(), Vec::new());
    if let Some(filter) = filter {
        filter.conjuncts(&mut conjuncts);
        filter.tests(&mut tests);
    }
    for test in conjuncts {
        let FieldRef::Known(field) = test.field else {
            continue;
        };
        for pushdown in field.pushdown {
            let Some((name, value)) = parameter(field, *pushdown, test) else {
                continue;
            };
            let is_parents = field.of_parent || matches!(pushdown, Pushdown::ParentEquals(_));
            let filters = if is_parents { &mut plan.parent_filters } else { &mut plan.filters };
            // Calendly takes each parameter once.
            if filters.iter().all(|(taken, _)| *taken != name) {
                filters.push((name, value));
                plan.pushed.push(test.pointer.clone());
            }
        }
    }
    for test in tests {
        if !test.field.is_listed() && !plan.pushed.contains(&test.pointer) {
            found.push(violation(&test.pointer, "field", &only_calendly(test.field)));
        }
    }
    plan
}

fn only_calendly(field: FieldRef<'_>) -> String {
    let key = field.key();
    match field {
        FieldRef::Known(Field { pushdown: [_, ..], .. }) => {
            format!("The field '{key}' can be tested once, with equals, and not inside of an 'or'")
        }
        _ => format!("The field '{key}' cannot be filtered by"),
    }
}

fn parameter(field: &Field, pushdown: Pushdown, test: &Test<'_>) -> Option<(&'static str, String)> {
    use Operator as O;
    let one = || text(field, &test.value);
    match (pushdown, test.operator) {
        (Pushdown::Equals(name) | Pushdown::ParentEquals(name), O::Equals) => Some((name, one()?)),
        (Pushdown::EqualsAny(name), O::Equals) => Some((name, without_comma(one()?)?)),
        (Pushdown::EqualsAny(name), O::In) => {
            let items = test.value.as_array().filter(|items| !items.is_empty())?;
            let mut texts = Vec::new();
            for item in items {
                texts.push(without_comma(text(field, item)?)?);
            }
            Some((name, join(texts.iter().map(String::as_str), ",")))
        }
        (Pushdown::Contains(name), O::Equals | O::Contains | O::StartsWith | O::EndsWith) => {
            Some((name, without_comma(one()?)?))
        }
        (Pushdown::NotBefore(name), O::Equals | O::GreaterThan | O::GreaterThanOrEqual) => {
            Some((name, moment(&test.value, -SLACK_MS)?))
        }
        (Pushdown::NotAfter(name), O::Equals | O::LessThan | O::LessThanOrEqual) => {
            Some((name, moment(&test.value, SLACK_MS)?))
        }
        _ => None,
    }
}

/// A value as a query parameter.
fn text(field: &Field, value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) if !text.is_empty() => text,
        Value::Bool(flag) => return Some(flag.to_string()),
        _ => return None,
    };
    match field.collection() {
        Some(collection) => record::uri(collection, text),
        None => Some(text.clone()),
    }
}

/// A bound in time, a little wider than the test: whether Calendly's bounds are part of the window
/// is not documented, and the connector tests again.
fn moment(value: &Value, widen_ms: i64) -> Option<String> {
    Some(Instant::parse(value.as_str()?)?.plus_ms(widen_ms).to_string())
}

/// Calendly splits these parameters at commas.
fn without_comma(text: String) -> Option<String> {
    (!text.contains(',')).then_some(text)
}

/// `field:direction`, comma-separated, when Calendly sorts by every key, all of them the record's
/// or all of them its parent's.
fn sort_parameter(sort: &[Key<'_>], of_parent: bool) -> Option<String> {
    let mut parts = Vec::new();
    for key in sort {
        match key.field {
            FieldRef::Known(field) if field.sorts && field.of_parent == of_parent => {
                parts.push(direction(field.name, key.descending));
            }
            _ => return None,
        }
    }
    (!parts.is_empty()).then(|| join(parts.iter().map(String::as_str), ","))
}

/// A key of Calendly's `sort` parameter.
pub(super) fn direction(field: &str, descending: bool) -> String {
    format!("{field}:{}", if descending { "desc" } else { "asc" })
}
