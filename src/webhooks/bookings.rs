//! Bookings: what invitees' coming and going means to those who were booked.
//!
//! A move is told as two halves, an invitee who goes and one who comes, in any order, each naming
//! the other. Both halves become the same event, whose id is the old invitee's, so that whichever
//! comes first tells it and the other is a duplicate. A booking's id is that of its first invitee.

use serde_json::Value;

use super::kinds::event;
use crate::api::{Call, Client};
use crate::catalog;
use crate::contract::triggers::Event;
use crate::error::{ErrorCode, Result};
use crate::json::{self, object};
use crate::records::{Fields, delivered, id_of, path_of};
use crate::text::join;

/// What a record of the table invitees says of its booking, if it is more than half of something.
pub(crate) fn event_of(record: &Value, canceled: bool, occurred_at: u64) -> Option<Event> {
    let id = record["id"].as_str()?;
    let fields = &record["fields"];
    let old = invitee_id(&fields["old_invitee"]);
    let (trigger, about, previous) = if canceled {
        if fields["rescheduled"] != true {
            (CANCELED, id, None)
        } else if fields["new_invitee"].is_string() {
            (RESCHEDULED, id, Some(id))
        } else {
            // Asked to choose another time, and yet to do so.
            return None;
        }
    } else {
        match old.as_deref() {
            Some(old) => (RESCHEDULED, old, Some(old)),
            None => (CREATED, id, None),
        }
    };
    let mut event = event(join([trigger, about], "/"), trigger, Some(TABLE), occurred_at);
    event.record_id = Some(id.to_owned());
    event.record = Some(json::write(record));
    event.previous_id = previous.map(str::to_owned);
    event.booking_id = Some(old.as_deref().unwrap_or(id).to_owned());
    // The one who came is not known to the one who went, nor what was before the one before.
    event.incomplete = old.is_some() || trigger == RESCHEDULED && canceled;
    Some(event)
}

/// Reads the half of a move that was not told, and where a chain of moves began.
pub(super) fn complete(client: &Client<'_>, event: &mut Event) -> Result<()> {
    let record = event.record.as_deref().unwrap_or_default();
    let record: Value = serde_json::from_slice(record.as_bytes()).unwrap_or_default();
    let fields = &record["fields"];
    if event.trigger == RESCHEDULED
        && event.previous_id == event.record_id
        && let Some(new) = fields["new_invitee"].as_str()
        && let Some(told) = read(client, new)?
    {
        event.record_id = told["id"].as_str().map(str::to_owned);
        event.record = Some(json::write(&told));
    }
    let mut before = fields["old_invitee"].as_str().map(str::to_owned);
    for _ in 0..LONGEST_CHAIN {
        let Some(uri) = before else { break };
        event.booking_id = invitee_id(&Value::from(&*uri)).or_else(|| event.booking_id.take());
        before = match resource(client, TABLE, &uri)? {
            Some(invitee) => invitee["old_invitee"].as_str().map(str::to_owned),
            None => None,
        };
    }
    Ok(())
}

/// An invitee's record with what stands in its event.
fn read(client: &Client<'_>, uri: &str) -> Result<Option<Value>> {
    let Some(invitee) = resource(client, TABLE, uri)? else { return Ok(None) };
    let event = invitee["event"].as_str().unwrap_or_default();
    let event = resource(client, "scheduled_events", event)?;
    Ok(catalog::table(TABLE)
        .and_then(|table| delivered(&Fields::known(table), &invitee, event.as_ref())))
}

/// The resource that a URI of Calendly's names, if it can be read.
fn resource(client: &Client<'_>, table: &str, uri: &str) -> Result<Option<Value>> {
    let path = catalog::table(table).and_then(|table| path_of(table, &id_in(table, uri)?).ok());
    let Some(path) = path else { return Ok(None) };
    match client.send(&Call::get(path).needing(SCOPES)) {
        Ok(answer) => Ok(Some(json::take(&mut json::members(answer), "resource"))),
        Err(error) if matches!(error.code, ErrorCode::NotFound | ErrorCode::PermissionDenied) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn id_in(table: &'static catalog::Table, uri: &str) -> Option<String> {
    id_of(table, &object! { "uri": uri })
}

/// The id of the invitee that a reference in a record means.
fn invitee_id(reference: &Value) -> Option<String> {
    id_in(catalog::table(TABLE)?, reference.as_str()?)
}

const TABLE: &str = "invitees";
const SCOPES: &[&str] = &["scheduled_events:read"];
const CREATED: &str = "booking.created";
const RESCHEDULED: &str = "booking.rescheduled";
const CANCELED: &str = "booking.canceled";
/// Nobody moves a booking so often.
const LONGEST_CHAIN: usize = 32;
