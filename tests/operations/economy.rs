//! How many requests an operation takes: as few as Calendly's API allows.

use host_harness::simulator::Person;
use serde_json::{Value, json};

use crate::support::world::{World, line};

const DEFINITIONS: &str = "GET /contacts/custom_field_definitions";

/// The requests of one operation.
async fn requests(world: &World, operation: &str, config: Value) -> Vec<String> {
    world.simulator.clear_requests();
    world.answer(operation, config).await;
    world.simulator.requests().iter().map(line).collect()
}

fn encoded(uri: &str) -> String {
    uri.replace(':', "%3A").replace('/', "%2F")
}

#[tokio::test]
async fn nobody_asks_who_the_owner_is_when_the_grant_says_so() {
    let world = World::connected().await;
    let user = encoded(&world.simulator.user_uri(Person::Owner));
    let organization = encoded(&world.simulator.organization_uri());
    let colleague = world.simulator.user_uri(Person::Colleague);
    for (base, anchors) in [
        ("me", format!("user={user}")),
        ("organization", format!("organization={organization}")),
        (&colleague, format!("organization={organization}&user={}", encoded(&colleague))),
    ] {
        let query = json!({ "baseId": base, "tableId": "scheduled_events", "pageSize": 10 });
        let sent = requests(&world, "queryRecords", query).await;
        assert_eq!(
            sent,
            [format!("GET /scheduled_events?sort=start_time%3Aasc&{anchors}&count=10")],
            "{base}"
        );
    }
}

#[tokio::test]
async fn definitions_are_read_only_when_the_account_s_own_fields_matter() {
    let world = World::connected().await;
    let query = |more: Value| {
        let mut config = json!({ "baseId": "me", "tableId": "contacts", "pageSize": 10 });
        for (name, value) in more.as_object().unwrap() {
            config[name] = value.clone();
        }
        config
    };
    let by_name = json!({ "fields": ["name", "email"] });
    let sent = requests(&world, "queryRecords", query(by_name)).await;
    assert_eq!(sent, ["GET /contacts?sort=created_at%3Aasc&count=10"]);
    let sorted = json!({ "fields": ["name"], "sort": [{ "field": "created_at" }] });
    let sent = requests(&world, "queryRecords", query(sorted)).await;
    assert_eq!(sent, ["GET /contacts?sort=created_at%3Aasc&count=10"]);
    for more in [json!({}), json!({ "fields": ["Status"] })] {
        let sent = requests(&world, "queryRecords", query(more)).await;
        assert_eq!(sent, [DEFINITIONS, "GET /contacts?sort=created_at%3Aasc&count=10"]);
    }
}

#[tokio::test]
async fn one_record_takes_one_request_and_the_definitions_where_there_are_some() {
    let world = World::connected().await;
    for (table, definitions) in [("contacts", 1), ("event_types", 0), ("scheduled_events", 0)] {
        let query = json!({ "baseId": "me", "tableId": table, "pageSize": 1 });
        let page = world.answer("queryRecords", query).await;
        let id = page["records"][0]["id"].as_str().unwrap();
        let get = json!({ "baseId": "me", "tableId": table, "recordId": id });
        let sent = requests(&world, "getRecord", get).await;
        let expected = [DEFINITIONS.to_owned(), format!("GET /{table}/{id}")];
        assert_eq!(sent, expected[1 - definitions..], "{table}");
    }
}

#[tokio::test]
async fn writes_take_one_request_and_the_definitions_where_there_are_some() {
    let world = World::connected().await;
    let create =
        |table: &str, fields: Value| json!({ "baseId": "me", "tableId": table, "fields": fields });
    let contact = json!({ "Name": "John Doe", "Email": "john@example.com" });
    let sent = requests(&world, "createRecord", create("contacts", contact)).await;
    assert_eq!(sent, [DEFINITIONS, "POST /contacts"]);
    let sent =
        requests(&world, "createRecord", create("event_types", json!({ "Name": "x" }))).await;
    assert_eq!(sent, ["POST /event_types"]);
    let event_type = world.simulator.event_type_uri("30 Minute Meeting").unwrap();
    let rules = format!("GET /event_types/{}", event_type.rsplit('/').next().unwrap());
    let booking = json!({
        "event_type": world.simulator.event_type_uri("30 Minute Meeting").unwrap(),
        "start_time": world.simulator.free_start_time(Person::Owner),
        "name": "John", "email": "john@example.com", "timezone": "UTC",
    });
    let sent = requests(&world, "createRecord", create("invitees", booking)).await;
    assert_eq!(sent, [&*rules, "POST /invitees"]);
}

#[tokio::test]
async fn full_pages_are_asked_for_where_the_connector_filters_or_sorts() {
    let world = World::connected().await;
    let filter = json!({ "field": "company", "operator": "contains", "value": "a" });
    let query = json!({
        "baseId": "me", "tableId": "contacts", "fields": ["company"], "filter": filter,
        "pageSize": 5,
    });
    let sent = requests(&world, "queryRecords", query).await;
    assert_eq!(sent, ["GET /contacts?company=a&sort=created_at%3Aasc&count=100"]);
    let query = json!({
        "baseId": "me", "tableId": "contacts", "fields": ["company"],
        "sort": [{ "field": "company" }], "pageSize": 5,
    });
    let sent = requests(&world, "queryRecords", query).await;
    let pages: Vec<_> = sent.iter().map(|sent| sent.split("&page_token").next()).collect();
    assert_eq!(pages, [Some("GET /contacts?count=100"); 3]);
}

#[tokio::test]
async fn invitees_take_one_request_per_event_and_one_per_twenty_events() {
    let world = World::connected().await;
    let query = json!({ "baseId": "organization", "tableId": "invitees", "pageSize": 1_000 });
    let sent = requests(&world, "queryRecords", query).await;
    let events = sent.iter().filter(|sent| sent.starts_with("GET /scheduled_events?")).count();
    let below = sent.iter().filter(|sent| sent.contains("/invitees?")).count();
    assert_eq!((events, below, sent.len()), (3, 60, 63));
}

#[tokio::test]
async fn listing_tables_takes_the_definitions_alone() {
    let world = World::connected().await;
    let sent = requests(&world, "listTables", json!({ "baseId": "me" })).await;
    assert_eq!(sent, [DEFINITIONS]);
    world.create(2, "Without contacts").await;
    world.connect(2, &["schema.bases:read"]).await;
    world.simulator.clear_requests();
    let action = json!({
        "action": "calendly.listTables", "connection": 2, "config": { "baseId": "me" },
    });
    world.run_document(&action.to_string()).await.unwrap();
    assert!(world.sent().is_empty(), "{:?}", world.sent());
}
