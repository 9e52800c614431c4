//! Shares.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::support::{Reply, World, text};

const PATH: &str = "/shares";

fn event_type(world: &World, name: &str) -> Result<String> {
    world.simulator.event_type_uri(name).context("no such event type")
}

async fn own(world: &World, more: &[(&str, &str)]) -> Result<Vec<Value>> {
    let owner = world.owner();
    let mut query = vec![("user", owner.as_str()), ("count", "100")];
    query.extend_from_slice(more);
    world.all(PATH, &query).await
}

/// Shares the on-site visit, which has three locations and two durations.
async fn share(world: &World, settings: Value) -> Result<Reply> {
    let mut body = settings;
    body["event_type"] = event_type(world, "On-site Visit")?.into();
    world.post(PATH, &body).await
}

fn with_status<'a>(shares: &'a [Value], status: &str) -> Result<&'a Value> {
    shares.iter().find(|share| share["status"] == status).context("none with this status")
}

#[tokio::test]
async fn the_seeded_ones_have_every_status_and_period() -> Result<()> {
    let world = World::new().await?;
    let shares = own(&world, &[]).await?;
    assert!(shares.len() > 20, "{}", shares.len());
    for status in ["active", "booked", "expired"] {
        with_status(&shares, status)?;
    }
    for period in ["available_moving", "moving", "fixed", "unlimited"] {
        assert!(
            shares.iter().any(|one| one["share_override"]["period_type"] == period),
            "{period}"
        );
    }
    assert!(shares.iter().any(|one| one["contact"].is_null()));
    for share in &shares {
        if let Some(contact) = share["contact"].as_str() {
            assert_eq!(world.get(contact, &[]).await?.status, 200);
        }
        let link = &share["scheduling_links"][0];
        let event_type = world.get(text(link, "owner")?, &[]).await?;
        assert_eq!(event_type.resource()["profile"]["owner"], world.owner().as_str());
        let keys = share["share_override"].as_object().map(serde_json::Map::len);
        assert_eq!(keys, Some(11));
    }
    Ok(())
}

#[tokio::test]
async fn a_one_off_meeting_is_among_them() -> Result<()> {
    let world = World::new().await?;
    let mut found = 0;
    for share in own(&world, &[]).await? {
        let link = &share["scheduling_links"][0];
        let event_type = world.get(text(link, "owner")?, &[]).await?;
        if event_type.resource()["type"] == "AdhocEventType" {
            assert_eq!(event_type.resource()["scheduling_url"], link["booking_url"]);
            found += 1;
        }
    }
    assert_eq!(found, 1);
    Ok(())
}

#[tokio::test]
async fn lists_are_newest_first_and_come_in_pages() -> Result<()> {
    let world = World::new().await?;
    let shares = own(&world, &[]).await?;
    let created: Vec<_> = shares.iter().filter_map(|one| one["created_at"].as_str()).collect();
    assert!(created.is_sorted_by(|left, right| left >= right));
    let mut reversed = own(&world, &[("sort", "created_at:asc")]).await?;
    reversed.reverse();
    assert_eq!(reversed, shares);
    assert_eq!(own(&world, &[("count", "7")]).await?, shares);
    Ok(())
}

#[tokio::test]
async fn lists_are_filtered_by_event_type_and_time() -> Result<()> {
    let world = World::new().await?;
    let shares = own(&world, &[]).await?;
    let middle = text(&shares[9], "created_at")?;
    // The first bound is included, the second is not.
    assert_eq!(own(&world, &[("min_created_at", middle)]).await?, shares[..10]);
    assert_eq!(own(&world, &[("max_created_at", middle)]).await?, shares[10..]);
    let uri = event_type(&world, "On-site Visit")?;
    let of_type = own(&world, &[("event_type", &uri)]).await?;
    assert!(!of_type.is_empty() && of_type.len() < shares.len());
    assert!(of_type.iter().all(|one| one["scheduling_links"][0]["owner"] == uri));
    let unknown = "https://api.calendly.com/event_types/x";
    assert!(own(&world, &[("event_type", unknown)]).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn lists_are_the_callers_own() -> Result<()> {
    let mut world = World::new().await?;
    world.get(PATH, &[]).await?.assert_invalid(&["user"]);
    let (owner, colleague) = (world.owner(), world.colleague());
    let reply = world.get(PATH, &[("user", &colleague)]).await?;
    reply.assert_denied("You do not have permission");
    for (name, value) in [
        ("sort", "name:asc"),
        ("min_created_at", "2026-11-24"),
        ("count", "101"),
        ("event_type", "x"),
    ] {
        world.get(PATH, &[("user", &owner), (name, value)]).await?.assert_invalid(&[name]);
    }
    let foreign = text(&own(&world, &[]).await?[0], "uri")?.to_owned();
    world.become_colleague();
    let change = world.patch(&foreign, &json!({ "name": "Mine" })).await?;
    change.assert_denied("You do not have permission");
    world.delete(&foreign).await?.assert_denied("You do not have permission");
    // The colleague has a round robin and a webinar, neither of which can be shared.
    assert!(world.all(PATH, &[("user", &colleague)]).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn what_is_not_changed_is_the_event_types_own() -> Result<()> {
    let world = World::new().await?;
    let created = share(&world, json!({ "name": "Visit in May", "min_booking_time": 3 })).await?;
    assert_eq!(created.status, 201, "{}", created.text);
    let resource = created.resource();
    assert_eq!(resource["status"], "active");
    assert_eq!(resource["contact"], Value::Null);
    assert_eq!(resource["created_at"], "2026-11-24T10:00:00.000000Z");
    let link = &resource["scheduling_links"][0];
    assert_eq!(link["owner_type"], "EventType");
    let settings = &resource["share_override"];
    for (name, value) in [
        ("name", json!("Visit in May")),
        ("duration", json!(60)),
        ("duration_options", json!([60, 90])),
        ("period_type", json!("unlimited")),
        ("start_date", Value::Null),
        ("max_booking_time", Value::Null),
        // Only a change can set it.
        ("min_booking_time", Value::Null),
        ("hide_location", json!(false)),
    ] {
        assert_eq!(settings[name], value, "{name}");
    }
    let call = json!({
        "kind": "outbound_call",
        "location": null,
        "additional_info": null,
        "phone_number": null,
        "position": 2,
    });
    assert_eq!(settings["location_configurations"][2], call);
    let owner = event_type(&world, "On-site Visit")?;
    let hours = world.get("/event_type_availability_schedules", &[("event_type", &owner)]).await?;
    let hours = &hours.collection()[0]["availability_rule"];
    assert_eq!(settings["availability_rule"]["rules"], hours["rules"]);
    assert_eq!(settings["availability_rule"]["timezone"], hours["timezone"]);
    assert_eq!(own(&world, &[]).await?[0], *resource);
    Ok(())
}

#[tokio::test]
async fn all_violations_are_named_at_once() -> Result<()> {
    let world = World::new().await?;
    world.post(PATH, &json!({})).await?.assert_invalid(&["event_type"]);
    let odd = json!({
        "name": "x".repeat(56),
        "duration": 0,
        "duration_options": [5, 10, 15, 20, 25],
        "period_type": "weekly",
        "start_date": "today",
        "max_booking_time": 0,
        "hide_location": true,
        "location_configurations": [
            { "kind": "inbound_call" },
            { "kind": "zoom_conference", "location": "x" },
            { "kind": "physical", "location": "x".repeat(256) },
            { "position": 1 },
        ],
        "availability_rule": { "rules": [{ "type": "date" }, { "type": "wday" }] },
    });
    share(&world, odd).await?.assert_invalid(&[
        "name",
        "duration",
        "duration_options",
        "period_type",
        "start_date",
        "max_booking_time",
        "location_configurations[0].phone_number",
        "location_configurations[1].location",
        "location_configurations[2].location",
        "location_configurations[3].kind",
        "availability_rule.timezone",
        "availability_rule.rules[0].date",
        "availability_rule.rules[1].wday",
        "hide_location",
    ]);
    Ok(())
}

#[tokio::test]
async fn periods_need_their_bounds() -> Result<()> {
    let mut world = World::new().await?;
    for (settings, violations) in [
        (json!({ "period_type": "fixed" }), &["start_date", "end_date"][..]),
        (
            json!({
                "period_type": "fixed", "start_date": "2026-12-02", "end_date": "2026-12-01",
            }),
            &["end_date"],
        ),
        (json!({ "period_type": "moving" }), &["max_booking_time"]),
        (json!({ "period_type": "available_moving" }), &["max_booking_time"]),
    ] {
        share(&world, settings).await?.assert_invalid(violations);
    }
    let fixed = json!({
        "period_type": "fixed", "start_date": "2026-12-01", "end_date": "2026-12-01",
    });
    let created = share(&world, fixed).await?;
    assert_eq!(created.resource()["share_override"]["end_date"], "2026-12-01");
    world.clock.advance(std::time::Duration::from_secs(8 * 86_400));
    world.token = world.simulator.issue_access_token(crate::support::ALL);
    assert_eq!(own(&world, &[]).await?[0]["status"], "expired");
    Ok(())
}

#[tokio::test]
async fn only_a_single_custom_location_can_be_hidden() -> Result<()> {
    let world = World::new().await?;
    let custom = json!({ "kind": "custom", "location": "The usual place" });
    let zoom = json!({ "kind": "zoom_conference" });
    for (locations, status) in
        [(json!([custom]), 201), (json!([custom, custom]), 400), (json!([zoom]), 400)]
    {
        let settings = json!({ "hide_location": true, "location_configurations": locations });
        assert_eq!(share(&world, settings).await?.status, status, "{locations}");
    }
    Ok(())
}

#[tokio::test]
async fn one_on_one_event_types_are_shared_by_their_host() -> Result<()> {
    let mut world = World::new().await?;
    for name in ["Product Webinar", "Sales Round Robin"] {
        let body = json!({ "event_type": event_type(&world, name)? });
        world.post(PATH, &body).await?.assert_invalid(&["event_type"]);
    }
    let unknown = json!({ "event_type": "https://api.calendly.com/event_types/x" });
    assert_eq!(world.post(PATH, &unknown).await?.status, 404);
    let colleagues = json!({ "event_type": event_type(&world, "Onboarding (old)")? });
    let refused = "You do not have permission";
    world.post(PATH, &colleagues).await?.assert_denied(refused);
    world.become_colleague();
    share(&world, json!({})).await?.assert_denied(refused);
    assert_eq!(world.post(PATH, &colleagues).await?.status, 201);
    Ok(())
}

#[tokio::test]
async fn changing_keeps_what_is_not_sent_and_null_goes_back() -> Result<()> {
    let world = World::new().await?;
    let created = share(&world, json!({ "name": "Visit in May", "duration": 20 })).await?;
    let uri = text(created.resource(), "uri")?;
    let contacts = world.get("/contacts", &[]).await?;
    let contact = text(&contacts.collection()[0], "uri")?;
    let change = json!({ "contact": contact, "min_booking_time": 3, "duration": null });
    let changed = world.patch(uri, &change).await?;
    assert_eq!(changed.status, 200, "{}", changed.text);
    let mut expected = created.resource().clone();
    expected["contact"] = contact.into();
    expected["share_override"]["min_booking_time"] = 3.into();
    expected["share_override"]["duration"] = 60.into();
    assert_eq!(*changed.resource(), expected);

    let back = json!({ "contact": null, "name": null, "min_booking_time": null });
    let back = world.patch(uri, &back).await?;
    assert_eq!(back.resource()["contact"], Value::Null);
    assert_eq!(back.resource()["share_override"]["name"], "On-site Visit");
    assert_eq!(back.resource()["share_override"]["min_booking_time"], Value::Null);
    assert_eq!(own(&world, &[]).await?[0], *back.resource());
    Ok(())
}

#[tokio::test]
async fn a_change_has_to_be_one_and_sound() -> Result<()> {
    let world = World::new().await?;
    let created = share(&world, json!({})).await?;
    let uri = text(created.resource(), "uri")?;
    world.patch(uri, &json!({})).await?.assert_invalid(&["body"]);
    world.patch(uri, &json!({ "status": "booked" })).await?.assert_invalid(&["body"]);
    let odd = json!({
        "contact": "https://api.calendly.com/contacts/x",
        "min_booking_time": 0,
        "period_type": "moving",
    });
    let names = ["contact", "min_booking_time", "max_booking_time"];
    world.patch(uri, &odd).await?.assert_invalid(&names);
    assert_eq!(own(&world, &[]).await?[0], *created.resource());
    assert_eq!(world.patch("/shares/x", &json!({ "name": "x" })).await?.status, 404);
    Ok(())
}

#[tokio::test]
async fn what_is_booked_stays_and_what_has_expired_can_only_go() -> Result<()> {
    let world = World::new().await?;
    let shares = own(&world, &[]).await?;
    let booked = text(with_status(&shares, "booked")?, "uri")?;
    let expired = text(with_status(&shares, "expired")?, "uri")?;
    for uri in [booked, expired] {
        let reply = world.patch(uri, &json!({ "name": "Again" })).await?;
        assert_eq!((reply.status, &reply.body["title"]), (409, &json!("Conflict")));
    }
    assert_eq!(world.delete(booked).await?.status, 409);
    for uri in [expired, text(with_status(&shares, "active")?, "uri")?] {
        let deleted = world.delete(uri).await?;
        assert_eq!((deleted.status, deleted.text.as_str()), (204, ""));
        assert_eq!(world.delete(uri).await?.status, 404);
    }
    assert_eq!(own(&world, &[]).await?.len(), shares.len() - 2);
    Ok(())
}
