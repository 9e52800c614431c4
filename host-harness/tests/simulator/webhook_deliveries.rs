//! Webhooks as they arrive: to whom, with what, signed how, and how often.

use std::time::Duration;

use anyhow::{Context, Result};
use host_harness::simulator::{
    DeliveryState, Person, Simulator, WebhookDelivery, WebhookFault, WebhookFaultKind,
};
use serde_json::{Value, json};

use crate::receiver::{Received, Receiver};
use crate::support::{ALL, NOW_MS, World, text};

const NOW_SECONDS: u64 = NOW_MS / 1_000;
const MINUTE: Duration = Duration::from_secs(60);

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

fn user(uri: &str) -> Value {
    json!({ "scope": "user", "user": uri })
}

fn organization() -> Value {
    json!({ "scope": "organization" })
}

/// A world with a receiver that is told all that concerns the owner.
async fn listening() -> Result<(World, Receiver)> {
    let (world, receiver) = (World::new().await?, Receiver::new().await?);
    receiver.subscribe(&world, "/hook", &OF_USER, &user(&world.owner())).await?;
    Ok((world, receiver))
}

/// Delivers, and answers the one webhook that arrives, after looking at everything but its payload.
async fn only(world: &World, receiver: &Receiver, event: &str) -> Result<Value> {
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

async fn book(world: &World, event_type: &str, person: Person) -> Result<Value> {
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

async fn add_contact(world: &World, name: &str) -> Result<Value> {
    let email = format!("{}@home.example", name.to_lowercase());
    let body = json!({ "name": name, "emails": [{ "email": email, "is_primary": true }] });
    let reply = world.post("/contacts", &body).await?;
    assert_eq!(reply.status, 201, "{}", reply.text);
    Ok(reply.resource().clone())
}

async fn get(world: &World, uri: &str) -> Result<Value> {
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

fn events(received: &[Received]) -> Vec<&str> {
    received.iter().map(Received::event).collect()
}

fn states(deliveries: &[WebhookDelivery]) -> Vec<DeliveryState> {
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

/// The state of a subscription, and since when deliveries to it are tried again.
async fn health(world: &World, subscription: &str) -> Result<(String, Value)> {
    let subscription = get(world, subscription).await?;
    let since = subscription["retry_started_at"].clone();
    Ok((text(&subscription, "state")?.to_owned(), since))
}

#[tokio::test]
async fn a_failed_delivery_is_tried_again_later_and_signed_anew() -> Result<()> {
    let (world, receiver) = (World::new().await?, Receiver::new().await?);
    let of_owner = user(&world.owner());
    let hook = receiver.subscribe(&world, "/hook", &["contact.created"], &of_owner).await?;
    add_contact(&world, "Grace").await?;
    assert_eq!(health(&world, &hook).await?, ("active".to_owned(), Value::Null));
    assert_eq!(world.simulator.next_delivery_in(), Some(Duration::ZERO));
    receiver.answer_next(&[500, 302, 404]);
    let started = json!("2026-11-24T10:00:00.000000Z");
    let mut after = 0;
    for (status, pause) in [(500, 1), (302, 2), (404, 4)] {
        let done = world.simulator.deliver_due().await;
        assert_eq!(
            done.first().map(|one| (one.state, one.status)),
            Some((DeliveryState::Waiting, Some(status)))
        );
        let received = receiver.take();
        assert_eq!(received.len(), 1, "a redirect must not be followed");
        let signed_at = received[0].signed_at(Simulator::WEBHOOK_SIGNING_KEY)?;
        assert_eq!(signed_at, NOW_SECONDS + 60 * after);
        assert_eq!(health(&world, &hook).await?, ("active".to_owned(), started.clone()));
        let next = MINUTE * pause;
        assert_eq!(world.simulator.next_delivery_in(), Some(next));
        world.clock.advance(next - Duration::from_millis(1));
        assert!(world.simulator.deliver_due().await.is_empty());
        world.clock.advance(Duration::from_millis(1));
        after += u64::from(pause);
    }
    // The body stays what it was.
    let done = world.simulator.deliver_due().await;
    let sent: Vec<_> = done.iter().map(|one| (one.state, one.tries, one.status)).collect();
    assert_eq!(sent, [(DeliveryState::Delivered, 4, Some(204))]);
    let received = receiver.take();
    assert_eq!(received[0].body["created_at"], "2026-11-24T10:00:00.000000Z");
    assert_eq!(received[0].signed_at(Simulator::WEBHOOK_SIGNING_KEY)?, NOW_SECONDS + 7 * 60);
    assert_eq!(health(&world, &hook).await?, ("active".to_owned(), Value::Null));
    assert_eq!(world.simulator.next_delivery_in(), None);
    Ok(())
}

#[tokio::test]
async fn one_that_fails_does_not_keep_others_back() -> Result<()> {
    let (world, receiver) = listening().await?;
    add_contact(&world, "Grace").await?;
    add_contact(&world, "Edith").await?;
    receiver.answer_next(&[503]);
    let done = world.simulator.deliver_due().await;
    assert_eq!(states(&done), [DeliveryState::Waiting, DeliveryState::Delivered]);
    let names: Vec<_> =
        receiver.take().iter().map(|one| one.payload()["contact"]["name"].clone()).collect();
    assert_eq!(names, ["Grace", "Edith"]);
    world.clock.advance(MINUTE);
    assert_eq!(states(&world.simulator.deliver_due().await), [DeliveryState::Delivered]);
    assert_eq!(receiver.take()[0].payload()["contact"]["name"], "Grace");
    Ok(())
}

/// Delivers for as long as something waits, at the moment when it is due.
async fn exhaust(world: &World) -> Duration {
    let mut passed = Duration::ZERO;
    while let Some(pause) = world.simulator.next_delivery_in() {
        world.clock.advance(pause);
        passed += pause;
        world.simulator.deliver_due().await;
    }
    passed
}

#[tokio::test]
async fn a_subscription_is_disabled_after_a_day_without_a_delivery() -> Result<()> {
    let (mut world, receiver) = (World::new().await?, Receiver::new().await?);
    // No access token lives that long.
    world.token = world.simulator.issue_personal_access_token(Person::Owner, ALL);
    let of_owner = user(&world.owner());
    let hook = receiver.subscribe(&world, "/hook", &["contact.created"], &of_owner).await?;
    receiver.answer_always(500);
    add_contact(&world, "Grace").await?;
    world.simulator.deliver_due().await;
    // Half a day later something else happens; it does not get a day of its own.
    while world.clock_hours() < 12 {
        world.clock.advance(world.simulator.next_delivery_in().context("nothing waits")?);
        world.simulator.deliver_due().await;
    }
    add_contact(&world, "Edith").await?;
    exhaust(&world).await;
    assert_eq!(world.clock_hours(), 24);
    let all = world.simulator.deliveries();
    assert_eq!(states(&all), [DeliveryState::GivenUp, DeliveryState::Discarded]);
    assert_eq!(all[0].tries, 30);
    assert!(all[1].tries > 5);
    let (state, since) = health(&world, &hook).await?;
    assert_eq!((state.as_str(), since), ("disabled", json!("2026-11-24T10:00:00.000000Z")));

    // Even if the receiver is back: it has to be subscribed again.
    receiver.take();
    receiver.answer_always(204);
    add_contact(&world, "Lise").await?;
    assert!(world.simulator.deliver_due().await.is_empty());
    assert_eq!(world.delete(&hook).await?.status, 204);
    receiver.subscribe(&world, "/hook", &["contact.created"], &of_owner).await?;
    add_contact(&world, "Rosalind").await?;
    assert_eq!(states(&world.simulator.deliver_due().await), [DeliveryState::Delivered]);
    assert_eq!(receiver.take().len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_subscription_that_gets_something_is_not_disabled() -> Result<()> {
    let (mut world, receiver) = (World::new().await?, Receiver::new().await?);
    world.token = world.simulator.issue_personal_access_token(Person::Owner, ALL);
    let of_owner = user(&world.owner());
    let hook = receiver.subscribe(&world, "/hook", &["contact.created"], &of_owner).await?;
    receiver.answer_always(500);
    add_contact(&world, "Grace").await?;
    while world.clock_hours() < 20 {
        world.simulator.deliver_due().await;
        world.clock.advance(world.simulator.next_delivery_in().context("nothing waits")?);
    }
    world.clock.advance(MINUTE);
    world.simulator.deliver_due().await;
    receiver.answer_next(&[204]);
    add_contact(&world, "Edith").await?;
    assert_eq!(states(&world.simulator.deliver_due().await), [DeliveryState::Delivered]);
    assert_eq!(health(&world, &hook).await?, ("active".to_owned(), Value::Null));
    exhaust(&world).await;
    // The first has had its day, but the subscription goes on.
    assert_eq!(
        states(&world.simulator.deliveries()),
        [DeliveryState::GivenUp, DeliveryState::Delivered]
    );
    let (state, since) = health(&world, &hook).await?;
    assert_eq!(state, "active");
    assert!(since.is_string());
    Ok(())
}

#[tokio::test]
async fn nothing_more_goes_to_a_subscription_that_is_deleted() -> Result<()> {
    let (world, receiver) = (World::new().await?, Receiver::new().await?);
    let of_owner = user(&world.owner());
    let hook = receiver.subscribe(&world, "/hook", &["contact.created"], &of_owner).await?;
    add_contact(&world, "Grace").await?;
    assert_eq!(world.delete(&hook).await?.status, 204);
    assert!(world.simulator.deliver_due().await.is_empty());
    assert_eq!(states(&world.simulator.deliveries()), [DeliveryState::Discarded]);
    assert!(receiver.take().is_empty());
    world.simulator.clear_deliveries();
    assert!(world.simulator.deliveries().is_empty());
    Ok(())
}

#[tokio::test]
async fn nobody_answering_is_a_failure() -> Result<()> {
    let (world, receiver) = listening().await?;
    drop(receiver);
    add_contact(&world, "Grace").await?;
    // The abort of the server takes effect once the runtime has had a turn.
    tokio::task::yield_now().await;
    let done = world.simulator.deliver_due().await;
    assert_eq!(states(&done), [DeliveryState::Waiting]);
    assert_eq!((done[0].status, done[0].problem), (None, Some("no connection")));
    assert_eq!(done[0].next_try_at.as_deref(), Some("2026-11-24T10:01:00.000000Z"));
    Ok(())
}

#[tokio::test]
async fn a_receiver_that_is_silent_is_not_waited_for_forever() -> Result<()> {
    let world = World::new().await?;
    // The system accepts connections for it, and nobody reads from them.
    let silent = std::net::TcpListener::bind("127.0.0.1:0")?;
    let body = json!({
        "url": format!("http://{}/hook", silent.local_addr()?),
        "events": ["contact.created"],
        "organization": world.organization(),
        "scope": "organization",
    });
    assert_eq!(world.post("/webhook_subscriptions", &body).await?.status, 201);
    add_contact(&world, "Grace").await?;
    // From here on the runtime's clock leaps whenever there is nothing to do.
    tokio::time::pause();
    let started = tokio::time::Instant::now();
    let done = world.simulator.deliver_due().await;
    assert_eq!(done.first().and_then(|one| one.problem), Some("timed out"));
    assert!(started.elapsed() <= Duration::from_secs(16), "{:?}", started.elapsed());
    Ok(())
}

#[tokio::test]
async fn a_delivery_can_be_lost() -> Result<()> {
    let (world, receiver) = listening().await?;
    world.simulator.webhook_fault(WebhookFault::once(WebhookFaultKind::Lose).on("contact.updated"));
    let contact = add_contact(&world, "Grace").await?;
    let uri = text(&contact, "uri")?;
    for company in ["Navy", "Yale"] {
        assert_eq!(world.patch(uri, &json!({ "company": company })).await?.status, 200);
    }
    let done = world.simulator.deliver_due().await;
    let expected = [DeliveryState::Delivered, DeliveryState::Lost, DeliveryState::Delivered];
    assert_eq!(states(&done), expected);
    let received = receiver.take();
    assert_eq!(events(&received), ["contact.created", "contact.updated"]);
    assert_eq!(received[1].payload()["contact"]["company"], "Yale");
    assert_eq!(world.simulator.next_delivery_in(), None);
    Ok(())
}

#[tokio::test]
async fn a_delivery_can_come_twice() -> Result<()> {
    let (world, receiver) = listening().await?;
    world.simulator.webhook_fault(WebhookFault::once(WebhookFaultKind::Duplicate));
    world.simulator.webhook_fault(WebhookFault::once(WebhookFaultKind::LoseAnswer));
    add_contact(&world, "Grace").await?;
    let done = world.simulator.deliver_due().await;
    assert_eq!(done[0].tries, 2);
    assert_eq!(states(&done), [DeliveryState::Delivered]);
    let received = receiver.take();
    assert_eq!(received.len(), 2);
    assert_eq!(received[0].text, received[1].text);

    add_contact(&world, "Edith").await?;
    let done = world.simulator.deliver_due().await;
    assert_eq!((done[0].state, done[0].problem), (DeliveryState::Waiting, Some("answer lost")));
    world.clock.advance(MINUTE);
    assert_eq!(states(&world.simulator.deliver_due().await), [DeliveryState::Delivered]);
    let received = receiver.take();
    assert_eq!(received.len(), 2);
    assert_eq!(received[0].text, received[1].text);
    assert_ne!(received[0].signature, received[1].signature);
    Ok(())
}

#[tokio::test]
async fn deliveries_can_come_in_reverse() -> Result<()> {
    let (world, receiver) = listening().await?;
    world.simulator.webhook_fault(WebhookFault::once(WebhookFaultKind::Reverse));
    // It waits until there is something to reverse.
    let contact = add_contact(&world, "Grace").await?;
    world.simulator.deliver_due().await;
    assert_eq!(events(&receiver.take()), ["contact.created"]);
    let uri = text(&contact, "uri")?;
    for _ in 0..2 {
        assert_eq!(world.patch(uri, &json!({ "company": "Navy" })).await?.status, 200);
        add_contact(&world, &format!("Edith{}", world.simulator.deliveries().len())).await?;
        world.simulator.deliver_due().await;
    }
    assert_eq!(
        events(&receiver.take()),
        ["contact.created", "contact.updated", "contact.updated", "contact.created"]
    );
    Ok(())
}

#[tokio::test]
async fn faults_can_be_forgotten() -> Result<()> {
    let (world, receiver) = listening().await?;
    world.simulator.webhook_fault(WebhookFault::once(WebhookFaultKind::Lose).times(9));
    world.simulator.clear_webhook_faults();
    add_contact(&world, "Grace").await?;
    world.simulator.deliver_due().await;
    assert_eq!(receiver.take().len(), 1);
    Ok(())
}

#[tokio::test]
async fn in_the_background_nobody_has_to_ask() -> Result<()> {
    let receiver = Receiver::new().await?;
    let world = World::with(|options| options.deliver_webhooks_in_background = true).await?;
    receiver.subscribe(&world, "/hook", &["contact.created"], &organization()).await?;
    receiver.answer_next(&[500]);
    add_contact(&world, "Grace").await?;
    let first = receiver.next().await;
    // Awaiting the next try moves a virtual clock to it.
    let second = receiver.next().await;
    assert_eq!(first.text, second.text);
    assert_eq!(first.payload()["contact"]["name"], "Grace");
    let seconds = second.signed_at(Simulator::WEBHOOK_SIGNING_KEY)?;
    assert_eq!(seconds, NOW_SECONDS + 60);
    Ok(())
}

#[tokio::test]
async fn what_became_of_a_webhook_shows_neither_its_body_nor_its_path() -> Result<()> {
    let (world, receiver) = listening().await?;
    add_contact(&world, "Grace").await?;
    let [waiting] = &world.simulator.deliveries()[..] else {
        anyhow::bail!("not one delivery");
    };
    assert_eq!(waiting.url, format!("{}/hook", receiver.origin));
    assert!(waiting.body.contains("Grace"));
    let shown = format!("{waiting:?}");
    assert!(shown.contains("contact.created") && shown.contains(&receiver.origin), "{shown}");
    assert!(!shown.contains("/hook") && !shown.contains("Grace"), "{shown}");
    Ok(())
}

#[tokio::test]
async fn the_control_endpoints_deliver_too() -> Result<()> {
    let (world, receiver) = listening().await?;
    let fault = json!({ "event": "contact.created", "kind": "duplicate" });
    assert_eq!(world.post("/_simulator/webhooks/faults", &fault).await?.status, 204);
    let faults = world.get("/_simulator/webhooks/faults", &[]).await?;
    assert_eq!(
        faults.body,
        json!([{ "event": "contact.created", "times": 1, "kind": "duplicate" }])
    );
    add_contact(&world, "Grace").await?;
    let done = world.request(reqwest::Method::POST, "/_simulator/webhooks/deliver", None).await?;
    assert_eq!(done.body[0]["state"], "delivered");
    assert_eq!(receiver.take().len(), 2);
    let all = world.get("/_simulator/webhooks/deliveries", &[]).await?;
    assert_eq!(all.body, done.body);
    assert!(!all.text.contains("Grace"));
    assert_eq!(world.delete("/_simulator/webhooks/deliveries").await?.status, 204);
    assert_eq!(world.get("/_simulator/webhooks/deliveries", &[]).await?.body, json!([]));

    assert_eq!(world.post("/_simulator/webhooks/faults", &fault).await?.status, 204);
    assert_eq!(world.delete("/_simulator/webhooks/faults").await?.status, 204);
    add_contact(&world, "Edith").await?;
    assert_eq!(world.simulator.deliver_due().await.len(), 1);
    assert_eq!(receiver.take().len(), 1);
    Ok(())
}
