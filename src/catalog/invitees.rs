//! Invitees: who booked a meeting. Creating one books.

use super::field::{Codec, Field, Kind, Pushdown};
use super::{BaseKind, Collection, Create, Table};

pub(super) const TABLE: Table = Table {
    name: "invitees",
    label: "Invitees",
    description: "A person who booked a meeting. Creating one books the meeting.",
    bases: &[BaseKind::User, BaseKind::Organization, BaseKind::Group],
    fields: &[
        Field::new("event", "Event", Kind::Reference("scheduled_events"))
            .coded(Codec::Uri("scheduled_events")),
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
            .filtered(&[Pushdown::Equals("email")]),
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
            .unread()
            .coded(Codec::Uri("event_types")),
        Field::new("start_time", "Start", Kind::DateTime).required().unread(),
        Field::new("location", "Location", Kind::Object).creatable().unread(),
        Field::new("event_guests", "Guests' emails", Kind::Texts).creatable().unread(),
        Field::new("questions_and_answers", "Answers", Kind::Objects).creatable(),
        Field::new("tracking", "Tracking", Kind::Object).nullable().creatable(),
        Field::new("status", "Status", Kind::Choice(&["active", "canceled"]))
            .filtered(&[Pushdown::Equals("status")]),
        Field::new("rescheduled", "Rescheduled", Kind::Boolean),
        Field::new("old_invitee", "Before the reschedule", Kind::Reference("invitees")).nullable(),
        Field::new("new_invitee", "After the reschedule", Kind::Reference("invitees")).nullable(),
        Field::new("no_show", "No-show", Kind::Object).nullable(),
        Field::new("cancel_reason", "Cancel reason", Kind::LongText)
            .nullable()
            .at("/cancellation/reason"),
        Field::new("canceled_by", "Canceled by", Kind::Text)
            .nullable()
            .at("/cancellation/canceled_by"),
        Field::new("cancel_url", "Cancel page", Kind::Url),
        Field::new("reschedule_url", "Reschedule page", Kind::Url),
        Field::new("payment", "Payment", Kind::Object).nullable(),
        Field::new("reconfirmation", "Reconfirmation", Kind::Object).nullable(),
        Field::new("routing_form_submission", "Routing form submission", Kind::Url).nullable(),
        Field::new(
            "scheduling_method",
            "Scheduling method",
            Kind::Choice(&["instant_book", "api"]),
        )
        .nullable(),
        Field::new("created_at", "Created at", Kind::DateTime).sorted(),
        Field::new("updated_at", "Updated at", Kind::DateTime),
    ],
    fields_are_discovered: false,
    collection: Collection::OfEvents("/invitees"),
    uri: &["scheduled_events", "invitees"],
    create: Some(Create::Book("/invitees")),
    update: None,
    delete: None,
    way_out: "Calendly changes and removes no single invitee: cancel the whole meeting in the \
              table scheduled_events, or send the invitee their cancel_url or reschedule_url.",
    read_scopes: &["scheduled_events:read"],
    write_scopes: &["scheduled_events:write"],
};
