//! Verifying: why webhooks arrive, or do not, link by link of the chain.

use serde_json::{Map, Value};

use super::wanted::kinds;
use super::{READ, all, place};
use crate::api::Client;
use crate::error::{Error, Result};
use crate::json::{self, object};
use crate::oauth::scopes;
use crate::operations::{Access, Operation, input, shapes};
use crate::text::{join, same};

pub(in crate::operations) const VERIFY: Operation = Operation {
    name: "calendly.verifyWebhook",
    label: "Verify a webhook",
    description: "Explains, link by link, whether Calendly's events reach the URL: the signing \
                  key, the scopes, the subscription, its events, its state and its deliveries.",
    input: &shapes::VERIFY,
    output: &shapes::VERIFIED,
    access: Access::Scopes(READ),
    run: verify,
};

fn verify(client: &Client<'_>, config: &Map<String, Value>) -> Result<Value> {
    let place = place(input::checked_base(config)?)?;
    let mut broken = Vec::new();
    let wanted = kinds(config, &mut broken);
    if !broken.is_empty() {
        return Err(Error::invalid_input(broken));
    }
    let mut chain = Chain::default();
    chain.add(
        "signing-key",
        client.connection.webhook_signing_key.is_some(),
        "The connection has the key that webhooks are signed with.",
        "The connection has no webhookSigningKey, so that every webhook is refused. Give it the \
         OAuth app's own.",
    );
    let granted = client.granted_scopes()?;
    let mut missing = Vec::new();
    let mut needed = READ.to_vec();
    for kind in &wanted {
        needed.push(kind.read_scope);
    }
    for scope in needed {
        if !scopes::allows(&granted, scope) && !missing.contains(&scope) {
            missing.push(scope);
        }
    }
    chain.add(
        "scopes",
        missing.is_empty(),
        "The grant allows to be told.",
        &format!("The grant lacks {}. Connect again and grant it.", join(missing, ", ")),
    );
    let there =
        if scopes::allows(&granted, "webhooks:read") { all(client, &place)? } else { Vec::new() };
    let url = input::text(config, "url");
    let found = there.iter().find(|record| record["fields"]["callback_url"] == *url);
    chain.add(
        "subscription",
        found.is_some(),
        "There is a subscription of this base with exactly this URL.",
        &absent(url, &there),
    );
    if let Some(record) = found {
        chain.add_subscription(&record["fields"], &wanted);
    }
    Ok(object! {
        "verified": chain.holds,
        "links": Value::Array(chain.links),
        "webhook": found.cloned(),
    })
}

/// What there is instead of a subscription with this URL.
fn absent(url: &str, there: &[Value]) -> String {
    for record in there {
        let other = record["fields"]["callback_url"].as_str().unwrap_or_default();
        if same(other.trim_end_matches('/'), url.trim_end_matches('/')) {
            return format!("There is one with {other}, which is another URL. Say the same one.");
        }
    }
    "No subscription of this base has this URL. Subscribe it.".to_owned()
}

struct Chain {
    links: Vec<Value>,
    holds: bool,
}

impl Default for Chain {
    fn default() -> Self {
        Self { links: Vec::new(), holds: true }
    }
}

impl Chain {
    fn add(&mut self, link: &str, holds: bool, good: &str, bad: &str) {
        self.holds &= holds;
        let message = if holds { good } else { bad };
        self.links.push(object! { "link": link, "holds": holds, "message": message });
    }

    fn add_subscription(&mut self, fields: &Value, wanted: &[&'static crate::webhooks::Kind]) {
        let events = json::texts_in(&fields["events"]);
        let mut missing = Vec::new();
        for kind in wanted {
            if !events.contains(&kind.name) {
                missing.push(kind.name);
            }
        }
        self.add(
            "events",
            missing.is_empty(),
            "It has the events.",
            &format!("It lacks {}. Subscribe again with all of them.", join(missing, ", ")),
        );
        self.add(
            "state",
            fields["state"] == "active",
            "It is active.",
            "Calendly disabled it, after 24 hours in which nothing could be delivered. Subscribe \
             again, and poll for what happened meanwhile.",
        );
        let since = fields["retry_started_at"].as_str();
        self.add(
            "deliveries",
            since.is_none(),
            "Calendly delivers without trouble.",
            &format!(
                "Calendly cannot deliver since {}. The URL has to be reached from the internet, and \
                 to answer with a 2xx within 15 seconds.",
                since.unwrap_or_default()
            ),
        );
    }
}
