//! A batch that goes out from a copy, and goes out again.

use host_harness::simulator::{Fault, FaultKind, Person, Resource};
use serde_json::{Value, json};

use crate::support::world::World;

fn statuses(answer: &Value) -> Vec<&str> {
    let results = answer["results"].as_array().unwrap();
    results.iter().map(|result| result["status"].as_str().unwrap()).collect()
}

async fn push(world: &World, table: &str, items: &Value) -> Value {
    let config = json!({ "baseId": "me", "tableId": table, "items": items });
    world.answer("pushChanges", config).await
}

#[tokio::test]
async fn a_batch_that_is_sent_again_does_nothing_twice() {
    let world = World::connected().await;
    let (contacts, _) = world.query(json!({ "baseId": "me", "tableId": "contacts" })).await;
    let items = json!([
        { "key": 1, "operation": "create", "fields": { "name": "Ann", "email": "ann@new.example" } },
        { "key": "b", "operation": "create", "fields": { "name": "Ann", "email": "ann@new.example" } },
        { "key": "c", "operation": "update", "id": contacts[0]["id"], "fields": { "name": "Bea" } },
        { "key": "d", "operation": "delete", "id": contacts[1]["uri"] },
        { "key": "e", "operation": "update", "id": "nobody", "fields": { "name": "Bea" } },
    ]);
    let mut items = items;
    items[0]["key"] = "a".into();
    let before = world.count(Resource::Contacts);
    let first = push(&world, "contacts", &items).await;
    assert_eq!(statuses(&first), ["created", "unchanged", "updated", "deleted", "failed"]);
    assert_eq!(world.count(Resource::Contacts), before);
    world.simulator.clear_requests();
    let again = push(&world, "contacts", &items).await;
    assert_eq!(statuses(&again), ["unchanged", "unchanged", "unchanged", "deleted", "failed"]);
    assert!(world.sent().iter().all(|line| line.starts_with("GET ")), "{:?}", world.sent());
    assert_eq!(again["results"][0]["id"], first["results"][0]["id"]);
    assert_eq!(again["results"][4]["error"]["code"], "not-found");
}

#[tokio::test]
async fn a_booking_is_pushed_once_although_every_answer_is_lost() {
    let world = World::connected().await;
    let items = json!([{ "key": "a", "operation": "create", "fields": {
        "event_type": world.simulator.event_type_uri("30 Minute Meeting").unwrap(),
        "start_time": world.simulator.free_start_time(Person::Owner),
        "name": "Ann", "email": "ann@example.com", "timezone": "UTC",
    } }]);
    let before = world.count(Resource::ScheduledEvents);
    world.simulator.inject(Fault::once(FaultKind::DropAfterHandling).on("POST", "/invitees"));
    let first = push(&world, "invitees", &items).await;
    let again = push(&world, "invitees", &items).await;
    assert_eq!((statuses(&first), statuses(&again)), (vec!["created"], vec!["unchanged"]));
    assert_eq!(world.count(Resource::ScheduledEvents), before + 1);
}

#[tokio::test]
async fn the_newer_change_wins_and_the_loser_is_told() {
    let world = World::connected().await;
    let fields = json!({ "name": "Ann", "email": "ann@new.example" });
    let config = json!({ "baseId": "me", "tableId": "contacts", "fields": fields });
    let contact = world.record("createRecord", config).await;
    let item = |changed_at: &Value| {
        json!([{
            "key": "a", "operation": "update", "id": contact["id"], "fields": { "name": "Bea" },
            "changedAt": changed_at,
        }])
    };
    world.advance(60);
    let tie = push(&world, "contacts", &item(&contact["updatedTime"])).await;
    assert_eq!(statuses(&tie), ["conflict"]);
    assert_eq!(tie["results"][0]["record"], contact);
    let newer = push(&world, "contacts", &item(&json!("2027-01-01T00:00:00Z"))).await;
    assert_eq!(statuses(&newer), ["updated"]);
    let delete = json!([{
        "key": "a", "operation": "delete", "id": contact["id"],
        "changedAt": contact["updatedTime"],
    }]);
    assert_eq!(statuses(&push(&world, "contacts", &delete).await), ["conflict"]);
}
