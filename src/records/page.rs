//! A page of a collection, as Calendly answers it.

use serde_json::Value;

use super::position::{Position, marks_of};
use crate::error::{Error, ErrorCode, Result};
use crate::json;

/// A page of a collection.
pub(super) struct Page {
    pub(super) resources: Vec<Value>,
    /// What each of them is remembered by.
    pub(super) marks: Vec<String>,
    /// The token of the page after it.
    pub(super) next: Option<String>,
}

impl Page {
    /// Reads an answer: a collection, or one resource. `item` points to the resource in an item.
    pub(super) fn of(answer: Value, item: &str) -> Result<Self> {
        let mut answer = json::members(answer);
        let next = answer.get("pagination").and_then(|it| it["next_page_token"].as_str());
        let next = next.map(str::to_owned);
        let mut resources = match json::take(&mut answer, "collection") {
            Value::Array(resources) => resources,
            _ => match json::take(&mut answer, "resource") {
                resource @ Value::Object(_) => vec![resource],
                _ => return Err(no_collection()),
            },
        };
        if !item.is_empty() {
            for resource in &mut resources {
                if let Some(inner) = json::at(resource, item) {
                    *resource = inner.clone();
                }
            }
        }
        Ok(Self { marks: marks_of(&resources), resources, next })
    }

    /// Whether everything on it has been passed.
    pub(super) fn is_passed(&self, here: &Position) -> bool {
        self.marks.last().is_none_or(|last| here.seen.contains(last))
    }
}

fn no_collection() -> Error {
    Error::new(
        ErrorCode::UpstreamUnavailable,
        "Calendly answered a list request without a collection.",
        "Try again in a while.",
    )
}
