//! What changes mean: an event for each record, and for an invitee what became of the booking.
//!
//! Calendly moves a booking by canceling one invitee and making another, each naming the other;
//! here that is one event.

use super::look::{Change, Kind, MOVE_TOLD};
use super::state::State;
use crate::api::API_ORIGIN;
use crate::contract::triggers::Event;
use crate::instant::Instant;
use crate::json::{self, object};
use crate::records::{Place, id_of, path_of};
use crate::text::join;
use crate::webhooks::{event, event_of};

/// The events of changes, oldest first.
pub(super) fn events(place: &Place, changes: &[Change], state: &mut State, now: u64) -> Vec<Event> {
    let mut events = Vec::new();
    let moves = Moves { place, changes };
    for change in changes {
        let told = record_event(place, change, now);
        let at = told.occurred_at;
        add(&mut events, told);
        if place.table.name == "invitees" {
            moves.tell(change, at, state, &mut events);
        }
    }
    events
}

/// Puts an event where it belongs in the order of time: the scan's order is often that one, or its
/// reverse.
fn add(events: &mut Vec<Event>, event: Event) {
    let place = events.partition_point(|other| other.occurred_at <= event.occurred_at);
    events.insert(place, event);
}

fn record_event(place: &Place, change: &Change, now: u64) -> Event {
    let (table, id, trigger) = (place.table.name, &*change.id, change.kind.trigger());
    let mut parts = vec![trigger, table, id];
    let (record, time) = match change.kind {
        Kind::Created => (change.record.clone(), "createdTime"),
        Kind::Updated => {
            parts.push(&change.version);
            (change.record.clone(), "updatedTime")
        }
        Kind::Deleted => {
            let uri = path_of(place.table, id).map(|path| format!("{API_ORIGIN}{path}"));
            (object! { "id": id, "tableId": table, "uri": uri.ok() }, "")
        }
    };
    let at = change.record[time].as_str().and_then(Instant::parse).map_or(now, Instant::unix_ms);
    let mut told = event(join(parts, "/"), trigger, Some(table), at);
    told.record_id = Some(id.to_owned());
    told.record = Some(json::write(&record));
    told
}

/// What became of bookings, as far as the invitees at hand tell.
struct Moves<'m> {
    place: &'m Place,
    changes: &'m [Change],
}

impl Moves<'_> {
    fn tell(&self, change: &Change, at: u64, state: &mut State, events: &mut Vec<Event>) {
        let fields = &change.record["fields"];
        if change.kind == Kind::Created {
            let old = self.named(change, "old_invitee");
            let stamp = old.as_ref().and_then(|old| state.known.stamp(old));
            let was_told = stamp.is_some_and(|stamp| stamp & MOVE_TOLD != 0);
            if !was_told && (old.is_some() || fields["status"] == "active") {
                self.add(change, false, at, events);
            }
        }
        if !change.was_canceled {
            return;
        }
        let mut is_move = false;
        if fields["rescheduled"] == true
            && let Some(new) = self.named(change, "new_invitee")
        {
            if state.known.stamp(&new).is_some() {
                // It tells the move itself.
                return;
            }
            is_move = true;
        }
        self.add(change, true, at, events);
        if is_move {
            state.known.flag(&change.id, MOVE_TOLD);
        }
    }

    fn add(&self, change: &Change, canceled: bool, at: u64, events: &mut Vec<Event>) {
        let Some(mut told) = event_of(&change.record, canceled, at) else { return };
        let (first, is_sure) = self.first_of(change);
        // Half of a move lacks the other half still.
        told.incomplete = !is_sure || canceled && told.previous_id.is_some();
        told.booking_id = Some(first);
        add(events, told);
    }

    /// The id of the invitee that a field names.
    fn named(&self, change: &Change, field: &str) -> Option<String> {
        let uri = change.record["fields"][field].clone();
        id_of(self.place.table, &object! { "uri": uri })
    }

    /// The first invitee of the booking as far as it is known, and whether it is sure to be.
    fn first_of(&self, change: &Change) -> (String, bool) {
        let (mut first, mut at) = (change.id.clone(), Some(change));
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
