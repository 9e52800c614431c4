//! What the connector may reach: one file per interface it imports.

mod authorizations;
mod clock;
mod grant_store;
mod http;
mod keys;
mod leases;
mod log;
mod random;
mod request_budget;

use std::fmt;
use std::sync::Arc;

use wasmtime::ResourceLimiter;

pub(crate) use self::leases::HeldUntil;
use self::leases::{Lease, Leases};
use crate::audit::CallAudit;
use crate::bindings::sovrium::connector::types;
use crate::budget::RequestBudget;
use crate::clock::SharedClock;
use crate::http::HttpClient;
use crate::keyring::Keyring;
use crate::random::SharedRandom;
use crate::store::{StateMove, Store};

/// What the imports are made of, shared by all calls of a host.
pub struct Services {
    /// Time.
    pub clock: SharedClock,
    /// Randomness.
    pub random: SharedRandom,
    /// Encryption keys.
    pub keyring: Keyring,
    /// The way out.
    pub http: HttpClient,
    /// Grants and claims.
    pub store: Store,
    /// Rate limits.
    pub budget: RequestBudget,
}

impl fmt::Debug for Services {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Services").finish_non_exhaustive()
    }
}

/// The host's side of one call.
#[derive(Debug)]
pub struct CallState {
    services: Arc<Services>,
    /// The way out, on this call's record.
    http: HttpClient,
    /// The connection that the call is for; the connector reaches no other one's grant.
    connection: Option<u64>,
    /// What storing a grant does to the connection's state.
    with_grant: Option<StateMove>,
    leases: Leases,
    pub(crate) limits: Limits,
}

impl CallState {
    pub(crate) fn new(
        services: Arc<Services>,
        connection: Option<u64>,
        operation: String,
        with_grant: Option<StateMove>,
        memory_bytes: usize,
    ) -> Self {
        let audit = CallAudit::new(services.store.clone(), connection, operation);
        let http = services.http.audited(audit);
        let limits = Limits { memory_bytes, memory_refused: false };
        Self { services, http, connection, with_grant, leases: Leases::new(), limits }
    }

    /// Whether the call holds a lease, to be asked while it runs.
    pub(crate) fn leases_held(&self) -> HeldUntil {
        self.leases.watch()
    }

    /// Gives back what the call still holds, however it ended.
    pub(crate) async fn finish(&mut self) {
        for Lease { connection, fence, .. } in self.leases.take() {
            if let Err(error) = self.services.store.release_lease(connection, fence).await {
                tracing::warn!(connection, %error, "a lease was not given back; it runs out");
            }
        }
    }

    /// Refuses to serve a connection other than the call's. It is a defect of the connector, so
    /// it ends the call.
    fn only_own_connection(&self, connection: u64) -> wasmtime::Result<()> {
        if self.connection == Some(connection) {
            Ok(())
        } else {
            Err(wasmtime::format_err!("the connector reached for another connection"))
        }
    }
}

impl Drop for CallState {
    fn drop(&mut self) {
        // Only a call that was dropped half-way still holds any.
        for Lease { connection, fence, .. } in self.leases.take() {
            self.services.store.forget_lease(connection, fence);
        }
    }
}

impl types::Host for CallState {}

/// How much memory an instance may take.
#[derive(Debug)]
pub(crate) struct Limits {
    memory_bytes: usize,
    /// Whether the instance wanted more.
    pub(crate) memory_refused: bool,
}

/// More table entries than any connector has functions.
const MAX_TABLE_ELEMENTS: usize = 100_000;

impl ResourceLimiter for Limits {
    fn memory_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if desired <= self.memory_bytes {
            return Ok(true);
        }
        // Ends the call here: a connector that has no memory left could only abort.
        self.memory_refused = true;
        Err(wasmtime::format_err!("the connector wants more than {} bytes", self.memory_bytes))
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired <= MAX_TABLE_ELEMENTS)
    }
}
