//! The whole life of connections: created, authorized, used, disconnected, removed.
//!
//! Every change of a connection's state is decided by the connector (`lifecycle.transition`) and
//! stored here.

mod authorization;
mod configuration;
mod events;
mod import;
mod keys;
mod manifest;
mod options;
mod revocation;
mod runs;
mod sync;
mod transition;
mod view;

use std::sync::Arc;
use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;

pub use self::authorization::{ConnectRequest, Pending};
pub use self::configuration::ConnectionPage;
pub use self::events::{LARGEST_WEBHOOK, PollDone, Received, RefusedWebhook};
pub use self::keys::{KeyView, KeysRotated, NotResealed, Seals};
pub use self::options::HostOptions;
pub use self::revocation::{Disconnected, Removed, RetrySummary, Revoked, Rotated};
pub use self::runs::Account;
pub use self::view::{ConnectionView, GrantView, PlatformView};
use crate::audit::EventKind;
use crate::budget::{Budget, BudgetView, RequestBudget};
use crate::clock::SharedClock;
use crate::engine::{CallContext, ConnectorComponent};
use crate::error::{ErrorCode, HostError};
use crate::http::HttpClient;
use crate::imports::Services;
use crate::store::{ConnectionRow, Store};

/// For calls that send nothing.
const LOCAL_DEADLINE: Duration = Duration::from_secs(10);

/// For calls that talk to the service without a deadline of their own. Longer than the connector
/// waits for a lease (65 s) and then works under it (45 s).
const NETWORK_DEADLINE: Duration = Duration::from_secs(130);

/// A connector with everything it needs. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Host(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    component: ConnectorComponent,
    services: Arc<Services>,
}

impl Host {
    /// Puts a host together. The store and the keys must be the same as before, or what was
    /// sealed with them stays closed.
    pub async fn new(
        component: ConnectorComponent,
        store: Store,
        options: HostOptions,
    ) -> Result<Self, HostError> {
        let HostOptions { keyring, http, ceilings, random } = options;
        let allowed_origins = http.allowed_origins.clone();
        let clock = Arc::clone(store.clock());
        let services = Arc::new(Services {
            budget: RequestBudget::new(Arc::clone(&clock), ceilings),
            http: HttpClient::new(http)?,
            clock,
            random,
            keyring,
            store,
        });
        let host = Self(Arc::new(Shared { component, services }));
        let manifest = host.manifest().await?;
        for origin in manifest.origins {
            if !origin.parse().is_ok_and(|origin| allowed_origins.contains(&origin)) {
                return Err(HostError::new(
                    ErrorCode::Internal,
                    format!("The component wants to reach {origin}, which is not allowed here."),
                    "Use a component that you trust, or allow that origin.",
                ));
            }
        }
        Ok(host)
    }

    /// The host's clock.
    #[must_use]
    pub fn clock(&self) -> &SharedClock {
        &self.0.services.clock
    }

    /// What the host remembers.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.0.services.store
    }

    /// The component that the host runs.
    #[must_use]
    pub fn component(&self) -> &ConnectorComponent {
        &self.0.component
    }

    /// Where a connection's request budget stands.
    #[must_use]
    pub fn budget(&self, connection: u64, budget: Budget) -> BudgetView {
        self.0.services.budget.look(connection, budget)
    }

    /// A secret of the host's own, for one purpose, that is the same for as long as the key that
    /// seals secrets is. None without a key.
    pub(crate) fn derived_secret(&self, purpose: &str) -> Option<[u8; 32]> {
        let key = self.0.services.keyring.active()?;
        let mut mac = Hmac::<Sha256>::new_from_slice(key.bytes()).ok()?;
        mac.update(purpose.as_bytes());
        Some(mac.finalize().into_bytes().into())
    }

    /// A context for calling the component directly.
    #[must_use]
    pub fn context(&self, connection: Option<u64>, deadline: Duration) -> CallContext {
        let services = Arc::clone(&self.0.services);
        CallContext { services, connection, operation: String::new(), with_grant: None, deadline }
    }

    /// Records a call that read or wrote secrets. That it cannot be recorded does not undo it.
    async fn note(&self, id: u64, event: EventKind) {
        self.note_detail(Some(id), event, Value::Null).await;
    }

    /// The same with more facts; without a connection it is about all of them.
    async fn note_detail(&self, id: Option<u64>, event: EventKind, detail: Value) {
        if let Err(error) = self.store().record_event(id, event, detail).await {
            tracing::warn!(connection = id, %error, "{} was not recorded", event.as_str());
        }
    }

    async fn row(&self, id: u64) -> Result<ConnectionRow, HostError> {
        self.store().connection(id).await?.ok_or_else(|| HostError::unknown_connection(id))
    }
}
