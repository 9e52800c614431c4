//! Outgoing communications.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::support::{Reply, World, text};

const PATH: &str = "/outgoing_communications";

const KEYS: [&str; 12] = [
    "type",
    "to",
    "from",
    "subject",
    "body",
    "sender_uri",
    "sender_email",
    "event_type_uri",
    "event_uri",
    "sent_at",
    "created_at",
    "scheduling_url",
];

async fn ask(world: &World, query: &[(&str, &str)]) -> Result<Reply> {
    let organization = world.organization();
    let mut all = vec![("organization", organization.as_str()), ("count", "100")];
    all.extend(query);
    world.get(PATH, &all).await
}

#[tokio::test]
async fn a_message_says_from_whom_to_whom_about_what() -> Result<()> {
    let world = World::new().await?;
    let reply = ask(&world, &[]).await?;
    let all = reply.collection();
    assert!(!all.is_empty());
    for message in all {
        let message = message.as_object().context("no object")?;
        assert_eq!(message.len(), KEYS.len());
        assert!(KEYS.iter().all(|key| message.contains_key(*key)), "{message:?}");
        assert!(message["created_at"].as_str() <= message["sent_at"].as_str());
        assert_eq!(message["sender_uri"].is_null(), message["sender_email"].is_null());
    }
    for kind in ["sms", "email"] {
        let mut messages = all.iter().filter(|message| message["type"] == kind);
        let message = messages.next().context(kind)?;
        assert_eq!(message["subject"].is_null(), kind == "sms");
        let event = world.get(text(message, "event_uri")?, &[]).await?;
        assert_eq!(event.resource()["event_type"], message["event_type_uri"]);
        let event_type = world.get(text(message, "event_type_uri")?, &[]).await?;
        assert_eq!(event_type.resource()["scheduling_url"], message["scheduling_url"]);
    }
    let sender = all.iter().find(|message| message["sender_uri"].is_string());
    let sender = sender.context("no sender")?;
    let user = world.get(text(sender, "sender_uri")?, &[]).await?;
    assert_eq!(user.resource()["email"], sender["sender_email"]);
    assert!(all.iter().any(|message| message["sender_uri"].is_null()));
    Ok(())
}

#[tokio::test]
async fn they_are_paged_and_counted() -> Result<()> {
    let world = World::new().await?;
    let all = ask(&world, &[]).await?;
    let organization = world.organization();
    let query = [("organization", organization.as_str()), ("count", "4")];
    assert_eq!(world.all(PATH, &query).await?, all.collection());
    let page = world.get(PATH, &query).await?;
    assert_eq!(page.body["total_count"], all.collection().len());
    assert_eq!(page.body["pagination"]["count"], 4);
    Ok(())
}

#[tokio::test]
async fn they_are_bounded_by_time() -> Result<()> {
    let world = World::new().await?;
    let all = ask(&world, &[]).await?;
    let all = all.collection();
    let mut times: Vec<&str> = all.iter().filter_map(|one| one["created_at"].as_str()).collect();
    times.dedup();
    let (from, until) = (times[3], times[10]);
    let between = |one: &&Value| {
        one["created_at"].as_str() > Some(from) && one["created_at"].as_str() < Some(until)
    };
    let expected: Vec<_> = all.iter().filter(between).cloned().collect();
    let found = ask(&world, &[("min_created_at", from), ("max_created_at", until)]).await?;
    assert_eq!(found.collection(), expected);
    assert_eq!(found.body["total_count"], expected.len());
    let reversed = [("min_created_at", until), ("max_created_at", from)];
    ask(&world, &reversed).await?.assert_invalid(&["max_created_at"]);
    Ok(())
}

#[tokio::test]
async fn they_are_the_admins_of_an_organization() -> Result<()> {
    let mut world = World::new().await?;
    let wrong = [("count", "101"), ("min_created_at", "x")];
    world.get(PATH, &wrong).await?.assert_invalid(&["organization", "min_created_at", "count"]);
    let message = "You do not have permission to access this resource.";
    let elsewhere = [("organization", "https://api.calendly.com/organizations/elsewhere")];
    world.get(PATH, &elsewhere).await?.assert_denied(message);
    world.become_colleague();
    ask(&world, &[]).await?.assert_denied(message);
    Ok(())
}
