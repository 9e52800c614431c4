//! Bad input gets a clear error with everything that is wrong, and sends nothing.

use host_harness::error::{ErrorCode, HostError};
use serde_json::{Value, json};

use crate::support::world::World;
use crate::support::{MINUTE, violations};

/// Where an action is wrong, by pointer; nothing may have been sent for it.
async fn refused(world: &World, action: &Value) -> HostError {
    let error = world.run_document(&action.to_string()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidInput, "{action}: {error:?}");
    assert_eq!(error.platform_code, Some("validation_failed"), "{action}");
    assert!(!error.next_step.is_empty(), "{action}");
    for violation in &error.violations {
        assert!(!violation.message.is_empty() && !violation.rule.is_empty(), "{violation:?}");
    }
    assert!(world.sent().is_empty(), "{action}: {:?}", world.sent());
    error
}

fn pointers(error: &HostError) -> Vec<&str> {
    violations(error).into_iter().map(|(pointer, _)| pointer).collect()
}

#[tokio::test]
async fn an_action_is_checked_before_anything_is_sent() {
    let world = World::connected().await;
    for (action, expected) in [
        (json!({ "connection": 1 }), vec!["/action", "/config"]),
        (json!({ "connection": 1, "action": "calendly.dropTable", "config": {} }), vec!["/action"]),
        (json!({ "connection": 1, "action": 7, "config": [] }), vec!["/action", "/config"]),
        (
            json!({ "connection": 1, "action": "calendly.listBases", "config": {}, "user": 1 }),
            vec!["/user"],
        ),
        (
            json!({ "connection": 1, "action": "calendly.listBases", "config": { "all": true } }),
            vec!["/config/all"],
        ),
        (
            json!({ "connection": 1, "action": "calendly.getRecord", "config": { "fields": 1 } }),
            vec!["/config/baseId", "/config/fields", "/config/recordId", "/config/tableId"],
        ),
        (
            json!({ "connection": 1, "action": "calendly.createRecord", "config": {
                "baseId": "", "tableId": 5, "fields": {}, "upsert": true,
            }}),
            vec!["/config/baseId", "/config/fields", "/config/tableId", "/config/upsert"],
        ),
        (
            json!({ "connection": 1, "action": "calendly.deleteRecord", "config": {
                "baseId": "me", "tableId": "scheduled_events", "recordId": "x",
                "reason": "x".repeat(10_001),
            }}),
            vec!["/config/reason"],
        ),
    ] {
        let error = refused(&world, &action).await;
        assert_eq!(pointers(&error), expected, "{action}");
    }
}

#[tokio::test]
async fn what_is_no_action_at_all_is_refused() {
    let world = World::connected().await;
    for (text, expected) in [
        ("", vec![""]),
        ("{", vec![""]),
        ("{\"connection\": 1", vec![""]),
        ("null", vec![""]),
        ("[]", vec![""]),
        ("7", vec![""]),
        ("{\"connection\": \"1\"}", vec!["/action", "/config", "/connection"]),
    ] {
        let error = world.host.run(text, MINUTE).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidInput, "{text}");
        assert_eq!(pointers(&error), expected, "{text}");
    }
    let unknown = json!({ "connection": 7, "action": "calendly.listBases", "config": {} });
    let error = world.run_document(&unknown.to_string()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::NotFound);
    assert!(world.sent().is_empty());
}

#[tokio::test]
async fn an_unknown_base_and_an_unknown_table_are_named_together() {
    let world = World::connected().await;
    for operation in ["queryRecords", "getRecord", "createRecord", "updateRecord", "deleteRecord"] {
        let mut config = json!({ "baseId": "appABC123", "tableId": "tblDEF456" });
        if operation != "queryRecords" && operation != "createRecord" {
            config["recordId"] = "x".into();
        }
        if operation == "createRecord" || operation == "updateRecord" {
            config["fields"] = json!({ "Name": "John Doe" });
        }
        let operation = format!("calendly.{operation}");
        let action = json!({ "action": operation, "connection": 1, "config": config });
        let error = refused(&world, &action).await;
        assert_eq!(pointers(&error), ["/config/baseId", "/config/tableId"], "{operation}");
        let tables = "shares, teams, users, webhook_subscriptions";
        assert!(error.violations[1].message.ends_with(tables), "{:?}", error.violations);
    }
}

#[tokio::test]
async fn a_record_id_cannot_lead_anywhere_else() {
    let world = World::connected().await;
    for (table, id) in [
        ("event_types", ".."),
        ("event_types", "../users/me"),
        ("event_types", "a/b"),
        ("event_types", "a?b=c"),
        ("event_types", "a#b"),
        ("event_types", "a%2Fb"),
        ("event_types", "https://evil.example/event_types/"),
        ("event_types", "https://api.calendly.com/users/x"),
        ("event_types", "http://api.calendly.com/event_types/x"),
        ("scheduled_events", "é"),
        ("invitees", "only-one"),
        ("invitees", "a/b/c"),
        ("invitees", "https://api.calendly.com/scheduled_events/x"),
    ] {
        let config = json!({ "baseId": "me", "tableId": table, "recordId": id });
        let action = json!({ "action": "calendly.getRecord", "connection": 1, "config": config });
        let error = refused(&world, &action).await;
        assert_eq!(pointers(&error), ["/config/recordId"], "{id}");
    }
}

#[tokio::test]
async fn fields_are_checked_all_at_once_before_anything_is_sent() {
    let world = World::connected().await;
    let fields = json!({
        "Name": 7,
        "active": "yes",
        "duration": 30.5,
        "duration_options": [15, "30"],
        "Language": "tlh",
        "locations": "here",
        "slug": "intro",
        "colour": "#ffffff",
        "deleted_at": null,
    });
    let config = json!({ "baseId": "me", "tableId": "event_types", "fields": fields });
    let action = json!({ "action": "calendly.createRecord", "connection": 1, "config": config });
    let error = refused(&world, &action).await;
    let expected = [
        "/config/fields/Language",
        "/config/fields/Name",
        "/config/fields/active",
        "/config/fields/colour",
        "/config/fields/deleted_at",
        "/config/fields/duration",
        "/config/fields/duration_options",
        "/config/fields/locations",
        "/config/fields/slug",
    ];
    assert_eq!(pointers(&error), expected);
    let empty = json!({ "baseId": "me", "tableId": "event_types", "fields": { "Color": "x" } });
    let action = json!({ "action": "calendly.createRecord", "connection": 1, "config": empty });
    assert_eq!(pointers(&refused(&world, &action).await), ["/config/fields/name"]);
}

#[tokio::test]
async fn a_contacts_fields_are_checked_all_at_once_and_nothing_is_written() {
    let world = World::connected().await;
    let fields = json!({
        "Name": null,
        "Email": "nobody",
        "other_emails": "a@example.com",
        "Status": "Dormant",
        "Seats": "three",
        "Renewal date": "soon",
        "Interests": "Wine",
        "Shoe size": 44,
        "created_at": "2026-11-24T10:00:00Z",
    });
    let config = json!({ "baseId": "me", "tableId": "contacts", "fields": fields });
    let error = world.run("createRecord", config).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidInput);
    let mut expected: Vec<_> =
        fields.as_object().unwrap().keys().map(|name| format!("/config/fields/{name}")).collect();
    expected.sort();
    assert_eq!(pointers(&error), expected);
    let status = error.violations.iter().find(|one| one.pointer.ends_with("Status")).unwrap();
    assert_eq!(status.message, "'Status' must be one of Active, Lead, Former");
    // Which fields there are has to be asked for.
    assert_eq!(world.sent(), ["GET /contacts/custom_field_definitions"]);
}

#[tokio::test]
async fn a_contact_whose_known_fields_are_wrong_is_refused_before_anything_is_sent() {
    let world = World::connected().await;
    let config = json!({ "baseId": "me", "tableId": "contacts", "fields": { "Email": 7 } });
    let action = json!({ "action": "calendly.createRecord", "connection": 1, "config": config });
    let error = refused(&world, &action).await;
    assert_eq!(pointers(&error), ["/config/fields/Email", "/config/fields/name"]);
}

#[tokio::test]
async fn a_connection_that_is_not_connected_sends_nothing() {
    let world = World::new().await;
    world.create(1, "Marketing").await;
    let error = world.run("listBases", json!({})).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::ReauthorizationRequired);
    assert!(world.sent().is_empty());
    assert_eq!(world.connection(1).await.state, "configured");
}
