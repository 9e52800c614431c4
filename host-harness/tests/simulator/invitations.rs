//! Invitations to the organization.

use std::collections::BTreeSet;

use anyhow::Result;
use serde_json::{Value, json};

use crate::support::{Reply, World, text};

fn path(world: &World) -> String {
    format!("{}/invitations", world.organization())
}

async fn of_status(world: &World, status: &str) -> Result<Vec<Value>> {
    world.all(&path(world), &[("status", status)]).await
}

async fn invite(world: &World, email: &str) -> Result<Reply> {
    world.post(&path(world), &json!({ "email": email })).await
}

#[track_caller]
fn assert_refused(reply: &Reply, title: &str, message: &str) {
    assert_eq!(reply.status, 400);
    assert_eq!(reply.body, json!({ "title": title, "message": message }));
}

#[tokio::test]
async fn invitations_are_pending_accepted_or_declined() -> Result<()> {
    let world = World::new().await?;
    let mut together = 0;
    for status in ["pending", "accepted", "declined"] {
        let rows = of_status(&world, status).await?;
        assert!(!rows.is_empty(), "{status}");
        together += rows.len();
        for row in &rows {
            assert_eq!(row["status"], status);
            assert_eq!(row["organization"], world.organization().as_str());
            // The key of the user is there for those who joined only.
            assert_eq!(row.get("user").is_some(), status == "accepted", "{row}");
            assert_eq!(*world.get(text(row, "uri")?, &[]).await?.resource(), *row);
        }
    }
    let all = world.all(&path(&world), &[]).await?;
    assert_eq!(all.len(), together);
    assert!(all.iter().any(|row| row["last_sent_at"].is_null()));
    assert!(all.iter().any(|row| row["last_sent_at"].is_string()));
    let accepted = of_status(&world, "accepted").await?;
    assert_eq!(accepted[0]["user"], world.colleague().as_str());
    Ok(())
}

#[tokio::test]
async fn the_invitation_in_the_group_is_one_of_them() -> Result<()> {
    let world = World::new().await?;
    let relationships = world.all("/group_relationships", &[]).await?;
    let mut owner = relationships[1]["owner"].clone();
    let uri = text(&owner, "uri")?.to_owned();
    let kind = owner.as_object_mut().and_then(|owner| owner.remove("type"));
    assert_eq!(kind, Some(json!("OrganizationInvitation")));
    assert_eq!(*world.get(&uri, &[]).await?.resource(), owner);

    assert_eq!(world.delete(&uri).await?.status, 204);
    let left = world.all("/group_relationships", &[]).await?;
    assert_eq!(left, relationships[..1]);
    Ok(())
}

#[tokio::test]
async fn they_are_listed_by_age_page_by_page() -> Result<()> {
    let world = World::new().await?;
    let path = path(&world);
    let all = world.all(&path, &[("count", "4")]).await?;
    let uris: BTreeSet<_> = all.iter().filter_map(|row| row["uri"].as_str()).collect();
    assert_eq!(uris.len(), all.len());
    let created: Vec<_> = all.iter().filter_map(|row| row["created_at"].as_str()).collect();
    assert!(created.is_sorted());
    let mut reversed = world.all(&path, &[("sort", "created_at:desc")]).await?;
    reversed.reverse();
    assert_eq!(reversed, all);
    let email = text(&all[3], "email")?.to_uppercase();
    assert_eq!(world.all(&path, &[("email", &email)]).await?, all[3..4]);
    Ok(())
}

#[tokio::test]
async fn everything_wrong_with_a_list_is_said_at_once() -> Result<()> {
    let world = World::new().await?;
    let query = [("sort", "email:asc"), ("status", "lost"), ("count", "101"), ("page_token", "x")];
    let reply = world.get(&path(&world), &query).await?;
    reply.assert_invalid(&["sort", "status", "count", "page_token"]);
    Ok(())
}

#[tokio::test]
async fn an_invitation_can_be_made_and_revoked() -> Result<()> {
    let world = World::new().await?;
    let before = of_status(&world, "pending").await?.len();
    let created = invite(&world, "ada@home.example").await?;
    assert_eq!(created.status, 201, "{}", created.text);
    let expected = json!({
        "uri": created.resource()["uri"],
        "organization": world.organization(),
        "email": "ada@home.example",
        "status": "pending",
        "created_at": "2026-11-24T10:00:00.000000Z",
        "updated_at": "2026-11-24T10:00:00.000000Z",
        "last_sent_at": "2026-11-24T10:00:00.000000Z",
    });
    assert_eq!(*created.resource(), expected);
    let uri = text(created.resource(), "uri")?;
    assert!(uri.starts_with(&format!("{}/", path(&world))), "{uri}");
    assert_eq!(of_status(&world, "pending").await?.len(), before + 1);

    let revoked = world.delete(uri).await?;
    assert_eq!((revoked.status, revoked.text.as_str()), (204, ""));
    assert_eq!(of_status(&world, "pending").await?.len(), before);
    for reply in [world.get(uri, &[]).await?, world.delete(uri).await?] {
        assert_eq!(reply.status, 404);
    }
    Ok(())
}

#[tokio::test]
async fn an_address_has_to_be_one() -> Result<()> {
    let world = World::new().await?;
    let path = path(&world);
    for (body, message) in [
        (json!({}), "is missing"),
        (json!({ "email": null }), "must be filled"),
        (json!({ "email": " " }), "must be filled"),
        (json!({ "email": 1 }), "must be a string"),
    ] {
        let reply = world.post(&path, &body).await?;
        reply.assert_invalid(&["email"]);
        assert_eq!(reply.body["details"][0]["message"], message);
    }
    let reply = invite(&world, "invalid_email@example").await?;
    assert_refused(&reply, "Invalid Email", "invalid_email@example is an invalid email format");
    Ok(())
}

#[tokio::test]
async fn who_is_in_or_asked_already_is_not_asked_again() -> Result<()> {
    let world = World::new().await?;
    let me = world.get("/users/me", &[]).await?;
    let own = text(me.resource(), "email")?;
    let accepted = of_status(&world, "accepted").await?;
    for email in [own, text(&accepted[0], "email")?] {
        let reply = invite(&world, email).await?;
        let message = format!("{email} is already in the organization");
        assert_refused(&reply, "Already Organization Member", &message);
    }
    let pending = of_status(&world, "pending").await?;
    let email = text(&pending[0], "email")?.to_uppercase();
    let reply = invite(&world, &email).await?;
    assert_refused(&reply, "Already Invited", &format!("{email} has already been invited"));

    let declined = of_status(&world, "declined").await?;
    assert_eq!(invite(&world, text(&declined[0], "email")?).await?.status, 201);
    Ok(())
}

#[tokio::test]
async fn an_accepted_invitation_cannot_be_revoked_but_a_declined_one_can() -> Result<()> {
    let world = World::new().await?;
    let accepted = of_status(&world, "accepted").await?;
    let uri = text(&accepted[0], "uri")?;
    let reply = world.delete(uri).await?;
    let message = "The invitation has already been accepted.";
    assert_refused(&reply, "Invitation Already Accepted", message);
    assert_eq!(world.get(uri, &[]).await?.status, 200);
    let declined = of_status(&world, "declined").await?;
    assert_eq!(world.delete(text(&declined[0], "uri")?).await?.status, 204);
    Ok(())
}

#[tokio::test]
async fn there_are_only_so_many_seats() -> Result<()> {
    let world = World::new().await?;
    let taken = 2 + of_status(&world, "pending").await?.len();
    for index in taken..25 {
        let created = invite(&world, &format!("guest{index}@home.example")).await?;
        assert_eq!(created.status, 201, "{}", created.text);
    }
    let reply = invite(&world, "one.too.many@home.example").await?;
    reply.assert_denied(
        "You already sent all the invitations you're allotted based upon the number of seats \
         purchased with your account. Please purchase more seats to send more invitations.",
    );
    let pending = of_status(&world, "pending").await?;
    assert_eq!(world.delete(text(&pending[0], "uri")?).await?.status, 204);
    assert_eq!(invite(&world, "one.too.many@home.example").await?.status, 201);
    Ok(())
}

#[tokio::test]
async fn invitations_are_for_admins() -> Result<()> {
    let mut world = World::new().await?;
    let path = path(&world);
    let pending = of_status(&world, "pending").await?;
    let uri = text(&pending[0], "uri")?;
    world.become_colleague();
    for reply in [
        world.get(&path, &[]).await?,
        invite(&world, "ada@home.example").await?,
        world.get(uri, &[]).await?,
        world.delete(uri).await?,
    ] {
        reply.assert_denied("You do not have permission to access this resource.");
    }
    Ok(())
}

#[tokio::test]
async fn invitations_belong_to_their_organization() -> Result<()> {
    let world = World::new().await?;
    let pending = of_status(&world, "pending").await?;
    let id = text(&pending[0], "uri")?.rsplit('/').next().unwrap_or_default();
    let elsewhere = format!("/organizations/elsewhere/invitations/{id}");
    for reply in [world.get(&elsewhere, &[]).await?, world.delete(&elsewhere).await?] {
        reply.assert_denied("You do not have permission");
    }
    assert_eq!(world.get("/organizations/elsewhere/invitations", &[]).await?.status, 404);
    let body = json!({ "email": "ada@home.example" });
    let reply = world.post("/organizations/elsewhere/invitations", &body).await?;
    assert_eq!(reply.status, 404);
    Ok(())
}

#[tokio::test]
async fn inviting_and_revoking_need_the_scope_to_write() -> Result<()> {
    let mut world = World::new().await?;
    let pending = of_status(&world, "pending").await?;
    let uri = text(&pending[0], "uri")?;
    world.token = world.simulator.issue_access_token(&["organizations:read"]);
    for reply in [invite(&world, "ada@home.example").await?, world.delete(uri).await?] {
        assert_eq!(reply.status, 403);
        assert_eq!(reply.body["required_scopes"], json!(["organizations:write"]));
    }
    assert_eq!(world.get(uri, &[]).await?.status, 200);
    Ok(())
}
