//! Users: the people who have an account in the organization.

use super::Verb::{Get, Query};
use super::field::{Field, Kind, Pushdown};
use super::{Anchor, Identity, InBase, Listing, Plan, Table, Verb};

pub(super) const TABLE: Table = Table {
    name: "users",
    label: "Users",
    description: "A person who has an account at Calendly: the one of a user's base, or the \
                  members of an organization.",
    bases: &[InBase::user(VERBS), InBase::organization(VERBS)],
    fields: &[
        Field::new("name", "Name", Kind::Text),
        Field::new("email", "Email", Kind::Email).filtered(&[Pushdown::Equals("email")]),
        Field::new("slug", "Slug", Kind::Text),
        Field::new("scheduling_url", "Scheduling page", Kind::Url),
        Field::new("timezone", "Time zone", Kind::Text),
        Field::new("time_notation", "Clock", Kind::Choice(CLOCKS)).nullable(),
        Field::new("locale", "Language", Kind::Choice(LOCALES)),
        Field::new("avatar_url", "Picture", Kind::Url).nullable(),
        // A member of an organization is listed without these two.
        Field::new("current_organization", "Organization", Kind::Url).nullable(),
        Field::new("resource_type", "Resource type", Kind::Choice(&["User"])).nullable(),
        Field::new("created_at", "Created at", Kind::DateTime),
        Field::new("updated_at", "Updated at", Kind::DateTime),
    ],
    fields_are_discovered: false,
    identity: Identity::Uri(&["users"]),
    listing: Some(Listing::of("/organization_memberships", Anchor::Members).item("/user")),
    create: None,
    update: None,
    delete: None,
    way_out: "Users change their account themselves. To invite somebody, create a record in the \
              table organization_invitations; to remove a member, delete one in the table \
              organization_memberships.",
    // A member is listed by the membership.
    read_scopes: &["users:read", "organizations:read"],
    write_scopes: &[],
    plan: Plan::Free,
};

const VERBS: &[Verb] = &[Query, Get];

/// How a user reads the time.
pub(super) const CLOCKS: &[&str] = &["12h", "24h"];

/// The languages a user can have.
pub(super) const LOCALES: &[&str] = &["en", "fr", "es", "de", "pt", "ps"];
