//! Queries: whatever the filter, the order and the page size, the pages together are the records
//! that a look at all of them would pick.

use host_harness::simulator::Resource;
use serde_json::{Value, json};

use crate::support::violations;
use crate::support::world::{World, column, ids};

fn config(more: Value) -> Value {
    let mut config = json!({ "baseId": "me", "tableId": "contacts" });
    for (name, value) in more.as_object().unwrap() {
        config[name] = value.clone();
    }
    config
}

fn test(field: &str, operator: &str, value: Value) -> Value {
    json!({ "field": field, "operator": operator, "value": value })
}

async fn everything(world: &World) -> Vec<Value> {
    let (all, _) = world.query(config(json!({ "pageSize": 1_000 }))).await;
    assert_eq!(all.len(), world.count(Resource::Contacts));
    world.simulator.clear_requests();
    all
}

fn text<'a>(record: &'a Value, field: &str) -> &'a str {
    record["fields"][field].as_str().unwrap_or_default()
}

/// A filter, and what it says about a record.
type Case = (Value, fn(&Value) -> bool);

/// Tests of one field each, every operator at least once.
fn tests() -> Vec<Case> {
    vec![
        (test("name", "contains", json!("AN")), |it| {
            text(it, "name").to_lowercase().contains("an")
        }),
        (test("name", "notContains", json!("an")), |it| {
            !text(it, "name").to_lowercase().contains("an")
        }),
        (test("name", "startsWith", json!("m")), |it| {
            text(it, "name").to_lowercase().starts_with('m')
        }),
        (test("company", "endsWith", json!("S")), |it| {
            text(it, "company").to_lowercase().ends_with('s')
        }),
        (test("country", "equals", json!("DE")), |it| text(it, "country") == "DE"),
        (test("country", "notEquals", json!("DE")), |it| text(it, "country") != "DE"),
        (test("country", "in", json!(["DE", "US", "XX"])), |it| {
            matches!(text(it, "country"), "DE" | "US")
        }),
        (test("linkedin", "isNull", Value::Null), |it| it["fields"]["linkedin"].is_null()),
        (test("LinkedIn", "isNotNull", Value::Null), |it| !it["fields"]["linkedin"].is_null()),
        (test("other_emails", "isEmpty", Value::Null), |it| {
            it["fields"]["other_emails"] == json!([])
        }),
        (test("other_emails", "isNotEmpty", Value::Null), |it| {
            it["fields"]["other_emails"] != json!([])
        }),
        (test("Status", "equals", json!("Active")), |it| text(it, "Status") == "Active"),
        (test("status", "in", json!(["Lead", "Former"])), |it| {
            matches!(text(it, "Status"), "Lead" | "Former")
        }),
        (test("Seats", "greaterThan", json!(100)), |it| {
            it["fields"]["Seats"].as_i64().is_some_and(|seats| seats > 100)
        }),
        (test("Seats", "lessThanOrEqual", json!(100)), |it| {
            it["fields"]["Seats"].as_i64().is_some_and(|seats| seats <= 100)
        }),
        (test("Renewal date", "lessThan", json!("2027-05-01")), |it| {
            let date = text(it, "Renewal date");
            !date.is_empty() && date < "2027-05-01"
        }),
        (test("created_at", "greaterThanOrEqual", json!("2026-06-01T02:00:00+02:00")), |it| {
            text(it, "created_at") >= "2026-06-01T00:00:00"
        }),
    ]
}

fn both() -> Vec<Case> {
    vec![
        (
            json!({ "and": [
                test("country", "equals", json!("DE")),
                test("Status", "notEquals", json!("Active")),
                test("name", "contains", json!("e")),
            ]}),
            |it| {
                text(it, "country") == "DE"
                    && text(it, "Status") != "Active"
                    && text(it, "name").to_lowercase().contains('e')
            },
        ),
        (
            json!({ "or": [
                test("Status", "equals", json!("Lead")),
                json!({ "and": [
                    test("country", "equals", json!("US")),
                    test("Seats", "greaterThan", json!(50)),
                ]}),
            ]}),
            |it| {
                text(it, "Status") == "Lead"
                    || text(it, "country") == "US"
                        && it["fields"]["Seats"].as_i64().is_some_and(|seats| seats > 50)
            },
        ),
    ]
}

#[tokio::test]
async fn every_filter_finds_what_a_look_at_all_records_would() {
    let world = World::connected().await;
    let all = everything(&world).await;
    for (filter, holds) in tests().into_iter().chain(both()) {
        let expected: Vec<_> = all.iter().filter(|record| holds(record)).cloned().collect();
        assert!(!expected.is_empty() && expected.len() < all.len(), "{filter}");
        let query = config(json!({ "filter": filter, "pageSize": 1_000 }));
        let (found, _) = world.query(query).await;
        assert_eq!(found, expected, "{filter}");
    }
}

#[tokio::test]
async fn filtered_pages_together_are_the_filtered_whole() {
    let world = World::connected().await;
    let all = everything(&world).await;
    for (filter, holds) in tests() {
        let expected: Vec<_> = all.iter().filter(|record| holds(record)).cloned().collect();
        let page_size = expected.len().div_ceil(4).max(1);
        let query = config(json!({ "filter": filter, "pageSize": page_size }));
        let (found, pages) = world.query(query).await;
        assert_eq!(ids(&found), ids(&expected), "{filter}");
        assert!(pages >= expected.len() / page_size, "{filter}: {pages}");
    }
}

#[tokio::test]
async fn pages_of_any_size_are_the_whole() {
    let world = World::connected().await;
    let all = everything(&world).await;
    for page_size in [17, 60, 100, 101, 239, 240, 241] {
        let (found, pages) = world.query(config(json!({ "pageSize": page_size }))).await;
        assert_eq!(ids(&found), ids(&all), "{page_size}");
        assert_eq!(pages, all.len().div_ceil(page_size), "{page_size}");
    }
    // 100 a page when nothing is said.
    let page = world.answer("queryRecords", config(json!({}))).await;
    assert_eq!(page["records"].as_array().unwrap().len(), 100);
}

#[tokio::test]
async fn filter_sort_projection_and_pages_together_are_right() {
    let world = World::connected().await;
    let all = everything(&world).await;
    let mut expected: Vec<_> =
        all.iter().filter(|record| text(record, "Status") != "Former").cloned().collect();
    // Company without case, upwards; name downwards; who has no company comes last.
    expected.sort_by(|left, right| {
        let company = |record: &Value| text(record, "company").to_lowercase();
        let name = |record: &Value| text(record, "name").to_lowercase();
        let id = |record: &Value| record["id"].as_str().unwrap().to_owned();
        company(left)
            .cmp(&company(right))
            .then(name(right).cmp(&name(left)))
            .then(id(left).cmp(&id(right)))
    });
    let query = json!({
        "filter": test("Status", "notEquals", json!("Former")),
        "sort": [{ "field": "Company" }, { "field": "name", "direction": "desc" }],
        "fields": ["Company", "name", "Status"],
        "pageSize": 30,
    });
    let (found, pages) = world.query(config(query)).await;
    assert!(pages >= 3, "{pages}");
    assert_eq!(ids(&found), ids(&expected));
    assert_eq!(column(&found, "company"), column(&expected, "company"));
    for record in &found {
        let mut keys: Vec<_> = record["fields"].as_object().unwrap().keys().collect();
        keys.sort();
        assert_eq!(keys, ["Status", "company", "name"]);
    }
}

#[tokio::test]
async fn null_is_last_in_both_directions() {
    let world = World::connected().await;
    let all = everything(&world).await;
    let empty = all.iter().filter(|record| record["fields"]["Seats"].is_null()).count();
    assert!(empty > 10, "{empty}");
    for direction in ["asc", "desc"] {
        let sort = json!([{ "field": "Seats", "direction": direction }]);
        let (found, _) = world.query(config(json!({ "sort": sort, "pageSize": 50 }))).await;
        assert_eq!(found.len(), all.len());
        let (filled, rest) = found.split_at(found.len() - empty);
        assert!(rest.iter().all(|record| record["fields"]["Seats"].is_null()), "{direction}");
        let seats: Vec<_> = column(filled, "Seats").iter().map(|it| it.as_i64().unwrap()).collect();
        let ordered = seats.is_sorted_by(|left, right| match direction {
            "asc" => left <= right,
            _ => left >= right,
        });
        assert!(ordered, "{direction}: {seats:?}");
    }
}

#[tokio::test]
async fn the_services_own_order_is_used_where_it_has_one() {
    let world = World::connected().await;
    let mut all = everything(&world).await;
    let sort = json!([{ "field": "updated_at", "direction": "desc" }]);
    let (found, pages) = world.query(config(json!({ "sort": sort, "pageSize": 70 }))).await;
    assert_eq!(pages, 4);
    all.sort_by(|left, right| text(right, "updated_at").cmp(text(left, "updated_at")));
    assert_eq!(column(&found, "updated_at"), column(&all, "updated_at"));
    for sent in world.sent().iter().filter(|sent| sent.starts_with("GET /contacts?")) {
        assert!(sent.contains("sort=updated_at%3Adesc&count=70"), "{sent}");
    }
}

#[tokio::test]
async fn a_wrong_query_says_everything_that_is_wrong_with_it() {
    let world = World::connected().await;
    let query = json!({
        "baseId": "me",
        "tableId": "event_types",
        "filter": { "and": [
            test("nam", "equals", json!("x")),
            test("name", "like", json!("x")),
            test("duration", "greaterThan", json!("long")),
            json!({ "or": [] }),
            json!({ "field": "name", "operator": "isNull", "value": 1, "not": true }),
        ]},
        "sort": [{ "field": "color" }, { "field": "colour" }],
        "fields": ["name", "size"],
    });
    let error = world.run("queryRecords", query).await.unwrap_err();
    let mut pointers: Vec<_> = violations(&error).into_iter().map(|(pointer, _)| pointer).collect();
    pointers.dedup();
    let expected = [
        "/config/fields/1",
        "/config/filter/and/0/field",
        "/config/filter/and/1/operator",
        "/config/filter/and/2/value",
        "/config/filter/and/3/or",
        "/config/filter/and/4/not",
        "/config/filter/and/4/value",
        "/config/sort/1/field",
    ];
    assert_eq!(pointers, expected);
    assert!(world.sent().is_empty(), "{:?}", world.sent());
}

#[tokio::test]
async fn what_the_published_schema_refuses_the_connector_refuses() {
    let world = World::connected().await;
    let event_types = |more: Value| {
        let mut query = config(more);
        query["tableId"] = "event_types".into();
        query
    };
    for more in [
        json!({ "pageSize": 0 }),
        json!({ "pageSize": 1_001 }),
        json!({ "pageSize": 1.5 }),
        json!({ "pageSize": "10" }),
        json!({ "cursor": "" }),
        json!({ "sort": {} }),
        json!({ "sort": [{ "direction": "asc" }] }),
        json!({ "sort": [{ "field": "name", "direction": "up" }] }),
        json!({ "sort": vec![json!({ "field": "name" }); 11] }),
        json!({ "fields": "name" }),
        json!({ "fields": [""] }),
        json!({ "filter": [] }),
        json!({ "filter": {} }),
        json!({ "filter": { "and": [] } }),
        json!({ "filter": test("name", "like", json!("x")) }),
        json!({ "filter": { "and": [test("name", "equals", json!("x"))], "or": [] } }),
        json!({ "limit": 10 }),
    ] {
        let query = event_types(more);
        assert!(!world.schemas.accepts("calendly.queryRecords", &query), "{query}");
        let error = world.run("queryRecords", query.clone()).await.unwrap_err();
        assert!(!error.violations.is_empty(), "{query}: {error:?}");
    }
    assert!(world.sent().is_empty(), "{:?}", world.sent());
}
