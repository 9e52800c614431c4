//! The connector's error: one type, ordered by what the caller can do.

use std::ops::{Deref, DerefMut};

use serde_json::Value;

use crate::contract::types;
pub use crate::contract::types::{ErrorCode, Retry, Violation};
use crate::json;

/// Anything that went wrong. Holds no secret: every text in it may be shown and logged.
///
/// Boxed, because every fallible function moves its result about, and a failure is rare.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{}", self.0.message)]
pub struct Error(Box<Report>);

/// What an [`Error`] says.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// What went wrong, to branch on.
    pub code: ErrorCode,
    /// What happened, in a sentence.
    pub message: String,
    /// What to do next, in a sentence.
    pub next_step: String,
    /// Whether and when to try again.
    pub retry: Retry,
    /// All that is wrong with the document handed in.
    pub violations: Vec<Violation>,
    /// More facts.
    pub detail: Option<Value>,
    /// The service's id of the failed request.
    pub request_id: Option<String>,
}

/// What the connector's functions return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error that trying again does not mend.
    #[must_use]
    #[inline(never)]
    pub fn new(code: ErrorCode, message: &str, next_step: &str) -> Self {
        Self(Box::new(Report {
            code,
            message: message.to_owned(),
            next_step: next_step.to_owned(),
            retry: Retry::Never,
            violations: Vec::new(),
            detail: None,
            request_id: None,
        }))
    }

    /// A connection's configuration is wrong.
    #[must_use]
    pub fn invalid_connection(violations: Vec<Violation>) -> Self {
        let mut error = Self::new(
            ErrorCode::InvalidConnection,
            "The connection's configuration is not valid.",
            "Correct what the violations name and try again.",
        );
        error.violations = violations;
        error
    }

    /// An operation's input is wrong.
    #[must_use]
    pub fn invalid_input(violations: Vec<Violation>) -> Self {
        let mut error = Self::new(
            ErrorCode::InvalidInput,
            "The operation's input is not valid.",
            "Correct what the violations name; nothing was changed at Calendly.",
        );
        error.violations = violations;
        error
    }

    /// There is no usable grant.
    #[must_use]
    pub fn reauthorization_required(message: &str) -> Self {
        Self::new(
            ErrorCode::ReauthorizationRequired,
            message,
            "Re-connect the connection, so that its owner grants access again.",
        )
    }

    /// The host's store failed.
    #[must_use]
    pub fn store(reason: &str) -> Self {
        Self::new(
            ErrorCode::Internal,
            &format!("The host's store failed: {reason}"),
            "Look into the host's log, then try again.",
        )
        .with_retry(Retry::Backoff)
    }

    /// Something that cannot be, was.
    #[must_use]
    pub fn internal(message: &str) -> Self {
        Self::new(ErrorCode::Internal, message, "This is a defect; report it with this message.")
    }

    /// The same error with another answer to "try again?".
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// The same error with more facts.
    #[must_use]
    pub fn with_detail(mut self, detail: Value) -> Self {
        self.detail = Some(detail);
        self
    }

    /// The same failure, understood better.
    #[must_use]
    #[inline(never)]
    pub fn explained(mut self, code: ErrorCode, message: &str, next_step: &str) -> Self {
        self.code = code;
        message.clone_into(&mut self.message);
        next_step.clone_into(&mut self.next_step);
        self.retry = Retry::Never;
        self
    }
}

impl Deref for Error {
    type Target = Report;

    fn deref(&self) -> &Report {
        &self.0
    }
}

impl DerefMut for Error {
    fn deref_mut(&mut self) -> &mut Report {
        &mut self.0
    }
}

impl From<Error> for types::Error {
    fn from(error: Error) -> Self {
        let error = *error.0;
        Self {
            code: error.code,
            message: error.message,
            next_step: error.next_step,
            retry: error.retry,
            violations: error.violations,
            detail: error.detail.map(|detail| json::write(&detail)),
            request_id: error.request_id,
        }
    }
}

/// One broken rule.
#[inline(never)]
pub(crate) fn violation(pointer: &str, rule: &str, message: &str) -> Violation {
    Violation { pointer: pointer.to_owned(), rule: rule.to_owned(), message: message.to_owned() }
}
