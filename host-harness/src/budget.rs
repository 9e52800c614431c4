//! How many requests may be sent, shared by every instance in the process.

mod bucket;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

pub use self::bucket::{Allowance, BudgetView, Observation};
use self::bucket::{Bucket, Turn};
use crate::clock::SharedClock;

/// The service's separate limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Budget {
    /// Ordinary requests to the API.
    Api,
    /// Requests to the token endpoint.
    Token,
    /// Bookings, which count as ordinary requests besides.
    Booking,
}

/// The ceilings that hold whatever the service says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ceilings {
    /// Ordinary requests.
    pub api: Allowance,
    /// Token requests.
    pub token: Allowance,
    /// Bookings.
    pub booking: Allowance,
}

impl Default for Ceilings {
    fn default() -> Self {
        const MINUTE_MS: u64 = 60_000;
        Self {
            api: Allowance { requests: 5, window_ms: 1_000 },
            token: Allowance { requests: 8, window_ms: MINUTE_MS },
            booking: Allowance { requests: 10, window_ms: MINUTE_MS },
        }
    }
}

impl Ceilings {
    fn of(&self, budget: Budget) -> Allowance {
        match budget {
            Budget::Api => self.api,
            Budget::Token => self.token,
            Budget::Booking => self.booking,
        }
    }
}

/// The budgets of all connections. Cloning shares them.
#[derive(Clone)]
pub struct RequestBudget(Arc<Shared>);

struct Shared {
    clock: SharedClock,
    ceilings: Ceilings,
    buckets: Mutex<HashMap<(u64, Budget), Bucket>>,
    /// Some queue has moved on.
    changed: Notify,
}

impl RequestBudget {
    /// Budgets with these ceilings.
    #[must_use]
    pub fn new(clock: SharedClock, ceilings: Ceilings) -> Self {
        Self(Arc::new(Shared {
            clock,
            ceilings,
            buckets: Mutex::default(),
            changed: Notify::new(),
        }))
    }

    /// Waits, up to `wait`, until one more request may be sent, and counts it. Callers of one
    /// budget are served in the order in which they came.
    ///
    /// The error is the number of milliseconds after which there would have been room.
    pub async fn acquire(
        &self,
        connection: u64,
        budget: Budget,
        wait: Duration,
    ) -> Result<(), u64> {
        let began = self.0.clock.now_ms();
        let give_up_at = began.saturating_add(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        let at = self.take(connection, budget, began, give_up_at).await?;
        if budget == Budget::Booking {
            // The scarcer one first, so that the other is counted at the moment of sending.
            let key = (connection, budget);
            let mut booking = Counted { budgets: self, key, at, used: false };
            self.take(connection, Budget::Api, self.0.clock.now_ms(), give_up_at).await?;
            booking.used = true;
        }
        Ok(())
    }

    /// Waits in the queue of one bucket. Returns the moment at which the request counts as sent.
    async fn take(
        &self,
        connection: u64,
        budget: Budget,
        now: u64,
        give_up_at: u64,
    ) -> Result<u64, u64> {
        let ticket =
            self.with_bucket(connection, budget, |bucket| bucket.queue(now, give_up_at))?;
        let mut place = Place { budgets: self, key: (connection, budget), ticket, taken: false };
        loop {
            // Made before looking, so that a change in between is not missed.
            let changed = self.0.changed.notified();
            let now = self.0.clock.now_ms();
            match self.with_bucket(connection, budget, |bucket| bucket.turn(ticket, now)) {
                Turn::Now => {
                    place.taken = true;
                    self.0.changed.notify_waiters();
                    return Ok(now);
                }
                Turn::In(duration_ms) => {
                    self.0.clock.sleep(Duration::from_millis(duration_ms)).await;
                }
                Turn::Behind => changed.await,
                Turn::TooLate(duration_ms) => return Err(duration_ms),
            }
        }
    }

    /// Tells the budget what the service said after an answer.
    pub fn observe(&self, connection: u64, budget: Budget, observation: Observation) {
        let now = self.0.clock.now_ms();
        self.with_bucket(connection, budget, |bucket| {
            bucket.observe(observation, now);
        });
        self.0.changed.notify_waiters();
    }

    /// Where a budget stands.
    #[must_use]
    pub fn look(&self, connection: u64, budget: Budget) -> BudgetView {
        let now = self.0.clock.now_ms();
        self.with_bucket(connection, budget, |bucket| bucket.look(now))
    }

    fn with_bucket<T>(
        &self,
        connection: u64,
        budget: Budget,
        action: impl FnOnce(&mut Bucket) -> T,
    ) -> T {
        // A bucket is whole after every statement, so one that a panic left behind is as good.
        let mut buckets = self.0.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let ceiling = self.0.ceilings.of(budget);
        action(buckets.entry((connection, budget)).or_insert_with(|| Bucket::new(ceiling)))
    }
}

impl fmt::Debug for RequestBudget {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RequestBudget")
            .field("ceilings", &self.0.ceilings)
            .finish_non_exhaustive()
    }
}

/// A request that counts as sent, given back when it is not sent after all.
struct Counted<'a> {
    budgets: &'a RequestBudget,
    key: (u64, Budget),
    at: u64,
    used: bool,
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        if !self.used {
            let now = self.budgets.0.clock.now_ms();
            let (connection, budget) = self.key;
            self.budgets.with_bucket(connection, budget, |bucket| bucket.give_back(self.at, now));
            self.budgets.0.changed.notify_waiters();
        }
    }
}

/// A place in the queue, given back when the caller goes away before its turn.
struct Place<'a> {
    budgets: &'a RequestBudget,
    key: (u64, Budget),
    ticket: u64,
    taken: bool,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if !self.taken {
            let now = self.budgets.0.clock.now_ms();
            let (connection, budget) = self.key;
            self.budgets.with_bucket(connection, budget, |bucket| bucket.leave(self.ticket, now));
            self.budgets.0.changed.notify_waiters();
        }
    }
}
