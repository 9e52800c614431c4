//! Users, the organization, its memberships and groups.

use anyhow::Result;
use host_harness::simulator::AccountSize;
use serde_json::{Value, json};

use crate::support::{World, text};

#[tokio::test]
async fn me_is_the_user_of_the_token() -> Result<()> {
    let mut world = World::new().await?;
    let me = world.get("/users/me", &[]).await?;
    assert_eq!(me.resource()["uri"], world.owner().as_str());
    assert_eq!(me.resource()["current_organization"], world.organization().as_str());
    assert_eq!(me.resource()["resource_type"], "User");
    assert_eq!(world.get(&world.owner(), &[]).await?.body, me.body);
    world.become_colleague();
    assert_eq!(world.get("/users/me", &[]).await?.resource()["uri"], world.colleague().as_str());
    Ok(())
}

#[tokio::test]
async fn what_does_not_exist_is_404_without_details() -> Result<()> {
    let world = World::new().await?;
    let body = json!({
        "title": "Resource Not Found",
        "message": "The server could not find the requested resource.",
    });
    for path in [
        "/users/00000000-0000-4000-8000-000000000000",
        "/organizations/x",
        "/organization_memberships/x",
        "/groups/x",
        "/group_relationships/x",
        "/event_types/x",
        "/scheduled_events/x",
        "/scheduled_events/x/invitees",
        "/scheduled_events/x/invitees/y",
        "/contacts/x",
        "/contacts/custom_field_definitions/x",
        "/no/such/endpoint",
    ] {
        let reply = world.get(path, &[]).await?;
        assert_eq!((reply.status, &reply.body), (404, &body), "{path}");
    }
    assert_eq!(world.delete("/users/me").await?.status, 404);
    Ok(())
}

#[tokio::test]
async fn a_missing_or_wrong_token_is_401() -> Result<()> {
    let mut world = World::new().await?;
    for token in ["", "something"] {
        token.clone_into(&mut world.token);
        let reply = world.get("/users/me", &[]).await?;
        assert_eq!(reply.status, 401);
        let body = json!({ "title": "Unauthenticated", "message": "The access token is invalid" });
        assert_eq!(reply.body, body);
    }
    Ok(())
}

#[tokio::test]
async fn the_organization_has_two_members() -> Result<()> {
    let world = World::new().await?;
    let organization = world.organization();
    assert_eq!(world.get(&organization, &[]).await?.resource()["stage"], "paid");
    let list = world.all("/organization_memberships", &[("organization", &organization)]).await?;
    let roles: Vec<_> = list.iter().map(|row| row["role"].clone()).collect();
    assert_eq!(roles, ["owner", "user"]);
    let own = world.all("/organization_memberships", &[("user", &world.owner())]).await?;
    assert_eq!(own, list[..1]);
    assert!(own[0]["user"].get("current_organization").is_none());
    let one = world.get(text(&own[0], "uri")?, &[]).await?;
    assert_eq!(*one.resource(), own[0]);
    let by_role = [("organization", organization.as_str()), ("role", "user")];
    assert_eq!(world.all("/organization_memberships", &by_role).await?, list[1..]);
    Ok(())
}

#[tokio::test]
async fn memberships_need_to_know_of_what() -> Result<()> {
    let mut world = World::new().await?;
    let path = "/organization_memberships";
    let organization = world.organization();
    world.get(path, &[]).await?.assert_invalid(&["organization", "user"]);
    let wrong = [("organization", organization.as_str()), ("role", "boss")];
    world.get(path, &wrong).await?.assert_invalid(&["role"]);
    let bare_id = organization.rsplit('/').next().unwrap_or_default();
    world.get(path, &[("organization", bare_id)]).await?.assert_invalid(&["organization"]);
    let stranger = "https://api.calendly.com/users/stranger";
    let reply = world.get(path, &[("user", stranger)]).await?;
    reply.assert_denied("This user is not in your organization");
    let elsewhere = "https://api.calendly.com/organizations/elsewhere";
    let reply = world.get(path, &[("organization", elsewhere)]).await?;
    reply.assert_denied("You do not have permission to access this resource.");
    world.become_colleague();
    let reply = world.get(path, &[("organization", &organization)]).await?;
    reply.assert_denied("You do not have permission");
    assert_eq!(world.all(path, &[("user", &world.colleague())]).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn there_is_a_group_with_a_member_and_an_invitation() -> Result<()> {
    let world = World::new().await?;
    world.get("/groups", &[]).await?.assert_invalid(&["organization"]);
    let groups = world.all("/groups", &[("organization", &world.organization())]).await?;
    assert_eq!(groups.len(), 1);
    assert_eq!(groups[0]["member_count"], 2);
    let group = text(&groups[0], "uri")?;
    assert_eq!(*world.get(group, &[]).await?.resource(), groups[0]);

    let relationships = world.all("/group_relationships", &[("group", group)]).await?;
    let types: Vec<_> = relationships.iter().map(|row| row["owner"]["type"].clone()).collect();
    assert_eq!(types, ["OrganizationMembership", "OrganizationInvitation"]);
    for one in &relationships {
        assert_eq!(*world.get(text(one, "uri")?, &[]).await?.resource(), *one);
        let owner = [("owner", text(&one["owner"], "uri")?)];
        assert_eq!(world.all("/group_relationships", &owner).await?, std::slice::from_ref(one));
    }
    world.get("/group_relationships", &[("owner", "x")]).await?.assert_invalid(&["owner"]);
    Ok(())
}

#[tokio::test]
async fn the_account_depends_on_the_seed_alone() -> Result<()> {
    async fn people(seed: u64) -> Result<Value> {
        let world = World::with(|options| options.seed = seed).await?;
        let organization = world.organization();
        let events = world.all("/scheduled_events", &[("organization", &organization)]).await?;
        Ok(json!([world.get("/contacts", &[]).await?.body["collection"], events]))
    }
    assert_eq!(people(4).await?, people(4).await?);
    assert_ne!(people(4).await?, people(5).await?);
    Ok(())
}

#[tokio::test]
async fn an_account_can_be_empty() -> Result<()> {
    let world = World::with(|options| {
        options.size = AccountSize { event_types: 0, scheduled_events: 0, contacts: 0 };
    })
    .await?;
    let organization = world.organization();
    for path in ["/event_types", "/scheduled_events", "/contacts"] {
        let rows = world.all(path, &[("organization", &organization)]).await?;
        assert!(rows.is_empty(), "{path}");
    }
    Ok(())
}
