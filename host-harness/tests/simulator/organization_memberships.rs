//! Removing members from the organization.

use anyhow::Result;
use host_harness::simulator::Person;
use serde_json::{Value, json};

use crate::support::{World, text};

/// The URIs of the owner's and the colleague's membership.
async fn memberships(world: &World) -> Result<[String; 2]> {
    let organization = world.organization();
    let list = world.all("/organization_memberships", &[("organization", &organization)]).await?;
    let uri = |index: usize| text(&list[index], "uri").map(str::to_owned);
    Ok([uri(0)?, uri(1)?])
}

#[tokio::test]
async fn a_removed_member_is_gone_with_their_places_in_groups_and_teams() -> Result<()> {
    let mut world = World::new().await?;
    let [owner, colleague] = memberships(&world).await?;
    let teams = world.all("/teams", &[("user", &world.colleague())]).await?;
    assert_eq!(teams.len(), 2);
    let removed = world.delete(&colleague).await?;
    assert_eq!((removed.status, removed.text.as_str()), (204, ""));

    assert_eq!(world.get(&colleague, &[]).await?.status, 404);
    assert_eq!(world.delete(&colleague).await?.status, 404);
    let organization = world.organization();
    let list = world.all("/organization_memberships", &[("organization", &organization)]).await?;
    assert_eq!(list.iter().map(|row| &row["uri"]).collect::<Vec<_>>(), [owner.as_str()]);
    let left = world.all("/group_relationships", &[]).await?;
    let types: Vec<_> = left.iter().map(|row| &row["owner"]["type"]).collect();
    assert_eq!(types, ["OrganizationInvitation"]);
    for path in ["/organization_memberships", "/teams"] {
        let reply = world.get(path, &[("user", &world.colleague())]).await?;
        reply.assert_denied("This user is not in your organization");
    }
    world.become_colleague();
    for team in &teams {
        let reply = world.get(text(team, "uri")?, &[]).await?;
        reply.assert_denied("You do not have permission to access this resource.");
    }
    Ok(())
}

#[tokio::test]
async fn who_was_removed_can_be_invited_again() -> Result<()> {
    let world = World::new().await?;
    let [_, colleague] = memberships(&world).await?;
    let membership = world.get(&colleague, &[]).await?;
    let body = json!({ "email": membership.resource()["user"]["email"] });
    let invitations = format!("{}/invitations", world.organization());
    assert_eq!(world.post(&invitations, &body).await?.status, 400);
    assert_eq!(world.delete(&colleague).await?.status, 204);
    assert_eq!(world.post(&invitations, &body).await?.status, 201);
    Ok(())
}

#[tokio::test]
async fn members_remove_nobody() -> Result<()> {
    let mut world = World::new().await?;
    let [owner, colleague] = memberships(&world).await?;
    world.become_colleague();
    let elsewhere = world.simulator.membership_elsewhere_uri();
    for uri in [&owner, &colleague, &elsewhere, "/organization_memberships/x"] {
        let reply = world.delete(uri).await?;
        reply.assert_denied("You do not have permission to perform this action");
    }
    Ok(())
}

#[tokio::test]
async fn nobody_removes_the_owner_and_no_admin_themself() -> Result<()> {
    let mut world = World::new().await?;
    let [owner, colleague] = memberships(&world).await?;
    world.delete(&owner).await?.assert_denied("You can not change owner role");
    world.simulator.make_admin(Person::Colleague);
    world.become_colleague();
    world.delete(&owner).await?.assert_denied("You can not change owner role");
    let reply = world.delete(&colleague).await?;
    reply.assert_denied("You can not remove yourself from organization");
    Ok(())
}

#[tokio::test]
async fn members_of_other_organizations_are_out_of_reach() -> Result<()> {
    let world = World::new().await?;
    let elsewhere = world.simulator.membership_elsewhere_uri();
    let reply = world.delete(&elsewhere).await?;
    reply.assert_denied("You cannot modify members from another organization");
    world.get(&elsewhere, &[]).await?.assert_denied("This user is not in your organization");
    Ok(())
}

#[tokio::test]
async fn removing_needs_the_scope_to_write() -> Result<()> {
    let mut world = World::new().await?;
    let [_, colleague] = memberships(&world).await?;
    world.token = world.simulator.issue_access_token(&["organizations:read"]);
    let reply = world.delete(&colleague).await?;
    assert_eq!(reply.status, 403);
    assert_eq!(reply.body["required_scopes"], json!(["organizations:write"]));
    assert_eq!(world.get(&colleague, &[]).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn an_admin_is_one_wherever_roles_are_shown() -> Result<()> {
    let world = World::new().await?;
    let organization = world.organization();
    let admins = [("organization", organization.as_str()), ("role", "admin")];
    assert!(world.all("/organization_memberships", &admins).await?.is_empty());
    world.simulator.make_admin(Person::Colleague);
    world.simulator.make_admin(Person::Owner);
    let rows = world.all("/organization_memberships", &admins).await?;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["user"]["uri"], world.colleague().as_str());
    assert_eq!(rows[0]["role"], "admin");
    Ok(())
}

#[tokio::test]
async fn everything_wrong_with_a_list_is_said_at_once() -> Result<()> {
    let world = World::new().await?;
    let query = [("role", "boss"), ("count", "0"), ("page_token", "x")];
    let reply = world.get("/organization_memberships", &query).await?;
    reply.assert_invalid(&["role", "organization", "user", "count", "page_token"]);
    Ok(())
}

#[tokio::test]
async fn members_are_found_by_their_address() -> Result<()> {
    let world = World::new().await?;
    let organization = world.organization();
    let all = world.all("/organization_memberships", &[("organization", &organization)]).await?;
    let email = text(&all[1]["user"], "email")?.to_uppercase();
    let query = [("organization", organization.as_str()), ("email", &email)];
    assert_eq!(world.all("/organization_memberships", &query).await?, all[1..]);
    let query = [("organization", organization.as_str()), ("email", "nobody@home.example")];
    assert_eq!(world.all("/organization_memberships", &query).await?, Vec::<Value>::new());
    Ok(())
}
