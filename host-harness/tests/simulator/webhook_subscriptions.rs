//! Webhook subscriptions and samples of what they deliver.

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::support::{Reply, World, text};

const PATH: &str = "/webhook_subscriptions";
const SAMPLE: &str = "/sample_webhook_data";

/// Every event, with the scopes of subscriptions that can have it and the scope of tokens it needs.
const EVENTS: [(&str, &[&str], &str); 14] = [
    ("invitee.created", &["organization", "user", "group"], "scheduled_events:read"),
    ("invitee.canceled", &["organization", "user", "group"], "scheduled_events:read"),
    ("invitee_no_show.created", &["organization", "user", "group"], "scheduled_events:read"),
    ("invitee_no_show.deleted", &["organization", "user", "group"], "scheduled_events:read"),
    ("event_type.created", &["organization", "user", "group"], "event_types:read"),
    ("event_type.updated", &["organization", "user", "group"], "event_types:read"),
    ("event_type.deleted", &["organization", "user", "group"], "event_types:read"),
    ("meeting_recap.created", &["user"], "meeting_recaps:read"),
    ("meeting_recap.updated", &["user"], "meeting_recaps:read"),
    ("meeting_recap.deleted", &["user"], "meeting_recaps:read"),
    ("routing_form_submission.created", &["organization"], "routing_forms:read"),
    ("contact.created", &["organization", "user", "group"], "contacts:read"),
    ("contact.updated", &["organization", "user", "group"], "contacts:read"),
    ("contact.deleted", &["organization", "user", "group"], "contacts:read"),
];

async fn group(world: &World) -> Result<String> {
    let groups = world.all("/groups", &[("organization", &world.organization())]).await?;
    Ok(text(groups.first().context("no group")?, "uri")?.to_owned())
}

/// A body that subscribes for the caller's own events, with some fields replaced.
fn body(world: &World, changes: &Value) -> Value {
    let mut body = json!({
        "url": "https://hooks.example/mine",
        "events": ["invitee.created", "invitee.canceled"],
        "organization": world.organization(),
        "scope": "user",
        "user": world.owner(),
    });
    for (name, value) in changes.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    body
}

async fn subscribe(world: &World, changes: Value) -> Result<Reply> {
    world.post(PATH, &body(world, &changes)).await
}

/// The query of a list: every parameter there is.
async fn query(world: &World, scope: &str) -> Result<Vec<(&'static str, String)>> {
    Ok(vec![
        ("organization", world.organization()),
        ("scope", scope.to_owned()),
        ("user", world.owner()),
        ("group", group(world).await?),
    ])
}

async fn get(world: &World, path: &str, query: &[(&'static str, String)]) -> Result<Reply> {
    let query: Vec<_> = query.iter().map(|(name, value)| (*name, value.as_str())).collect();
    world.get(path, &query).await
}

#[tokio::test]
async fn a_subscription_answers_everything_but_its_key() -> Result<()> {
    let world = World::new().await?;
    let reply = subscribe(&world, json!({ "signing_key": "hush-hush" })).await?;
    assert_eq!(reply.status, 201, "{}", reply.text);
    let subscription = reply.resource();
    let uri = text(subscription, "uri")?;
    let expected = json!({
        "uri": uri,
        "callback_url": "https://hooks.example/mine",
        "created_at": "2026-11-24T10:00:00.000000Z",
        "updated_at": "2026-11-24T10:00:00.000000Z",
        "retry_started_at": null,
        "state": "active",
        "events": ["invitee.created", "invitee.canceled"],
        "scope": "user",
        "organization": world.organization(),
        "user": world.owner(),
        "group": null,
        "creator": world.owner(),
    });
    assert_eq!(*subscription, expected);
    assert_eq!(world.get(uri, &[]).await?.body, reply.body);
    let list = get(&world, PATH, &query(&world, "user").await?).await?;
    assert!(list.collection().contains(subscription));
    assert!(!list.text.contains("hush"));
    Ok(())
}

#[tokio::test]
async fn what_is_wrong_with_a_subscription_is_named_all_at_once() -> Result<()> {
    let world = World::new().await?;
    let reply = world.post(PATH, &json!({})).await?;
    reply.assert_invalid(&["url", "events", "organization", "scope"]);
    for (changes, violations) in [
        (json!({ "url": "hooks.example" }), &["url"][..]),
        (json!({ "url": "ftp://hooks.example" }), &["url"]),
        (json!({ "events": [] }), &["events"]),
        (json!({ "events": "invitee.created" }), &["events"]),
        (json!({ "events": ["invitee.created", "invitee.moved"] }), &["events[1]"]),
        (json!({ "events": ["invitee.created", "invitee.created"] }), &["events[1]"]),
        (json!({ "organization": "x", "user": "y" }), &["organization", "user"]),
        (json!({ "scope": "team" }), &["scope"]),
        (json!({ "user": null }), &["user"]),
        (json!({ "scope": "group" }), &["group"]),
        (json!({ "signing_key": "" }), &["signing_key"]),
        (json!({ "signing_key": 7 }), &["signing_key"]),
        (json!({ "url": 1, "scope": 2, "group": 3 }), &["url", "scope", "group"]),
    ] {
        subscribe(&world, changes).await?.assert_invalid(violations);
    }
    Ok(())
}

#[tokio::test]
async fn every_event_has_its_scopes() -> Result<()> {
    let world = World::new().await?;
    let group = group(&world).await?;
    for (event, scopes, _) in EVENTS {
        for scope in ["organization", "user", "group"] {
            let changes = json!({
                "url": format!("https://hooks.example/{event}/{scope}"),
                "events": [event],
                "scope": scope,
                "group": group,
            });
            let reply = subscribe(&world, changes).await?;
            let mut wanted = query(&world, scope).await?;
            wanted.push(("event", event.to_owned()));
            let sample = get(&world, SAMPLE, &wanted).await?;
            if scopes.contains(&scope) {
                assert_eq!(reply.status, 201, "{event} {scope}: {}", reply.text);
                let user = (scope == "user").then(|| world.owner());
                assert_eq!(reply.resource()["user"], json!(user));
                let group = (scope == "group").then_some(&group);
                assert_eq!(reply.resource()["group"], json!(group));
                assert_eq!(sample.status, 200, "{event} {scope}: {}", sample.text);
            } else {
                reply.assert_invalid(&["events"]);
                sample.assert_invalid(&["event"]);
            }
        }
    }
    let mixed = ["routing_form_submission.created", "meeting_recap.created"];
    subscribe(&world, json!({ "events": mixed })).await?.assert_invalid(&["events"]);
    Ok(())
}

#[tokio::test]
async fn subscribing_needs_to_be_allowed_to_read() -> Result<()> {
    let mut world = World::new().await?;
    let all = world.token.clone();
    for (event, scopes, read) in EVENTS {
        let changes = json!({
            "url": format!("https://hooks.example/{event}"),
            "events": [event],
            "scope": scopes[0],
        });
        world.token = world.simulator.issue_access_token(&["webhooks:write", "users:read"]);
        let reply = subscribe(&world, changes.clone()).await?;
        assert_eq!(reply.status, 403, "{event}");
        assert_eq!(reply.body["title"], "Insufficient scope");
        assert_eq!(reply.body["required_scopes"], json!(["webhooks:write", read]), "{event}");
        world.token = world.simulator.issue_access_token(&["webhooks:write", read]);
        let changes = if scopes.contains(&"user") {
            let mut changes = changes;
            changes["scope"] = "user".into();
            changes
        } else {
            changes
        };
        assert_eq!(subscribe(&world, changes).await?.status, 201, "{event}");
    }
    world.token = world.simulator.issue_access_token(&["webhooks:write", "contacts:read"]);
    let several = json!({ "events": ["contact.created", "invitee.created"] });
    let reply = subscribe(&world, several).await?;
    let required = json!(["webhooks:write", "contacts:read", "scheduled_events:read"]);
    assert_eq!(reply.body["required_scopes"], required);

    world.token = world.simulator.issue_access_token(&["webhooks:read"]);
    let reply = subscribe(&world, json!({})).await?;
    assert_eq!(reply.body["required_scopes"], json!(["webhooks:write"]));
    world.token = all;
    Ok(())
}

#[tokio::test]
async fn a_url_is_used_once() -> Result<()> {
    let world = World::new().await?;
    let first = subscribe(&world, json!({})).await?;
    let again = json!({ "scope": "organization", "events": ["contact.created"] });
    let refused = subscribe(&world, again.clone()).await?;
    assert_eq!(refused.status, 409);
    let body = json!({ "title": "Already Exists", "message": "Hook with this url already exists" });
    assert_eq!(refused.body, body);
    assert_eq!(world.delete(text(first.resource(), "uri")?).await?.status, 204);
    assert_eq!(subscribe(&world, again).await?.status, 201);
    Ok(())
}

#[tokio::test]
async fn members_subscribe_for_themselves_and_the_group_they_lead() -> Result<()> {
    let mut world = World::new().await?;
    let group = group(&world).await?;
    let elsewhere = "https://api.calendly.com/organizations/elsewhere";
    let no_access = "You do not have permission to access this resource.";
    let no_permission = "You do not have permission";
    for (changes, message) in [
        (json!({ "organization": elsewhere }), no_permission),
        // Not even the owner does for somebody else.
        (json!({ "user": world.colleague() }), no_permission),
        (json!({ "user": "https://api.calendly.com/users/stranger" }), no_access),
        (json!({ "scope": "group", "group": "https://api.calendly.com/groups/x" }), no_access),
    ] {
        subscribe(&world, changes).await?.assert_denied(message);
    }
    world.become_colleague();
    subscribe(&world, json!({ "scope": "organization" })).await?.assert_denied(no_access);
    subscribe(&world, json!({})).await?.assert_denied(no_permission);
    let own = json!({ "user": world.colleague(), "url": "https://hooks.example/own" });
    assert_eq!(subscribe(&world, own).await?.resource()["creator"], world.colleague().as_str());
    let led = json!({ "scope": "group", "group": group, "url": "https://hooks.example/led" });
    assert_eq!(subscribe(&world, led).await?.resource()["group"], group);
    Ok(())
}

#[tokio::test]
async fn lists_are_of_one_scope() -> Result<()> {
    let world = World::new().await?;
    for scope in ["organization", "user", "group"] {
        let list = get(&world, PATH, &query(&world, scope).await?).await?;
        assert!(!list.collection().is_empty(), "{scope}");
        assert!(list.collection().iter().all(|one| one["scope"] == scope), "{scope}");
    }
    let list = get(&world, PATH, &query(&world, "organization").await?).await?;
    let disabled = list.collection().iter().find(|one| one["state"] == "disabled");
    assert!(disabled.context("none is disabled")?["retry_started_at"].is_string());
    Ok(())
}

#[tokio::test]
async fn lists_are_sorted_and_paged() -> Result<()> {
    let world = World::new().await?;
    for number in 0..4 {
        world.clock.advance(Duration::from_secs(1));
        let url = format!("https://hooks.example/{number}");
        assert_eq!(subscribe(&world, json!({ "url": url })).await?.status, 201);
    }
    let (organization, user) = (world.organization(), world.owner());
    let mut query = vec![
        ("organization", organization.as_str()),
        ("scope", "user"),
        ("user", user.as_str()),
        ("count", "3"),
    ];
    let rows = world.all(PATH, &query).await?;
    assert!(rows.len() > 4);
    let times: Vec<_> = rows.iter().filter_map(|one| one["created_at"].as_str()).collect();
    assert!(times.is_sorted(), "{times:?}");
    query.push(("sort", "created_at:desc"));
    let mut reversed = world.all(PATH, &query).await?;
    reversed.reverse();
    assert_eq!(reversed, rows);
    Ok(())
}

#[tokio::test]
async fn a_list_needs_to_know_of_whom() -> Result<()> {
    let world = World::new().await?;
    let organization = world.organization();
    world.get(PATH, &[]).await?.assert_invalid(&["organization", "scope"]);
    let of = |scope| [("organization", organization.as_str()), ("scope", scope)];
    world.get(PATH, &of("user")).await?.assert_invalid(&["user"]);
    world.get(PATH, &of("group")).await?.assert_invalid(&["group"]);
    let wrong = [("scope", "team"), ("sort", "url:asc"), ("count", "0"), ("user", "x")];
    world.get(PATH, &wrong).await?.assert_invalid(&[
        "user",
        "organization",
        "scope",
        "sort",
        "count",
    ]);
    Ok(())
}

#[tokio::test]
async fn lists_and_samples_are_refused_in_other_words() -> Result<()> {
    let mut world = World::new().await?;
    let group = group(&world).await?;
    let (organization, owner) = (world.organization(), world.owner());
    let colleague = world.colleague();
    let refused = async |world: &World, query: &[(&str, &str)], message: &str| {
        world.get(PATH, query).await?.assert_denied(message);
        let mut sample = query.to_vec();
        sample.push(("event", "invitee.created"));
        world.get(SAMPLE, &sample).await?.assert_denied(message);
        anyhow::Ok(())
    };
    let own = ("organization", organization.as_str());
    let elsewhere = ("organization", "https://api.calendly.com/organizations/elsewhere");
    let of_user = |user| [own, ("scope", "user"), ("user", user)];
    let of_group = |group| [own, ("scope", "group"), ("group", group)];
    let of_organization = [own, ("scope", "organization")];
    refused(&world, &[elsewhere, of_organization[1]], "You do not have permission").await?;
    refused(&world, &of_user(&colleague), "Unauthorized").await?;
    refused(&world, &of_user("https://api.calendly.com/users/stranger"), "Unauthorized").await?;
    let message = "You do not have permission to perform this action";
    refused(&world, &of_group("https://api.calendly.com/groups/x"), message).await?;

    world.become_colleague();
    let message = "You do not have permission to access this resource.";
    refused(&world, &of_organization, message).await?;
    refused(&world, &of_user(&owner), "Unauthorized").await?;
    assert_eq!(world.get(PATH, &of_user(&colleague)).await?.status, 200);
    assert_eq!(world.get(PATH, &of_group(&group)).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn single_subscriptions_are_as_private_as_lists() -> Result<()> {
    let mut world = World::new().await?;
    let created = subscribe(&world, json!({})).await?;
    let uri = text(created.resource(), "uri")?;
    world.become_colleague();
    let message = "You do not have permission to access this resource.";
    world.get(uri, &[]).await?.assert_denied(message);
    world.delete(uri).await?.assert_denied(message);
    assert_eq!(world.get("/webhook_subscriptions/x", &[]).await?.status, 404);
    assert_eq!(world.delete("/webhook_subscriptions/x").await?.status, 404);
    Ok(())
}

#[tokio::test]
async fn deleting_is_final() -> Result<()> {
    let world = World::new().await?;
    let created = subscribe(&world, json!({})).await?;
    let uri = text(created.resource(), "uri")?;
    let deleted = world.delete(uri).await?;
    assert_eq!((deleted.status, deleted.text.as_str()), (204, ""));
    assert_eq!(world.get(uri, &[]).await?.status, 404);
    assert_eq!(world.delete(uri).await?.status, 404);
    Ok(())
}

/// A sample of an event for the first scope it can have.
async fn sample(world: &World, event: &'static str) -> Result<Value> {
    let known = EVENTS.iter().find(|(name, ..)| *name == event).context(event)?;
    let mut query = query(world, known.1[0]).await?;
    query.push(("event", event.to_owned()));
    let reply = get(world, SAMPLE, &query).await?;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let body = &reply.body;
    assert_eq!(body["event"], event);
    assert_eq!(body["created_at"], "2026-11-24T10:00:00.000000Z");
    assert_eq!(body["created_by"], world.owner().as_str());
    assert_eq!(body.as_object().map(serde_json::Map::len), Some(4));
    Ok(body["payload"].clone())
}

#[tokio::test]
async fn samples_of_invitees_have_the_event_in_them() -> Result<()> {
    let world = World::new().await?;
    for (event, status) in [
        ("invitee.created", "active"),
        ("invitee.canceled", "canceled"),
        ("invitee_no_show.created", "active"),
        ("invitee_no_show.deleted", "active"),
    ] {
        let payload = sample(&world, event).await?;
        assert_eq!(payload["status"], status, "{event}");
        assert_eq!(payload.get("cancellation").is_some(), status == "canceled", "{event}");
        assert_eq!(payload["no_show"].is_object(), event == "invitee_no_show.created");
        let scheduled = &payload["scheduled_event"];
        assert_eq!(scheduled["uri"], payload["event"]);
        assert!(scheduled.get("calendar_event").is_none());
        let host = scheduled["event_memberships"][0].as_object().context("no host")?;
        let keys: Vec<_> = host.keys().map(String::as_str).collect();
        assert_eq!(keys, ["user", "user_email", "user_name"]);
    }
    Ok(())
}

#[tokio::test]
async fn other_samples_have_the_documented_shapes() -> Result<()> {
    let world = World::new().await?;
    for event in ["event_type.created", "event_type.updated", "event_type.deleted"] {
        let payload = sample(&world, event).await?;
        assert!(payload.get("description_html").is_none() && payload["slug"].is_string());
        assert_eq!(payload["deleted_at"].is_string(), event == "event_type.deleted");
    }
    for event in ["contact.created", "contact.updated"] {
        let payload = sample(&world, event).await?;
        assert!(payload["user_uuid"].is_string() && payload["contact"]["emails"].is_array());
        assert!(payload["contact"]["creation_source"].is_string());
        assert!(payload["contact"].get("app_url").is_none());
    }
    let payload = sample(&world, "contact.deleted").await?;
    assert_eq!(payload["contact"].as_object().map(serde_json::Map::len), Some(2));
    assert!(payload["contact"]["deleted_at"].is_string());

    let created = sample(&world, "meeting_recap.created").await?;
    assert!(created["created_at"].is_string() && created["recap"]["transcript"].is_string());
    assert!(created["event"]["attendees"].is_array() && created["recap"]["summary_md"].is_string());
    let updated = sample(&world, "meeting_recap.updated").await?;
    assert!(updated.get("created_at").is_none() && updated["recap"]["uri"].is_string());
    let deleted = sample(&world, "meeting_recap.deleted").await?;
    assert!(deleted["recap"]["deleted_at"].is_string());
    let submission = sample(&world, "routing_form_submission.created").await?;
    assert!(submission["routing_form"].is_string() && submission["tracking"].is_object());
    Ok(())
}

#[tokio::test]
async fn a_sample_needs_an_event() -> Result<()> {
    let world = World::new().await?;
    world.get(SAMPLE, &[]).await?.assert_invalid(&["event", "organization", "scope"]);
    let mut wrong = query(&world, "user").await?;
    wrong.push(("event", "invitee.moved".to_owned()));
    get(&world, SAMPLE, &wrong).await?.assert_invalid(&["event"]);
    Ok(())
}
