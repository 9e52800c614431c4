//! What can be written to an event type.

use serde_json::Value;

use super::event_types::EventType;
use super::locations;
use crate::simulator::fields::Fields;

const LOCALES: [&str; 8] = ["de", "en", "es", "fr", "it", "nl", "pt", "uk"];
const BUFFERS: [i64; 11] = [0, 5, 10, 15, 30, 45, 60, 90, 120, 150, 180];

/// Checks the fields that both creating and changing take, and sets those that were sent.
pub(super) fn apply(event_type: &mut EventType, fields: &mut Fields<'_>) {
    if let Some(name) = fields.text("name") {
        name.clone_into(&mut event_type.name);
    }
    if let Some(active) = fields.flag("active") {
        event_type.active = active;
    }
    if let Some(duration) = fields.number_in("duration", 1, 720) {
        event_type.duration = duration;
    }
    if fields.has("description") {
        event_type.description = fields.text("description").map(str::to_owned);
    }
    if fields.has("duration_options") {
        event_type.duration_options = duration_options(fields);
    }
    if let Some(color) = fields.text("color") {
        if !is_color(color) {
            fields.refuse("color", "is in invalid format");
        }
        color.clone_into(&mut event_type.color);
    }
    if let Some(locale) = fields.choice("locale", &LOCALES) {
        locale.clone_into(&mut event_type.locale);
    }
    if let Some(locations) = locations::configurations(fields) {
        event_type.locations = locations;
    }
    if let Some(increment) = fields.number_in("start_time_increment", 5, 720) {
        event_type.start_time_increment = increment;
    }
    for (name, buffer) in [
        ("before_buffer", &mut event_type.before_buffer),
        ("after_buffer", &mut event_type.after_buffer),
    ] {
        if let Some(minutes) = fields.number_in(name, 0, 180) {
            if !BUFFERS.contains(&minutes) {
                fields.refuse(name, "is not one of the allowed buffers");
            }
            *buffer = minutes;
        }
    }
}

pub(super) fn duration_options(fields: &mut Fields<'_>) -> Option<Vec<i64>> {
    let list = fields.list("duration_options", 4)?;
    let options: Vec<i64> = list.iter().filter_map(Value::as_i64).collect();
    let in_range = options.iter().all(|option| (1..=720).contains(option));
    let mut unique = options.clone();
    unique.sort_unstable();
    unique.dedup();
    if options.len() != list.len() || !in_range || unique.len() != options.len() {
        fields.refuse("duration_options", "must be unique integers from 1 to 720");
        return None;
    }
    Some(options)
}

fn is_color(text: &str) -> bool {
    let digits = text.strip_prefix('#').unwrap_or_default();
    digits.len() == 6 && digits.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'))
}

/// A name as it appears in a scheduling URL.
pub(crate) fn slug(name: &str) -> String {
    let dashed: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
        .collect();
    let words: Vec<&str> = dashed.split('-').filter(|word| !word.is_empty()).collect();
    words.join("-")
}
