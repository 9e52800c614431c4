//! Group relationships: who belongs to a group, and as what.

use super::Verb::{Get, Query};
use super::field::{Field, Kind, Pushdown};
use super::organization_memberships::ROLES;
use super::{Anchor, Identity, InBase, Listing, Plan, Table, Verb};

pub(super) const TABLE: Table = Table {
    name: "group_relationships",
    label: "Group relationships",
    description: "That somebody is a member or an admin of a group: a member of the organization, \
                  or somebody who is invited to it.",
    bases: &[InBase::organization(VERBS), InBase::group(VERBS)],
    fields: &[
        Field::new("role", "Role", Kind::Choice(&["member", "admin"])),
        Field::reference("group", "Group", "groups"),
        Field::new("organization", "Organization", Kind::Url),
        // A membership or an invitation: two tables.
        Field::new("owner", "Owner", Kind::Url)
            .at("/owner/uri")
            .filtered(&[Pushdown::Equals("owner")]),
        Field::new(
            "owner_type",
            "Owner's type",
            Kind::Choice(&["OrganizationMembership", "OrganizationInvitation"]),
        )
        .at("/owner/type"),
        Field::reference("member", "Member", "users").nullable().at("/owner/user/uri"),
        Field::new("member_name", "Member's name", Kind::Text).nullable().at("/owner/user/name"),
        Field::new("member_email", "Member's email", Kind::Email)
            .nullable()
            .at("/owner/user/email"),
        Field::new("member_role", "Member's role in the organization", Kind::Choice(ROLES))
            .nullable()
            .at("/owner/role"),
        Field::new("invited_email", "Invited email", Kind::Email).nullable().at("/owner/email"),
        Field::new(
            "invitation_status",
            "Invitation's status",
            Kind::Choice(&["pending", "accepted", "declined"]),
        )
        .nullable()
        .at("/owner/status"),
        Field::new("created_at", "Created at", Kind::DateTime),
        Field::new("updated_at", "Updated at", Kind::DateTime),
    ],
    fields_are_discovered: false,
    identity: Identity::Uri(&["group_relationships"]),
    listing: Some(Listing::of("/group_relationships", Anchor::Owner)),
    create: None,
    update: None,
    delete: None,
    way_out: "Calendly's API only reads groups and who belongs to them: change them on Calendly's \
              pages.",
    read_scopes: &["groups:read"],
    write_scopes: &[],
    plan: Plan::Free,
};

const VERBS: &[Verb] = &[Query, Get];
