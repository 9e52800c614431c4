//! Problems, told where and how the caller can read them.

use serde_json::Value;

use crate::error::{Error, ErrorCode, Result, Retry, Violation};
use crate::json::{self, object};

/// Makes violations about one place be about another.
pub(crate) fn repoint(violations: &mut [Violation], from: &str, to: &str) {
    if from == to {
        return;
    }
    for violation in violations {
        if let Some(rest) = violation.pointer.strip_prefix(from)
            && (rest.is_empty() || rest.starts_with('/'))
        {
            violation.pointer = format!("{to}{rest}");
        }
    }
}

/// Makes what an answer says about the input be about the document as it was given: the items of a
/// batch, and the tests of a query's plan.
pub(super) fn repoint_answer(answer: &mut Value, place: &str) {
    if place == CONFIG {
        return;
    }
    for result in json::items_mut(answer.get_mut("results")) {
        let violations = result.get_mut("error").and_then(|error| error.get_mut("violations"));
        for violation in json::items_mut(violations) {
            if let Some(pointer) = violation.get_mut("pointer") {
                repoint_text(pointer, place);
            }
        }
    }
    for list in ["pushed", "checkedHere"] {
        let pointers = answer.get_mut("plan").and_then(|plan| plan.get_mut(list));
        for pointer in json::items_mut(pointers) {
            repoint_text(pointer, place);
        }
    }
}

fn repoint_text(pointer: &mut Value, place: &str) {
    if let Some(rest) = pointer.as_str().and_then(|pointer| pointer.strip_prefix(CONFIG)) {
        *pointer = format!("{place}{rest}").into();
    }
}

/// The same result, its violations about the record's id being about this member of the config.
pub(super) fn about<T>(member: &str, mut result: Result<T>) -> Result<T> {
    if let Err(error) = &mut result {
        repoint(&mut error.violations, "/config/recordId", member);
    }
    result
}

/// An error as a document, in the words of the contract.
pub(super) fn document(error: &Error) -> Value {
    let mut violations = Vec::new();
    for violation in &error.violations {
        violations.push(object! {
            "pointer": &*violation.pointer,
            "rule": &*violation.rule,
            "message": &*violation.message,
        });
    }
    let mut document = object! {
        "code": code(error.code),
        "message": &*error.message,
        "nextStep": &*error.next_step,
        "retry": match error.retry {
            Retry::Never => "never".into(),
            Retry::AfterMs(ms) => object! { "afterMs": ms },
            Retry::Backoff => "backoff".into(),
        },
        "violations": Value::Array(violations),
    };
    if let Some(detail) = &error.detail {
        json::put(&mut document, "detail", detail.clone());
    }
    if let Some(id) = &error.request_id {
        json::put(&mut document, "requestId", id.as_str().into());
    }
    document
}

const fn code(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::InvalidConnection => "invalid-connection",
        ErrorCode::InvalidInput => "invalid-input",
        ErrorCode::AuthorizationDenied => "authorization-denied",
        ErrorCode::InvalidClient => "invalid-client",
        ErrorCode::InvalidState => "invalid-state",
        ErrorCode::ReauthorizationRequired => "reauthorization-required",
        ErrorCode::InsufficientScope => "insufficient-scope",
        ErrorCode::PlanUpgradeRequired => "plan-upgrade-required",
        ErrorCode::PermissionDenied => "permission-denied",
        ErrorCode::NotFound => "not-found",
        ErrorCode::Conflict => "conflict",
        ErrorCode::Rejected => "rejected",
        ErrorCode::RateLimited => "rate-limited",
        ErrorCode::UpstreamUnavailable => "upstream-unavailable",
        ErrorCode::Network => "network",
        ErrorCode::DeadlineExceeded => "deadline-exceeded",
        ErrorCode::OutcomeUnknown => "outcome-unknown",
        ErrorCode::Unsupported => "unsupported",
        ErrorCode::SignatureInvalid => "signature-invalid",
        ErrorCode::Vault => "vault",
        ErrorCode::Internal => "internal",
    }
}

/// Where the input stands in the connector's own way of writing an action.
pub(super) const CONFIG: &str = "/config";
