//! Filters, in the platform's own form: `{field, operator, value}`, nested in `{and: […]}` and
//! `{or: […]}`.

use std::cmp::Ordering;
use std::rc::Rc;

use serde_json::{Map, Value};

use super::fields::{FieldRef, Fields};
use super::pattern::{Pattern, Refusal};
use super::record;
use super::sort::compare;
use crate::catalog::Kind;
use crate::error::{Violation, violation};
use crate::json::{self, texts};
use crate::text::{contains, fold, list};

/// A filter, its fields resolved.
#[derive(Clone, Debug)]
pub(super) enum Filter<'a> {
    /// All of them hold.
    And(Vec<Self>),
    /// One of them holds.
    Or(Vec<Self>),
    /// One field's test.
    Test(Test<'a>),
}

/// A test of one field.
#[derive(Clone, Debug)]
pub(super) struct Test<'a> {
    pub(super) field: FieldRef<'a>,
    pub(super) operator: Operator,
    pub(super) value: Value,
    /// What `matches` looks for.
    pattern: Option<Rc<Pattern>>,
    /// Where it stands in the input.
    pub(super) pointer: String,
}

/// The platform's operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equals,
    NotEquals,
    Contains,
    NotContains,
    StartsWith,
    EndsWith,
    GreaterThan,
    GreaterThanOrEqual,
    LessThan,
    LessThanOrEqual,
    IsEmpty,
    IsNotEmpty,
    IsNull,
    IsNotNull,
    Matches,
    In,
}

use Operator as O;

const OPERATORS: [(&str, Operator); 16] = [
    ("equals", O::Equals),
    ("notEquals", O::NotEquals),
    ("contains", O::Contains),
    ("notContains", O::NotContains),
    ("startsWith", O::StartsWith),
    ("endsWith", O::EndsWith),
    ("greaterThan", O::GreaterThan),
    ("greaterThanOrEqual", O::GreaterThanOrEqual),
    ("lessThan", O::LessThan),
    ("lessThanOrEqual", O::LessThanOrEqual),
    ("isEmpty", O::IsEmpty),
    ("isNotEmpty", O::IsNotEmpty),
    ("isNull", O::IsNull),
    ("isNotNull", O::IsNotNull),
    ("matches", O::Matches),
    ("in", O::In),
];

/// The JSON Schema of a filter, for `$defs`.
#[must_use]
pub fn json_schema() -> Value {
    let text = include_bytes!("filter.schema.json");
    let mut schema: Value = serde_json::from_slice(text).unwrap_or_default();
    let test = schema.get_mut("anyOf").and_then(|forms| forms.get_mut(0));
    let members = test.and_then(|test| test.get_mut("properties"));
    if let Some(operator) = members.and_then(|members| members.get_mut("operator")) {
        json::put(operator, "enum", texts(&operator_names()));
    }
    schema
}

fn operator_names() -> Vec<&'static str> {
    let mut names = Vec::new();
    for (name, _) in OPERATORS {
        names.push(name);
    }
    names
}

impl<'a> Filter<'a> {
    /// Reads a filter and notes everything that is wrong with it.
    pub(super) fn parse(
        fields: &'a Fields,
        value: &Value,
        pointer: &str,
        found: &mut Vec<Violation>,
    ) -> Option<Self> {
        let Some(members) = value.as_object() else {
            found.push(violation(pointer, "type", "A filter must be an object"));
            return None;
        };
        for (name, join) in [("and", Self::And as fn(_) -> _), ("or", Self::Or)] {
            let Some(parts) = members.get(name) else {
                continue;
            };
            let place = format!("{pointer}/{name}");
            let parts = parts.as_array().filter(|parts| !parts.is_empty() && members.len() == 1);
            let Some(parts) = parts else {
                let message = format!("'{name}' must be a list of filters, and stand alone");
                found.push(violation(&place, "type", &message));
                return None;
            };
            let mut parsed = Vec::new();
            for (index, part) in parts.iter().enumerate() {
                if let Some(part) = Self::parse(fields, part, &format!("{place}/{index}"), found) {
                    parsed.push(part);
                }
            }
            return (parsed.len() == parts.len()).then(|| join(parsed));
        }
        Test::parse(fields, members, pointer, found).map(Self::Test)
    }

    /// Whether a record passes.
    pub(super) fn holds(&self, record: &Value) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.holds(record)),
            Self::Or(parts) => parts.iter().any(|part| part.holds(record)),
            Self::Test(test) => test.holds(record),
        }
    }

    /// The tests that every record has to pass.
    pub(super) fn conjuncts<'f>(&'f self, found: &mut Vec<&'f Test<'a>>) {
        match self {
            Self::And(parts) => parts.iter().for_each(|part| part.conjuncts(found)),
            Self::Or(_) => {}
            Self::Test(test) => found.push(test),
        }
    }

    /// All tests.
    pub(super) fn tests<'f>(&'f self, found: &mut Vec<&'f Test<'a>>) {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.tests(found)),
            Self::Test(test) => found.push(test),
        }
    }

    /// The names of the fields in a filter that is not yet read.
    pub(super) fn names<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
        for join in ["and", "or"] {
            if let Value::Array(parts) = &value[join] {
                parts.iter().for_each(|part| Self::names(part, found));
            }
        }
        if let Some(name) = value["field"].as_str() {
            found.push(name);
        }
    }
}

impl<'a> Test<'a> {
    fn parse(
        fields: &'a Fields,
        members: &Map<String, Value>,
        pointer: &str,
        found: &mut Vec<Violation>,
    ) -> Option<Self> {
        let before = found.len();
        let mut wrong = |name: &str, rule: &str, message: String| {
            found.push(violation(&json::child_pointer(pointer, name), rule, &message));
        };
        for name in members.keys() {
            if !matches!(&**name, "field" | "operator" | "value") {
                let message =
                    format!("Unknown property '{name}'; known are field, operator, value");
                wrong(name, "additionalProperties", message);
            }
        }
        let field = members.get("field").and_then(Value::as_str);
        let field = match field.map(|name| fields.resolve(name)) {
            Some(Ok(field)) => Some(field),
            Some(Err(problem)) => {
                wrong("field", "field", problem);
                None
            }
            None => {
                wrong("field", "required", "A filter must name a field".to_owned());
                None
            }
        };
        let operator = members.get("operator").and_then(Value::as_str);
        let operator = OPERATORS.iter().find(|(name, _)| operator == Some(name)).map(|(_, of)| *of);
        if operator.is_none() {
            let names = list(operator_names());
            wrong("operator", "enum", format!("'operator' must be one of {names}"));
        }
        let (field, operator) = (field?, operator?);
        let value = members.get("value").cloned().unwrap_or_default();
        let mut pattern = None;
        if !operator.suits(field.kind()) {
            let message = format!("'{}' has no such test", field.key());
            wrong("operator", "operator", message);
        } else if let Some(demand) = operator.demand(field.kind(), &value) {
            wrong("value", "type", format!("'value' must be {demand}"));
        } else if operator == O::Matches {
            match Pattern::parse(value.as_str().unwrap_or_default()) {
                Ok(parsed) => pattern = Some(Rc::new(parsed)),
                Err(refusal) => {
                    let Refusal { what, at } = refusal;
                    let message = format!("'value' is no pattern: {what} (character {at})");
                    wrong("value", "pattern", message);
                }
            }
        }
        (found.len() == before).then(|| Self {
            field,
            operator,
            value,
            pattern,
            pointer: pointer.to_owned(),
        })
    }

    fn holds(&self, record: &Value) -> bool {
        if !self.field.is_listed() {
            // The plan has made sure that Calendly tests it.
            return true;
        }
        let value = record::value(record, self.field);
        let kind = self.field.kind();
        let order = |side: fn(Ordering) -> bool| {
            !value.is_null() && compare(kind, value, &self.value).is_some_and(side)
        };
        let text = |of: &Value| of.as_str().map(fold);
        let both = |test: fn(&str, &str) -> bool| {
            text(value).zip(text(&self.value)).is_some_and(|(text, part)| test(&text, &part))
        };
        let has = || match value {
            Value::Array(items) => items.iter().any(|item| equal(kind, item, &self.value)),
            _ => both(contains),
        };
        let is_empty = || match value {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Object(members) => members.is_empty(),
            _ => false,
        };
        match self.operator {
            O::Equals => equal(kind, value, &self.value),
            O::NotEquals => !equal(kind, value, &self.value),
            O::Contains => has(),
            O::NotContains => !has(),
            O::StartsWith => both(|text, part| text.starts_with(part)),
            O::EndsWith => both(|text, part| text.ends_with(part)),
            O::GreaterThan => order(Ordering::is_gt),
            O::GreaterThanOrEqual => order(Ordering::is_ge),
            O::LessThan => order(Ordering::is_lt),
            O::LessThanOrEqual => order(Ordering::is_le),
            O::IsEmpty => is_empty(),
            O::IsNotEmpty => !is_empty(),
            O::IsNull => value.is_null(),
            O::IsNotNull => !value.is_null(),
            O::Matches => {
                let pattern = self.pattern.as_deref().zip(value.as_str());
                pattern.is_some_and(|(pattern, text)| pattern.is_match(text))
            }
            O::In => json::items(&self.value).iter().any(|choice| equal(kind, value, choice)),
        }
    }
}

impl Operator {
    /// Whether a value of the kind can pass: lists have items and no order, objects have neither,
    /// numbers and truth values have no parts.
    const fn suits(self, kind: Kind) -> bool {
        match self {
            O::IsEmpty | O::IsNotEmpty | O::IsNull | O::IsNotNull => true,
            O::Contains | O::NotContains => !matches!(
                kind,
                Kind::Objects | Kind::Object | Kind::Integer | Kind::Number | Kind::Boolean
            ),
            O::StartsWith | O::EndsWith | O::Matches => !matches!(
                kind,
                Kind::Texts
                    | Kind::Integers
                    | Kind::Objects
                    | Kind::Object
                    | Kind::Integer
                    | Kind::Number
                    | Kind::Boolean
            ),
            _ => !matches!(kind, Kind::Texts | Kind::Integers | Kind::Objects | Kind::Object),
        }
    }

    /// What the value has to be when it is not: to follow "must be ".
    fn demand(self, kind: Kind, value: &Value) -> Option<String> {
        let one = |value: &Value| match kind {
            // Choices grow at Calendly, and references may be ids.
            Kind::Choice(_) | Kind::Email => Kind::Text.demand(value),
            kind => kind.demand(value),
        };
        match self {
            O::IsEmpty | O::IsNotEmpty | O::IsNull | O::IsNotNull => {
                (!value.is_null()).then(|| "left out with this operator".to_owned())
            }
            O::Equals | O::NotEquals if value.is_null() => None,
            O::Contains | O::NotContains if kind == Kind::Integers => Kind::Integer.demand(value),
            O::Contains | O::NotContains | O::StartsWith | O::EndsWith | O::Matches => {
                Kind::Text.demand(value)
            }
            O::In => match value.as_array() {
                Some(items) => items.iter().find_map(one).map(|one| format!("a list, each {one}")),
                None => Some("a list".to_owned()),
            },
            _ => one(value),
        }
    }
}

/// Equality as people mean it: instants by the moment, addresses without case, references by id.
fn equal(kind: Kind, left: &Value, right: &Value) -> bool {
    if left == right {
        return true;
    }
    let both = || left.as_str().zip(right.as_str());
    match kind {
        Kind::Email => both().is_some_and(|(left, right)| left.eq_ignore_ascii_case(right)),
        Kind::Reference(_) => both().is_some_and(|(left, right)| record::same_id(left, right)),
        Kind::DateTime | Kind::Number | Kind::Integer => {
            compare(kind, left, right) == Some(Ordering::Equal)
        }
        _ => false,
    }
}
