//! `POST /invitees`.

use anyhow::{Context, Result};
use host_harness::simulator::{Person, Resource};
use serde_json::{Value, json};

use crate::support::{Reply, World, text};

/// A booking of an event type with some fields replaced; `null` leaves one out.
fn booking(world: &World, event_type: &str, person: Person, changes: &Value) -> Result<Value> {
    let uri = world.simulator.event_type_uri(event_type).context("no such event type")?;
    let mut body = json!({
        "event_type": uri,
        "start_time": world.simulator.free_start_time(person),
        "invitee": { "name": "Ada Lovelace", "email": "ada@home.example", "timezone": "Europe/London" },
    });
    for (name, value) in changes.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    Ok(body)
}

async fn book(world: &World, event_type: &str, changes: Value) -> Result<Reply> {
    let body = booking(world, event_type, Person::Owner, &changes)?;
    world.post("/invitees", &body).await
}

#[tokio::test]
async fn a_booking_makes_an_event_with_its_invitee() -> Result<()> {
    let world = World::new().await?;
    let before = world.simulator.count(Resource::ScheduledEvents);
    let tracking = json!({
        "utm_campaign": "spring", "utm_source": null, "utm_medium": null,
        "utm_content": null, "utm_term": null, "salesforce_uuid": null,
    });
    let changes = json!({
        "tracking": tracking,
        "event_guests": ["guest@home.example"],
        "questions_and_answers":
            [{ "question": "Anything we should know?", "answer": "No", "position": 0 }],
    });
    let start = world.simulator.free_start_time(Person::Owner);
    let reply = book(&world, "30 Minute Meeting", changes).await?;
    assert_eq!(reply.status, 201, "{}", reply.text);
    let invitee = reply.resource();
    assert_eq!(invitee["name"], "Ada Lovelace");
    assert_eq!(invitee["first_name"], Value::Null);
    assert_eq!(invitee["scheduling_method"], "api");
    assert_eq!(invitee["invitee_scheduled_by"], world.owner().as_str());
    assert_eq!(invitee["tracking"], tracking);
    assert_eq!(world.simulator.count(Resource::ScheduledEvents), before + 1);

    let event = world.get(text(invitee, "event")?, &[]).await?;
    let event = event.resource();
    assert_eq!(event["start_time"], start.as_str());
    assert_eq!(event["location"]["type"], "google_conference");
    assert_eq!(event["invitees_counter"], json!({ "total": 1, "active": 1, "limit": 1 }));
    assert_eq!(event["event_guests"][0]["email"], "guest@home.example");
    assert_eq!(*world.get(text(invitee, "uri")?, &[]).await?.resource(), *invitee);
    let found = [("user", world.owner()), ("invitee_email", "ada@home.example".to_owned())];
    let query: Vec<_> = found.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(world.all("/scheduled_events", &query).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_time_is_taken_once() -> Result<()> {
    let world = World::new().await?;
    let body = booking(&world, "30 Minute Meeting", Person::Owner, &json!({}))?;
    assert_eq!(world.post("/invitees", &body).await?.status, 201);
    world.post("/invitees", &body).await?.assert_invalid(&["start_time"]);
    Ok(())
}

#[tokio::test]
async fn a_start_time_is_in_the_future_and_in_utc() -> Result<()> {
    let world = World::new().await?;
    for start in
        ["2026-11-24T10:00:00Z", "2020-01-01T00:00:00Z", "2027-01-04T09:00:00+01:00", "soon"]
    {
        let reply = book(&world, "30 Minute Meeting", json!({ "start_time": start })).await?;
        reply.assert_invalid(&["start_time"]);
    }
    Ok(())
}

#[tokio::test]
async fn the_invitee_needs_a_name_an_email_and_a_time_zone() -> Result<()> {
    let world = World::new().await?;
    world.post("/invitees", &json!({})).await?.assert_invalid(&[
        "event_type",
        "start_time",
        "invitee",
    ]);
    let reply = book(&world, "30 Minute Meeting", json!({ "invitee": {} })).await?;
    reply.assert_invalid(&["invitee.email", "invitee.timezone", "invitee.name"]);
    let wrong = json!({ "invitee": {
        "first_name": "Ada", "email": "ada", "timezone": "London", "text_reminder_number": "123",
    } });
    let reply = book(&world, "30 Minute Meeting", wrong).await?;
    reply.assert_invalid(&["invitee.email", "invitee.timezone", "invitee.text_reminder_number"]);
    let separate = json!({ "invitee": {
        "first_name": "Ada", "last_name": "King", "email": "ada@home.example", "timezone": "UTC",
    } });
    let reply = book(&world, "30 Minute Meeting", separate).await?;
    assert_eq!(reply.resource()["name"], "Ada King");
    assert_eq!(reply.resource()["first_name"], "Ada");
    Ok(())
}

#[tokio::test]
async fn an_event_type_has_to_exist_and_be_active() -> Result<()> {
    let world = World::new().await?;
    let unknown = json!({ "event_type": "https://api.calendly.com/event_types/x" });
    assert_eq!(book(&world, "30 Minute Meeting", unknown).await?.status, 404);
    book(&world, "Onboarding (old)", json!({})).await?.assert_invalid(&["event_type"]);
    Ok(())
}

#[tokio::test]
async fn locations_have_to_be_those_of_the_event_type() -> Result<()> {
    let world = World::new().await?;
    let zoom = json!({ "location": { "kind": "zoom_conference" } });
    for (event_type, changes, violation) in [
        ("Sales Round Robin", json!({ "location": { "kind": "google_conference" } }), "location"),
        ("discovery call", zoom.clone(), "location"),
        ("30 Minute Meeting", zoom.clone(), "location.kind"),
        ("30 Minute Meeting", json!({ "location": {} }), "location.kind"),
        ("30 Minute Meeting", json!({ "location": { "kind": "zoom" } }), "location.kind"),
        ("On-site Visit", json!({}), "location"),
        ("On-site Visit", json!({ "location": { "kind": "outbound_call" } }), "location.location"),
    ] {
        let reply = book(&world, event_type, changes).await?;
        assert_eq!(reply.status, 400, "{event_type}: {}", reply.text);
        assert!(reply.violations().contains(&violation), "{event_type}: {}", reply.text);
    }
    let reply = book(&world, "On-site Visit", zoom).await?;
    let event = world.get(text(reply.resource(), "event")?, &[]).await?;
    assert_eq!(event.resource()["location"]["type"], "zoom");
    let call = json!({ "location": { "kind": "outbound_call", "location": "+1 2025550100" } });
    let reply = book(&world, "On-site Visit", call).await?;
    let event = world.get(text(reply.resource(), "event")?, &[]).await?;
    assert_eq!(
        event.resource()["location"],
        json!({ "type": "outbound_call", "location": "+1 2025550100" })
    );
    Ok(())
}

#[tokio::test]
async fn required_questions_have_to_be_answered_word_for_word() -> Result<()> {
    let world = World::new().await?;
    let answer = |question: &str, answer: &str| {
        json!({ "questions_and_answers":
            [{ "question": question, "answer": answer, "position": 0 }] })
    };
    let question = "How many people work at your company?";
    book(&world, "discovery call", json!({})).await?.assert_invalid(&["questions_and_answers"]);
    let lower = answer(&question.to_lowercase(), "1-10");
    let reply = book(&world, "discovery call", lower).await?;
    reply.assert_invalid(&["questions_and_answers[0].question", "questions_and_answers"]);
    let reply = book(&world, "discovery call", answer(question, "twelve")).await?;
    reply.assert_invalid(&["questions_and_answers[0].answer"]);
    assert_eq!(book(&world, "discovery call", answer(question, "1-10")).await?.status, 201);
    Ok(())
}

#[tokio::test]
async fn tracking_needs_all_six_keys_and_guests_are_ten_at_most() -> Result<()> {
    let world = World::new().await?;
    let partly = json!({ "tracking": { "utm_source": "x", "utm_medium": null } });
    book(&world, "30 Minute Meeting", partly).await?.assert_invalid(&[
        "tracking.utm_campaign",
        "tracking.utm_content",
        "tracking.utm_term",
        "tracking.salesforce_uuid",
    ]);
    let guests = json!({ "event_guests": vec!["guest@home.example"; 11] });
    book(&world, "30 Minute Meeting", guests).await?.assert_invalid(&["event_guests"]);
    let guests = json!({ "event_guests": ["guest"] });
    book(&world, "30 Minute Meeting", guests).await?.assert_invalid(&["event_guests"]);
    Ok(())
}

#[tokio::test]
async fn a_group_event_has_several_seats_and_a_round_robin_several_hosts() -> Result<()> {
    let world = World::new().await?;
    let webinar = booking(&world, "Product Webinar", Person::Colleague, &json!({}))?;
    let first = world.post("/invitees", &webinar).await?;
    let second = world.post("/invitees", &webinar).await?;
    assert_eq!((first.status, second.status), (201, 201), "{}", second.text);
    assert_eq!(first.resource()["event"], second.resource()["event"]);

    let shared = json!({ "start_time": "2031-03-03T09:00:00Z" });
    let round_robin = booking(&world, "Sales Round Robin", Person::Owner, &shared)?;
    let mut hosts = Vec::new();
    for _ in 0..2 {
        let reply = world.post("/invitees", &round_robin).await?;
        let event = world.get(text(reply.resource(), "event")?, &[]).await?;
        hosts.push(event.resource()["event_memberships"][0]["user"].clone());
    }
    assert_ne!(hosts[0], hosts[1]);
    world.post("/invitees", &round_robin).await?.assert_invalid(&["start_time"]);
    Ok(())
}
