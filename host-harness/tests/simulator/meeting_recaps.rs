//! Meeting recaps and their transcripts.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::support::{World, text};

/// The keys of a recap in a list.
const LISTED: [&str; 12] = [
    "app_url",
    "attendees",
    "created_at",
    "end_time",
    "event",
    "location",
    "name",
    "start_time",
    "status",
    "transcript",
    "updated_at",
    "uri",
];

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<_> =
        value.as_object().into_iter().flatten().map(|(key, _)| key.as_str()).collect();
    keys.sort_unstable();
    keys
}

async fn recaps(world: &World, query: &[(&str, &str)]) -> Result<Vec<Value>> {
    world.all("/meeting_recaps", query).await
}

/// Every recap of a status, by the word of the query.
async fn with_status(world: &World, status: &str) -> Result<Vec<Value>> {
    recaps(world, &[("status", status)]).await
}

async fn some_recap(world: &World) -> Result<String> {
    let recaps = recaps(world, &[]).await?;
    Ok(text(recaps.first().context("no recaps")?, "uri")?.to_owned())
}

#[tokio::test]
async fn a_list_tells_less_than_a_single_recap() -> Result<()> {
    let world = World::new().await?;
    for recap in recaps(&world, &[]).await? {
        assert_eq!(keys(&recap), LISTED);
        let one = world.get(text(&recap, "uri")?, &[]).await?;
        let one = one.resource();
        for key in LISTED {
            assert_eq!(one[key], recap[key], "{key}");
        }
        let mut more = keys(one);
        more.retain(|key| !LISTED.contains(key));
        assert_eq!(more, ["action_items_md", "discussion_md", "share_link", "summary_md"]);
        assert!(one["summary_md"].is_string());
    }
    Ok(())
}

#[tokio::test]
async fn the_status_is_available_unless_another_is_asked_for() -> Result<()> {
    let world = World::new().await?;
    for (status, name) in
        [("available", "Available"), ("processing", "Processing"), ("unavailable", "Unavailable")]
    {
        let found = with_status(&world, status).await?;
        assert!(!found.is_empty(), "{status}");
        assert!(found.iter().all(|recap| recap["status"] == name), "{found:?}");
    }
    assert_eq!(recaps(&world, &[]).await?, with_status(&world, "available").await?);
    let wrong = [("status", "Available"), ("count", "101"), ("attendee", "ada"), ("event", "x")];
    world
        .get("/meeting_recaps", &wrong)
        .await?
        .assert_invalid(&["event", "status", "attendee", "count"]);
    Ok(())
}

#[tokio::test]
async fn unfinished_recaps_have_no_transcript() -> Result<()> {
    let world = World::new().await?;
    for recap in with_status(&world, "processing").await? {
        let one = world.get(text(&recap, "uri")?, &[]).await?;
        assert_eq!(one.resource()["transcript"], Value::Null);
        assert_eq!(one.resource()["summary_md"], Value::Null);
        // In lists there always is a URI.
        assert_eq!(world.get(text(&recap, "transcript")?, &[]).await?.status, 404);
    }
    let unavailable = with_status(&world, "unavailable").await?;
    for key in ["event", "name", "location", "start_time", "end_time", "attendees"] {
        assert!(unavailable.iter().any(|recap| recap[key].is_null()), "{key}");
    }
    Ok(())
}

#[tokio::test]
async fn a_transcript_has_a_speaker_on_every_line() -> Result<()> {
    let world = World::new().await?;
    let uri = some_recap(&world).await?;
    let reply = world.get(&format!("{uri}/transcript"), &[]).await?;
    assert_eq!(reply.status, 200);
    assert_eq!(keys(reply.resource()), ["text", "uri"]);
    assert_eq!(reply.resource()["uri"], format!("{uri}/transcript"));
    let lines: Vec<_> = text(reply.resource(), "text")?.lines().collect();
    assert!(lines.len() > 1 && lines.iter().all(|line| line.contains(": ")), "{lines:?}");
    Ok(())
}

#[tokio::test]
async fn recaps_are_found_by_event_and_attendee() -> Result<()> {
    let world = World::new().await?;
    let all = recaps(&world, &[]).await?;
    assert!(all.iter().any(|recap| recap["event"].is_null()), "some meetings are external");
    let recap = all.iter().find(|recap| recap["event"].is_string()).context("no event")?;
    let event = text(recap, "event")?;
    let shown = world.get(event, &[]).await?;
    assert_eq!(shown.resource()["start_time"], recap["start_time"]);
    assert_eq!(recaps(&world, &[("event", event)]).await?, std::slice::from_ref(recap));
    let unknown = [("event", "https://api.calendly.com/scheduled_events/x")];
    assert!(recaps(&world, &unknown).await?.is_empty());

    let email = text(&recap["attendees"][1], "user_email")?;
    let was_there = |recap: &&Value| {
        let attendees = recap["attendees"].as_array().into_iter().flatten();
        attendees.into_iter().any(|one| one["user_email"] == email)
    };
    let expected: Vec<_> = all.iter().filter(was_there).cloned().collect();
    let found = recaps(&world, &[("attendee", &email.to_uppercase())]).await?;
    assert_eq!(found, expected);
    assert!(found.len() < all.len());
    Ok(())
}

#[tokio::test]
async fn a_range_of_time_takes_in_whatever_overlaps_it() -> Result<()> {
    let world = World::new().await?;
    let all = recaps(&world, &[]).await?;
    let recap = all.get(all.len() / 2).context("no recaps")?;
    let (start, end) = (text(recap, "start_time")?, text(recap, "end_time")?);
    let within = |from: Option<&str>, until: Option<&str>| {
        let fits = |recap: &&Value| {
            from.is_none_or(|from| recap["end_time"].as_str() >= Some(from))
                && until.is_none_or(|until| recap["start_time"].as_str() <= Some(until))
        };
        all.iter().filter(fits).cloned().collect::<Vec<_>>()
    };
    let ended = recaps(&world, &[("start_time", end)]).await?;
    assert_eq!(ended, within(Some(end), None));
    assert!(ended.contains(recap) && ended.len() < all.len());
    let begun = recaps(&world, &[("end_time", start)]).await?;
    assert_eq!(begun, within(None, Some(start)));
    assert!(begun.contains(recap) && begun.len() < all.len());
    let both = recaps(&world, &[("start_time", start), ("end_time", end)]).await?;
    assert_eq!(both, within(Some(start), Some(end)));

    // Meetings at an unknown time are in no range.
    let unavailable = with_status(&world, "unavailable").await?;
    let since = [("status", "unavailable"), ("start_time", "2020-01-01T00:00:00Z")];
    assert!(recaps(&world, &since).await?.len() < unavailable.len());

    let reversed = [("start_time", end), ("end_time", start)];
    world.get("/meeting_recaps", &reversed).await?.assert_invalid(&["end_time"]);
    let local = [("start_time", "2026-11-01T00:00:00+01:00")];
    world.get("/meeting_recaps", &local).await?.assert_invalid(&["start_time"]);
    Ok(())
}

#[tokio::test]
async fn recaps_are_paged() -> Result<()> {
    let world = World::new().await?;
    let all = recaps(&world, &[]).await?;
    assert!(all.len() > 5);
    assert_eq!(recaps(&world, &[("count", "3")]).await?, all);
    let uris: BTreeSet<_> = all.iter().map(|recap| recap["uri"].to_string()).collect();
    assert_eq!(uris.len(), all.len());
    Ok(())
}

#[tokio::test]
async fn changing_sets_what_was_sent_and_leaves_the_rest() -> Result<()> {
    let world = World::new().await?;
    let uri = some_recap(&world).await?;
    let before = world.get(&uri, &[]).await?;
    world.clock.advance(Duration::from_secs(60));
    let change = json!({ "summary_md": "# Mine", "action_items_md": null });
    let changed = world.patch(&uri, &change).await?;
    assert_eq!(changed.status, 200, "{}", changed.text);
    let mut expected = before.resource().clone();
    expected["summary_md"] = "# Mine".into();
    expected["action_items_md"] = Value::Null;
    expected["updated_at"] = "2026-11-24T10:01:00.000000Z".into();
    assert_eq!(*changed.resource(), expected);
    assert_eq!(world.get(&uri, &[]).await?.body, changed.body);
    Ok(())
}

#[tokio::test]
async fn changing_refuses_what_cannot_be_changed() -> Result<()> {
    let world = World::new().await?;
    let uri = some_recap(&world).await?;
    let before = world.get(&uri, &[]).await?;
    world.patch(&uri, &json!({})).await?.assert_invalid(&["body"]);
    let odd = json!({ "summary_md": 7, "name": "Mine", "transcript": null });
    world.patch(&uri, &odd).await?.assert_invalid(&["name", "transcript", "summary_md"]);
    assert_eq!(world.get(&uri, &[]).await?.body, before.body);
    Ok(())
}

#[tokio::test]
async fn deleting_takes_the_transcript_along() -> Result<()> {
    let world = World::new().await?;
    let uri = some_recap(&world).await?;
    let deleted = world.delete(&uri).await?;
    assert_eq!((deleted.status, deleted.text.as_str()), (204, ""));
    for path in [uri.clone(), format!("{uri}/transcript")] {
        assert_eq!(world.get(&path, &[]).await?.status, 404);
    }
    assert_eq!(world.delete(&uri).await?.status, 404);
    assert_eq!(world.patch(&uri, &json!({ "summary_md": "x" })).await?.status, 404);
    Ok(())
}

#[tokio::test]
async fn recaps_are_their_owners() -> Result<()> {
    let mut world = World::new().await?;
    let of_owner = recaps(&world, &[]).await?;
    let uri = some_recap(&world).await?;
    world.become_colleague();
    let of_colleague = recaps(&world, &[]).await?;
    assert!(!of_colleague.is_empty());
    assert!(of_colleague.iter().all(|recap| !of_owner.contains(recap)));
    for path in [uri.clone(), format!("{uri}/transcript")] {
        assert_eq!(world.get(&path, &[]).await?.status, 404);
    }
    assert_eq!(world.delete(&uri).await?.status, 404);
    Ok(())
}

#[tokio::test]
async fn reading_and_writing_need_their_scopes() -> Result<()> {
    let mut world = World::new().await?;
    let uri = some_recap(&world).await?;
    world.token = world.simulator.issue_access_token(&["meeting_recaps:read"]);
    assert_eq!(world.get(&uri, &[]).await?.status, 200);
    let reply = world.delete(&uri).await?;
    assert_eq!(reply.body["required_scopes"], json!(["meeting_recaps:write"]));
    world.token = world.simulator.issue_access_token(&["scheduled_events:write"]);
    let reply = world.get("/meeting_recaps", &[]).await?;
    assert_eq!(reply.body["required_scopes"], json!(["meeting_recaps:read"]));
    Ok(())
}
