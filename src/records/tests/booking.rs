//! Creating an invitee books a meeting: once, whatever becomes of the answer.

use super::*;
use crate::host::fake::ORGANIZATION;
use crate::host::{Budget, Grant};

const POST: &str = "POST /invitees";
const START_TIME: &str = "2026-12-01T09:00:00.000000Z";
/// While the booking is under way.
const NOW: &str = "2026-11-24T10:30:01.000000Z";

/// A grant that does not let event types be read, so that their rules are not known.
fn connected() -> (FakeHost, Connection) {
    let (host, connection) = crate::host::fake::connected();
    let grant = host.stored(connection.id).unwrap().grant;
    let scopes = vec!["scheduled_events:write".to_owned()];
    host.store_elsewhere(connection.id, Some(Grant { scopes, ..grant }));
    (host, connection)
}

fn booking() -> Map<String, Value> {
    given(json!({
        "event_type": "E1",
        "start_time": "2026-12-01T10:00:00+01:00",
        "Email": "ada@x.io",
        "name": "Ada",
        "timezone": "Europe/Paris",
    }))
}

fn book(host: &FakeHost, connection: &Connection) -> Result<Value> {
    create(&client(host, connection), &place("invitees"), &booking())
}

/// The look-up of events at that time with that invitee.
fn look(anchor: &str, uri: &str) -> String {
    format!(
        "GET /scheduled_events?{anchor}={uri}&invitee_email=ada@x.io\
         &min_start_time=2026-12-01T08:59:00.000000Z&max_start_time=2026-12-01T09:01:00.000000Z\
         &status=active"
    )
}

fn event(id: &str, event_type: &str, start_time: &str) -> Value {
    let (uri, event_type) = (uri("scheduled_events", id), uri("event_types", event_type));
    json!({"uri": uri, "event_type": event_type, "start_time": start_time})
}

fn events(ids: &[&str]) -> Value {
    json!({"collection": ids.iter().map(|id| event(id, "E1", START_TIME)).collect::<Vec<_>>()})
}

fn invitee(event: &str, created_at: &str) -> Value {
    json!({
        "uri": uri("scheduled_events", &format!("{event}/invitees/I1")),
        "email": "ada@x.io",
        "created_at": created_at,
    })
}

fn posts(host: &FakeHost) -> usize {
    host.sent_lines().iter().filter(|line| line.starts_with("POST")).count()
}

#[test]
fn a_booking_is_sent_as_documented_out_of_its_own_budget() {
    let (host, connection) = connected();
    host.on(POST, |_, sent| {
        let expected = json!({
            "event_type": uri("event_types", "E1"),
            "start_time": START_TIME,
            "invitee": {"email": "ada@x.io", "name": "Ada", "timezone": "Europe/Paris"},
        });
        assert_eq!(sent.json(), expected);
        Ok(reply(201, json!({"resource": invitee("S1", NOW)})))
    });
    let record = book(&host, &connection).unwrap();
    assert_eq!(record["id"], "S1/I1");
    let budgets: Vec<_> = host.acquired().into_iter().map(|(budget, _)| budget).collect();
    assert_eq!(budgets, [Budget::Api, Budget::Booking]);
}

#[test]
fn a_lost_answer_is_looked_up_and_never_sent_twice() {
    for lost in [
        TransportError::TimedOut,
        TransportError::Interrupted("reset".to_owned()),
        TransportError::TooLarge(1),
    ] {
        let (host, connection) = connected();
        host.fail(POST, lost);
        host.answer(&look("user", USER), 200, events(&["S1"]));
        let found = json!({"collection": [invitee("S1", NOW)]});
        host.answer("GET /scheduled_events/S1/invitees?email=ada@x.io&status=active", 200, found);
        assert_eq!(book(&host, &connection).unwrap()["id"], "S1/I1");
        assert_eq!(posts(&host), 1);
    }
}

#[test]
fn a_booking_at_a_colleague_is_found_in_the_organization() {
    let (host, connection) = connected();
    host.answer(POST, 502, json!({}));
    host.answer(&look("user", USER), 200, events(&[]));
    host.answer(&look("organization", ORGANIZATION), 200, events(&["S1"]));
    let found = json!({"collection": [invitee("S1", NOW)]});
    host.answer("GET /scheduled_events/S1/invitees?email=ada@x.io&status=active", 200, found);
    assert_eq!(book(&host, &connection).unwrap()["id"], "S1/I1");
    assert_eq!(posts(&host), 1);
}

#[test]
fn a_booking_that_was_still_under_way_is_found_at_a_later_look() {
    let (host, connection) = connected();
    host.fail(POST, TransportError::TimedOut);
    for found in [&[][..], &["S1"]] {
        host.answer(&look("user", USER), 200, events(found));
        if found.is_empty() {
            host.answer(&look("organization", ORGANIZATION), 200, events(found));
        }
    }
    let found = json!({"collection": [invitee("S1", NOW)]});
    host.answer("GET /scheduled_events/S1/invitees?email=ada@x.io&status=active", 200, found);
    assert_eq!(book(&host, &connection).unwrap()["id"], "S1/I1");
    assert_eq!((host.pauses(), posts(&host)), (vec![1_000], 1));
}

#[test]
fn another_meeting_of_the_same_person_is_not_taken_for_this_one() {
    let (host, connection) = connected();
    host.fail(POST, TransportError::TimedOut);
    for _ in 0..3 {
        let others =
            [event("S1", "E2", START_TIME), event("S2", "E1", "2026-12-01T09:00:30.000000Z")];
        host.answer(&look("user", USER), 200, json!({ "collection": others }));
        host.answer(&look("organization", ORGANIZATION), 200, events(&["S3"]));
        let nobody = json!({"collection": []});
        host.answer("GET /scheduled_events/S3/invitees?email=ada@x.io&status=active", 200, nobody);
    }
    let error = book(&host, &connection).unwrap_err();
    assert_eq!(error.code, ErrorCode::Network);
    assert!(error.message.contains("nothing was changed"));
    assert_eq!((host.pauses(), posts(&host)), (vec![1_000, 4_000], 1));
}

#[test]
fn without_time_for_another_look_the_outcome_is_unknown() {
    let (host, connection) = connected();
    host.on(POST, |host, _| {
        host.advance(5_500);
        Err(TransportError::TimedOut)
    });
    host.answer(&look("user", USER), 200, events(&[]));
    host.answer(&look("organization", ORGANIZATION), 200, events(&[]));
    let client = Client::new(&host, &connection, START + 6_000);
    let error = create(&client, &place("invitees"), &booking()).unwrap_err();
    assert_eq!(error.code, ErrorCode::OutcomeUnknown);
}

#[test]
fn what_cannot_be_found_out_is_said() {
    let (host, connection) = connected();
    host.on(POST, |_, _| {
        Ok(crate::host::fake::with_header(reply(503, json!({})), "x-request-id", "req-1"))
    });
    host.answer(&look("user", USER), 200, events(&[]));
    let refusal = json!({"title": "Permission Denied", "message": "You do not have permission"});
    host.answer(&look("organization", ORGANIZATION), 403, refusal);
    let error = book(&host, &connection).unwrap_err();
    assert_eq!((error.code, error.retry), (ErrorCode::OutcomeUnknown, crate::error::Retry::Never));
    assert_eq!(error.request_id.as_deref(), Some("req-1"));
    assert_eq!(posts(&host), 1);
}

#[test]
fn a_refused_booking_is_not_looked_up() {
    let (host, connection) = connected();
    host.answer(POST, 400, json!({"message": "taken"}));
    assert_eq!(book(&host, &connection).unwrap_err().code, ErrorCode::Rejected);
}

#[test]
fn a_booking_that_was_not_sent_is_sent_again() {
    let (host, connection) = connected();
    host.fail(POST, TransportError::NotSent("refused".to_owned()));
    host.answer(POST, 201, json!({"resource": invitee("S1", NOW)}));
    assert_eq!(book(&host, &connection).unwrap()["id"], "S1/I1");
}

#[test]
fn what_calendly_demands_of_a_booking_is_checked_before_it_is_sent() {
    let (host, connection) = connected();
    let client = client(&host, &connection);
    let broken = |more: Value, without: &str| {
        let mut fields = booking();
        fields.extend(given(more));
        fields.remove(without);
        let error = create(&client, &place("invitees"), &fields).unwrap_err();
        let places: Vec<_> =
            violations(&error).iter().map(|(place, rule, _)| format!("{place} {rule}")).collect();
        places.join(", ")
    };
    let at = "/config/fields";
    assert_eq!(broken(json!({}), "name"), format!("{at}/name required"));
    assert_eq!(broken(json!({}), "event_type"), format!("{at}/event_type required"));
    assert_eq!(broken(json!({"location": {}}), ""), format!("{at}/location/kind required"));
    let guests = json!({"event_guests": vec!["a@x.io"; 11]});
    assert_eq!(broken(guests, ""), format!("{at}/event_guests maxItems"));
    let tracking = json!({"tracking": {"utm_source": "x"}});
    assert_eq!(broken(tracking, ""), format!("{at}/tracking required"));
    assert_eq!(broken(json!({"event_type": "a/b"}), ""), format!("{at}/event_type format"));
    assert_eq!(broken(json!({"start_time": "soon"}), ""), format!("{at}/start_time type"));
    assert_eq!(broken(json!({"timezone": null}), ""), format!("{at}/timezone type"));
    assert_eq!(broken(json!({"status": "active"}), ""), format!("{at}/status readOnly"));
    let past = json!({"start_time": "2026-11-24T10:30:00Z"});
    assert_eq!(broken(past, ""), format!("{at}/start_time future"));
    let nowhere = json!({"location": {"kind": "physical", "location": " "}});
    assert_eq!(broken(nowhere, ""), format!("{at}/location/location required"));
    let answers = json!({"questions_and_answers": [{"question": "Why?"}]});
    let expected =
        ["answer", "position"].map(|name| format!("{at}/questions_and_answers/0/{name} required"));
    assert_eq!(broken(answers, ""), expected.join(", "));
    assert!(host.sent().is_empty());
}
