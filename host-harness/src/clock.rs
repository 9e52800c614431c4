//! Time, so that tests and the demo can run it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A future that a [`Clock`] hands out.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Where the host and the simulator get the time from.
pub trait Clock: Send + Sync + 'static {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    fn now_ms(&self) -> u64;

    /// Completes once `duration` has passed on this clock.
    fn sleep(&self, duration: Duration) -> Sleep;
}

/// A clock that can be shared.
pub type SharedClock = Arc<dyn Clock>;

/// The machine's own clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_ms(&self) -> u64 {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// A clock that moves only when it is told to, or when somebody sleeps on it: a sleep takes no
/// real time and sets the clock to the moment at which it would have ended.
#[derive(Clone, Debug)]
pub struct VirtualClock(Arc<AtomicU64>);

impl VirtualClock {
    /// A clock that stands at `now_ms`.
    #[must_use]
    pub fn at(now_ms: u64) -> Self {
        Self(Arc::new(AtomicU64::new(now_ms)))
    }

    /// A clock that stands at the machine's present time.
    #[must_use]
    pub fn from_now() -> Self {
        Self::at(SystemClock.now_ms())
    }

    /// Moves the clock forward.
    pub fn advance(&self, duration: Duration) {
        let step = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        self.0.fetch_add(step, Ordering::SeqCst);
    }
}

impl Clock for VirtualClock {
    fn now_ms(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        let clock = self.clone();
        let step = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        let end = self.now_ms().saturating_add(step);
        Box::pin(async move {
            clock.0.fetch_max(end, Ordering::SeqCst);
            tokio::task::yield_now().await;
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn sleeping_side_by_side_takes_as_long_as_the_longest() {
        let clock = VirtualClock::at(1_000);
        tokio::join!(
            clock.sleep(Duration::from_millis(300)),
            clock.sleep(Duration::from_millis(200))
        );
        assert_eq!(clock.now_ms(), 1_300);
    }
}
