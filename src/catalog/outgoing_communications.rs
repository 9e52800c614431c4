//! Outgoing communications: what Calendly sent to people.

use super::Verb::Query;
use super::field::{Field, Kind, Pushdown};
use super::{Anchor, Identity, InBase, Listing, Plan, Table};

pub(super) const TABLE: Table = Table {
    name: "outgoing_communications",
    label: "Outgoing communications",
    description: "An e-mail or a text message that Calendly sent about a meeting.",
    bases: &[InBase::organization(&[Query])],
    fields: &[
        Field::new("type", "Type", Kind::Choice(&["sms", "email"])),
        // Addresses or phone numbers.
        Field::new("to", "To", Kind::Text),
        Field::new("from", "From", Kind::Text),
        Field::new("subject", "Subject", Kind::Text).nullable(),
        Field::new("body", "Body", Kind::LongText),
        Field::reference("sender_uri", "Sender", "users").nullable(),
        Field::new("sender_email", "Sender's email", Kind::Email).nullable(),
        Field::reference("event_type_uri", "Event type", "event_types"),
        Field::reference("event_uri", "Event", "scheduled_events"),
        Field::new("scheduling_url", "Scheduling page", Kind::Url),
        Field::new("sent_at", "Sent at", Kind::DateTime),
        Field::new("created_at", "Created at", Kind::DateTime).filtered(&[
            Pushdown::NotBefore("min_created_at"),
            Pushdown::NotAfter("max_created_at"),
        ]),
    ],
    fields_are_discovered: false,
    identity: Identity::Digest,
    listing: Some(Listing::of("/outgoing_communications", Anchor::Organization)),
    create: None,
    update: None,
    delete: None,
    way_out: "Calendly sends these itself and reads none of them singly: query the table in an \
              organization's base, with a filter.",
    read_scopes: &["outgoing_communications:read"],
    write_scopes: &[],
    plan: Plan::Enterprise,
};
