//! The availability schedules of users.

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::support::{World, text};

const PATH: &str = "/user_availability_schedules";
const WEEKDAYS: [&str; 7] =
    ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/// A rule for every day of the week, from nine to five.
fn week() -> Vec<Value> {
    let rules = WEEKDAYS.iter().map(|wday| {
        json!({ "type": "wday", "wday": wday, "intervals": [{ "from": "09:00", "to": "17:00" }] })
    });
    rules.collect()
}

fn on(date: &str) -> Value {
    json!({ "type": "date", "date": date, "intervals": [] })
}

fn schedule(rules: &[Value]) -> Value {
    json!({ "name": "Travelling", "timezone": "America/New_York", "rules": rules })
}

async fn own(world: &World) -> Result<Vec<Value>> {
    let reply = world.get(PATH, &[("user", &world.owner())]).await?;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert!(reply.body.get("pagination").is_none());
    Ok(reply.collection().to_vec())
}

#[tokio::test]
async fn everybody_has_some_and_one_is_the_default() -> Result<()> {
    let mut world = World::new().await?;
    let schedules = own(&world).await?;
    assert_eq!(schedules.len(), 3);
    let default: Vec<_> = schedules.iter().filter(|one| one["default"] == true).collect();
    assert_eq!(default.len(), 1);
    let rules = default[0]["rules"].as_array().context("no rules")?;
    assert_eq!(rules[1], week()[1]);
    assert_eq!(rules[0]["intervals"], json!([]));
    assert_eq!(rules[7], on("2026-12-03"));
    for one in &schedules {
        assert_eq!(one["user"], world.owner().as_str());
        assert_eq!(*world.get(text(one, "uri")?, &[]).await?.resource(), *one);
    }
    // In the same organization.
    world.become_colleague();
    assert_eq!(own(&world).await?, schedules);
    Ok(())
}

#[tokio::test]
async fn the_user_has_to_be_named_and_of_the_organization() -> Result<()> {
    let world = World::new().await?;
    world.get(PATH, &[]).await?.assert_invalid(&["user"]);
    world.get(PATH, &[("user", "me")]).await?.assert_invalid(&["user"]);
    let stranger = [("user", "https://api.calendly.com/users/x")];
    world.get(PATH, &stranger).await?.assert_denied("This user is not in your organization");
    assert_eq!(world.get(&format!("{PATH}/x"), &[]).await?.status, 404);
    Ok(())
}

#[tokio::test]
async fn a_new_one_is_the_callers_and_not_the_default() -> Result<()> {
    let world = World::new().await?;
    let mut rules = week();
    rules.push(on("2026-12-24"));
    let created = world.post(PATH, &schedule(&rules)).await?;
    assert_eq!(created.status, 201, "{}", created.text);
    let resource = created.resource();
    assert_eq!(resource["rules"], json!(rules));
    assert_eq!(resource["default"], false);
    assert_eq!(resource["user"], world.owner().as_str());
    assert_eq!(*world.get(text(resource, "uri")?, &[]).await?.resource(), *resource);
    assert_eq!(own(&world).await?.last(), Some(resource));
    Ok(())
}

#[tokio::test]
async fn every_day_of_the_week_needs_exactly_one_rule() -> Result<()> {
    let world = World::new().await?;
    world.post(PATH, &json!({})).await?.assert_invalid(&["name", "timezone", "rules"]);
    let odd = json!({ "name": " ", "timezone": "EST", "rules": [] });
    world.post(PATH, &odd).await?.assert_invalid(&["name", "timezone", "rules"]);
    world.post(PATH, &schedule(&week()[1..])).await?.assert_invalid(&["rules"]);
    let mut twice = week();
    twice.push(twice[3].clone());
    world.post(PATH, &schedule(&twice)).await?.assert_invalid(&["rules[7].wday"]);
    let mut twice = week();
    twice.extend([on("2026-12-24"), on("2026-12-24")]);
    world.post(PATH, &schedule(&twice)).await?.assert_invalid(&["rules[8].date"]);
    Ok(())
}

#[tokio::test]
async fn rules_are_checked_one_by_one() -> Result<()> {
    let world = World::new().await?;
    let intervals =
        |intervals: Value| json!({ "type": "wday", "wday": "monday", "intervals": intervals });
    let whole_hours = |from: &str, to: &str| json!({ "from": from, "to": to });
    for (rule, violation) in [
        (json!({ "type": "day", "intervals": [] }), "type"),
        (json!({ "intervals": [] }), "type"),
        (json!({ "type": "wday", "intervals": [] }), "wday"),
        (json!({ "type": "wday", "wday": "Monday", "intervals": [] }), "wday"),
        (json!({ "type": "date", "intervals": [] }), "date"),
        (on("2026-02-30"), "date"),
        (json!({ "type": "wday", "wday": "monday" }), "intervals"),
        (intervals(json!([whole_hours("9:00", "10:00")])), "intervals[0].from"),
        (intervals(json!([whole_hours("09:00", "24:00")])), "intervals[0].to"),
        (intervals(json!([whole_hours("10:00", "10:00")])), "intervals[0].to"),
        (intervals(json!([{ "from": "10:00" }])), "intervals[0].to"),
        (
            intervals(json!([whole_hours("11:00", "13:00"), whole_hours("09:00", "12:00")])),
            "intervals",
        ),
    ] {
        let mut rules = week();
        rules[1] = rule;
        let reply = world.post(PATH, &schedule(&rules)).await?;
        assert_eq!(reply.status, 400, "{violation}: {}", reply.text);
        let expected = format!("rules[1].{violation}");
        assert!(reply.violations().contains(&&*expected), "{violation}: {}", reply.text);
    }
    Ok(())
}

#[tokio::test]
async fn past_dates_are_those_before_today_in_the_time_zone() -> Result<()> {
    let two_days = Duration::from_secs(2 * 86_400);
    let world = World::with(|options| options.access_token_lifetime = two_days).await?;
    let create = async |timezone: &str, date: &str| {
        let mut rules = week();
        rules.push(on(date));
        let mut body = schedule(&rules);
        body["timezone"] = timezone.into();
        anyhow::Ok(world.post(PATH, &body).await?.status)
    };
    assert_eq!(create("Europe/Berlin", "2026-11-24").await?, 201);
    assert_eq!(create("Europe/Berlin", "2026-11-23").await?, 400);
    // A minute to midnight in UTC: the next day in Berlin already, but not in New York.
    world.clock.advance(Duration::from_secs(14 * 3_600 - 60));
    assert_eq!(create("Europe/Berlin", "2026-11-24").await?, 400);
    assert_eq!(create("America/New_York", "2026-11-24").await?, 201);
    Ok(())
}

#[tokio::test]
async fn changing_replaces_the_rules_and_keeps_the_rest() -> Result<()> {
    let world = World::new().await?;
    let created = world.post(PATH, &schedule(&week())).await?;
    let uri = text(created.resource(), "uri")?;
    let mut rules = week();
    rules[0]["intervals"] = json!([]);
    // One day of grace.
    rules.push(on("2026-11-23"));
    let changed = world.patch(uri, &json!({ "rules": rules })).await?;
    assert_eq!(changed.status, 200, "{}", changed.text);
    let mut expected = created.resource().clone();
    expected["rules"] = json!(rules);
    assert_eq!(*changed.resource(), expected);
    assert_eq!(*world.get(uri, &[]).await?.resource(), expected);
    let renamed = json!({ "name": "Home", "timezone": "Europe/Paris" });
    let renamed = world.patch(uri, &renamed).await?;
    assert_eq!(renamed.resource()["name"], "Home");
    assert_eq!(renamed.resource()["timezone"], "Europe/Paris");
    assert_eq!(renamed.resource()["rules"], expected["rules"]);

    rules[7] = on("2026-11-22");
    world.patch(uri, &json!({ "rules": rules })).await?.assert_invalid(&["rules[7].date"]);
    world.patch(uri, &json!({ "rules": week()[1..] })).await?.assert_invalid(&["rules"]);
    world
        .patch(uri, &json!({ "rules": null, "name": null }))
        .await?
        .assert_invalid(&["name", "rules"]);
    world.patch(uri, &json!({ "user": "x" })).await?.assert_invalid(&["body"]);
    Ok(())
}

#[tokio::test]
async fn there_is_always_one_default() -> Result<()> {
    let world = World::new().await?;
    let schedules = own(&world).await?;
    let uri = text(&schedules[2], "uri")?;
    world.patch(uri, &json!({ "default": false })).await?.assert_invalid(&["default"]);
    let changed = world.patch(uri, &json!({ "default": true })).await?;
    assert_eq!(changed.resource()["default"], true);
    let defaults: Vec<_> = own(&world).await?.iter().map(|one| one["default"].clone()).collect();
    assert_eq!(defaults, [false, false, true]);
    Ok(())
}

#[tokio::test]
async fn schedules_of_others_cannot_be_changed() -> Result<()> {
    let world = World::new().await?;
    let of_colleague = world.get(PATH, &[("user", &world.colleague())]).await?;
    assert_eq!(of_colleague.collection().len(), 2);
    let uri = text(&of_colleague.collection()[0], "uri")?;
    let reply = world.patch(uri, &json!({ "name": "Mine" })).await?;
    reply.assert_denied("You do not have permission");
    assert_eq!(world.patch(&format!("{PATH}/x"), &json!({ "name": "x" })).await?.status, 404);
    Ok(())
}

#[tokio::test]
async fn event_types_are_found_by_the_schedule_they_follow() -> Result<()> {
    let world = World::new().await?;
    let owner = world.owner();
    let mut found = Vec::new();
    for schedule in own(&world).await? {
        let uri = text(&schedule, "uri")?;
        let query = [("user", owner.as_str()), ("user_availability_schedule", uri)];
        let rows = world.all("/event_types", &query).await?;
        found.push(rows.iter().map(|row| row["name"].clone()).collect::<Vec<_>>());
    }
    // The on-site visit has hours of its own.
    let expected = [vec!["30 Minute Meeting", "Sales Round Robin"], vec!["discovery call"], vec![]];
    assert_eq!(json!(found), json!(expected));
    Ok(())
}
