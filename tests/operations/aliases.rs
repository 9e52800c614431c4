//! The three ways in which the platform writes an action down: all do the same, and what is wrong
//! is told where the document has it.

use host_harness::error::{ErrorCode, HostError};
use host_harness::simulator::Resource;
use serde_json::{Value, json};

use crate::capabilities;
use crate::support::violations;
use crate::support::world::{World, ids};

/// An operation in all three ways, each naming the connection by its id.
fn three_ways(operation: &str, config: &Value) -> [Value; 3] {
    [
        json!({
            "action": format!("calendly.{operation}"), "connection": 1, "config": config,
        }),
        json!({ "type": "calendly", "operator": operation, "props": config, "connection": 1 }),
        json!({
            "service": "calendly", "action": kebab(operation), "params": config, "connection": 1,
        }),
    ]
}

/// Where the input stands in each of the ways.
const PLACES: [&str; 3] = ["/config", "/props", "/params"];

fn kebab(operation: &str) -> String {
    let mut kebab = String::new();
    for letter in operation.chars() {
        if letter.is_ascii_uppercase() {
            kebab.push('-');
        }
        kebab.push(letter.to_ascii_lowercase());
    }
    kebab
}

async fn run(world: &World, document: &Value) -> Result<Value, HostError> {
    world.run_document(&document.to_string()).await
}

async fn answer(world: &World, document: &Value) -> Value {
    run(world, document).await.unwrap_or_else(|error| panic!("{document}: {error:#?}"))
}

/// Where a document is wrong. Nothing may have been sent for it.
async fn wrong(world: &World, document: &Value) -> Vec<String> {
    world.simulator.clear_requests();
    let error = run(world, document).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidInput, "{document}: {error:?}");
    assert!(world.sent().is_empty(), "{document}: {:?}", world.sent());
    violations(&error).into_iter().map(|(pointer, _)| pointer.to_owned()).collect()
}

#[tokio::test]
async fn all_ways_give_the_same_answer() {
    let world = World::connected().await;
    let event_type = world.simulator.event_type_uri("30 Minute Meeting").unwrap();
    let place = json!({ "baseId": "me", "tableId": "event_types" });
    let with = |more: Value| {
        let mut config = place.clone();
        config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        config
    };
    for (operation, config) in [
        ("listBases", json!({})),
        ("listTables", json!({ "baseId": "me" })),
        ("queryRecords", with(json!({ "sort": [{ "field": "name" }], "pageSize": 2 }))),
        ("getRecord", with(json!({ "recordId": event_type }))),
        ("createRecord", with(json!({ "fields": { "name": "x" }, "dryRun": true }))),
        (
            "updateRecords",
            with(json!({
                "dryRun": true, "records": [{ "recordId": event_type, "fields": { "color": "#0069ff" } }],
            })),
        ),
        ("getCurrentUser", json!({})),
        ("createSchedulingLink", json!({ "eventType": event_type, "dryRun": true })),
    ] {
        let mut answers = Vec::new();
        for document in three_ways(operation, &config) {
            let mut answer = answer(&world, &document).await;
            // Each cursor is sealed anew.
            if operation == "queryRecords" {
                assert!(answer["cursor"].take().is_string(), "{document}");
            }
            answers.push(answer);
        }
        assert_eq!(answers[0], answers[1], "{operation}");
        assert_eq!(answers[0], answers[2], "{operation}");
    }
}

#[tokio::test]
async fn a_cursor_goes_from_one_way_to_another() {
    let world = World::connected().await;
    let mut config = json!({ "baseId": "me", "tableId": "contacts", "pageSize": 100 });
    let (expected, _) = world.query(config.clone()).await;
    let mut found = Vec::new();
    for turn in 0..3 {
        let mut page = answer(&world, &three_ways("queryRecords", &config)[turn]).await;
        found.extend(page["records"].as_array().unwrap().clone());
        config["cursor"] = page["cursor"].take();
    }
    assert!(config["cursor"].is_null());
    assert_eq!(ids(&found), ids(&expected));
}

#[tokio::test]
async fn every_operation_goes_by_all_its_names() {
    let world = World::connected().await;
    let names: Vec<_> = world.schemas.operations().map(str::to_owned).collect();
    for name in &names {
        let operation = name.strip_prefix("calendly.").unwrap();
        // Each knows what it takes, so each was found.
        for (document, place) in three_ways(operation, &json!({ "zzz": 1 })).iter().zip(PLACES) {
            let found = wrong(&world, document).await;
            assert!(found.contains(&format!("{place}/zzz")), "{document}: {found:?}");
            let inside = found.iter().all(|pointer| pointer.starts_with(place));
            assert!(inside, "{document}: {found:?}");
        }
    }
    assert_eq!(names.len(), 35);
}

#[tokio::test]
async fn the_platform_s_own_members_are_accepted() {
    let world = World::connected().await;
    let event_type = world.simulator.event_type_uri("30 Minute Meeting").unwrap();
    let config = json!({ "baseId": "me", "tableId": "event_types", "recordId": event_type });
    let [own, typed, service] = three_ways("getRecord", &config);
    let expected = answer(&world, &own).await;
    for mut document in [typed, service] {
        document["name"] = "readIt".into();
        document["retry"] = json!({ "maxAttempts": 3, "delayMs": 100, "strategy": "fixed" });
        document["continueOnError"] = true.into();
        document["timeout"] = 5_000.into();
        for connection in [json!(1), json!("1"), json!("Marketing")] {
            document["connection"] = connection;
            assert_eq!(answer(&world, &document).await, expected, "{document}");
        }
        // As the platform's connector before this one named it.
        document["account"] = document["connection"].take();
        document.as_object_mut().unwrap().remove("connection");
        assert_eq!(answer(&world, &document).await, expected, "{document}");
        // What nobody knows is not passed over.
        document["prosp"] = json!({});
        assert_eq!(wrong(&world, &document).await, ["/prosp"]);
    }
}

#[tokio::test]
async fn a_document_is_run_with_the_connection_that_it_names() {
    let world = World::connected().await;
    world.create(2, "Support").await;
    let user = json!({ "type": "calendly", "operator": "getCurrentUser", "props": {} });
    let of = |member: &str, connection: Value| {
        let mut document = user.clone();
        document[member] = connection;
        document
    };
    for connection in [json!(1), json!("Marketing"), json!("1")] {
        answer(&world, &of("connection", connection)).await;
    }
    // Nobody connected the other one.
    for connection in [json!(2), json!("Support"), json!("2")] {
        let error = run(&world, &of("connection", connection)).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::ReauthorizationRequired);
    }
    let error = run(&world, &of("account", json!("Support"))).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::ReauthorizationRequired);
    assert_eq!(wrong(&world, &of("connection", json!("Nobody"))).await, ["/connection"]);
    assert_eq!(wrong(&world, &user).await, ["/connection"]);
    let unknown = json!({ "type": "calendly", "operator": "drop", "props": [] });
    assert_eq!(wrong(&world, &unknown).await, ["/connection", "/operator", "/props"]);
}

#[tokio::test]
async fn what_is_wrong_is_told_where_the_document_has_it() {
    let world = World::connected().await;
    let shape = json!({
        "baseId": "nobody", "tableId": "nothing", "recordId": 5, "fields": { "a": 1 }, "x": 1,
    });
    let booking = json!({ "eventType": "a/b", "startTime": "soon", "email": "@", "timezone": "" });
    let fields = json!({
        "baseId": "me", "tableId": "event_types", "fields": { "active": "yes", "a/b": 1 },
    });
    let filter = json!({
        "baseId": "me", "tableId": "event_types",
        "filter": { "and": [{ "field": "active", "operator": "sounds", "value": true }] },
        "sort": [{ "field": "nothing" }],
    });
    for (operation, config, expected) in [
        ("updateRecord", shape, vec!["/baseId", "/recordId", "/tableId", "/x"]),
        ("bookMeeting", booking, vec!["/timezone"]),
        ("createRecord", fields, vec!["/fields/active", "/fields/a~1b", "/fields/name"]),
        ("queryRecords", filter, vec!["/filter/and/0/operator", "/sort/0/field"]),
        ("cancelEvent", json!({ "event": "a/b" }), vec!["/event"]),
        ("getTranscript", json!({ "recap": ".." }), vec!["/recap"]),
        (
            "addToContactList",
            json!({ "list": "..", "contacts": ["C1", ".."] }),
            vec!["/contacts/1", "/list"],
        ),
        ("deleteInviteeData", json!({ "emails": ["nobody"] }), vec!["/emails/0"]),
        (
            "findBusyTimes",
            json!({ "startTime": "2026-12-01T00:00:00Z", "endTime": "then" }),
            vec!["/endTime"],
        ),
    ] {
        for (document, place) in three_ways(operation, &config).iter().zip(PLACES) {
            let expected: Vec<_> = expected.iter().map(|at| format!("{place}{at}")).collect();
            assert_eq!(wrong(&world, document).await, expected, "{document}");
        }
    }
    // What an answer says of the input, too.
    let batch = json!({
        "baseId": "me", "tableId": "event_types", "dryRun": true,
        "records": [{ "fields": { "name": "x" } }, { "fields": { "active": 1 } }],
    });
    let explained = json!({
        "baseId": "me", "tableId": "event_types", "explain": true,
        "filter": { "and": [
            { "field": "active", "operator": "equals", "value": true },
            { "field": "slug", "operator": "equals", "value": "x" },
        ] },
    });
    for (index, place) in PLACES.iter().enumerate() {
        let answered = answer(&world, &three_ways("createRecords", &batch)[index]).await;
        let found = answered["results"][1]["error"]["violations"].as_array().unwrap();
        let mut found: Vec<_> = found.iter().map(|one| one["pointer"].as_str().unwrap()).collect();
        found.sort_unstable();
        let expected = ["active", "name"].map(|name| format!("{place}/records/1/fields/{name}"));
        assert_eq!(found, expected);
        let answered = answer(&world, &three_ways("queryRecords", &explained)[index]).await;
        assert_eq!(answered["plan"]["pushed"], json!([format!("{place}/filter/and/0")]));
        assert_eq!(answered["plan"]["checkedHere"], json!([format!("{place}/filter/and/1")]));
    }
}

#[tokio::test]
async fn what_stands_around_the_input_is_checked() {
    let world = World::connected().await;
    for (document, expected) in [
        (json!({ "type": "calendly", "connection": 1 }), vec!["/operator", "/props"]),
        (
            json!({ "type": "http", "operator": "get", "props": {}, "connection": 1 }),
            vec!["/operator", "/type"],
        ),
        (
            json!({ "service": "zoom", "action": 7, "params": [], "connection": 1 }),
            vec!["/action", "/params", "/service"],
        ),
        (
            json!({ "service": "calendly", "action": "drop-table", "params": {}, "connection": 1 }),
            vec!["/action"],
        ),
    ] {
        assert_eq!(wrong(&world, &document).await, expected, "{document}");
    }
    let unknown =
        json!({ "service": "calendly", "action": "listBases", "params": {}, "connection": 1 });
    let error = run(&world, &unknown).await.unwrap_err();
    let message = violations(&error)[0].1;
    for known in ["get-event-type", "list-webhook-subscriptions", "list-bases", "create-records"] {
        assert!(message.contains(known), "{message}");
    }
}

/// One of the two actions that the platform's connector had before this one.
fn predecessor(action: &str, params: Value) -> Value {
    json!({
        "name": "step", "account": "Marketing", "service": "calendly", "action": action,
        "params": params,
    })
}

#[tokio::test]
async fn an_event_type_is_read_as_before() {
    let world = World::connected().await;
    let uri = world.simulator.event_type_uri("30 Minute Meeting").unwrap();
    let id = uri.rsplit('/').next().unwrap();
    let config = json!({ "baseId": "me", "tableId": "event_types", "recordId": id });
    let expected = world.answer("getRecord", config).await;
    world.simulator.clear_requests();
    let document = predecessor("get-event-type", json!({ "uuid": id }));
    assert_eq!(answer(&world, &document).await, expected);
    assert_eq!(world.sent(), [format!("GET /event_types/{id}")]);
    for (params, expected) in [
        (json!({}), vec!["/params/uuid"]),
        (json!({ "uuid": "" }), vec!["/params/uuid"]),
        (json!({ "uuid": "../users/me" }), vec!["/params/uuid"]),
        (json!({ "uuid": id, "id": id }), vec!["/params/id"]),
    ] {
        let document = predecessor("get-event-type", params);
        assert_eq!(wrong(&world, &document).await, expected, "{document}");
    }
    let unknown = json!({ "uuid": "00000000-0000-4000-8000-000000000000" });
    let error = run(&world, &predecessor("get-event-type", unknown)).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::NotFound);
}

#[tokio::test]
async fn webhook_subscriptions_are_listed_as_before() {
    let world = World::connected_with_scopes(|_| {}, capabilities::SCOPES).await;
    let list = |params: Value| predecessor("list-webhook-subscriptions", params);
    let organization = world.simulator.organization_uri();
    let bases = world.answer("listBases", json!({})).await;
    let group = bases["bases"].as_array().unwrap().iter().find(|base| base["kind"] == "group");
    let group = group.unwrap()["uri"].as_str().unwrap().to_owned();
    let group_id = group.rsplit('/').next().unwrap();
    let organization_id = organization.rsplit('/').next().unwrap();
    for (params, base) in [
        (json!({}), "me"),
        (json!({ "scope": "user", "organization": organization }), "me"),
        (json!({ "scope": "organization" }), "organization"),
        (json!({ "scope": "organization", "organization": organization_id }), "organization"),
        (json!({ "scope": "group", "group": group }), group.as_str()),
        (json!({ "scope": "group", "group": group_id }), group.as_str()),
    ] {
        let config = json!({ "baseId": base, "tableId": "webhook_subscriptions" });
        let (expected, _) = world.query(config).await;
        assert!(!expected.is_empty(), "{params}");
        world.simulator.clear_requests();
        let page = answer(&world, &list(params.clone())).await;
        assert_eq!(page["records"], json!(expected), "{params}");
        assert_eq!(page["complete"], true, "{params}");
        assert_eq!(world.sent().len(), 1, "{params}");
    }
    // No more than were asked for.
    let page = answer(&world, &list(json!({ "scope": "organization", "count": 1 }))).await;
    assert_eq!(page["records"].as_array().unwrap().len(), 1);
    assert_eq!(page["complete"], false);

    for (params, expected) in [
        (json!({ "scope": "team" }), vec!["/params/scope"]),
        (json!({ "scope": "group" }), vec!["/params/group"]),
        (json!({ "count": 0 }), vec!["/params/count"]),
        (json!({ "count": 101, "scope": 7 }), vec!["/params/count", "/params/scope"]),
        (json!({ "organization": "other" }), vec!["/params/organization"]),
        (json!({ "scope": "group", "group": organization }), vec!["/params/group"]),
    ] {
        let document = list(params);
        assert_eq!(wrong(&world, &document).await, expected, "{document}");
    }
    let error = run(&world, &list(json!({ "scope": "team" }))).await.unwrap_err();
    let message = violations(&error)[0].1;
    assert!(message.contains("user, organization, group"), "{message}");
}

#[tokio::test]
async fn a_write_takes_place_once_whichever_way_it_is_written() {
    let world = World::connected().await;
    let before = world.count(Resource::Contacts);
    for turn in 0..3 {
        let fields = json!({ "Name": "John", "Email": format!("john{turn}@example.com") });
        let config = json!({ "baseId": "me", "tableId": "contacts", "fields": fields });
        answer(&world, &three_ways("createRecord", &config)[turn]).await;
        assert_eq!(world.count(Resource::Contacts), before + turn + 1);
    }
}
