//! Shares: a link to an event type with settings of its own.

use super::Verb::{Create as C, Delete as D, Query, Update as U};
use super::field::{Field, Kind, Pushdown};
use super::{Anchor, Create, Delete, Identity, InBase, Listing, Plan, Table, Update, Verb};

pub(super) const TABLE: Table = Table {
    name: "shares",
    label: "Shares",
    description: "A link of the connected user to a one-on-one event type, with settings of its \
                  own. Null goes back to the event type's setting. Only a share that is not \
                  booked can be changed or deleted.",
    bases: &[InBase::user(VERBS), InBase::organization(VERBS)],
    fields: &[
        Field::reference("event_type", "Event type", "event_types")
            .nullable()
            .required()
            .at("/scheduling_links/0/owner")
            .filtered(&[Pushdown::Equals("event_type")]),
        Field::new("booking_url", "Link", Kind::Url)
            .nullable()
            .at("/scheduling_links/0/booking_url"),
        Field::new("scheduling_links", "Links", Kind::Objects),
        Field::new("status", "Status", Kind::Choice(&["active", "booked", "expired"])),
        Field::reference("contact", "Contact", "contacts").nullable().updatable(),
        Field::new("name", "Name", Kind::Text)
            .nullable()
            .creatable()
            .updatable()
            .at("/share_override/name"),
        Field::new("duration", "Duration (minutes)", Kind::Integer)
            .nullable()
            .creatable()
            .updatable()
            .at("/share_override/duration"),
        Field::new("duration_options", "Duration options (minutes)", Kind::Integers)
            .nullable()
            .creatable()
            .updatable()
            .at("/share_override/duration_options"),
        Field::new(
            "period_type",
            "Period",
            Kind::Choice(&["available_moving", "moving", "fixed", "unlimited"]),
        )
        .nullable()
        .creatable()
        .updatable()
        .at("/share_override/period_type"),
        Field::new("start_date", "First day", Kind::Date)
            .nullable()
            .creatable()
            .updatable()
            .at("/share_override/start_date"),
        Field::new("end_date", "Last day", Kind::Date)
            .nullable()
            .creatable()
            .updatable()
            .at("/share_override/end_date"),
        Field::new("max_booking_time", "Latest booking", Kind::Integer)
            .nullable()
            .creatable()
            .updatable()
            .at("/share_override/max_booking_time"),
        Field::new("min_booking_time", "Earliest booking", Kind::Integer)
            .nullable()
            .updatable()
            .at("/share_override/min_booking_time"),
        Field::new("hide_location", "Location hidden", Kind::Boolean)
            .nullable()
            .creatable()
            .updatable()
            .at("/share_override/hide_location"),
        Field::new("location_configurations", "Locations", Kind::Objects)
            .nullable()
            .creatable()
            .updatable()
            .at("/share_override/location_configurations"),
        Field::new("availability_rule", "Availability", Kind::Object)
            .nullable()
            .creatable()
            .updatable()
            .at("/share_override/availability_rule"),
        Field::new("created_at", "Created at", Kind::DateTime)
            .filtered(&[
                Pushdown::NotBefore("min_created_at"),
                Pushdown::NotAfter("max_created_at"),
            ])
            .sorted(),
    ],
    fields_are_discovered: false,
    identity: Identity::Uri(&["shares"]),
    listing: Some(Listing::of("/shares", Anchor::Caller).descending("created_at")),
    create: Some(Create::post("/shares")),
    update: Some(Update::Patch),
    delete: Some(Delete::Remove),
    way_out: "Calendly reads no single share: query the table, with a filter on event_type.",
    read_scopes: &["shares:read"],
    write_scopes: &["shares:write"],
    plan: Plan::Free,
};

const VERBS: &[Verb] = &[Query, C, U, D];
