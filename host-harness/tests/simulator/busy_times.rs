//! `GET /user_busy_times`.

use anyhow::Result;
use serde_json::{Value, json};

use crate::support::{World, text};

const PATH: &str = "/user_busy_times";
const NOW: &str = "2026-11-24T10:00:00Z";
const LATER: &str = "2026-12-01T10:00:00Z";

async fn busy(world: &World, user: &str, start: &str, end: &str) -> Result<Vec<Value>> {
    let query = [("user", user), ("start_time", start), ("end_time", end)];
    let reply = world.get(PATH, &query).await?;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert!(reply.body.get("pagination").is_none());
    Ok(reply.collection().to_vec())
}

#[tokio::test]
async fn a_week_has_busy_times_of_every_type_in_order() -> Result<()> {
    let world = World::new().await?;
    let times = busy(&world, &world.owner(), NOW, LATER).await?;
    let starts: Vec<_> = times.iter().filter_map(|one| one["start_time"].as_str()).collect();
    assert!(starts.is_sorted() && starts.len() == times.len());
    for kind in ["calendly", "external", "reserved"] {
        assert!(times.iter().any(|one| one["type"] == kind), "{kind}");
    }
    for one in &times {
        let has_event = one.get("event").is_some();
        assert_eq!(has_event, one["type"] == "calendly", "{one}");
        assert!(text(one, "start_time")? < text(one, "end_time")?);
        assert!(text(one, "start_time")?.len() == 27);
    }
    Ok(())
}

#[tokio::test]
async fn scheduled_events_keep_their_hosts_busy_until_they_are_called_off() -> Result<()> {
    let world = World::new().await?;
    let owner = world.owner();
    let query = [
        ("user", owner.as_str()),
        ("status", "active"),
        ("min_start_time", NOW),
        ("max_start_time", LATER),
    ];
    let events = world.all("/scheduled_events", &query).await?;
    let scheduled = async || {
        let times = busy(&world, &owner, NOW, LATER).await?;
        let of_events = times.into_iter().filter(|one| one["type"] == "calendly");
        anyhow::Ok(of_events.map(|one| one["event"]["uri"].clone()).collect::<Vec<_>>())
    };
    let uris: Vec<_> = events.iter().map(|event| event["uri"].clone()).collect();
    assert!(!uris.is_empty());
    assert_eq!(scheduled().await?, uris);
    world.post(&format!("{}/cancellation", text(&events[0], "uri")?), &json!({})).await?;
    assert_eq!(scheduled().await?, uris[1..]);
    Ok(())
}

#[tokio::test]
async fn buffers_of_the_event_type_are_shown() -> Result<()> {
    let world = World::new().await?;
    let uri = world.simulator.event_type_uri("30 Minute Meeting").unwrap_or_default();
    let start = "2027-01-11T09:00:00.000000Z";
    let invitee = json!({ "name": "Ada", "email": "ada@home.example", "timezone": "UTC" });
    let booking = json!({ "event_type": uri, "start_time": start, "invitee": invitee });
    let booked = world.post("/invitees", &booking).await?;
    assert_eq!(booked.status, 201, "{}", booked.text);
    world.patch(&uri, &json!({ "before_buffer": 15, "after_buffer": 30 })).await?;
    let times =
        busy(&world, &world.owner(), "2027-01-11T00:00:00Z", "2027-01-12T00:00:00Z").await?;
    let (from, to) = ("2027-01-11T08:45:00.000000Z", "2027-01-11T10:00:00.000000Z");
    let expected = json!({
        "type": "calendly",
        "start_time": start,
        "end_time": "2027-01-11T09:30:00.000000Z",
        "buffered_start_time": from,
        "buffered_end_time": to,
        "event": { "uri": booked.resource()["event"] },
    });
    assert_eq!(times, [expected]);
    let event = world.get(text(booked.resource(), "event")?, &[]).await?;
    let membership = &event.resource()["event_memberships"][0];
    assert_eq!(membership["buffered_start_time"], from);
    assert_eq!(membership["buffered_end_time"], to);
    Ok(())
}

#[tokio::test]
async fn a_window_is_in_the_future_and_a_week_at_most() -> Result<()> {
    let world = World::new().await?;
    let owner = world.owner();
    world.get(PATH, &[]).await?.assert_invalid(&["user", "start_time", "end_time"]);
    for (start, end, violations) in [
        ("2026-11-24T09:59:59Z", LATER, &["start_time", "end_time"][..]),
        ("2026-11-24T09:59:59Z", "2026-11-30T10:00:00Z", &["start_time"]),
        (NOW, NOW, &["end_time"]),
        (LATER, "2026-11-30T00:00:00Z", &["end_time"]),
        (NOW, "2026-12-01T10:00:01Z", &["end_time"]),
        ("tomorrow", "2026-11-25", &["start_time", "end_time"]),
    ] {
        let query = [("user", owner.as_str()), ("start_time", start), ("end_time", end)];
        world.get(PATH, &query).await?.assert_invalid(violations);
    }
    assert!(!busy(&world, &owner, NOW, LATER).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn only_people_of_the_organization_can_be_asked_about() -> Result<()> {
    let world = World::new().await?;
    assert!(!busy(&world, &world.colleague(), NOW, LATER).await?.is_empty());
    let stranger = "https://api.calendly.com/users/x";
    let query = [("user", stranger), ("start_time", NOW), ("end_time", LATER)];
    world.get(PATH, &query).await?.assert_denied("This user is not in your organization");
    Ok(())
}
