//! The kinds of resources that can be counted.

use super::account::Account;

/// A kind of resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// People with an account.
    Users,
    /// Groups.
    Groups,
    /// Event types.
    EventTypes,
    /// Scheduled events, cancelled ones included.
    ScheduledEvents,
    /// The invitees of all scheduled events.
    Invitees,
    /// The contacts of everybody.
    Contacts,
}

impl Resource {
    pub(crate) const ALL: [Self; 6] = [
        Self::Users,
        Self::Groups,
        Self::EventTypes,
        Self::ScheduledEvents,
        Self::Invitees,
        Self::Contacts,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Groups => "groups",
            Self::EventTypes => "event_types",
            Self::ScheduledEvents => "scheduled_events",
            Self::Invitees => "invitees",
            Self::Contacts => "contacts",
        }
    }

    pub(crate) fn count(self, account: &Account) -> usize {
        match self {
            Self::Users => account.users.len(),
            Self::Groups => account.groups.len(),
            Self::EventTypes => account.event_types.len(),
            Self::ScheduledEvents => account.scheduled_events.len(),
            Self::Invitees => {
                account.scheduled_events.values().map(|event| event.invitees.len()).sum()
            }
            Self::Contacts => account.contacts.len(),
        }
    }
}
