//! A host in memory, for tests: scripted HTTP, virtual time, a key ring, a grant store with leases
//! and compare-and-swap, a budget and a log.
//!
//! HTTP is scripted in order: every request has to be the one the test expects next, and a test
//! that ends (without failing) before all of the script was played fails. Nothing ever waits: the
//! clock moves when the code under test sleeps, or when an answer takes its time.
//!
//! Secrets in tests have the word [`HUSH`] in them; the log refuses lines that do.

mod grants;
mod http;
mod samples;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};

use zeroize::Zeroizing;

pub(crate) use grants::Step;
pub(crate) use http::{Sent, reply, with_header};
pub(crate) use samples::{
    ACCESS, CLIENT_SECRET, ORGANIZATION, REFRESH, USER, connect, connected, connection,
};

use super::{
    Authorizations, Budget, Clock, EncryptionKey, Keys, Level, Log, Observation, Random,
    RequestBudget,
};
use grants::Grants;
use http::Script;

/// Stands in every secret that tests use, so that a leak is seen.
pub(crate) const HUSH: &str = "hush";

/// The moment at which every test begins: 2026-11-24T10:30:00Z.
pub(crate) const START: u64 = 1_795_516_200_000;

/// The host.
pub(crate) struct FakeHost {
    now: Cell<u64>,
    pauses: RefCell<Vec<u32>>,
    drawn: Cell<u64>,
    prepared: RefCell<VecDeque<Vec<u8>>>,
    random_fails: Cell<bool>,
    keys: RefCell<BTreeMap<String, Vec<u8>>>,
    active: RefCell<Option<String>>,
    claimed: RefCell<BTreeMap<String, u64>>,
    acquired: RefCell<Vec<(Budget, u32)>>,
    refusals: RefCell<VecDeque<u32>>,
    observed: RefCell<Vec<(Budget, Observation)>>,
    lines: RefCell<Vec<String>>,
    script: Script,
    grants: Grants,
}

impl FakeHost {
    /// A host with one key, `key-1`, and nothing stored.
    pub(crate) fn new() -> Self {
        let host = Self {
            now: Cell::new(START),
            pauses: RefCell::default(),
            drawn: Cell::default(),
            prepared: RefCell::default(),
            random_fails: Cell::default(),
            keys: RefCell::default(),
            active: RefCell::default(),
            claimed: RefCell::default(),
            acquired: RefCell::default(),
            refusals: RefCell::default(),
            observed: RefCell::default(),
            lines: RefCell::default(),
            script: Script::default(),
            grants: Grants::default(),
        };
        host.add_key("key-1", &[7; 32]);
        host.activate(Some("key-1"));
        host
    }

    /// Lets time pass.
    pub(crate) fn advance(&self, ms: u64) {
        self.now.set(self.now.get() + ms);
    }

    /// How long the code under test slept, each time.
    pub(crate) fn pauses(&self) -> Vec<u32> {
        self.pauses.borrow().clone()
    }

    /// Makes the random source give these bytes the next time.
    pub(crate) fn prepare_random(&self, bytes: &[u8]) {
        self.prepared.borrow_mut().push_back(bytes.to_vec());
    }

    /// Makes the random source fail from now on.
    pub(crate) fn break_random(&self) {
        self.random_fails.set(true);
    }

    /// Puts a key into the ring, or another in its place.
    pub(crate) fn add_key(&self, id: &str, bytes: &[u8]) {
        self.keys.borrow_mut().insert(id.to_owned(), bytes.to_vec());
    }

    /// Takes a key out of the ring.
    pub(crate) fn forget_key(&self, id: &str) {
        self.keys.borrow_mut().remove(id);
    }

    /// Says which key seals.
    pub(crate) fn activate(&self, id: Option<&str>) {
        *self.active.borrow_mut() = id.map(str::to_owned);
    }

    /// Refuses the next acquisition of any budget: there would be room after so many milliseconds.
    pub(crate) fn refuse_budget(&self, room_in_ms: u32) {
        self.refusals.borrow_mut().push_back(room_in_ms);
    }

    /// The budgets acquired, with how long each was ready to wait.
    pub(crate) fn acquired(&self) -> Vec<(Budget, u32)> {
        self.acquired.borrow().clone()
    }

    /// What the budgets were told.
    pub(crate) fn observed(&self) -> Vec<(Budget, Observation)> {
        self.observed.borrow().clone()
    }

    /// The authorizations that were claimed, with when they may be forgotten.
    pub(crate) fn claimed(&self) -> BTreeMap<String, u64> {
        self.claimed.borrow().clone()
    }

    /// The log: `level: message [name=value …]`.
    pub(crate) fn log_lines(&self) -> Vec<String> {
        self.lines.borrow().clone()
    }

    fn key(&self, id: &str) -> Option<EncryptionKey> {
        let bytes = self.keys.borrow().get(id).cloned()?;
        Some(EncryptionKey { id: id.to_owned(), bytes: Zeroizing::new(bytes) })
    }
}

impl Drop for FakeHost {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(self.script.left(), Vec::<String>::new(), "expected, but never sent");
        }
    }
}

impl Clock for FakeHost {
    fn now(&self) -> u64 {
        self.now.get()
    }

    fn sleep(&self, duration_ms: u32) {
        self.pauses.borrow_mut().push(duration_ms);
        self.advance(duration_ms.into());
    }
}

impl Random for FakeHost {
    /// Prepared bytes, else a permutation of a counter: it looks random and never repeats itself.
    fn fill(&self, buffer: &mut [u8]) -> bool {
        if self.random_fails.get() {
            return false;
        }
        if let Some(bytes) = self.prepared.borrow_mut().pop_front() {
            buffer.copy_from_slice(&bytes);
            return true;
        }
        for chunk in buffer.chunks_mut(8) {
            self.drawn.set(self.drawn.get() + 1);
            // The finalizer of SplitMix64, which is one to one.
            let mut mixed = self.drawn.get().wrapping_mul(0x9E37_79B9_7F4A_7C15);
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            chunk.copy_from_slice(&(mixed ^ (mixed >> 31)).to_le_bytes()[..chunk.len()]);
        }
        true
    }
}

impl Keys for FakeHost {
    fn active_key(&self) -> Option<EncryptionKey> {
        self.active.borrow().as_deref().and_then(|id| self.key(id))
    }

    fn find_key(&self, id: &str) -> Option<EncryptionKey> {
        self.key(id)
    }
}

impl Authorizations for FakeHost {
    fn claim_authorization(&self, id: &str, expires_at: u64) -> Result<bool, String> {
        Ok(self.claimed.borrow_mut().insert(id.to_owned(), expires_at).is_none())
    }
}

impl RequestBudget for FakeHost {
    fn acquire_budget(&self, _: u64, budget: Budget, wait_ms: u32) -> Result<(), u32> {
        if let Some(room_in_ms) = self.refusals.borrow_mut().pop_front() {
            return Err(room_in_ms);
        }
        self.acquired.borrow_mut().push((budget, wait_ms));
        Ok(())
    }

    fn observe_budget(&self, _: u64, budget: Budget, observation: Observation) {
        self.observed.borrow_mut().push((budget, observation));
    }
}

impl Log for FakeHost {
    fn log(&self, level: Level, message: &str, facts: &[(&str, &str)]) {
        let level = match level {
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
        };
        let mut line = format!("{level}: {message}");
        for (name, value) in facts {
            line.push_str(&format!(" [{name}={value}]"));
        }
        assert!(!line.contains(HUSH), "a secret in the log: {line}");
        self.lines.borrow_mut().push(line);
    }
}
