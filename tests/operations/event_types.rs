//! Event types: made and changed; never deleted, because Calendly offers no such thing.

use host_harness::error::ErrorCode;
use host_harness::simulator::{Person, Resource};
use serde_json::{Value, json};

use crate::support::world::{World, column};

fn config(more: Value) -> Value {
    let mut config = json!({ "baseId": "me", "tableId": "event_types" });
    for (name, value) in more.as_object().unwrap() {
        config[name] = value.clone();
    }
    config
}

#[tokio::test]
async fn an_event_type_is_made_for_the_bases_user() {
    let world = World::connected().await;
    let before = world.count(Resource::EventTypes);
    let fields = json!({
        "Name": "Intro",
        "Active": true,
        "Duration (minutes)": 45,
        "duration_options": [30, 45],
        "Description": "Get to know each other",
        "Color": "#0069ff",
        "Language": "de",
        "locations": [{ "kind": "zoom_conference" }],
        "start_time_increment": 15,
        "before_buffer": 10,
        "after_buffer": 5,
    });
    let record = world.record("createRecord", config(json!({ "fields": fields }))).await;
    assert_eq!(world.count(Resource::EventTypes), before + 1);
    let read = &record["fields"];
    assert_eq!(read["name"], "Intro");
    assert_eq!(read["duration"], 45);
    assert_eq!(read["duration_options"], json!([30, 45]));
    assert_eq!(read["description_plain"], "Get to know each other");
    assert_eq!(read["locale"], "de");
    assert_eq!(read["owner"], *world.simulator.user_uri(Person::Owner));
    assert_eq!(read["before_buffer"], 10);
    let again = world.record("getRecord", config(json!({ "recordId": record["id"] }))).await;
    assert_eq!(again, record);
}

#[tokio::test]
async fn an_event_type_can_be_made_for_a_colleague() {
    let world = World::connected().await;
    let colleague = world.simulator.user_uri(Person::Colleague);
    let fields = json!({ "Name": "Intro" });
    let config = json!({ "baseId": colleague, "tableId": "event_types", "fields": fields });
    let record = world.record("createRecord", config).await;
    assert_eq!(record["fields"]["owner"], *colleague);
}

#[tokio::test]
async fn an_event_type_needs_a_user_to_belong_to() {
    let world = World::connected().await;
    let fields = json!({ "Name": "Intro" });
    let config = json!({ "baseId": "organization", "tableId": "event_types", "fields": fields });
    let error = world.run("createRecord", config).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Unsupported);
    assert_eq!(error.next_step, "Give a base of kind user.");
    assert!(world.sent().is_empty());
}

#[tokio::test]
async fn an_event_type_is_changed_and_switched_off() {
    let world = World::connected().await;
    let uri = world.simulator.event_type_uri("30 Minute Meeting").unwrap();
    let fields = json!({ "Name": "Half an hour", "active": false });
    let update = config(json!({ "recordId": uri, "fields": fields }));
    let record = world.record("updateRecord", update).await;
    assert_eq!(record["fields"]["name"], "Half an hour");
    assert_eq!(record["fields"]["active"], false);
    assert_eq!(record["fields"]["duration"], 30);
    let of_group = world.simulator.event_type_uri("Product Webinar").unwrap();
    let update = config(json!({ "recordId": of_group, "fields": { "Name": "x" } }));
    let error = world.run("updateRecord", update).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Rejected);
}

#[tokio::test]
async fn deleting_is_unsupported_and_the_way_out_is_named() {
    let world = World::connected().await;
    let uri = world.simulator.event_type_uri("30 Minute Meeting").unwrap();
    let error = world.run("deleteRecord", config(json!({ "recordId": uri }))).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Unsupported);
    assert!(error.next_step.contains("active false"), "{}", error.next_step);
    assert!(world.sent().is_empty());
}

#[tokio::test]
async fn the_service_filters_and_sorts_where_it_can() {
    let world = World::connected().await;
    let filter = json!({ "field": "active", "operator": "equals", "value": true });
    let sort = json!([{ "field": "position", "direction": "desc" }]);
    let query = json!({
        "baseId": "organization", "tableId": "event_types", "filter": filter, "sort": sort,
    });
    let (records, _) = world.query(query).await;
    let [sent] = &*world.sent() else { panic!("one request") };
    assert!(sent.contains("active=true&sort=position%3Adesc"), "{sent}");
    assert_eq!(column(&records, "position"), [5, 3, 2, 1, 0]);
    assert!(column(&records, "active").into_iter().all(|active| *active == true));
}

#[tokio::test]
async fn a_group_has_no_event_types() {
    let world = World::connected().await;
    let query = json!({ "baseId": "group:any", "tableId": "event_types" });
    let error = world.run("queryRecords", query).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Unsupported);
}
