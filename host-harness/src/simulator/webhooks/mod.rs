//! Webhooks: signed requests to whoever has subscribed, tried again for a day if need be.
//!
//! Unless [`SimulatorOptions::deliver_webhooks_in_background`] says otherwise, nothing leaves before
//! [`Simulator::deliver_due`] is called, so that a test decides when it happens.
//!
//! [`SimulatorOptions::deliver_webhooks_in_background`]: super::SimulatorOptions::deliver_webhooks_in_background

mod courier;
mod delivery;
mod faults;
mod outbox;
mod sender;
mod signing_key;

use std::time::Duration;

use serde_json::Value;
use url::Url;

use super::Simulator;
use super::account::Account;
use super::resources::webhook_payloads::envelope;
use super::timestamp::Timestamp;

pub use self::delivery::{DeliveryState, WebhookDelivery};
pub use self::faults::{WebhookFault, WebhookFaultKind};

pub(crate) use self::courier::{Courier, deliver_always, deliver_due};
pub(crate) use self::outbox::Outbox;
pub(crate) use self::signing_key::SigningKey;

/// Tells every subscription that covers one of `users` and names the event. The payload is only
/// made if there is one.
pub(crate) fn announce(
    account: &mut Account,
    event: &'static str,
    users: &[String],
    now: Timestamp,
    payload: impl FnOnce(&Account) -> Option<Value>,
) {
    let subscriptions = account.webhook_subscriptions.values().filter(|subscription| {
        !subscription.is_disabled
            && subscription.events.contains(&event)
            && subscription.audience.covers(account, users)
            && !leads_nowhere(&subscription.callback_url)
    });
    let told: Vec<_> = subscriptions
        .map(|one| (one.id.clone(), one.callback_url.clone(), one.creator.clone()))
        .collect();
    if told.is_empty() {
        return;
    }
    let Some(payload) = payload(account) else {
        return;
    };
    for (id, url, creator) in told {
        let body = envelope(event, now, &creator, &payload).to_string();
        account.outbox.push(event, &id, url, body, now);
    }
}

/// Whether nobody can listen at a URL: `.example` is reserved. The seeded subscriptions, which
/// belong to other apps, are all there, and nothing is sent to them.
fn leads_nowhere(url: &str) -> bool {
    let url = Url::parse(url);
    let host = url.as_ref().ok().and_then(Url::host_str);
    host.is_none_or(|host| host == "example" || host.ends_with(".example"))
}

impl Simulator {
    /// Tries every webhook that is due on the simulator's clock, each once, and answers what
    /// became of them, in the order in which their events happened. What failed is due again
    /// later; see [`Self::next_delivery_in`].
    pub async fn deliver_due(&self) -> Vec<WebhookDelivery> {
        deliver_due(&self.state).await
    }

    /// How long it is until a webhook is due: nothing if one is, `None` if none waits.
    #[must_use]
    pub fn next_delivery_in(&self) -> Option<Duration> {
        let next = self.state.world().account.outbox.next_due();
        next.map(|due| courier::until(due, self.state.now()))
    }

    /// The webhooks so far, in the order in which their events happened. All that wait are kept,
    /// and of the others about the last 20,000.
    #[must_use]
    pub fn deliveries(&self) -> Vec<WebhookDelivery> {
        self.state.world().account.outbox.deliveries()
    }

    /// Forgets the webhooks that need nothing more. Those that wait stay.
    pub fn clear_deliveries(&self) {
        self.state.world().account.outbox.forget_settled();
    }

    /// Makes something go wrong with the deliveries to come.
    pub fn webhook_fault(&self, fault: WebhookFault) {
        self.state.world().account.outbox.faults.push(fault);
    }

    /// Forgets the webhook faults that have not happened yet.
    pub fn clear_webhook_faults(&self) {
        self.state.world().account.outbox.faults.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::leads_nowhere;

    #[test]
    fn only_reserved_hosts_lead_nowhere() {
        for url in ["https://hooks.northwind.example/crm", "http://example:8080/", "nonsense"] {
            assert!(leads_nowhere(url), "{url}");
        }
        for url in ["http://127.0.0.1:8080/hook", "https://hooks.example.com/", "http://[::1]/"] {
            assert!(!leads_nowhere(url), "{url}");
        }
    }
}
