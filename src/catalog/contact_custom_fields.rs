//! Contact custom fields: what the account's contacts have besides the usual. In the table of
//! contacts they are fields.

use super::Verb::{Create as C, Get, Query};
use super::field::{Field, Kind};
use super::{Anchor, Create, Identity, InBase, Listing, Lost, Plan, Table, Verb};

pub(super) const TABLE: Table = Table {
    name: "contact_custom_fields",
    label: "Contact custom fields",
    description: "The definition of a field that the account's contacts have besides the usual \
                  ones. Its values are fields of the table contacts.",
    bases: &[InBase::user(VERBS), InBase::organization(VERBS)],
    fields: &[
        Field::new("label", "Label", Kind::Text).required(),
        Field::new(
            "field_type",
            "Type",
            Kind::Choice(&[
                "text",
                "number",
                "currency",
                "tags",
                "date",
                "single_select",
                "invitee_question",
            ]),
        )
        .required(),
        // `{label}` each when written; Calendly adds what else it knows.
        Field::new("options", "Options", Kind::Objects).nullable().creatable(),
        Field::new("currency", "Currency", Kind::Text).nullable().creatable(),
        Field::new("source", "Source", Kind::Object).nullable(),
        Field::new("created_at", "Created at", Kind::DateTime),
        Field::new("updated_at", "Updated at", Kind::DateTime),
    ],
    fields_are_discovered: false,
    identity: Identity::Uri(&["contacts/custom_field_definitions"]),
    listing: Some(Listing::of("/contacts/custom_field_definitions", Anchor::Account).unpaged()),
    create: Some(Create::post("/contacts/custom_field_definitions").found(Lost::Listed("label"))),
    update: None,
    delete: None,
    way_out: "Calendly's API neither changes nor deletes the definition of a custom field: its \
              pages do. Values are changed in the table contacts.",
    read_scopes: &["contacts:read"],
    write_scopes: &["contacts:write"],
    plan: Plan::Free,
};

const VERBS: &[Verb] = &[Query, Get, C];
