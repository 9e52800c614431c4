//! Deletions for good.

use anyhow::{Context, Result};
use host_harness::simulator::Resource;
use serde_json::{Value, json};

use crate::support::{World, text};

const INVITEES: &str = "/data_compliance/deletion/invitees";
const EVENTS: &str = "/data_compliance/deletion/events";

async fn events(world: &World) -> Result<Vec<Value>> {
    let organization = world.organization();
    let query = [("organization", organization.as_str()), ("count", "100")];
    world.all("/scheduled_events", &query).await
}

/// The text of everything that tells of scheduled events.
async fn everything(world: &World) -> Result<String> {
    let organization = world.organization();
    let organization = [("organization", organization.as_str()), ("count", "100")];
    let mut everything = String::new();
    for event in events(world).await? {
        everything.push_str(&event.to_string());
        let invitees = world.all(&format!("{}/invitees", text(&event, "uri")?), &[]).await?;
        everything.push_str(&json!(invitees).to_string());
    }
    for form in world.all("/routing_forms", &organization).await? {
        let query = [("form", text(&form, "uri")?), ("count", "100")];
        let submissions = world.all("/routing_form_submissions", &query).await?;
        everything.push_str(&json!(submissions).to_string());
    }
    let messages = world.all("/outgoing_communications", &organization).await?;
    everything.push_str(&json!(messages).to_string());
    for status in ["available", "processing", "unavailable"] {
        let recaps = world.all("/meeting_recaps", &[("status", status)]).await?;
        everything.push_str(&json!(recaps).to_string());
    }
    Ok(everything)
}

/// The e-mail address of somebody who is in a recap and was sent a message, and of somebody who
/// had filled in a routing form.
async fn people(world: &World) -> Result<[String; 2]> {
    let organization = world.organization();
    let organization = [("organization", organization.as_str()), ("count", "100")];
    let messages = world.all("/outgoing_communications", &organization).await?;
    let recaps = world.all("/meeting_recaps", &[]).await?;
    let attendees = recaps.iter().filter_map(|recap| recap["attendees"][1]["user_email"].as_str());
    let met = attendees.into_iter().find(|email| messages.iter().any(|one| one["to"] == *email));

    let mut routed = None;
    for form in world.all("/routing_forms", &organization).await? {
        let query = [("form", text(&form, "uri")?), ("count", "100")];
        for submission in world.all("/routing_form_submissions", &query).await? {
            if let Some(invitee) = submission["submitter"].as_str() {
                let invitee = world.get(invitee, &[]).await?;
                routed = Some(text(invitee.resource(), "email")?.to_owned());
            }
        }
    }
    Ok([met.context("nobody was met")?.to_owned(), routed.context("nobody was routed")?])
}

#[tokio::test]
async fn deleted_invitees_are_gone_everywhere() -> Result<()> {
    let world = World::new().await?;
    let people = people(&world).await?;
    let before = everything(&world).await?;
    let [events, invitees, contacts] =
        [Resource::ScheduledEvents, Resource::Invitees, Resource::Contacts];
    let [events, invitees, contacts] =
        [events, invitees, contacts].map(|resource| world.simulator.count(resource));

    let emails = people.clone().map(|email| email.to_uppercase());
    let reply = world.post(INVITEES, &json!({ "emails": emails })).await?;
    assert_eq!((reply.status, &reply.body), (202, &json!({})), "{}", reply.text);

    let after = everything(&world).await?;
    for email in &people {
        assert!(before.contains(email), "{email}");
        assert!(!after.contains(email), "{email}");
    }
    assert!(world.simulator.count(Resource::Invitees) < invitees);
    assert_eq!(world.simulator.count(Resource::ScheduledEvents), events, "events stay");
    assert_eq!(world.simulator.count(Resource::Contacts), contacts, "contacts stay");
    Ok(())
}

#[tokio::test]
async fn emails_have_to_be_some() -> Result<()> {
    let world = World::new().await?;
    for (body, violations) in [
        (json!({}), &["emails"][..]),
        (json!({ "emails": null }), &["emails"]),
        (json!({ "emails": [] }), &["emails"]),
        (json!({ "emails": "ada@home.example" }), &["emails"]),
        (json!({ "emails": ["ada", "ada@home.example", 7] }), &["emails[0]", "emails[2]"]),
    ] {
        world.post(INVITEES, &body).await?.assert_invalid(violations);
    }
    let unknown = json!({ "emails": ["nobody@home.example"] });
    assert_eq!(world.post(INVITEES, &unknown).await?.status, 202);
    Ok(())
}

#[tokio::test]
async fn deleted_events_are_gone_with_everything_about_them() -> Result<()> {
    let world = World::new().await?;
    let mut before = events(&world).await?;
    before.retain(|event| event["end_time"].as_str() < Some("2026-11-24T10:00:00"));
    let half = before.len() / 2;
    let (start, end) = (text(&before[half], "start_time")?, "2026-11-24T10:00:00Z");
    let body = json!({ "start_time": start, "end_time": end });
    let reply = world.post(EVENTS, &body).await?;
    assert_eq!((reply.status, &reply.body), (202, &json!({})), "{}", reply.text);

    let everything = everything(&world).await?;
    for (index, event) in before.iter().enumerate() {
        let uri = text(event, "uri")?;
        let deleted = index >= half;
        assert_eq!(world.get(uri, &[]).await?.status, if deleted { 404 } else { 200 }, "{event}");
        assert_eq!(everything.contains(uri), !deleted, "{event}");
    }
    Ok(())
}

#[tokio::test]
async fn a_range_is_past_and_of_24_months_at_most() -> Result<()> {
    let world = World::new().await?;
    for (start, end, violations) in [
        (json!("2024-06-01T00:00:00Z"), json!("2026-06-01T00:00:01Z"), &["end_time"][..]),
        (json!("2026-06-01T00:00:00Z"), json!("2026-06-01T00:00:00Z"), &["end_time"]),
        (json!("2026-06-02T00:00:00Z"), json!("2026-06-01T00:00:00Z"), &["end_time"]),
        (json!("2026-06-01T00:00:00Z"), json!("2026-11-24T10:00:01Z"), &["end_time"]),
        (json!("2026-12-01T00:00:00Z"), json!("2026-12-02T00:00:00Z"), &["start_time", "end_time"]),
        (json!("2026-06-01"), json!("2026-06-01T00:00:00+02:00"), &["start_time", "end_time"]),
        (Value::Null, Value::Null, &["start_time", "end_time"]),
    ] {
        let body = json!({ "start_time": start, "end_time": end });
        world.post(EVENTS, &body).await?.assert_invalid(violations);
    }
    let before = world.simulator.count(Resource::ScheduledEvents);
    let longest =
        json!({ "start_time": "2023-06-01T00:00:00Z", "end_time": "2025-06-01T00:00:00Z" });
    assert_eq!(world.post(EVENTS, &longest).await?.status, 202);
    assert_eq!(world.simulator.count(Resource::ScheduledEvents), before);
    Ok(())
}

#[tokio::test]
async fn only_admins_delete() -> Result<()> {
    let mut world = World::new().await?;
    world.become_colleague();
    let message = "You must be an admin/owner with the data requests permission enabled to use \
                   this resource. Contact Calendly support and ask them to grant you data requests \
                   permission.";
    for path in [INVITEES, EVENTS] {
        world.post(path, &json!({})).await?.assert_denied(message);
    }
    Ok(())
}
