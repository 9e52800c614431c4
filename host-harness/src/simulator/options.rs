//! How a simulator is set up.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use super::oauth;
use super::plan::Plan;
use crate::clock::{SharedClock, SystemClock};

/// How a [`Simulator`](super::Simulator) is set up. The default is a small account on a free port
/// of the loopback interface, with the limits of the real service.
#[derive(Clone)]
pub struct SimulatorOptions {
    /// Where to listen. Port 0 lets the system choose.
    pub address: SocketAddr,
    /// The time that token lifetimes, rate windows and "in the past" are measured by.
    pub clock: SharedClock,
    /// Decides every name and identifier of the account.
    pub seed: u64,
    /// How much the account holds.
    pub size: AccountSize,
    /// What the organization pays for. It decides limits, and what is refused with a request to
    /// upgrade.
    pub plan: Plan,
    /// How long an access token works.
    pub access_token_lifetime: Duration,
    /// For how long a spent refresh token is answered with the pair it was spent on. The real
    /// service gives no such time.
    pub refresh_grace: Duration,
    /// API requests per client, user and minute. `None` is what the plan allows; `Some(0)` counts
    /// nothing, tokens and bookings included.
    pub requests_per_minute: Option<u32>,
    /// The redirect URIs registered with the clients. `None` accepts what a sandbox app could
    /// register: `http://localhost`, `http://127.0.0.1` and every https URI.
    pub redirect_uris: Option<Vec<String>>,
    /// What webhooks are signed with for subscriptions that an app made without a key of its own:
    /// the one that the developer portal shows once. It is the same for both apps.
    pub webhook_signing_key: String,
    /// Whether webhooks are sent as soon as they are due. Otherwise they wait for
    /// [`Simulator::deliver_due`](super::Simulator::deliver_due). It is meant for a clock that runs:
    /// a virtual one is moved to the next try whenever one is awaited.
    pub deliver_webhooks_in_background: bool,
}

/// How much the seeded account holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountSize {
    /// Event types; the first six differ in kind, the others are one-on-one.
    pub event_types: usize,
    /// Scheduled events, half of them in the past.
    pub scheduled_events: usize,
    /// Contacts, all of the account's owner.
    pub contacts: usize,
}

impl Default for AccountSize {
    fn default() -> Self {
        Self { event_types: 6, scheduled_events: 60, contacts: 240 }
    }
}

impl Default for SimulatorOptions {
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            clock: Arc::new(SystemClock),
            seed: 1,
            size: AccountSize::default(),
            plan: Plan::Enterprise,
            access_token_lifetime: Duration::from_secs(7_200),
            refresh_grace: Duration::ZERO,
            requests_per_minute: None,
            redirect_uris: None,
            webhook_signing_key: oauth::WEBHOOK_SIGNING_KEY.to_owned(),
            deliver_webhooks_in_background: false,
        }
    }
}
