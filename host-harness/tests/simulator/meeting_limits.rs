//! The meeting limits of users.

use anyhow::Result;
use serde_json::{Value, json};

use crate::support::World;

const PATH: &str = "/user_meeting_limits";

async fn limits(world: &World, user: &str) -> Result<Value> {
    let reply = world.get(PATH, &[("user", user)]).await?;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert!(reply.body.get("pagination").is_none());
    assert_eq!(reply.collection().len(), 1);
    Ok(reply.collection()[0].clone())
}

#[tokio::test]
async fn limits_never_set_are_null() -> Result<()> {
    let mut world = World::new().await?;
    let own = json!({ "daily_limit": 8, "weekly_limit": 30, "monthly_limit": null });
    assert_eq!(limits(&world, &world.owner()).await?, own);
    world.become_colleague();
    let none = json!({ "daily_limit": null, "weekly_limit": null, "monthly_limit": null });
    assert_eq!(limits(&world, &world.colleague()).await?, none);
    Ok(())
}

#[tokio::test]
async fn limits_are_ones_own_even_for_admins() -> Result<()> {
    let world = World::new().await?;
    world.get(PATH, &[]).await?.assert_invalid(&["user"]);
    let refused = "You do not have permission";
    let colleague = world.colleague();
    world.get(PATH, &[("user", &colleague)]).await?.assert_denied(refused);
    let path = format!("{PATH}?user={colleague}");
    world.patch(&path, &json!({ "daily_limit": 1 })).await?.assert_denied(refused);
    let stranger = [("user", "https://api.calendly.com/users/x")];
    world.get(PATH, &stranger).await?.assert_denied("This user is not in your organization");
    Ok(())
}

#[tokio::test]
async fn changing_keeps_what_is_not_sent_and_null_removes() -> Result<()> {
    let world = World::new().await?;
    let owner = world.owner();
    let path = format!("{PATH}?user={owner}");
    let body = json!({ "daily_limit": null, "monthly_limit": 9_999, "yearly_limit": 1 });
    let changed = world.patch(&path, &body).await?;
    assert_eq!(changed.status, 200, "{}", changed.text);
    let expected = json!({ "daily_limit": null, "weekly_limit": 30, "monthly_limit": 9_999 });
    assert_eq!(*changed.resource(), expected);
    assert_eq!(limits(&world, &owner).await?, expected);
    world.patch(PATH, &body).await?.assert_invalid(&["user"]);
    world.patch(&path, &json!({ "yearly_limit": 1 })).await?.assert_invalid(&["body"]);
    let odd = json!({ "daily_limit": 0, "weekly_limit": 10_000, "monthly_limit": "5" });
    let names = ["daily_limit", "weekly_limit", "monthly_limit"];
    world.patch(&path, &odd).await?.assert_invalid(&names);
    assert_eq!(limits(&world, &owner).await?, expected);
    Ok(())
}
