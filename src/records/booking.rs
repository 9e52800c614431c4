//! Booking a meeting: `POST /invitees`, which has no idempotency key.

mod location;
mod questions;

use std::mem;
use std::rc::Rc;

use serde_json::{Map, Value};

use super::base::{Account, is_id};
use super::draft::Draft;
use super::lost::Found;
use super::record;
use crate::api::{Call, Client};
use crate::error::{Error, ErrorCode, Result, Violation, violation};
use crate::instant::Instant;
use crate::json;
use crate::oauth::scopes;
use crate::text::{last_segment, list};

/// Checks what Calendly demands of a booking beyond each field by itself: in general, and what the
/// event type demands, as far as the grant lets it be read.
pub(super) fn check(client: &Client<'_>, draft: &mut Draft<'_>) -> Result<()> {
    let (body, broken) = (&mut draft.body, &mut draft.broken);
    let mut given = Map::new();
    for (name, value) in mem::take(body) {
        if !(value.is_null() && matches!(&*name, "location" | "tracking")) {
            given.insert(name, value);
        }
    }
    *body = given;
    check_in_general(body, client.host.now(), broken);
    let answer = event_type(client, body)?;
    let event_type = answer.as_ref().map(|answer| &answer["resource"]);
    if let Some(event_type) = event_type {
        let problem = if !event_type["deleted_at"].is_null() {
            Some("This event type was deleted")
        } else if event_type["active"] == false {
            Some("This event type is not active, so that nobody can book it")
        } else {
            None
        };
        if let Some(problem) = problem {
            broken.push(violation("/config/fields/event_type", "active", problem));
        }
    }
    location::check(event_type, body, broken);
    questions::check(event_type, body, broken);
    Ok(())
}

fn check_in_general(body: &Map<String, Value>, now: u64, broken: &mut Vec<Violation>) {
    let invitee = body.get("invitee").unwrap_or(&Value::Null);
    if invitee["name"].is_null() && invitee["first_name"].is_null() {
        let message = "Either 'name' or 'first_name' is required";
        broken.push(violation("/config/fields/name", "required", message));
    }
    let start = body.get("start_time").and_then(Value::as_str).and_then(Instant::parse);
    if start.is_some_and(|start| start <= Instant::from_unix_ms(now)) {
        let message = "A meeting can be booked in the future alone";
        broken.push(violation("/config/fields/start_time", "future", message));
    }
    if body.get("event_guests").and_then(Value::as_array).is_some_and(|guests| guests.len() > 10) {
        let message = "'event_guests' must not name more than 10 people";
        broken.push(violation("/config/fields/event_guests", "maxItems", message));
    }
    let mut missing = Vec::new();
    if let Some(tracking) = body.get("tracking").and_then(Value::as_object) {
        for key in TRACKING {
            if !tracking.contains_key(key) {
                missing.push(key);
            }
        }
    }
    if !missing.is_empty() {
        let message = format!("'tracking' must have all six keys; add {}", list(missing));
        broken.push(violation("/config/fields/tracking", "required", &message));
    }
}

/// The answer that describes the event type; none when it cannot be read.
fn event_type(client: &Client<'_>, body: &Map<String, Value>) -> Result<Option<Rc<Value>>> {
    let uri = body.get("event_type").and_then(Value::as_str);
    let id = uri.map(last_segment).filter(|id| is_id(id));
    let Some(id) = id.filter(|_| client.granted_scopes().is_ok_and(|granted| may_read(&granted)))
    else {
        return Ok(None);
    };
    match client.read_once(&format!("/event_types/{id}"), READ) {
        Err(error) if error.code == ErrorCode::PermissionDenied => Ok(None),
        answer => answer.map(Some),
    }
}

fn may_read(granted: &[String]) -> bool {
    READ.iter().all(|scope| scopes::allows(granted, scope))
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
        for event in json::items(&events["collection"]) {
            let at = event["start_time"].as_str().and_then(Instant::parse);
            if at != Some(start) || !same_id(&event["event_type"], &body["event_type"]) {
                continue;
            }
            let id = last_segment(event["uri"].as_str().unwrap_or_default());
            if !is_id(id) {
                return Err(Error::internal("Calendly's answer has an event without a URI."));
            }
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
    match (left.as_str(), right.as_str()) {
        (Some(left), Some(right)) => record::same_id(left, right),
        _ => false,
    }
}

const WINDOW_MS: i64 = 60_000;
const READ: &[&str] = &["event_types:read"];
const TRACKING: [&str; 6] =
    ["utm_campaign", "utm_source", "utm_medium", "utm_content", "utm_term", "salesforce_uuid"];
