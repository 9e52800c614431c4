//! Where meetings take place: as configured on an event type, and as it turned out.
//!
//! The two vocabularies differ: a configuration has a `kind` (`zoom_conference`), a scheduled
//! event a `type` (`zoom`).

use serde_json::{Map, Value, json};

use crate::simulator::fields::Fields;

/// The kinds a location can be configured as.
pub(crate) const KINDS: [&str; 10] = [
    "ask_invitee",
    "custom",
    "google_conference",
    "gotomeeting_conference",
    "inbound_call",
    "microsoft_teams_conference",
    "outbound_call",
    "physical",
    "webex_conference",
    "zoom_conference",
];

/// Kinds for which a booking has to say where.
const NEED_LOCATION: [&str; 4] = ["physical", "outbound_call", "ask_invitee", "custom"];

/// Kinds whose place the invitee, not the host, decides.
const DECIDED_BY_INVITEE: [&str; 2] = ["outbound_call", "ask_invitee"];

/// Checks the `locations` of an event type and answers what it stores.
pub(crate) fn configurations(fields: &mut Fields<'_>) -> Option<Vec<Value>> {
    let list = fields.list("locations", usize::MAX)?;
    let mut locations = Vec::new();
    for (position, item) in list.iter().enumerate() {
        let name = format!("locations[{position}]");
        let Some(object) = item.as_object() else {
            fields.refuse(&name, "must be an object");
            continue;
        };
        fields.within(&name, object, |fields| {
            fields.required("kind");
            let kind = fields.choice("kind", &KINDS);
            if kind == Some("inbound_call") {
                fields.required_text("phone_number");
            }
            let mut location = Map::new();
            location.insert("kind".to_owned(), json!(kind));
            for key in ["location", "additional_info", "phone_number"] {
                if let Some(text) = fields.text(key) {
                    location.insert(key.to_owned(), text.into());
                }
            }
            locations.push(Value::Object(location));
        });
    }
    Some(locations)
}

/// Checks the `location` of a booking against what the event type offers, and answers the
/// location of the scheduled event.
pub(crate) fn chosen(
    fields: &mut Fields<'_>,
    configured: &[Value],
    round_robin: bool,
    event: &str,
) -> Value {
    let Some(value) = fields.value("location") else {
        return default(fields, configured, round_robin, event);
    };
    if round_robin {
        fields.refuse("location", "must not be sent for a round robin event type");
        return Value::Null;
    }
    if configured.is_empty() {
        fields.refuse("location", "must not be sent for an event type without locations");
        return Value::Null;
    }
    let Some(object) = value.as_object() else {
        fields.refuse("location", "must be an object");
        return Value::Null;
    };
    let mut location = Value::Null;
    fields.within("location", object, |fields| {
        fields.required("kind");
        let Some(kind) = fields.choice("kind", &KINDS) else {
            return;
        };
        let place =
            if NEED_LOCATION.contains(&kind) { fields.required_text("location") } else { None };
        match configured.iter().find(|one| one["kind"] == kind) {
            Some(configuration) => location = scheduled(configuration, place, event),
            None => fields.refuse("kind", "is not a location of the event type"),
        }
    });
    location
}

/// The location of a booking that does not choose one.
fn default(fields: &mut Fields<'_>, configured: &[Value], round_robin: bool, event: &str) -> Value {
    match configured {
        [] => json!({ "type": "custom", "location": null }),
        // None can be chosen, so it is the first.
        [first, ..] if round_robin => scheduled(first, None, event),
        [only] if !DECIDED_BY_INVITEE.iter().any(|kind| only["kind"] == **kind) => {
            scheduled(only, None, event)
        }
        _ => {
            fields.refuse("location", "is missing");
            Value::Null
        }
    }
}

/// The location of a scheduled event.
pub(crate) fn scheduled(configuration: &Value, place: Option<&str>, event: &str) -> Value {
    let place = place.map_or_else(|| configuration["location"].clone(), Value::from);
    let conference = |kind: &str, path: &str| {
        json!({
            "type": kind,
            "status": "pushed",
            "join_url": format!("https://calendly.com/events/{event}/{path}"),
        })
    };
    let with_data = |mut conference: Value| {
        conference["data"] = Value::Null;
        conference
    };
    let with_info = |mut location: Value| {
        // Absent, not null, when there is none.
        if let Some(info) = configuration["additional_info"].as_str() {
            location["additional_info"] = info.into();
        }
        location
    };
    match configuration["kind"].as_str().unwrap_or_default() {
        "google_conference" => conference("google_conference", "google_meet"),
        "zoom_conference" => with_data(conference("zoom", "zoom")),
        "gotomeeting_conference" => with_data(conference("gotomeeting", "gotomeeting")),
        "microsoft_teams_conference" => {
            with_data(conference("microsoft_teams_conference", "microsoft_teams"))
        }
        "webex_conference" => with_data(conference("webex_conference", "webex")),
        "inbound_call" => with_info(json!({
            "type": "inbound_call",
            "location": configuration["phone_number"],
        })),
        "physical" => with_info(json!({ "type": "physical", "location": place })),
        kind => json!({ "type": kind, "location": place }),
    }
}
