//! Scheduled events: read, and canceled in both ways there are.

use host_harness::error::ErrorCode;
use host_harness::simulator::Resource;
use serde_json::{Value, json};

use crate::support::world::{World, column};

fn config(more: Value) -> Value {
    let mut config = json!({ "baseId": "organization", "tableId": "scheduled_events" });
    for (name, value) in more.as_object().unwrap() {
        config[name] = value.clone();
    }
    config
}

fn test(field: &str, operator: &str, value: &str) -> Value {
    json!({ "field": field, "operator": operator, "value": value })
}

const NOW: &str = "2026-11-24T10:00:00Z";

/// The events still to come that are not canceled.
async fn upcoming(world: &World) -> Vec<Value> {
    let filter = json!({ "and": [
        test("status", "equals", "active"),
        test("start_time", "greaterThan", NOW),
    ]});
    world.query(config(json!({ "filter": filter, "pageSize": 1_000 }))).await.0
}

#[tokio::test]
async fn updating_the_status_to_canceled_cancels() {
    let world = World::connected().await;
    let event = upcoming(&world).await.remove(0);
    let fields = json!({ "Status": "canceled", "Cancel reason": "Fog" });
    let update = config(json!({ "recordId": event["id"], "fields": fields }));
    let record = world.record("updateRecord", update).await;
    let read = &record["fields"];
    assert_eq!((&read["status"], &read["cancel_reason"]), (&json!("canceled"), &json!("Fog")));
    assert_eq!(read["canceler_type"], "host");
    assert_eq!(read["invitees_active"], 0);
    assert_eq!(read["canceled_at"], "2026-11-24T10:00:00.000000Z");
    assert_eq!(record["id"], event["id"]);
}

#[tokio::test]
async fn deleting_cancels_and_says_so() {
    let world = World::connected().await;
    let before = world.count(Resource::ScheduledEvents);
    let event = upcoming(&world).await.remove(0);
    let delete = config(json!({ "recordId": event["uri"], "reason": "Fog" }));
    let deleted = world.answer("deleteRecord", delete).await;
    assert_eq!(deleted, json!({ "id": event["id"], "effect": "canceled" }));
    // The meeting stays in its table.
    assert_eq!(world.count(Resource::ScheduledEvents), before);
    let read = world.record("getRecord", config(json!({ "recordId": event["id"] }))).await;
    assert_eq!(read["fields"]["status"], "canceled");
    assert_eq!(read["fields"]["cancel_reason"], "Fog");
}

#[tokio::test]
async fn a_cancellation_needs_no_reason() {
    let world = World::connected().await;
    let events = upcoming(&world).await;
    let delete = config(json!({ "recordId": events[0]["id"] }));
    world.answer("deleteRecord", delete).await;
    let fields = json!({ "status": "canceled" });
    let update = config(json!({ "recordId": events[1]["id"], "fields": fields }));
    let record = world.record("updateRecord", update).await;
    assert_eq!(record["fields"]["cancel_reason"], Value::Null);
}

#[tokio::test]
async fn what_is_canceled_or_over_cannot_be_canceled() {
    let world = World::connected().await;
    let event = upcoming(&world).await.remove(0);
    let delete = config(json!({ "recordId": event["id"] }));
    world.answer("deleteRecord", delete.clone()).await;
    let error = world.run("deleteRecord", delete).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Conflict, "{error:?}");
    let filter = json!({ "and": [
        test("status", "equals", "active"),
        test("start_time", "lessThan", NOW),
    ]});
    let past = world.query(config(json!({ "filter": filter }))).await.0.remove(0);
    let error = world.run("deleteRecord", config(json!({ "recordId": past["id"] }))).await;
    assert_eq!(error.unwrap_err().code, ErrorCode::Conflict);
}

#[tokio::test]
async fn cancelling_is_the_one_change_there_is() {
    let world = World::connected().await;
    let update = |fields| config(json!({ "recordId": "any", "fields": fields }));
    let status = "/config/fields/status";
    for (fields, pointers) in [
        (json!({ "status": "active" }), vec![status]),
        (json!({ "cancel_reason": "Fog" }), vec![status]),
        (json!({ "status": "postponed" }), vec![status]),
        (
            json!({ "Name": "x", "start_time": NOW }),
            vec!["/config/fields/Name", "/config/fields/start_time"],
        ),
    ] {
        let error = world.run("updateRecord", update(fields.clone())).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidInput, "{fields}");
        let mut found: Vec<_> = error.violations.iter().map(|one| &*one.pointer).collect();
        found.sort_unstable();
        assert_eq!(found, pointers, "{fields}");
    }
    assert!(world.sent().is_empty(), "{:?}", world.sent());
}

#[tokio::test]
async fn creating_is_unsupported_and_points_to_the_invitees() {
    let world = World::connected().await;
    let create = config(json!({ "fields": { "Name": "x" } }));
    let error = world.run("createRecord", create).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Unsupported);
    assert!(error.next_step.contains("table invitees"), "{}", error.next_step);
    let detail = error.detail.unwrap();
    assert_eq!(detail["offered"], json!(["query", "get", "update", "delete"]));
    assert!(world.sent().is_empty());
}

#[tokio::test]
async fn a_user_an_organization_and_a_group_have_their_own_events() {
    let world = World::connected().await;
    let bases = world.answer("listBases", json!({})).await;
    let mut counts = Vec::new();
    for base in bases["bases"].as_array().unwrap() {
        let query = json!({ "baseId": base["id"], "tableId": "scheduled_events" });
        counts.push(world.query(query).await.0.len());
    }
    let [user, organization, group] = counts[..] else { panic!("{counts:?}") };
    assert_eq!(organization, world.count(Resource::ScheduledEvents));
    assert!(user < organization && group < organization, "{counts:?}");
    assert!(user > 0 && group > 0, "{counts:?}");
}

#[tokio::test]
async fn times_and_status_are_filtered_by_the_service() {
    let world = World::connected().await;
    let (all, _) = world.query(config(json!({ "pageSize": 1_000 }))).await;
    world.simulator.clear_requests();
    let filter = json!({ "and": [
        test("start_time", "greaterThanOrEqual", "2026-11-20T00:00:00+01:00"),
        test("start_time", "lessThan", "2026-12-01T00:00:00Z"),
        test("status", "equals", "active"),
    ]});
    let sort = json!([{ "field": "start_time", "direction": "desc" }]);
    let (found, _) = world.query(config(json!({ "filter": filter, "sort": sort }))).await;
    let [sent] = &*world.sent() else { panic!("one request") };
    for part in [
        "min_start_time=2026-11-19T22%3A59%3A59",
        "max_start_time=2026-12-01T00%3A00%3A01",
        "status=active",
        "sort=start_time%3Adesc",
    ] {
        assert!(sent.contains(part), "{part} in {sent}");
    }
    let mut expected: Vec<_> = all
        .iter()
        .filter(|event| {
            let start = event["fields"]["start_time"].as_str().unwrap();
            ("2026-11-19T23:00".."2026-12-01").contains(&start)
                && event["fields"]["status"] == "active"
        })
        .cloned()
        .collect();
    expected.reverse();
    assert!(expected.len() > 3, "{}", expected.len());
    assert_eq!(column(&found, "start_time"), column(&expected, "start_time"));
    assert_eq!(found, expected);
}

#[tokio::test]
async fn an_invitees_events_are_found_by_the_service() {
    let world = World::connected().await;
    let invitees = json!({ "baseId": "organization", "tableId": "invitees", "pageSize": 1_000 });
    let (invitees, _) = world.query(invitees).await;
    let email = invitees[0]["fields"]["email"].as_str().unwrap();
    let mut expected: Vec<_> = invitees
        .iter()
        .filter(|invitee| invitee["fields"]["email"] == *email)
        .map(|invitee| invitee["fields"]["event"].as_str().unwrap())
        .collect();
    expected.sort_unstable();
    let filter = test("Invitee's email", "equals", email);
    let (events, _) = world.query(config(json!({ "filter": filter }))).await;
    let mut found: Vec<_> = events.iter().map(|event| event["uri"].as_str().unwrap()).collect();
    found.sort_unstable();
    assert_eq!(found, expected);
    // Nobody but the service can test that, so what it cannot test is refused.
    let negated = test("invitee_email", "notEquals", email);
    let error = world.run("queryRecords", config(json!({ "filter": negated }))).await;
    assert_eq!(error.unwrap_err().violations[0].pointer, "/config/filter");
}
