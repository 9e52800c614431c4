//! Who hosts an event type.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::event_types::EventType;
use crate::simulator::account::Account;
use crate::simulator::answer::Outcome;
use crate::simulator::call::{Call, Endpoint};
use crate::simulator::errors::Violations;
use crate::simulator::paging::{found, page};
use crate::simulator::random::SplitMix64;
use crate::simulator::sorting::{Key, Row, Sorting};
use crate::simulator::uris::uri;

/// The documentation lists personal access tokens only, but counts it among what the scope covers.
pub(crate) const ENDPOINTS: &[Endpoint] =
    &[Endpoint::get("/event_type_memberships", "event_types:read", list).query(&[
        "event_type",
        "count",
        "page_token",
    ])];

/// A user as the host of an event type.
struct Host<'a> {
    id: String,
    user: &'a str,
    /// The owner's is 0.
    position: i64,
}

impl Row for Host<'_> {
    fn id(&self) -> &str {
        &self.id
    }

    fn key(&self, _field: &str) -> Key<'_> {
        Key::Number(self.position)
    }
}

impl<'a> Host<'a> {
    fn of(event_type: &'a EventType) -> Vec<Self> {
        let hosts = event_type.hosts.iter().zip(0..);
        hosts
            .map(|(user, position)| Self { id: host_id(&event_type.id, user), user, position })
            .collect()
    }

    fn resource(&self, event_type: &EventType, account: &Account) -> Value {
        json!({
            "uri": uri("event_type_memberships", &self.id),
            "event_type": event_type.resource(account),
            "member": account.user(self.user).map(super::users::User::embedded),
            "created_at": event_type.created_at,
            "updated_at": event_type.created_at,
        })
    }
}

/// The same for the same event type and user, so that nothing has to be kept.
fn host_id(event_type: &str, user: &str) -> String {
    let hash = Sha256::new().chain_update(event_type).chain_update("/").chain_update(user);
    let mut seed = [0; 8];
    seed.copy_from_slice(&hash.finalize()[..8]);
    SplitMix64::new(u64::from_be_bytes(seed)).uuid()
}

fn list(call: &Call, account: &mut Account) -> Outcome {
    let mut violations = Violations::default();
    let id = call.required_reference("event_type", "event_types", &mut violations);
    violations.check()?;
    let event_type = found(account.event_type(id))?;
    event_type.check_managed_by(&call.caller, account)?;
    let hosts = Host::of(event_type);
    let sorting = Sorting::ascending("position");
    page(call, Violations::default(), hosts.iter(), &sorting, |host| {
        host.resource(event_type, account)
    })
}
