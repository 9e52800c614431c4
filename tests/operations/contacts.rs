//! Contacts: the table of the document's own example, with the account's custom fields.

use host_harness::error::ErrorCode;
use host_harness::simulator::Resource;
use serde_json::{Value, json};

use crate::support::world::World;

/// The document's example, word for word, but for its comment.
const EXAMPLE: &str = r#"{
  "action": "calendly.createRecord",
  "connection": 1,
  "config": {
    "baseId": "appABC123",
    "tableId": "tblDEF456",
    "fields": {
      "Name": "John Doe",
      "Email": "john@example.com",
      "Status": "Active"
    }
  }
}"#;

fn create(fields: Value) -> Value {
    json!({ "baseId": "me", "tableId": "contacts", "fields": fields })
}

fn update(id: &Value, fields: Value) -> Value {
    json!({ "baseId": "me", "tableId": "contacts", "recordId": id, "fields": fields })
}

fn one(id: &Value) -> Value {
    json!({ "baseId": "me", "tableId": "contacts", "recordId": id })
}

#[tokio::test]
async fn the_documents_example_creates_a_contact_with_the_custom_field_status() {
    let world = World::connected().await;
    let before = world.count(Resource::Contacts);
    let action = EXAMPLE.replace("appABC123", "me").replace("tblDEF456", "contacts");
    let answer = world.run_document(&action).await.unwrap();
    let record = &answer["record"];
    assert_eq!(record["tableId"], "contacts");
    let fields = &record["fields"];
    assert_eq!(fields["name"], "John Doe");
    assert_eq!(fields["email"], "john@example.com");
    assert_eq!(fields["Status"], "Active");
    assert_eq!(record["createdTime"], "2026-11-24T10:00:00.000000Z");
    assert_eq!(world.count(Resource::Contacts), before + 1);
    let sent = world.sent();
    assert_eq!(sent, ["GET /contacts/custom_field_definitions", "POST /contacts"]);

    let read = world.record("getRecord", one(&record["id"])).await;
    assert_eq!(read, *record);
    let by_uri = world.record("getRecord", one(&record["uri"])).await;
    assert_eq!(by_uri, *record);
}

#[tokio::test]
async fn the_example_as_it_stands_names_no_base_and_no_table() {
    let world = World::connected().await;
    let error = world.run_document(EXAMPLE).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidInput);
    let pointers: Vec<_> = error.violations.iter().map(|one| &*one.pointer).collect();
    assert_eq!(pointers, ["/config/baseId", "/config/tableId"]);
    assert!(world.sent().is_empty());
}

#[tokio::test]
async fn every_field_can_be_written_and_is_read_as_it_was_written() {
    let world = World::connected().await;
    let fields = json!({
        "name": "Zoë Ångström",
        "email": "zoe@example.com",
        "other_emails": ["z@example.com", "zoe@home.example"],
        "phone_numbers": ["+1 2025550123"],
        "timezone": "Europe/Stockholm",
        "job_title": "Engineer",
        "company": "Ångström, Sons & Co.",
        "country": "SE",
        "state": "Uppsala",
        "city": "Uppsala",
        "linkedin": "https://linkedin.example/in/zoe",
        "Status": "Lead",
        "Notes": "line\nline \"quoted\" \\ 🚀",
        "Seats": 3,
        "Renewal date": "2027-01-31",
        "Interests": ["Wine", "Trains"],
        "Deal value": 1250.5,
    });
    let created = world.record("createRecord", create(fields.clone())).await;
    let read = world.record("getRecord", one(&created["id"])).await;
    assert_eq!(read, created);
    for (name, value) in fields.as_object().unwrap() {
        assert_eq!(read["fields"][name], *value, "{name}");
    }
}

#[tokio::test]
async fn fields_are_named_by_name_by_label_in_any_case_or_by_the_custom_fields_id() {
    let world = World::connected().await;
    let fields = json!({ "nAME": "A", "E-MAIL": "a@example.com" });
    let wrong = world.run("createRecord", create(fields)).await.unwrap_err();
    assert_eq!(wrong.code, ErrorCode::InvalidInput);
    let fields =
        json!({ "nAME": "A", "EMAIL": "a@example.com", "status": "lead", "jOB TITLE": "x" });
    let record = world.record("createRecord", create(fields)).await;
    assert_eq!(record["fields"]["Status"], "Lead");
    assert_eq!(record["fields"]["job_title"], "x");
    let twice = json!({ "Name": "A", "name": "B", "Email": "b@example.com" });
    let error = world.run("createRecord", create(twice)).await.unwrap_err();
    assert_eq!(error.violations.len(), 1, "{error:?}");
    assert_eq!(error.violations[0].rule, "uniqueItems");
}

#[tokio::test]
async fn an_update_changes_what_it_names_and_nothing_else() {
    let world = World::connected().await;
    let fields = json!({
        "Name": "John Doe",
        "Email": "john@example.com",
        "other_emails": ["j@home.example"],
        "Company": "Doe Ltd",
        "Status": "Active",
        "Notes": "Met in Hamburg",
    });
    let created = world.record("createRecord", create(fields)).await;
    world.advance(60);
    let change = json!({ "Status": "Former", "company": null, "Name": "John Q. Doe" });
    let updated = world.record("updateRecord", update(&created["id"], change)).await;
    let mut expected = created.clone();
    expected["fields"]["Status"] = "Former".into();
    expected["fields"]["company"] = Value::Null;
    expected["fields"]["name"] = "John Q. Doe".into();
    let changed_at = "2026-11-24T10:01:00.000000Z";
    expected["updatedTime"] = changed_at.into();
    expected["fields"]["updated_at"] = changed_at.into();
    assert_eq!(updated, expected);
    assert_eq!(world.record("getRecord", one(&created["id"])).await, updated);
}

#[tokio::test]
async fn one_address_changes_and_the_others_stay() {
    let world = World::connected().await;
    let fields = json!({
        "Name": "John",
        "Email": "john@example.com",
        "Other emails": ["a@example.com", "b@example.com"],
    });
    let created = world.record("createRecord", create(fields)).await;
    let change = json!({ "Email": "new@example.com" });
    let updated = world.record("updateRecord", update(&created["id"], change)).await;
    assert_eq!(updated["fields"]["email"], "new@example.com");
    assert_eq!(updated["fields"]["other_emails"], json!(["a@example.com", "b@example.com"]));
    let change = json!({ "Other emails": [] });
    let updated = world.record("updateRecord", update(&created["id"], change)).await;
    assert_eq!(updated["fields"]["email"], "new@example.com");
    assert_eq!(updated["fields"]["other_emails"], json!([]));
}

#[tokio::test]
async fn custom_values_are_cleared_with_null() {
    let world = World::connected().await;
    let fields = json!({
        "Name": "J", "Email": "j@example.com", "Status": "Active", "Seats": 3, "Interests": ["Wine"],
    });
    let created = world.record("createRecord", create(fields)).await;
    let change = json!({ "Status": null, "Seats": null, "Interests": null });
    let updated = world.record("updateRecord", update(&created["id"], change)).await;
    assert_eq!(updated["fields"]["Status"], Value::Null);
    assert_eq!(updated["fields"]["Seats"], Value::Null);
    assert_eq!(updated["fields"]["Interests"], json!([]));
}

#[tokio::test]
async fn a_deleted_contact_is_gone() {
    let world = World::connected().await;
    let fields = json!({ "Name": "John Doe", "Email": "john@example.com" });
    let created = world.record("createRecord", create(fields)).await;
    let before = world.count(Resource::Contacts);
    let deleted = world.answer("deleteRecord", one(&created["uri"])).await;
    assert_eq!(deleted, json!({ "id": created["id"], "effect": "deleted" }));
    assert_eq!(world.count(Resource::Contacts), before - 1);
    for operation in ["getRecord", "deleteRecord"] {
        let error = world.run(operation, one(&created["id"])).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::NotFound, "{operation}");
        assert!(error.request_id.is_some(), "{operation}");
    }
    let change = update(&created["id"], json!({ "Name": "x" }));
    let error = world.run("updateRecord", change).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::NotFound);
}

#[tokio::test]
async fn an_address_that_is_taken_is_a_conflict() {
    let world = World::connected().await;
    let fields = json!({ "Name": "John Doe", "Email": "john@example.com" });
    world.record("createRecord", create(fields.clone())).await;
    let error = world.run("createRecord", create(fields)).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Conflict);
}

#[tokio::test]
async fn what_only_the_service_can_judge_comes_back_in_its_words() {
    let world = World::connected().await;
    let fields = json!({ "Name": "J", "Email": "j@example.com", "Country": "Germany" });
    let error = world.run("createRecord", create(fields)).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Rejected);
    assert!(error.message.contains("country: must be an ISO 3166-1"), "{}", error.message);
    let details = &error.detail.unwrap()["calendly"]["details"];
    assert_eq!(details[0]["parameter"], "country");
    assert!(error.request_id.is_some());
}

#[tokio::test]
async fn projection_answers_the_fields_asked_for_and_no_others() {
    let world = World::connected().await;
    let (records, _) = world.query(json!({ "baseId": "me", "tableId": "contacts" })).await;
    let mut config = one(&records[0]["id"]);
    config["fields"] = json!(["Status", "Email", "name"]);
    let record = world.record("getRecord", config).await;
    let mut keys: Vec<_> = record["fields"].as_object().unwrap().keys().collect();
    keys.sort();
    assert_eq!(keys, ["Status", "email", "name"]);
    for key in keys {
        assert_eq!(record["fields"][key], records[0]["fields"][key]);
    }
}
