//! Calendly's 14 kinds of webhook event, as data.

use crate::catalog::BaseKind;
use crate::contract::triggers::Event;

/// A kind of event that Calendly tells subscriptions of.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// Calendly's name.
    pub name: &'static str,
    /// The label people see.
    pub label: &'static str,
    /// What happened, in a sentence.
    pub description: &'static str,
    /// The table of the record that it is about.
    pub table: &'static str,
    /// Where the record's resource stands in the payload: a member, or the payload itself.
    pub(super) resource: &'static str,
    /// The kinds of base that subscriptions can have it for.
    pub bases: &'static [BaseKind],
    /// The scope that subscribing needs, besides those for subscriptions.
    pub read_scope: &'static str,
    /// What it means for tables.
    pub changes: &'static [(&'static str, Change)],
}

/// What can happen to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was not there before.
    Created,
    /// It is not as it was.
    Updated,
    /// It is gone.
    Deleted,
}

impl Change {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Created, Self::Updated, Self::Deleted];

    /// Its name in `events`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Deleted => "deleted",
        }
    }

    /// The trigger that tells it of a record of any table.
    #[must_use]
    pub const fn trigger(self) -> &'static str {
        match self {
            Self::Created => "record.created",
            Self::Updated => "record.updated",
            Self::Deleted => "record.deleted",
        }
    }
}

impl Kind {
    /// The kind of that name.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.name == name)
    }
}

/// An event about a record, without what only some events have.
pub(crate) fn event(id: String, trigger: &str, table: Option<&str>, occurred_at: u64) -> Event {
    Event {
        id,
        trigger: trigger.to_owned(),
        table_id: table.map(str::to_owned),
        record_id: None,
        record: None,
        occurred_at,
        booking_id: None,
        previous_id: None,
        incomplete: false,
        raw: None,
    }
}

const ANY: &[BaseKind] = &[BaseKind::User, BaseKind::Organization, BaseKind::Group];
const USER: &[BaseKind] = &[BaseKind::User];
const ORGANIZATION: &[BaseKind] = &[BaseKind::Organization];

/// Every kind there is.
pub const KINDS: &[Kind] = &[
    Kind {
        name: "invitee.created",
        label: "Invitee created",
        description: "Somebody booked a meeting, or took another time for one.",
        table: "invitees",
        resource: "",
        bases: ANY,
        read_scope: "scheduled_events:read",
        changes: &[
            ("invitees", Change::Created),
            ("scheduled_events", Change::Created),
            ("scheduled_events", Change::Updated),
        ],
    },
    Kind {
        name: "invitee.canceled",
        label: "Invitee canceled",
        description: "A booking was canceled, or gave way to another time.",
        table: "invitees",
        resource: "",
        bases: ANY,
        read_scope: "scheduled_events:read",
        changes: &[("invitees", Change::Updated), ("scheduled_events", Change::Updated)],
    },
    Kind {
        name: "invitee_no_show.created",
        label: "No-show marked",
        description: "An invitee was marked as not having come.",
        table: "invitees",
        resource: "",
        bases: ANY,
        read_scope: "scheduled_events:read",
        changes: &[("invitees", Change::Updated), ("invitee_no_shows", Change::Created)],
    },
    Kind {
        name: "invitee_no_show.deleted",
        label: "No-show cleared",
        description: "The mark of not having come was taken from an invitee.",
        table: "invitees",
        resource: "",
        bases: ANY,
        read_scope: "scheduled_events:read",
        changes: &[("invitees", Change::Updated), ("invitee_no_shows", Change::Deleted)],
    },
    Kind {
        name: "event_type.created",
        label: "Event type created",
        description: "An event type was made.",
        table: "event_types",
        resource: "",
        bases: ANY,
        read_scope: "event_types:read",
        changes: &[("event_types", Change::Created)],
    },
    Kind {
        name: "event_type.updated",
        label: "Event type updated",
        description: "An event type was changed.",
        table: "event_types",
        resource: "",
        bases: ANY,
        read_scope: "event_types:read",
        changes: &[("event_types", Change::Updated)],
    },
    Kind {
        name: "event_type.deleted",
        label: "Event type deleted",
        description: "An event type was removed.",
        table: "event_types",
        resource: "",
        bases: ANY,
        read_scope: "event_types:read",
        changes: &[("event_types", Change::Deleted)],
    },
    Kind {
        name: "meeting_recap.created",
        label: "Meeting recap created",
        description: "The notetaker finished a recap.",
        table: "meeting_recaps",
        resource: "recap",
        bases: USER,
        read_scope: "meeting_recaps:read",
        changes: &[("meeting_recaps", Change::Created)],
    },
    Kind {
        name: "meeting_recap.updated",
        label: "Meeting recap updated",
        description: "A recap was changed.",
        table: "meeting_recaps",
        resource: "recap",
        bases: USER,
        read_scope: "meeting_recaps:read",
        changes: &[("meeting_recaps", Change::Updated)],
    },
    Kind {
        name: "meeting_recap.deleted",
        label: "Meeting recap deleted",
        description: "A recap was removed.",
        table: "meeting_recaps",
        resource: "recap",
        bases: USER,
        read_scope: "meeting_recaps:read",
        changes: &[("meeting_recaps", Change::Deleted)],
    },
    Kind {
        name: "routing_form_submission.created",
        label: "Routing form submitted",
        description: "Somebody filled in a routing form.",
        table: "routing_form_submissions",
        resource: "",
        bases: ORGANIZATION,
        read_scope: "routing_forms:read",
        changes: &[("routing_form_submissions", Change::Created)],
    },
    Kind {
        name: "contact.created",
        label: "Contact created",
        description: "A contact was added.",
        table: "contacts",
        resource: "contact",
        bases: ANY,
        read_scope: "contacts:read",
        changes: &[("contacts", Change::Created)],
    },
    Kind {
        name: "contact.updated",
        label: "Contact updated",
        description: "A contact was changed.",
        table: "contacts",
        resource: "contact",
        bases: ANY,
        read_scope: "contacts:read",
        changes: &[("contacts", Change::Updated)],
    },
    Kind {
        name: "contact.deleted",
        label: "Contact deleted",
        description: "A contact was removed.",
        table: "contacts",
        resource: "contact",
        bases: ANY,
        read_scope: "contacts:read",
        changes: &[("contacts", Change::Deleted)],
    },
];
