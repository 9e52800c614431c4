//! Scheduled events, their invitees, and cancellation.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::support::{World, text};

const NOW: &str = "2026-11-24T10:00:00.000000Z";

async fn all(world: &World, more: &[(&str, &str)]) -> Result<Vec<Value>> {
    let organization = world.organization();
    let mut query = vec![("organization", organization.as_str())];
    query.extend_from_slice(more);
    world.all("/scheduled_events", &query).await
}

async fn group(world: &World) -> Result<String> {
    let groups = world.all("/groups", &[("organization", &world.organization())]).await?;
    Ok(text(&groups[0], "uri")?.to_owned())
}

#[tokio::test]
async fn half_of_the_seeded_ones_are_still_to_come() -> Result<()> {
    let world = World::new().await?;
    let events = all(&world, &[]).await?;
    assert_eq!(events.len(), 60);
    let starts: Vec<_> = events.iter().filter_map(|row| row["start_time"].as_str()).collect();
    assert!(starts.is_sorted());
    assert_eq!(starts.iter().filter(|start| **start > NOW).count(), 30);
    let counts: Vec<_> =
        events.iter().filter_map(|row| row["invitees_counter"]["total"].as_u64()).collect();
    assert!(counts.iter().all(|count| (1..=3).contains(count)), "{counts:?}");
    assert!(counts.contains(&1) && counts.contains(&2) && counts.contains(&3), "{counts:?}");
    let canceled = all(&world, &[("status", "canceled")]).await?;
    assert!((3..12).contains(&canceled.len()), "{}", canceled.len());
    for event in &events {
        let has_cancellation = event.get("cancellation").is_some();
        assert_eq!(has_cancellation, event["status"] == "canceled", "{event}");
    }
    Ok(())
}

#[tokio::test]
async fn one_invitee_has_rescheduled() -> Result<()> {
    let world = World::new().await?;
    let mut pairs = 0;
    for event in all(&world, &[("status", "canceled")]).await? {
        for old in world.all(&format!("{}/invitees", text(&event, "uri")?), &[]).await? {
            if old["rescheduled"] != true {
                continue;
            }
            pairs += 1;
            let new = world.get(text(&old, "new_invitee")?, &[]).await?;
            assert_eq!(new.resource()["old_invitee"], old["uri"]);
            assert_eq!(new.resource()["rescheduled"], false);
            assert_eq!(new.resource()["status"], "active");
            assert_eq!(new.resource()["email"], old["email"]);
            assert_eq!(old["cancellation"]["canceler_type"], "invitee");
        }
    }
    assert_eq!(pairs, 1);
    Ok(())
}

#[tokio::test]
async fn filters_agree_with_the_rows() -> Result<()> {
    let world = World::new().await?;
    let events = all(&world, &[]).await?;
    let later = all(&world, &[("min_start_time", NOW)]).await?;
    assert_eq!(later, events[30..]);
    let earlier = all(&world, &[("max_start_time", "2026-11-24T10:00:00Z")]).await?;
    assert_eq!(earlier, events[..30]);
    // Both bounds exclude.
    let start = text(&events[40], "start_time")?;
    let after = all(&world, &[("min_start_time", start)]).await?;
    assert_eq!(after, events[41..]);
    let before = all(&world, &[("max_start_time", start)]).await?;
    assert_eq!(before, events[..40]);
    let between = [("min_start_time", start), ("max_start_time", start)];
    assert!(all(&world, &between).await?.is_empty());
    let descending = all(&world, &[("sort", "start_time:desc")]).await?;
    assert_eq!(descending[0], events[59]);

    let invitees = format!("{}/invitees", text(&events[0], "uri")?);
    let invitee = world.all(&invitees, &[]).await?.first().cloned().context("no invitee")?;
    let email = text(&invitee, "email")?.to_uppercase();
    let found = all(&world, &[("invitee_email", &email)]).await?;
    assert!(found.contains(&events[0]));
    assert!(found.len() < 60);
    let group = group(&world).await?;
    let of_group = all(&world, &[("group", &group)]).await?;
    let of_colleague = all(&world, &[("user", &world.colleague())]).await?;
    assert_eq!(of_group, of_colleague);
    assert!(!of_group.is_empty() && of_group.len() < 60);
    Ok(())
}

#[tokio::test]
async fn odd_parameters_are_refused() -> Result<()> {
    let world = World::new().await?;
    let path = "/scheduled_events";
    world.get(path, &[]).await?.assert_invalid(&["organization", "user", "group"]);
    let owner = world.owner();
    for (name, value) in [
        ("status", "cancelled"),
        ("sort", "created_at:asc"),
        ("min_start_time", "2026-11-24"),
        ("max_start_time", "2026-11-24T10:00:00+01:00"),
    ] {
        let query = [("user", owner.as_str()), (name, value)];
        world.get(path, &query).await?.assert_invalid(&[name]);
    }
    Ok(())
}

#[tokio::test]
async fn admins_have_to_name_the_organization_for_others() -> Result<()> {
    let world = World::new().await?;
    let path = "/scheduled_events";
    let (owner, colleague) = (world.owner(), world.colleague());
    let group = group(&world).await?;
    assert_eq!(world.get(path, &[("user", &owner)]).await?.status, 200);
    world.get(path, &[("user", &colleague)]).await?.assert_denied(
        "Please also specify organization when requesting events for a user within your \
         organization.",
    );
    world.get(path, &[("group", &group)]).await?.assert_denied(
        "Please also specify organization when requesting events for a group within your \
         organization.",
    );
    let stranger = [("user", "https://api.calendly.com/users/x")];
    world.get(path, &stranger).await?.assert_denied("This user is not in your organization");
    for query in [
        [("organization", "https://api.calendly.com/organizations/x")],
        [("group", "https://api.calendly.com/groups/x")],
    ] {
        let reply = world.get(path, &query).await?;
        reply.assert_denied("You do not have permission to access this resource.");
    }
    Ok(())
}

#[tokio::test]
async fn others_see_their_own_and_their_groups_events() -> Result<()> {
    let mut world = World::new().await?;
    let group = group(&world).await?;
    let (owner, organization) = (world.owner(), world.organization());
    let foreign = all(&world, &[("user", &owner)]).await?;
    world.become_colleague();
    let path = "/scheduled_events";
    let colleague = world.colleague();
    let own = world.all(path, &[("user", &colleague)]).await?;
    assert_eq!(world.all(path, &[("group", &group)]).await?, own);
    let reply = world.get(path, &[("organization", &organization)]).await?;
    reply.assert_denied("You do not have permission");

    let event = text(&foreign[0], "uri")?;
    let refused = "You are not allowed to view this event";
    world.get(event, &[]).await?.assert_denied(refused);
    world.get(&format!("{event}/invitees"), &[]).await?.assert_denied(refused);
    let one = world.get(&format!("{event}/invitees/x"), &[]).await?;
    one.assert_denied("You do not have permission to view this event");
    let cancel = world.post(&format!("{event}/cancellation"), &json!({})).await?;
    cancel.assert_denied("You are not allowed to cancel this event");
    Ok(())
}

#[tokio::test]
async fn cancelling_calls_off_the_event_and_its_invitees_once() -> Result<()> {
    let world = World::new().await?;
    let future = all(&world, &[("min_start_time", NOW), ("status", "active")]).await?;
    let event = text(&future[0], "uri")?;
    let path = format!("{event}/cancellation");
    let too_long = json!({ "reason": "x".repeat(10_001) });
    world.post(&path, &too_long).await?.assert_invalid(&["reason"]);

    let cancellation = world.post(&path, &json!({ "reason": "ill" })).await?;
    assert_eq!(cancellation.status, 201, "{}", cancellation.text);
    assert_eq!(cancellation.resource()["reason"], "ill");
    assert_eq!(cancellation.resource()["canceler_type"], "host");
    let after = world.get(event, &[]).await?;
    assert_eq!(after.resource()["status"], "canceled");
    assert_eq!(after.resource()["cancellation"], *cancellation.resource());
    assert_eq!(after.resource()["invitees_counter"]["active"], 0);
    for invitee in world.all(&format!("{event}/invitees"), &[]).await? {
        assert_eq!(invitee["status"], "canceled");
        assert_eq!(invitee["cancellation"], *cancellation.resource());
        assert!(invitee["cancel_url"].is_string());
    }
    world.post(&path, &json!({})).await?.assert_denied("Event is already canceled");
    Ok(())
}

#[tokio::test]
async fn what_is_past_cannot_be_cancelled() -> Result<()> {
    let world = World::new().await?;
    let past = all(&world, &[("max_start_time", NOW), ("status", "active")]).await?;
    let path = format!("{}/cancellation", text(&past[0], "uri")?);
    // Without a body, too.
    let reply = world.request(reqwest::Method::POST, &path, None).await?;
    reply.assert_denied("Event in the past");
    Ok(())
}

#[tokio::test]
async fn invitees_have_every_key_of_the_documentation() -> Result<()> {
    let world = World::new().await?;
    let event = all(&world, &[("status", "active")]).await?.remove(0);
    let invitee = world.all(&format!("{}/invitees", text(&event, "uri")?), &[]).await?.remove(0);
    for key in [
        "cancel_url",
        "created_at",
        "email",
        "event",
        "first_name",
        "invitee_scheduled_by",
        "last_name",
        "name",
        "new_invitee",
        "no_show",
        "old_invitee",
        "payment",
        "questions_and_answers",
        "reconfirmation",
        "reschedule_url",
        "rescheduled",
        "routing_form_submission",
        "scheduling_method",
        "status",
        "text_reminder_number",
        "timezone",
        "tracking",
        "updated_at",
        "uri",
    ] {
        assert!(invitee.get(key).is_some(), "{key}");
    }
    assert_eq!(invitee["tracking"].as_object().map(serde_json::Map::len), Some(6));
    let created = text(&invitee, "created_at")?;
    assert!(created.len() == 27 && created.ends_with('Z'), "{created}");
    let one = world.get(text(&invitee, "uri")?, &[]).await?;
    assert_eq!(*one.resource(), invitee);
    let path = format!("{}/invitees", text(&event, "uri")?);
    world.get(&path, &[("sort", "email:asc")]).await?.assert_invalid(&["sort"]);
    assert!(world.all(&path, &[("email", "nobody@home.example")]).await?.is_empty());
    Ok(())
}
