//! Where a booked meeting takes place: one of the locations that its event type has.

use serde_json::{Map, Value};

use crate::error::{Violation, violation};
use crate::json;
use crate::text::list;

/// Checks a booking's location, against the event type as far as that is known.
pub(super) fn check(
    event_type: Option<&Value>,
    body: &Map<String, Value>,
    broken: &mut Vec<Violation>,
) {
    let mut wrong = |pointer: &str, rule: &str, message: &str| {
        broken.push(violation(pointer, rule, message));
    };
    let location = body.get("location");
    if let Some(location) = location {
        let kind = location["kind"].as_str();
        if kind.is_none() {
            let message = "'location' must say its kind, as the event type's locations do";
            wrong(KIND, "required", message);
        }
        let place = location["location"].as_str().unwrap_or_default().trim();
        if let Some(kind) = kind.filter(|kind| NEED_A_PLACE.contains(kind) && place.is_empty()) {
            let message = format!("A location of kind {kind} must say where, in 'location'");
            wrong("/config/fields/location/location", "required", &message);
        }
    }
    let Some(event_type) = event_type else { return };
    let mut kinds = Vec::new();
    for configured in json::items(&event_type["locations"]) {
        if let Some(kind) = configured["kind"].as_str() {
            kinds.push(kind);
        }
    }
    let is_chosen_for_all = event_type["pooling_type"] == "round_robin" || kinds.is_empty();
    match location {
        Some(_) if is_chosen_for_all => {
            let message = "This event type leaves no choice of a location: leave it out";
            wrong(LOCATION, "readOnly", message);
        }
        Some(location) => {
            if location["kind"].as_str().is_some_and(|kind| !kinds.contains(&kind)) {
                let message = format!("'kind' must be one of {}", list(kinds));
                wrong(KIND, "enum", &message);
            }
        }
        None if is_chosen_for_all => {}
        None => {
            // The only one can be left out, unless it is for the invitee to say where.
            if !matches!(*kinds, [kind] if !UP_TO_THE_INVITEE.contains(&kind)) {
                let message = format!("A location is required, of the kind {}", list(kinds));
                wrong(LOCATION, "required", &message);
            }
        }
    }
}

const LOCATION: &str = "/config/fields/location";
const KIND: &str = "/config/fields/location/kind";
const NEED_A_PLACE: [&str; 4] = ["physical", "outbound_call", "ask_invitee", "custom"];
const UP_TO_THE_INVITEE: [&str; 2] = ["outbound_call", "ask_invitee"];
