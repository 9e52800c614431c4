//! Availability schedules: the hours in which a user can be booked.

use super::Verb::{Create as C, Get, Query, Update as U};
use super::field::{Field, Kind};
use super::organization_memberships::MEMBERS;
use super::{Anchor, Create, Identity, InBase, Listing, Lost, Plan, Table, Update};

pub(super) const TABLE: Table = Table {
    name: "availability_schedules",
    label: "Availability schedules",
    description: "The hours in which a user can be booked. A change of its rules replaces all of \
                  them, for every event type that uses the schedule.",
    bases: &[InBase::user(&[Query, Get, C, U]), InBase::organization(&[Query, Get, U])],
    fields: &[
        Field::new("name", "Name", Kind::Text).required().updatable(),
        Field::reference("user", "User", "users"),
        Field::new("timezone", "Time zone", Kind::Text).required().updatable(),
        Field::new("rules", "Rules", Kind::Objects).required().updatable(),
        // It can only be set: another schedule takes it over.
        Field::new("default", "Is the default", Kind::Boolean).updatable(),
    ],
    fields_are_discovered: false,
    identity: Identity::Uri(&["user_availability_schedules"]),
    listing: Some(Listing::of("/user_availability_schedules", Anchor::Parent(&MEMBERS)).unpaged()),
    create: Some(Create::post("/user_availability_schedules").found(Lost::Listed("name"))),
    update: Some(Update::Patch),
    delete: None,
    way_out: "Calendly's API deletes no schedule: its pages do. One is created in a user's base, \
              for the connected user alone.",
    read_scopes: &["availability:read"],
    write_scopes: &["availability:write"],
    plan: Plan::Free,
};
