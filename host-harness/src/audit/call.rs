//! Records the requests of one call while they are sent.

use std::sync::Arc;

use super::{AuditedRequest, Failure, path};
use crate::bindings::sovrium::connector::http::{Method, Request, TransportError};
use crate::store::Store;

/// A longer request id is not kept: it could be anything.
const LONGEST_REQUEST_ID: usize = 64;

/// On whose behalf requests are sent, and where they are recorded. The default records nothing.
#[derive(Clone, Debug, Default)]
pub struct CallAudit(Option<Arc<Subject>>);

#[derive(Debug)]
struct Subject {
    store: Store,
    connection: Option<u64>,
    operation: String,
}

impl CallAudit {
    /// Records into the store what this operation sends for this connection.
    #[must_use]
    pub fn new(store: Store, connection: Option<u64>, operation: String) -> Self {
        Self(Some(Arc::new(Subject { store, connection, operation })))
    }

    /// A request begins. It is recorded when the entry is finished or dropped.
    pub(crate) fn begin(&self, request: &Request) -> Entry {
        let begun = self.0.as_ref().map(|subject| Begun {
            subject: Arc::clone(subject),
            request: AuditedRequest {
                connection: subject.connection,
                operation: subject.operation.clone(),
                method: method(request.method).to_owned(),
                path: path::template(&request.url),
                at: subject.store.clock().now_ms(),
                duration_ms: 0,
                status: None,
                // Stays when nobody waits for the outcome any more.
                failure: Some(Failure::Stopped),
                sent_bytes: request.body.as_ref().map_or(0, |body| body.len() as u64),
                received_bytes: 0,
                rate_remaining: None,
                rate_reset_seconds: None,
                request_id: None,
            },
        });
        Entry(begun)
    }
}

/// A request under way.
#[derive(Debug)]
pub(crate) struct Entry(Option<Begun>);

#[derive(Debug)]
struct Begun {
    subject: Arc<Subject>,
    request: AuditedRequest,
}

impl Entry {
    /// The head of an answer has come.
    pub(crate) fn answered<'a>(&mut self, status: u16, header: impl Fn(&str) -> Option<&'a str>) {
        let Some(Begun { request, .. }) = &mut self.0 else { return };
        let number = |name| header(name).and_then(|value| value.trim().parse().ok());
        request.status = Some(status);
        request.rate_remaining = number("x-ratelimit-remaining");
        request.rate_reset_seconds = number("x-ratelimit-reset");
        request.request_id =
            header("x-request-id").filter(|id| is_request_id(id)).map(str::to_owned);
    }

    /// So many bytes of the answer's body have come.
    pub(crate) fn received(&mut self, bytes: usize) {
        if let Some(Begun { request, .. }) = &mut self.0 {
            request.received_bytes = request.received_bytes.saturating_add(bytes as u64);
        }
    }

    /// The request has ended, with or without an error.
    pub(crate) fn finish(mut self, error: Option<&TransportError>) {
        if let Some(Begun { request, .. }) = &mut self.0 {
            request.failure = error.map(failure);
            if request.failure.is_some_and(Failure::sent_nothing) {
                request.sent_bytes = 0;
            }
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let Some(Begun { subject, mut request }) = self.0.take() else { return };
        // A clock may be set back.
        request.duration_ms = subject.store.clock().now_ms().saturating_sub(request.at);
        subject.store.record_request(request);
    }
}

fn method(method: Method) -> &'static str {
    match method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Patch => "PATCH",
        Method::Delete => "DELETE",
    }
}

fn failure(error: &TransportError) -> Failure {
    match error {
        TransportError::Denied(_) => Failure::Denied,
        TransportError::NotSent(_) => Failure::NotSent,
        TransportError::Interrupted(_) => Failure::Interrupted,
        TransportError::TimedOut => Failure::TimedOut,
        TransportError::TooLarge(_) => Failure::TooLarge,
    }
}

/// Whether it looks like an identifier, and not like a text, a token or something for a terminal.
fn is_request_id(text: &str) -> bool {
    (1..=LONGEST_REQUEST_ID).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_id_is_kept_if_it_looks_like_one() {
        for id in ["9c2f3f0e-7b1d-4d0c-8a56-0f6b0e1c2d3e", "a1_B2"] {
            assert!(is_request_id(id), "{id}");
        }
        let long = "a".repeat(LONGEST_REQUEST_ID + 1);
        for text in ["", "a b", "eyJ.eyJ.sig", "a\u{1b}[2J", "é", &long] {
            assert!(!is_request_id(text), "{text}");
        }
    }
}
