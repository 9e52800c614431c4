//! Whose events a webhook subscription is about, and who may say so.

use super::event_access::leads;
use super::webhook_events::AUDIENCES;
use crate::simulator::account::Account;
use crate::simulator::call::Call;
use crate::simulator::errors::{ApiError, Violations};
use crate::simulator::fields::Fields;
use crate::simulator::uris::{id_of, uri};

/// Whose events a subscription is about. Users and groups by their ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    Organization,
    User(String),
    Group(String),
}

impl Audience {
    /// What the API calls its scope.
    pub(crate) fn scope(&self) -> &'static str {
        match self {
            Self::Organization => "organization",
            Self::User(_) => "user",
            Self::Group(_) => "group",
        }
    }

    pub(crate) fn user_uri(&self) -> Option<String> {
        if let Self::User(id) = self { Some(uri("users", id)) } else { None }
    }

    pub(crate) fn group_uri(&self) -> Option<String> {
        if let Self::Group(id) = self { Some(uri("groups", id)) } else { None }
    }

    /// Whether it is about what concerns one of `users`. For event types that are all its hosts: the
    /// documentation does not say whether a co-host's subscription is told.
    pub(crate) fn covers(&self, account: &Account, users: &[String]) -> bool {
        match self {
            Self::Organization => true,
            Self::User(user) => users.contains(user),
            Self::Group(group) => account.any_in_group(group, users),
        }
    }

    /// Whether somebody may subscribe for it, and see who has.
    pub(crate) fn is_open_to(&self, account: &Account, caller: &str) -> bool {
        match self {
            Self::Organization => account.is_admin(caller),
            // Nobody may for somebody else, admins included.
            Self::User(user) => user == caller,
            Self::Group(group) => {
                exists(account, group)
                    && (account.is_admin(caller) || leads(account, caller, group))
            }
        }
    }

    /// Refuses whom it is not open to, in the words of the endpoint for subscribing.
    pub(crate) fn check_subscriber(&self, account: &Account, caller: &str) -> Result<(), ApiError> {
        if self.is_open_to(account, caller) {
            return Ok(());
        }
        Err(match self {
            Self::User(user) if account.membership_of(user).is_none() => ApiError::NO_ACCESS,
            Self::Group(group) if !exists(account, group) => ApiError::NO_ACCESS,
            Self::Organization => ApiError::NO_ACCESS,
            Self::User(_) | Self::Group(_) => ApiError::NO_PERMISSION,
        })
    }

    /// The same in the words of the endpoints for reading.
    pub(crate) fn check_reader(&self, account: &Account, caller: &str) -> Result<(), ApiError> {
        if self.is_open_to(account, caller) {
            return Ok(());
        }
        Err(match self {
            Self::Organization => ApiError::NO_ACCESS,
            Self::User(_) => ApiError::PermissionDenied("Unauthorized"),
            Self::Group(_) => {
                ApiError::PermissionDenied("You do not have permission to perform this action")
            }
        })
    }
}

fn exists(account: &Account, group: &str) -> bool {
    account.groups.iter().any(|known| known.id == group)
}

/// The four parameters that tell an audience, as they were sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Addressed<'a> {
    organization: Option<&'a str>,
    scope: Option<&'a str>,
    user: Option<&'a str>,
    group: Option<&'a str>,
}

impl<'a> Addressed<'a> {
    pub(crate) fn in_body(fields: &mut Fields<'a>) -> Self {
        Self {
            organization: fields.text("organization"),
            scope: fields.text("scope"),
            user: fields.text("user"),
            group: fields.text("group"),
        }
    }

    pub(crate) fn in_query(call: &'a Call) -> Self {
        Self {
            organization: call.parameter("organization"),
            scope: call.parameter("scope"),
            user: call.parameter("user"),
            group: call.parameter("group"),
        }
    }

    /// The id of the organization, and the audience in it. A user or group that the scope does not
    /// call for has to be well-formed, but means nothing.
    pub(crate) fn read(self, violations: &mut Violations) -> Option<(&'a str, Audience)> {
        let organization = id("organization", "organizations", self.organization, violations);
        let user = id("user", "users", self.user, violations);
        let group = id("group", "groups", self.group, violations);
        let mut require = |name: &str, sent: Option<&str>| {
            if sent.is_none() {
                violations.add(name, "is missing");
            }
        };
        require("organization", self.organization);
        require("scope", self.scope);
        let audience = match self.scope? {
            "organization" => Some(Audience::Organization),
            "user" => {
                require("user", self.user);
                user.map(|user| Audience::User(user.to_owned()))
            }
            "group" => {
                require("group", self.group);
                group.map(|group| Audience::Group(group.to_owned()))
            }
            _ => {
                violations.add("scope", format!("must be one of: {}", AUDIENCES.join(", ")));
                None
            }
        };
        organization.zip(audience)
    }
}

fn id<'a>(
    name: &str,
    family: &str,
    sent: Option<&'a str>,
    violations: &mut Violations,
) -> Option<&'a str> {
    let id = id_of(sent?, family);
    if id.is_none() {
        violations.add(name, "is invalid");
    }
    id
}
