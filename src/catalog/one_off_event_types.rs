//! One-off event types: a kind of meeting for one occasion.

use super::Verb::{Create as C, Get};
use super::event_types::DETAILS;
use super::field::{Codec, Field, Kind, join, read_only};
use super::{Adds, Create, Identity, InBase, Plan, Table};

pub(super) const TABLE: Table = Table {
    name: "one_off_event_types",
    label: "One-off event types",
    description: "A kind of meeting for one occasion, with days or times of its own. Once made it \
                  is read as an event type.",
    bases: &[InBase::user(&[Get, C])],
    fields: &join::<{ OWN.len() + DETAILS.len() }>(&OWN, &read_only(DETAILS)),
    fields_are_discovered: false,
    identity: Identity::Uri(&["event_types"]),
    listing: None,
    create: Some(Create::post("/one_off_event_types").adding(Adds::User("host"))),
    update: None,
    delete: None,
    way_out: "Calendly lists, changes and deletes no one-off event type: keep the id and the \
              scheduling_url that creating one answers. One is created in a user's base.",
    read_scopes: &["event_types:read"],
    write_scopes: &["event_types:write"],
    plan: Plan::Free,
};

const OWN: [Field; 6] = [
    Field::new("name", "Name", Kind::Text).nullable().required(),
    Field::new("duration", "Duration (minutes)", Kind::Integer).required(),
    Field::new("date_setting", "Days or times", Kind::Object).required().unread(),
    Field::new("co_hosts", "Other hosts", Kind::Texts).creatable().unread().coded(Codec::UserUris),
    Field::new("timezone", "Time zone", Kind::Text).creatable().unread(),
    Field::new("location", "Location", Kind::Object).creatable().unread(),
];
