//! Trying again: exponential backoff with full jitter, what the service says first, and never
//! past the deadline.

use super::{HTTP_TIMEOUT_MS, failure, rate};
use crate::error::{Error, ErrorCode, Result, Retry};
use crate::host::{Budget, Host, Level, Response, TransportError};

/// Why one try failed.
pub(crate) struct Failure {
    error: Error,
    /// How long the service says to wait.
    wait_ms: Option<u64>,
    /// Whether the request may have been handled all the same.
    ambiguous: bool,
}

impl Failure {
    /// The service answered with an error.
    pub(crate) fn answered(error: Error, response: &Response) -> Self {
        // A failing server may have done the work first; so may one whose answer is unreadable.
        let ambiguous = response.status >= 500 || (200..300).contains(&response.status);
        Self { error, wait_ms: rate::retry_after_ms(response), ambiguous }
    }

    /// There was no answer.
    pub(crate) fn transport(error: &TransportError) -> Self {
        let unsent = matches!(error, TransportError::Denied(_) | TransportError::NotSent(_));
        Self { error: failure::transport(error), wait_ms: None, ambiguous: !unsent }
    }

    pub(crate) const fn is_ambiguous(&self) -> bool {
        self.ambiguous
    }

    pub(crate) fn into_error(self) -> Error {
        self.error
    }
}

/// The tries of one request.
pub(crate) struct Attempts<'a> {
    host: &'a dyn Host,
    deadline: u64,
    failed: u32,
    lost_an_answer: bool,
    full_first_try: bool,
}

impl<'a> Attempts<'a> {
    pub(crate) fn new(host: &'a dyn Host, deadline: u64) -> Self {
        Self { host, deadline, failed: 0, lost_an_answer: false, full_first_try: false }
    }

    /// The same, but the first exchange may take its time past the deadline.
    pub(crate) const fn with_a_full_first_try(mut self) -> Self {
        self.full_first_try = true;
        self
    }

    /// Whether one of the tries may have been handled although its answer did not arrive.
    pub(crate) const fn lost_an_answer(&self) -> bool {
        self.lost_an_answer
    }

    /// Waits for room in the budget, as long as the deadline leaves time to use it. Returns how
    /// long the exchange may then take, in milliseconds.
    pub(crate) fn wait_for_budget(&self, connection: u64, budget: Budget) -> Result<u32> {
        // Room at the very deadline is of no use, and would be waited for.
        let wait = u32::try_from(self.left()? - 1).unwrap_or(u32::MAX);
        self.host.acquire_budget(connection, budget, wait).map_err(|room_in_ms| {
            Error::new(
                ErrorCode::RateLimited,
                "The rate limit leaves no room for this request within the call's deadline.",
                &format!("Try again in {} seconds.", room_in_ms.div_ceil(1_000)),
            )
            .with_retry(Retry::AfterMs(u64::from(room_in_ms)))
        })?;
        if self.full_first_try && self.failed == 0 {
            return Ok(HTTP_TIMEOUT_MS);
        }
        Ok(u32::try_from(self.left()?).map_or(HTTP_TIMEOUT_MS, |left| left.min(HTTP_TIMEOUT_MS)))
    }

    /// Pauses before the next try; hands the error back when there is to be none.
    pub(crate) fn pause_after(&mut self, failure: Failure) -> Result<()> {
        self.failed += 1;
        self.lost_an_answer |= failure.ambiguous;
        if failure.error.retry == Retry::Never || self.failed >= MAX_TRIES {
            return Err(failure.error);
        }
        // "Come back in 0 seconds" is no pause at all, and would spend the tries at once.
        let told = failure.wait_ms.filter(|wait| *wait > 0);
        let pause = told.unwrap_or_else(|| self.jittered_backoff());
        if self.left().map_or(true, |left| pause >= left) {
            return Err(failure.error);
        }
        let (tries, wait) = (self.failed.to_string(), pause.to_string());
        let facts = [("reason", &*failure.error.message), ("tries", &tries), ("pause-ms", &wait)];
        self.host.log(Level::Info, "trying again", &facts);
        self.host.sleep(u32::try_from(pause).unwrap_or(u32::MAX));
        Ok(())
    }

    /// Milliseconds until the deadline; there are none when it has passed.
    fn left(&self) -> Result<u64> {
        let left = self.deadline.saturating_sub(self.host.now());
        if left == 0 { Err(deadline_exceeded()) } else { Ok(left) }
    }

    /// A random part of base × 2^tries, so that callers who failed together come back apart.
    fn jittered_backoff(&self) -> u64 {
        let ceiling = (BASE_MS << (self.failed - 1).min(10)).min(CAP_MS);
        let mut random = [0; 8];
        if !self.host.fill(&mut random) {
            return ceiling;
        }
        u64::from_le_bytes(random) % (ceiling + 1)
    }
}

pub(crate) fn deadline_exceeded() -> Error {
    Error::new(
        ErrorCode::DeadlineExceeded,
        "The call's deadline passed.",
        "Try again with a longer deadline.",
    )
    .with_retry(Retry::Backoff)
}

const MAX_TRIES: u32 = 4;
const BASE_MS: u64 = 500;
const CAP_MS: u64 = 30_000;
