//! `GET /event_type_available_times`.

use std::time::Duration;

use anyhow::{Context, Result};
use host_harness::simulator::Person;
use serde_json::{Value, json};

use crate::support::{Reply, World, text};

const PATH: &str = "/event_type_available_times";
const NOW: &str = "2026-11-24T10:00:00Z";
/// A Monday with nothing in anybody's calendar, nor within weeks of it.
const MONDAY: [&str; 2] = ["2027-01-11T00:00:00Z", "2027-01-12T00:00:00Z"];
const WEEK: [&str; 2] = ["2027-01-10T00:00:00Z", "2027-01-17T00:00:00Z"];

fn event_type(world: &World, name: &str) -> Result<String> {
    world.simulator.event_type_uri(name).context("no such event type")
}

async fn rows(world: &World, name: &str, [from, until]: [&str; 2]) -> Result<Vec<Value>> {
    let uri = event_type(world, name)?;
    let query = [("event_type", uri.as_str()), ("start_time", from), ("end_time", until)];
    let reply = world.get(PATH, &query).await?;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert!(reply.body.get("pagination").is_none());
    Ok(reply.collection().to_vec())
}

/// The times that are offered, to the minute.
async fn times(world: &World, name: &str, window: [&str; 2]) -> Result<Vec<String>> {
    let rows = rows(world, name, window).await?;
    rows.iter().map(|row| Ok(text(row, "start_time")?[..16].to_owned())).collect()
}

/// Books with whatever the event type asks for.
async fn book(world: &World, name: &str, start: &str) -> Result<Reply> {
    let mut body = json!({
        "event_type": event_type(world, name)?,
        "start_time": start,
        "invitee": { "name": "Ada", "email": "ada@home.example", "timezone": "UTC" },
    });
    if name == "discovery call" {
        let question = "How many people work at your company?";
        body["questions_and_answers"] =
            json!([{ "question": question, "answer": "1-10", "position": 0 }]);
    }
    if name == "On-site Visit" {
        body["location"] = json!({ "kind": "zoom_conference" });
    }
    world.post("/invitees", &body).await
}

/// Changes the hours of one of the owner's event types.
async fn set_hours(world: &World, name: &str, hours: Value) -> Result<()> {
    let path =
        format!("/event_type_availability_schedules?event_type={}", event_type(world, name)?);
    let reply = world.patch(&path, &json!({ "availability_rule": hours })).await?;
    assert_eq!(reply.status, 200, "{}", reply.text);
    Ok(())
}

#[tokio::test]
async fn times_are_the_hours_of_the_schedule_step_by_step() -> Result<()> {
    let world = World::new().await?;
    // From nine to five in Berlin, which is an hour ahead of UTC in winter.
    let times = times(&world, "30 Minute Meeting", MONDAY).await?;
    let expected: Vec<_> =
        (16..32).map(|half| format!("2027-01-11T{:02}:{:02}", half / 2, half % 2 * 30)).collect();
    assert_eq!(times, expected);
    let first = &rows(&world, "30 Minute Meeting", MONDAY).await?[0];
    let slug = world.get(&event_type(&world, "30 Minute Meeting")?, &[]).await?;
    let url = text(slug.resource(), "scheduling_url")?;
    let expected = json!({
        "status": "available",
        "invitees_remaining": 1,
        "start_time": "2027-01-11T08:00:00.000000Z",
        "scheduling_url": format!("{url}/2027-01-11T08:00:00Z?month=2027-01&date=2027-01-11"),
    });
    assert_eq!(*first, expected);
    Ok(())
}

#[tokio::test]
async fn summer_time_and_weekends_are_known() -> Result<()> {
    let world = World::new().await?;
    let first = async |window| {
        let times = times(&world, "30 Minute Meeting", window).await?;
        anyhow::Ok(times.first().cloned().unwrap_or_default())
    };
    // Clocks in Berlin are put forward on 28 March.
    assert_eq!(first(["2027-03-26T00:00:00Z", "2027-03-30T00:00:00Z"]).await?, "2027-03-26T08:00");
    assert_eq!(first(["2027-03-27T00:00:00Z", "2027-03-30T00:00:00Z"]).await?, "2027-03-29T07:00");
    Ok(())
}

#[tokio::test]
async fn dates_override_days_of_the_week() -> Result<()> {
    let world = World::new().await?;
    let day = async |from, until| times(&world, "30 Minute Meeting", [from, until]).await;
    // Off, and open in the morning only.
    assert!(day("2026-12-03T00:00:00Z", "2026-12-04T00:00:00Z").await?.is_empty());
    let short = day("2026-12-10T00:00:00Z", "2026-12-11T00:00:00Z").await?;
    assert!(!short.is_empty());
    assert!(short.iter().all(|start| &start[11..] < "11:00"), "{short:?}");
    Ok(())
}

#[tokio::test]
async fn duration_increment_and_buffers_shape_the_times() -> Result<()> {
    let world = World::new().await?;
    let name = "30 Minute Meeting";
    let rules = json!([{
        "type": "wday", "wday": "monday", "intervals": [{ "from": "09:00", "to": "11:00" }],
    }]);
    set_hours(&world, name, json!({ "timezone": "UTC", "rules": rules })).await?;
    let uri = event_type(&world, name)?;
    let minutes = async || {
        let times = times(&world, name, MONDAY).await?;
        anyhow::Ok(times.iter().map(|time| time[11..].to_owned()).collect::<Vec<_>>())
    };
    world.patch(&uri, &json!({ "duration": 50, "start_time_increment": 20 })).await?;
    assert_eq!(minutes().await?, ["09:00", "09:20", "09:40", "10:00"]);
    world.patch(&uri, &json!({ "duration": 15, "start_time_increment": 15 })).await?;
    assert_eq!(book(&world, name, "2027-01-11T10:00:00Z").await?.status, 201);
    assert_eq!(minutes().await?, ["09:00", "09:15", "09:30", "09:45", "10:15", "10:30", "10:45"]);
    // Both what is there and what may come now need a quarter of an hour before.
    world.patch(&uri, &json!({ "before_buffer": 15 })).await?;
    assert_eq!(minutes().await?, ["09:00", "09:15", "09:30", "10:30", "10:45"]);
    world.patch(&uri, &json!({ "before_buffer": 0, "after_buffer": 30 })).await?;
    assert_eq!(minutes().await?, ["09:00", "09:15", "10:45"]);
    Ok(())
}

#[tokio::test]
async fn what_is_offered_can_be_booked_and_is_offered_no_more() -> Result<()> {
    let window = [NOW, "2026-11-27T10:00:00Z"];
    for name in ["30 Minute Meeting", "discovery call", "On-site Visit", "Sales Round Robin"] {
        let world = World::with(|options| options.requests_per_minute = None).await?;
        let mut booked = 0;
        // A meeting takes later times, too, so ask again each time.
        while let Some(row) = rows(&world, name, window).await?.first() {
            let start = text(row, "start_time")?;
            let reply = book(&world, name, start).await?;
            assert_eq!(reply.status, 201, "{name} {start}: {}", reply.text);
            booked += 1;
            let again = times(&world, name, window).await?;
            let another_host = name == "Sales Round Robin";
            assert!(another_host || !again.contains(&start[..16].to_owned()), "{name} {start}");
        }
        assert!(booked >= 3, "{name}: {booked}");
    }
    Ok(())
}

#[tokio::test]
async fn busy_times_of_every_type_are_left_out() -> Result<()> {
    let world = World::new().await?;
    let window = [NOW, "2026-12-01T10:00:00Z"];
    let owner = world.owner();
    let query = [("user", owner.as_str()), ("start_time", window[0]), ("end_time", window[1])];
    let busy = world.get("/user_busy_times", &query).await?;
    let offered = rows(&world, "30 Minute Meeting", window).await?;
    assert!(!offered.is_empty());
    for busy in busy.collection() {
        let (from, to) = (text(busy, "start_time")?, text(busy, "end_time")?);
        let inside = offered.iter().filter_map(|row| row["start_time"].as_str());
        let inside: Vec<_> = inside.filter(|start| from <= *start && *start < to).collect();
        assert!(inside.is_empty(), "{busy}: {inside:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_group_event_has_seats_until_it_is_full() -> Result<()> {
    let world = World::with(|options| options.requests_per_minute = None).await?;
    let tuesday = ["2027-01-12T00:00:00Z", "2027-01-13T00:00:00Z"];
    let before = rows(&world, "Product Webinar", tuesday).await?;
    let start = text(&before[0], "start_time")?;
    assert_eq!(start, "2027-01-12T14:00:00.000000Z");
    assert_eq!(before[0]["invitees_remaining"], 25);
    for left in (0..25).rev() {
        assert_eq!(book(&world, "Product Webinar", start).await?.status, 201);
        let after = rows(&world, "Product Webinar", tuesday).await?;
        if left == 0 {
            assert_ne!(after[0]["start_time"], start);
        } else {
            assert_eq!(after[0]["start_time"], start);
            assert_eq!(after[0]["invitees_remaining"], left);
            // The host is there for an hour.
            assert_eq!(after[1]["start_time"], "2027-01-12T15:00:00.000000Z");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_group_event_outside_the_hours_can_be_joined() -> Result<()> {
    let world = World::new().await?;
    assert!(rows(&world, "Product Webinar", MONDAY).await?.is_empty());
    let start = "2027-01-11T09:10:00.000000Z";
    assert_eq!(book(&world, "Product Webinar", start).await?.status, 201);
    let after = rows(&world, "Product Webinar", MONDAY).await?;
    assert_eq!(after.len(), 1);
    assert_eq!(after[0]["start_time"], start);
    assert_eq!(after[0]["invitees_remaining"], 24);
    Ok(())
}

#[tokio::test]
async fn a_round_robin_is_open_while_one_host_is() -> Result<()> {
    let world = World::new().await?;
    let name = "Sales Round Robin";
    let offered = times(&world, name, MONDAY).await?;
    // The owner's hours in Berlin, then the colleague's in New York.
    assert_eq!(offered.first().map(String::as_str), Some("2027-01-11T08:00"));
    assert_eq!(offered.last().map(String::as_str), Some("2027-01-11T21:30"));
    let shared = "2027-01-11T15:00:00Z";
    assert!(offered.contains(&shared[..16].to_owned()));
    for left in [true, false] {
        assert_eq!(book(&world, name, shared).await?.status, 201);
        let offered = times(&world, name, MONDAY).await?;
        assert_eq!(offered.contains(&shared[..16].to_owned()), left);
    }
    Ok(())
}

#[tokio::test]
async fn meeting_limits_close_days_weeks_and_months() -> Result<()> {
    let world = World::new().await?;
    let (name, owner) = ("30 Minute Meeting", world.owner());
    let limit = async |limits: Value| {
        let none = json!({ "daily_limit": null, "weekly_limit": null, "monthly_limit": null });
        let path = format!("/user_meeting_limits?user={owner}");
        world.patch(&path, &none).await?;
        assert_eq!(world.patch(&path, &limits).await?.status, 200);
        let mut days = times(&world, name, WEEK).await?;
        days.iter_mut().for_each(|start| *start = start[8..10].to_owned());
        days.dedup();
        anyhow::Ok(days)
    };
    for start in ["2027-01-11T09:00:00Z", "2027-01-11T10:00:00Z"] {
        assert_eq!(book(&world, name, start).await?.status, 201);
    }
    assert_eq!(limit(json!({ "daily_limit": 3 })).await?, ["11", "12", "13", "14", "15"]);
    assert_eq!(limit(json!({ "daily_limit": 2 })).await?, ["12", "13", "14", "15"]);
    assert!(limit(json!({ "weekly_limit": 2 })).await?.is_empty());
    assert!(limit(json!({ "monthly_limit": 2 })).await?.is_empty());
    assert_eq!(limit(json!({ "monthly_limit": 3 })).await?.len(), 5);
    // The week before is another one, the month is the same.
    let previous = ["2027-01-04T00:00:00Z", "2027-01-10T00:00:00Z"];
    assert!(!times(&world, name, previous).await?.is_empty());
    limit(json!({ "weekly_limit": 2 })).await?;
    assert!(!times(&world, name, previous).await?.is_empty());
    limit(json!({ "monthly_limit": 2 })).await?;
    assert!(times(&world, name, previous).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_window_is_in_the_future_and_a_month_at_most() -> Result<()> {
    let world = World::new().await?;
    let uri = event_type(&world, "30 Minute Meeting")?;
    world.get(PATH, &[]).await?.assert_invalid(&["event_type", "start_time", "end_time"]);
    for (start, end, violations) in [
        ("2026-11-24T09:59:59Z", "2026-11-25T00:00:00Z", &["start_time"][..]),
        ("2026-11-01T00:00:00Z", "2026-11-24T10:00:00Z", &["start_time", "end_time"]),
        (NOW, "2026-12-25T10:00:01Z", &["end_time"]),
        ("2026-12-01T00:00:00Z", "2026-12-01T00:00:00Z", &["end_time"]),
        ("2026-12-01", "2026-12-02T00:00:00+01:00", &["start_time", "end_time"]),
    ] {
        let query = [("event_type", uri.as_str()), ("start_time", start), ("end_time", end)];
        world.get(PATH, &query).await?.assert_invalid(violations);
    }
    let longest = rows(&world, "30 Minute Meeting", [NOW, "2026-12-25T10:00:00Z"]).await?;
    let starts: Vec<_> = longest.iter().filter_map(|row| row["start_time"].as_str()).collect();
    assert!(starts.is_sorted() && starts.len() > 100);
    // What begins this very moment is too late.
    assert!(starts.iter().all(|start| *start > "2026-11-24T10:00:00.000000Z"));
    // Nor is anything from before the window in it.
    world.clock.advance(Duration::from_secs(60));
    let query = [("event_type", uri.as_str()), ("start_time", NOW), ("end_time", MONDAY[0])];
    world.get(PATH, &query).await?.assert_invalid(&["start_time", "end_time"]);
    Ok(())
}

#[tokio::test]
async fn the_event_type_has_to_exist_and_be_active() -> Result<()> {
    let mut world = World::new().await?;
    let inactive = event_type(&world, "Onboarding (old)")?;
    let [start, end] = MONDAY;
    let ask = async |world: &World, uri: &str| {
        let query = [("event_type", uri), ("start_time", start), ("end_time", end)];
        world.get(PATH, &query).await
    };
    ask(&world, &inactive).await?.assert_invalid(&["event_type"]);
    assert_eq!(ask(&world, "https://api.calendly.com/event_types/x").await?.status, 404);
    // Whoever may book may look.
    let owners = event_type(&world, "30 Minute Meeting")?;
    world.become_colleague();
    assert_eq!(ask(&world, &owners).await?.status, 200);
    assert!(!world.simulator.free_start_time(Person::Owner).is_empty());
    Ok(())
}
