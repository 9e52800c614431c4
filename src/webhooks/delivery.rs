//! A delivery, and the events that it means.

use serde_json::Value;

use super::bookings;
use super::kinds::{Change, Kind, event};
use crate::api::Client;
use crate::catalog;
use crate::contract::triggers::{Delivery, Event};
use crate::error::{Error, Result, violation};
use crate::instant::Instant;
use crate::json::{self, object};
use crate::records::{Fields, delivered, id_of};
use crate::text::{hash, join, last_segment};

/// Reads a delivery. An event that is not known becomes a trigger of its own name.
pub(super) fn read(body: &[u8]) -> Result<Delivery> {
    let Ok(raw) = std::str::from_utf8(body) else {
        return Err(unreadable("The delivery must be UTF-8"));
    };
    let document = json::parse(raw).map_err(|broken| Error::invalid_input(vec![broken]))?;
    let Some(name) = document["event"].as_str().filter(|name| is_name(name)) else {
        return Err(unreadable("The delivery must have an event"));
    };
    let told = document["created_at"].as_str();
    let Some(created_at) = told.filter(|text| is_moment(text)).and_then(Instant::parse) else {
        return Err(unreadable("The delivery must have a created_at"));
    };
    let reading = Reading {
        raw,
        payload: &document["payload"],
        told: told.unwrap_or_default(),
        occurred_at: created_at.unix_ms(),
    };
    let kind = Kind::find(name);
    let mut first = event(reading.delivery_id(name, kind), name, None, reading.occurred_at);
    first.raw = Some(raw.to_owned());
    let id = first.id.clone();
    let mut events = vec![first];
    if let Some(kind) = kind {
        reading.add_known(kind, &mut events)?;
    }
    Ok(Delivery { id, event: name.to_owned(), created_at: reading.occurred_at, events })
}

/// What a delivery says.
struct Reading<'a> {
    raw: &'a str,
    payload: &'a Value,
    /// When it was made, in Calendly's writing.
    told: &'a str,
    occurred_at: u64,
}

impl Reading<'_> {
    /// Calendly gives deliveries no id: what they are about, what happened and when tell them apart.
    fn delivery_id(&self, name: &str, kind: Option<&Kind>) -> String {
        let member = kind.map_or("", |kind| kind.resource);
        let uri = member_of(self.payload, member)["uri"].as_str().unwrap_or_default();
        let about = match last_segment(uri) {
            id if is_name(id) => id.to_owned(),
            _ => format!("{:016x}", hash(self.raw)),
        };
        join([name, &*about, self.told], "/")
    }

    /// Completes the first event, of Calendly's own name, and adds what it means.
    fn add_known(&self, kind: &Kind, events: &mut Vec<Event>) -> Result<()> {
        let resource = resource(kind, self.payload);
        let Some(record) = self.record(kind.table, &resource) else {
            // The payload is not of the documented form: the raw event tells what there is.
            return Ok(());
        };
        let is_incomplete = lacks_custom_fields(&resource);
        if let Some(first) = events.first_mut() {
            first.table_id = Some(kind.table.to_owned());
            first.record_id = json::at(&record, "/id").and_then(Value::as_str).map(str::to_owned);
            first.record = Some(json::write(&record));
            first.incomplete = is_incomplete;
        }
        if kind.table == "invitees" {
            let canceled = match kind.name {
                "invitee.created" => Some(false),
                "invitee.canceled" => Some(true),
                _ => None,
            };
            if let Some(canceled) = canceled
                && let Some(mut booking) = bookings::event_of(&record, canceled, self.occurred_at)
            {
                booking.raw = Some(self.raw.to_owned());
                events.push(booking);
            }
        }
        for (table, change) in kind.changes {
            let changed = match *table {
                table if table == kind.table => Some(resource.clone()),
                "scheduled_events" => self.event_if(*change, kind),
                "invitee_no_shows" => Some(no_show(self.payload)),
                _ => None,
            };
            if let Some(changed) = changed {
                self.add_change(table, *change, &changed, events);
            }
        }
        Ok(())
    }

    /// The first invitee makes an event, later ones and those who cancel change it.
    fn event_if(&self, change: Change, kind: &Kind) -> Option<Value> {
        let event = &self.payload["scheduled_event"];
        let total = event["invitees_counter"]["total"].as_u64();
        let is_new = kind.name == "invitee.created" && total == Some(1);
        (is_new == (change == Change::Created)).then(|| event.clone())
    }

    fn add_change(&self, table: &str, change: Change, resource: &Value, events: &mut Vec<Event>) {
        let Some(of) = catalog::table(table) else { return };
        let id = id_of(of, resource);
        let named = match &id {
            Some(id) => id.clone(),
            // A mark that was cleared is told without its id, but with the invitee's.
            None => match resource["invitee"].as_str() {
                Some(invitee) => last_segment(invitee).to_owned(),
                None => return,
            },
        };
        let mut parts = vec![change.trigger(), table, &*named];
        let updated_at = resource["updated_at"].as_str().filter(|text| is_moment(text));
        let updated_at = updated_at.unwrap_or(self.told);
        let is_repeatable = change == Change::Updated || id.is_none();
        if is_repeatable {
            parts.push(updated_at);
        }
        let mut told = event(join(parts, "/"), change.trigger(), Some(table), self.occurred_at);
        let record = if change == Change::Deleted {
            let mut record = object! { "id": id.clone(), "tableId": table };
            for name in ["uri", "invitee"] {
                if let Some(value) = resource.get(name).filter(|value| value.is_string()) {
                    json::put(&mut record, name, value.clone());
                }
            }
            Some(record)
        } else {
            told.incomplete = lacks_custom_fields(resource);
            self.record(table, resource)
        };
        told.record_id = id;
        told.record = record.map(|record| json::write(&record));
        told.raw = Some(self.raw.to_owned());
        events.push(told);
    }

    fn record(&self, table: &str, resource: &Value) -> Option<Value> {
        let fields = Fields::known(catalog::table(table)?);
        let parent = (table == "invitees").then(|| &self.payload["scheduled_event"]);
        delivered(&fields, resource, parent.filter(|parent| parent.is_object()))
    }
}

/// Gives a contact its own fields, whose labels Calendly has to be asked for.
pub(super) fn complete_contact(client: &Client<'_>, told: &mut Event) -> Result<()> {
    let Some(table) = catalog::table("contacts") else { return Ok(()) };
    let raw = told.raw.as_deref().unwrap_or_default();
    let document: Value = serde_json::from_slice(raw.as_bytes()).unwrap_or_default();
    let fields = Fields::discover(client, table)?;
    if let Some(record) = delivered(&fields, &document["payload"]["contact"], None) {
        told.record = Some(json::write(&record));
    }
    Ok(())
}

fn member_of<'v>(payload: &'v Value, member: &str) -> &'v Value {
    if member.is_empty() { payload } else { &payload[member] }
}

/// The resource as the API would answer it, as far as it is told.
fn resource(kind: &Kind, payload: &Value) -> Value {
    let mut resource = member_of(payload, kind.resource).clone();
    if kind.table == "invitees"
        && let Value::Object(members) = &mut resource
    {
        // A record has the event's fields among its own.
        members.remove("scheduled_event");
    }
    if kind.resource == "recap" {
        // What the API says of the recap is said of its event here.
        let event = &payload["event"];
        for name in ["name", "start_time", "end_time", "location", "attendees"] {
            if let Some(value) = event.get(name) {
                json::put(&mut resource, name, value.clone());
            }
        }
        json::put(&mut resource, "event", event["uri"].clone());
    }
    resource
}

/// The mark itself, as far as it is told: a cleared one without its URI.
fn no_show(payload: &Value) -> Value {
    let mark = &payload["no_show"];
    let mut resource = object! { "invitee": payload["uri"].clone() };
    for name in ["uri", "created_at"] {
        if let Some(value) = mark.get(name) {
            json::put(&mut resource, name, value.clone());
        }
    }
    resource
}

fn lacks_custom_fields(resource: &Value) -> bool {
    !json::items(&resource["custom_fields"]).is_empty()
}

/// A moment in Calendly's writing, short enough to be part of an id.
fn is_moment(text: &str) -> bool {
    text.len() <= 40 && Instant::parse(text).is_some()
}

/// Nothing that could not stand in a log line.
fn is_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=64).contains(&name.len()) && name.bytes().all(fits)
}

fn unreadable(message: &str) -> Error {
    Error::invalid_input(vec![violation("", "delivery", message)])
}
