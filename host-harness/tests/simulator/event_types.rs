//! Event types.

use anyhow::Result;
use serde_json::{Value, json};

use crate::support::{World, text};

fn names(rows: &[Value]) -> Vec<&str> {
    rows.iter().filter_map(|row| row["name"].as_str()).collect()
}

#[tokio::test]
async fn the_seeded_ones_differ_in_kind() -> Result<()> {
    let world = World::new().await?;
    let organization = world.organization();
    let all = world.all("/event_types", &[("organization", &organization)]).await?;
    // By name, without regard to case.
    assert_eq!(
        names(&all),
        [
            "30 Minute Meeting",
            "discovery call",
            "On-site Visit",
            "Onboarding (old)",
            "Product Webinar",
            "Sales Round Robin",
        ]
    );
    assert_eq!(all[1]["custom_questions"][0]["required"], true);
    assert_eq!(all[1]["locations"], Value::Null);
    assert_eq!(all[2]["locations"].as_array().map(Vec::len), Some(3));
    assert_eq!(all[3]["active"], false);
    assert_eq!(all[4]["kind"], "group");
    assert_eq!(all[5]["pooling_type"], "round_robin");
    for event_type in &all {
        assert_eq!(*world.get(text(event_type, "uri")?, &[]).await?.resource(), *event_type);
    }
    Ok(())
}

#[tokio::test]
async fn lists_are_filtered_and_sorted_as_documented() -> Result<()> {
    let world = World::new().await?;
    let organization = world.organization();
    let owner = world.owner();
    let list = async |more: &[(&str, &str)]| {
        let mut query = vec![("organization", organization.as_str())];
        query.extend_from_slice(more);
        world.all("/event_types", &query).await
    };
    assert_eq!(list(&[("active", "false")]).await?.len(), 1);
    assert_eq!(list(&[("active", "true")]).await?.len(), 5);
    assert_eq!(list(&[("admin_managed", "true")]).await?.len(), 0);
    assert_eq!(list(&[("user", &owner)]).await?.len(), 4);
    let by_position = list(&[("sort", "position:desc")]).await?;
    let positions: Vec<_> = by_position.iter().map(|row| row["position"].as_i64()).collect();
    assert_eq!(positions, [5, 4, 3, 2, 1, 0].map(Some));
    let both = list(&[("sort", "created_at:asc,name:desc")]).await?;
    assert_eq!(both[0]["position"], 0);
    Ok(())
}

#[tokio::test]
async fn lists_need_to_know_whose_and_take_nothing_odd() -> Result<()> {
    let mut world = World::new().await?;
    let (organization, owner) = (world.organization(), world.owner());
    let path = "/event_types";
    world.get(path, &[]).await?.assert_invalid(&["organization", "user"]);
    for (name, value) in
        [("active", "yes"), ("sort", "duration:asc"), ("sort", "name"), ("admin_managed", "1")]
    {
        let query = [("user", owner.as_str()), (name, value)];
        world.get(path, &query).await?.assert_invalid(&[name]);
    }
    let schedule = "https://api.calendly.com/user_availability_schedules/x";
    let query = [("organization", organization.as_str()), ("user_availability_schedule", schedule)];
    world.get(path, &query).await?.assert_invalid(&["user_availability_schedule"]);
    let elsewhere = [("organization", "https://api.calendly.com/organizations/x")];
    let reply = world.get(path, &elsewhere).await?;
    reply.assert_denied("You do not have permission to access this resource.");
    let stranger = [("user", "https://api.calendly.com/users/x")];
    world.get(path, &stranger).await?.assert_denied("This user is not in your organization");
    world.become_colleague();
    let reply = world.get(path, &[("organization", &organization)]).await?;
    reply.assert_denied("You do not have permission");
    Ok(())
}

#[tokio::test]
async fn a_new_one_is_inactive_and_has_the_defaults() -> Result<()> {
    let world = World::new().await?;
    let body = json!({ "owner": world.owner(), "name": "Coffee & Chat" });
    let created = world.post("/event_types", &body).await?;
    assert_eq!(created.status, 201, "{}", created.text);
    let resource = created.resource();
    for (field, value) in [
        ("active", json!(false)),
        ("kind", json!("solo")),
        ("slug", json!("coffee-chat")),
        ("position", json!(6)),
        ("locations", Value::Null),
        ("start_time_increment", json!(30)),
        ("before_buffer", json!(0)),
        ("created_at", json!("2026-11-24T10:00:00.000000Z")),
    ] {
        assert_eq!(resource[field], value, "{field}");
    }
    assert_eq!(world.get(text(resource, "uri")?, &[]).await?.resource(), resource);
    Ok(())
}

#[tokio::test]
async fn creating_names_all_violations_at_once() -> Result<()> {
    let world = World::new().await?;
    let body = json!({
        "owner": "me",
        "duration": 721,
        "duration_options": [15, 15],
        "color": "#ABCDEF",
        "locale": "xx",
        "locations": [{ "kind": "zoom" }, { "kind": "inbound_call" }],
        "after_buffer": 7,
        "unknown": true,
    });
    world.post("/event_types", &body).await?.assert_invalid(&[
        "owner",
        "name",
        "duration",
        "duration_options",
        "color",
        "locale",
        "locations[0].kind",
        "locations[1].phone_number",
        "after_buffer",
    ]);
    Ok(())
}

#[tokio::test]
async fn changing_keeps_what_is_not_sent() -> Result<()> {
    let world = World::new().await?;
    let uri = world.simulator.event_type_uri("30 Minute Meeting").unwrap_or_default();
    let before = world.get(&uri, &[]).await?;
    world.clock.advance(std::time::Duration::from_secs(5));
    let changed = world.patch(&uri, &json!({ "duration": 25, "owner": "ignored" })).await?;
    assert_eq!(changed.status, 200, "{}", changed.text);
    let mut expected = before.resource().clone();
    expected["duration"] = 25.into();
    expected["updated_at"] = "2026-11-24T10:00:05.000000Z".into();
    assert_eq!(*changed.resource(), expected);
    Ok(())
}

#[tokio::test]
async fn only_one_on_one_event_types_can_be_changed() -> Result<()> {
    let mut world = World::new().await?;
    for name in ["Product Webinar", "Sales Round Robin"] {
        let uri = world.simulator.event_type_uri(name).unwrap_or_default();
        world.patch(&uri, &json!({ "name": "New" })).await?.assert_invalid(&["kind"]);
    }
    let uri = world.simulator.event_type_uri("30 Minute Meeting").unwrap_or_default();
    world.patch(&uri, &json!({ "name": "" })).await?.assert_invalid(&["name"]);
    world.become_colleague();
    let reply = world.patch(&uri, &json!({ "name": "Mine" })).await?;
    reply.assert_denied("You do not have permission");
    Ok(())
}
