//! Contact notes: what the account's user wrote down about a contact.

use super::Verb::{Create as C, Get, Query};
use super::field::{Field, Kind};
use super::{Anchor, By, Create, Identity, InBase, Listing, Parent, Plan, Table, Verb};

pub(super) const TABLE: Table = Table {
    name: "contact_notes",
    label: "Contact notes",
    description: "What the connected user wrote down about a contact. A note has a title or a \
                  body, or both.",
    bases: &[InBase::user(VERBS), InBase::organization(VERBS)],
    fields: &[
        Field::reference("contact", "Contact", "contacts").required(),
        Field::new("title", "Title", Kind::Text).nullable().creatable(),
        Field::new("body", "Body", Kind::LongText).nullable().creatable(),
        Field::new("remind_at", "Reminder at", Kind::DateTime).nullable().creatable(),
        // That a note has it is not documented.
        Field::new("created_at", "Created at", Kind::DateTime).nullable(),
        Field::new("updated_at", "Updated at", Kind::DateTime),
    ],
    fields_are_discovered: false,
    identity: Identity::Uri(&["notes"]),
    listing: Some(Listing::of("/notes", Anchor::Parent(&CONTACTS)).descending("updated_at")),
    create: Some(Create::post("/notes")),
    update: None,
    delete: None,
    way_out: "Calendly's API neither changes nor deletes a note: create another one, or do it on \
              the contact's page, which is the app_url in the table contacts.",
    read_scopes: &["contacts:read"],
    write_scopes: &["contacts:write"],
    plan: Plan::Free,
};

const VERBS: &[Verb] = &[Query, Get, C];

const CONTACTS: Parent = Parent {
    field: "contact",
    path: "/contacts",
    anchor: Anchor::Account,
    parameters: &[("exclude", "custom_fields")],
    uri: "/uri",
    by: By::Parameters("contact", 10),
    scopes: &["contacts:read"],
    base: None,
};
