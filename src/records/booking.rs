//! Booking a meeting: `POST /invitees`, which has no idempotency key.

use serde_json::{Map, Value};

use super::base::Account;
use super::write::recent;
use crate::api::{Call, Client};
use crate::error::{Error, Result, Violation, violation};
use crate::text::list;

/// What Calendly demands of a booking beyond each field by itself.
pub(super) fn check(body: &Map<String, Value>, broken: &mut Vec<Violation>) {
    let invitee = body.get("invitee").unwrap_or(&Value::Null);
    if invitee["name"].is_null() && invitee["first_name"].is_null() {
        let message = "Either 'name' or 'first_name' is required";
        broken.push(violation("/config/fields/name", "required", message));
    }
    if let Some(kind) = body.get("location").map(|location| &location["kind"])
        && !kind.is_string()
    {
        let message = "'location' must say its kind, as the event type's locations do";
        broken.push(violation(
            "/config/fields/location/kind",
            "required",
            message,
        ));
    }
    if body
        .get("event_guests")
        .and_then(Value::as_array)
        .is_some_and(|guests| guests.len() > 10)
    {
        let message = "'event_guests' must not name more than 10 people";
        broken.push(violation(
            "/config/fields/event_guests",
            "maxItems",
            message,
        ));
    }
    let missing: Vec<_> = match body.get("tracking").and_then(Value::as_object) {
        Some(tracking) => TRACKING
            .into_iter()
            .filter(|key| !tracking.contains_key(*key))
            .collect(),
        None => Vec::new(),
    };
    if !missing.is_empty() {
        let message = format!("'tracking' must have all six keys; add {}", list(missing));
        broken.push(violation("/config/fields/tracking", "required", &message));
    }
}

/// Looks for a booking whose answer was lost: an active event at that time with that invitee, made
/// since. None means that there is none; an error, that it cannot be found out.
pub(super) fn find(client: &Client<'_>, body: &Value, started: u64) -> Result<Option<Value>> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let account = Account::of(client)?;
    let (email, start) = (text(&body["invitee"]["email"]), text(&body["start_time"]));
    // The event may be a colleague's, which only the organization shows; who may not read the
    // organization cannot say that there is no such event.
    for anchor in [
        ("user", account.user),
        ("organization", account.organization),
    ] {
        let query = vec![
            anchor,
            ("invitee_email", email.clone()),
            ("min_start_time", start.clone()),
            ("max_start_time", start.clone()),
            ("status", "active".to_owned()),
        ];
        let events = client.send(&Call::get("/scheduled_events").with_query(query))?;
        let of_type: Vec<_> = events["collection"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|event| event["event_type"] == body["event_type"])
            .collect();
        for event in of_type {
            let id = event["uri"].as_str().and_then(|uri| uri.rsplit('/').next());
            let id =
                id.ok_or_else(|| Error::internal("Calendly's answer has an event without a URI."))?;
            let query = vec![("email", email.clone())];
            let path = format!("/scheduled_events/{id}/invitees");
            let invitees = client.send(&Call::get(path).with_query(query))?;
            if let Some(invitee) = recent(invitees["collection"].as_array(), started) {
                return Ok(Some(invitee));
            }
        }
    }
    Ok(None)
}

const TRACKING: [&str; 6] = [
    "utm_campaign",
    "utm_source",
    "utm_medium",
    "utm_content",
    "utm_term",
    "salesforce_uuid",
];
