//! The activity log: who did what in the organization.

use super::Verb::Query;
use super::field::{Field, Kind, Pushdown};
use super::{Anchor, Identity, InBase, Listing, Plan, Table};

pub(super) const TABLE: Table = Table {
    name: "activity_log",
    label: "Activity log",
    description: "Something that somebody, or Calendly itself, did in the organization.",
    bases: &[InBase::organization(&[Query])],
    fields: &[
        Field::new("occurred_at", "Occurred at", Kind::DateTime)
            .filtered(&[
                Pushdown::NotBefore("min_occurred_at"),
                Pushdown::NotAfter("max_occurred_at"),
            ])
            .sorted(),
        // How Calendly takes lists in a query is not documented, so namespace, action and actor,
        // which it takes as lists, are not among its filters here; nor is more than one order.
        Field::new("namespace", "Namespace", Kind::Text),
        Field::new("action", "Action", Kind::Text),
        Field::new("fully_qualified_name", "Namespace and action", Kind::Text),
        Field::new("actor", "Actor", Kind::Object).nullable(),
        Field::new("actor_type", "Actor's type", Kind::Choice(&["User", "System"]))
            .nullable()
            .at("/actor/type"),
        Field::reference("actor_uri", "Actor's user", "users").nullable().at("/actor/uri"),
        Field::new("actor_name", "Actor's name", Kind::Text).nullable().at("/actor/display_name"),
        Field::new("actor_identifier", "Actor's other identifier", Kind::Text)
            .nullable()
            .at("/actor/alternative_identifier"),
        Field::new("details", "Details", Kind::Object),
        Field::new("organization", "Organization", Kind::Url),
        Field::new("search_term", "Search term", Kind::Text)
            .filtered(&[Pushdown::Equals("search_term")])
            .unread(),
    ],
    fields_are_discovered: false,
    identity: Identity::Uri(&["activity_log_entries"]),
    listing: Some(
        Listing {
            largest_page: Some(1000),
            ..Listing::of("/activity_log_entries", Anchor::Organization)
        }
        .descending("occurred_at"),
    ),
    create: None,
    update: None,
    delete: None,
    way_out: "Calendly writes its log itself and reads no single entry: query the table in an \
              organization's base, with a filter.",
    read_scopes: &["activity_log:read"],
    write_scopes: &[],
    plan: Plan::Enterprise,
};
