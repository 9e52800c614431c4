//! What can be written to a share.

use serde_json::{Value, json};

use super::availability_rules::{self, Demands};
use super::event_type_input::duration_options;
use super::event_types::EventType;
use super::locations::KINDS;
use super::shares::Overrides;
use crate::simulator::fields::Fields;
use crate::simulator::timestamp::is_date;

/// The fields that change something.
pub(super) const FIELDS: [&str; 12] = [
    "contact",
    "name",
    "duration",
    "duration_options",
    "period_type",
    "start_date",
    "end_date",
    "max_booking_time",
    "min_booking_time",
    "hide_location",
    "location_configurations",
    "availability_rule",
];

const PERIODS: [&str; 4] = ["available_moving", "moving", "fixed", "unlimited"];
const LONGEST_NAME: usize = 55;
const LONGEST_LOCATION: usize = 255;

/// Checks the fields that both creating and changing take, and sets those that were sent; null
/// goes back to the event type's own.
pub(super) fn apply(overrides: &mut Overrides, fields: &mut Fields<'_>) {
    if fields.has("name") {
        let name = fields.text_up_to("name", LONGEST_NAME);
        if name.is_some_and(|name| name.trim().is_empty()) {
            fields.refuse("name", "must be filled");
        }
        overrides.name = name.map(str::to_owned);
    }
    if fields.has("duration") {
        overrides.duration = fields.number_in("duration", 1, 720);
    }
    if fields.has("duration_options") {
        overrides.duration_options = duration_options(fields);
    }
    if fields.has("period_type") {
        overrides.period_type = fields.choice("period_type", &PERIODS).map(str::to_owned);
    }
    for (name, date) in
        [("start_date", &mut overrides.start_date), ("end_date", &mut overrides.end_date)]
    {
        if fields.has(name) {
            let text = fields.text(name);
            if text.is_some_and(|text| !is_date(text)) {
                fields.refuse(name, "must be a date as YYYY-MM-DD");
            }
            *date = text.map(str::to_owned);
        }
    }
    if fields.has("max_booking_time") {
        overrides.max_booking_time = fields.number_in("max_booking_time", 1, i64::MAX);
    }
    if fields.has("hide_location") {
        overrides.hide_location = fields.flag("hide_location");
    }
    if fields.has("location_configurations") {
        overrides.locations =
            fields.objects("location_configurations", usize::MAX, location_configuration);
    }
    if fields.has("availability_rule") {
        overrides.availability = fields.object("availability_rule", |fields| {
            fields.required_text("timezone");
            let timezone = fields.time_zone("timezone");
            fields.required("rules");
            let demands = Demands { earliest: None, whole_week: false, intervals: false };
            let rules = availability_rules::parse(fields, demands);
            Some((timezone?.to_owned(), rules?))
        });
    }
}

/// The same for a change, which takes one field more.
pub(super) fn apply_change(overrides: &mut Overrides, fields: &mut Fields<'_>) {
    apply(overrides, fields);
    if fields.has("min_booking_time") {
        overrides.min_booking_time = fields.number_in("min_booking_time", 1, i64::MAX);
    }
}

/// Checks what settings say about each other.
pub(super) fn check(overrides: &Overrides, event_type: &EventType, fields: &mut Fields<'_>) {
    match overrides.period_type.as_deref() {
        Some("fixed") => {
            let dates = [("start_date", &overrides.start_date), ("end_date", &overrides.end_date)];
            for (name, _) in dates.iter().filter(|(_, date)| date.is_none()) {
                fields.refuse(name, "is missing");
            }
            // Dates written so are in the order of their letters.
            if overrides.end_date.is_some() && overrides.end_date < overrides.start_date {
                fields.refuse("end_date", "must not be before start_date");
            }
        }
        Some("moving" | "available_moving") if overrides.max_booking_time.is_none() => {
            fields.refuse("max_booking_time", "is missing");
        }
        _ => {}
    }
    let locations = overrides.effective_locations(event_type);
    let one_custom = matches!(&locations[..], [only] if only["kind"] == "custom");
    if overrides.hide_location == Some(true) && !one_custom {
        fields.refuse("hide_location", "needs a single custom location");
    }
}

fn location_configuration(index: usize, fields: &mut Fields<'_>) -> Option<Value> {
    fields.required("kind");
    let kind = fields.choice("kind", &KINDS);
    let position = fields.number_in("position", 0, i64::MAX);
    let mut texts = json!({});
    for (name, kinds) in [
        ("location", &["physical", "custom", "ask_invitee"][..]),
        ("additional_info", &["physical", "inbound_call"][..]),
        ("phone_number", &["inbound_call"][..]),
    ] {
        let text = fields.text_up_to(name, LONGEST_LOCATION);
        if text.is_some() && kind.is_some_and(|kind| !kinds.contains(&kind)) {
            fields.refuse(name, "is not allowed for this kind");
        }
        texts[name] = json!(text);
    }
    if kind == Some("inbound_call") {
        fields.required_text("phone_number");
    }
    texts["kind"] = kind?.into();
    texts["position"] = position.map_or(json!(index), Value::from);
    Some(texts)
}
