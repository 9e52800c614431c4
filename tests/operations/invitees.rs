//! Invitees: creating one books a meeting; they are read across all events.

use host_harness::error::ErrorCode;
use host_harness::simulator::{Person, Resource};
use serde_json::{Value, json};

use crate::support::violations;
use crate::support::world::{World, ids};

fn config(more: Value) -> Value {
    let mut config = json!({ "baseId": "organization", "tableId": "invitees" });
    for (name, value) in more.as_object().unwrap() {
        config[name] = value.clone();
    }
    config
}

/// What a booking of half an hour takes.
fn booking(world: &World) -> Value {
    json!({
        "Event type": world.simulator.event_type_uri("30 Minute Meeting").unwrap(),
        "Start": world.simulator.free_start_time(Person::Owner),
        "Name": "John Doe",
        "Email": "john@example.com",
        "Time zone": "Europe/Berlin",
    })
}

#[tokio::test]
async fn creating_books_the_meeting_which_can_then_be_canceled_in_both_ways() {
    let world = World::connected().await;
    let before = world.count(Resource::ScheduledEvents);
    for (round, way) in ["updateRecord", "deleteRecord"].into_iter().enumerate() {
        let start = world.simulator.free_start_time(Person::Owner);
        let record =
            world.record("createRecord", config(json!({ "fields": booking(&world) }))).await;
        assert_eq!(world.count(Resource::ScheduledEvents), before + 1 + round);
        let fields = &record["fields"];
        assert_eq!(fields["name"], "John Doe");
        assert_eq!(
            (&fields["status"], &fields["scheduling_method"]),
            (&json!("active"), &json!("api"))
        );
        let (event, invitee) = record["id"].as_str().unwrap().split_once('/').unwrap();
        assert!(fields["event"].as_str().unwrap().ends_with(event) && !invitee.is_empty());
        let read = world.record("getRecord", config(json!({ "recordId": record["id"] }))).await;
        assert_eq!(read, record);

        let mut meeting =
            json!({ "baseId": "me", "tableId": "scheduled_events", "recordId": fields["event"] });
        let booked = world.record("getRecord", meeting.clone()).await;
        assert_eq!(booked["fields"]["start_time"], *start);
        assert_eq!(booked["fields"]["status"], "active");
        if way == "updateRecord" {
            meeting["fields"] = json!({ "status": "canceled", "cancel_reason": "Fog" });
        } else {
            meeting["reason"] = "Fog".into();
        }
        world.answer(way, meeting).await;
        let read = world.record("getRecord", config(json!({ "recordId": record["uri"] }))).await;
        assert_eq!(read["fields"]["status"], "canceled");
        assert_eq!(read["fields"]["cancel_reason"], "Fog");
    }
}

#[tokio::test]
async fn everything_a_booking_can_say_arrives() {
    let world = World::connected().await;
    let uri = world.simulator.event_type_uri("discovery call").unwrap();
    let question = "How many people work at your company?";
    let answers = json!([{ "question": question, "answer": "11-50", "position": 0 }]);
    let tracking = json!({
        "utm_campaign": "spring", "utm_source": null, "utm_medium": null, "utm_content": null,
        "utm_term": null, "salesforce_uuid": null,
    });
    let fields = json!({
        // By its id alone, and a start in another offset.
        "event_type": uri.rsplit('/').next().unwrap(),
        "start_time": "2026-12-24T13:00:00+02:00",
        "first_name": "Zoë",
        "last_name": "Ångström",
        "email": "zoe@example.com",
        "timezone": "Europe/Stockholm",
        "text_reminder_number": "+1 2025550123",
        "event_guests": ["guest@example.com"],
        "questions_and_answers": answers,
        "tracking": tracking,
    });
    let record = world.record("createRecord", config(json!({ "fields": fields }))).await;
    let read = &record["fields"];
    assert_eq!((&read["first_name"], &read["last_name"]), (&json!("Zoë"), &json!("Ångström")));
    assert_eq!(read["text_reminder_number"], "+1 2025550123");
    assert_eq!((&read["questions_and_answers"], &read["tracking"]), (&answers, &tracking));
    let meeting =
        json!({ "baseId": "me", "tableId": "scheduled_events", "recordId": read["event"] });
    let meeting = world.record("getRecord", meeting).await;
    assert_eq!(meeting["fields"]["start_time"], "2026-12-24T11:00:00.000000Z");
    assert_eq!(meeting["fields"]["event_guests"][0]["email"], "guest@example.com");
}

#[tokio::test]
async fn a_booking_with_everything_wrong_says_everything_and_sends_nothing() {
    let world = World::connected().await;
    let fields = json!({
        "event_type": "https://api.calendly.com/event_types/x?y=z#",
        "start_time": "tomorrow",
        "email": "nobody",
        "event_guests": vec!["g@example.com"; 11],
        "tracking": { "utm_source": null },
        "location": { "location": "here" },
        "status": "active",
        "Seats": 3,
    });
    let error = world.run("createRecord", config(json!({ "fields": fields }))).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidInput);
    let mut pointers: Vec<_> = violations(&error).into_iter().map(|(pointer, _)| pointer).collect();
    pointers.retain(|pointer| *pointer != "/config/fields/event_type");
    let expected = [
        "/config/fields/Seats",
        "/config/fields/email",
        "/config/fields/event_guests",
        "/config/fields/location/kind",
        "/config/fields/name",
        "/config/fields/start_time",
        "/config/fields/status",
        "/config/fields/timezone",
        "/config/fields/tracking",
    ];
    assert_eq!(pointers, expected);
    assert!(world.sent().is_empty(), "{:?}", world.sent());
}

#[tokio::test]
async fn a_time_that_is_taken_is_refused_by_the_service() {
    let world = World::connected().await;
    let fields = booking(&world);
    world.record("createRecord", config(json!({ "fields": fields }))).await;
    let before = world.count(Resource::ScheduledEvents);
    let error = world.run("createRecord", config(json!({ "fields": fields }))).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Rejected);
    assert!(error.message.contains("start_time: is not available"), "{}", error.message);
    assert_eq!(world.count(Resource::ScheduledEvents), before);
}

#[tokio::test]
async fn deleting_is_unsupported_and_the_way_out_is_named() {
    let world = World::connected().await;
    let delete = config(json!({ "recordId": "a/b" }));
    let error = world.run("deleteRecord", delete).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Unsupported);
    assert!(error.next_step.contains("scheduled_events"), "{}", error.next_step);
    let offered = json!(["query", "get", "create", "update"]);
    assert_eq!(error.detail.unwrap()["offered"], offered);
    assert!(world.sent().is_empty());
}

#[tokio::test]
async fn a_no_show_is_marked_and_cleared() {
    let world = World::connected().await;
    let filter = json!({ "and": [
        { "field": "start_time", "operator": "lessThan", "value": "2026-11-24T00:00:00Z" },
        { "field": "status", "operator": "equals", "value": "active" },
        { "field": "no_show", "operator": "equals", "value": false },
    ] });
    let (found, _) = world.query(config(json!({ "filter": filter }))).await;
    let id = &found[0]["id"];
    for marked in [true, false] {
        for turn in 0..2 {
            world.simulator.clear_requests();
            let update = json!({ "recordId": id, "fields": { "No-show": marked } });
            let record = world.record("updateRecord", config(update)).await;
            assert_eq!(record["fields"]["no_show"], marked);
            assert_eq!(record["fields"]["no_show_at"].is_string(), marked);
            let writes = world.sent().into_iter().filter(|line| !line.starts_with("GET "));
            assert_eq!(writes.count(), 1 - turn, "what is so already is not done again");
        }
    }
}

#[tokio::test]
async fn invitees_are_read_across_all_events_page_after_page() {
    let world = World::connected().await;
    let (all, pages) = world.query(config(json!({ "pageSize": 1_000 }))).await;
    assert_eq!((all.len(), pages), (world.count(Resource::Invitees), 1));
    let mut unique = ids(&all);
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), all.len());
    let (paged, pages) = world.query(config(json!({ "pageSize": 7 }))).await;
    assert!(pages >= all.len() / 7, "{pages}");
    assert_eq!(ids(&paged), ids(&all));
    assert_eq!(paged, all);
}

#[tokio::test]
async fn the_invitees_of_one_event_take_one_request() {
    let world = World::connected().await;
    let (all, _) = world.query(config(json!({ "pageSize": 1_000 }))).await;
    let uri = all[0]["fields"]["event"].as_str().unwrap();
    let id = uri.rsplit('/').next().unwrap();
    let expected: Vec<_> =
        all.iter().filter(|invitee| invitee["fields"]["event"] == *uri).cloned().collect();
    for event in [uri, id] {
        world.simulator.clear_requests();
        let filter = json!({ "field": "Event", "operator": "equals", "value": event });
        let (found, _) = world.query(config(json!({ "filter": filter }))).await;
        assert_eq!(found, expected);
        assert_eq!(
            world.sent(),
            [format!("GET /scheduled_events/{id}/invitees?sort=created_at%3Aasc&count=100")]
        );
    }
}

#[tokio::test]
async fn an_invitee_is_found_by_address_in_the_events_of_that_address() {
    let world = World::connected().await;
    let (all, _) = world.query(config(json!({ "pageSize": 1_000 }))).await;
    let email = all[3]["fields"]["email"].as_str().unwrap();
    let expected: Vec<_> =
        all.iter().filter(|invitee| invitee["fields"]["email"] == *email).cloned().collect();
    world.simulator.clear_requests();
    let filter = json!({ "field": "email", "operator": "equals", "value": email.to_uppercase() });
    let (found, _) = world.query(config(json!({ "filter": filter }))).await;
    assert_eq!(found, expected);
    assert_eq!(world.sent().len(), 1 + expected.len(), "{:?}", world.sent());
}

#[tokio::test]
async fn invitees_are_sorted_by_the_connector_across_events() {
    let world = World::connected().await;
    let (mut expected, _) = world.query(config(json!({ "pageSize": 1_000 }))).await;
    let key = |record: &Value| {
        let text = |name: &str| record["fields"][name].as_str().unwrap_or_default().to_owned();
        (text("created_at"), record["id"].as_str().unwrap().to_owned())
    };
    expected.sort_by(|left, right| {
        let ((left, left_id), (right, right_id)) = (key(left), key(right));
        right.cmp(&left).then(left_id.cmp(&right_id))
    });
    let sort = json!([{ "field": "created_at", "direction": "desc" }]);
    let (found, pages) = world.query(config(json!({ "sort": sort, "pageSize": 25 }))).await;
    assert!(pages >= 3, "{pages}");
    assert_eq!(ids(&found), ids(&expected));
}
