//! What changes mean: an event for each record, and for an invitee what became of the booking.
//!
//! Calendly moves a booking by canceling one invitee and making another, each naming the other;
//! here that is one event.

use super::look::{CANCELED, Change, Kind, MOVE_TOLD};
use super::state::State;
use crate::api::API_ORIGIN;
use crate::contract::triggers::Event;
use crate::instant::Instant;
use crate::json::{self, object};
use crate::records::{Place, id_in, path_of};

/// The events of changes, oldest first.
pub(super) fn events(place: &Place, changes: &[Change], state: &mut State, now: u64) -> Vec<Event> {
    let mut events = Vec::new();
    let moves = Moves { place, changes, now };
    for change in changes {
        events.push(record_event(place, change, now));
        if place.table.name == INVITEES {
            moves.tell(change, state, &mut events);
        }
    }
    events.sort_by_key(|event| event.occurred_at);
    events
}

fn record_event(place: &Place, change: &Change, now: u64) -> Event {
    let (table, id) = (place.table.name, &*change.id);
    let kind = change.kind.name();
    let at = |name: &str| change.record[name].as_str().and_then(Instant::parse);
    let (event_id, at) = match change.kind {
        Kind::Created => (format!("record.created/{table}/{id}"), at("createdTime")),
        Kind::Updated => {
            let version = &*change.version;
            (format!("record.updated/{table}/{id}/{version}"), at("updatedTime"))
        }
        Kind::Deleted => (format!("record.deleted/{table}/{id}"), None),
    };
    let record = match change.kind {
        Kind::Deleted => {
            let uri = path_of(place.table, id).map(|path| format!("{API_ORIGIN}{path}"));
            object! { "id": id, "tableId": table, "uri": uri.ok() }
        }
        _ => change.record.clone(),
    };
    Event {
        id: event_id,
        trigger: format!("record.{kind}"),
        table_id: Some(table.to_owned()),
        record_id: Some(id.to_owned()),
        record: Some(json::write(&record)),
        occurred_at: at.map_or(now, Instant::unix_ms),
        booking_id: None,
        previous_id: None,
        incomplete: false,
        raw: None,
    }
}

/// What became of bookings, as far as the invitees at hand tell.
struct Moves<'m> {
    place: &'m Place,
    changes: &'m [Change],
    now: u64,
}

impl Moves<'_> {
    fn tell(&self, change: &Change, state: &mut State, events: &mut Vec<Event>) {
        let fields = &change.record["fields"];
        let old = self.named(change, "old_invitee");
        if change.kind == Kind::Created {
            match &old {
                Some(old) if state.known.stamp(old).is_some_and(|stamp| stamp & MOVE_TOLD != 0) => {
                }
                Some(old) => {
                    let mut event = self.event("rescheduled", old, change, "createdTime");
                    event.previous_id = Some(old.clone());
                    events.push(event);
                }
                None if fields["status"] == "active" => {
                    events.push(self.event("created", &change.id, change, "createdTime"));
                }
                None => {}
            }
        }
        if !change.was_canceled {
            return;
        }
        if fields["rescheduled"] != true {
            events.push(self.event("canceled", &change.id, change, "updatedTime"));
            return;
        }
        // Without one, another time is yet to be chosen.
        let Some(new) = self.named(change, "new_invitee") else { return };
        if state.known.stamp(&new).is_some() {
            return;
        }
        let mut event = self.event("rescheduled", &change.id, change, "updatedTime");
        event.previous_id = Some(change.id.clone());
        event.incomplete = true;
        events.push(event);
        state.known.flag(&change.id, CANCELED | MOVE_TOLD);
    }

    /// The id of the invitee that a field names.
    fn named(&self, change: &Change, field: &str) -> Option<String> {
        id_in(self.place.table, &change.record["fields"][field])
    }

    fn event(&self, what: &str, of: &str, change: &Change, time: &str) -> Event {
        let (booking_id, is_sure) = self.first_of(&change.id, change);
        let at = change.record[time].as_str().and_then(Instant::parse);
        Event {
            id: format!("booking.{what}/{of}"),
            trigger: format!("booking.{what}"),
            table_id: Some(INVITEES.to_owned()),
            record_id: Some(change.id.clone()),
            record: Some(json::write(&change.record)),
            occurred_at: at.map_or(self.now, Instant::unix_ms),
            booking_id: Some(booking_id),
            previous_id: None,
            incomplete: !is_sure,
            raw: None,
        }
    }

    /// The first invitee of the booking, and whether the chain of moves is sure to begin there.
    fn first_of(&self, id: &str, change: &Change) -> (String, bool) {
        let (mut first, mut at) = (id.to_owned(), Some(change));
        // Each step is another change, unless Calendly names them in a circle.
        for _ in 0..=self.changes.len() {
            let Some(change) = at else { return (first, false) };
            let Some(old) = self.named(change, "old_invitee") else { return (first, true) };
            at = self.changes.iter().find(|change| change.id == old);
            first = old;
        }
        (first, false)
    }
}

const INVITEES: &str = "invitees";
