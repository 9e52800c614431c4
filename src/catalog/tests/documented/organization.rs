//! The organization and who belongs to it.

use super::{Documented, Plan};

pub(super) const TABLES: &[Documented] = &[
    Documented {
        table: "users",
        bases: "user: query get; organization: query get",
        identity: "users",
        listing: "/organization_memberships of organization, or one user, 100 a page, at /user",
        scopes: "users:read organizations:read",
        plan: Plan::Free,
        filters: "email=exact",
        sorts: "",
        create: "",
        update: "",
        members: "name slug email scheduling_url timezone time_notation? avatar_url? created_at \
                  updated_at current_organization? resource_type? locale",
    },
    Documented {
        table: "organization_memberships",
        bases: "user: query get; organization: query get delete!",
        identity: "organization_memberships",
        listing: "/organization_memberships of the base, 100 a page",
        scopes: "organizations:read organizations:write",
        plan: Plan::Free,
        filters: "email=exact role=exact",
        sorts: "",
        create: "",
        update: "",
        members: "role user.uri user.name user.slug user.email user.scheduling_url user.timezone \
                  user.time_notation? user.avatar_url? user.locale user.created_at \
                  user.updated_at organization updated_at created_at",
    },
    Documented {
        table: "organization_invitations",
        bases: "organization: query! get! create! delete!",
        identity: "organizations invitations",
        listing: "/organizations/{organization}/invitations of the organization in the path, \
                  100 a page, created_at:asc",
        scopes: "organizations:read organizations:write",
        plan: Plan::Free,
        filters: "email=exact status=exact",
        sorts: "created_at",
        create: "email!",
        update: "",
        members: "organization email status created_at updated_at last_sent_at? user?",
    },
    Documented {
        table: "teams",
        bases: "user: query get; organization: query get",
        identity: "teams",
        listing: "/teams of user, or all, 100 a page",
        scopes: "organizations:read",
        plan: Plan::Free,
        filters: "",
        sorts: "",
        create: "",
        update: "",
        members: "name organization scheduling_url",
    },
    Documented {
        table: "groups",
        bases: "organization: query get",
        identity: "groups",
        listing: "/groups of organization, 100 a page",
        scopes: "groups:read",
        plan: Plan::Free,
        filters: "",
        sorts: "",
        create: "",
        update: "",
        members: "name organization created_at updated_at member_count?",
    },
    Documented {
        table: "group_relationships",
        bases: "organization: query get; group: query get",
        identity: "group_relationships",
        listing: "/group_relationships of the base, 100 a page",
        scopes: "groups:read",
        plan: Plan::Free,
        filters: "owner=exact",
        sorts: "",
        create: "",
        update: "",
        // The owner is a membership with its user, or an invitation.
        members: "role owner.uri owner.type owner.role? owner.user.uri? owner.user.name? \
                  owner.user.email? owner.email? owner.status? organization group created_at \
                  updated_at",
    },
];
