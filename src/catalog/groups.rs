//! Groups: parts of the organization.

use super::Verb::{Get, Query};
use super::field::{Field, Kind};
use super::{Anchor, Identity, InBase, Listing, Plan, Table};

pub(super) const TABLE: Table = Table {
    name: "groups",
    label: "Groups",
    description: "A part of the organization. Each group is a base of its own.",
    bases: &[InBase::organization(&[Query, Get])],
    fields: &[
        Field::new("name", "Name", Kind::Text),
        Field::new("organization", "Organization", Kind::Url),
        Field::new("member_count", "Number of members", Kind::Integer).nullable(),
        Field::new("created_at", "Created at", Kind::DateTime),
        Field::new("updated_at", "Updated at", Kind::DateTime),
    ],
    fields_are_discovered: false,
    identity: Identity::Uri(&["groups"]),
    listing: Some(Listing::of("/groups", Anchor::Organization)),
    create: None,
    update: None,
    delete: None,
    way_out: "Calendly's API only reads groups, in an organization's base: change them on \
              Calendly's pages.",
    read_scopes: &["groups:read"],
    write_scopes: &[],
    plan: Plan::Free,
};
