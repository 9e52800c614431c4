//! The triggers as the manifest lists them: bookings, changes of records, Calendly's own events.

use super::kinds::{Change, KINDS, Kind};
use crate::catalog::{self, BaseKind, Verb};
use crate::contract::manifest::Trigger;
use crate::text::owned;

/// Everything that an automation can begin with.
#[must_use]
pub fn triggers() -> Vec<Trigger> {
    let mut triggers = Vec::new();
    for booking in BOOKINGS {
        triggers.push(booking.describe());
    }
    for change in Change::ALL {
        triggers.push(describe_change(change));
    }
    for kind in KINDS {
        triggers.push(describe_kind(kind));
    }
    triggers
}

/// The kinds of webhook event that a trigger of that name, or alias, is told by.
#[must_use]
pub fn kinds_of(name: &str) -> Vec<&'static Kind> {
    let booking = BOOKINGS.iter().find(|booking| booking.name == name);
    let mut kinds = Vec::new();
    for kind in KINDS {
        let is_named = kind.name == name || name == INVITE_CREATED && kind.name == BOOKED;
        if is_named || booking.is_some_and(|booking| booking.kinds.contains(&kind.name)) {
            kinds.push(kind);
        }
    }
    kinds
}

struct Booking {
    name: &'static str,
    label: &'static str,
    description: &'static str,
    /// What Calendly tells it by.
    kinds: &'static [&'static str],
}

const BOOKED: &str = "invitee.created";
const CANCELED: &str = "invitee.canceled";

/// The name that the platform's connector before this one had for `invitee.created`.
const INVITE_CREATED: &str = "invite-created";

const BOOKINGS: &[Booking] = &[
    Booking {
        name: "booking.created",
        label: "Meeting booked",
        description: "Somebody booked a meeting; taking another time for one is no new booking.",
        kinds: &[BOOKED],
    },
    Booking {
        name: "booking.rescheduled",
        label: "Meeting moved",
        description: "A booking took another time. Its booking id stays the same.",
        kinds: &[BOOKED, CANCELED],
    },
    Booking {
        name: "booking.canceled",
        label: "Meeting canceled",
        description: "A booking was canceled, and not to take another time.",
        kinds: &[CANCELED],
    },
];

impl Booking {
    fn describe(&self) -> Trigger {
        Trigger {
            name: self.name.to_owned(),
            label: self.label.to_owned(),
            description: self.description.to_owned(),
            aliases: Vec::new(),
            tables: vec!["invitees".to_owned()],
            webhook_events: owned(self.kinds),
            webhook_bases: bases(&[BaseKind::User, BaseKind::Organization, BaseKind::Group]),
            read_scopes: owned(&["scheduled_events:read"]),
            polled: true,
        }
    }
}

fn describe_change(change: Change) -> Trigger {
    let (mut tables, mut events) = (Vec::new(), Vec::new());
    for table in catalog::TABLES {
        if table.offers(Verb::Query) {
            tables.push(table.name.to_owned());
        }
    }
    for kind in KINDS {
        if kind.changes.iter().any(|(_, of)| *of == change) {
            events.push(kind.name);
        }
    }
    Trigger {
        name: change.trigger().to_owned(),
        label: match change {
            Change::Created => "Record created",
            Change::Updated => "Record updated",
            Change::Deleted => "Record deleted",
        }
        .to_owned(),
        description: "It happened to a record of a table. Webhooks tell it of the tables that \
                      Calendly has events for, polling of every table that can be queried."
            .to_owned(),
        aliases: Vec::new(),
        tables,
        webhook_events: owned(&events),
        webhook_bases: bases(&[BaseKind::User, BaseKind::Organization, BaseKind::Group]),
        read_scopes: Vec::new(),
        polled: true,
    }
}

fn describe_kind(kind: &Kind) -> Trigger {
    let mut aliases = vec![kind.name.replace('.', "-")];
    if kind.name == BOOKED {
        aliases.push(INVITE_CREATED.to_owned());
    }
    Trigger {
        name: kind.name.to_owned(),
        label: kind.label.to_owned(),
        description: kind.description.to_owned(),
        aliases,
        tables: vec![kind.table.to_owned()],
        webhook_events: vec![kind.name.to_owned()],
        webhook_bases: bases(kind.bases),
        read_scopes: vec![kind.read_scope.to_owned()],
        polled: false,
    }
}

fn bases(kinds: &[BaseKind]) -> Vec<String> {
    let mut names = Vec::new();
    for kind in kinds {
        names.push(kind.name().to_owned());
    }
    names
}
