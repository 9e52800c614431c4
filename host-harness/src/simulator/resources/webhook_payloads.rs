//! What a webhook delivers: the bodies, which are close to what the API answers, but not the same.

use serde_json::{Value, json};

use super::contacts::Contact;
use super::event_types::EventType;
use super::invitees::Invitee;
use super::meeting_recaps::MeetingRecap;
use super::scheduled_events::ScheduledEvent;
use crate::simulator::account::Account;
use crate::simulator::timestamp::Timestamp;
use crate::simulator::uris::uri;

/// A delivery to a subscription that `creator` made.
pub(crate) fn envelope(
    event: &str,
    created_at: Timestamp,
    creator: &str,
    payload: &Value,
) -> Value {
    json!({
        "event": event,
        "created_at": created_at,
        "created_by": uri("users", creator),
        "payload": payload,
    })
}

/// An invitee with the event, which is told less about than by the API.
pub(crate) fn invitee(account: &Account, event: &ScheduledEvent, invitee: &Invitee) -> Value {
    let mut scheduled_event = event.resource(account);
    without(&mut scheduled_event, &["calendar_event"]);
    for membership in scheduled_event["event_memberships"].as_array_mut().into_iter().flatten() {
        without(membership, &["buffered_start_time", "buffered_end_time"]);
    }
    let mut payload = invitee.resource();
    payload["scheduled_event"] = scheduled_event;
    payload
}

pub(crate) fn event_type(account: &Account, event_type: &EventType) -> Value {
    let mut payload = event_type.resource(account);
    without(&mut payload, &["description_html"]);
    payload
}

/// A contact, with where it came from: of the values of that none is documented.
pub(crate) fn contact(account: &Account, contact: &Contact) -> Value {
    let mut shown = contact.resource(account, true);
    without(&mut shown, &["app_url"]);
    shown["creation_source"] = "api".into();
    json!({ "user_uuid": contact.owner, "contact": shown })
}

pub(crate) fn deleted_contact(contact: &Contact, deleted_at: Timestamp) -> Value {
    let uri = uri("contacts", &contact.id);
    json!({ "user_uuid": contact.owner, "contact": { "uri": uri, "deleted_at": deleted_at } })
}

pub(crate) fn created_recap(recap: &MeetingRecap) -> Value {
    let mut payload = updated_recap(recap);
    payload["created_at"] = json!(recap.created_at);
    payload
}

pub(crate) fn updated_recap(recap: &MeetingRecap) -> Value {
    let [summary, action_items, discussion] = &recap.texts;
    json!({
        "event": {
            "uri": recap.event_uri(),
            "name": recap.name,
            "start_time": recap.times.map(|(start, _)| start),
            "end_time": recap.times.map(|(_, end)| end),
            "location": recap.location,
            "attendees": recap.attendees(),
        },
        "recap": {
            "uri": recap.uri(),
            "summary_md": summary,
            "action_items_md": action_items,
            "discussion_md": discussion,
            "transcript": recap.transcript_uri(),
            "share_link": recap.share_link(),
            "created_at": recap.created_at,
            "updated_at": recap.updated_at,
        },
    })
}

pub(crate) fn deleted_recap(recap: &MeetingRecap, deleted_at: Timestamp) -> Value {
    json!({
        "event": { "uri": recap.event_uri() },
        "recap": { "uri": recap.uri(), "deleted_at": deleted_at },
    })
}

fn without(object: &mut Value, keys: &[&str]) {
    if let Some(object) = object.as_object_mut() {
        object.retain(|key, _| !keys.contains(&key.as_str()));
    }
}
