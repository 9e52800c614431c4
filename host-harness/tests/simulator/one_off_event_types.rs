//! `POST /one_off_event_types`.

use anyhow::Result;
use serde_json::{Value, json};

use crate::support::{Reply, World, text};

const PATH: &str = "/one_off_event_types";
const START: &str = "2026-12-05T19:00:00.000000Z";

/// A meeting of an hour on a Saturday evening, with some fields replaced.
fn meeting(world: &World, changes: &Value) -> Value {
    let mut body = json!({
        "name": "Contract & signature",
        "host": world.owner(),
        "duration": 60,
        "date_setting": {
            "type": "spots",
            "spots": [{ "start_time": START, "end_time": "2026-12-05T20:30:00Z" }],
        },
        "location": { "kind": "google_conference" },
    });
    for (name, value) in changes.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    body
}

async fn create(world: &World, changes: Value) -> Result<Reply> {
    world.post(PATH, &meeting(world, &changes)).await
}

/// The start times that are offered from now on for a month.
async fn offered(world: &World, event_type: &str) -> Result<Vec<String>> {
    let query = [
        ("event_type", event_type),
        ("start_time", "2026-11-24T10:00:00Z"),
        ("end_time", "2026-12-25T10:00:00Z"),
    ];
    let reply = world.get("/event_type_available_times", &query).await?;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let times = reply.collection().iter().map(|row| Ok(text(row, "start_time")?.to_owned()));
    times.collect()
}

async fn book(world: &World, event_type: &str, start: &str) -> Result<Reply> {
    let invitee = json!({ "name": "Ada", "email": "ada@home.example", "timezone": "UTC" });
    let body = json!({ "event_type": event_type, "start_time": start, "invitee": invitee });
    world.post("/invitees", &body).await
}

#[tokio::test]
async fn it_is_an_event_type_that_is_not_listed() -> Result<()> {
    let world = World::new().await?;
    let created = create(&world, json!({})).await?;
    assert_eq!(created.status, 201, "{}", created.text);
    let resource = created.resource();
    for (field, value) in [
        ("type", json!("AdhocEventType")),
        ("active", json!(true)),
        ("secret", json!(true)),
        ("kind", json!("solo")),
        ("pooling_type", Value::Null),
        ("duration", json!(60)),
        ("duration_options", Value::Null),
        ("start_time_increment", Value::Null),
        ("slug", Value::Null),
        ("locations", json!([{ "kind": "google_conference" }])),
    ] {
        assert_eq!(resource[field], value, "{field}");
    }
    assert_eq!(resource["profile"]["owner"], world.owner().as_str());
    let uri = text(resource, "uri")?;
    assert_eq!(*world.get(uri, &[]).await?.resource(), *resource);
    let all = world.all("/event_types", &[("organization", &world.organization())]).await?;
    assert_eq!(all.len(), 6);
    // Nor can it be changed, or linked to in another way than its own; but shared it can be.
    assert_eq!(world.patch(uri, &json!({ "name": "New" })).await?.status, 404);
    let link = json!({ "max_event_count": 1, "owner": uri, "owner_type": "EventType" });
    assert_eq!(world.post("/scheduling_links", &link).await?.status, 404);
    assert_eq!(world.post("/shares", &json!({ "event_type": uri })).await?.status, 201);
    let keys =
        |value: &Value| value.as_object().map(|object| object.keys().cloned().collect::<Vec<_>>());
    assert_eq!(keys(resource), keys(&all[0]));
    Ok(())
}

#[tokio::test]
async fn a_body_needs_name_host_duration_and_dates() -> Result<()> {
    let world = World::new().await?;
    let names = ["name", "host", "duration", "date_setting"];
    world.post(PATH, &json!({})).await?.assert_invalid(&names);
    let odd = json!({
        "name": "x".repeat(56),
        "host": "me",
        "duration": 721,
        "co_hosts": ["me"],
        "timezone": "CET",
        "date_setting": { "type": "weekly" },
        "location": { "kind": "inbound_call" },
    });
    create(&world, odd).await?.assert_invalid(&[
        "name",
        "host",
        "duration",
        "co_hosts",
        "timezone",
        "date_setting.type",
        "location.phone_number",
    ]);
    Ok(())
}

#[tokio::test]
async fn dates_are_to_come_and_less_than_a_year_apart() -> Result<()> {
    let world = World::new().await?;
    let range = |start: &str, end: &str| json!({ "type": "date_range", "start_date": start, "end_date": end });
    let spot = |start: &str, end: &str| json!({ "type": "spots", "spots": [{ "start_time": start, "end_time": end }] });
    for (dates, violations) in [
        (range("2026-11-24", "2026-11-26"), &["start_date"][..]),
        (range("2026-11-25", "2026-02-30"), &["end_date"]),
        (range("2026-12-02", "2026-12-01"), &["end_date"]),
        (range("2026-12-01", "2027-12-01"), &["end_date"]),
        (json!({ "type": "date_range" }), &["start_date", "end_date"]),
        (json!({ "type": "days_in_future" }), &["days", "only_weekdays"]),
        (json!({ "type": "days_in_future", "days": 366, "only_weekdays": true }), &["days"]),
        (json!({ "type": "spots" }), &["spots"]),
        (json!({ "type": "spots", "spots": [] }), &["spots"]),
        (spot("2026-11-24T10:00:00Z", "2026-11-24T11:00:00Z"), &["spots[0].start_time"]),
        (spot(START, "2026-12-05T19:00:00Z"), &["spots[0].end_time"]),
    ] {
        let reply = create(&world, json!({ "date_setting": dates })).await?;
        let expected: Vec<_> =
            violations.iter().map(|name| format!("date_setting.{name}")).collect();
        reply.assert_invalid(&expected.iter().map(String::as_str).collect::<Vec<_>>());
    }
    let longest = json!({ "date_setting": range("2026-12-01", "2027-11-30") });
    assert_eq!(create(&world, longest).await?.status, 201);
    Ok(())
}

#[tokio::test]
async fn its_spots_can_be_booked_once() -> Result<()> {
    let world = World::new().await?;
    let created = create(&world, json!({})).await?;
    let uri = text(created.resource(), "uri")?;
    assert_eq!(offered(&world, uri).await?, [START, "2026-12-05T19:30:00.000000Z"]);
    book(&world, uri, "2026-12-05T18:00:00Z").await?.assert_invalid(&["start_time"]);
    let booked = book(&world, uri, START).await?;
    assert_eq!(booked.status, 201, "{}", booked.text);
    let event = world.get(text(booked.resource(), "event")?, &[]).await?;
    assert_eq!(event.resource()["event_type"], uri);
    assert_eq!(event.resource()["end_time"], "2026-12-05T20:00:00.000000Z");
    assert!(offered(&world, uri).await?.is_empty());
    book(&world, uri, "2026-12-05T19:30:00Z").await?.assert_invalid(&["start_time"]);
    Ok(())
}

#[tokio::test]
async fn a_spot_may_be_longer_than_what_is_asked_about() -> Result<()> {
    let world = World::new().await?;
    let spot = json!({ "start_time": "2026-11-24T10:10:00Z", "end_time": "9999-12-31T00:00:00Z" });
    let dates = json!({ "type": "spots", "spots": [spot] });
    let created = create(&world, json!({ "date_setting": dates })).await?;
    let query = [
        ("event_type", text(created.resource(), "uri")?),
        ("start_time", "2030-01-05T00:00:00Z"),
        ("end_time", "2030-01-05T01:10:00Z"),
    ];
    let reply = world.get("/event_type_available_times", &query).await?;
    let times: Vec<_> = reply.collection().iter().map(|row| row["start_time"].clone()).collect();
    assert_eq!(times, ["2030-01-05T00:10:00.000000Z", "2030-01-05T00:40:00.000000Z"]);
    Ok(())
}

#[tokio::test]
async fn other_dates_are_within_the_hours_of_the_host() -> Result<()> {
    let world = World::new().await?;
    let days = async |dates: Value| {
        let created = create(&world, json!({ "date_setting": dates })).await?;
        let mut days = offered(&world, text(created.resource(), "uri")?).await?;
        days.iter_mut().for_each(|start| start.truncate(10));
        days.dedup();
        anyhow::Ok(days)
    };
    let range =
        json!({ "type": "date_range", "start_date": "2026-11-27", "end_date": "2026-11-30" });
    // A weekend in between.
    assert_eq!(days(range).await?, ["2026-11-27", "2026-11-30"]);
    let ahead = json!({ "type": "days_in_future", "days": 2, "only_weekdays": true });
    assert_eq!(days(ahead).await?, ["2026-11-24", "2026-11-25", "2026-11-26"]);
    Ok(())
}

#[tokio::test]
async fn weekends_can_be_left_out() -> Result<()> {
    let world = World::new().await?;
    let schedules = world.get("/user_availability_schedules", &[("user", &world.owner())]).await?;
    // Open on Saturdays.
    let mornings = text(&schedules.collection()[1], "uri")?;
    world.patch(mornings, &json!({ "default": true })).await?;
    for (only_weekdays, expected) in [(true, 0), (false, 1)] {
        let dates = json!({ "type": "days_in_future", "days": 5, "only_weekdays": only_weekdays });
        let created = create(&world, json!({ "date_setting": dates })).await?;
        let times = offered(&world, text(created.resource(), "uri")?).await?;
        let saturday = times.iter().filter(|start| start.starts_with("2026-11-28")).count();
        assert_eq!(saturday.min(1), expected);
    }
    Ok(())
}

#[tokio::test]
async fn co_hosts_all_take_part() -> Result<()> {
    let world = World::new().await?;
    let both = json!({ "co_hosts": [world.colleague()] });
    let created = create(&world, both).await?;
    assert_eq!(created.resource()["pooling_type"], "collective");
    let uri = text(created.resource(), "uri")?;
    let round_robin = world.simulator.event_type_uri("Sales Round Robin").unwrap_or_default();
    // One of the two has something else to do then.
    assert_eq!(book(&world, &round_robin, START).await?.status, 201);
    assert!(!offered(&world, uri).await?.contains(&START.to_owned()));
    book(&world, uri, START).await?.assert_invalid(&["start_time"]);
    let booked = book(&world, uri, "2026-12-05T19:30:00.000000Z").await?;
    assert_eq!(booked.status, 201, "{}", booked.text);
    let event = world.get(text(booked.resource(), "event")?, &[]).await?;
    assert_eq!(event.resource()["event_memberships"].as_array().map(Vec::len), Some(2));

    let twice = json!({ "co_hosts": [world.owner()] });
    create(&world, twice).await?.assert_invalid(&["co_hosts"]);
    let stranger = json!({ "co_hosts": ["https://api.calendly.com/users/x"] });
    create(&world, stranger).await?.assert_denied("This user is not in your organization");
    Ok(())
}

#[tokio::test]
async fn only_admins_make_them_for_others() -> Result<()> {
    let mut world = World::new().await?;
    let for_colleague = json!({ "host": world.colleague() });
    let created = create(&world, for_colleague).await?;
    assert_eq!(created.resource()["profile"]["owner"], world.colleague().as_str());
    world.become_colleague();
    create(&world, json!({})).await?.assert_denied("You do not have permission");
    Ok(())
}
