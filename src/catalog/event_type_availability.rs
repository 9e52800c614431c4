//! Event type availability: the hours in which an event type can be booked, by host.

use super::Verb::{Query, Update as U};
use super::event_types::EVENT_TYPES;
use super::field::{Field, Kind};
use super::{Anchor, Identity, InBase, Listing, Plan, Table, Update, Verb};

pub(super) const TABLE: Table = Table {
    name: "event_type_availability",
    label: "Event type availability",
    description: "The hours in which an event type can be booked with one of its hosts. A change \
                  of its rules replaces all of them.",
    bases: &[InBase::user(VERBS), InBase::organization(VERBS)],
    fields: &[
        Field::reference("event_type", "Event type", "event_types"),
        Field::reference("user", "Host", "users").at("/availability_rule/user"),
        Field::new("timezone", "Time zone", Kind::Text)
            .needed_on_update()
            .at("/availability_rule/timezone")
            .written_to(&["availability_rule", "timezone"]),
        Field::new("rules", "Rules", Kind::Objects)
            .updatable()
            .at("/availability_rule/rules")
            .written_to(&["availability_rule", "rules"]),
        Field::new("availability_setting", "Setting", Kind::Choice(&["host"])).updatable(),
        Field::new("schedule_name", "Schedule's name", Kind::Text)
            .nullable()
            .at("/availability_rule/name"),
        Field::new("schedule_uri", "Schedule's URI", Kind::Url).at("/availability_rule/uri"),
    ],
    fields_are_discovered: false,
    identity: Identity::Parts(&["/event_type", "/availability_rule/user"]),
    listing: Some(
        Listing::of("/event_type_availability_schedules", Anchor::Parent(&EVENT_TYPES)).unpaged(),
    ),
    create: None,
    update: Some(Update::PatchOf {
        path: "/event_type_availability_schedules",
        parameter: "event_type",
        collection: "event_types",
        user: Some(&["availability_rule", "user"]),
    }),
    delete: None,
    way_out: "Every host of an event type has exactly one: update that one. To read one, query \
              the table with a filter on event_type.",
    read_scopes: &["availability:read"],
    write_scopes: &["availability:write"],
    plan: Plan::Free,
};

const VERBS: &[Verb] = &[Query, U];
