//! A write whose answer was lost took place once or not at all, and the caller learns which;
//! Calendly has no idempotency key, so it is looked up and never simply tried again.

use host_harness::error::{ErrorCode, Retry};
use host_harness::simulator::{Fault, FaultKind, Person, Resource};
use serde_json::{Value, json};

use crate::support::world::World;

fn config(table: &str, fields: Value) -> Value {
    json!({ "baseId": "me", "tableId": table, "fields": fields })
}

fn booking(world: &World) -> Value {
    let fields = json!({
        "event_type": world.simulator.event_type_uri("30 Minute Meeting").unwrap(),
        "start_time": world.simulator.free_start_time(Person::Owner),
        "name": "John Doe",
        "email": "john@example.com",
        "timezone": "Europe/Berlin",
    });
    config("invitees", fields)
}

fn fault(kind: FaultKind, method: &str, path: &str) -> Fault {
    Fault::once(kind).on(method, path)
}

fn times(world: &World, line: &str) -> usize {
    world.sent().into_iter().filter(|sent| sent == line).count()
}

/// The answers that are lost although everything was done.
const LOST: [FaultKind; 3] =
    [FaultKind::DropAfterHandling, FaultKind::TruncatedBody, FaultKind::InvalidUtf8];

#[tokio::test]
async fn a_booking_whose_answer_was_lost_is_booked_once_and_returned() {
    let world = World::connected().await;
    for kind in LOST {
        let before = world.count(Resource::ScheduledEvents);
        world.simulator.clear_requests();
        world.simulator.inject(fault(kind.clone(), "POST", "/invitees"));
        let record = world.record("createRecord", booking(&world)).await;
        assert_eq!(record["fields"]["email"], "john@example.com", "{kind:?}");
        assert_eq!(record["fields"]["status"], "active", "{kind:?}");
        assert_eq!(world.count(Resource::ScheduledEvents), before + 1, "{kind:?}");
        assert_eq!(times(&world, "POST /invitees"), 1, "{kind:?}");
        let get = json!({ "baseId": "me", "tableId": "invitees", "recordId": record["id"] });
        assert_eq!(world.record("getRecord", get).await, record, "{kind:?}");
        // The limit of bookings is no part of this.
        world.advance(60);
    }
}

#[tokio::test]
async fn a_booking_that_never_arrived_is_reported_and_not_made() {
    let world = World::connected().await;
    let before = world.count(Resource::ScheduledEvents);
    let config = booking(&world);
    world.simulator.inject(fault(FaultKind::DropBeforeHandling, "POST", "/invitees"));
    let error = world.run("createRecord", config.clone()).await.unwrap_err();
    assert_eq!((error.code, error.retry), (ErrorCode::Network, Retry::Backoff));
    assert!(error.message.contains("nothing was changed"), "{}", error.message);
    assert_eq!(world.count(Resource::ScheduledEvents), before);
    assert_eq!(times(&world, "POST /invitees"), 1);
    // Trying again is then up to the caller, and works.
    world.record("createRecord", config).await;
    assert_eq!(world.count(Resource::ScheduledEvents), before + 1);
}

#[tokio::test]
async fn a_booking_that_the_service_failed_on_is_looked_up_too() {
    let world = World::connected().await;
    let before = world.count(Resource::ScheduledEvents);
    world.simulator.inject(Fault::status(500).on("POST", "/invitees"));
    let error = world.run("createRecord", booking(&world)).await.unwrap_err();
    assert!(error.message.contains("nothing was changed"), "{}", error.message);
    assert_eq!(world.count(Resource::ScheduledEvents), before);
    assert_eq!(times(&world, "POST /invitees"), 1);
}

#[tokio::test]
async fn a_booking_nobody_can_look_up_is_said_to_be_unknown() {
    let world = World::connected().await;
    let before = world.count(Resource::ScheduledEvents);
    world.simulator.inject(fault(FaultKind::DropAfterHandling, "POST", "/invitees"));
    world.simulator.inject(Fault::status(503).on("GET", "/scheduled_events").times(4));
    let error = world.run("createRecord", booking(&world)).await.unwrap_err();
    assert_eq!((error.code, error.retry), (ErrorCode::OutcomeUnknown, Retry::Never));
    assert_eq!(error.next_step, "Look at Calendly before trying again.");
    assert_eq!(world.count(Resource::ScheduledEvents), before + 1);
    assert_eq!(times(&world, "POST /invitees"), 1);
}

#[tokio::test]
async fn a_booking_that_is_there_already_is_returned_and_not_made_again() {
    let world = World::connected().await;
    let fields = json!({
        "event_type": world.simulator.event_type_uri("Product Webinar").unwrap(),
        "start_time": world.simulator.free_start_time(Person::Colleague),
        "name": "John Doe",
        "email": "john@example.com",
        "timezone": "UTC",
    });
    let first = world.record("createRecord", config("invitees", fields.clone())).await;
    // An hour later somebody does the same; this request never arrives.
    world.advance(60 * 60);
    let before = world.count(Resource::Invitees);
    world.simulator.inject(fault(FaultKind::DropBeforeHandling, "POST", "/invitees"));
    let again = world.record("createRecord", config("invitees", fields)).await;
    assert_eq!(again, first);
    assert_eq!(world.count(Resource::Invitees), before);
}

#[tokio::test]
async fn a_contact_or_event_type_whose_answer_was_lost_is_made_once_and_returned() {
    let world = World::connected().await;
    for (round, kind) in LOST.into_iter().enumerate() {
        let email = format!("john{round}@example.com");
        let (contacts, event_types) =
            (world.count(Resource::Contacts), world.count(Resource::EventTypes));
        world.simulator.inject(fault(kind.clone(), "POST", "/contacts"));
        let fields = json!({ "Name": "John Doe", "Email": email, "Status": "Active" });
        let record = world.record("createRecord", config("contacts", fields)).await;
        assert_eq!(record["fields"]["email"], email, "{kind:?}");
        assert_eq!(record["fields"]["Status"], "Active", "{kind:?}");
        assert_eq!(world.count(Resource::Contacts), contacts + 1, "{kind:?}");

        world.simulator.inject(fault(kind.clone(), "POST", "/event_types"));
        let fields = json!({ "Name": format!("Intro {round}") });
        let record = world.record("createRecord", config("event_types", fields.clone())).await;
        assert_eq!(record["fields"]["name"], fields["Name"], "{kind:?}");
        assert_eq!(world.count(Resource::EventTypes), event_types + 1, "{kind:?}");
    }
    assert_eq!((times(&world, "POST /contacts"), times(&world, "POST /event_types")), (3, 3));
}

#[tokio::test]
async fn a_contact_or_event_type_that_never_arrived_is_reported_and_not_made() {
    let world = World::connected().await;
    for (table, resource) in
        [("contacts", Resource::Contacts), ("event_types", Resource::EventTypes)]
    {
        let before = world.count(resource);
        let path = format!("/{table}");
        world.simulator.inject(fault(FaultKind::DropBeforeHandling, "POST", &path));
        let mut fields = json!({ "Name": "John Doe" });
        if table == "contacts" {
            fields["Email"] = "john@example.com".into();
        }
        let error = world.run("createRecord", config(table, fields)).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::Network, "{table}");
        assert!(error.message.contains("nothing was changed"), "{}", error.message);
        assert_eq!(world.count(resource), before, "{table}");
    }
}

#[tokio::test]
async fn changes_and_removals_can_be_sent_again_and_are() {
    let world = World::connected().await;
    for kind in [FaultKind::DropBeforeHandling, FaultKind::DropAfterHandling] {
        let fields = json!({ "Name": "John Doe", "Email": "john@example.com" });
        let created = world.record("createRecord", config("contacts", fields)).await;
        let place = json!({ "baseId": "me", "tableId": "contacts", "recordId": created["id"] });
        world.simulator.inject(fault(kind.clone(), "PATCH", "/contacts"));
        let mut update = place.clone();
        update["fields"] = json!({ "Name": "Jane Doe" });
        let updated = world.record("updateRecord", update).await;
        assert_eq!(updated["fields"]["name"], "Jane Doe", "{kind:?}");

        let before = world.count(Resource::Contacts);
        world.simulator.inject(fault(kind.clone(), "DELETE", "/contacts"));
        let deleted = world.answer("deleteRecord", place).await;
        assert_eq!(deleted["effect"], "deleted", "{kind:?}");
        assert_eq!(world.count(Resource::Contacts), before - 1, "{kind:?}");
    }
}

#[tokio::test]
async fn a_cancellation_whose_answer_was_lost_is_found_out() {
    let world = World::connected().await;
    let booked = world.record("createRecord", booking(&world)).await;
    let event = &booked["fields"]["event"];
    let place = json!({ "baseId": "me", "tableId": "scheduled_events", "recordId": event });
    let cancellation = "/scheduled_events/";
    world.simulator.inject(fault(FaultKind::DropBeforeHandling, "POST", cancellation));
    let error = world.run("deleteRecord", place.clone()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Network);
    assert_eq!(world.record("getRecord", place.clone()).await["fields"]["status"], "active");

    world.simulator.inject(fault(FaultKind::DropAfterHandling, "POST", cancellation));
    assert_eq!(world.answer("deleteRecord", place.clone()).await["effect"], "canceled");
    assert_eq!(world.record("getRecord", place).await["fields"]["status"], "canceled");
}

#[tokio::test]
async fn a_read_is_simply_tried_again() {
    let world = World::connected().await;
    let query = json!({ "baseId": "me", "tableId": "event_types" });
    let (expected, _) = world.query(query.clone()).await;
    let status = |code| Fault::status(code).on("GET", "/event_types");
    let broken = |kind| fault(kind, "GET", "/event_types");
    for trouble in [
        status(500),
        status(502),
        status(503).times(3),
        status(424),
        broken(FaultKind::DropBeforeHandling),
        broken(FaultKind::DropAfterHandling),
        broken(FaultKind::TruncatedBody),
        broken(FaultKind::InvalidUtf8),
        broken(FaultKind::WrongContentType),
    ] {
        world.simulator.inject(trouble.clone());
        assert_eq!(world.query(query.clone()).await.0, expected, "{trouble:?}");
    }
    // Four tries, and then it is said.
    world.simulator.clear_requests();
    world.simulator.inject(status(503).times(9));
    let error = world.run("queryRecords", query).await.unwrap_err();
    assert_eq!((error.code, error.retry), (ErrorCode::UpstreamUnavailable, Retry::Backoff));
    assert!(error.request_id.is_some());
    assert_eq!(world.sent().len(), 4);
}

#[tokio::test]
async fn one_failing_request_of_a_batch_does_not_spoil_the_others() {
    let world = World::connected().await;
    let query = json!({ "baseId": "organization", "tableId": "invitees", "pageSize": 1_000 });
    let (expected, _) = world.query(query.clone()).await;
    world.simulator.clear_requests();
    let below = |kind| fault(kind, "GET", "/scheduled_events/");
    world.simulator.inject(below(FaultKind::DropBeforeHandling));
    world.simulator.inject(below(FaultKind::TruncatedBody));
    world.simulator.inject(Fault::status(503).on("GET", "/scheduled_events/"));
    assert_eq!(world.query(query).await.0, expected);
    assert_eq!(world.sent().len(), 63 + 3);
}
