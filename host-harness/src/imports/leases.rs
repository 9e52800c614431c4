//! The leases that a call holds, and how others see them: a call that may be spending a refresh
//! token must not be ended in the middle of it.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

/// A call that holds a lease is waited for no longer than this, whatever the lease says.
const LONGEST: Duration = Duration::from_secs(60);

/// The leases that a call has taken and not given back.
#[derive(Debug)]
pub(super) struct Leases {
    held: Vec<Lease>,
    /// When the last of them runs out; none while there are none.
    until: watch::Sender<Option<Instant>>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Lease {
    pub(super) connection: u64,
    pub(super) fence: u64,
    until: Instant,
}

impl Leases {
    pub(super) fn new() -> Self {
        Self { held: Vec::new(), until: watch::Sender::new(None) }
    }

    /// A lease was taken, in real time: the host's clock may be a virtual one, but it is in real
    /// time that a call is waited for.
    pub(super) fn add(&mut self, connection: u64, fence: u64, ttl: Duration) {
        let until = Instant::now() + ttl.min(LONGEST);
        self.held.push(Lease { connection, fence, until });
        self.tell();
    }

    /// A lease was given back.
    pub(super) fn remove(&mut self, connection: u64, fence: u64) {
        self.held.retain(|lease| (lease.connection, lease.fence) != (connection, fence));
        self.tell();
    }

    /// All of them, which are then somebody else's to give back.
    pub(super) fn take(&mut self) -> Vec<Lease> {
        std::mem::take(&mut self.held)
    }

    pub(super) fn watch(&self) -> HeldUntil {
        HeldUntil(self.until.subscribe())
    }

    fn tell(&self) {
        self.until.send_replace(self.held.iter().map(|lease| lease.until).max());
    }
}

/// Sees from outside of a running call whether it holds a lease.
#[derive(Debug)]
pub(crate) struct HeldUntil(watch::Receiver<Option<Instant>>);

impl HeldUntil {
    /// Waits for the leases held at this moment to be given back or to run out. A further one that
    /// the call takes meanwhile gains it nothing. False when there was none to wait for.
    pub(crate) async fn over(mut self) -> bool {
        let Some(until) = *self.0.borrow_and_update() else {
            return false;
        };
        let given_back = self.0.wait_for(|now| *now != Some(until));
        // The sender is gone when the call is: that is given back, too.
        let _ = tokio::time::timeout_at(until, given_back).await;
        true
    }
}
