//! The one error that the host reports, in the contract's words.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::bindings::sovrium::connector::types;
use crate::engine::{CallFailure, LoadError};
use crate::http::HttpClientError;
use crate::keyring::{KEY_VARIABLE, KeyringError};
use crate::store::StoreError;

/// The codes of the contract, each with its one spelling.
macro_rules! codes {
    ($($code:ident => $name:literal,)*) => {
        /// What went wrong, by what the caller can do about it; see `types.error-code` in the
        /// contract.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[expect(missing_docs, reason = "documented in the contract")]
        #[non_exhaustive]
        pub enum ErrorCode {
            $($code,)*
        }

        impl ErrorCode {
            /// The code as the contract writes it.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$code => $name,)*
                }
            }
        }

        impl From<types::ErrorCode> for ErrorCode {
            fn from(code: types::ErrorCode) -> Self {
                match code {
                    $(types::ErrorCode::$code => Self::$code,)*
                }
            }
        }
    };
}

codes! {
    InvalidConnection => "invalid-connection",
    InvalidInput => "invalid-input",
    AuthorizationDenied => "authorization-denied",
    InvalidClient => "invalid-client",
    InvalidState => "invalid-state",
    ReauthorizationRequired => "reauthorization-required",
    InsufficientScope => "insufficient-scope",
    PlanUpgradeRequired => "plan-upgrade-required",
    PermissionDenied => "permission-denied",
    NotFound => "not-found",
    Conflict => "conflict",
    Rejected => "rejected",
    RateLimited => "rate-limited",
    UpstreamUnavailable => "upstream-unavailable",
    Network => "network",
    DeadlineExceeded => "deadline-exceeded",
    OutcomeUnknown => "outcome-unknown",
    Unsupported => "unsupported",
    SignatureInvalid => "signature-invalid",
    Vault => "vault",
    Internal => "internal",
}

impl Serialize for ErrorCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
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
            StoreError::RetiredKey => "Try again: it will be sealed with the present key.",
            _ => "Make sure that the disk has room and that the file is not damaged.",
        };
        Self::new(ErrorCode::Internal, sentence(&error), next_step)
    }
}

impl From<KeyringError> for HostError {
    fn from(error: KeyringError) -> Self {
        let next_step = match &error {
            KeyringError::Missing { path } => format!(
                "Bring the file back from a copy, or set {KEY_VARIABLE} to its key. Without the \
                 key: All connections unusable until secrets are re-entered and re-encrypted. \
                 To begin anew, make a key with `(umask 077; openssl rand -base64 32 > {path})`, \
                 then test each connection, update its credentials and connect it again."
            ),
            // The sentence says what to do already, but every error has a next step of its own.
            _ => "Mend the key, then try again.".to_owned(),
        };
        Self::new(ErrorCode::Vault, sentence(&error), next_step)
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
        let (code, next_step) = match error {
            HttpClientError::Https(_) => {
                (ErrorCode::Internal, "Make sure that the system's certificates are installed.")
            }
            HttpClientError::NothingToMap { .. } => {
                (ErrorCode::InvalidInput, "Map one of the origins named, or none.")
            }
        };
        Self::new(code, sentence(&error), next_step)
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
    fn a_code_is_written_as_in_the_contract() {
        let contract = include_str!("../../wit/types.wit");
        for code in [ErrorCode::InvalidConnection, ErrorCode::DeadlineExceeded, ErrorCode::Vault] {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
            assert!(contract.contains(&format!(" {code},")), "{code}");
        }
    }

    #[test]
    fn a_failed_call_is_a_sentence() {
        let error = HostError::from(CallFailure::Memory(1024));
        assert_eq!(error.message, "The connector wanted more than 1024 bytes of memory.");
    }
}
