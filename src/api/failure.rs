//! What Calendly's failures mean: the one table from status and body to the contract's codes.

use serde_json::Value;

use super::rate;
use crate::error::{Error, ErrorCode, Retry};
use crate::host::{Response, TransportError};
use crate::json::{self, object};
use crate::oauth::scopes;
use crate::text;

/// The error of an answer that is not a success. `needed` are the scopes the request is known to
/// need, for answers that do not name them.
pub(crate) fn refusal(
    response: &Response,
    needed: &'static [&'static str],
    granted: &[String],
) -> Error {
    let body = Body::read(&response.body);
    let mut error = match response.status {
        400 | 422 if body.title == "Race Condition" => conflict(&body).with_retry(Retry::Backoff),
        400 | 422 => rejected(&body),
        401 => Error::reauthorization_required("Calendly no longer accepts the access token."),
        403 => forbidden(&body, needed, granted),
        404 => Error::new(
            ErrorCode::NotFound,
            "Calendly has no such resource, or this account may not see it.",
            "Check the id; list the table to see what there is.",
        ),
        409 => conflict(&body),
        424 => unavailable("Calendly could not reach the external calendar."),
        429 => rate::limited(response),
        500.. => unavailable(&format!("Calendly failed with status {}.", response.status)),
        status => Error::new(
            ErrorCode::UpstreamUnavailable,
            &format!("Calendly answered with the unexpected status {status}."),
            "Report this, with the request id.",
        ),
    };
    error.request_id =
        response.header("x-request-id").filter(|id| is_request_id(id)).map(str::to_owned);
    error.detail = Some(body.detail(error.detail.take()));
    error
}

/// Whether it looks like an identifier, and not like a text or something for a terminal. A secret
/// in it is masked by now, which is no identifier either.
fn is_request_id(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=LONGEST_REQUEST_ID).contains(&text.len()) && text.bytes().all(fits)
}

/// The error of a request that has no answer.
pub(crate) fn transport(error: &TransportError) -> Error {
    let (code, message, retry) = match error {
        TransportError::Denied(reason) => (
            ErrorCode::Internal,
            format!("The host does not allow the request: {reason}"),
            Retry::Never,
        ),
        TransportError::NotSent(reason) => {
            (ErrorCode::Network, format!("Calendly could not be reached: {reason}"), Retry::Backoff)
        }
        TransportError::Interrupted(reason) => {
            (ErrorCode::Network, format!("Calendly's answer was lost: {reason}"), Retry::Backoff)
        }
        TransportError::TimedOut => {
            (ErrorCode::Network, "Calendly did not answer in time.".to_owned(), Retry::Backoff)
        }
        TransportError::TooLarge(bytes) => (
            ErrorCode::UpstreamUnavailable,
            format!("Calendly's answer is larger than the host takes ({bytes} bytes)."),
            Retry::Never,
        ),
    };
    Error::new(code, &message, "Check the host's network, then try again.").with_retry(retry)
}

/// The API's error body.
struct Body {
    title: String,
    message: String,
    details: Vec<Value>,
    required_scopes: Vec<String>,
}

impl Body {
    /// What can be read of it; nothing has to be there.
    fn read(body: &[u8]) -> Self {
        let mut members = json::read_members(body);
        let details = match json::take(&mut members, "details") {
            Value::Array(details) => details,
            _ => Vec::new(),
        };
        let required_scopes = json::owned_texts(&json::take(&mut members, "required_scopes"));
        Self {
            title: json::take_text(&mut members, "title").unwrap_or_default(),
            message: json::take_text(&mut members, "message").unwrap_or_default(),
            details,
            required_scopes,
        }
    }

    /// Calendly's own words, under what is known besides.
    fn detail(&self, more: Option<Value>) -> Value {
        let mut detail = json::members(more.unwrap_or_default());
        let said = object! {
            "title": &*self.title,
            "message": &*self.message,
            "details": Value::Array(self.details.clone()),
        };
        detail.insert("calendly".to_owned(), said);
        Value::Object(detail)
    }

    /// The reasons of a 400, in one sentence.
    fn reasons(&self) -> String {
        let mut reasons = String::new();
        for detail in &self.details {
            let Some(message) = detail["message"].as_str() else { continue };
            if !reasons.is_empty() {
                reasons.push_str("; ");
            }
            if let Some(parameter) = detail["parameter"].as_str() {
                reasons.push_str(parameter);
                reasons.push_str(": ");
            }
            reasons.push_str(message);
        }
        if reasons.is_empty() { self.message.clone() } else { reasons }
    }

    fn says(&self, words: &str) -> bool {
        text::contains(&text::fold(&self.message), words)
    }
}

fn rejected(body: &Body) -> Error {
    Error::new(
        ErrorCode::Rejected,
        &format!("Calendly refused the request: {}", body.reasons()),
        "Correct the input as Calendly's reasons say.",
    )
}

fn conflict(body: &Body) -> Error {
    Error::new(
        ErrorCode::Conflict,
        &format!("Calendly refused the request: {}", body.reasons()),
        "Look at what exists already; change that instead, or choose other values.",
    )
}

fn unavailable(message: &str) -> Error {
    Error::new(ErrorCode::UpstreamUnavailable, message, "Try again in a while.")
        .with_retry(Retry::Backoff)
}

/// A 403 is one of four things, and each has another person who can mend it.
fn forbidden(body: &Body, needed: &'static [&'static str], granted: &[String]) -> Error {
    if body.title == "Insufficient scope" || !body.required_scopes.is_empty() {
        let mut required = Vec::new();
        for scope in &body.required_scopes {
            required.push(&**scope);
        }
        return insufficient_scope(if required.is_empty() { needed } else { &required }, granted);
    }
    let plan =
        ["upgrade", "required features are not enabled", "purchase more seats", "trial account"];
    if plan.iter().any(|words| body.says(words)) {
        return Error::new(
            ErrorCode::PlanUpgradeRequired,
            &format!("The Calendly plan does not include this: {}", body.message),
            "The owner of the Calendly organization has to change its plan.",
        );
    }
    if body.says("already canceled") || body.says("event in the past") {
        return Error::new(
            ErrorCode::Conflict,
            &format!("Calendly refused to cancel: {}", body.message),
            "Only an active event in the future can be canceled.",
        );
    }
    let (reason, next_step) = if body.says("scim") {
        (
            "managed-by-scim",
            "Make the change in the identity provider that manages the organization.",
        )
    } else if body.says("data requests permission") {
        ("missing-permission", "Ask Calendly's support for the data requests permission.")
    } else if body.says("owner role") || body.says("yourself") {
        ("not-possible", "Calendly lets nobody do this through its API.")
    } else if body.says("not in your organization") || body.says("another organization") {
        ("not-yours", "Use a connection of the organization that it belongs to.")
    } else if body.says("view this event") || body.says("cancel this event") {
        ("not-yours", "Use the connection of the event's host, or of an organization admin.")
    } else {
        ("role-too-low", "Connect as an owner or admin of the Calendly organization.")
    };
    Error::new(
        ErrorCode::PermissionDenied,
        &format!("The connected account may not do this: {}", body.message),
        next_step,
    )
    .with_detail(object! { "reason": reason })
}

/// The error of a grant that does not reach.
pub(crate) fn insufficient_scope(required: &[&str], granted: &[String]) -> Error {
    let mut missing = Vec::new();
    for scope in required {
        if !scopes::allows(granted, scope) {
            missing.push(*scope);
        }
    }
    let missing = if missing.is_empty() { required } else { &missing };
    let named = text::list(missing.iter().copied());
    Error::new(
        ErrorCode::InsufficientScope,
        &format!("The connection lacks the scope {named}."),
        &if granted.iter().any(|scope| scope == "default") {
            format!("Make a personal access token that has {named}, and connect with it.")
        } else {
            format!("Connect again and grant {named}.")
        },
    )
    .with_detail(object! {
        "required": json::texts(required),
        "granted": granted.to_vec(),
        "missing": json::texts(missing),
    })
}

/// A longer one is left out: it could be anything.
const LONGEST_REQUEST_ID: usize = 128;
