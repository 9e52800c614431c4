//! Event types: the kinds of meeting that can be booked.

use super::Verb::{Create as C, Get, Query, Update as U};
use super::field::{Codec, Field, Kind, Pushdown, join};
use super::{
    Adds, Anchor, By, Create, Identity, InBase, Listing, Lost, Parent, Plan, Table, Update,
};

pub(super) const TABLE: Table = Table {
    name: "event_types",
    label: "Event types",
    description: "A kind of meeting that can be booked.",
    bases: &[InBase::user(&[Query, Get, C, U]), InBase::organization(&[Query, Get, U])],
    fields: &join::<{ OWN.len() + DETAILS.len() }>(&OWN, &DETAILS),
    fields_are_discovered: false,
    identity: Identity::Uri(&["event_types"]),
    listing: Some(Listing::of("/event_types", Anchor::Owner).ascending("name")),
    create: Some(
        Create::post("/event_types").adding(Adds::User("owner")).found(Lost::Listed("name")),
    ),
    update: Some(Update::Patch),
    delete: None,
    way_out: "Calendly's API deletes no event type: update it with active false instead. One is \
              created in a user's base.",
    read_scopes: &["event_types:read"],
    write_scopes: &["event_types:write"],
    plan: Plan::Free,
};

const OWN: [Field; 2] = [
    Field::new("name", "Name", Kind::Text).nullable().required().updatable().sorted(),
    Field::new("duration", "Duration (minutes)", Kind::Integer).creatable().updatable(),
];

/// What one-off event types have too.
pub(super) const DETAILS: [Field; 28] = [
    Field::new("active", "Active", Kind::Boolean)
        .creatable()
        .updatable()
        .filtered(&[Pushdown::Equals("active")]),
    Field::new("duration_options", "Duration options (minutes)", Kind::Integers)
        .nullable()
        .creatable()
        .updatable(),
    Field::new("description_plain", "Description", Kind::LongText)
        .nullable()
        .creatable()
        .updatable()
        .written_to(&["description"]),
    Field::new("description_html", "Description (HTML)", Kind::LongText).nullable(),
    Field::new("internal_note", "Internal note", Kind::LongText).nullable(),
    Field::new("color", "Color", Kind::Text).creatable().updatable(),
    Field::new(
        "locale",
        "Language",
        Kind::Choice(&["de", "en", "es", "fr", "it", "nl", "pt", "uk"]),
    )
    .creatable()
    .updatable(),
    Field::new("locations", "Locations", Kind::Objects).nullable().creatable().updatable(),
    Field::new("start_time_increment", "Start time increment (minutes)", Kind::Integer)
        .nullable()
        .creatable()
        .updatable(),
    Field::new("before_buffer", "Buffer before (minutes)", Kind::Integer)
        .nullable()
        .creatable()
        .updatable(),
    Field::new("after_buffer", "Buffer after (minutes)", Kind::Integer)
        .nullable()
        .creatable()
        .updatable(),
    Field::new("kind", "Kind", Kind::Choice(&["solo", "group"])),
    Field::new(
        "pooling_type",
        "Pooling",
        Kind::Choice(&["round_robin", "collective", "multi_pool"]),
    )
    .nullable(),
    Field::new("type", "Type", Kind::Choice(&["StandardEventType", "AdhocEventType"])),
    Field::new("booking_method", "Booking method", Kind::Choice(&["instant", "poll"])),
    Field::new("is_paid", "Paid", Kind::Boolean),
    Field::new("secret", "Secret", Kind::Boolean),
    Field::new("admin_managed", "Managed by an admin", Kind::Boolean)
        .filtered(&[Pushdown::Equals("admin_managed")]),
    Field::new("position", "Position", Kind::Integer).sorted(),
    Field::new("slug", "Slug", Kind::Text).nullable(),
    Field::new("scheduling_url", "Scheduling page", Kind::Url),
    Field::new("owner", "Owner", Kind::Reference("users"))
        .nullable()
        .at("/profile/owner")
        .coded(Codec::Uri),
    Field::new("owner_type", "Owner's type", Kind::Choice(&["User", "Team"]))
        .nullable()
        .at("/profile/type"),
    Field::new("owner_name", "Owner's name", Kind::Text).nullable().at("/profile/name"),
    Field::new("custom_questions", "Questions", Kind::Objects),
    Field::new("created_at", "Created at", Kind::DateTime).sorted(),
    Field::new("updated_at", "Updated at", Kind::DateTime).sorted(),
    Field::new("deleted_at", "Deleted at", Kind::DateTime).nullable(),
];

/// The event types of a base, below which is what each of them has.
pub(super) const EVENT_TYPES: Parent = Parent {
    field: "event_type",
    path: "/event_types",
    anchor: Anchor::Owner,
    parameters: &[],
    uri: "/uri",
    by: By::Parameter("event_type"),
    scopes: &["event_types:read"],
    base: None,
};
