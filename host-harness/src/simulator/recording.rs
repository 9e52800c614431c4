//! What was asked of the simulator.

use std::collections::VecDeque;
use std::fmt;

use axum::http::{HeaderMap, Method, Uri, header};
use serde::Serialize;

/// How many requests are remembered; a long demonstration should not fill the memory.
const REMEMBERED: usize = 20_000;

/// One request, as it came in.
///
/// The body of a token request holds secrets, so it is neither shown by `Debug` nor given out by
/// the control endpoints.
#[derive(Clone, Serialize)]
pub struct RecordedRequest {
    /// The method, upper-case.
    pub method: String,
    /// The path, as sent.
    pub path: String,
    /// The query, as sent; empty without one.
    pub query: String,
    /// The headers, names in lower case. Of `authorization` only the scheme is kept.
    pub headers: Vec<(String, String)>,
    /// The body, as text.
    #[serde(skip)]
    pub body: String,
    /// The status of the answer; `None` if the connection was cut before one.
    pub status: Option<u16>,
}

impl RecordedRequest {
    pub(crate) fn new(method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Self {
        let headers = headers
            .iter()
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes());
                let value = if name == header::AUTHORIZATION {
                    value.split(' ').next().unwrap_or_default().to_owned()
                } else {
                    value.into_owned()
                };
                (name.as_str().to_owned(), value)
            })
            .collect();
        Self {
            method: method.to_string(),
            path: uri.path().to_owned(),
            query: uri.query().unwrap_or_default().to_owned(),
            headers,
            body: String::from_utf8_lossy(body).into_owned(),
            status: None,
        }
    }

    /// The value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for RecordedRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {} -> {:?}", self.method, self.path, self.status)
    }
}

/// The last requests, in the order in which their answers were made.
#[derive(Debug, Default)]
pub(crate) struct Recording(VecDeque<RecordedRequest>);

impl Recording {
    pub(crate) fn push(&mut self, request: RecordedRequest) {
        if self.0.len() == REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back(request);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn all(&self) -> Vec<RecordedRequest> {
        self.0.iter().cloned().collect()
    }
}
