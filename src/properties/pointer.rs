//! Where violations point.

use serde_json::Value;

use crate::error::Violation;

/// Every violation points at a place of the document, or at a member that one of its objects lacks.
pub(super) fn check_all(violations: &[Violation], document: &Value) {
    for violation in violations {
        let found = document.pointer(&violation.pointer);
        let fits = match &*violation.rule {
            "additionalProperties" => found.is_some(),
            _ => found.is_some() || is_missing_member(&violation.pointer, document),
        };
        assert!(fits, "{violation:?} points at nothing in {document}");
        assert!(!violation.message.is_empty(), "{violation:?}");
    }
}

fn is_missing_member(pointer: &str, document: &Value) -> bool {
    let parent = pointer.rsplit_once('/').map(|(parent, _)| document.pointer(parent));
    parent.flatten().is_some_and(Value::is_object)
}
