//! The organization, its two members and its group.

use super::names::{FIRST, LAST};
use crate::simulator::account::{Account, Table};
use crate::simulator::plan::Plan;
use crate::simulator::random::SplitMix64;
use crate::simulator::resources::availability_schedules::Availability;
use crate::simulator::resources::groups::{Group, GroupRelationship, RelationshipOwner};
use crate::simulator::resources::invitations::{Invitation, Status};
use crate::simulator::resources::organizations::{Membership, Organization, Role};
use crate::simulator::resources::users::User;
use crate::simulator::timestamp::Timestamp;
use crate::simulator::webhooks::Outbox;

/// An account with people in it and nothing else. The first user is the owner.
///
/// The owner is not in the group, so that the organization's and the group's scheduled events
/// differ, and so that the owner has to name the organization when asking for the group's.
pub(super) fn account(mut random: SplitMix64, plan: Plan, founded: Timestamp) -> Account {
    let users = users(&mut random, founded);
    let roles = [Role::Owner, Role::User];
    let memberships: Vec<Membership> = users
        .iter()
        .zip(roles)
        .map(|(user, role)| Membership {
            id: random.uuid(),
            user: user.id.clone(),
            role,
            created_at: user.created_at,
        })
        .collect();
    let group = Group {
        id: random.uuid(),
        name: "Customer Success".to_owned(),
        created_at: founded.plus(30 * Timestamp::DAY),
    };
    let colleague = memberships.last().map(|membership| membership.id.clone()).unwrap_or_default();
    let invited = founded.plus(31 * Timestamp::DAY);
    let invitation = Invitation {
        id: random.uuid(),
        email: "new.colleague@northwind.example".to_owned(),
        status: Status::Pending,
        created_at: invited,
        updated_at: invited,
        last_sent_at: Some(invited),
    };
    let invitee = RelationshipOwner::Invitation(invitation.id.clone());
    let owners = [("admin", RelationshipOwner::Membership(colleague)), ("member", invitee)];
    let group_relationships = owners
        .into_iter()
        .map(|(role, owner)| GroupRelationship {
            id: random.uuid(),
            group: group.id.clone(),
            role,
            owner,
            created_at: invited,
        })
        .collect();
    Account {
        organization: Organization {
            id: random.uuid(),
            name: "Northwind Traders".to_owned(),
            plan,
            created_at: founded,
        },
        users,
        memberships,
        memberships_elsewhere: Vec::new(),
        invitations: Table::from([(invitation.id.clone(), invitation)]),
        teams: Vec::new(),
        groups: vec![group],
        group_relationships,
        event_types: Table::new(),
        deleted_event_types: Table::new(),
        one_off_event_types: Table::new(),
        availability: Availability::default(),
        shares: Table::new(),
        scheduled_events: Table::new(),
        custom_fields: Vec::new(),
        contacts: Table::new(),
        contact_lists: Vec::new(),
        notes: Table::new(),
        routing_forms: Table::new(),
        routing_form_submissions: Table::new(),
        meeting_recaps: Table::new(),
        activity_log: Vec::new(),
        outgoing_communications: Vec::new(),
        webhook_subscriptions: Table::new(),
        outbox: Outbox::default(),
        random,
    }
}

fn users(random: &mut SplitMix64, founded: Timestamp) -> Vec<User> {
    let owner = random.index(FIRST.len());
    // Another first name, so that the two cannot be called the same.
    let colleague = (owner + 1 + random.index(FIRST.len() - 1)) % FIRST.len();
    let zones = ["Europe/Berlin", "America/New_York"];
    let people = [owner, colleague].into_iter().zip(zones).enumerate();
    people
        .map(|(index, (first, timezone))| {
            let (first, plain_first) = FIRST[first];
            let (last, plain_last) = LAST[random.index(LAST.len())];
            let joined = founded.plus(Timestamp::DAY * if index == 0 { 0 } else { 12 });
            User {
                id: random.uuid(),
                name: format!("{first} {last}"),
                slug: format!("{plain_first}-{plain_last}"),
                email: format!("{plain_first}.{plain_last}@northwind.example"),
                timezone,
                created_at: joined,
                updated_at: joined.plus(5 * Timestamp::MINUTE),
            }
        })
        .collect()
}
