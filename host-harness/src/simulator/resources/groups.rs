//! Groups and who belongs to them.

use serde_json::{Value, json};

use crate::simulator::account::Account;
use crate::simulator::answer::{Answer, Outcome};
use crate::simulator::call::{Call, Endpoint};
use crate::simulator::errors::Violations;
use crate::simulator::paging::{found, page};
use crate::simulator::sorting::{Key, Row, Sorting};
use crate::simulator::timestamp::Timestamp;
use crate::simulator::uris::{id_of, uri};

const SCOPE: &str = "groups:read";

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/groups", SCOPE, list_groups).query(&["organization", "page_token", "count"]),
    Endpoint::get("/groups/{uuid}", SCOPE, show_group),
    Endpoint::get("/group_relationships", SCOPE, list_relationships).query(&[
        "count",
        "page_token",
        "organization",
        "owner",
        "group",
    ]),
    Endpoint::get("/group_relationships/{uuid}", SCOPE, show_relationship),
];

/// A group of members.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) created_at: Timestamp,
}

/// That a member, or somebody invited, belongs to a group.
#[derive(Debug)]
pub(crate) struct GroupRelationship {
    pub(crate) id: String,
    pub(crate) group: String,
    pub(crate) role: &'static str,
    pub(crate) owner: RelationshipOwner,
    pub(crate) created_at: Timestamp,
}

/// Who belongs to a group.
#[derive(Debug)]
pub(crate) enum RelationshipOwner {
    /// The id of an organization membership.
    Membership(String),
    /// The id of an invitation to the organization.
    Invitation(String),
}

impl RelationshipOwner {
    pub(crate) fn is_membership(&self, id: &str) -> bool {
        matches!(self, Self::Membership(known) if known == id)
    }

    pub(crate) fn is_invitation(&self, id: &str) -> bool {
        matches!(self, Self::Invitation(known) if known == id)
    }
}

impl Row for Group {
    fn id(&self) -> &str {
        &self.id
    }

    fn key(&self, _field: &str) -> Key<'_> {
        Key::Number(self.created_at.micros())
    }
}

impl Row for GroupRelationship {
    fn id(&self) -> &str {
        &self.id
    }

    fn key(&self, _field: &str) -> Key<'_> {
        Key::Number(self.created_at.micros())
    }
}

impl Group {
    fn resource(&self, account: &Account) -> Value {
        let in_group = |one: &&GroupRelationship| one.group == self.id;
        json!({
            "uri": uri("groups", &self.id),
            "name": self.name,
            "organization": uri("organizations", &account.organization.id),
            "member_count": account.group_relationships.iter().filter(in_group).count(),
            "created_at": self.created_at,
            "updated_at": self.created_at,
        })
    }
}

impl GroupRelationship {
    fn resource(&self, account: &Account) -> Value {
        json!({
            "uri": uri("group_relationships", &self.id),
            "role": self.role,
            "owner": self.owner_resource(account),
            "organization": uri("organizations", &account.organization.id),
            "group": uri("groups", &self.group),
            "created_at": self.created_at,
            "updated_at": self.created_at,
        })
    }

    fn owner_resource(&self, account: &Account) -> Value {
        match &self.owner {
            RelationshipOwner::Membership(id) => {
                let membership = account.memberships.iter().find(|known| known.id == *id);
                let mut owner = membership.map_or(json!({}), |known| known.resource(account));
                owner["type"] = "OrganizationMembership".into();
                owner
            }
            RelationshipOwner::Invitation(id) => {
                let invitation = account.invitations.get(id);
                let mut owner = invitation.map_or(json!({}), |known| known.resource(account));
                owner["type"] = "OrganizationInvitation".into();
                owner
            }
        }
    }
}

fn list_groups(call: &Call, account: &mut Account) -> Outcome {
    let mut violations = Violations::default();
    let organization = call.reference("organization", "organizations", &mut violations);
    if call.parameter("organization").is_none() {
        violations.add("organization", "is missing");
    }
    violations.check()?;
    if let Some(organization) = organization {
        account.check_organization(organization)?;
    }
    let sorting = Sorting::ascending("created_at");
    let rows = account.groups.iter();
    page(call, Violations::default(), rows, &sorting, |group| group.resource(account))
}

fn show_group(call: &Call, account: &mut Account) -> Outcome {
    let group = found(account.groups.iter().find(|known| known.id == call.id()))?;
    Ok(Answer::resource(group.resource(account)))
}

fn list_relationships(call: &Call, account: &mut Account) -> Outcome {
    let mut violations = Violations::default();
    let organization = call.reference("organization", "organizations", &mut violations);
    let group = call.reference("group", "groups", &mut violations);
    let owner = call.parameter("owner").map(|owner| OwnerFilter::parse(owner, account));
    if matches!(owner, Some(None)) {
        violations.add("owner", "is invalid");
    }
    violations.check()?;
    if let Some(organization) = organization {
        account.check_organization(organization)?;
    }

    let rows = account.group_relationships.iter().filter(|one| {
        group.is_none_or(|group| one.group == group)
            && owner.as_ref().and_then(Option::as_ref).is_none_or(|owner| owner.matches(one))
    });
    let sorting = Sorting::ascending("created_at");
    page(call, Violations::default(), rows, &sorting, |one| one.resource(account))
}

/// Whose relationships are asked for.
enum OwnerFilter<'a> {
    Membership(&'a str),
    Invitation(&'a str),
}

impl<'a> OwnerFilter<'a> {
    fn parse(uri: &'a str, account: &Account) -> Option<Self> {
        let invitations = format!("organizations/{}/invitations", account.organization.id);
        id_of(uri, "organization_memberships")
            .map(Self::Membership)
            .or_else(|| id_of(uri, &invitations).map(Self::Invitation))
    }

    fn matches(&self, relationship: &GroupRelationship) -> bool {
        match self {
            Self::Membership(id) => relationship.owner.is_membership(id),
            Self::Invitation(id) => relationship.owner.is_invitation(id),
        }
    }
}

fn show_relationship(call: &Call, account: &mut Account) -> Outcome {
    let relationships = &account.group_relationships;
    let relationship = found(relationships.iter().find(|known| known.id == call.id()))?;
    Ok(Answer::resource(relationship.resource(account)))
}
