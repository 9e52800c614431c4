//! What the connector sent, who used which secret, and what of it is unusual.
//!
//! Every request that the connector asks the host to send is recorded when it ends, however it
//! ends: for whom, by which operation, how long, how large, with which outcome. Nothing of what
//! was said is kept: of a path the words of the API with `{id}` for everything else, of a query,
//! a header or a body nothing at all. The calls that manage a connection are recorded as events,
//! because they read and write its secrets.
//!
//! A request never waits for its record and never fails because of it, see
//! [`Store::record_request`](crate::store::Store::record_request). Events are rare and are part of
//! the change that they are about, or follow it at once.

mod bursts;
mod call;
mod event;
mod path;
mod report;
mod unusual;

use std::fmt;

use serde::Serialize;

pub use self::call::CallAudit;
pub(crate) use self::call::Entry;
pub(crate) use self::event::Reach;
pub use self::event::{AuditEvent, EventKind};
pub use self::report::{AuditReport, Count, Past};
pub use self::unusual::{Finding, FindingKind, unusual};
use crate::timestamp;

/// A request of the connector's: what happened, and nothing of what was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditedRequest {
    /// The connection that it was sent for.
    pub connection: Option<u64>,
    /// What it was sent by: the automation's operation, such as `calendly.queryRecords`, or the
    /// call of the contract, such as `oauth.refresh`.
    pub operation: String,
    /// Its method.
    pub method: String,
    /// Its path, each id as `{id}`, without the query.
    pub path: String,
    /// When it began, in Unix milliseconds.
    #[serde(serialize_with = "timestamp::serialize")]
    pub at: u64,
    /// How long it took, on the host's clock.
    pub duration_ms: u64,
    /// The status of the answer, if one began to come.
    pub status: Option<u16>,
    /// Why there is no whole answer.
    pub failure: Option<Failure>,
    /// The bytes of the body that was sent, or may have been.
    pub sent_bytes: u64,
    /// The bytes of the answer's body, as far as it came.
    pub received_bytes: u64,
    /// How many requests the service said are left.
    pub rate_remaining: Option<u32>,
    /// In how many seconds the service said there will be more.
    pub rate_reset_seconds: Option<u32>,
    /// The service's identifier of the request.
    pub request_id: Option<String>,
}

impl AuditedRequest {
    /// Whether it came to nothing: no whole answer, or one that is a refusal.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.failure.is_some() || self.status.is_none_or(|status| status >= 400)
    }

    /// Whether the service did not accept the credentials, or what was asked of it with them.
    fn refused(&self) -> bool {
        matches!(self.status, Some(401 | 403))
    }

    /// What became of it in a word, such as `200` or `timed-out`.
    #[must_use]
    pub fn outcome(&self) -> String {
        match (self.status, self.failure) {
            (Some(status), None) => status.to_string(),
            (Some(status), Some(failure)) => format!("{status} {failure}"),
            (None, Some(failure)) => failure.to_string(),
            (None, None) => "unknown".to_owned(),
        }
    }
}

/// Why a request has no whole answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Failure {
    /// The allow-list refused it; nothing was sent.
    Denied,
    /// No connection could be made; nothing was sent.
    NotSent,
    /// The exchange broke off; the request may have been sent.
    Interrupted,
    /// The time ran out; the request may have been sent.
    TimedOut,
    /// The answer was larger than the host takes.
    TooLarge,
    /// The host ended the call that waited for it; the request may have been sent.
    Stopped,
}

impl Failure {
    const ALL: [Self; 6] = [
        Self::Denied,
        Self::NotSent,
        Self::Interrupted,
        Self::TimedOut,
        Self::TooLarge,
        Self::Stopped,
    ];

    /// Its name, such as `timed-out`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::NotSent => "not-sent",
            Self::Interrupted => "interrupted",
            Self::TimedOut => "timed-out",
            Self::TooLarge => "too-large",
            Self::Stopped => "stopped",
        }
    }

    /// The one of that name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|failure| failure.as_str() == name)
    }

    /// Whether it is certain that nothing was sent.
    fn sent_nothing(self) -> bool {
        matches!(self, Self::Denied | Self::NotSent)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_has_one_name() {
        for failure in Failure::ALL {
            assert_eq!(Failure::named(failure.as_str()), Some(failure));
            assert_eq!(serde_json::to_value(failure).unwrap(), failure.as_str());
        }
        assert_eq!(Failure::named("other"), None);
    }
}
