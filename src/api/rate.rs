//! Calendly's rate headers, in seconds until the window ends.

use crate::error::{Error, ErrorCode, Retry};
use crate::host::{Budget, Host, Observation, Response};

/// Tells the budget what an answer says about it.
pub(crate) fn observe(host: &dyn Host, connection: u64, budget: Budget, response: &Response) {
    let number = |name| response.header(name).and_then(|value| value.trim().parse::<u32>().ok());
    let observation = Observation {
        limit: number("x-ratelimit-limit"),
        remaining: number("x-ratelimit-remaining"),
        reset_seconds: number("x-ratelimit-reset"),
        pause_ms: (response.status == 429).then(|| {
            let pause = retry_after_ms(response).unwrap_or(DEFAULT_PAUSE_MS);
            u32::try_from(pause).unwrap_or(u32::MAX)
        }),
    };
    let says_something = observation.remaining.is_some() || observation.pause_ms.is_some();
    if says_something {
        host.observe_budget(connection, budget, observation);
    }
}

/// When the answer says to come back: `Retry-After` in seconds, else the end of the window.
pub(crate) fn retry_after_ms(response: &Response) -> Option<u64> {
    let seconds = |name| response.header(name).and_then(|value| value.trim().parse::<u64>().ok());
    let spent = response.status == 429;
    let wait = seconds("retry-after").or_else(|| seconds("x-ratelimit-reset").filter(|_| spent))?;
    Some(wait.min(LONGEST_PAUSE_SECONDS) * 1_000)
}

/// The error of a 429.
pub(crate) fn limited(response: &Response) -> Error {
    let wait = retry_after_ms(response).unwrap_or(DEFAULT_PAUSE_MS);
    Error::new(
        ErrorCode::RateLimited,
        "Calendly's rate limit is used up.",
        &format!("Try again in {} seconds.", wait.div_ceil(1_000)),
    )
    .with_retry(Retry::AfterMs(wait))
}

/// Calendly's windows are a minute long.
const DEFAULT_PAUSE_MS: u64 = 60_000;
/// A day, the longest of Calendly's windows.
const LONGEST_PAUSE_SECONDS: u64 = 24 * 60 * 60;
