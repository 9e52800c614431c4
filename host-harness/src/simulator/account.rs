//! The account: every resource there is.

use std::collections::BTreeMap;

use super::errors::ApiError;
use super::random::SplitMix64;
use super::resources::contacts::Contact;
use super::resources::custom_fields::CustomField;
use super::resources::event_types::EventType;
use super::resources::groups::{Group, GroupRelationship};
use super::resources::organizations::{Membership, Organization, Role};
use super::resources::scheduled_events::ScheduledEvent;
use super::resources::users::User;

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
    pub(crate) groups: Vec<Group>,
    pub(crate) group_relationships: Vec<GroupRelationship>,
    pub(crate) event_types: Table<EventType>,
    pub(crate) scheduled_events: Table<ScheduledEvent>,
    pub(crate) custom_fields: Vec<CustomField>,
    pub(crate) contacts: Table<Contact>,
}

impl Account {
    pub(crate) fn user(&self, id: &str) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
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
