//! Meeting recaps: what the notetaker wrote down.

use super::Verb::{Delete as D, Get, Query, Update as U};
use super::field::{Field, Kind, Pushdown};
use super::{Anchor, Delete, Identity, InBase, Listing, Plan, Table, Update, Verb};

pub(super) const TABLE: Table = Table {
    name: "meeting_recaps",
    label: "Meeting recaps",
    description: "What Calendly's notetaker wrote down of a meeting. Its texts and its share link \
                  come with a single record alone, its transcript with calendly.getTranscript.",
    bases: &[InBase::user(VERBS), InBase::organization(VERBS)],
    fields: &[
        Field::new("name", "Name", Kind::Text).nullable(),
        Field::new("status", "Status", Kind::Choice(&["Available", "Processing", "Unavailable"])),
        // Meetings outside of Calendly have no event.
        Field::reference("event", "Event", "scheduled_events")
            .nullable()
            .filtered(&[Pushdown::Equals("event")]),
        // Calendly's parameters are about the other end: a meeting that ends at the earliest then,
        // or starts at the latest then.
        Field::new("start_time", "Start", Kind::DateTime)
            .nullable()
            .filtered(&[Pushdown::NotAfter("end_time")]),
        Field::new("end_time", "End", Kind::DateTime)
            .nullable()
            .filtered(&[Pushdown::NotBefore("start_time")]),
        Field::new("location_type", "Location type", Kind::Text).nullable().at("/location/type"),
        Field::new("location", "Location", Kind::Object).nullable(),
        Field::new("attendees", "Attendees", Kind::Objects).nullable(),
        Field::new("attendee", "Attendee's email", Kind::Email)
            .filtered(&[Pushdown::Equals("attendee")])
            .unread(),
        Field::new("summary_md", "Summary", Kind::LongText).nullable().updatable().unlisted(),
        Field::new("action_items_md", "Action items", Kind::LongText)
            .nullable()
            .updatable()
            .unlisted(),
        Field::new("discussion_md", "Discussion", Kind::LongText).nullable().updatable().unlisted(),
        Field::new("transcript", "Transcript's URI", Kind::Url).nullable(),
        Field::new("share_link", "Share link", Kind::Url).nullable().unlisted(),
        Field::new("app_url", "Calendly page", Kind::Url),
        Field::new("created_at", "Created at", Kind::DateTime).nullable(),
        Field::new("updated_at", "Updated at", Kind::DateTime).nullable(),
    ],
    fields_are_discovered: false,
    identity: Identity::Uri(&["meeting_recaps"]),
    listing: Some(Listing {
        // Calendly lists the available ones when it is not told.
        each: Some(("status", &["available", "processing", "unavailable"])),
        ..Listing::of("/meeting_recaps", Anchor::Account)
    }),
    create: None,
    update: Some(Update::Patch),
    delete: Some(Delete::Remove),
    way_out: "Calendly's notetaker makes recaps, of meetings that it is invited to.",
    read_scopes: &["meeting_recaps:read"],
    write_scopes: &["meeting_recaps:write"],
    plan: Plan::Paid,
};

const VERBS: &[Verb] = &[Query, Get, U, D];
