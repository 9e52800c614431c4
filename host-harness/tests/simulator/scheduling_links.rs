//! `POST /scheduling_links`.

use anyhow::Result;
use serde_json::{Value, json};

use crate::support::{World, text};

const PATH: &str = "/scheduling_links";

fn link(world: &World, event_type: &str) -> Value {
    let owner = world.simulator.event_type_uri(event_type);
    json!({ "max_event_count": 1, "owner": owner, "owner_type": "EventType" })
}

#[tokio::test]
async fn every_link_is_another() -> Result<()> {
    let world = World::new().await?;
    let mut body = link(&world, "30 Minute Meeting");
    let first = world.post(PATH, &body).await?;
    assert_eq!(first.status, 201, "{}", first.text);
    assert_eq!(first.resource()["owner"], body["owner"]);
    assert_eq!(first.resource()["owner_type"], "EventType");
    assert!(text(first.resource(), "booking_url")?.starts_with("https://calendly.com/d/"));
    // As one version of the documentation has it.
    body["max_event_count"] = "1".into();
    let second = world.post(PATH, &body).await?;
    assert_eq!(second.status, 201, "{}", second.text);
    assert_ne!(first.resource()["booking_url"], second.resource()["booking_url"]);
    Ok(())
}

#[tokio::test]
async fn a_link_is_for_one_booking_of_an_active_event_type() -> Result<()> {
    let world = World::new().await?;
    let names = ["max_event_count", "owner", "owner_type"];
    world.post(PATH, &json!({})).await?.assert_invalid(&names);
    let odd = json!({ "max_event_count": 2, "owner": "x", "owner_type": "User" });
    world.post(PATH, &odd).await?.assert_invalid(&names);
    let inactive = link(&world, "Onboarding (old)");
    world.post(PATH, &inactive).await?.assert_invalid(&["owner"]);
    let mut unknown = link(&world, "30 Minute Meeting");
    unknown["owner"] = "https://api.calendly.com/event_types/x".into();
    assert_eq!(world.post(PATH, &unknown).await?.status, 404);
    Ok(())
}

#[tokio::test]
async fn links_are_made_by_hosts_and_admins() -> Result<()> {
    let mut world = World::new().await?;
    assert_eq!(world.post(PATH, &link(&world, "Product Webinar")).await?.status, 201);
    world.become_colleague();
    assert_eq!(world.post(PATH, &link(&world, "Sales Round Robin")).await?.status, 201);
    let reply = world.post(PATH, &link(&world, "30 Minute Meeting")).await?;
    reply.assert_denied("You do not have permission");
    Ok(())
}
