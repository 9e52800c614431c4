//! What a running simulator holds.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::account::Account;
use super::faults::FaultQueue;
use super::oauth::grants::Authorizations;
use super::options::SimulatorOptions;
use super::random::TokenMint;
use super::rates::Rates;
use super::recording::Recording;
use super::timestamp::Timestamp;
use super::webhooks::Courier;

/// What a running simulator holds.
pub(crate) struct State {
    pub(crate) options: SimulatorOptions,
    pub(crate) mint: TokenMint,
    /// Binds page tokens to this simulator.
    pub(crate) seal: [u8; 32],
    pub(crate) courier: Courier,
    world: Mutex<World>,
    faults: Mutex<FaultQueue>,
    recording: Mutex<Recording>,
}

/// What requests read and change, each as a whole.
pub(crate) struct World {
    pub(crate) account: Account,
    pub(crate) authorizations: Authorizations,
    pub(crate) rates: Rates,
}

impl State {
    pub(crate) fn new(options: SimulatorOptions) -> std::io::Result<Self> {
        let mint = TokenMint::new()?;
        let now = Timestamp::from_millis(options.clock.now_ms());
        let world = World {
            account: super::seed::account(options.seed, options.size, options.plan, now),
            authorizations: Authorizations::default(),
            rates: Rates::default(),
        };
        Ok(Self {
            seal: mint.bytes(),
            courier: Courier::default(),
            mint,
            options,
            world: Mutex::new(world),
            faults: Mutex::default(),
            recording: Mutex::default(),
        })
    }

    pub(crate) fn now_ms(&self) -> u64 {
        self.options.clock.now_ms()
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now_ms())
    }

    /// API requests per client, user and minute, if they are counted.
    pub(crate) fn limit(&self) -> Option<u32> {
        let limit = self.options.requests_per_minute;
        Some(limit.unwrap_or(self.options.plan.requests_per_minute())).filter(|limit| *limit > 0)
    }

    /// The limit that is stated, also where nothing is counted.
    pub(crate) fn stated_limit(&self) -> u32 {
        self.limit().unwrap_or(self.options.plan.requests_per_minute())
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        lock(&self.world)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, FaultQueue> {
        lock(&self.faults)
    }

    pub(crate) fn recording(&self) -> MutexGuard<'_, Recording> {
        lock(&self.recording)
    }
}

/// A handler that panicked leaves at worst one half-made change behind, which is better than a
/// simulator that fails every later test.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
