//! Scheduled events: the meetings. They come to be by booking, in the table of invitees.

use super::field::{Codec, Field, Kind, Pushdown};
use super::{Anchor, Delete, Identity, InBase, Listing, Plan, Role, Table, Update, Verb};

pub(super) const TABLE: Table = Table {
    name: "scheduled_events",
    label: "Scheduled events",
    description: "A meeting that was booked. Updating its status to canceled, and deleting it, \
                  both cancel it for everybody.",
    bases: &[
        InBase::user(VERBS),
        InBase::organization(VERBS).by(Role::Admin),
        InBase::group(VERBS).by(Role::Admin),
    ],
    fields: &[
        Field::new("name", "Name", Kind::Text).nullable(),
        Field::new("status", "Status", Kind::Choice(&["active", "canceled"]))
            .updatable()
            .filtered(&[Pushdown::Equals("status")]),
        Field::new("start_time", "Start", Kind::DateTime)
            .filtered(&[
                Pushdown::NotBefore("min_start_time"),
                Pushdown::NotAfter("max_start_time"),
            ])
            .sorted(),
        Field::new("end_time", "End", Kind::DateTime),
        Field::new("event_type", "Event type", Kind::Reference("event_types"))
            .nullable()
            .coded(Codec::Uri),
        Field::new("location_type", "Location type", Kind::Text).nullable().at("/location/type"),
        Field::new("location", "Location", Kind::Object).nullable(),
        Field::new("join_url", "Join link", Kind::Url).nullable().at("/location/join_url"),
        Field::new("invitees_total", "Invitees", Kind::Integer).at("/invitees_counter/total"),
        Field::new("invitees_active", "Active invitees", Kind::Integer)
            .at("/invitees_counter/active"),
        Field::new("invitees_limit", "Invitee limit", Kind::Integer).at("/invitees_counter/limit"),
        Field::new("event_memberships", "Hosts", Kind::Objects),
        Field::new("event_guests", "Guests", Kind::Objects),
        Field::new("meeting_notes_plain", "Notes", Kind::LongText).nullable(),
        Field::new("meeting_notes_html", "Notes (HTML)", Kind::LongText).nullable(),
        Field::new("cancel_reason", "Cancel reason", Kind::LongText)
            .nullable()
            .updatable()
            .at("/cancellation/reason")
            .written_to(&["reason"]),
        Field::new("canceled_by", "Canceled by", Kind::Text)
            .nullable()
            .at("/cancellation/canceled_by"),
        Field::new("canceler_type", "Canceler", Kind::Choice(&["host", "invitee"]))
            .nullable()
            .at("/cancellation/canceler_type"),
        Field::new("canceled_at", "Canceled at", Kind::DateTime)
            .nullable()
            .at("/cancellation/created_at"),
        Field::new("invitee_email", "Invitee's email", Kind::Email)
            .filtered(&[Pushdown::Equals("invitee_email")])
            .unread(),
        Field::new("created_at", "Created at", Kind::DateTime),
        Field::new("updated_at", "Updated at", Kind::DateTime),
    ],
    fields_are_discovered: false,
    identity: Identity::Uri(&["scheduled_events"]),
    listing: Some(Listing::of("/scheduled_events", Anchor::Owner).ascending("start_time")),
    create: None,
    update: Some(Update::Cancel),
    delete: Some(Delete::Cancel),
    way_out: "A meeting is booked by creating a record in the table invitees.",
    read_scopes: &["scheduled_events:read"],
    write_scopes: &["scheduled_events:write"],
    plan: Plan::Free,
};

const VERBS: &[Verb] = &[Verb::Query, Verb::Get, Verb::Update, Verb::Delete];
