//! Webhooks as they arrive: to whom, with what, signed how.

use std::time::Duration;

use anyhow::{Context, Result};
use host_harness::simulator::{DeliveryState, Person, Simulator, WebhookDelivery};
use serde_json::{Value, json};

use crate::receiver::{Received, Receiver};
use crate::support::{ALL, NOW_MS, World, text};

pub(crate) const NOW_SECONDS: u64 = NOW_MS / 1_000;
pub(crate) const MINUTE: Duration = Duration::from_secs(60);

/// Every event that a subscription of a user can name.
const OF_USER: [&str; 13] = [
    "invitee.created",
    "invitee.canceled",
    "invitee_no_show.created",
    "invitee_no_show.deleted",
    "event_type.created",
    "event_type.updated",
    "event_type.deleted",
    "meeting_recap.created",
    "meeting_recap.updated",
    "meeting_recap.deleted",
    "contact.created",
    "contact.updated",
    "contact.deleted",
];

pub(crate) fn user(uri: &str) -> Value {
    json!({ "scope": "user", "user": uri })
}

pub(crate) fn organization() -> Value {
    json!({ "scope": "organization" })
}

/// A world with a receiver that is told all that concerns the owner.
pub(crate) async fn listening() -> Result<(World, Receiver)> {
    let (world, receiver) = (World::new().await?, Receiver::new().await?);
    receiver.subscribe(&world, "/hook", &OF_USER, &user(&world.owner())).await?;
    Ok((world, receiver))
}

/// Delivers, and answers the one webhook that arrives, after looking at everything but its payload.
pub(crate) async fn only(world: &World, receiver: &Receiver, event: &str) -> Result<Value> {
    let done = world.simulator.deliver_due().await;
    let states: Vec<_> = done.iter().map(|one| (one.event, one.state, one.tries)).collect();
    assert_eq!(states, [(event, DeliveryState::Delivered, 1)]);
    let received = receiver.take();
    let [one] = received.as_slice() else {
        anyhow::bail!("{event} arrived {} times", received.len());
    };
    assert_eq!(one.path, "/hook");
    assert_eq!(one.content_type, "application/json");
    one.signed_at(Simulator::WEBHOOK_SIGNING_KEY)?;
    let expected = json!({
        "event": event,
        "created_at": "2026-11-24T10:00:00.000000Z",
        "created_by": world.owner(),
        "payload": one.payload(),
    });
    assert_eq!(one.body, expected);
    assert!(world.simulator.deliver_due().await.is_empty());
    Ok(one.payload().clone())
}

pub(crate) async fn book(world: &World, event_type: &str, person: Person) -> Result<Value> {
    let uri = world.simulator.event_type_uri(event_type).context("no such event type")?;
    let body = json!({
        "event_type": uri,
        "start_time": world.simulator.free_start_time(person),
        "invitee": { "name": "Ada Lovelace", "email": "ada@home.example", "timezone": "UTC" },
    });
    let reply = world.post("/invitees", &body).await?;
    assert_eq!(reply.status, 201, "{}", reply.text);
    Ok(reply.resource().clone())
}

pub(crate) async fn add_contact(world: &World, name: &str) -> Result<Value> {
    let email = format!("{}@home.example", name.to_lowercase());
    let body = json!({ "name": name, "emails": [{ "email": email, "is_primary": true }] });
    let reply = world.post("/contacts", &body).await?;
    assert_eq!(reply.status, 201, "{}", reply.text);
    Ok(reply.resource().clone())
}

pub(crate) async fn get(world: &World, uri: &str) -> Result<Value> {
    let reply = world.get(uri, &[]).await?;
    assert_eq!(reply.status, 200, "{}", reply.text);
    Ok(reply.resource().clone())
}

/// What a webhook about an invitee has to hold: everything that the API says of it, and the event
/// with somewhat less.
async fn invitee_payload(world: &World, uri: &str) -> Result<Value> {
    let mut payload = get(world, uri).await?;
    let mut event = get(world, text(&payload, "event")?).await?;
    event.as_object_mut().context("no event")?.remove("calendar_event");
    for host in event["event_memberships"].as_array_mut().context("no hosts")? {
        let host = host.as_object_mut().context("no host")?;
        host.retain(|key, _| ["user", "user_email", "user_name"].contains(&key.as_str()));
    }
    payload["scheduled_event"] = event;
    Ok(payload)
}

/// An event of the owner that is over and took place, for which the notetaker may write something.
async fn past_event(world: &World, index: usize) -> Result<Value> {
    let owner = world.owner();
    let query = [
        ("user", owner.as_str()),
        ("status", "active"),
        ("max_start_time", "2026-11-24T10:00:00Z"),
        ("sort", "start_time:desc"),
    ];
    let events = world.all("/scheduled_events", &query).await?;
    events.get(index).cloned().context("nothing took place")
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().into_iter().flatten().map(|(key, _)| key.as_str()).collect()
}

pub(crate) fn events(received: &[Received]) -> Vec<&str> {
    received.iter().map(Received::event).collect()
}

pub(crate) fn states(deliveries: &[WebhookDelivery]) -> Vec<DeliveryState> {
    deliveries.iter().map(|one| one.state).collect()
}

#[tokio::test]
async fn a_booking_and_its_cancellation_are_told() -> Result<()> {
    let (world, receiver) = listening().await?;
    let invitee = book(&world, "30 Minute Meeting", Person::Owner).await?;
    let uri = text(&invitee, "uri")?;
    let created = only(&world, &receiver, "invitee.created").await?;
    assert_eq!(created, invitee_payload(&world, uri).await?);
    assert!(created.get("cancellation").is_none());

    let cancellation = format!("{}/cancellation", text(&invitee, "event")?);
    assert_eq!(world.post(&cancellation, &json!({ "reason": "ill" })).await?.status, 201);
    let canceled = only(&world, &receiver, "invitee.canceled").await?;
    assert_eq!(canceled, invitee_payload(&world, uri).await?);
    assert_eq!(
        (&canceled["status"], &canceled["rescheduled"]),
        (&json!("canceled"), &json!(false))
    );
    assert_eq!(canceled["cancellation"]["canceler_type"], "host");
    assert_eq!(canceled["scheduled_event"]["cancellation"]["reason"], "ill");
    Ok(())
}

#[tokio::test]
async fn whoever_stayed_away_is_told() -> Result<()> {
    let (world, receiver) = listening().await?;
    let mut present = None;
    for index in 0..8 {
        let event = past_event(&world, index).await?;
        let invitees = world.all(&format!("{}/invitees", text(&event, "uri")?), &[]).await?;
        present = present.or(invitees.into_iter().find(|one| one["no_show"].is_null()));
    }
    let present = present.context("nobody came")?;
    let uri = text(&present, "uri")?;
    let marked = world.post("/invitee_no_shows", &json!({ "invitee": uri })).await?;
    assert_eq!(marked.status, 201, "{}", marked.text);
    let created = only(&world, &receiver, "invitee_no_show.created").await?;
    assert_eq!(created, invitee_payload(&world, uri).await?);
    assert_eq!(created["no_show"]["uri"], marked.resource()["uri"]);

    assert_eq!(world.delete(text(marked.resource(), "uri")?).await?.status, 204);
    let deleted = only(&world, &receiver, "invitee_no_show.deleted").await?;
    assert_eq!(deleted, invitee_payload(&world, uri).await?);
    assert_eq!(deleted["no_show"], Value::Null);
    Ok(())
}

#[tokio::test]
async fn an_event_type_is_told_from_its_making_to_its_end() -> Result<()> {
    let (world, receiver) = listening().await?;
    let body = json!({ "name": "Chat", "owner": world.owner(), "active": true });
    let reply = world.post("/event_types", &body).await?;
    assert_eq!(reply.status, 201, "{}", reply.text);
    let uri = text(reply.resource(), "uri")?;
    let payload = async || {
        let mut payload = get(&world, uri).await?;
        payload.as_object_mut().context("no event type")?.remove("description_html");
        anyhow::Ok(payload)
    };
    assert_eq!(only(&world, &receiver, "event_type.created").await?, payload().await?);

    assert_eq!(world.patch(uri, &json!({ "name": "Long chat" })).await?.status, 200);
    let updated = only(&world, &receiver, "event_type.updated").await?;
    assert_eq!(updated, payload().await?);
    assert_eq!(updated["name"], "Long chat");

    world.simulator.delete_event_type(uri)?;
    let deleted = only(&world, &receiver, "event_type.deleted").await?;
    assert_eq!(deleted, payload().await?);
    assert_eq!(deleted["deleted_at"], "2026-11-24T10:00:00.000000Z");
    assert_eq!(deleted["active"], false);
    Ok(())
}

#[tokio::test]
async fn a_meeting_that_is_arranged_once_has_an_event_type_too() -> Result<()> {
    let (world, receiver) = listening().await?;
    let body = json!({
        "name": "Signing",
        "host": world.owner(),
        "duration": 30,
        "date_setting": { "type": "days_in_future", "days": 9, "only_weekdays": true },
    });
    let reply = world.post("/one_off_event_types", &body).await?;
    assert_eq!(reply.status, 201, "{}", reply.text);
    let created = only(&world, &receiver, "event_type.created").await?;
    assert_eq!(created["type"], "AdhocEventType");
    assert_eq!(created["uri"], reply.resource()["uri"]);
    Ok(())
}

#[tokio::test]
async fn a_contact_is_told_from_its_making_to_its_end() -> Result<()> {
    let (world, receiver) = listening().await?;
    let contact = add_contact(&world, "Grace").await?;
    let uri = text(&contact, "uri")?;
    let owner = world.owner();
    let user_uuid = owner.rsplit('/').next();
    let payload = async || {
        let mut contact = get(&world, uri).await?;
        contact.as_object_mut().context("no contact")?.remove("app_url");
        contact["creation_source"] = "api".into();
        anyhow::Ok(json!({ "user_uuid": user_uuid, "contact": contact }))
    };
    assert_eq!(only(&world, &receiver, "contact.created").await?, payload().await?);

    assert_eq!(world.patch(uri, &json!({ "company": "Navy" })).await?.status, 200);
    let updated = only(&world, &receiver, "contact.updated").await?;
    assert_eq!(updated, payload().await?);
    assert_eq!(updated["contact"]["company"], "Navy");

    assert_eq!(world.delete(uri).await?.status, 204);
    let deleted = only(&world, &receiver, "contact.deleted").await?;
    let contact = json!({ "uri": uri, "deleted_at": "2026-11-24T10:00:00.000000Z" });
    assert_eq!(deleted, json!({ "user_uuid": user_uuid, "contact": contact }));
    Ok(())
}

#[tokio::test]
async fn a_recap_is_told_from_its_making_to_its_end() -> Result<()> {
    let (world, receiver) = listening().await?;
    // The latest is still being written.
    let event = past_event(&world, 0).await?;
    let event_uri = text(&event, "uri")?;
    let recap = world.simulator.publish_recap(event_uri, "They met.")?;
    let created = only(&world, &receiver, "meeting_recap.created").await?;
    assert_eq!(keys(&created), ["created_at", "event", "recap"]);
    let inner = ["attendees", "end_time", "location", "name", "start_time", "uri"];
    assert_eq!(keys(&created["event"]), inner);
    assert_eq!(created["event"]["uri"], event_uri);
    assert_eq!(created["event"]["attendees"][0]["host"], true);
    let shown = get(&world, &recap).await?;
    for name in ["uri", "summary_md", "action_items_md", "discussion_md", "transcript"] {
        assert_eq!(created["recap"][name], shown[name], "{name}");
    }
    assert_eq!(created["recap"]["summary_md"], "They met.");
    let transcript = get(&world, text(&shown, "transcript")?).await?;
    assert!(text(&transcript, "text")?.ends_with(": They met."));

    world.simulator.update_recap(&recap, "They met and left.")?;
    let updated = only(&world, &receiver, "meeting_recap.updated").await?;
    assert_eq!(keys(&updated), ["event", "recap"]);
    assert_eq!(updated["recap"]["summary_md"], "They met and left.");
    let body = json!({ "summary_md": "They left." });
    assert_eq!(world.patch(&recap, &body).await?.status, 200);
    let updated = only(&world, &receiver, "meeting_recap.updated").await?;
    assert_eq!(updated["recap"]["summary_md"], "They left.");

    world.simulator.delete_recap(&recap)?;
    let deleted = only(&world, &receiver, "meeting_recap.deleted").await?;
    let expected = json!({
        "event": { "uri": event_uri },
        "recap": { "uri": recap, "deleted_at": "2026-11-24T10:00:00.000000Z" },
    });
    assert_eq!(deleted, expected);
    assert_eq!(world.get(&recap, &[]).await?.status, 404);
    let again = world.simulator.publish_recap(event_uri, "Once more.")?;
    only(&world, &receiver, "meeting_recap.created").await?;
    assert_eq!(world.delete(&again).await?.status, 204);
    only(&world, &receiver, "meeting_recap.deleted").await?;
    Ok(())
}

#[tokio::test]
async fn a_form_that_is_filled_in_is_told_to_the_organization() -> Result<()> {
    let (world, receiver) = (World::new().await?, Receiver::new().await?);
    let events = ["routing_form_submission.created"];
    receiver.subscribe(&world, "/hook", &events, &organization()).await?;
    let organization = world.organization();
    let forms = world.all("/routing_forms", &[("organization", &organization)]).await?;
    let form = forms.iter().find(|form| form["name"] == "Get support").context("no such form")?;
    let answers = [("Name", "Ada"), ("E-mail", "ada@home.example"), ("What went wrong?", "All")];
    let submission = world.simulator.submit_routing_form(text(form, "uri")?, &answers)?;
    let payload = only(&world, &receiver, events[0]).await?;
    assert_eq!(payload, get(&world, &submission).await?);
    assert_eq!(payload["routing_form"], form["uri"]);
    assert_eq!(payload["questions_and_answers"][0]["answer"], "Ada");
    assert_eq!(payload["result"]["type"], "event_type");
    Ok(())
}

#[tokio::test]
async fn a_subscription_is_told_what_its_scope_covers() -> Result<()> {
    let (mut world, receiver) = (World::new().await?, Receiver::new().await?);
    let groups = world.all("/groups", &[("organization", &world.organization())]).await?;
    let group = json!({ "scope": "group", "group": groups.first().context("no group")?["uri"] });
    let names = ["contact.created", "invitee.created"];
    receiver.subscribe(&world, "/organization", &names, &organization()).await?;
    receiver.subscribe(&world, "/owner", &names, &user(&world.owner())).await?;
    receiver.subscribe(&world, "/no-contacts", &names[1..], &user(&world.owner())).await?;
    receiver.subscribe(&world, "/group", &names, &group).await?;
    // The colleague is in the group, the owner is not.
    let owners = world.token.clone();
    world.become_colleague();
    receiver.subscribe(&world, "/colleague", &names, &user(&world.colleague())).await?;
    let told = async |world: &World| {
        world.simulator.deliver_due().await;
        let mut received = receiver.take();
        received.sort_by(|one, other| one.path.cmp(&other.path));
        let creators: Vec<_> = received.iter().map(|one| one.body["created_by"].clone()).collect();
        (received.into_iter().map(|one| one.path).collect::<Vec<_>>(), creators)
    };
    let (owner, colleague) = (json!(world.owner()), json!(world.colleague()));

    add_contact(&world, "Hers").await?;
    let (paths, creators) = told(&world).await;
    assert_eq!(paths, ["/colleague", "/group", "/organization"]);
    assert_eq!(creators, [colleague.clone(), owner.clone(), owner.clone()]);
    world.token = owners;
    add_contact(&world, "His").await?;
    assert_eq!(told(&world).await.0, ["/organization", "/owner"]);
    book(&world, "30 Minute Meeting", Person::Owner).await?;
    assert_eq!(told(&world).await.0, ["/no-contacts", "/organization", "/owner"]);
    Ok(())
}

#[tokio::test]
async fn whose_key_signs_depends_on_the_token_that_subscribed() -> Result<()> {
    let receiver = Receiver::new().await?;
    let mut world =
        World::with(|options| "the app's".clone_into(&mut options.webhook_signing_key)).await?;
    let events = ["contact.created"];
    let mut own = user(&world.owner());
    receiver.subscribe(&world, "/app", &events, &own).await?;
    own["signing_key"] = "the caller's".into();
    receiver.subscribe(&world, "/app-with-key", &events, &own).await?;
    world.token = world.simulator.issue_personal_access_token(Person::Owner, ALL);
    own["signing_key"] = "a third".into();
    receiver.subscribe(&world, "/personal-with-key", &events, &own).await?;
    receiver.subscribe(&world, "/personal", &events, &user(&world.owner())).await?;

    add_contact(&world, "Grace").await?;
    world.simulator.deliver_due().await;
    let received = receiver.take();
    let at = |path: &str| received.iter().find(|one| one.path == path).context("nothing there");
    assert_eq!(at("/app")?.signed_at("the app's")?, NOW_SECONDS);
    assert_eq!(at("/app-with-key")?.signed_at("the caller's")?, NOW_SECONDS);
    assert_eq!(at("/personal-with-key")?.signed_at("a third")?, NOW_SECONDS);
    assert_eq!(at("/personal")?.signature, None);
    assert!(at("/app")?.signed_at("another").is_err());
    Ok(())
}
