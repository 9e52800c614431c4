//! Many records at once.

use super::*;
use crate::host::Clock;

const DEFINITIONS: &str = "GET /contacts/custom_field_definitions";

fn contacts(names: &[&str]) -> Value {
    let item = |name: &&str| json!({"fields": {"name": name, "email": format!("{name}@x.io")}});
    json!({
        "baseId": "me",
        "tableId": "contacts",
        "records": names.iter().map(item).collect::<Vec<_>>(),
    })
}

fn created(id: &str) -> Value {
    json!({"resource": {"uri": uri("contacts", id), "name": id}})
}

/// What became of each item: the record's id, or the error's code.
fn outcomes(answer: &Value) -> Vec<&str> {
    let mut outcomes = Vec::new();
    for (index, result) in answer["results"].as_array().unwrap().iter().enumerate() {
        assert_eq!(result["index"], index);
        let code = result["error"]["code"].as_str();
        let done = result["record"]["id"].as_str().or(result["effect"].as_str());
        outcomes.push(code.or(done).unwrap());
    }
    outcomes
}

#[test]
fn a_bad_item_does_not_stop_the_others() {
    let (host, connection) = connected();
    host.answer(DEFINITIONS, 200, json!({"collection": []}));
    host.answer("POST /contacts", 201, created("C0"));
    host.answer("POST /contacts", 409, json!({"message": "The resource already exists"}));
    host.answer("POST /contacts", 201, created("C4"));
    let mut config = contacts(&["a", "b", "c", "d", "e"]);
    config["records"][1] = json!({"fields": {"name": 5, "city/": "Oslo"}});
    config["records"][3] = json!({"fields": {}, "recordId": "C3"});
    let answer = run(&host, &connection, "createRecords", config).unwrap();
    let expected = ["C0", "invalid-input", "conflict", "invalid-input", "C4"];
    assert_eq!(outcomes(&answer), expected);
    assert_eq!((&answer["succeeded"], &answer["failed"]), (&json!(2), &json!(3)));
    let places = |index: usize| {
        let all = answer["results"][index]["error"]["violations"].as_array().unwrap();
        let mut all: Vec<_> = all.iter().map(|one| one["pointer"].as_str().unwrap()).collect();
        all.sort_unstable();
        all
    };
    let at = "/config/records";
    assert_eq!(
        places(1),
        [
            format!("{at}/1/fields/city~1"),
            format!("{at}/1/fields/email"),
            format!("{at}/1/fields/name"),
        ]
    );
    assert_eq!(places(3), [format!("{at}/3/fields"), format!("{at}/3/recordId")]);
    let next = answer["results"][2]["error"]["nextStep"].as_str().unwrap();
    assert!(!next.is_empty());
    // The account's own fields are asked for once.
    assert_eq!(host.sent_lines().iter().filter(|line| *line == DEFINITIONS).count(), 1);
}

#[test]
fn what_no_later_item_survives_ends_the_batch() {
    for (status, body, code) in [
        (
            403,
            json!({"title": "Insufficient scope", "required_scopes": ["contacts:write"]}),
            "insufficient-scope",
        ),
        (401, json!({}), "reauthorization-required"),
    ] {
        let (host, connection) = connected();
        host.answer(DEFINITIONS, 200, json!({"collection": []}));
        host.answer("POST /contacts", 201, created("C0"));
        host.answer("POST /contacts", status, body);
        if status == 401 {
            let token = "POST https://auth.calendly.com/oauth/token";
            host.answer(token, 400, json!({"error": "invalid_grant"}));
        }
        let config = contacts(&["a", "b", "c", "d"]);
        let answer = run(&host, &connection, "createRecords", config).unwrap();
        assert_eq!(outcomes(&answer), ["C0", code, code, code]);
        let results = &answer["results"];
        assert!(results[1]["error"]["notSent"].is_null(), "this one was sent");
        assert_eq!(results[2]["error"]["notSent"], true);
        assert_eq!(results[3]["error"]["notSent"], true);
        assert_eq!(results[3]["error"]["message"], results[1]["error"]["message"]);
    }
}

#[test]
fn the_deadline_ends_the_batch() {
    let (host, connection) = connected();
    let config = json!({
        "baseId": "me",
        "tableId": "contacts",
        "records": [{"recordId": "C0"}, {"recordId": "C1"}, {"recordId": "C2"}],
    });
    host.on("DELETE /contacts/C0", |host, _| {
        host.advance(60_000);
        Ok(reply(204, Value::Null))
    });
    let answer = run(&host, &connection, "deleteRecords", config).unwrap();
    assert_eq!(outcomes(&answer), ["deleted", "deadline-exceeded", "deadline-exceeded"]);
    assert_eq!(answer["results"][2]["error"]["notSent"], true);
}

#[test]
fn a_budget_without_room_before_the_deadline_ends_the_batch() {
    let (host, connection) = connected();
    let config = json!({
        "baseId": "me",
        "tableId": "contacts",
        "records": [{"recordId": "C0"}, {"recordId": "C1"}, {"recordId": "C2"}],
    });
    host.refuse_budget(70_000);
    let answer = run(&host, &connection, "deleteRecords", config.clone()).unwrap();
    assert_eq!(outcomes(&answer), ["rate-limited"; 3]);
    assert!(host.sent().is_empty() && host.now() == crate::host::fake::START);
    assert_eq!(answer["results"][0]["error"]["retry"], json!({"afterMs": 70_000}));
    // With room soon, the next item is tried.
    host.refuse_budget(5_000);
    host.answer("DELETE /contacts/C1", 204, Value::Null);
    host.answer("DELETE /contacts/C2", 404, json!({}));
    let answer = run(&host, &connection, "deleteRecords", config).unwrap();
    assert_eq!(outcomes(&answer), ["rate-limited", "deleted", "not-found"]);
}

#[test]
fn records_are_updated_item_by_item() {
    let (host, connection) = connected();
    host.answer(
        "PATCH /event_types/E1",
        200,
        json!({"resource": {"uri": uri("event_types", "E1")}}),
    );
    let config = json!({
        "baseId": "me",
        "tableId": "event_types",
        "records": [
            {"recordId": "E1", "fields": {"active": false}},
            {"recordId": "..", "fields": {"active": true}},
        ],
    });
    let answer = run(&host, &connection, "updateRecords", config).unwrap();
    assert_eq!(outcomes(&answer), ["E1", "invalid-input"]);
    let pointer = &answer["results"][1]["error"]["violations"][0]["pointer"];
    assert_eq!(pointer, "/config/records/1/recordId");
    assert_eq!(host.sent()[0].json(), json!({"active": false}));
}

#[test]
fn a_dry_run_shows_each_request() {
    let (host, connection) = connected();
    let mut config = json!({
        "baseId": "me",
        "tableId": "event_types",
        "records": [{"fields": {"name": "A"}}, {"fields": {"active": true}}],
        "dryRun": true,
    });
    let answer = run(&host, &connection, "createRecords", config.clone()).unwrap();
    assert_eq!(answer["dryRun"], true);
    let body = json!({"name": "A", "owner": USER});
    assert_eq!(answer["results"][0]["request"]["body"], body);
    assert_eq!(answer["results"][1]["error"]["code"], "invalid-input");
    assert!(host.sent().is_empty());
    config["records"] = json!([]);
    let found = wrong(run(&host, &connection, "createRecords", config.clone()));
    assert_eq!(found, ["/config/records minItems"]);
    config["records"] = vec![json!({"fields": {"name": "A"}}); 501].into();
    let found = wrong(run(&host, &connection, "createRecords", config));
    assert_eq!(found, ["/config/records maxItems"]);
}

#[test]
fn what_is_wrong_with_every_item_is_said_once() {
    let (host, connection) = connected();
    let mut config = contacts(&["a", "b"]);
    config["baseId"] = "user:SOMEBODYELSE".into();
    let found = wrong(run(&host, &connection, "createRecords", config.clone()));
    assert_eq!(found, ["/config/baseId base"]);
    config["tableId"] = "scheduled_events".into();
    let error = run(&host, &connection, "createRecords", config).unwrap_err();
    assert_eq!(error.code, ErrorCode::Unsupported);
    assert!(host.sent().is_empty());
}

#[test]
fn items_are_told_where_the_document_has_them() {
    let (host, connection) = connected();
    let config = json!({
        "baseId": "me",
        "tableId": "event_types",
        "records": [{"fields": {"active": true}}],
    });
    let document = json!({"type": "calendly", "operator": "createRecords", "props": config});
    let answer = run_document(&host, &connection, &document).unwrap();
    let pointer = &answer["results"][0]["error"]["violations"][0]["pointer"];
    assert_eq!(pointer, "/props/records/0/fields/name");
}
