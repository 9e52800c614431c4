//! The one error that the host reports, in the contract's words.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use crate::bindings::sovrium::connector::types;
use crate::engine::{CallFailure, LoadError};
use crate::http::HttpClientError;
use crate::keyring::KeyringError;
use crate::store::StoreError;

/// What went wrong, by what the caller can do about it; see `types.error-code` in the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "documented in the contract")]
#[non_exhaustive]
pub enum ErrorCode {
    InvalidConnection,
    InvalidInput,
    AuthorizationDenied,
    InvalidClient,
    InvalidState,
    ReauthorizationRequired,
    InsufficientScope,
    PlanUpgradeRequired,
    PermissionDenied,
    NotFound,
    Conflict,
    Rejected,
    RateLimited,
    UpstreamUnavailable,
    Network,
    DeadlineExceeded,
    OutcomeUnknown,
    Unsupported,
    SignatureInvalid,
    Vault,
    Internal,
}

/// Whether trying the same again can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Retry {
    /// It cannot, until something else changes.
    Never,
    /// It can, not before this many milliseconds have passed.
    AfterMs(u64),
    /// It can, with increasing pauses.
    Backoff,
}

/// One thing that is wrong with a JSON document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// Where: a JSON pointer (RFC 6901) into the document.
    pub pointer: String,
    /// What rule was broken.
    pub rule: String,
    /// A sentence for the person who wrote the document.
    pub message: String,
}

/// What went wrong, of the connector's or of the host's own. Holds no secret.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct HostError {
    /// The stable code to branch on.
    pub code: ErrorCode,
    /// The platform's own name of it, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform_code: Option<&'static str>,
    /// What happened, in a sentence.
    pub message: String,
    /// What to do next, in a sentence.
    pub next_step: String,
    /// Whether and when to try again.
    pub retry: Retry,
    /// All that is wrong with the document handed in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub violations: Vec<Violation>,
    /// More facts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<Value>,
    /// The service's identifier of the failed request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl HostError {
    /// An error of the host's own that trying again does not mend.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>, next_step: impl Into<String>) -> Self {
        Self {
            code,
            platform_code: code.platform_code(),
            message: message.into(),
            next_step: next_step.into(),
            retry: Retry::Never,
            violations: Vec::new(),
            detail: None,
            request_id: None,
        }
    }

    /// The same error under another name of the platform's.
    #[must_use]
    pub fn with_platform_code(mut self, platform_code: &'static str) -> Self {
        self.platform_code = Some(platform_code);
        self
    }

    /// The same error with these violations.
    #[must_use]
    pub fn with_violations(mut self, violations: Vec<Violation>) -> Self {
        self.violations = violations;
        self
    }

    pub(crate) fn unknown_connection(id: u64) -> Self {
        Self::new(
            ErrorCode::NotFound,
            format!("There is no connection {id}."),
            "List the connections to see their ids.",
        )
        .with_platform_code("connection_not_found")
    }

    pub(crate) fn changed_meanwhile(id: u64) -> Self {
        Self {
            retry: Retry::Backoff,
            ..Self::new(
                ErrorCode::Conflict,
                format!("Connection {id} was changed by somebody else at the same time."),
                "Look at the connection, then try again.",
            )
        }
    }
}

impl ErrorCode {
    /// The code as the contract writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidConnection => "invalid-connection",
            Self::InvalidInput => "invalid-input",
            Self::AuthorizationDenied => "authorization-denied",
            Self::InvalidClient => "invalid-client",
            Self::InvalidState => "invalid-state",
            Self::ReauthorizationRequired => "reauthorization-required",
            Self::InsufficientScope => "insufficient-scope",
            Self::PlanUpgradeRequired => "plan-upgrade-required",
            Self::PermissionDenied => "permission-denied",
            Self::NotFound => "not-found",
            Self::Conflict => "conflict",
            Self::Rejected => "rejected",
            Self::RateLimited => "rate-limited",
            Self::UpstreamUnavailable => "upstream-unavailable",
            Self::Network => "network",
            Self::DeadlineExceeded => "deadline-exceeded",
            Self::OutcomeUnknown => "outcome-unknown",
            Self::Unsupported => "unsupported",
            Self::SignatureInvalid => "signature-invalid",
            Self::Vault => "vault",
            Self::Internal => "internal",
        }
    }

    /// The platform's name of what the code says by itself.
    fn platform_code(self) -> Option<&'static str> {
        match self {
            Self::InvalidConnection | Self::InvalidInput => Some("validation_failed"),
            Self::InvalidState => Some("invalid_state_or_mismatch"),
            Self::InvalidClient => Some("connection_misconfigured"),
            Self::NotFound => Some("not_found"),
            Self::RateLimited => Some("rate_limited"),
            Self::SignatureInvalid => Some("unauthorized"),
            _ => None,
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Display for HostError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for HostError {}

impl From<types::ErrorCode> for ErrorCode {
    fn from(code: types::ErrorCode) -> Self {
        match code {
            types::ErrorCode::InvalidConnection => Self::InvalidConnection,
            types::ErrorCode::InvalidInput => Self::InvalidInput,
            types::ErrorCode::AuthorizationDenied => Self::AuthorizationDenied,
            types::ErrorCode::InvalidClient => Self::InvalidClient,
            types::ErrorCode::InvalidState => Self::InvalidState,
            types::ErrorCode::ReauthorizationRequired => Self::ReauthorizationRequired,
            types::ErrorCode::InsufficientScope => Self::InsufficientScope,
            types::ErrorCode::PlanUpgradeRequired => Self::PlanUpgradeRequired,
            types::ErrorCode::PermissionDenied => Self::PermissionDenied,
            types::ErrorCode::NotFound => Self::NotFound,
            types::ErrorCode::Conflict => Self::Conflict,
            types::ErrorCode::Rejected => Self::Rejected,
            types::ErrorCode::RateLimited => Self::RateLimited,
            types::ErrorCode::UpstreamUnavailable => Self::UpstreamUnavailable,
            types::ErrorCode::Network => Self::Network,
            types::ErrorCode::DeadlineExceeded => Self::DeadlineExceeded,
            types::ErrorCode::OutcomeUnknown => Self::OutcomeUnknown,
            types::ErrorCode::Unsupported => Self::Unsupported,
            types::ErrorCode::SignatureInvalid => Self::SignatureInvalid,
            types::ErrorCode::Vault => Self::Vault,
            types::ErrorCode::Internal => Self::Internal,
        }
    }
}

impl From<types::Violation> for Violation {
    fn from(violation: types::Violation) -> Self {
        let types::Violation { pointer, rule, message } = violation;
        Self { pointer, rule, message }
    }
}

impl From<types::Error> for HostError {
    fn from(error: types::Error) -> Self {
        let retry = match error.retry {
            types::Retry::Never => Retry::Never,
            types::Retry::AfterMs(wait) => Retry::AfterMs(wait),
            types::Retry::Backoff => Retry::Backoff,
        };
        Self {
            retry,
            violations: error.violations.into_iter().map(Violation::from).collect(),
            detail: error
                .detail
                .map(|text| serde_json::from_str(&text).unwrap_or(Value::String(text))),
            request_id: error.request_id,
            ..Self::new(error.code.into(), error.message, error.next_step)
        }
    }
}

impl From<CallFailure> for HostError {
    fn from(failure: CallFailure) -> Self {
        let (code, next_step) = match &failure {
            CallFailure::Deadline(_) => (
                ErrorCode::DeadlineExceeded,
                "Try again; for a write, look first whether it took place.",
            ),
            CallFailure::ProcessorTime(_) | CallFailure::Memory(_) => (
                ErrorCode::Internal,
                "Ask for less at a time; if that does not help, report this as a defect.",
            ),
            CallFailure::Trap(_) => {
                (ErrorCode::Internal, "Report this as a defect, with the message.")
            }
        };
        Self::new(code, sentence(&failure), next_step)
    }
}

impl From<StoreError> for HostError {
    fn from(error: StoreError) -> Self {
        let next_step = match error {
            StoreError::Open { .. } => "Give a path that can be read and written with --db.",
            StoreError::Newer { .. } => "Use a newer version of this program, or another --db.",
            _ => "Make sure that the disk has room and that the file is not damaged.",
        };
        Self::new(ErrorCode::Internal, sentence(&error), next_step)
    }
}

impl From<KeyringError> for HostError {
    fn from(error: KeyringError) -> Self {
        // The sentence says what to do already, but every error has a next step of its own.
        Self::new(ErrorCode::Vault, sentence(&error), "Mend the key, then try again.")
    }
}

impl From<LoadError> for HostError {
    fn from(error: LoadError) -> Self {
        let next_step = match error {
            LoadError::Read { .. } => {
                "Build the component with `cargo xtask build`, or name it with --component."
            }
            _ => "Use a component that was built for this version of the contract.",
        };
        Self::new(ErrorCode::Internal, sentence(&error), next_step)
    }
}

impl From<HttpClientError> for HostError {
    fn from(error: HttpClientError) -> Self {
        let next_step = "Make sure that the system's certificates are installed.";
        Self::new(ErrorCode::Internal, sentence(&error), next_step)
    }
}

/// Our error types say "cannot do this"; a person reads "Cannot do this."
fn sentence(error: &dyn fmt::Display) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    let end = if text.ends_with('.') { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_reads_as_json_with_the_platforms_name() {
        let error = HostError::unknown_connection(7);
        let json = serde_json::to_value(&error).unwrap();
        assert_eq!(json["code"], "not-found");
        assert_eq!(json["platformCode"], "connection_not_found");
        assert_eq!(json["retry"], "never");
        assert!(json["nextStep"].is_string());
        let wait = serde_json::to_value(Retry::AfterMs(30)).unwrap();
        assert_eq!(wait, serde_json::json!({ "afterMs": 30 }));
    }

    #[test]
    fn a_code_has_one_spelling() {
        for code in [ErrorCode::InvalidConnection, ErrorCode::DeadlineExceeded, ErrorCode::Vault] {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        }
    }

    #[test]
    fn a_failed_call_is_a_sentence() {
        let error = HostError::from(CallFailure::Memory(1024));
        assert_eq!(error.message, "The connector wanted more than 1024 bytes of memory.");
    }
}
