//! The order of lists.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::call::Call;
use super::errors::Violations;

/// A resource that is listed.
pub(crate) trait Row {
    fn id(&self) -> &str;
    /// What it sorts by `field` by.
    fn key(&self, field: &str) -> Key<'_>;
}

/// What a row sorts by.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Key<'a> {
    Number(i64),
    /// Without regard to case first, then exactly.
    Text(&'a str),
}

/// The fields to sort by, each ascending or not. Ties are broken by id.
#[derive(Debug)]
pub(crate) struct Sorting(Vec<(&'static str, bool)>);

impl Sorting {
    pub(crate) fn ascending(field: &'static str) -> Self {
        Self(vec![(field, true)])
    }

    pub(crate) fn descending(field: &'static str) -> Self {
        Self(vec![(field, false)])
    }

    /// Reads the `sort` parameter: `field:asc` or `field:desc`, several with commas.
    pub(crate) fn of(
        call: &Call,
        fields: &[&'static str],
        default: Self,
        violations: &mut Violations,
    ) -> Self {
        let Some(text) = call.parameter("sort") else {
            return default;
        };
        Self::parse(text.split(','), fields, violations).unwrap_or(default)
    }

    /// Reads the terms of a `sort` parameter, each `field:asc` or `field:desc`.
    pub(crate) fn parse<'a>(
        terms: impl Iterator<Item = &'a str>,
        fields: &[&'static str],
        violations: &mut Violations,
    ) -> Option<Self> {
        let terms = terms.map(|term| {
            let (name, direction) = term.trim().split_once(':')?;
            let field = fields.iter().find(|field| **field == name)?;
            let ascending = match direction {
                "asc" => true,
                "desc" => false,
                _ => return None,
            };
            Some((*field, ascending))
        });
        let terms: Option<Vec<_>> = terms.collect();
        if terms.is_none() {
            violations.add("sort", "is invalid");
        }
        terms.map(Self)
    }

    pub(crate) fn compare<T: Row>(&self, left: &T, right: &T) -> Ordering {
        self.directed(|field| left.key(field).compare(right.key(field)))
            .then_with(|| left.id().cmp(right.id()))
    }

    /// How a row compares to a position.
    pub(crate) fn compare_to<T: Row>(&self, row: &T, position: &Position) -> Ordering {
        let mut keys = position.keys.iter();
        self.directed(|field| {
            let key = keys.next();
            key.map_or(Ordering::Equal, |key| row.key(field).compare(key.borrowed()))
        })
        .then_with(|| row.id().cmp(&position.id))
    }

    pub(crate) fn position<T: Row>(&self, row: &T) -> Position {
        let keys = self.0.iter().map(|(field, _)| match row.key(field) {
            Key::Number(number) => OwnedKey::Number(number),
            Key::Text(text) => OwnedKey::Text(text.to_owned()),
        });
        Position { keys: keys.collect(), id: row.id().to_owned() }
    }

    fn directed(&self, mut compare: impl FnMut(&'static str) -> Ordering) -> Ordering {
        for (field, ascending) in &self.0 {
            let order = compare(field);
            if order != Ordering::Equal {
                return if *ascending { order } else { order.reverse() };
            }
        }
        Ordering::Equal
    }
}

/// Where a row is, or was, in the order.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Position {
    keys: Vec<OwnedKey>,
    id: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum OwnedKey {
    Number(i64),
    Text(String),
}

impl OwnedKey {
    fn borrowed(&self) -> Key<'_> {
        match self {
            Self::Number(number) => Key::Number(*number),
            Self::Text(text) => Key::Text(text),
        }
    }
}

impl Key<'_> {
    fn compare(self, other: Key<'_>) -> Ordering {
        match (self, other) {
            (Self::Number(left), Key::Number(right)) => left.cmp(&right),
            (Self::Text(left), Key::Text(right)) => compare_text(left, right),
            (Self::Number(_), Key::Text(_)) => Ordering::Less,
            (Self::Text(_), Key::Number(_)) => Ordering::Greater,
        }
    }
}

fn compare_text(left: &str, right: &str) -> Ordering {
    let folded_left = left.chars().flat_map(char::to_lowercase);
    folded_left.cmp(right.chars().flat_map(char::to_lowercase)).then_with(|| left.cmp(right))
}
