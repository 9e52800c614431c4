//! Tables are what an account makes of them: its contacts' own fields, what Calendly adds since,
//! and what cannot be read.

use host_harness::error::ErrorCode;
use serde_json::{Value, json};

use crate::support::schemas::assert_valid;
use crate::support::service::Service;
use crate::support::violations;
use crate::support::world::{World, column, ids};

const API: &str = "https://api.calendly.com";

/// Makes a custom field, and returns its definition's id.
async fn define(world: &World, fields: Value) -> String {
    let config = json!({ "baseId": "me", "tableId": "contact_custom_fields", "fields": fields });
    world.record("createRecord", config).await["id"].as_str().unwrap().to_owned()
}

/// The account's own fields of contacts, as they are listed.
async fn own_fields(world: &World) -> Vec<Value> {
    let listed = world.answer("listTables", json!({ "baseId": "me" })).await;
    let tables = listed["tables"].as_array().unwrap();
    let contacts = tables.iter().find(|table| table["id"] == "contacts").unwrap();
    let fields = contacts["fields"].as_array().unwrap().iter();
    fields.filter(|field| field["custom"] == true).cloned().collect()
}

fn contacts(more: Value) -> Value {
    let mut config = json!({ "baseId": "me", "tableId": "contacts" });
    config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    config
}

#[tokio::test]
async fn custom_fields_of_every_type_are_fields_of_contacts() {
    let world = World::connected().await;
    let before = own_fields(&world).await.len();
    let size = json!({
        "label": "Size", "field_type": "single_select",
        "options": [{ "label": "Small" }, { "label": "Large" }],
    });
    let size = define(&world, size).await;
    for fields in [
        json!({ "label": "Nickname", "field_type": "text" }),
        json!({ "label": "Age", "field_type": "number" }),
        json!({ "label": "Budget", "field_type": "currency", "currency": "EUR" }),
        json!({ "label": "Birthday", "field_type": "date" }),
        json!({ "label": "Topics", "field_type": "tags" }),
    ] {
        define(&world, fields).await;
    }
    let fields = own_fields(&world).await;
    assert_eq!(fields.len(), before + 6);
    for (name, of) in [
        ("Size", "single-select"),
        ("Nickname", "single-line-text"),
        ("Age", "decimal"),
        ("Budget", "decimal"),
        ("Birthday", "date"),
        ("Topics", "array"),
    ] {
        let field = fields.iter().find(|field| field["name"] == name).unwrap();
        assert_eq!((&field["type"], &field["label"]), (&json!(of), &json!(name)));
        assert_eq!(field["onCreate"], "optional", "{name}");
        assert_eq!(field["onUpdate"], "optional", "{name}");
        assert_eq!(field["nullable"], true, "{name}");
    }
    let values = json!({
        "Size": "large", "Nickname": "Ada", "Age": 36, "Budget": 85_000.5,
        "Birthday": "1990-12-10", "Topics": ["Engines", "Cards"],
    });
    let mut given = values.clone();
    given["Name"] = "Ada".into();
    given["Email"] = "ada@example.com".into();
    let created = world.record("createRecord", contacts(json!({ "fields": given }))).await;
    let mut expected = values;
    expected["Size"] = "Large".into();
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(created["fields"][name], *value, "{name}");
    }
    // At Calendly the option is stored by its id.
    let seen = world.look(created["uri"].as_str().unwrap()).await;
    let stored = seen["resource"]["custom_fields"].as_array().unwrap();
    let stored = stored.iter().find(|one| one["label"] == "Size").unwrap();
    assert!(stored["uri"].as_str().unwrap().ends_with(&size));
    assert_ne!(stored["value"], "Large");
    for field in &own_fields(&world).await {
        let schema = jsonschema::draft202012::new(&field["schema"]).unwrap();
        let name = field["name"].as_str().unwrap();
        assert_valid(&schema, &created["fields"][name], name);
    }

    // They are filtered, sorted, projected and cleared like others.
    for filter in [
        json!({ "field": "Size", "operator": "equals", "value": "Large" }),
        json!({ "field": "nickname", "operator": "startsWith", "value": "AD" }),
        json!({ "field": "Age", "operator": "greaterThan", "value": 35.5 }),
        json!({ "field": "Budget", "operator": "in", "value": [1, 85_000.5] }),
        json!({ "field": "Birthday", "operator": "lessThan", "value": "1990-12-11" }),
        json!({ "field": "Topics", "operator": "isNotEmpty" }),
    ] {
        let query = contacts(json!({ "filter": filter, "fields": ["Size"] }));
        let (found, _) = world.query(query).await;
        assert_eq!(ids(&found), [created["id"].as_str().unwrap()], "{filter}");
        assert_eq!(found[0]["fields"], json!({ "Size": "Large" }), "{filter}");
    }
    let sort = json!([{ "field": "Age", "direction": "desc" }]);
    let (found, _) = world.query(contacts(json!({ "sort": sort, "pageSize": 1_000 }))).await;
    assert_eq!(found[0]["id"], created["id"]);
    assert!(column(&found[1..], "Age").iter().all(|age| age.is_null()), "nulls come last");
    let cleared = json!({ "Size": null, "Age": null, "Topics": null, "Budget": null });
    let update = json!({ "recordId": created["id"], "fields": cleared });
    let updated = world.record("updateRecord", contacts(update)).await;
    assert_eq!(updated["fields"]["Size"], Value::Null);
    assert_eq!(updated["fields"]["Age"], Value::Null);
    assert_eq!(updated["fields"]["Topics"], json!([]));
    assert_eq!(updated["fields"]["Nickname"], "Ada", "what is not named stays");
}

#[tokio::test]
async fn values_that_do_not_fit_are_refused_unsent() {
    let world = World::connected().await;
    let size = json!({
        "label": "Size", "field_type": "single_select", "options": [{ "label": "Small" }],
    });
    define(&world, size).await;
    world.simulator.clear_requests();
    let fields = json!({
        "Name": "x", "Email": "x@example.com", "Size": "Huge", "Seats": "many",
        "Renewal date": "soon", "Interests": "Wine", "Deal value": true, "Notes": 7,
    });
    let error = world.run("createRecord", contacts(json!({ "fields": fields }))).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidInput);
    let found = violations(&error);
    let places: Vec<_> = found.iter().map(|(place, _)| *place).collect();
    let expected = ["Deal value", "Interests", "Notes", "Renewal date", "Seats", "Size"];
    assert_eq!(places, expected.map(|name| format!("/config/fields/{name}")));
    assert_eq!(found[5].1, "'Size' must be one of Small");
    assert!(world.sent().iter().all(|line| line.starts_with("GET ")), "{:?}", world.sent());
}

#[tokio::test]
async fn a_label_that_is_taken_goes_by_its_id() {
    let world = World::connected().await;
    let city = define(&world, json!({ "label": "city", "field_type": "text" })).await;
    let key = format!("custom:{city}");
    let own = own_fields(&world).await;
    let field = own.iter().find(|field| field["label"] == "city").unwrap();
    assert_eq!(field["name"], *key);
    let fields = json!({
        "Name": "x", "Email": "x@example.com", "city": "Rome", key.as_str(): "Ostia",
    });
    let created = world.record("createRecord", contacts(json!({ "fields": fields }))).await;
    assert_eq!(created["fields"]["city"], "Rome");
    assert_eq!(created["fields"][&key], "Ostia");
    let seen = world.look(created["uri"].as_str().unwrap()).await;
    assert_eq!(seen["resource"]["city"], "Rome");
    let filter = json!({ "field": key, "operator": "equals", "value": "Ostia" });
    let (found, _) = world.query(contacts(json!({ "filter": filter }))).await;
    assert_eq!(ids(&found), [created["id"].as_str().unwrap()]);
    // In another case the label means both.
    let filter = json!({ "field": "CITY", "operator": "equals", "value": "Ostia" });
    let error = world.run("queryRecords", contacts(json!({ "filter": filter }))).await.unwrap_err();
    assert!(violations(&error)[0].1.contains(&key), "{error:?}");
}

#[tokio::test]
async fn a_custom_field_can_be_used_as_soon_as_it_is_there() {
    let world = World::connected().await;
    let fields = json!({ "Name": "x", "Email": "x@example.com", "Shoe size": 44 });
    let create = contacts(json!({ "fields": fields }));
    let error = world.run("createRecord", create.clone()).await.unwrap_err();
    assert_eq!(violations(&error)[0].0, "/config/fields/Shoe size");
    define(&world, json!({ "label": "Shoe size", "field_type": "number" })).await;
    let created = world.record("createRecord", create).await;
    assert_eq!(created["fields"]["Shoe size"], 44);
    // Nothing but its definition is a record of the other table.
    let query = json!({ "baseId": "me", "tableId": "contact_custom_fields", "pageSize": 1_000 });
    let (definitions, _) = world.query(query).await;
    assert_eq!(definitions.len(), own_fields(&world).await.len());
    let again = json!({ "label": "shoe SIZE", "field_type": "text" });
    let again = json!({ "baseId": "me", "tableId": "contact_custom_fields", "fields": again });
    assert_eq!(world.run("createRecord", again).await.unwrap_err().code, ErrorCode::Conflict);
}

fn page(resources: &[Value]) -> Value {
    let pagination = json!({
        "count": resources.len(), "next_page": null, "previous_page": null,
        "next_page_token": null, "previous_page_token": null,
    });
    json!({ "collection": resources, "pagination": pagination })
}

/// A query of a service that answers the first collection with these resources.
async fn queried(path: &str, resources: &[Value], config: Value) -> (Service, Value) {
    let service = Service::connected().await;
    service.answers("GET", path, 200, page(resources)).await;
    let answer = service.run("queryRecords", config).await.unwrap();
    (service, answer)
}

#[tokio::test]
async fn what_calendly_adds_passes_through_lists_and_writes() {
    let uri = format!("{API}/event_types/T1");
    let newer = json!({
        "uri": uri, "name": "Intro", "active": true, "kind": "trio", "locale": "tlh",
        "pooling_type": "swarm", "mood": { "level": 5 }, "profile": { "type": "Robot" },
    });
    let config = json!({ "baseId": "me", "tableId": "event_types" });
    let (service, answer) =
        queried("/event_types", std::slice::from_ref(&newer), config.clone()).await;
    let fields = &answer["records"][0]["fields"];
    for (name, value) in [
        ("kind", json!("trio")),
        ("locale", json!("tlh")),
        ("pooling_type", json!("swarm")),
        ("owner_type", json!("Robot")),
        ("mood", json!({ "level": 5 })),
    ] {
        assert_eq!(fields[name], value, "{name}");
    }
    assert_eq!((&answer["complete"], answer.get("failed")), (&json!(true), None));
    // It is filtered by, too.
    for (field, operator, value, found) in [
        ("kind", "equals", json!("trio"), 1),
        ("kind", "notEquals", json!("solo"), 1),
        ("locale", "in", json!(["en", "de"]), 0),
    ] {
        let mut config = config.clone();
        config["filter"] = json!({ "field": field, "operator": operator, "value": value });
        let answer = service.run("queryRecords", config.clone()).await;
        let answer = answer.unwrap_or_else(|error| panic!("{config}: {error:?}"));
        assert_eq!(answer["records"].as_array().unwrap().len(), found, "{config}");
    }
    service.answers("PATCH", "/event_types/T1", 200, json!({ "resource": newer })).await;
    let mut update = config;
    update["recordId"] = "T1".into();
    update["fields"] = json!({ "active": true });
    let answer = service.run("updateRecord", update).await.unwrap();
    assert_eq!(answer["record"]["fields"]["mood"], json!({ "level": 5 }));
}

#[tokio::test]
async fn a_custom_field_of_a_kind_that_is_new_passes_through() {
    let service = Service::connected().await;
    let definition = |id: &str, label: &str, kind: &str| {
        let uri = format!("{API}/contacts/custom_field_definitions/{id}");
        json!({ "uri": uri, "label": label, "field_type": kind })
    };
    let definitions =
        [definition("F1", "Mood", "emoji"), definition("F2", "Answer", "invitee_question")];
    let path = "/contacts/custom_field_definitions";
    service.answers("GET", path, 200, page(&definitions)).await;
    let value = |id: &str, value: Value| json!({ "uri": format!("{API}/contacts/custom_field_definitions/{id}"), "value": value });
    let contact = json!({
        "uri": format!("{API}/contacts/C1"), "name": "Ada",
        "emails": [{ "email": "ada@example.com", "is_primary": true }],
        // One of a field that is not defined any more.
        "custom_fields": [value("F1", json!("🙂")), value("F2", json!("Yes")), value("F9", json!(1))],
    });
    service.answers("GET", "/contacts", 200, page(&[contact])).await;
    let answer = service.run("queryRecords", contacts(json!({}))).await.unwrap();
    let fields = &answer["records"][0]["fields"];
    assert_eq!((&fields["Mood"], &fields["Answer"]), (&json!("🙂"), &json!("Yes")));
    assert!(answer.get("failed").is_none());
}

#[tokio::test]
async fn a_record_without_a_uri_fails_alone() {
    let good = |id: &str| json!({ "uri": format!("{API}/event_types/{id}"), "name": id });
    let resources = [
        good("T1"),
        json!({ "name": "lost" }),
        json!({ "uri": null, "name": "null" }),
        json!({ "uri": 7 }),
        json!("no object"),
        good("T2"),
    ];
    let config = json!({ "baseId": "me", "tableId": "event_types" });
    let (service, answer) = queried("/event_types", &resources, config.clone()).await;
    let records = answer["records"].as_array().unwrap();
    assert_eq!(ids(records), ["T1", "T2"]);
    let failed = answer["failed"].as_array().unwrap();
    assert_eq!(failed.len(), 4, "{answer:#}");
    for failure in failed {
        assert!(!failure["problem"].as_str().unwrap().is_empty(), "{failure}");
        assert_eq!(failure["id"], Value::Null, "{failure}");
    }
    assert_eq!(answer["complete"], true);
    // Sorted here it is no other.
    let mut sorted = config;
    sorted["sort"] = json!([{ "field": "slug" }, { "field": "name", "direction": "desc" }]);
    let answer = service.run("queryRecords", sorted).await.unwrap();
    assert_eq!(ids(answer["records"].as_array().unwrap()), ["T2", "T1"]);
    assert_eq!(answer["failed"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn a_record_that_is_broken_below_another_fails_alone() {
    let service = Service::connected().await;
    let event = json!({ "uri": format!("{API}/scheduled_events/E1"), "name": "Intro" });
    service.answers("GET", "/scheduled_events", 200, page(&[event])).await;
    let invitees = [
        json!({ "uri": format!("{API}/scheduled_events/E1/invitees/I1"), "email": "a@example.com" }),
        // The id alone does not say which.
        json!({ "uri": format!("{API}/invitees/"), "email": "b@example.com" }),
        json!({ "email": "c@example.com" }),
    ];
    service.answers("GET", "/scheduled_events/E1/invitees", 200, page(&invitees)).await;
    let config = json!({ "baseId": "me", "tableId": "invitees" });
    let answer = service.run("queryRecords", config).await.unwrap();
    assert_eq!(ids(answer["records"].as_array().unwrap()), ["E1/I1"]);
    let failed = answer["failed"].as_array().unwrap();
    assert_eq!(failed.len(), 2, "{answer:#}");
    assert_eq!(failed[0]["uri"], format!("{API}/invitees/"));
}
