//! What invitees do on Calendly's pages: cancel and reschedule.

use anyhow::{Context, Result};
use host_harness::simulator::{Person, Refusal, Resource};
use serde_json::{Value, json};

use crate::receiver::{Received, Receiver};
use crate::support::{World, text};

const SOLO: &str = "30 Minute Meeting";

async fn book(world: &World, event_type: &str, email: &str, start: &str) -> Result<Value> {
    let uri = world.simulator.event_type_uri(event_type).context("no such event type")?;
    let body = json!({
        "event_type": uri,
        "start_time": start,
        "invitee": { "name": "Ada Lovelace", "email": email, "timezone": "UTC" },
        "event_guests": ["guest@home.example"],
    });
    let reply = world.post("/invitees", &body).await?;
    assert_eq!(reply.status, 201, "{}", reply.text);
    Ok(reply.resource().clone())
}

async fn get(world: &World, uri: &str) -> Result<Value> {
    let reply = world.get(uri, &[]).await?;
    assert_eq!(reply.status, 200, "{}", reply.text);
    Ok(reply.resource().clone())
}

async fn listening() -> Result<(World, Receiver)> {
    let (world, receiver) = (World::new().await?, Receiver::new().await?);
    let scope = json!({ "scope": "organization" });
    let events = ["invitee.created", "invitee.canceled"];
    receiver.subscribe(&world, "/hook", &events, &scope).await?;
    Ok((world, receiver))
}

async fn told(world: &World, receiver: &Receiver) -> Vec<Received> {
    world.simulator.deliver_due().await;
    receiver.take()
}

/// Two people who have booked the same time of a group event type, which the colleague hosts.
async fn two_in_a_group(world: &World) -> Result<(Value, Value)> {
    let organization = world.organization();
    let all = world.all("/event_types", &[("organization", &organization)]).await?;
    let group = all.iter().find(|one| one["kind"] == "group" && one["active"] == true);
    let name = text(group.context("no group event type")?, "name")?.to_owned();
    let start = world.simulator.free_start_time(Person::Colleague);
    let first = book(world, &name, "first@home.example", &start).await?;
    let second = book(world, &name, "second@home.example", &start).await?;
    assert_eq!(first["event"], second["event"]);
    Ok((first, second))
}

#[track_caller]
fn assert_refused<T: std::fmt::Debug>(done: Result<T, Refusal>, status: u16, message: &str) {
    let expected = Refusal { status, message: message.to_owned() };
    assert_eq!(done.err(), Some(expected));
}

#[tokio::test]
async fn a_rescheduled_invitee_is_followed_by_another() -> Result<()> {
    let (world, receiver) = listening().await?;
    let start = world.simulator.free_start_time(Person::Owner);
    let old = book(&world, SOLO, "ada@home.example", &start).await?;
    told(&world, &receiver).await;
    let later = world.simulator.free_start_time(Person::Owner);
    assert_ne!(later, start);
    let events = world.simulator.count(Resource::ScheduledEvents);
    let new = world.simulator.reschedule(text(&old, "uri")?, &later)?;
    assert_eq!(world.simulator.count(Resource::ScheduledEvents), events + 1);

    let received = told(&world, &receiver).await;
    let [canceled, created] = &received[..] else {
        anyhow::bail!("{} webhooks", received.len());
    };
    assert_eq!((canceled.event(), created.event()), ("invitee.canceled", "invitee.created"));
    let (canceled, created) = (canceled.payload(), created.payload());
    assert_eq!(canceled["uri"], old["uri"]);
    assert_eq!(canceled["status"], "canceled");
    assert_eq!(canceled["rescheduled"], true);
    assert_eq!(canceled["new_invitee"], new.as_str());
    assert_eq!(canceled["old_invitee"], Value::Null);
    assert_eq!(canceled["cancellation"]["canceler_type"], "invitee");
    assert_eq!(canceled["cancellation"]["canceled_by"], "Ada Lovelace");
    assert_eq!(canceled["scheduled_event"]["status"], "canceled");
    assert_eq!(created["uri"], new.as_str());
    assert_eq!(created["status"], "active");
    assert_eq!(created["rescheduled"], false);
    assert_eq!(created["old_invitee"], old["uri"]);
    assert_eq!(created["new_invitee"], Value::Null);
    assert!(created.get("cancellation").is_none());
    assert_eq!(created["email"], "ada@home.example");

    let event = get(&world, text(created, "event")?).await?;
    assert_eq!(event["start_time"], later.as_str());
    assert_eq!(event["event_type"], canceled["scheduled_event"]["event_type"]);
    assert_eq!(event["event_guests"][0]["email"], "guest@home.example");
    let id = text(&event, "uri")?.rsplit('/').next().context("no id")?;
    assert!(text(&event["location"], "join_url")?.contains(id), "{}", event["location"]);
    Ok(())
}

#[tokio::test]
async fn moves_make_a_chain() -> Result<()> {
    let (world, receiver) = listening().await?;
    let start = world.simulator.free_start_time(Person::Owner);
    let first = book(&world, SOLO, "ada@home.example", &start).await?;
    let first = text(&first, "uri")?;
    let second =
        world.simulator.reschedule(first, &world.simulator.free_start_time(Person::Owner))?;
    // The time it left is free again.
    let third = world.simulator.reschedule(&second, &start)?;
    let middle = get(&world, &second).await?;
    assert_eq!((&middle["old_invitee"], &middle["new_invitee"]), (&json!(first), &json!(third)));
    assert_eq!(middle["rescheduled"], true);
    let last = get(&world, &third).await?;
    assert_eq!((&last["old_invitee"], &last["status"]), (&json!(second), &json!("active")));
    let received = told(&world, &receiver).await;
    assert_eq!(received.len(), 5);
    assert_refused(world.simulator.reschedule(first, &start), 403, "Event is already canceled");
    Ok(())
}

#[tokio::test]
async fn a_meeting_can_be_moved_by_half_its_length() -> Result<()> {
    let world = World::new().await?;
    let start = world.simulator.free_start_time(Person::Owner);
    let old = book(&world, SOLO, "ada@home.example", &start).await?;
    let (begin, rest) =
        start.split_once(":00:").or(start.split_once(":30:")).context(start.clone())?;
    let minutes = if start.contains(":30:") { 45 } else { 15 };
    let half = format!("{begin}:{minutes}:{rest}");
    let new = world.simulator.reschedule(text(&old, "uri")?, &half)?;
    let new = get(&world, &new).await?;
    assert_eq!(get(&world, text(&new, "event")?).await?["start_time"], half.as_str());
    Ok(())
}

#[tokio::test]
async fn others_in_a_group_stay() -> Result<()> {
    let (world, receiver) = listening().await?;
    let (first, second) = two_in_a_group(&world).await?;
    told(&world, &receiver).await;
    let later = world.simulator.free_start_time(Person::Colleague);
    world.simulator.reschedule(text(&first, "uri")?, &later)?;
    let received = told(&world, &receiver).await;
    assert_eq!(received.len(), 2);
    assert_eq!(received[0].payload()["scheduled_event"]["status"], "active");
    let event = get(&world, text(&second, "event")?).await?;
    assert_eq!(event["status"], "active");
    assert_eq!(event["invitees_counter"]["active"], 1);
    assert_eq!(get(&world, text(&second, "uri")?).await?["status"], "active");

    world.simulator.cancel_as_invitee(text(&second, "uri")?, Some("ill"))?;
    let received = told(&world, &receiver).await;
    let [canceled] = &received[..] else {
        anyhow::bail!("{} webhooks", received.len());
    };
    assert_eq!(canceled.event(), "invitee.canceled");
    assert_eq!(canceled.payload()["uri"], second["uri"]);
    assert_eq!(canceled.payload()["rescheduled"], false);
    assert_eq!(canceled.payload()["cancellation"]["reason"], "ill");
    assert_eq!(canceled.payload()["cancellation"]["canceler_type"], "invitee");
    assert_eq!(get(&world, text(&second, "event")?).await?["status"], "canceled");
    Ok(())
}

#[tokio::test]
async fn a_host_who_cancels_a_group_event_cancels_for_everybody_who_was_coming() -> Result<()> {
    let (world, receiver) = listening().await?;
    let (first, second) = two_in_a_group(&world).await?;
    world.simulator.cancel_as_invitee(text(&first, "uri")?, None)?;
    told(&world, &receiver).await;
    let path = format!("{}/cancellation", text(&first, "event")?);
    assert_eq!(world.post(&path, &json!({})).await?.status, 201);
    let received = told(&world, &receiver).await;
    let about: Vec<_> = received.iter().map(|one| &one.payload()["uri"]).collect();
    assert_eq!(about, [&second["uri"]]);
    Ok(())
}

#[tokio::test]
async fn a_move_that_is_refused_changes_nothing() -> Result<()> {
    let (world, receiver) = listening().await?;
    let start = world.simulator.free_start_time(Person::Owner);
    let invitee = book(&world, SOLO, "ada@home.example", &start).await?;
    let taken = world.simulator.free_start_time(Person::Owner);
    book(&world, SOLO, "other@home.example", &taken).await?;
    told(&world, &receiver).await;
    let uri = text(&invitee, "uri")?;
    let (before, event) = (get(&world, uri).await?, get(&world, text(&invitee, "event")?).await?);
    let present = "start_time is when the event takes place already";
    for (start, message) in [
        (taken.as_str(), "start_time is not available"),
        (&start, present),
        ("2026-11-24T10:00:00Z", "start_time must be in the future"),
        ("tomorrow", "start_time must be a date-time in UTC"),
    ] {
        assert_refused(world.simulator.reschedule(uri, start), 400, message);
    }
    let nobody = format!("{uri}x");
    let missing = "The server could not find the requested resource.";
    assert_refused(world.simulator.reschedule(&nobody, &taken), 404, missing);
    assert_refused(world.simulator.reschedule("x", &taken), 400, "invitee is invalid");
    assert_eq!(get(&world, uri).await?, before);
    assert_eq!(get(&world, text(&invitee, "event")?).await?, event);
    assert!(told(&world, &receiver).await.is_empty());
    Ok(())
}

#[tokio::test]
async fn what_is_canceled_or_has_begun_stays_so() -> Result<()> {
    let world = World::new().await?;
    let start = world.simulator.free_start_time(Person::Owner);
    let invitee = book(&world, SOLO, "ada@home.example", &start).await?;
    let uri = text(&invitee, "uri")?;
    world.simulator.cancel_as_invitee(uri, None)?;
    let again = world.simulator.cancel_as_invitee(uri, None);
    assert_refused(again, 403, "Event is already canceled");

    let other = book(&world, SOLO, "ada@home.example", &start).await?;
    world.clock.advance(std::time::Duration::from_secs(14 * 86_400));
    let other = text(&other, "uri")?;
    assert_refused(world.simulator.cancel_as_invitee(other, None), 403, "Event in the past");
    let later = world.simulator.free_start_time(Person::Owner);
    assert_refused(world.simulator.reschedule(other, &later), 403, "Event in the past");
    Ok(())
}
