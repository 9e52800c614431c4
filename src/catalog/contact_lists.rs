//! Contact lists: lists kept by hand, and views that a filter decides.

use super::Verb::{Create as C, Get, Query, Update as U};
use super::field::{Codec, Field, Kind, Pushdown};
use super::{Anchor, Create, Identity, InBase, Listing, Lost, Plan, Table, Update, Verb};

pub(super) const TABLE: Table = Table {
    name: "contact_lists",
    label: "Contact lists",
    description: "A list of the account's contacts that is kept by hand, or a view that a filter \
                  decides. calendly.addToContactList and calendly.removeFromContactList change \
                  who is on a list.",
    bases: &[InBase::user(VERBS), InBase::organization(VERBS)],
    fields: &[
        Field::new("name", "Name", Kind::Text).required().updatable(),
        Field::new("type", "Type", Kind::Choice(&["static_list", "dynamic_view"]))
            .filtered(&[Pushdown::Equals("type")]),
        Field::new("contact_count", "Number of contacts", Kind::Integer).nullable(),
        Field::new("contacts", "First contacts", Kind::Texts)
            .creatable()
            .unread()
            .coded(Codec::ContactUris),
        // That a list has these two is not documented.
        Field::new("created_at", "Created at", Kind::DateTime).nullable(),
        Field::new("updated_at", "Updated at", Kind::DateTime).nullable(),
    ],
    fields_are_discovered: false,
    identity: Identity::Uri(&["contact_lists"]),
    listing: Some(Listing::of("/contact_lists", Anchor::Account).unpaged()),
    create: Some(Create::post("/contact_lists").found(Lost::Listed("name"))),
    update: Some(Update::Patch),
    delete: None,
    way_out: "Calendly's API deletes no contact list: take the contacts off it with \
              calendly.removeFromContactList, or delete it on Calendly's pages.",
    read_scopes: &["contacts:read"],
    write_scopes: &["contacts:write"],
    plan: Plan::Free,
};

const VERBS: &[Verb] = &[Query, Get, C, U];
