//! The organization and its memberships.

use serde_json::{Value, json};

use crate::simulator::account::Account;
use crate::simulator::answer::{Answer, Outcome};
use crate::simulator::call::{Call, Endpoint};
use crate::simulator::errors::{ApiError, Violations};
use crate::simulator::paging::{self, found, page};
use crate::simulator::plan::Plan;
use crate::simulator::sorting::{Key, Row, Sorting};
use crate::simulator::timestamp::Timestamp;
use crate::simulator::uris::uri;

const READ: &str = "organizations:read";
const WRITE: &str = "organizations:write";

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/organizations/{uuid}", READ, show_organization),
    Endpoint::get("/organization_memberships", READ, list_memberships).query(&[
        "page_token",
        "count",
        "email",
        "organization",
        "user",
        "role",
    ]),
    Endpoint::get("/organization_memberships/{uuid}", READ, show_membership),
    Endpoint::delete("/organization_memberships/{uuid}", WRITE, end_membership),
];

/// The organization everybody is in.
#[derive(Debug)]
pub(crate) struct Organization {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) plan: Plan,
    pub(crate) created_at: Timestamp,
}

/// What somebody may do in the organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Owner,
    Admin,
    User,
}

impl Role {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::User => "user",
        }
    }
}

/// That somebody is in the organization.
#[derive(Debug)]
pub(crate) struct Membership {
    pub(crate) id: String,
    pub(crate) user: String,
    pub(crate) role: Role,
    pub(crate) created_at: Timestamp,
}

impl Membership {
    pub(crate) fn resource(&self, account: &Account) -> Value {
        json!({
            "uri": uri("organization_memberships", &self.id),
            "role": self.role.name(),
            "user": account.user(&self.user).map(super::users::User::embedded),
            "organization": uri("organizations", &account.organization.id),
            "created_at": self.created_at,
            "updated_at": self.created_at,
        })
    }
}

impl Row for Membership {
    fn id(&self) -> &str {
        &self.id
    }

    fn key(&self, _field: &str) -> Key<'_> {
        Key::Number(self.created_at.micros())
    }
}

fn show_organization(call: &Call, account: &mut Account) -> Outcome {
    let organization = &account.organization;
    found((call.id() == organization.id).then_some(()))?;
    Ok(Answer::resource(json!({
        "uri": uri("organizations", &organization.id),
        "id": 51_000_042,
        "name": organization.name,
        "kind": "multiple",
        "plan": organization.plan.name(),
        "stage": organization.plan.stage(),
        "created_at": organization.created_at,
        "updated_at": organization.created_at,
    })))
}

fn list_memberships(call: &Call, account: &mut Account) -> Outcome {
    let mut violations = Violations::default();
    let organization = call.reference("organization", "organizations", &mut violations);
    let user = call.reference("user", "users", &mut violations);
    let role = call.choice("role", &["owner", "admin", "user"], &mut violations);
    require_anchor(call, &["organization", "user"], &mut violations);
    paging::check(call, &mut violations);
    violations.check()?;
    if let Some(organization) = organization {
        account.check_organization(organization)?;
    }
    if let Some(user) = user {
        account.check_member(user)?;
    }
    if user != Some(call.caller.as_str()) && !account.is_admin(&call.caller) {
        return Err(ApiError::NO_PERMISSION);
    }

    let email = call.parameter("email");
    let rows = account.memberships.iter().filter(|membership| {
        user.is_none_or(|user| membership.user == user)
            && role.is_none_or(|role| membership.role.name() == role)
            && email.is_none_or(|email| {
                account
                    .user(&membership.user)
                    .is_some_and(|user| user.email.eq_ignore_ascii_case(email))
            })
    });
    let sorting = Sorting::ascending("created_at");
    page(call, Violations::default(), rows, &sorting, |membership| membership.resource(account))
}

fn show_membership(call: &Call, account: &mut Account) -> Outcome {
    if is_elsewhere(call, account) {
        return Err(ApiError::OTHER_ORGANIZATION);
    }
    let membership = found(account.memberships.iter().find(|known| known.id == call.id()))?;
    Ok(Answer::resource(membership.resource(account)))
}

/// Removes somebody from the organization, and so from its groups.
fn end_membership(call: &Call, account: &mut Account) -> Outcome {
    let refused = |message| Err(ApiError::PermissionDenied(message));
    if !account.is_admin(&call.caller) {
        return refused("You do not have permission to perform this action");
    }
    if is_elsewhere(call, account) {
        return refused("You cannot modify members from another organization");
    }
    let membership = found(account.memberships.iter().find(|known| known.id == call.id()))?;
    if membership.role == Role::Owner {
        return refused("You can not change owner role");
    }
    if membership.user == call.caller {
        return refused("You can not remove yourself from organization");
    }
    let (id, user) = (membership.id.clone(), membership.user.clone());
    account.group_relationships.retain(|one| !one.owner.is_membership(&id));
    for team in &mut account.teams {
        team.members.retain(|member| *member != user);
    }
    account.memberships.retain(|known| known.id != id);
    Ok(Answer::none())
}

fn is_elsewhere(call: &Call, account: &Account) -> bool {
    account.memberships_elsewhere.iter().any(|id| id == call.id())
}

/// One of several parameters has to say whose resources are asked for.
pub(crate) fn require_anchor(call: &Call, names: &[&str], violations: &mut Violations) {
    if names.iter().all(|name| call.parameter(name).is_none()) {
        for name in names {
            violations.add(*name, "is missing");
        }
    }
}
