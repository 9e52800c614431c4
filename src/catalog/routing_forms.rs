//! Routing forms: questions that decide which page people come to.

use super::Verb::{Get, Query};
use super::field::{Field, Kind};
use super::{Anchor, Identity, InBase, Listing, Plan, Table};

pub(super) const TABLE: Table = Table {
    name: "routing_forms",
    label: "Routing forms",
    description: "A form whose answers decide what can be booked.",
    bases: &[InBase::organization(&[Query, Get])],
    fields: &[
        Field::new("name", "Name", Kind::Text),
        Field::new("status", "Status", Kind::Choice(&["draft", "published"])),
        Field::new("questions", "Questions", Kind::Objects),
        Field::new("organization", "Organization", Kind::Url),
        Field::new("created_at", "Created at", Kind::DateTime).sorted(),
        Field::new("updated_at", "Updated at", Kind::DateTime),
    ],
    fields_are_discovered: false,
    identity: Identity::Uri(&["routing_forms"]),
    listing: Some(Listing::of("/routing_forms", Anchor::Organization).ascending("created_at")),
    create: None,
    update: None,
    delete: None,
    way_out: "Calendly's API only reads routing forms, in an organization's base: change them on \
              Calendly's pages.",
    read_scopes: &["routing_forms:read"],
    write_scopes: &[],
    plan: Plan::Paid,
};
