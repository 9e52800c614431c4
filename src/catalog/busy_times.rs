//! Busy times: when a user cannot be booked.

use super::Verb::Query;
use super::field::{Field, Kind};
use super::organization_memberships::MEMBERS;
use super::{Anchor, Identity, InBase, Listing, Plan, Table, Window};

pub(super) const TABLE: Table = Table {
    name: "busy_times",
    label: "Busy times",
    description: "A time in the future at which a user is busy: with a meeting of Calendly's, or \
                  with an event of a calendar that is checked for conflicts.",
    bases: &[InBase::user(&[Query]), InBase::organization(&[Query])],
    fields: &[
        Field::reference("user", "User", "users"),
        Field::new("type", "Type", Kind::Choice(&["calendly", "reserved", "external"])),
        Field::new("start_time", "Start", Kind::DateTime),
        Field::new("end_time", "End", Kind::DateTime),
        Field::new("buffered_start_time", "Start with buffer", Kind::DateTime).nullable(),
        Field::new("buffered_end_time", "End with buffer", Kind::DateTime).nullable(),
        Field::reference("event", "Event", "scheduled_events").nullable().at("/event/uri"),
    ],
    fields_are_discovered: false,
    identity: Identity::Parts(&["/user", "/type", "/start_time", "/end_time"]),
    listing: Some(Listing {
        window: Some(Window { field: "start_time", days: 7 }),
        ..Listing::of("/user_busy_times", Anchor::Parent(&MEMBERS))
            .unpaged()
            .ascending("start_time")
    }),
    create: None,
    update: None,
    delete: None,
    way_out: "These times follow from the user's calendars and from the table scheduled_events: \
              change those.",
    read_scopes: &["availability:read"],
    write_scopes: &[],
    plan: Plan::Free,
};
