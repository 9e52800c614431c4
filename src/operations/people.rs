//! The account's user, its organization, and who belongs to it.

use serde_json::{Map, Value};

use super::{Access, Operation, input, problem, shapes};
use crate::api::{Call, Client};
use crate::error::{Error, Result};
use crate::json::{self, object};
use crate::records::{self, Base, Change, Place};
use crate::text::last_segment;

pub(super) const INVITE_MEMBER: Operation = Operation {
    name: "calendly.inviteMember",
    label: "Invite a member",
    description: "Invites somebody by e-mail to join the organization.",
    input: &shapes::INVITE,
    output: &shapes::WRITTEN,
    access: Access::Scopes(&["organizations:write", "organizations:read"]),
    run: |client, config| {
        input::create(client, config, Base::OwnOrganization, "organization_invitations")
    },
};

pub(super) const REMOVE_MEMBER: Operation = Operation {
    name: "calendly.removeMember",
    label: "Remove a member",
    description: "Removes a member from the organization.",
    input: &shapes::REMOVE_MEMBER,
    output: &shapes::DELETED,
    access: Access::Scopes(&["organizations:write"]),
    run: remove_member,
};

pub(super) const GET_CURRENT_USER: Operation = Operation {
    name: "calendly.getCurrentUser",
    label: "Get the current user",
    description: "Reads the user who connected, as a record of the table users.",
    input: &shapes::NOTHING,
    output: &shapes::ONE,
    access: Access::Scopes(READ_USERS),
    run: |client, _| {
        let answer = client.read_once("/users/me", READ_USERS)?;
        let record = records::record_of(input::table("users")?, &answer["resource"])?;
        Ok(object! { "record": record })
    },
};

pub(super) const GET_ORGANIZATION: Operation = Operation {
    name: "calendly.getOrganization",
    label: "Get the organization",
    description: "Reads an organization: its name, plan and stage.",
    input: &shapes::WHICH_ORGANIZATION,
    output: &shapes::ORGANIZATION,
    access: Access::Scopes(READ_ORGANIZATIONS),
    run: get_organization,
};

fn remove_member(client: &Client<'_>, config: &Map<String, Value>) -> Result<Value> {
    let table = input::table("organization_memberships")?;
    let place = Place { base: Base::OwnOrganization, table };
    let change = Change::Delete(input::text(config, "membership"), None);
    let write = records::prepare(client, &place, change);
    input::perform(client, config, problem::about("/config/membership", write)?)
}

fn get_organization(client: &Client<'_>, config: &Map<String, Value>) -> Result<Value> {
    let mut broken = Vec::new();
    let uri = match json::text(config, "organization") {
        Some(given) => {
            input::reference("organizations", "/config/organization", given, &mut broken)
        }
        None => Base::OwnOrganization.organization(client)?,
    };
    if !broken.is_empty() {
        return Err(Error::invalid_input(broken));
    }
    let id = last_segment(&uri);
    let call = Call::get(format!("/organizations/{id}")).needing(READ_ORGANIZATIONS);
    let mut answer = json::members(client.send(&call)?);
    Ok(object! { "organization": json::take(&mut answer, "resource") })
}

const READ_USERS: &[&str] = &["users:read"];
const READ_ORGANIZATIONS: &[&str] = &["organizations:read"];
