//! No-shows.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::support::{World, text};

const PATH: &str = "/invitee_no_shows";
const NOW: &str = "2026-11-24T10:00:00Z";

/// The invitees of the events that pass the filters.
async fn invitees(world: &World, more: &[(&str, &str)]) -> Result<Vec<Value>> {
    let organization = world.organization();
    let mut query = vec![("organization", organization.as_str())];
    query.extend_from_slice(more);
    let mut all = Vec::new();
    for event in world.all("/scheduled_events", &query).await? {
        all.extend(world.all(&format!("{}/invitees", text(&event, "uri")?), &[]).await?);
    }
    Ok(all)
}

async fn present(world: &World) -> Result<Value> {
    let past = invitees(world, &[("status", "active"), ("max_start_time", NOW)]).await?;
    past.into_iter().find(|invitee| invitee["no_show"].is_null()).context("nobody came")
}

#[tokio::test]
async fn some_invitees_of_past_events_did_not_appear() -> Result<()> {
    let world = World::new().await?;
    let past = invitees(&world, &[("max_start_time", NOW)]).await?;
    let marked: Vec<_> = past.iter().filter(|invitee| !invitee["no_show"].is_null()).collect();
    assert!((2..12).contains(&marked.len()), "{}", marked.len());
    for invitee in marked {
        assert_eq!(invitee["status"], "active");
        let no_show = &invitee["no_show"];
        let one = world.get(text(no_show, "uri")?, &[]).await?;
        let expected = json!({
            "uri": no_show["uri"],
            "invitee": invitee["uri"],
            "created_at": no_show["created_at"],
        });
        assert_eq!(*one.resource(), expected);
    }
    let to_come = invitees(&world, &[("min_start_time", NOW)]).await?;
    assert!(to_come.iter().all(|invitee| invitee["no_show"].is_null()));
    Ok(())
}

#[tokio::test]
async fn the_invitee_follows_its_mark() -> Result<()> {
    let world = World::new().await?;
    let invitee = present(&world).await?;
    let uri = text(&invitee, "uri")?;
    let body = json!({ "invitee": uri });
    let marked = world.post(PATH, &body).await?;
    assert_eq!(marked.status, 201, "{}", marked.text);
    let no_show = marked.resource();
    assert_eq!(no_show["invitee"], uri);
    assert_eq!(no_show["created_at"], "2026-11-24T10:00:00.000000Z");
    let after = world.get(uri, &[]).await?;
    let expected = json!({ "uri": no_show["uri"], "created_at": no_show["created_at"] });
    assert_eq!(after.resource()["no_show"], expected);
    let again = world.post(PATH, &body).await?;
    assert_eq!((again.status, &again.body["title"]), (409, &json!("Already Exists")));

    let mark = text(no_show, "uri")?;
    assert_eq!(*world.get(mark, &[]).await?.resource(), *no_show);
    let deleted = world.delete(mark).await?;
    assert_eq!((deleted.status, deleted.text.as_str()), (204, ""));
    assert_eq!(*world.get(uri, &[]).await?.resource(), invitee);
    for reply in [world.get(mark, &[]).await?, world.delete(mark).await?] {
        assert_eq!(reply.status, 404);
    }
    Ok(())
}

#[tokio::test]
async fn only_who_was_expected_can_have_stayed_away() -> Result<()> {
    let world = World::new().await?;
    world.post(PATH, &json!({})).await?.assert_invalid(&["invitee"]);
    for wrong in ["x", "https://api.calendly.com/scheduled_events/x"] {
        world.post(PATH, &json!({ "invitee": wrong })).await?.assert_invalid(&["invitee"]);
    }
    let unknown = "https://api.calendly.com/scheduled_events/x/invitees/y";
    assert_eq!(world.post(PATH, &json!({ "invitee": unknown })).await?.status, 404);
    let to_come = invitees(&world, &[("status", "active"), ("min_start_time", NOW)]).await?;
    let body = json!({ "invitee": to_come[0]["uri"] });
    world.post(PATH, &body).await?.assert_invalid(&["invitee"]);
    let canceled = invitees(&world, &[("status", "canceled"), ("max_start_time", NOW)]).await?;
    let body = json!({ "invitee": canceled[0]["uri"] });
    world.post(PATH, &body).await?.assert_invalid(&["invitee"]);
    Ok(())
}

#[tokio::test]
async fn events_of_others_are_left_alone() -> Result<()> {
    let mut world = World::new().await?;
    let owner = world.owner();
    let of_owner = [("user", owner.as_str()), ("max_start_time", NOW), ("status", "active")];
    let mut invitees = invitees(&world, &of_owner).await?;
    invitees.sort_by_key(|invitee| invitee["no_show"].is_null());
    let (marked, present) = (&invitees[0], invitees.last().context("nobody")?);
    let mark = text(&marked["no_show"], "uri")?;
    world.become_colleague();
    let refused = "You do not have permission";
    world.post(PATH, &json!({ "invitee": present["uri"] })).await?.assert_denied(refused);
    world.get(mark, &[]).await?.assert_denied(refused);
    world.delete(mark).await?.assert_denied(refused);
    Ok(())
}
