//! What fires, and what it costs.

use host_harness::simulator::{AccountSize, Person, Resource};
use serde_json::{Value, json};

use crate::polling::Trigger;
use crate::support::world::World;

fn small(options: &mut host_harness::simulator::SimulatorOptions) {
    options.size = AccountSize { scheduled_events: 12, contacts: 30, event_types: 6 };
}

#[tokio::test]
async fn a_poll_of_contacts_that_finds_nothing_new_is_one_request() {
    let world = World::connected().await;
    let mut trigger = Trigger::of(json!({
        "baseId": "me", "tableId": "contacts", "events": ["created", "updated"],
    }));
    assert!(trigger.all(&world).await.is_empty());
    world.simulator.clear_requests();
    assert!(trigger.all(&world).await.is_empty());
    let sent = world.sent();
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert!(sent[0].starts_with("GET /contacts?sort=updated_at%3Adesc"), "{sent:?}");
}

#[tokio::test]
async fn an_event_has_the_record_as_it_is_read() {
    let world = World::connected_with(small).await;
    let mut trigger = Trigger::of(json!({
        "baseId": "me", "tableId": "contacts", "events": ["created", "updated", "deleted"],
        "filter": {"field": "Name", "operator": "startsWith", "value": "Ada"},
    }));
    trigger.all(&world).await;
    world.advance(1);
    let mut created = Vec::new();
    for name in ["Ada", "Bob"] {
        let fields = json!({ "name": name, "email": format!("{name}@example.com") });
        let config = json!({ "baseId": "me", "tableId": "contacts", "fields": fields });
        created.push(world.record("createRecord", config).await);
    }
    let events = trigger.all(&world).await;
    let [event] = &events[..] else { panic!("{events:?}") };
    let id = created[0]["id"].as_str().unwrap();
    assert_eq!(event.id, format!("record.created/contacts/{id}"));
    let config = json!({ "baseId": "me", "tableId": "contacts", "recordId": id });
    let record: Value = serde_json::from_str(event.record.as_deref().unwrap()).unwrap();
    assert_eq!(record, world.record("getRecord", config.clone()).await);
    world.answer("deleteRecord", config).await;
    let ids = trigger.ids(&world).await;
    assert_eq!(ids, [format!("record.deleted/contacts/{id}")]);
}

#[tokio::test]
async fn a_booking_is_told_when_it_is_made_and_when_it_is_canceled() {
    let world = World::connected_with(small).await;
    let mut trigger = Trigger::of(json!({
        "baseId": "me", "tableId": "invitees", "events": ["created", "updated"],
    }));
    assert!(trigger.all(&world).await.is_empty());
    let booked = book(&world, "ann@example.com").await;
    let id = booked["id"].as_str().unwrap();
    let events = trigger.all(&world).await;
    let ids: Vec<_> = events.iter().map(|event| &*event.id).collect();
    assert_eq!(ids, [format!("record.created/invitees/{id}"), format!("booking.created/{id}")]);
    assert_eq!(events[1].booking_id.as_deref(), Some(id));
    world.advance(60);
    let event = id.split('/').next().unwrap();
    let config = json!({ "baseId": "me", "tableId": "scheduled_events", "recordId": event });
    world.answer("deleteRecord", config).await;
    let ids = trigger.ids(&world).await;
    assert_eq!(ids[0], format!("booking.canceled/{id}"));
    assert!(ids[1].starts_with(&format!("record.updated/invitees/{id}/")), "{ids:?}");
    assert_eq!(ids.len(), 2);
    assert!(trigger.all(&world).await.is_empty());
}

#[tokio::test]
async fn a_state_has_sixteen_bytes_for_a_meeting() {
    let world = World::connected_with(|options| {
        options.size = AccountSize { scheduled_events: 400, ..AccountSize::default() };
    })
    .await;
    let mut trigger = Trigger::of(json!({
        "baseId": "organization", "tableId": "scheduled_events", "events": ["created", "updated"],
        "lookbackDays": 3_650, "horizonDays": 3_650,
    }));
    trigger.all(&world).await;
    let size = trigger.state.unwrap().len();
    let meetings = world.count(Resource::ScheduledEvents);
    assert!(meetings >= 400);
    assert!((meetings * 16..meetings * 16 + 200).contains(&size), "{size} for {meetings}");
}

/// Books a meeting at the next free time, and answers the invitee.
pub(crate) async fn book(world: &World, email: &str) -> Value {
    let fields = json!({
        "event_type": world.simulator.event_type_uri("30 Minute Meeting").unwrap(),
        "start_time": world.simulator.free_start_time(Person::Owner),
        "name": "Ann", "email": email, "timezone": "UTC",
    });
    let config = json!({ "baseId": "me", "tableId": "invitees", "fields": fields });
    world.record("createRecord", config).await
}
