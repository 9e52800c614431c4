//! Organization invitations: who is asked to join the organization.

use super::Verb::{Create as C, Delete as D, Get, Query};
use super::field::{Field, Kind, Pushdown};
use super::{Anchor, Create, Delete, Identity, InBase, Listing, Lost, Plan, Role, Table};

pub(super) const TABLE: Table = Table {
    name: "organization_invitations",
    label: "Organization invitations",
    description: "An invitation to join the organization. Creating one sends it by e-mail, \
                  deleting it revokes it.",
    bases: &[InBase::organization(&[Query, Get, C, D]).by(Role::Admin)],
    fields: &[
        Field::new("email", "Email", Kind::Email).required().filtered(&[Pushdown::Equals("email")]),
        Field::new("status", "Status", Kind::Choice(&["pending", "accepted", "declined"]))
            .filtered(&[Pushdown::Equals("status")]),
        Field::new("organization", "Organization", Kind::Url),
        Field::reference("user", "User", "users").nullable(),
        Field::new("last_sent_at", "Last sent at", Kind::DateTime).nullable(),
        Field::new("created_at", "Created at", Kind::DateTime).sorted(),
        Field::new("updated_at", "Updated at", Kind::DateTime),
    ],
    fields_are_discovered: false,
    identity: Identity::Uri(&["organizations", "invitations"]),
    listing: Some(Listing::of(PATH, Anchor::InOrganization).ascending("created_at")),
    create: Some(Create::post(PATH).found(Lost::Listed("email"))),
    update: None,
    delete: Some(Delete::Remove),
    way_out: "An invitation is not changed: delete it and create another one. Invitations are in \
              the organization's base.",
    read_scopes: &["organizations:read"],
    write_scopes: &["organizations:write"],
    plan: Plan::Free,
};

const PATH: &str = "/organizations/{organization}/invitations";
