//! `GET /event_type_memberships`.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::support::{World, text};

const PATH: &str = "/event_type_memberships";

fn event_type(world: &World, name: &str) -> Result<String> {
    world.simulator.event_type_uri(name).context("no such event type")
}

#[tokio::test]
async fn everybody_who_takes_turns_is_a_host() -> Result<()> {
    let world = World::new().await?;
    let uri = event_type(&world, "Sales Round Robin")?;
    let hosts = world.all(PATH, &[("event_type", &uri)]).await?;
    let members: Vec<_> = hosts.iter().map(|host| host["member"]["uri"].clone()).collect();
    assert_eq!(members, [world.owner(), world.colleague()]);
    let event_type = world.get(&uri, &[]).await?;
    for host in &hosts {
        assert_eq!(host["event_type"], *event_type.resource());
        assert!(text(host, "uri")?.starts_with("https://api.calendly.com/event_type_memberships/"));
        assert!(host["created_at"].is_string() && host["updated_at"].is_string());
    }
    assert_ne!(hosts[0]["uri"], hosts[1]["uri"]);
    let alone = [("event_type", &*self::event_type(&world, "30 Minute Meeting")?)];
    assert_eq!(world.all(PATH, &alone).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn hosts_come_in_pages() -> Result<()> {
    let world = World::new().await?;
    let uri = event_type(&world, "Sales Round Robin")?;
    let whole = world.all(PATH, &[("event_type", &uri)]).await?;
    let paged = world.all(PATH, &[("event_type", &uri), ("count", "1")]).await?;
    assert_eq!(paged, whole);
    let first = world.get(PATH, &[("event_type", &uri), ("count", "1")]).await?;
    assert_eq!(first.collection().len(), 1);
    assert!(first.body["pagination"]["next_page_token"].is_string());
    for count in ["0", "101"] {
        let query = [("event_type", uri.as_str()), ("count", count)];
        world.get(PATH, &query).await?.assert_invalid(&["count"]);
    }
    Ok(())
}

#[tokio::test]
async fn the_event_type_has_to_be_named_and_ones_own() -> Result<()> {
    let mut world = World::new().await?;
    world.get(PATH, &[]).await?.assert_invalid(&["event_type"]);
    world.get(PATH, &[("event_type", "x")]).await?.assert_invalid(&["event_type"]);
    let unknown = [("event_type", "https://api.calendly.com/event_types/x")];
    assert_eq!(world.get(PATH, &unknown).await?.status, 404);
    let uri = event_type(&world, "30 Minute Meeting")?;
    world.become_colleague();
    let reply = world.get(PATH, &[("event_type", &uri)]).await?;
    reply.assert_denied("You do not have permission");
    assert_eq!(reply.body.get("details"), None::<&Value>);
    Ok(())
}
