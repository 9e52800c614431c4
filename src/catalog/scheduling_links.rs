//! Scheduling links: a link that books one meeting.

use super::Verb::Create as C;
use super::field::{Field, Kind};
use super::{Adds, Create, Identity, InBase, Plan, Table};

pub(super) const TABLE: Table = Table {
    name: "scheduling_links",
    label: "Scheduling links",
    description: "A link with which an event type can be booked once.",
    bases: &[InBase::user(&[C]), InBase::organization(&[C])],
    fields: &[
        Field::new("booking_url", "Link", Kind::Url),
        Field::reference("event_type", "Event type", "event_types")
            .nullable()
            .required()
            .at("/owner")
            .written_to(&["owner"]),
        Field::new("owner_type", "Owner's type", Kind::Choice(&["EventType"])).nullable(),
    ],
    fields_are_discovered: false,
    identity: Identity::Parts(&["/booking_url"]),
    listing: None,
    create: Some(Create::post("/scheduling_links").adding(Adds::SingleUse)),
    update: None,
    delete: None,
    way_out: "Calendly forgets a link once it is made: keep the booking_url that creating it \
              answers. Links that can be listed, changed and deleted are in the table shares.",
    read_scopes: &[],
    write_scopes: &["scheduling_links:write"],
    plan: Plan::Free,
};
