//! The account: every resource there is.

use std::collections::BTreeMap;

use super::Person;
use super::errors::ApiError;
use super::random::SplitMix64;
use super::resources::activity_log::ActivityLogEntry;
use super::resources::availability_schedules::Availability;
use super::resources::contact_lists::ContactList;
use super::resources::contacts::Contact;
use super::resources::custom_fields::CustomField;
use super::resources::event_types::EventType;
use super::resources::groups::{Group, GroupRelationship};
use super::resources::invitations::Invitation;
use super::resources::meeting_recaps::MeetingRecap;
use super::resources::notes::Note;
use super::resources::organizations::{Membership, Organization, Role};
use super::resources::outgoing_communications::OutgoingCommunication;
use super::resources::routing_form_submissions::Submission;
use super::resources::routing_forms::RoutingForm;
use super::resources::scheduled_events::ScheduledEvent;
use super::resources::shares::Share;
use super::resources::teams::Team;
use super::resources::users::User;
use super::resources::webhook_subscriptions::WebhookSubscription;
use super::uris::uri;
use super::webhooks::Outbox;

/// Resources by id.
pub(crate) type Table<T> = BTreeMap<String, T>;

/// Every resource there is.
#[derive(Debug)]
pub(crate) struct Account {
    /// Makes the ids of resources to come.
    pub(crate) random: SplitMix64,
    pub(crate) organization: Organization,
    pub(crate) users: Vec<User>,
    pub(crate) memberships: Vec<Membership>,
    /// The ids of memberships of other organizations: they exist, but are not to be seen.
    pub(crate) memberships_elsewhere: Vec<String>,
    pub(crate) invitations: Table<Invitation>,
    pub(crate) teams: Vec<Team>,
    pub(crate) groups: Vec<Group>,
    pub(crate) group_relationships: Vec<GroupRelationship>,
    pub(crate) event_types: Table<EventType>,
    /// Those that are gone, but that events still refer to.
    pub(crate) deleted_event_types: Table<EventType>,
    /// Event types for one meeting, which are not listed among the others.
    pub(crate) one_off_event_types: Table<EventType>,
    pub(crate) availability: Availability,
    pub(crate) shares: Table<Share>,
    pub(crate) scheduled_events: Table<ScheduledEvent>,
    pub(crate) custom_fields: Vec<CustomField>,
    pub(crate) contacts: Table<Contact>,
    pub(crate) contact_lists: Vec<ContactList>,
    pub(crate) notes: Table<Note>,
    pub(crate) routing_forms: Table<RoutingForm>,
    pub(crate) routing_form_submissions: Table<Submission>,
    pub(crate) meeting_recaps: Table<MeetingRecap>,
    pub(crate) activity_log: Vec<ActivityLogEntry>,
    pub(crate) outgoing_communications: Vec<OutgoingCommunication>,
    pub(crate) webhook_subscriptions: Table<WebhookSubscription>,
    /// What subscriptions are told.
    pub(crate) outbox: Outbox,
}

impl Account {
    pub(crate) fn user(&self, id: &str) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    /// The id of somebody, and the URI of the organization.
    pub(crate) fn ids(&self, person: Person) -> (String, String) {
        let user = self.users.get(person as usize).map(|user| user.id.clone());
        (user.unwrap_or_default(), uri("organizations", &self.organization.id))
    }

    /// The event type with this id, of whatever kind, deleted or not.
    pub(crate) fn event_type(&self, id: &str) -> Option<&EventType> {
        let tables = [&self.event_types, &self.one_off_event_types, &self.deleted_event_types];
        tables.into_iter().find_map(|table| table.get(id))
    }

    pub(crate) fn membership_of(&self, user: &str) -> Option<&Membership> {
        self.memberships.iter().find(|membership| membership.user == user)
    }

    /// Whether the user is an owner or admin of the organization.
    pub(crate) fn is_admin(&self, user: &str) -> bool {
        self.membership_of(user).is_some_and(|membership| membership.role != Role::User)
    }

    /// Refuses an organization that is not the account's.
    pub(crate) fn check_organization(&self, id: &str) -> Result<(), ApiError> {
        if id == self.organization.id { Ok(()) } else { Err(ApiError::NO_ACCESS) }
    }

    /// Refuses a user who is not in the organization.
    pub(crate) fn check_member(&self, user: &str) -> Result<(), ApiError> {
        match self.membership_of(user) {
            Some(_) => Ok(()),
            None => Err(ApiError::OTHER_ORGANIZATION),
        }
    }

    /// Whether one of `users` is in the group.
    pub(crate) fn any_in_group(&self, group: &str, users: &[String]) -> bool {
        let members = users.iter().filter_map(|user| self.membership_of(user));
        members.into_iter().any(|membership| {
            self.group_relationships
                .iter()
                .any(|one| one.group == group && one.owner.is_membership(&membership.id))
        })
    }
}
