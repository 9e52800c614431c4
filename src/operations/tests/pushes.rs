//! Copies of a table: what goes out from them.

use super::*;

const DEFINITIONS: &str = "GET /contacts/custom_field_definitions";

fn push(host: &FakeHost, connection: &Connection, table: &str, items: Value) -> Vec<Value> {
    let config = json!({"baseId": "me", "tableId": table, "items": items});
    let mut answer = run(host, connection, "pushChanges", config).unwrap();
    let Value::Array(results) = answer["results"].take() else { panic!("{answer}") };
    results
}

/// The one result, as status and code.
fn outcome(results: &[Value]) -> (&str, &str) {
    let [result] = results else { panic!("{results:?}") };
    (result["status"].as_str().unwrap(), result["error"]["code"].as_str().unwrap_or("-"))
}

fn contact(name: &str, updated: &str) -> Value {
    json!({
        "uri": uri("contacts", "C1"), "name": name, "created_at": updated, "updated_at": updated,
        "emails": [{"email": "ann@x.io", "is_primary": true}],
    })
}

fn create() -> Value {
    json!([{"key": "1", "operation": "create", "fields": {"name": "Ann", "email": "Ann@x.io"}}])
}

fn update(changed_at: Value) -> Value {
    let mut item =
        json!({"key": "k", "operation": "update", "id": "C1", "fields": {"Name": "Ann"}});
    if !changed_at.is_null() {
        item["changedAt"] = changed_at;
    }
    json!([item])
}

const NOON: &str = "2026-11-24T12:00:00.000000Z";

#[test]
fn what_was_created_before_is_not_created_again() {
    let (host, connection) = connected();
    host.answer(DEFINITIONS, 200, json!({"collection": []}));
    host.answer("GET /contacts", 200, json!({"collection": []}));
    host.answer("POST /contacts", 201, json!({"resource": contact("Ann", NOON)}));
    let results = push(&host, &connection, "contacts", create());
    assert_eq!(outcome(&results), ("created", "-"));
    assert_eq!((&results[0]["key"], &results[0]["id"]), (&json!("1"), &json!("C1")));
    // The batch comes again.
    host.answer(DEFINITIONS, 200, json!({"collection": []}));
    host.answer("GET /contacts", 200, json!({"collection": [contact("Ann", NOON)]}));
    let results = push(&host, &connection, "contacts", create());
    assert_eq!(outcome(&results), ("unchanged", "-"));
    assert_eq!(results[0]["record"]["id"], "C1");
    // Somebody else was faster, with another name.
    host.answer(DEFINITIONS, 200, json!({"collection": []}));
    host.answer("GET /contacts", 200, json!({"collection": [contact("Anna", NOON)]}));
    let results = push(&host, &connection, "contacts", create());
    assert_eq!(outcome(&results), ("conflict", "-"));
    assert_eq!(results[0]["record"]["fields"]["name"], "Anna");
}

#[test]
fn what_could_not_be_found_again_is_not_created() {
    let (host, connection) = connected();
    let items = json!([{"key": "1", "operation": "create", "fields": {"name": "x"}}]);
    let results = push(&host, &connection, "shares", items);
    assert_eq!(outcome(&results), ("failed", "unsupported"));
    assert!(results[0]["error"]["nextStep"].as_str().unwrap().contains("calendly.createRecord"));
}

#[test]
fn the_newer_change_wins_and_calendly_when_both_are_of_one_moment() {
    let (host, connection) = connected();
    for (changed_at, status) in [
        (json!("2026-11-24T11:59:59Z"), "conflict"),
        (json!("2026-11-24T13:00:00+01:00"), "conflict"),
        (json!("2026-11-24T12:00:00.000001Z"), "updated"),
        (Value::Null, "updated"),
    ] {
        host.answer(DEFINITIONS, 200, json!({"collection": []}));
        host.answer("GET /contacts/C1", 200, json!({"resource": contact("Anna", NOON)}));
        if status == "updated" {
            host.answer("PATCH /contacts/C1", 200, json!({"resource": contact("Ann", NOON)}));
        }
        let results = push(&host, &connection, "contacts", update(changed_at.clone()));
        assert_eq!(outcome(&results), (status, "-"), "{changed_at}");
        let is_theirs = results[0]["record"]["fields"]["name"] == "Anna";
        assert_eq!(is_theirs, status == "conflict");
    }
}

#[test]
fn what_is_so_already_is_left_alone() {
    let (host, connection) = connected();
    host.answer(DEFINITIONS, 200, json!({"collection": []}));
    host.answer("GET /contacts/C1", 200, json!({"resource": contact("Ann", NOON)}));
    let results = push(&host, &connection, "contacts", update(json!("2026-01-01T00:00:00Z")));
    assert_eq!(outcome(&results), ("unchanged", "-"));
}

#[test]
fn what_is_gone_counts_as_deleted() {
    let (host, connection) = connected();
    let gone = json!({"title": "Resource Not Found", "message": "Gone."});
    let items = json!([{"key": "1", "operation": "delete", "id": "C1"}]);
    host.answer(DEFINITIONS, 200, json!({"collection": []}));
    host.answer("GET /contacts/C1", 404, gone.clone());
    assert_eq!(outcome(&push(&host, &connection, "contacts", items.clone())), ("deleted", "-"));
    host.answer(DEFINITIONS, 200, json!({"collection": []}));
    host.answer("GET /contacts/C1", 200, json!({"resource": contact("Ann", NOON)}));
    host.answer("DELETE /contacts/C1", 404, gone.clone());
    assert_eq!(outcome(&push(&host, &connection, "contacts", items)), ("deleted", "-"));
    let items = json!([{"key": "1", "operation": "delete", "id": "E1"}]);
    let event = json!({"uri": uri("scheduled_events", "E1"), "status": "canceled"});
    host.answer("GET /scheduled_events/E1", 200, json!({"resource": event}));
    assert_eq!(outcome(&push(&host, &connection, "scheduled_events", items)), ("deleted", "-"));
    // What is to be changed has to be there.
    host.answer(DEFINITIONS, 200, json!({"collection": []}));
    host.answer("GET /contacts/C1", 404, gone);
    let results = push(&host, &connection, "contacts", update(Value::Null));
    assert_eq!(outcome(&results), ("failed", "not-found"));
}

#[test]
fn an_invalid_item_fails_alone_and_where_it_stands() {
    let (host, connection) = connected();
    host.answer(DEFINITIONS, 200, json!({"collection": []}));
    host.answer("GET /contacts/C1", 200, json!({"resource": contact("Ann", NOON)}));
    let items = json!([
        {"key": "a", "operation": "create"},
        {"key": "b", "operation": "update", "fields": {}, "changedAt": "noon"},
        {"operation": "delete", "id": "C1", "fields": {"name": "x"}},
        5,
        {"key": "e", "operation": "delete", "id": "C/1"},
        {"key": "f", "operation": "update", "id": "C1", "fields": {"name": "Ann"}},
    ]);
    let results = push(&host, &connection, "contacts", items);
    let found: Vec<_> = results
        .iter()
        .map(|result| {
            let violations = result["error"]["violations"].as_array();
            let pointers =
                violations.into_iter().flatten().map(|one| one["pointer"].as_str().unwrap());
            let mut pointers: Vec<_> = pointers.collect();
            pointers.sort_unstable();
            (result["status"].as_str().unwrap(), pointers)
        })
        .collect();
    let expected = [
        ("failed", vec!["/config/items/0/fields"]),
        (
            "failed",
            vec!["/config/items/1/changedAt", "/config/items/1/fields", "/config/items/1/id"],
        ),
        ("failed", vec!["/config/items/2/fields", "/config/items/2/key"]),
        ("failed", vec!["/config/items/3"]),
        ("failed", vec!["/config/items/4/id"]),
        ("unchanged", vec![]),
    ];
    assert_eq!(found, expected);
}

#[test]
fn an_answer_that_was_lost_is_told_as_unknown() {
    let (host, connection) = connected();
    host.answer(DEFINITIONS, 200, json!({"collection": []}));
    host.answer("GET /contacts", 200, json!({"collection": []}));
    host.fail("POST /contacts", TransportError::TimedOut);
    host.answer("GET /contacts", 500, Value::Null);
    host.serve(|_, _| Ok(reply(500, Value::Null)));
    let results = push(&host, &connection, "contacts", create());
    assert_eq!(outcome(&results), ("unknown", "outcome-unknown"));
}

#[test]
fn a_dry_run_looks_and_sends_nothing() {
    let (host, connection) = connected();
    host.answer(DEFINITIONS, 200, json!({"collection": []}));
    host.answer("GET /contacts/C1", 200, json!({"resource": contact("Anna", NOON)}));
    let config = json!({"baseId": "me", "tableId": "contacts", "items": update(Value::Null), "dryRun": true});
    let answer = run(&host, &connection, "pushChanges", config).unwrap();
    assert_eq!(
        (&answer["dryRun"], &answer["results"][0]["status"]),
        (&json!(true), &json!("updated"))
    );
    assert_eq!(answer["results"][0]["request"]["method"], "PATCH");
}
