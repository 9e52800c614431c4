//! Booking a meeting: `POST /invitees`, which has no idempotency key.

use serde_json::{Map, Value};

use super::base::{Account, is_id};
use super::lost::Found;
use crate::api::{Call, Client};
use crate::error::{Error, Result, Violation, violation};
use crate::instant::Instant;
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
        broken.push(violation("/config/fields/location/kind", "required", message));
    }
    if body.get("event_guests").and_then(Value::as_array).is_some_and(|guests| guests.len() > 10) {
        let message = "'event_guests' must not name more than 10 people";
        broken.push(violation("/config/fields/event_guests", "maxItems", message));
    }
    let missing: Vec<_> = match body.get("tracking").and_then(Value::as_object) {
        Some(tracking) => TRACKING.into_iter().filter(|key| !tracking.contains_key(*key)).collect(),
        None => Vec::new(),
    };
    if !missing.is_empty() {
        let message = format!("'tracking' must have all six keys; add {}", list(missing));
        broken.push(violation("/config/fields/tracking", "required", &message));
    }
}

/// Looks for the booking: an active event of that type at that time with that invitee, however old.
/// A slot of one person is taken once, so an older one made this booking fail; where a group shares
/// the slot, the invitee has their seat.
pub(super) fn find(client: &Client<'_>, body: &Value) -> Result<Found> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (email, start) = (text(&body["invitee"]["email"]), text(&body["start_time"]));
    let start = Instant::parse(&start)
        .ok_or_else(|| Error::internal("A booking's checked start time is none."))?;
    let account = Account::of(client)?;
    // The event may be a colleague's, which only the organization shows; who may not read the
    // organization cannot say that there is no such event.
    for anchor in [("user", account.user), ("organization", account.organization)] {
        let query = vec![
            anchor,
            ("invitee_email", email.clone()),
            // Wider than the moment itself: whether the bounds are part of it is not documented.
            ("min_start_time", start.plus_ms(-WINDOW_MS).to_string()),
            ("max_start_time", start.plus_ms(WINDOW_MS).to_string()),
            ("status", "active".to_owned()),
        ];
        let events = client.send(&Call::get("/scheduled_events").with_query(query))?;
        for event in events["collection"].as_array().into_iter().flatten() {
            let at = event["start_time"].as_str().and_then(Instant::parse);
            if at != Some(start) || !same_id(&event["event_type"], &body["event_type"]) {
                continue;
            }
            let id = event["uri"].as_str().and_then(|uri| uri.rsplit('/').next());
            let id = id.filter(|id| is_id(id));
            let id =
                id.ok_or_else(|| Error::internal("Calendly's answer has an event without a URI."))?;
            let query = vec![("email", email.clone()), ("status", "active".to_owned())];
            let path = format!("/scheduled_events/{id}/invitees");
            let invitees = client.send(&Call::get(path).with_query(query))?;
            if !invitees["collection"][0].is_null() {
                return Ok(Found::It(invitees["collection"][0].clone()));
            }
        }
    }
    Ok(Found::Nothing)
}

/// Whether two URIs name the same resource: old ones have other hosts.
fn same_id(left: &Value, right: &Value) -> bool {
    let id = |uri: &Value| uri.as_str().and_then(|uri| uri.rsplit('/').next()).map(str::to_owned);
    id(left).is_some() && id(left) == id(right)
}

const WINDOW_MS: i64 = 60_000;
const TRACKING: [&str; 6] =
    ["utm_campaign", "utm_source", "utm_medium", "utm_content", "utm_term", "salesforce_uuid"];
