//! The grant store, as `wit/grant-store.wit` promises it, with other processes and failures.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};

use super::FakeHost;
use crate::host::{Clock, Grant, GrantStore, LeaseError, StoredGrant, SwapError};

/// A use of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Load,
    Lease,
    Swap,
}

/// What is stored.
#[derive(Default)]
pub(super) struct Grants {
    stored: RefCell<BTreeMap<u64, StoredGrant>>,
    leases: RefCell<BTreeMap<u64, Lease>>,
    /// Of all connections, so that no version and no fence ever comes back.
    last_number: Cell<u64>,
    down: Cell<Option<Step>>,
    interruptions: RefCell<VecDeque<Interruption>>,
    steps: RefCell<Vec<Step>>,
    outstanding: RefCell<Vec<String>>,
}

#[derive(Clone, Copy)]
struct Lease {
    fence: u64,
    /// When it ends by itself; none once it was given back.
    ends_at: Option<u64>,
}

struct Interruption {
    step: Step,
    act: Box<dyn FnOnce(&FakeHost)>,
}

impl FakeHost {
    /// The grant as it is stored now.
    pub(crate) fn stored(&self, connection: u64) -> Option<StoredGrant> {
        self.grants.stored.borrow().get(&connection).cloned()
    }

    /// Does what another process would: takes a newer lease, stores the grant, gives it back.
    pub(crate) fn store_elsewhere(&self, connection: u64, grant: Option<Grant>) {
        let fence = self.next_number();
        self.grants.leases.borrow_mut().insert(connection, Lease { fence, ends_at: None });
        self.put(connection, grant.as_ref());
    }

    /// Another process takes the lease for so long.
    pub(crate) fn lease_elsewhere(&self, connection: u64, ms: u64) {
        let lease = Lease { fence: self.next_number(), ends_at: Some(self.now() + ms) };
        self.grants.leases.borrow_mut().insert(connection, lease);
    }

    /// What was handed over as still to be revoked.
    pub(crate) fn outstanding(&self) -> Vec<String> {
        self.grants.outstanding.borrow().clone()
    }

    /// Whether anybody holds the connection's lease.
    pub(crate) fn is_leased(&self, connection: u64) -> bool {
        let leases = self.grants.leases.borrow();
        leases.get(&connection).is_some_and(|lease| lease.ends_at > Some(self.now()))
    }

    /// Lets something happen right before the next such step.
    pub(crate) fn before(&self, step: Step, act: impl FnOnce(&Self) + 'static) {
        let interruption = Interruption { step, act: Box::new(act) };
        self.grants.interruptions.borrow_mut().push_back(interruption);
    }

    /// The store fails at that step from now on; with none, it works again.
    pub(crate) fn break_store(&self, step: Option<Step>) {
        self.grants.down.set(step);
    }

    /// The steps so far.
    pub(crate) fn steps(&self) -> Vec<Step> {
        self.grants.steps.borrow().clone()
    }

    fn enter(&self, step: Step) -> Result<(), String> {
        let due = |next: &mut Interruption| next.step == step;
        let interruption = self.grants.interruptions.borrow_mut().pop_front_if(due);
        if let Some(interruption) = interruption {
            (interruption.act)(self);
        }
        self.grants.steps.borrow_mut().push(step);
        if self.grants.down.get() == Some(step) {
            Err("the disk is full".to_owned())
        } else {
            Ok(())
        }
    }

    fn put(&self, connection: u64, grant: Option<&Grant>) -> u64 {
        let version = self.next_number();
        let mut stored = self.grants.stored.borrow_mut();
        match grant {
            Some(grant) => {
                stored.insert(connection, StoredGrant { version, grant: grant.clone() });
            }
            None => {
                stored.remove(&connection);
            }
        }
        version
    }

    fn next_number(&self) -> u64 {
        self.grants.last_number.set(self.grants.last_number.get() + 1);
        self.grants.last_number.get()
    }
}

impl GrantStore for FakeHost {
    fn load_grant(&self, connection: u64) -> Result<Option<StoredGrant>, String> {
        self.enter(Step::Load)?;
        Ok(self.stored(connection))
    }

    fn acquire_lease(&self, connection: u64, ttl_ms: u32, wait_ms: u32) -> Result<u64, LeaseError> {
        self.enter(Step::Lease).map_err(LeaseError::Failed)?;
        let held_until = self.grants.leases.borrow().get(&connection).and_then(|one| one.ends_at);
        let wait = held_until.unwrap_or_default().saturating_sub(self.now());
        self.advance(wait.min(wait_ms.into()));
        if wait > u64::from(wait_ms) {
            return Err(LeaseError::Busy);
        }
        let lease =
            Lease { fence: self.next_number(), ends_at: Some(self.now() + u64::from(ttl_ms)) };
        self.grants.leases.borrow_mut().insert(connection, lease);
        Ok(lease.fence)
    }

    fn release_lease(&self, connection: u64, fence: u64) {
        let mut leases = self.grants.leases.borrow_mut();
        if let Some(lease) = leases.get_mut(&connection).filter(|lease| lease.fence == fence) {
            lease.ends_at = None;
        }
    }

    fn swap_grant(
        &self,
        connection: u64,
        fence: u64,
        expected: Option<u64>,
        grant: Option<&Grant>,
        outstanding: Option<&str>,
    ) -> Result<u64, SwapError> {
        self.enter(Step::Swap).map_err(SwapError::Failed)?;
        if self.grants.leases.borrow().get(&connection).is_none_or(|lease| lease.fence != fence) {
            return Err(SwapError::LeaseLost);
        }
        if self.stored(connection).map(|stored| stored.version) != expected {
            return Err(SwapError::VersionConflict);
        }
        self.grants.outstanding.borrow_mut().extend(outstanding.map(str::to_owned));
        Ok(self.put(connection, grant))
    }
}
