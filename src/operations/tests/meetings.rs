//! Meetings, no-shows and links.

use super::*;

const INVITEE: &str = "GET /scheduled_events/S1/invitees/I1";

fn booking() -> Value {
    json!({
        "eventType": "E1",
        "startTime": "2026-12-01T10:00:00+01:00",
        "email": "ada@x.io",
        "firstName": "Ada",
        "timezone": "Europe/Paris",
    })
}

fn event_type() -> Value {
    json!({"resource": {"active": true, "locations": null, "custom_questions": []}})
}

#[test]
fn a_meeting_is_booked_by_the_platforms_names() {
    let (host, connection) = connected();
    host.answer("GET /event_types/E1", 200, event_type());
    host.on("POST /invitees", |_, sent| {
        let expected = json!({
            "event_type": uri("event_types", "E1"),
            "start_time": "2026-12-01T09:00:00.000000Z",
            "invitee": {"email": "ada@x.io", "first_name": "Ada", "timezone": "Europe/Paris"},
        });
        assert_eq!(sent.json(), expected);
        Ok(reply(201, json!({"resource": {"uri": uri("scheduled_events", "S1/invitees/I1")}})))
    });
    let answer = run(&host, &connection, "bookMeeting", booking()).unwrap();
    assert_eq!(answer["record"]["id"], "S1/I1");
}

#[test]
fn what_is_wrong_with_a_booking_is_told_by_the_platforms_names() {
    let (host, connection) = connected();
    let with = |more: Value| {
        let mut booking = booking();
        booking.as_object_mut().unwrap().extend(json::members(more));
        run(&host, &connection, "bookMeeting", booking)
    };
    let missing = run(&host, &connection, "bookMeeting", json!({"eventType": "E1"}));
    let expected =
        ["startTime", "email", "timezone"].map(|name| format!("/config/{name} required"));
    assert_eq!(wrong(missing), expected);
    host.answer("GET /event_types/E1", 200, event_type());
    let error = with(json!({
        "startTime": "soon",
        "location": {"kind": "physical"},
        "questionsAndAnswers": [{"question": "Why?", "answer": "So", "position": 0}],
        "tracking": {},
    }))
    .unwrap_err();
    let found: Vec<_> = error.violations.iter().map(|one| &*one.pointer).collect();
    let expected = [
        "/config/startTime",
        "/config/tracking",
        "/config/location/location",
        "/config/location",
        "/config/questionsAndAnswers/0/question",
    ];
    assert_eq!(found, expected);
    assert!(error.violations[0].message.starts_with("'startTime' must be"), "{error:?}");
    assert_eq!(
        wrong(with(json!({"start_time": "x"}))),
        ["/config/start_time additionalProperties"]
    );
    assert_eq!(wrong(with(json!({"eventType": "a/b"}))), ["/config/eventType format"]);
}

#[test]
fn a_booking_that_is_only_tried_is_not_sent() {
    let (host, connection) = connected();
    host.answer("GET /event_types/E1", 200, event_type());
    let mut config = booking();
    config["dryRun"] = true.into();
    let answer = run(&host, &connection, "bookMeeting", config).unwrap();
    assert_eq!((&answer["dryRun"], &answer["record"]), (&json!(true), &Value::Null));
    assert_eq!(answer["request"]["url"], "https://api.calendly.com/invitees");
    assert_eq!(answer["request"]["body"]["invitee"]["first_name"], "Ada");
    assert_eq!(host.sent().len(), 1);
}

#[test]
fn a_meeting_is_canceled() {
    let (host, connection) = connected();
    host.answer("POST /scheduled_events/S1/cancellation", 201, json!({"resource": {}}));
    let event = uri("scheduled_events", "S1");
    let config = json!({"event": event, "reason": "Rain"});
    let answer = run(&host, &connection, "cancelEvent", config).unwrap();
    assert_eq!(answer, json!({"id": "S1", "effect": "canceled"}));
    assert_eq!(host.sent()[0].json(), json!({"reason": "Rain"}));
    let config = json!({"event": "S1", "dryRun": true});
    let answer = run(&host, &connection, "cancelEvent", config).unwrap();
    let url = "https://api.calendly.com/scheduled_events/S1/cancellation";
    let request = json!({"method": "POST", "url": url, "body": {}});
    assert_eq!(answer, json!({"dryRun": true, "request": request}));
    let found = wrong(run(&host, &connection, "cancelEvent", json!({"event": "S1/I1"})));
    assert_eq!(found, ["/config/event record"]);
}

#[test]
fn a_no_show_is_marked_and_cleared() {
    let (host, connection) = connected();
    let invitee = |no_show: Value| {
        let uri = uri("scheduled_events", "S1/invitees/I1");
        json!({"resource": {"uri": uri, "no_show": no_show}})
    };
    let mark = json!({"uri": uri("invitee_no_shows", "N1"), "created_at": "2026-11-24T10:30:00Z"});
    host.answer(INVITEE, 200, invitee(Value::Null));
    host.answer("POST /invitee_no_shows", 201, json!({ "resource": mark }));
    let config = json!({"invitee": "S1/I1"});
    let answer = run(&host, &connection, "markNoShow", config.clone()).unwrap();
    assert_eq!(answer["record"]["fields"]["no_show"], true);
    host.answer(INVITEE, 200, invitee(mark.clone()));
    host.answer("DELETE /invitee_no_shows/N1", 204, Value::Null);
    let answer = run(&host, &connection, "clearNoShow", config).unwrap();
    assert_eq!(answer["record"]["fields"]["no_show"], false);
    host.answer(INVITEE, 200, invitee(mark));
    let config = json!({"invitee": "S1/I1", "dryRun": true});
    let answer = run(&host, &connection, "markNoShow", config).unwrap();
    assert_eq!(answer, json!({"dryRun": true, "request": null}));
    let found = wrong(run(&host, &connection, "markNoShow", json!({"invitee": "I1"})));
    assert_eq!(found, ["/config/invitee record"]);
}

#[test]
fn links_are_made() {
    let (host, connection) = connected();
    let link = json!({"booking_url": "https://calendly.com/d/abc", "owner_type": "EventType"});
    host.answer("POST /scheduling_links", 201, json!({ "resource": link }));
    let config = json!({"eventType": "E1"});
    let answer = run(&host, &connection, "createSchedulingLink", config).unwrap();
    assert_eq!(answer["record"]["fields"]["booking_url"], "https://calendly.com/d/abc");
    host.on("POST /shares", |_, sent| {
        let expected = json!({
            "event_type": uri("event_types", "E1"),
            "duration_options": [15, 30],
            "hide_location": true,
        });
        assert_eq!(sent.json(), expected);
        Ok(reply(201, json!({"resource": {"uri": uri("shares", "H1")}})))
    });
    let config = json!({"eventType": "E1", "durationOptions": [15, 30], "hideLocation": true});
    assert_eq!(run(&host, &connection, "createShare", config).unwrap()["record"]["id"], "H1");
    let config = json!({"eventType": "E1", "startDate": "tomorrow", "duration": 0});
    let mut found = wrong(run(&host, &connection, "createShare", config));
    found.sort();
    assert_eq!(found, ["/config/duration minimum"], "what needs no look at the table comes first");
    let config = json!({"eventType": "E1", "startDate": "tomorrow"});
    let error = run(&host, &connection, "createShare", config).unwrap_err();
    assert_eq!(error.violations[0].pointer, "/config/startDate");
    assert!(error.violations[0].message.starts_with("'startDate' must be a date"), "{error:?}");
}
