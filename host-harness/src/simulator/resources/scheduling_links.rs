//! Links that can be booked once.

use serde_json::{Value, json};

use crate::simulator::account::Account;
use crate::simulator::answer::{Answer, Outcome};
use crate::simulator::call::{Call, Endpoint};
use crate::simulator::fields::Fields;
use crate::simulator::paging::found;
use crate::simulator::random::SplitMix64;

pub(crate) const ENDPOINTS: &[Endpoint] =
    &[Endpoint::post("/scheduling_links", "scheduling_links:write", create)];

fn create(call: &Call, account: &mut Account) -> Outcome {
    let body = call.object()?;
    let mut fields = Fields::new(&body);
    fields.required("max_event_count");
    // A string in one version of the documentation, a number in the other and in its examples.
    let count = fields.value("max_event_count");
    if count.is_some_and(|count| *count != json!(1) && *count != json!("1")) {
        fields.refuse("max_event_count", "must be 1");
    }
    let owner = fields.required_reference("owner", "event_types");
    fields.required("owner_type");
    fields.choice("owner_type", &["EventType"]);
    if let Some(event_type) = owner.and_then(|owner| account.event_types.get(owner))
        && !event_type.active
    {
        // Not documented; nobody could book with such a link.
        fields.refuse("owner", "is not active");
    }
    fields.violations.check()?;
    // One-off event types have a link of their own already.
    let event_type = found(account.event_types.get(owner.unwrap_or_default()))?;
    event_type.check_managed_by(&call.caller, account)?;
    let (slug, owner) = (event_type.slug.clone(), event_type.uri());
    let link = private_link(&mut account.random, &slug);
    Ok(Answer::created(resource(&link, &owner)))
}

pub(super) fn resource(link: &str, event_type: &str) -> Value {
    json!({ "booking_url": link, "owner": event_type, "owner_type": "EventType" })
}

/// A booking link that cannot be guessed.
pub(crate) fn private_link(random: &mut SplitMix64, slug: &str) -> String {
    let code = random.next();
    let (head, middle, tail) = (code & 0xffff, code >> 16 & 0xfff, code >> 28 & 0xfff);
    format!("https://calendly.com/d/{head:04x}-{middle:03x}-{tail:03x}/{slug}")
}
