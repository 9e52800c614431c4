//! What is refused.

use super::*;

fn refused(request: Value) -> Vec<String> {
    let poller = Poller::of(&Account::default(), request);
    let error = poller.try_once().unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidInput, "{error:?}");
    assert!(poller.host.sent_lines().is_empty());
    error.violations.iter().map(|one| format!("{} {}", one.pointer, one.rule)).collect()
}

#[test]
fn everything_that_is_wrong_with_a_request_is_told() {
    assert_eq!(
        refused(json!({"baseId": "x", "tableId": "y", "events": ["made"], "more": 1})),
        ["/events/0 enum", "/more additionalProperties", "/baseId base", "/tableId enum"]
    );
    assert_eq!(refused(json!({})), ["/baseId required", "/tableId required", "/events required"]);
    assert_eq!(refused(json!([])), [" type"]);
    assert_eq!(refused(request("contacts", &[])), ["/events minItems"]);
    assert_eq!(refused(request("contacts", &["created", "created"])), ["/events uniqueItems"]);
    let mut days = request("contacts", &["created"]);
    days["horizonDays"] = json!(-1);
    assert_eq!(refused(days), ["/horizonDays minimum"]);
}

#[test]
fn a_request_that_is_no_json_is_refused() {
    let (host, connection) = Account::default().host();
    let error = poll(&host, &connection, "{", None, MINUTE).unwrap_err();
    assert_eq!((error.code, &*error.violations[0].rule), (ErrorCode::InvalidInput, "json"));
}

#[test]
fn deletions_that_cannot_be_told_are_refused() {
    for table in ["scheduled_events", "invitees", "teams", "shares", "locations", "contact_lists"] {
        let found = refused(request(table, &["created", "deleted"]));
        assert_eq!(found, ["/events/1 deleted"], "{table}");
    }
}

#[test]
fn a_filter_is_refused_where_it_stands() {
    let filtered = |filter: Value| {
        let mut request = request("scheduled_events", &["created"]);
        request["filter"] = filter;
        refused(request)
    };
    let test =
        |field: &str, value: &str| json!({"field": field, "operator": "equals", "value": value});
    assert_eq!(filtered(test("nothing", "x")), ["/filter/field field"]);
    assert_eq!(
        filtered(json!({"and": [test("name", "x"), test("invitee_email", "a@x.io")]})),
        ["/filter/and/1 field"],
        "a record does not tell"
    );
    assert_eq!(filtered(json!("x")), ["/filter type"]);
}

#[test]
fn what_is_not_recorded_or_not_listed_is_not_polled() {
    for table in ["busy_times", "available_times", "one_off_event_types", "groups"] {
        let poller = Poller::of(&Account::default(), request(table, &["created"]));
        let error = poller.try_once().unwrap_err();
        assert_eq!(error.code, ErrorCode::Unsupported, "{table}");
        assert!(!error.next_step.is_empty());
    }
}

#[test]
fn the_published_schema_is_the_one_that_is_checked() {
    let schema = REQUEST.schema_document("Poll");
    assert_eq!(
        schema["properties"]["events"]["items"]["enum"],
        json!(["created", "updated", "deleted"])
    );
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    assert!(validator.is_valid(&request("contacts", &["created"])));
    assert!(!validator.is_valid(&request("contacts", &[])));
}
