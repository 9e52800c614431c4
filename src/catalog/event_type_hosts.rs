//! Event type hosts: who can be met by an event type.

use super::Verb::Query;
use super::event_types::EVENT_TYPES;
use super::field::{Field, Kind};
use super::users::{CLOCKS, LOCALES};
use super::{Anchor, Identity, InBase, Listing, Plan, Table};

pub(super) const TABLE: Table = Table {
    name: "event_type_hosts",
    label: "Event type hosts",
    description: "A user who is a host of an event type.",
    bases: &[InBase::user(&[Query]), InBase::organization(&[Query])],
    fields: &[
        Field::reference("event_type", "Event type", "event_types").at("/event_type/uri"),
        Field::new("event_type_name", "Event type's name", Kind::Text)
            .nullable()
            .at("/event_type/name"),
        Field::reference("member", "Host", "users").nullable().at("/member/uri"),
        Field::new("member_name", "Name", Kind::Text).nullable().at("/member/name"),
        Field::new("member_email", "Email", Kind::Email).nullable().at("/member/email"),
        Field::new("member_slug", "Slug", Kind::Text).nullable().at("/member/slug"),
        Field::new("member_scheduling_url", "Scheduling page", Kind::Url)
            .nullable()
            .at("/member/scheduling_url"),
        Field::new("member_timezone", "Time zone", Kind::Text).nullable().at("/member/timezone"),
        Field::new("member_time_notation", "Clock", Kind::Choice(CLOCKS))
            .nullable()
            .at("/member/time_notation"),
        Field::new("member_locale", "Language", Kind::Choice(LOCALES))
            .nullable()
            .at("/member/locale"),
        Field::new("member_avatar_url", "Picture", Kind::Url).nullable().at("/member/avatar_url"),
        Field::new("member_organization", "Organization", Kind::Url)
            .nullable()
            .at("/member/current_organization"),
        Field::new("member_created_at", "User created at", Kind::DateTime)
            .nullable()
            .at("/member/created_at"),
        Field::new("member_updated_at", "User updated at", Kind::DateTime)
            .nullable()
            .at("/member/updated_at"),
        Field::new("created_at", "Created at", Kind::DateTime).nullable(),
        Field::new("updated_at", "Updated at", Kind::DateTime).nullable(),
    ],
    fields_are_discovered: false,
    identity: Identity::Uri(&["event_type_memberships"]),
    listing: Some(Listing::of("/event_type_memberships", Anchor::Parent(&EVENT_TYPES))),
    create: None,
    update: None,
    delete: None,
    way_out: "Calendly's API lists the hosts of an event type and no more: to read one, query the \
              table with a filter on event_type; change them on Calendly's pages.",
    read_scopes: &["event_types:read"],
    write_scopes: &[],
    plan: Plan::Free,
};
