//! Who may see which scheduled events.

use super::scheduled_events::ScheduledEvent;
use crate::simulator::account::Account;
use crate::simulator::errors::ApiError;

/// What `GET /scheduled_events` is asked for, as ids.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope<'a> {
    pub(crate) organization: Option<&'a str>,
    pub(crate) user: Option<&'a str>,
    pub(crate) group: Option<&'a str>,
}

impl Scope<'_> {
    /// Refuses what the caller may not ask for.
    pub(crate) fn check(self, account: &Account, caller: &str) -> Result<(), ApiError> {
        let admin = account.is_admin(caller);
        if let Some(organization) = self.organization {
            account.check_organization(organization)?;
            if !admin {
                return Err(ApiError::NO_PERMISSION);
            }
        }
        if let Some(user) = self.user {
            account.check_member(user)?;
            if user != caller && self.organization.is_none() {
                return Err(ApiError::PermissionDenied(
                    "Please also specify organization when requesting events for a user within \
                     your organization.",
                ));
            }
        }
        if let Some(group) = self.group {
            if !account.groups.iter().any(|known| known.id == group) {
                return Err(ApiError::NO_ACCESS);
            }
            if self.organization.is_none() && !leads(account, caller, group) {
                return Err(if admin {
                    ApiError::PermissionDenied(
                        "Please also specify organization when requesting events for a group \
                         within your organization.",
                    )
                } else {
                    ApiError::NO_PERMISSION
                });
            }
        }
        Ok(())
    }

    pub(crate) fn contains(self, account: &Account, event: &ScheduledEvent) -> bool {
        self.user.is_none_or(|user| event.hosts.iter().any(|host| host == user))
            && self.group.is_none_or(|group| account.any_in_group(group, &event.hosts))
    }
}

/// Whether somebody is an admin of the group.
pub(crate) fn leads(account: &Account, user: &str, group: &str) -> bool {
    account.membership_of(user).is_some_and(|membership| {
        account.group_relationships.iter().any(|one| {
            one.group == group && one.role == "admin" && one.owner.is_membership(&membership.id)
        })
    })
}

/// Whether somebody may see one event: its hosts and the admins of the organization may.
pub(crate) fn may_see(account: &Account, caller: &str, event: &ScheduledEvent) -> bool {
    event.hosts.iter().any(|host| host == caller) || account.is_admin(caller)
}
