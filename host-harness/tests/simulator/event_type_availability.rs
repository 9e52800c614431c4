//! The hours of event types.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::support::{World, text};

const PATH: &str = "/event_type_availability_schedules";

fn event_type(world: &World, name: &str) -> Result<String> {
    world.simulator.event_type_uri(name).context("no such event type")
}

async fn hours(world: &World, name: &str) -> Result<Vec<Value>> {
    let uri = event_type(world, name)?;
    let reply = world.get(PATH, &[("event_type", &uri)]).await?;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let count = reply.collection().len();
    let pagination = json!({
        "count": count,
        "next_page": null,
        "previous_page": null,
        "next_page_token": null,
        "previous_page_token": null,
    });
    assert_eq!(reply.body["pagination"], pagination);
    Ok(reply.collection().to_vec())
}

fn path(world: &World, name: &str) -> Result<String> {
    Ok(format!("{PATH}?event_type={}", event_type(world, name)?))
}

fn mondays() -> Value {
    json!([{ "type": "wday", "wday": "monday", "intervals": [{ "from": "10:00", "to": "11:00" }] }])
}

#[tokio::test]
async fn every_host_has_hours_from_a_schedule_or_of_their_own() -> Result<()> {
    let world = World::new().await?;
    let round_robin = hours(&world, "Sales Round Robin").await?;
    let users: Vec<_> =
        round_robin.iter().map(|one| one["availability_rule"]["user"].clone()).collect();
    assert_eq!(users, [world.owner(), world.colleague()]);
    let names = async |name: &str| {
        let hours = hours(&world, name).await?;
        anyhow::Ok(hours[0]["availability_rule"]["name"].clone())
    };
    assert_eq!(names("30 Minute Meeting").await?, "Working hours");
    assert_eq!(names("discovery call").await?, "Mornings");
    assert_eq!(names("On-site Visit").await?, Value::Null);
    let default = &hours(&world, "30 Minute Meeting").await?[0];
    assert_eq!(default["availability_setting"], "host");
    assert_eq!(default["event_type"], event_type(&world, "30 Minute Meeting")?);
    let rule = &default["availability_rule"];
    let schedule = world.get(text(rule, "uri")?, &[]).await?;
    for field in ["uri", "name", "user", "timezone", "rules"] {
        assert_eq!(rule[field], schedule.resource()[field], "{field}");
    }
    Ok(())
}

#[tokio::test]
async fn changing_gives_an_event_type_rules_of_its_own() -> Result<()> {
    let world = World::new().await?;
    let name = "30 Minute Meeting";
    let untouched = hours(&world, "Sales Round Robin").await?;
    let body = json!({ "availability_rule": { "timezone": "Asia/Tokyo", "rules": mondays() } });
    let changed = world.patch(&path(&world, name)?, &body).await?;
    assert_eq!(changed.status, 200, "{}", changed.text);
    let rule = &changed.resource()["availability_rule"];
    assert_eq!(rule["rules"], mondays());
    assert_eq!(rule["timezone"], "Asia/Tokyo");
    assert_eq!(rule["name"], Value::Null);
    assert_eq!(rule["user"], world.owner().as_str());
    assert_eq!(hours(&world, name).await?, std::slice::from_ref(changed.resource()));
    assert_eq!(hours(&world, "Sales Round Robin").await?, untouched);

    // Without rules, they stay.
    let zone = json!({ "availability_rule": { "timezone": "Asia/Dubai" } });
    let again = world.patch(&path(&world, name)?, &zone).await?;
    assert_eq!(again.resource()["availability_rule"]["rules"], mondays());
    assert_eq!(again.resource()["availability_rule"]["uri"], rule["uri"]);
    Ok(())
}

#[tokio::test]
async fn a_change_needs_a_time_zone_and_sound_rules() -> Result<()> {
    let world = World::new().await?;
    let path = path(&world, "30 Minute Meeting")?;
    world.patch(PATH, &json!({})).await?.assert_invalid(&["event_type"]);
    world.patch(&path, &json!({})).await?.assert_invalid(&["availability_rule"]);
    let odd = json!({
        "availability_rule": { "rules": [{ "type": "wday", "intervals": [] }] },
        "availability_setting": "guest",
    });
    world.patch(&path, &odd).await?.assert_invalid(&[
        "availability_rule.timezone",
        "availability_rule.rules[0].wday",
        "availability_setting",
    ]);
    let colleague =
        json!({ "availability_rule": { "timezone": "UTC", "user": world.colleague() } });
    world.patch(&path, &colleague).await?.assert_invalid(&["availability_rule.user"]);
    Ok(())
}

#[tokio::test]
async fn admins_have_to_say_whose_hours_they_change() -> Result<()> {
    let mut world = World::new().await?;
    let path = path(&world, "Product Webinar")?;
    let mut body = json!({ "availability_rule": { "timezone": "UTC", "rules": mondays() } });
    world.patch(&path, &body).await?.assert_invalid(&["availability_rule.user"]);
    body["availability_rule"]["user"] = world.colleague().into();
    let changed = world.patch(&path, &body).await?;
    assert_eq!(changed.resource()["availability_rule"]["user"], world.colleague().as_str());

    let round_robin = self::path(&world, "Sales Round Robin")?;
    let owners = self::path(&world, "30 Minute Meeting")?;
    world.become_colleague();
    body["availability_rule"]["user"] = world.owner().into();
    let refused = "You do not have permission";
    world.patch(&round_robin, &body).await?.assert_denied(refused);
    world.patch(&owners, &body).await?.assert_denied(refused);
    world.get(&owners, &[]).await?.assert_denied(refused);
    Ok(())
}

#[tokio::test]
async fn the_event_type_has_to_be_named_and_known() -> Result<()> {
    let world = World::new().await?;
    world.get(PATH, &[]).await?.assert_invalid(&["event_type"]);
    world.get(PATH, &[("event_type", "x")]).await?.assert_invalid(&["event_type"]);
    let unknown = [("event_type", "https://api.calendly.com/event_types/x")];
    assert_eq!(world.get(PATH, &unknown).await?.status, 404);
    Ok(())
}
