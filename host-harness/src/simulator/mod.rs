//! A stateful Calendly on the loopback interface.
//!
//! One listener plays both `https://api.calendly.com` and `https://auth.calendly.com`; whoever
//! talks to it maps the two origins to [`Simulator::origin`]. It refuses what the real service
//! refuses, in the same words, and it can be told to misbehave ([`Simulator::inject`]).
//!
//! ```no_run
//! # async fn example() -> anyhow::Result<()> {
//! use host_harness::simulator::{Decision, Simulator, SimulatorOptions, decide};
//!
//! let simulator = Simulator::start(SimulatorOptions::default()).await?;
//! let authorize_url = simulator.map(
//!     "https://auth.calendly.com/oauth/authorize?response_type=code&scope=contacts:read\
//!      &client_id=sim_client_7f3a&redirect_uri=http://localhost/callback&state=xyz",
//! );
//! let callback = decide(&authorize_url, Decision::Allow).await?;
//! assert!(callback.starts_with("http://localhost/callback?code="));
//! # Ok(())
//! # }
//! ```

mod account;
mod answer;
mod api;
mod browser;
mod call;
mod connection;
mod control;
mod counts;
mod errors;
mod faults;
mod fields;
mod oauth;
mod options;
mod outside;
mod page_token;
mod paging;
mod plan;
mod random;
mod rates;
mod recording;
mod resources;
mod scopes;
mod seed;
mod server;
mod sorting;
mod state;
mod time_range;
mod timestamp;
mod uris;
mod webhooks;
mod zones;

use std::fmt;
use std::io;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

pub use self::browser::{Decision, decide};
pub use self::counts::Resource;
pub use self::faults::{Fault, FaultKind};
pub use self::options::{AccountSize, SimulatorOptions};
pub use self::outside::Refusal;
pub use self::plan::Plan;
pub use self::recording::RecordedRequest;
pub use self::webhooks::{DeliveryState, WebhookDelivery, WebhookFault, WebhookFaultKind};

use self::oauth::issuer::Issuer;
use self::resources::organizations::Role;
use self::resources::seats::free_start;
use self::state::State;

/// Somebody in the seeded account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Person {
    /// The owner of the organization, who has the contacts and most event types, and who answers
    /// consent pages.
    Owner,
    /// An ordinary member of the organization and the admin of its group.
    Colleague,
}

/// A running simulator. It stops when it is dropped.
pub struct Simulator {
    origin: String,
    state: Arc<State>,
    /// Dropping it stops the server.
    _stop: oneshot::Sender<()>,
    /// Dropping it stops deliveries in the background.
    _background: JoinSet<()>,
}

impl Simulator {
    /// The client id of the app that is registered with every simulator.
    pub const CLIENT_ID: &'static str = oauth::CLIENT_ID;
    /// The secret of that app.
    pub const CLIENT_SECRET: &'static str = oauth::CLIENT_SECRET;
    /// The client id of a second app: the one in the connector's examples.
    pub const EXAMPLE_CLIENT_ID: &'static str = oauth::EXAMPLE_CLIENT_ID;
    /// The secret of the second app.
    pub const EXAMPLE_CLIENT_SECRET: &'static str = oauth::EXAMPLE_CLIENT_SECRET;

    /// What webhooks of both apps are signed with, unless the options say otherwise.
    pub const WEBHOOK_SIGNING_KEY: &'static str = oauth::WEBHOOK_SIGNING_KEY;

    /// Starts a simulator on the current tokio runtime.
    ///
    /// # Errors
    ///
    /// If it cannot listen at the address of the options, or the system gives no random bytes.
    pub async fn start(options: SimulatorOptions) -> io::Result<Self> {
        let listener = TcpListener::bind(options.address).await?;
        let origin = format!("http://{}", listener.local_addr()?);
        let state = Arc::new(State::new(options)?);
        let (stop, stopped) = oneshot::channel();
        tokio::spawn(server::serve(listener, Arc::clone(&state), stopped));
        let mut background = JoinSet::new();
        if state.options.deliver_webhooks_in_background {
            background.spawn(webhooks::deliver_always(Arc::clone(&state)));
        }
        Ok(Self { origin, state, _stop: stop, _background: background })
    }

    /// Where it listens: `http://127.0.0.1:<port>`.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// What sends a host's requests here: `FROM=TO` for each of the real service's origins.
    #[must_use]
    pub fn origin_mappings(&self) -> [String; 2] {
        [uris::API, uris::AUTH].map(|from| format!("{from}={}", self.origin))
    }

    /// The URL on the simulator that plays `url`, which is one of the real service.
    #[must_use]
    pub fn map(&self, url: &str) -> String {
        let path = url.strip_prefix(uris::API).or_else(|| url.strip_prefix(uris::AUTH));
        path.map_or_else(|| url.to_owned(), |path| format!("{}{path}", self.origin))
    }

    /// The requests so far, in the order in which their answers were made. The last 20,000 are
    /// kept; those to `/_simulator/` are not counted.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.state.recording().all()
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        self.state.recording().clear();
    }

    /// Makes something go wrong.
    pub fn inject(&self, fault: Fault) {
        self.state.faults().push(fault);
    }

    /// Forgets the faults that have not happened yet.
    pub fn clear_faults(&self) {
        self.state.faults().clear();
    }

    /// Makes every access token stop working; refresh tokens go on.
    pub fn expire_access_tokens(&self) {
        let now_ms = self.state.now_ms();
        self.state.world().authorizations.expire_access_tokens(now_ms);
    }

    /// Ends every grant, as people do in their account's settings: the next call is answered 401,
    /// the next refresh `invalid_grant`.
    pub fn revoke_grants(&self) {
        self.state.world().authorizations.revoke_all();
    }

    /// How many grants have been given and not ended.
    #[must_use]
    pub fn living_grants(&self) -> usize {
        self.state.world().authorizations.living_grants()
    }

    /// Every token that was handed out, whoever it reached, and every code that was not redeemed.
    #[must_use]
    pub fn issued_secrets(&self) -> Vec<String> {
        self.state.world().authorizations.secrets().map(str::to_owned).collect()
    }

    /// An access token of the owner, without anybody being asked. Names that are not scopes are
    /// left out; `default` stands for everything.
    #[must_use]
    pub fn issue_access_token(&self, scopes: &[&str]) -> String {
        self.issue_access_token_for(Person::Owner, scopes)
    }

    /// An access token of somebody, without anybody being asked.
    #[must_use]
    pub fn issue_access_token_for(&self, person: Person, scopes: &[&str]) -> String {
        let known = known_scopes(scopes);
        let mut world = self.state.world();
        let (user, organization) = world.account.ids(person);
        let issuer = Issuer::new(&self.state, &organization);
        world.authorizations.issue_directly(Self::CLIENT_ID, &user, known, &issuer)
    }

    /// A personal access token, as somebody makes it for themselves: it belongs to no app, does not
    /// expire, and nothing renews it. [`Self::revoke_grants`] ends it.
    #[must_use]
    pub fn issue_personal_access_token(&self, person: Person, scopes: &[&str]) -> String {
        let known = known_scopes(scopes);
        let mut world = self.state.world();
        let (user, organization) = world.account.ids(person);
        let issuer = Issuer::new(&self.state, &organization);
        world.authorizations.issue_personally(&user, known, &issuer)
    }

    /// How many resources of a kind there are.
    #[must_use]
    pub fn count(&self, resource: Resource) -> usize {
        resource.count(&self.state.world().account)
    }

    /// The URI of somebody.
    #[must_use]
    pub fn user_uri(&self, person: Person) -> String {
        let world = self.state.world();
        world
            .account
            .users
            .get(person as usize)
            .map(resources::users::User::uri)
            .unwrap_or_default()
    }

    /// The URI of the organization.
    #[must_use]
    pub fn organization_uri(&self) -> String {
        uris::uri("organizations", &self.state.world().account.organization.id)
    }

    /// The URI of a membership of another organization: it exists, but is not to be seen.
    #[must_use]
    pub fn membership_elsewhere_uri(&self) -> String {
        let world = self.state.world();
        let id = world.account.memberships_elsewhere.first().map_or("", String::as_str);
        uris::uri("organization_memberships", id)
    }

    /// Makes somebody who is an ordinary member an admin of the organization. The API has no call
    /// for it.
    pub fn make_admin(&self, person: Person) {
        let mut world = self.state.world();
        let account = &mut world.account;
        let user = account.users.get(person as usize).map(|user| user.id.as_str());
        let mut memberships = account.memberships.iter_mut();
        let found = memberships.find(|known| user == Some(known.user.as_str()));
        if let Some(membership) = found.filter(|known| known.role == Role::User) {
            membership.role = Role::Admin;
        }
    }

    /// The URI of the event type with this name.
    #[must_use]
    pub fn event_type_uri(&self, name: &str) -> Option<String> {
        let world = self.state.world();
        let found = world.account.event_types.values().find(|event_type| event_type.name == name);
        found.map(resources::event_types::EventType::uri)
    }

    /// The first full half hour, a day or more from now, at which somebody has nothing scheduled
    /// for an hour and a half: a start time that can be booked.
    #[must_use]
    pub fn free_start_time(&self, person: Person) -> String {
        let world = self.state.world();
        let user = world.account.users.get(person as usize).map(|user| user.id.as_str());
        free_start(&world.account, user.unwrap_or_default(), self.state.now(), 90).to_string()
    }
}

/// The scopes of these names; what is not the name of one is left out.
fn known_scopes(names: &[&str]) -> Vec<&'static str> {
    let known = names.iter().filter_map(|name| {
        let legacy = (*name == scopes::LEGACY).then_some(scopes::LEGACY);
        legacy.or_else(|| scopes::find(name).map(|scope| scope.name))
    });
    known.collect()
}

/// The paths of the API's endpoints, each id in braces.
#[cfg(test)]
pub(crate) fn endpoint_paths() -> impl Iterator<Item = &'static str> {
    resources::FAMILIES.iter().copied().flatten().map(|endpoint| endpoint.path)
}

impl fmt::Debug for Simulator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Simulator").field("origin", &self.origin).finish_non_exhaustive()
    }
}
