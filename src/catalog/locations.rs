//! Locations: where a user can be met.

use super::Verb::Query;
use super::field::{Field, Kind};
use super::organization_memberships::MEMBERS;
use super::{Anchor, Identity, InBase, Listing, Plan, Table};

pub(super) const TABLE: Table = Table {
    name: "locations",
    label: "Locations",
    description: "A kind of place where a user can be met, or of a call.",
    bases: &[InBase::user(&[Query]), InBase::organization(&[Query])],
    fields: &[
        Field::reference("user", "User", "users"),
        Field::new(
            "kind",
            "Kind",
            Kind::Choice(&[
                "ask_invitee",
                "custom",
                "google_conference",
                "gotomeeting_conference",
                "inbound_call",
                "microsoft_teams_conference",
                "outbound_call",
                "physical",
                "webex_conference",
                "zoom_conference",
            ]),
        ),
        // Only providers of conferences can be connected.
        Field::new("connected", "Connected", Kind::Boolean).nullable(),
    ],
    fields_are_discovered: false,
    identity: Identity::Parts(&["/user", "/kind"]),
    listing: Some(Listing::of("/locations", Anchor::Parent(&MEMBERS)).unpaged()),
    create: None,
    update: None,
    delete: None,
    way_out: "Which locations a user has follows from the integrations of their account: connect \
              them on Calendly's pages. Those of an event type are in the table event_types.",
    read_scopes: &["locations:read"],
    write_scopes: &[],
    plan: Plan::Free,
};
