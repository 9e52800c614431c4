//! Webhook subscriptions: where Calendly tells what happens.

use super::Verb::{Create as C, Delete as D, Get, Query};
use super::field::{Field, Kind};
use super::{
    Adds, Anchor, Create, Delete, Identity, InBase, Listing, Lost, Plan, Role, Table, Verb,
};

pub(super) const TABLE: Table = Table {
    name: "webhook_subscriptions",
    label: "Webhook subscriptions",
    description: "A URL that Calendly calls when something happens in the base. What each kind of \
                  event is about has to be readable too, by its own scope.",
    bases: &[
        InBase::user(VERBS),
        InBase::organization(VERBS).by(Role::Admin),
        InBase::group(VERBS).by(Role::Admin),
    ],
    fields: &[
        Field::new("callback_url", "Callback URL", Kind::Url).required().written_to(&["url"]),
        Field::new("events", "Kinds of event", Kind::Texts).required(),
        Field::new("signing_key", "Signing key", Kind::Text).creatable().unread(),
        Field::new("scope", "Scope", Kind::Choice(&["user", "organization", "group"])),
        Field::new("state", "State", Kind::Choice(&["active", "disabled"])),
        Field::new("organization", "Organization", Kind::Url),
        Field::reference("user", "User", "users").nullable(),
        Field::reference("group", "Group", "groups").nullable(),
        Field::reference("creator", "Creator", "users").nullable(),
        Field::new("retry_started_at", "Retrying since", Kind::DateTime).nullable(),
        Field::new("created_at", "Created at", Kind::DateTime).sorted(),
        Field::new("updated_at", "Updated at", Kind::DateTime),
    ],
    fields_are_discovered: false,
    identity: Identity::Uri(&["webhook_subscriptions"]),
    listing: Some(Listing::of("/webhook_subscriptions", Anchor::Scope).ascending("created_at")),
    create: Some(
        Create::post("/webhook_subscriptions")
            .adding(Adds::Scope)
            .found(Lost::ListedAs("url", "callback_url")),
    ),
    update: None,
    delete: Some(Delete::Remove),
    way_out: "Calendly changes no subscription: delete it and create another one.",
    read_scopes: &["webhooks:read"],
    write_scopes: &["webhooks:write"],
    plan: Plan::Free,
};

const VERBS: &[Verb] = &[Query, Get, C, D];
