//! What ends a walk over pages: enough was read, time is up, or the pages lead nowhere.

use crate::api::Client;
use crate::error::{Error, ErrorCode, Result};

/// Ends a call that has read enough, or has no time to read more.
#[derive(Default)]
pub(super) struct Limits {
    read: usize,
}

impl Limits {
    pub(super) const fn count(&mut self, resources: usize) {
        // An empty page counts too: it was a request.
        self.read += if resources == 0 { 1 } else { resources };
    }

    pub(super) fn reached(&self, client: &Client<'_>) -> Option<&'static str> {
        if self.read >= READ_LIMIT {
            Some("read-limit")
        } else if client.time_left() < TIME_FOR_A_PAGE_MS {
            Some("deadline")
        } else {
            None
        }
    }
}

/// Notices a chain of pages that runs in a circle, or on and on without a resource.
#[derive(Default)]
pub(super) struct Chain {
    passed: Vec<String>,
    empty: usize,
}

impl Chain {
    /// Goes on to the next page, from one with so many resources.
    pub(super) fn pass(&mut self, token: &str, resources: usize) -> Result<()> {
        self.empty = if resources == 0 { self.empty + 1 } else { 0 };
        if self.empty > EMPTY_PAGES {
            return Err(nowhere("Calendly's pages go on without a record on them."));
        }
        if self.passed.iter().any(|passed| passed == token) {
            return Err(nowhere("Calendly's pages run in a circle: the same page came twice."));
        }
        self.passed.push(token.to_owned());
        Ok(())
    }
}

fn nowhere(message: &str) -> Error {
    Error::new(ErrorCode::UpstreamUnavailable, message, "Start the query again.")
}

/// The most resources that one call reads.
pub const READ_LIMIT: usize = 10_000;
/// With less time left than this, no further page is begun.
const TIME_FOR_A_PAGE_MS: u64 = 3_000;
/// More empty pages than this, one after the other, lead nowhere.
const EMPTY_PAGES: usize = 10;
