//! Contacts: the table of the brief's own example.

use super::field::{Codec, Field, Kind, Pushdown};
use super::{Anchor, Create, Delete, Identity, InBase, Listing, Lost, Plan, Table, Update, Verb};

pub(super) const TABLE: Table = Table {
    name: "contacts",
    label: "Contacts",
    description: "A person in the account's address book, with the account's custom fields.",
    bases: &[InBase::user(&Verb::ALL), InBase::organization(&Verb::ALL)],
    fields: &[
        Field::new("name", "Name", Kind::Text)
            .nullable()
            .required()
            .updatable()
            .filtered(&[Pushdown::Contains("name")]),
        Field::new("email", "Email", Kind::Email)
            .required()
            .updatable()
            .filtered(&[Pushdown::EqualsAny("email")])
            .at("/emails")
            .coded(Codec::PrimaryEmail),
        Field::new("other_emails", "Other emails", Kind::Texts)
            .creatable()
            .updatable()
            .at("/emails")
            .coded(Codec::OtherEmails),
        Field::new("phone_numbers", "Phone numbers", Kind::Texts)
            .creatable()
            .updatable()
            .coded(Codec::PhoneNumbers),
        Field::new("phone_number", "One of the phone numbers", Kind::Phone)
            .filtered(&[Pushdown::EqualsAny("phone_number")])
            .unread(),
        Field::new("timezone", "Time zone", Kind::Text)
            .nullable()
            .creatable()
            .updatable()
            .filtered(&[Pushdown::EqualsAny("timezone")]),
        Field::new("job_title", "Job title", Kind::Text)
            .nullable()
            .creatable()
            .updatable()
            .filtered(&[Pushdown::Contains("job_title")]),
        Field::new("company", "Company", Kind::Text)
            .nullable()
            .creatable()
            .updatable()
            .filtered(&[Pushdown::Contains("company")]),
        Field::new("country", "Country", Kind::Text)
            .nullable()
            .creatable()
            .updatable()
            .filtered(&[Pushdown::EqualsAny("country")]),
        Field::new("state", "State", Kind::Text)
            .nullable()
            .creatable()
            .updatable()
            .filtered(&[Pushdown::EqualsAny("state")]),
        Field::new("city", "City", Kind::Text)
            .nullable()
            .creatable()
            .updatable()
            .filtered(&[Pushdown::Contains("city")]),
        Field::reference("contact_list", "On the contact list", "contact_lists")
            .filtered(&[Pushdown::Equals("contact_list")])
            .unread(),
        Field::new("linkedin", "LinkedIn", Kind::Url).nullable().creatable().updatable(),
        Field::new("app_url", "Calendly page", Kind::Url).nullable(),
        Field::new("next_meeting_date", "Next meeting", Kind::DateTime).nullable(),
        Field::new("last_meeting_date", "Last meeting", Kind::DateTime).nullable(),
        Field::new("last_interaction_date", "Last interaction", Kind::DateTime).nullable(),
        Field::new("first_email_date", "First e-mail", Kind::DateTime).nullable(),
        Field::new("last_email_date", "Last e-mail", Kind::DateTime).nullable(),
        Field::new("created_at", "Created at", Kind::DateTime).sorted(),
        Field::new("updated_at", "Updated at", Kind::DateTime).sorted(),
    ],
    fields_are_discovered: true,
    identity: Identity::Uri(&["contacts"]),
    listing: Some(Listing::of("/contacts", Anchor::Account).ascending("created_at")),
    create: Some(Create::post("/contacts").found(Lost::Contact)),
    update: Some(Update::Patch),
    delete: Some(Delete::Remove),
    way_out: "",
    read_scopes: &["contacts:read"],
    write_scopes: &["contacts:write"],
    plan: Plan::Free,
};
