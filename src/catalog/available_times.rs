//! Available times: when an event type can be booked.

use super::Verb::Query;
use super::event_types::EVENT_TYPES;
use super::field::{Field, Kind};
use super::{Anchor, Identity, InBase, Listing, Parent, Plan, Table, Window};

pub(super) const TABLE: Table = Table {
    name: "available_times",
    label: "Available times",
    description: "A time in the future at which an event type can be booked.",
    bases: &[InBase::user(&[Query]), InBase::organization(&[Query])],
    fields: &[
        Field::reference("event_type", "Event type", "event_types"),
        Field::new("start_time", "Start", Kind::DateTime),
        Field::new("status", "Status", Kind::Choice(&["available"])),
        Field::new("invitees_remaining", "Places left", Kind::Integer),
        Field::new("scheduling_url", "Booking page", Kind::Url),
    ],
    fields_are_discovered: false,
    identity: Identity::Parts(&["/event_type", "/start_time"]),
    listing: Some(Listing {
        window: Some(Window { field: "start_time", days: 31 }),
        ..Listing::of("/event_type_available_times", Anchor::Parent(&ACTIVE)).unpaged()
    }),
    create: None,
    update: None,
    delete: None,
    way_out: "These times follow from the tables event_type_availability and scheduled_events: \
              change those. One is taken by creating a record in the table invitees.",
    // Calendly's documents name one or the other.
    read_scopes: &["availability:read", "event_types:read"],
    write_scopes: &[],
    plan: Plan::Free,
};

/// Others cannot be booked.
const ACTIVE: Parent = Parent { parameters: &[("active", "true")], ..EVENT_TYPES };
