//! Invitee no-shows: the mark of an invitee who did not come.

use super::Verb::{Create as C, Delete as D, Get};
use super::field::{Codec, Field, Kind};
use super::{Create, Delete, Identity, InBase, Lost, Plan, Table, Verb};

pub(super) const TABLE: Table = Table {
    name: "invitee_no_shows",
    label: "Invitee no-shows",
    description: "The mark of an invitee who did not come to the meeting. Creating it marks the \
                  invitee, deleting it clears the mark.",
    bases: &[InBase::user(VERBS), InBase::organization(VERBS), InBase::group(VERBS)],
    fields: &[
        Field::new("invitee", "Invitee", Kind::Reference("invitees"))
            .required()
            .coded(Codec::InviteeUri),
        Field::new("created_at", "Created at", Kind::DateTime),
    ],
    fields_are_discovered: false,
    identity: Identity::Uri(&["invitee_no_shows"]),
    listing: None,
    create: Some(Create::post("/invitee_no_shows").found(Lost::NoShow)),
    update: None,
    delete: Some(Delete::Remove),
    way_out: "Calendly lists no no-shows: query the table invitees with the filter no_show equals \
              true. A mark is not changed: delete it, or create it.",
    read_scopes: &["scheduled_events:read"],
    write_scopes: &["scheduled_events:write"],
    plan: Plan::Free,
};

const VERBS: &[Verb] = &[Get, C, D];
