//! Organization memberships: who belongs to the organization, and as what.

use super::Verb::{Delete as D, Get, Query};
use super::field::{Field, Kind, Pushdown};
use super::users::{CLOCKS, LOCALES};
use super::{Anchor, BaseKind, By, Delete, Identity, InBase, Listing, Parent, Plan, Role, Table};

pub(super) const TABLE: Table = Table {
    name: "organization_memberships",
    label: "Organization memberships",
    description: "That a user belongs to the organization. Deleting it removes the member.",
    bases: &[
        InBase::user(&[Query, Get]),
        InBase::organization(&[Query, Get, D]).written_by(Role::Admin),
    ],
    fields: &[
        Field::new("role", "Role", Kind::Choice(ROLES)).filtered(&[Pushdown::Equals("role")]),
        Field::reference("user", "User", "users").at("/user/uri"),
        Field::new("user_name", "Name", Kind::Text).at("/user/name"),
        Field::new("user_email", "Email", Kind::Email)
            .at("/user/email")
            .filtered(&[Pushdown::Equals("email")]),
        Field::new("user_slug", "Slug", Kind::Text).at("/user/slug"),
        Field::new("user_scheduling_url", "Scheduling page", Kind::Url).at("/user/scheduling_url"),
        Field::new("user_timezone", "Time zone", Kind::Text).at("/user/timezone"),
        Field::new("user_time_notation", "Clock", Kind::Choice(CLOCKS))
            .nullable()
            .at("/user/time_notation"),
        Field::new("user_locale", "Language", Kind::Choice(LOCALES)).at("/user/locale"),
        Field::new("user_avatar_url", "Picture", Kind::Url).nullable().at("/user/avatar_url"),
        Field::new("user_created_at", "User created at", Kind::DateTime).at("/user/created_at"),
        Field::new("user_updated_at", "User updated at", Kind::DateTime).at("/user/updated_at"),
        Field::new("organization", "Organization", Kind::Url),
        Field::new("created_at", "Created at", Kind::DateTime),
        Field::new("updated_at", "Updated at", Kind::DateTime),
    ],
    fields_are_discovered: false,
    identity: Identity::Uri(&["organization_memberships"]),
    listing: Some(Listing::of("/organization_memberships", Anchor::Owner)),
    create: None,
    update: None,
    delete: Some(Delete::Remove),
    way_out: "Members come by an invitation: create one in the table organization_invitations. \
              Roles are changed on Calendly's pages; an admin removes members in the \
              organization's base.",
    read_scopes: &["organizations:read"],
    write_scopes: &["organizations:write"],
    plan: Plan::Free,
};

/// The roles in an organization.
pub(super) const ROLES: &[&str] = &["user", "admin", "owner"];

/// The organization's members, below whom is what each of them has.
pub(super) const MEMBERS: Parent = Parent {
    field: "user",
    path: "/organization_memberships",
    anchor: Anchor::Organization,
    parameters: &[],
    uri: "/user/uri",
    by: By::Parameter("user"),
    scopes: &["organizations:read"],
    base: Some(BaseKind::User),
};
