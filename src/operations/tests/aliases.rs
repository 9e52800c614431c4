//! The ways in which the platform writes an action down.

use super::*;

const EVENT_TYPE: &str = "GET /event_types/E1";

fn event_type() -> Value {
    json!({"resource": {"uri": uri("event_types", "E1"), "name": "Intro"}})
}

fn get(connection: &Connection, host: &FakeHost, document: &Value) -> String {
    host.answer(EVENT_TYPE, 200, event_type());
    let answer = run_document(host, connection, document).unwrap();
    answer["record"]["id"].as_str().unwrap().to_owned()
}

#[test]
fn all_of_them_do_the_same() {
    let (host, connection) = connected();
    let config = json!({"baseId": "me", "tableId": "event_types", "recordId": "E1"});
    for document in [
        json!({"action": "calendly.getRecord", "connection": 1, "config": config}),
        json!({"type": "calendly", "operator": "getRecord", "props": config}),
        json!({"type": "calendly", "operator": "getRecord", "props": config, "connection": 1}),
        json!({"type": "calendly", "operator": "getRecord", "props": config, "connection": "1"}),
        json!({
            "name": "read",
            "type": "calendly",
            "operator": "getRecord",
            "props": config,
            "connection": "Team calendar",
            "retry": {"maxAttempts": 3},
            "continueOnError": true,
            "timeout": 5_000,
        }),
        json!({"service": "calendly", "action": "get-record", "params": config}),
        json!({
            "name": "read",
            "account": "somebody",
            "service": "calendly",
            "action": "get-event-type",
            "params": {"uuid": "E1"},
        }),
    ] {
        assert_eq!(get(&connection, &host, &document), "E1", "{document}");
    }
}

#[test]
fn what_is_wrong_is_told_where_the_document_has_it() {
    let (host, connection) = connected();
    let config = json!({"baseId": "nobody", "tableId": "event_types", "recordId": 5, "x": 1});
    let of = |document: Value| {
        let mut places = wrong(run_document(&host, &connection, &document));
        places.sort();
        places
    };
    let at = |place: &str| {
        ["baseId base", "recordId type", "x additionalProperties"]
            .map(|problem| format!("{place}/{problem}"))
    };
    let typed = json!({"type": "calendly", "operator": "getRecord", "props": config});
    assert_eq!(of(typed), at("/props"));
    let service = json!({"service": "calendly", "action": "get-record", "params": config});
    assert_eq!(of(service), at("/params"));
    let uuid = json!({"service": "calendly", "action": "get-event-type", "params": {"uuid": ".."}});
    assert_eq!(of(uuid), ["/params/uuid record"]);
    // What the records find out, too.
    let config = json!({"baseId": "me", "tableId": "event_types", "fields": {"active": "yes"}});
    let typed = json!({"type": "calendly", "operator": "createRecord", "props": config});
    assert_eq!(of(typed), ["/props/fields/active type", "/props/fields/name required"]);
}

#[test]
fn a_plan_is_told_where_the_document_has_it() {
    let (host, connection) = connected();
    let filter = json!({"and": [
        {"field": "active", "operator": "equals", "value": true},
        {"field": "slug", "operator": "equals", "value": "x"},
    ]});
    let config =
        json!({"baseId": "me", "tableId": "event_types", "filter": filter, "explain": true});
    let document = json!({"type": "calendly", "operator": "queryRecords", "props": config});
    let answer = run_document(&host, &connection, &document).unwrap();
    assert_eq!(answer["plan"]["pushed"], json!(["/props/filter/and/0"]));
    assert_eq!(answer["plan"]["checkedHere"], json!(["/props/filter/and/1"]));
    let answer = run(&host, &connection, "queryRecords", config).unwrap();
    assert_eq!(answer["plan"]["pushed"], json!(["/config/filter/and/0"]));
    assert!(host.sent().is_empty());
}

#[test]
fn what_stands_around_the_input_is_checked() {
    let (host, connection) = connected();
    for (document, expected) in [
        (json!({"type": "calendly"}), vec!["/operator required", "/props required"]),
        (
            json!({"type": "http", "operator": "get", "props": {}}),
            vec!["/operator enum", "/type const"],
        ),
        (
            json!({"type": "calendly", "operator": "listBases", "props": {}, "config": {}}),
            vec!["/config additionalProperties"],
        ),
        (
            json!({"type": "calendly", "operator": "listBases", "props": {}, "connection": 2}),
            vec!["/connection const"],
        ),
        (
            json!({"type": "calendly", "operator": "listBases", "props": {}, "connection": "Other"}),
            vec!["/connection const"],
        ),
        (
            json!({"type": "calendly", "operator": "listBases", "props": {}, "connection": true}),
            vec!["/connection const"],
        ),
        (
            json!({"action": "calendly.listBases", "config": {}, "connection": "1"}),
            vec!["/connection type"],
        ),
        (
            json!({"service": "calendly", "action": "drop-table", "params": []}),
            vec!["/action enum", "/params type"],
        ),
        (
            json!({"service": "zoom", "action": 7, "params": {}}),
            vec!["/action type", "/service const"],
        ),
    ] {
        let mut found = wrong(run_document(&host, &connection, &document));
        found.sort();
        assert_eq!(found, expected, "{document}");
    }
    let unknown = json!({"service": "calendly", "action": "x", "params": {}});
    let error = run_document(&host, &connection, &unknown).unwrap_err();
    let known = "get-event-type, list-webhook-subscriptions, list-bases";
    assert!(error.violations[0].message.contains(known), "{error:?}");
    assert!(host.sent().is_empty());
}

#[test]
fn subscriptions_are_listed_as_the_predecessor_did() {
    let (host, connection) = connected();
    let list = |params: Value| {
        let action = "list-webhook-subscriptions";
        let document = json!({"service": "calendly", "action": action, "params": params});
        run_document(&host, &connection, &document)
    };
    let listed = || json!({"collection": [{"uri": uri("webhook_subscriptions", "W1")}]});
    let of_user = vec![("organization", ORGANIZATION), ("scope", "user"), ("user", USER)];
    let group = uri("groups", "G1");
    let of_group = vec![("organization", ORGANIZATION), ("scope", "group"), ("group", &group)];
    let of_organization = vec![("organization", ORGANIZATION), ("scope", "organization")];
    for (params, expected, count) in [
        (json!({}), &of_user, "20"),
        (json!({"scope": "user", "count": 100}), &of_user, "100"),
        (json!({"organization": ORGANIZATION}), &of_user, "20"),
        (json!({"scope": "organization", "organization": ORGANIZATION}), &of_organization, "20"),
        (json!({"scope": "organization", "count": 5}), &of_organization, "5"),
        (json!({"scope": "group", "group": "G1"}), &of_group, "20"),
        (json!({"scope": "group", "group": group}), &of_group, "20"),
    ] {
        host.answer("GET /webhook_subscriptions", 200, listed());
        assert_eq!(list(params).unwrap()["records"][0]["id"], "W1");
        let query = host.sent().last().unwrap().query();
        for (name, value) in expected.iter().chain(&[("count", count)]) {
            assert!(query.contains(&((*name).to_owned(), (*value).to_owned())), "{query:?}");
        }
    }
    let sent = host.sent().len();
    let error = list(json!({"scope": "team"})).unwrap_err();
    assert_eq!(error.violations[0].pointer, "/params/scope");
    assert!(error.violations[0].message.ends_with("user, organization, group"), "{error:?}");
    assert_eq!(wrong(list(json!({"count": 101}))), ["/params/count maximum"]);
    assert_eq!(wrong(list(json!({"scope": "group"}))), ["/params/group required"]);
    assert_eq!(wrong(list(json!({"scope": "group", "group": USER}))), ["/params/group base"]);
    let other = json!({"organization": uri("organizations", "OTHER")});
    assert_eq!(wrong(list(other)), ["/params/organization const"]);
    assert_eq!(host.sent().len(), sent);
}
