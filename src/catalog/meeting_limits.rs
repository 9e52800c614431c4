//! Meeting limits: how many meetings the account's user takes.

use super::Verb::{Query, Update as U};
use super::field::{Field, Kind};
use super::{Anchor, Identity, InBase, Listing, Plan, Table, Update, Verb};

pub(super) const TABLE: Table = Table {
    name: "meeting_limits",
    label: "Meeting limits",
    description: "How many meetings the connected user takes in a day, a week and a month; null \
                  is no limit. There is one record.",
    bases: &[InBase::user(VERBS), InBase::organization(VERBS)],
    fields: &[
        Field::reference("user", "User", "users"),
        Field::new("daily_limit", "Meetings in a day", Kind::Integer).nullable().updatable(),
        Field::new("weekly_limit", "Meetings in a week", Kind::Integer).nullable().updatable(),
        Field::new("monthly_limit", "Meetings in a month", Kind::Integer).nullable().updatable(),
    ],
    fields_are_discovered: false,
    identity: Identity::Parts(&["/user"]),
    listing: Some(Listing::of("/user_meeting_limits", Anchor::Caller).unpaged()),
    create: None,
    update: Some(Update::PatchOf {
        path: "/user_meeting_limits",
        parameter: "user",
        collection: "users",
        user: None,
    }),
    delete: None,
    way_out: "The connected user has exactly one record: query the table, and update the limits, \
              with null to remove them. Calendly shows those of nobody else.",
    read_scopes: &["availability:read"],
    write_scopes: &["availability:write"],
    plan: Plan::Free,
};

const VERBS: &[Verb] = &[Query, U];
