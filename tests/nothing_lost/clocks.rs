//! Clocks that a test sets.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use host_harness::clock::{Clock, Sleep, SystemClock};

use crate::support::home::NOW_MS;

/// The machine's clock, set forward by as much as a file says, so that processes share it. They
/// wait for each other in real time.
#[derive(Clone)]
pub(crate) struct Ahead(PathBuf);

impl Ahead {
    /// The clock of the processes that share this folder.
    pub(crate) fn of(folder: &Path) -> Self {
        Self(folder.join("ahead"))
    }

    /// Sets the clock forward from where it is.
    pub(crate) fn advance(&self, duration: Duration) {
        let step = u64::try_from(duration.as_millis()).unwrap();
        let unfinished = self.0.with_extension("new");
        fs::write(&unfinished, (self.ahead_ms() + step).to_string()).unwrap();
        fs::rename(unfinished, &self.0).unwrap();
    }

    fn ahead_ms(&self) -> u64 {
        fs::read_to_string(&self.0).map_or(0, |text| text.parse().unwrap())
    }
}

impl Clock for Ahead {
    fn now_ms(&self) -> u64 {
        SystemClock.now_ms() + self.ahead_ms()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        SystemClock.sleep(duration)
    }
}

/// A virtual clock that can also be set back.
#[derive(Clone)]
pub(crate) struct Settable(Arc<AtomicU64>);

impl Settable {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicU64::new(NOW_MS)))
    }

    fn jump(&self, by_ms: i64) {
        self.0.store(self.now_ms().checked_add_signed(by_ms).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for Settable {
    fn now_ms(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        let clock = self.clone();
        let end = self.now_ms() + u64::try_from(duration.as_millis()).unwrap();
        Box::pin(async move {
            clock.0.fetch_max(end, Ordering::SeqCst);
            tokio::task::yield_now().await;
        })
    }
}

/// The clock of a service on which a delayed request makes another clock jump, by so much as the
/// request is delayed, forward or back.
#[derive(Clone)]
pub(crate) struct Jolting {
    pub(crate) other: Settable,
    pub(crate) back: bool,
}

impl Clock for Jolting {
    fn now_ms(&self) -> u64 {
        NOW_MS
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        let by_ms = i64::try_from(duration.as_millis()).unwrap();
        self.other.jump(if self.back { -by_ms } else { by_ms });
        Box::pin(std::future::ready(()))
    }
}
