//! Cursors go on where a page ended: for the same query of the same connection, and for nothing
//! else.

use host_harness::error::{ErrorCode, HostError};
use serde_json::{Value, json};

use crate::support::violations;
use crate::support::world::{EVERYTHING, World, ids};

fn query(more: Value) -> Value {
    let mut config = json!({ "baseId": "me", "tableId": "contacts", "pageSize": 50 });
    for (name, value) in more.as_object().unwrap() {
        config[name] = value.clone();
    }
    config
}

/// The cursor after the first page.
async fn cursor(world: &World, config: Value) -> Value {
    let page = world.answer("queryRecords", config).await;
    assert!(page["cursor"].is_string(), "{page}");
    page["cursor"].clone()
}

fn assert_refused(outcome: Result<Value, HostError>, what: &str) {
    let error = outcome.expect_err(what);
    assert_eq!(error.code, ErrorCode::InvalidInput, "{what}");
    let places: Vec<_> = violations(&error).into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!(places, ["/config/cursor"], "{what}: {error:?}");
}

#[tokio::test]
async fn a_cursor_of_another_query_is_refused() {
    let world = World::connected().await;
    let filter = json!({ "field": "country", "operator": "equals", "value": "DE" });
    let sort = json!([{ "field": "company" }]);
    let plain = cursor(&world, query(json!({}))).await;
    let sorted = cursor(&world, query(json!({ "sort": sort }))).await;
    let filtered = cursor(&world, query(json!({ "filter": filter, "pageSize": 5 }))).await;
    for (what, more) in [
        ("a filter was added", json!({ "filter": filter, "cursor": plain })),
        ("a sort was added", json!({ "sort": sort, "cursor": plain })),
        ("the sort went", json!({ "cursor": sorted })),
        (
            "the direction changed",
            json!({
                "sort": [{ "field": "company", "direction": "desc" }], "cursor": sorted,
            }),
        ),
        ("the filter went", json!({ "cursor": filtered })),
        (
            "the filter's value changed",
            json!({
                "filter": { "field": "country", "operator": "equals", "value": "US" },
                "cursor": filtered,
            }),
        ),
        ("another base", json!({ "baseId": "organization", "cursor": plain })),
        ("another table", json!({ "tableId": "event_types", "cursor": plain })),
    ] {
        assert_refused(world.run("queryRecords", query(more)).await, what);
    }
}

#[tokio::test]
async fn another_connection_cannot_use_a_cursor() {
    let world = World::connected().await;
    world.create(2, "Sales").await;
    world.connect(2, EVERYTHING).await;
    let cursor = cursor(&world, query(json!({}))).await;
    let config = query(json!({ "cursor": cursor }));
    let action = json!({ "action": "calendly.queryRecords", "connection": 2, "config": config });
    let refused = world.run_document(&action.to_string()).await;
    assert_refused(refused, "another connection");
}

#[tokio::test]
async fn a_cursor_that_was_changed_or_made_up_is_refused() {
    let world = World::connected().await;
    let cursor = cursor(&world, query(json!({}))).await;
    let cursor = cursor.as_str().unwrap();
    let middle = cursor.len() / 2;
    let changed: String = cursor
        .char_indices()
        .map(|(at, letter)| match letter {
            _ if at != middle => letter,
            'A' => 'B',
            _ => 'A',
        })
        .collect();
    let row = world.host.store().connection(1).await.unwrap().unwrap();
    let sealed_elsewhere = row.connection.client_secret;
    let last = &cursor[cursor.len() - 1..];
    for made_up in [
        &changed,
        &cursor[1..],
        cursor.trim_end_matches(last),
        &format!("{cursor}A"),
        "50",
        "v2:x:y",
        &sealed_elsewhere,
    ] {
        let refused = world.run("queryRecords", query(json!({ "cursor": made_up }))).await;
        assert_refused(refused, made_up);
    }
}

#[tokio::test]
async fn page_size_and_projection_may_change_on_the_way() {
    let world = World::connected().await;
    let (all, _) = world.query(query(json!({ "pageSize": 1_000 }))).await;
    for sort in [json!([]), json!([{ "field": "company" }])] {
        let (whole, _) = world.query(query(json!({ "pageSize": 1_000, "sort": sort }))).await;
        assert_eq!(whole.len(), all.len());
        let first = world.answer("queryRecords", query(json!({ "sort": sort }))).await;
        let more = json!({
            "sort": sort, "cursor": first["cursor"], "pageSize": 1_000, "fields": ["email"],
        });
        let rest = world.answer("queryRecords", query(more)).await;
        let rest = rest["records"].as_array().unwrap();
        assert_eq!(ids(rest), ids(&whole[50..]));
        assert!(rest.iter().all(|record| record["fields"].as_object().unwrap().len() == 1));
    }
}

#[tokio::test]
async fn a_cursor_outlives_the_process_and_the_access_token() {
    let world = World::connected().await;
    let (all, _) = world.query(query(json!({ "pageSize": 1_000 }))).await;
    world.advance(7_200 - 600);
    let cursor = cursor(&world, query(json!({}))).await;
    world.advance(900);
    let restarted = world.another_host().await;
    let config = query(json!({ "cursor": cursor }));
    let action = json!({ "action": "calendly.queryRecords", "connection": 1, "config": config });
    let page = restarted.run(&action.to_string(), crate::support::MINUTE).await.unwrap();
    let page: Value = serde_json::from_str(&page).unwrap();
    assert_eq!(ids(page["records"].as_array().unwrap()), ids(&all[50..100]));
}

#[tokio::test]
async fn a_cursor_that_the_service_has_forgotten_is_found_again_by_its_time() {
    let world = World::connected().await;
    let (all, _) = world.query(query(json!({ "pageSize": 1_000 }))).await;
    let of_service = cursor(&world, query(json!({}))).await;
    let by_company = json!([{ "field": "company" }]);
    let of_connector = cursor(&world, query(json!({ "sort": by_company }))).await;
    world.advance(2 * 60 * 60);
    let more = query(json!({ "cursor": of_service, "pageSize": 1_000 }));
    let page = world.answer("queryRecords", more).await;
    assert_eq!(ids(page["records"].as_array().unwrap()), ids(&all[50..]));
    // An order that the connector makes needs no page of the service's.
    let more = json!({ "sort": by_company, "cursor": of_connector });
    world.answer("queryRecords", query(more)).await;
}

#[tokio::test]
async fn a_cursor_in_an_order_of_names_is_said_to_be_too_old() {
    let world = World::connected().await;
    let config = json!({ "baseId": "me", "tableId": "event_types", "pageSize": 2 });
    let page = world.answer("queryRecords", config.clone()).await;
    world.advance(2 * 60 * 60);
    let mut more = config;
    more["cursor"] = page["cursor"].clone();
    let error = world.run("queryRecords", more).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Rejected);
    assert!(error.message.starts_with("The cursor is too old"), "{}", error.message);
}

#[tokio::test]
async fn records_that_come_and_go_neither_shift_nor_repeat_the_others() {
    let world = World::connected().await;
    let (all, _) = world.query(query(json!({ "pageSize": 1_000 }))).await;
    let first = world.answer("queryRecords", query(json!({ "pageSize": 100 }))).await;
    // One that was passed goes, and a new one comes at the end.
    let gone = json!({ "baseId": "me", "tableId": "contacts", "recordId": all[0]["id"] });
    world.answer("deleteRecord", gone).await;
    let fields = json!({ "Name": "New", "Email": "new@example.com" });
    let new = json!({ "baseId": "me", "tableId": "contacts", "fields": fields });
    let new = world.record("createRecord", new).await;
    let more = json!({ "cursor": first["cursor"], "pageSize": 1_000 });
    let rest = world.answer("queryRecords", query(more)).await;
    let rest = ids(rest["records"].as_array().unwrap()).join(" ");
    let mut expected = ids(&all[100..]);
    expected.push(new["id"].as_str().unwrap());
    assert_eq!(rest, expected.join(" "));
}
