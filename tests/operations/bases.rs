//! Bases and tables: what there is, and that it is what it is said to be.

use host_harness::error::ErrorCode;
use host_harness::simulator::Person;
use serde_json::{Value, json};

use crate::support::schemas::assert_valid;
use crate::support::violations;
use crate::support::world::World;

fn texts(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|item| item.as_str().unwrap()).collect()
}

fn table<'a>(tables: &'a Value, id: &str) -> &'a Value {
    let tables = tables["tables"].as_array().unwrap();
    tables.iter().find(|table| table["id"] == id).unwrap()
}

#[tokio::test]
async fn the_bases_are_the_user_the_organization_and_its_groups() {
    let world = World::connected().await;
    let answer = world.answer("listBases", json!({})).await;
    let bases = answer["bases"].as_array().unwrap();
    let shown: Vec<_> = bases
        .iter()
        .map(|base| (base["kind"].as_str().unwrap(), texts(&base["aliases"])))
        .collect();
    let expected =
        [("user", vec!["me"]), ("organization", vec!["organization"]), ("group", Vec::new())];
    assert_eq!(shown, expected);
    assert_eq!(bases[0]["uri"], *world.simulator.user_uri(Person::Owner));
    assert_eq!(bases[1]["uri"], *world.simulator.organization_uri());
    assert_eq!(bases[1]["name"], "Northwind Traders");
    assert_eq!(bases[2]["name"], "Customer Success");
    for base in bases {
        let uri = base["uri"].as_str().unwrap();
        let id = uri.rsplit('/').next().unwrap();
        assert_eq!(base["id"], format!("{}:{id}", base["kind"].as_str().unwrap()));
        for name in [&base["id"], &base["uri"]] {
            world.answer("listTables", json!({ "baseId": name })).await;
        }
    }
}

#[tokio::test]
async fn a_grant_that_reaches_less_shows_fewer_bases_and_asks_for_no_more() {
    let world = World::new().await;
    world.create(1, "Marketing").await;
    world.connect(1, &["users:read"]).await;
    world.simulator.clear_requests();
    let answer = world.answer("listBases", json!({})).await;
    let kinds: Vec<_> = answer["bases"].as_array().unwrap().iter().map(|it| &it["kind"]).collect();
    assert_eq!(kinds, ["user", "organization"]);
    let sent = world.sent();
    assert!(sent.len() == 1 && sent[0].starts_with("GET /users/"), "{sent:?}");
}

/// A table, and its verbs in a user's, an organization's and a group's base.
type Case<'a> = (&'a str, &'a [&'a str], &'a [&'a str], &'a [&'a str]);

#[tokio::test]
async fn every_kind_of_base_has_its_tables_with_their_verbs() {
    let world = World::connected().await;
    let bases = world.answer("listBases", json!({})).await;
    let reads = ["query", "get"];
    let cases: [Case<'_>; 5] = [
        (
            "contacts",
            &["query", "get", "create", "update", "delete"],
            &["query", "get", "create", "update", "delete"],
            &[],
        ),
        ("event_types", &["query", "get", "create", "update"], &["query", "get", "update"], &[]),
        ("groups", &[], &reads, &[]),
        (
            "invitees",
            &["query", "get", "create", "update"],
            &["query", "get", "create", "update"],
            &["query", "get", "create", "update"],
        ),
        (
            "scheduled_events",
            &["query", "get", "update", "delete"],
            &["query", "get", "update", "delete"],
            &["query", "get", "update", "delete"],
        ),
    ];
    for base in bases["bases"].as_array().unwrap() {
        let answer = world.answer("listTables", json!({ "baseId": base["id"] })).await;
        for (name, of_user, of_organization, of_group) in cases {
            let expected = match base["kind"].as_str().unwrap() {
                "user" => of_user,
                "organization" => of_organization,
                _ => of_group,
            };
            let listed = table(&answer, name);
            assert_eq!(texts(&listed["verbs"]), expected, "{name} in {base}");
            let everywhere =
                json!({ "user": of_user, "organization": of_organization, "group": of_group });
            assert_eq!(listed["bases"], everywhere, "{name}");
        }
    }
}

#[tokio::test]
async fn the_tables_are_those_of_the_manifest_with_the_accounts_own_fields() {
    let world = World::connected().await;
    let manifest = world.host.manifest().await.unwrap();
    let answer = world.answer("listTables", json!({ "baseId": "me" })).await;
    for described in &manifest.tables {
        let listed = table(&answer, &described.name);
        let known: Value = serde_json::from_str(&described.fields).unwrap();
        let (known, listed) = (known.as_array().unwrap(), listed["fields"].as_array().unwrap());
        assert_eq!(&listed[..known.len()], known, "{}", described.name);
        let more: Vec<_> = listed[known.len()..].iter().map(|field| &field["label"]).collect();
        let custom = ["Status", "Notes", "Seats", "Renewal date", "Interests", "Deal value"];
        let expected = if described.name == "contacts" { &custom[..] } else { &[] };
        assert_eq!(more, expected, "{}", described.name);
    }
    let contacts = table(&answer, "contacts")["fields"].as_array().unwrap();
    let status = contacts.iter().find(|field| field["name"] == "Status").unwrap();
    assert_eq!(status["type"], "single-select");
    assert_eq!(texts(&status["options"]), ["Active", "Lead", "Former"]);
    assert_eq!((&status["custom"], &status["onCreate"]), (&json!(true), &json!("optional")));
}

#[tokio::test]
async fn every_value_of_every_record_fits_the_schema_of_its_field() {
    let world = World::connected_with_scopes(|_| {}, crate::capabilities::SCOPES).await;
    let answer = world.answer("listTables", json!({ "baseId": "organization" })).await;
    let mut queried = 0;
    for table in answer["tables"].as_array().unwrap() {
        if !texts(&table["verbs"]).contains(&"query") {
            continue;
        }
        queried += 1;
        let listed: Vec<_> = table["fields"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|field| field["listed"] == true)
            .map(|field| &field["name"])
            .collect();
        let mut config = json!({
            "baseId": "organization", "tableId": table["id"], "pageSize": 1_000, "fields": listed,
        });
        if matches!(table["id"].as_str(), Some("available_times" | "busy_times")) {
            let until = "2026-12-04T00:00:00Z";
            config["filter"] =
                json!({ "field": "start_time", "operator": "lessThan", "value": until });
        }
        let (records, _) = world.query(config).await;
        assert!(!records.is_empty(), "{}", table["id"]);
        for field in table["fields"].as_array().unwrap() {
            let name = field["name"].as_str().unwrap();
            let schema = jsonschema::draft202012::new(&field["schema"]).unwrap();
            for record in &records {
                let value = record["fields"].get(name);
                assert_eq!(value.is_some(), field["listed"] == true, "{} {name}", table["id"]);
                if let Some(value) = value {
                    assert_valid(&schema, value, &format!("{} {name}", table["id"]));
                }
            }
        }
    }
    assert_eq!(queried, 27);
}

#[tokio::test]
async fn a_base_is_named_by_alias_id_or_uri() {
    let world = World::connected().await;
    let uri = world.simulator.user_uri(Person::Owner);
    let id = format!("user:{}", uri.rsplit('/').next().unwrap());
    let mut answers = Vec::new();
    for base in ["me", &id, &uri] {
        let config = json!({ "baseId": base, "tableId": "event_types" });
        answers.push(world.query(config).await.0);
    }
    assert!(!answers[0].is_empty());
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
    // A colleague's base is another one.
    let colleague = world.simulator.user_uri(Person::Colleague);
    let config = json!({ "baseId": colleague, "tableId": "event_types" });
    assert_ne!(world.query(config).await.0, answers[0]);
}

#[tokio::test]
async fn a_base_that_cannot_be_is_refused_before_anything_is_sent() {
    let world = World::connected().await;
    let evil = ["https://evil.example/users/", "user:../me", "user:", "team:1", "appABC123", "ME"];
    for base in evil {
        let error = world.run("listTables", json!({ "baseId": base })).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidInput, "{base}");
        assert_eq!(violations(&error)[0].0, "/config/baseId", "{base}");
    }
    let config = json!({ "baseId": "group:x", "tableId": "contacts" });
    let error = world.run("queryRecords", config).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Unsupported);
    assert_eq!(error.next_step, "Give a base of kind user, organization.");
    assert!(world.sent().is_empty(), "{:?}", world.sent());
}

#[tokio::test]
async fn a_base_that_is_somebody_elses_is_refused_by_the_service() {
    let world = World::connected().await;
    let config = json!({ "baseId": "user:nobody", "tableId": "scheduled_events" });
    let error = world.run("queryRecords", config).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::PermissionDenied, "{error:?}");
    assert!(error.request_id.is_some());
}

#[tokio::test]
async fn the_manifest_lists_exactly_the_operations_there_are() {
    let world = World::connected().await;
    let names: Vec<_> = world.schemas.operations().collect();
    let expected = [
        "addToContactList",
        "bookMeeting",
        "cancelEvent",
        "clearNoShow",
        "createRecord",
        "createRecords",
        "createSchedulingLink",
        "createShare",
        "deleteEventData",
        "deleteInviteeData",
        "deleteRecord",
        "deleteRecords",
        "findAvailableTimes",
        "findBusyTimes",
        "getCurrentUser",
        "getOrganization",
        "getRecord",
        "getTranscript",
        "getWebhook",
        "inviteMember",
        "listBases",
        "listTables",
        "listWebhooks",
        "markNoShow",
        "pullChanges",
        "pushChanges",
        "queryRecords",
        "removeFromContactList",
        "removeMember",
        "sampleWebhook",
        "subscribeWebhook",
        "unsubscribeWebhook",
        "updateRecord",
        "updateRecords",
        "verifyWebhook",
    ]
    .map(|name| format!("calendly.{name}"));
    assert_eq!(names, expected);
    let manifest = world.host.manifest().await.unwrap();
    let mut reads: Vec<_> =
        manifest.operations.iter().filter(|it| !it.writes).map(|it| &*it.name).collect();
    reads.sort_unstable();
    let expected = [
        "calendly.findAvailableTimes",
        "calendly.findBusyTimes",
        "calendly.getCurrentUser",
        "calendly.getOrganization",
        "calendly.getRecord",
        "calendly.getTranscript",
        "calendly.getWebhook",
        "calendly.listBases",
        "calendly.listTables",
        "calendly.listWebhooks",
        "calendly.pullChanges",
        "calendly.queryRecords",
        "calendly.sampleWebhook",
        "calendly.verifyWebhook",
    ];
    assert_eq!(reads, expected);
}
