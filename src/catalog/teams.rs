//! Teams: users who are booked together.

use super::Verb::{Get, Query};
use super::field::{Field, Kind};
use super::{Anchor, Identity, InBase, Listing, Plan, Table, Verb};

pub(super) const TABLE: Table = Table {
    name: "teams",
    label: "Teams",
    description: "Users of the organization who have a page for booking in common.",
    bases: &[InBase::user(VERBS), InBase::organization(VERBS)],
    fields: &[
        Field::new("name", "Name", Kind::Text),
        Field::new("organization", "Organization", Kind::Url),
        Field::new("scheduling_url", "Scheduling page", Kind::Url),
    ],
    fields_are_discovered: false,
    identity: Identity::Uri(&["teams"]),
    listing: Some(Listing::of("/teams", Anchor::OwnerUser)),
    create: None,
    update: None,
    delete: None,
    way_out: "Calendly's API only reads teams: change them on Calendly's pages.",
    read_scopes: &["organizations:read"],
    write_scopes: &[],
    plan: Plan::Free,
};

const VERBS: &[Verb] = &[Query, Get];
