//! Invitees: who booked a meeting. Creating one books.

use super::field::{Codec, Field, Kind, Pushdown};
use super::{
    Adds, Anchor, By, Create, Identity, InBase, Listing, Lost, Parent, Plan, Role, Table, Update,
    Verb,
};

pub(super) const TABLE: Table = Table {
    name: "invitees",
    label: "Invitees",
    description: "A person who booked a meeting. Creating one books the meeting.",
    bases: &[
        InBase::user(VERBS),
        InBase::organization(VERBS).by(Role::Admin),
        InBase::group(VERBS).by(Role::Admin),
    ],
    fields: &[
        Field::new("event", "Event", Kind::Reference("scheduled_events")).coded(Codec::Uri),
        Field::new("name", "Name", Kind::Text).creatable().written_to(&["invitee", "name"]),
        Field::new("first_name", "First name", Kind::Text)
            .nullable()
            .creatable()
            .written_to(&["invitee", "first_name"]),
        Field::new("last_name", "Last name", Kind::Text)
            .nullable()
            .creatable()
            .written_to(&["invitee", "last_name"]),
        Field::new("email", "Email", Kind::Email)
            .required()
            .written_to(&["invitee", "email"])
            .filtered(&[Pushdown::Equals("email"), Pushdown::ParentEquals("invitee_email")]),
        Field::new("timezone", "Time zone", Kind::Text)
            .nullable()
            .required()
            .written_to(&["invitee", "timezone"]),
        Field::new("text_reminder_number", "Text reminder number", Kind::Phone)
            .nullable()
            .creatable()
            .written_to(&["invitee", "text_reminder_number"]),
        Field::new("event_type", "Event type", Kind::Reference("event_types"))
            .required()
            .of_parent("/event_type")
            .coded(Codec::Uri),
        Field::new("start_time", "Start", Kind::DateTime)
            .required()
            .of_parent("/start_time")
            .filtered(&[
                Pushdown::NotBefore("min_start_time"),
                Pushdown::NotAfter("max_start_time"),
            ])
            .sorted(),
        Field::new("end_time", "End", Kind::DateTime).of_parent("/end_time"),
        Field::new("event_name", "Event's name", Kind::Text).nullable().of_parent("/name"),
        Field::new("event_status", "Event's status", Kind::Choice(&["active", "canceled"]))
            .of_parent("/status")
            .filtered(&[Pushdown::Equals("status")]),
        Field::new("location", "Location", Kind::Object)
            .nullable()
            .creatable()
            .of_parent("/location"),
        Field::new("event_guests", "Guests' emails", Kind::Texts).creatable().unread(),
        Field::new("questions_and_answers", "Answers", Kind::Objects).creatable(),
        Field::new("tracking", "Tracking", Kind::Object).nullable().creatable(),
        Field::new("status", "Status", Kind::Choice(&["active", "canceled"]))
            .filtered(&[Pushdown::Equals("status")]),
        Field::new("rescheduled", "Rescheduled", Kind::Boolean),
        Field::new("old_invitee", "Before the reschedule", Kind::Reference("invitees")).nullable(),
        Field::new("new_invitee", "After the reschedule", Kind::Reference("invitees")).nullable(),
        Field::new("no_show", "No-show", Kind::Boolean).updatable().coded(Codec::Presence),
        Field::new("no_show_at", "Marked as no-show at", Kind::DateTime)
            .nullable()
            .at("/no_show/created_at"),
        Field::new("cancel_reason", "Cancel reason", Kind::LongText)
            .nullable()
            .at("/cancellation/reason"),
        Field::new("canceled_by", "Canceled by", Kind::Text)
            .nullable()
            .at("/cancellation/canceled_by"),
        Field::new("canceler_type", "Canceler", Kind::Choice(&["host", "invitee"]))
            .nullable()
            .at("/cancellation/canceler_type"),
        Field::new("canceled_at", "Canceled at", Kind::DateTime)
            .nullable()
            .at("/cancellation/created_at"),
        Field::new("cancel_url", "Cancel page", Kind::Url),
        Field::new("reschedule_url", "Reschedule page", Kind::Url),
        Field::new("payment", "Payment", Kind::Object).nullable(),
        Field::new("reconfirmation", "Reconfirmation", Kind::Object).nullable(),
        Field::reference(
            "routing_form_submission",
            "Routing form submission",
            "routing_form_submissions",
        )
        .nullable(),
        Field::new(
            "scheduling_method",
            "Scheduling method",
            Kind::Choice(&["instant_book", "api"]),
        )
        .nullable(),
        Field::new("invitee_scheduled_by", "Scheduled by", Kind::Url).nullable(),
        Field::new("created_at", "Created at", Kind::DateTime).sorted(),
        Field::new("updated_at", "Updated at", Kind::DateTime),
    ],
    fields_are_discovered: false,
    identity: Identity::Uri(&["scheduled_events", "invitees"]),
    listing: Some(Listing::of("/invitees", Anchor::Parent(&EVENTS)).ascending("created_at")),
    create: Some(Create {
        path: "/invitees",
        adds: Adds::Nothing,
        books: true,
        lost: Lost::Booking,
    }),
    update: Some(Update::NoShow),
    delete: None,
    way_out: "Calendly removes no single invitee: cancel the whole meeting in the \
              table scheduled_events, or send the invitee their cancel_url or reschedule_url.",
    read_scopes: &["scheduled_events:read"],
    write_scopes: &["scheduled_events:write"],
    plan: Plan::Free,
};

const VERBS: &[Verb] = &[Verb::Query, Verb::Get, Verb::Create, Verb::Update];

const EVENTS: Parent = Parent {
    field: "event",
    path: "/scheduled_events",
    anchor: Anchor::Owner,
    parameters: &[],
    uri: "/uri",
    by: By::Path,
    scopes: &["scheduled_events:read"],
    base: None,
};
