//! `GET /sample_webhook_data`: what a delivery looks like.
//!
//! The samples are of an account that is made for them, so that there always are some, and so that
//! nobody sees what they may not see elsewhere. Their URIs lead nowhere.

use serde_json::{Value, json};

use super::event_types::EventType;
use super::invitees::Invitee;
use super::meeting_recaps::{MeetingRecap, RecapStatus};
use super::webhook_audience::Addressed;
use super::webhook_events::{WebhookEvent, choices};
use super::webhook_payloads as payloads;
use super::webhook_subscriptions::check_reader;
use crate::simulator::account::Account;
use crate::simulator::answer::{Answer, Outcome};
use crate::simulator::call::{Call, Endpoint};
use crate::simulator::errors::Violations;
use crate::simulator::options::AccountSize;
use crate::simulator::plan::Plan;
use crate::simulator::seed;
use crate::simulator::timestamp::Timestamp;

pub(crate) const ENDPOINTS: &[Endpoint] =
    &[Endpoint::get("/sample_webhook_data", "webhooks:read", sample).query(&[
        "event",
        "organization",
        "scope",
        "user",
        "group",
    ])];

const SAMPLE_SEED: u64 = 0x7361_6d70_6c65;

fn sample(call: &Call, account: &mut Account) -> Outcome {
    let mut violations = Violations::default();
    let name = call.parameter("event");
    let event = name.and_then(WebhookEvent::find);
    if event.is_none() {
        let objection = name.map_or_else(|| "is missing".to_owned(), |_| choices());
        violations.add("event", objection);
    }
    let addressed = Addressed::in_query(call).read(&mut violations);
    let objection = event.zip(addressed.as_ref());
    let objection = objection.and_then(|(event, (_, audience))| event.objection(audience.scope()));
    if let Some(objection) = objection {
        violations.add("event", objection);
    }
    let (Some(event), Some((organization, audience))) = (event, addressed) else {
        return Err(violations.into_error());
    };
    violations.check()?;
    check_reader(call, account, organization, &audience)?;

    let size = AccountSize { event_types: 6, scheduled_events: 20, contacts: 10 };
    let samples = seed::account(SAMPLE_SEED, size, Plan::Enterprise, call.now);
    let payload = payload(&samples, event.name, call.now).unwrap_or_default();
    Ok(Answer::body(payloads::envelope(event.name, call.now, &call.caller, &payload)))
}

/// A payload about something in the account that the event could have been about.
fn payload(account: &Account, event: &str, now: Timestamp) -> Option<Value> {
    let active = |one: &&EventType| one.active;
    let event_type =
        || Some(payloads::event_type(account, account.event_types.values().find(active)?));
    let contact = account.contacts.values().next();
    let available = |recap: &&MeetingRecap| recap.status == RecapStatus::Available;
    let recap = account.meeting_recaps.values().find(available);
    Some(match event {
        "invitee.canceled" => invitee(account, |one| one.cancellation.is_some())?,
        "invitee_no_show.created" => invitee(account, |one| one.no_show.is_some())?,
        "invitee.created" | "invitee_no_show.deleted" => {
            invitee(account, |one| one.cancellation.is_none() && one.no_show.is_none())?
        }
        "event_type.created" | "event_type.updated" => event_type()?,
        "event_type.deleted" => {
            let mut payload = event_type()?;
            payload["deleted_at"] = json!(now);
            payload
        }
        "contact.created" | "contact.updated" => payloads::contact(account, contact?),
        "contact.deleted" => payloads::deleted_contact(contact?, now),
        "meeting_recap.created" => payloads::created_recap(recap?),
        "meeting_recap.updated" => payloads::updated_recap(recap?),
        "meeting_recap.deleted" => payloads::deleted_recap(recap?, now),
        _ => account.routing_form_submissions.values().next()?.resource(),
    })
}

/// The first such invitee who has not come from, or gone to, another event.
fn invitee(account: &Account, fits: impl Fn(&Invitee) -> bool) -> Option<Value> {
    account.scheduled_events.values().find_map(|event| {
        let mut invitees = event.invitees.iter();
        let found = invitees
            .find(|one| fits(one) && one.old_invitee.is_none() && one.new_invitee.is_none());
        Some(payloads::invitee(account, event, found?))
    })
}
