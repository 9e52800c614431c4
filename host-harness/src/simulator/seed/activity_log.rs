//! The activity log of the last weeks.

use serde_json::{Map, Value, json};

use super::names::COMPANIES;
use crate::simulator::account::Account;
use crate::simulator::random::SplitMix64;
use crate::simulator::resources::activity_log::{ActivityLogEntry, Actor};
use crate::simulator::resources::users::User;
use crate::simulator::timestamp::Timestamp;
use crate::simulator::uris::uri;

const OWN_RANDOMNESS: u64 = 0x6163_7469_7669_7479;
const ENTRIES: usize = 48;

/// Who does something: somebody, or Calendly itself.
#[derive(Clone, Copy)]
enum By {
    Anybody,
    Owner,
    System,
}

/// What happens: namespace, action, by whom. None of the names is documented.
const KINDS: [(&str, &str, By); 12] = [
    ("User", "Login", By::Anybody),
    ("EventType", "Update", By::Anybody),
    ("Calendar", "Connect", By::Anybody),
    ("User", "Update", By::Anybody),
    ("Calendar", "Disconnect", By::System),
    ("EventType", "Create", By::Owner),
    ("Availability", "Update", By::Anybody),
    ("Invitation", "Send", By::Owner),
    ("Webhook", "Create", By::Owner),
    ("Webhook", "Disable", By::System),
    ("Organization", "Update", By::Owner),
    ("AccessToken", "Create", By::Anybody),
];

pub(super) fn add(account: &mut Account, seed: u64, now: Timestamp) {
    let mut random = SplitMix64::new(seed ^ OWN_RANDOMNESS);
    let actors: Vec<Actor> = account.users.iter().map(|user| actor(account, user)).collect();
    let mut occurred_at = now;
    let mut entries = Vec::with_capacity(ENTRIES);
    for index in 0..ENTRIES {
        let (namespace, action, by) = KINDS[index % KINDS.len()];
        let actor = match by {
            By::System => None,
            By::Owner => actors.first(),
            By::Anybody => actors.get(random.index(actors.len())),
        };
        // A millisecond is as exact as the log is.
        let millis = 1 + i64::try_from(random.below(3 * 24 * 3_600_000)).unwrap_or_default();
        occurred_at = occurred_at.plus(-millis * 1_000);
        entries.push(ActivityLogEntry {
            id: random.uuid(),
            occurred_at,
            actor: actor.cloned().unwrap_or(Actor::System),
            namespace,
            action,
            details: details(&mut random, account, namespace),
        });
    }
    account.activity_log = entries;
}

fn actor(account: &Account, user: &User) -> Actor {
    let membership = account.membership_of(&user.id);
    let relationship = account
        .group_relationships
        .iter()
        .find(|one| membership.is_some_and(|membership| one.owner.is_membership(&membership.id)));
    let group = relationship.and_then(|one| {
        let group = account.groups.iter().find(|group| group.id == one.group)?;
        Some((uri("groups", &group.id), group.name.clone(), one.role))
    });
    Actor::User {
        uri: user.uri(),
        name: user.name.clone(),
        email: user.email.clone(),
        role: membership.map_or("user", |membership| membership.role.name()),
        group,
    }
}

fn details(random: &mut SplitMix64, account: &Account, namespace: &str) -> Map<String, Value> {
    let details = match namespace {
        "EventType" => {
            let event_types: Vec<_> = account.event_types.values().take(20).collect();
            let event_type = event_types.get(random.index(event_types.len()));
            json!({ "event_type_name": event_type.map(|event_type| &event_type.name) })
        }
        "Calendar" => json!({ "provider": random.pick(&["google", "outlook", "exchange"]) }),
        "Invitation" => {
            let (_, domain) = COMPANIES[random.index(COMPANIES.len())];
            json!({ "email": format!("new.colleague@{domain}") })
        }
        "Webhook" => json!({ "callback_url": "https://hooks.northwind.example/crm" }),
        "Organization" => json!({ "changed": ["name"], "name": account.organization.name }),
        _ => json!({}),
    };
    if let Value::Object(details) = details { details } else { Map::new() }
}
