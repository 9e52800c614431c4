//! Rate limits: fixed windows that open with their first request.

use std::collections::HashMap;

use axum::http::{HeaderMap, HeaderValue};

const MINUTE_MS: u64 = 60_000;

/// A limit: so many requests in so long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit {
    pub(crate) requests: u32,
    window_ms: u64,
}

impl Limit {
    pub(crate) const fn per_minute(requests: u32) -> Self {
        Self { requests, window_ms: MINUTE_MS }
    }

    pub(crate) const fn per_hour(requests: u32) -> Self {
        Self { requests, window_ms: 60 * MINUTE_MS }
    }

    pub(crate) const fn per_day(requests: u32) -> Self {
        Self { requests, window_ms: 24 * 60 * MINUTE_MS }
    }
}

/// What `POST /oauth/token` allows a user.
pub(crate) const TOKENS: [Limit; 1] = [Limit::per_minute(8)];

/// What the rate headers say.
#[derive(Clone, Debug)]
pub(crate) struct RateStatus {
    limit: u32,
    remaining: u32,
    /// Seconds, never the time of day.
    reset_s: u64,
    /// Whose counter it is; known once the caller is.
    key: Option<String>,
}

impl RateStatus {
    /// Where nothing is counted: an unknown caller, or limits that are off.
    pub(crate) fn untouched(limit: u32) -> Self {
        Self { limit, remaining: limit, reset_s: 60, key: None }
    }

    pub(crate) fn exhausted(limit: u32) -> Self {
        Self { remaining: 0, ..Self::untouched(limit) }
    }

    pub(crate) fn for_caller(mut self, client: &str, user: &str) -> Self {
        self.key = Some(format!("oauth:{client}:{user}"));
        self
    }

    /// Sets the headers, unless an injected fault has already set its own.
    pub(crate) fn write(&self, headers: &mut HeaderMap, tier: &str) {
        let mut set = |name: &'static str, value: String| {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.entry(name).or_insert(value);
            }
        };
        set("x-ratelimit-limit", self.limit.to_string());
        set("x-ratelimit-remaining", self.remaining.to_string());
        set("x-ratelimit-reset", self.reset_s.to_string());
        set("x-ratelimit-tier", tier.to_owned());
        if let Some(key) = &self.key {
            set("x-ratelimit-key", key.clone());
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Window {
    opened_ms: u64,
    used: u32,
}

/// The counters of everybody.
#[derive(Debug, Default)]
pub(crate) struct Rates(HashMap<(String, u64), Window>);

impl Rates {
    /// Counts one request of `who` against all of `limits`, or against none of them if one is
    /// used up: then the error tells which.
    pub(crate) fn take(
        &mut self,
        who: &str,
        limits: &[Limit],
        now_ms: u64,
    ) -> Result<RateStatus, RateStatus> {
        let mut tightest: Option<RateStatus> = None;
        for limit in limits {
            let window = self.window(who, *limit, now_ms);
            let status = limit.status(*window, now_ms);
            if status.remaining == 0 {
                return Err(status);
            }
            if tightest.as_ref().is_none_or(|known| status.remaining < known.remaining) {
                tightest = Some(status);
            }
        }
        for limit in limits {
            self.window(who, *limit, now_ms).used += 1;
        }
        let mut status = tightest.unwrap_or_else(|| RateStatus::untouched(0));
        status.remaining = status.remaining.saturating_sub(1);
        Ok(status)
    }

    fn window(&mut self, who: &str, limit: Limit, now_ms: u64) -> &mut Window {
        let fresh = Window { opened_ms: now_ms, used: 0 };
        let window = self.0.entry((who.to_owned(), limit.window_ms)).or_insert(fresh);
        if now_ms.saturating_sub(window.opened_ms) >= limit.window_ms {
            *window = fresh;
        }
        window
    }
}

impl Limit {
    fn status(self, window: Window, now_ms: u64) -> RateStatus {
        let closes_ms = window.opened_ms.saturating_add(self.window_ms);
        RateStatus {
            limit: self.requests,
            remaining: self.requests.saturating_sub(window.used),
            reset_s: closes_ms.saturating_sub(now_ms).div_ceil(1_000),
            key: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left afterwards, or the limit that is used up and the seconds until it is not.
    fn take(rates: &mut Rates, who: &str, limits: &[Limit], now_s: u64) -> Result<u32, (u32, u64)> {
        let taken = rates.take(who, limits, now_s * 1_000);
        taken.map(|status| status.remaining).map_err(|status| (status.limit, status.reset_s))
    }

    #[test]
    fn a_window_closes_a_minute_after_its_first_request() {
        let mut rates = Rates::default();
        let limits = [Limit::per_minute(2)];
        assert_eq!(take(&mut rates, "a", &limits, 0), Ok(1));
        assert_eq!(take(&mut rates, "a", &limits, 59), Ok(0));
        assert_eq!(take(&mut rates, "a", &limits, 59), Err((2, 1)));
        assert_eq!(take(&mut rates, "somebody else", &limits, 59), Ok(1));
        assert_eq!(take(&mut rates, "a", &limits, 60), Ok(1));
    }

    #[test]
    fn a_refused_request_is_not_counted_anywhere() {
        let mut rates = Rates::default();
        let limits = [Limit::per_minute(10), Limit::per_hour(50), Limit::per_day(100)];
        for minute in 0..5 {
            for left in (0..10).rev() {
                assert_eq!(take(&mut rates, "a", &limits, minute * 60), Ok(left));
            }
            assert_eq!(take(&mut rates, "a", &limits, minute * 60).map_err(|e| e.0), Err(10));
        }
        assert_eq!(take(&mut rates, "a", &limits, 5 * 60), Err((50, 55 * 60)));
    }
}
