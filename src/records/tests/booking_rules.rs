//! What an event type demands of a booking, checked before it is sent.

use super::*;

const READ: &str = "GET /event_types/E1";

fn event_type() -> Value {
    json!({
        "uri": uri("event_types", "E1"),
        "active": true,
        "deleted_at": null,
        "pooling_type": null,
        "locations": [{"kind": "zoom_conference"}, {"kind": "physical", "location": "Oslo"}],
        "custom_questions": [
            question("Company?", 0, true, true, &[], false),
            question("Size?", 1, true, false, &["S", "L"], false),
            question("Which?", 2, true, false, &["A", "B"], true),
            question("Old?", 3, false, true, &[], false),
        ],
    })
}

fn question(
    name: &str,
    position: usize,
    enabled: bool,
    required: bool,
    choices: &[&str],
    include_other: bool,
) -> Value {
    json!({
        "name": name,
        "type": if choices.is_empty() { "text" } else { "single_select" },
        "position": position,
        "enabled": enabled,
        "required": required,
        "answer_choices": if choices.is_empty() { Value::Null } else { json!(choices) },
        "include_other": include_other,
    })
}

/// A booking that fits.
fn booking() -> Value {
    json!({
        "event_type": "E1",
        "start_time": "2026-12-01T09:00:00Z",
        "email": "ada@x.io",
        "name": "Ada",
        "timezone": "Europe/Paris",
        "location": {"kind": "zoom_conference"},
        "questions_and_answers": [{"question": "Company?", "answer": "Ada & Co"}],
    })
}

fn with(mut value: Value, more: Value) -> Value {
    value.as_object_mut().unwrap().extend(given(more));
    value
}

/// Places and rules of what is wrong; nothing may be written.
fn wrong(event_type: &Value, booking: Value) -> Vec<String> {
    let (host, connection) = connected();
    host.answer(READ, 200, json!({ "resource": event_type }));
    let client = client(&host, &connection);
    let made = prepare(&client, &place("invitees"), Change::Create(&given(booking)));
    let Err(error) = made else { return Vec::new() };
    let all = violations(&error);
    all.iter()
        .map(|(place, rule, _)| format!("{} {rule}", place.trim_start_matches("/config/fields/")))
        .collect()
}

#[test]
fn a_booking_that_fits_is_sent_with_the_places_of_its_answers() {
    let (host, connection) = connected();
    host.answer(READ, 200, json!({"resource": event_type()}));
    host.on("POST /invitees", |_, sent| {
        let answers = json!([{"question": "Company?", "answer": "Ada & Co", "position": 0}]);
        assert_eq!(sent.json()["questions_and_answers"], answers);
        let invitee = uri("scheduled_events", "S1/invitees/I1");
        Ok(reply(201, json!({"resource": {"uri": invitee}})))
    });
    let made = create(&client(&host, &connection), &place("invitees"), &given(booking()));
    assert_eq!(made.unwrap()["id"], "S1/I1");
}

#[test]
fn an_event_type_that_nobody_can_book_is_not_booked() {
    let inactive = with(event_type(), json!({"active": false}));
    assert_eq!(wrong(&inactive, booking()), ["event_type active"]);
    let deleted = with(event_type(), json!({"deleted_at": "2026-01-01T00:00:00Z"}));
    assert_eq!(wrong(&deleted, booking()), ["event_type active"]);
}

#[test]
fn the_location_is_one_of_the_event_types() {
    let at = |location: Value| with(booking(), json!({ "location": location }));
    let several = event_type();
    assert!(wrong(&several, at(json!({"kind": "physical", "location": "Rome"}))).is_empty());
    assert_eq!(
        wrong(&several, at(json!({"kind": "custom", "location": "x"}))),
        ["location/kind enum"]
    );
    assert_eq!(wrong(&several, at(json!({"kind": "physical"}))), ["location/location required"]);
    assert_eq!(wrong(&several, at(Value::Null)), ["location required"], "one has to be chosen");
    let only = |kind: &str| with(event_type(), json!({"locations": [{"kind": kind}]}));
    assert!(wrong(&only("zoom_conference"), at(Value::Null)).is_empty());
    assert!(wrong(&only("physical"), at(Value::Null)).is_empty());
    assert_eq!(wrong(&only("ask_invitee"), at(Value::Null)), ["location required"]);
    assert_eq!(wrong(&only("outbound_call"), at(Value::Null)), ["location required"]);
    let nowhere = with(event_type(), json!({"locations": null}));
    assert_eq!(wrong(&nowhere, booking()), ["location readOnly"]);
    assert!(wrong(&nowhere, at(Value::Null)).is_empty());
    let round_robin = with(event_type(), json!({"pooling_type": "round_robin"}));
    assert_eq!(wrong(&round_robin, booking()), ["location readOnly"]);
    assert!(wrong(&round_robin, at(Value::Null)).is_empty());
}

#[test]
fn the_answers_are_to_the_event_types_questions() {
    let answers = |more: Value| {
        let mut all = vec![json!({"question": "Company?", "answer": "Ada & Co"})];
        all.extend(more.as_array().unwrap().clone());
        with(booking(), json!({ "questions_and_answers": all }))
    };
    let one =
        |question: &str, answer: &str| answers(json!([{"question": question, "answer": answer}]));
    let of = event_type();
    assert!(wrong(&of, one("Size?", "L")).is_empty());
    assert!(wrong(&of, one("Which?", "Neither")).is_empty(), "any other is allowed");
    assert_eq!(wrong(&of, one("Size?", "M")), ["questions_and_answers/1/answer enum"]);
    assert_eq!(wrong(&of, one("size?", "L")), ["questions_and_answers/1/question enum"]);
    assert_eq!(
        wrong(&of, one("Company?", "Again")),
        ["questions_and_answers/1/question uniqueItems"]
    );
    let none = with(booking(), json!({"questions_and_answers": []}));
    assert_eq!(wrong(&of, none), ["questions_and_answers required"]);
    let blank = json!([{"question": "Company?", "answer": " "}]);
    let blank = with(booking(), json!({ "questions_and_answers": blank }));
    assert_eq!(wrong(&of, blank), ["questions_and_answers required"]);
    let position = answers(json!([{"question": "Size?", "answer": "L", "position": -1}]));
    assert_eq!(wrong(&of, position), ["questions_and_answers/1/position required"]);
    let mut several = event_type();
    several["custom_questions"][1]["type"] = "multi_select".into();
    assert!(wrong(&several, one("Size?", "S\nL")).is_empty());
    assert_eq!(wrong(&several, one("Size?", "S\nM")), ["questions_and_answers/1/answer enum"]);
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let inactive = with(event_type(), json!({"active": false}));
    let broken = json!({
        "event_type": "E1",
        "start_time": "2026-11-24T10:00:00Z",
        "email": "nobody",
        "timezone": "Europe/Paris",
        "location": {"kind": "webex_conference"},
    });
    let expected = [
        "email type",
        "name required",
        "start_time future",
        "event_type active",
        "location/kind enum",
        "questions_and_answers required",
    ];
    assert_eq!(wrong(&inactive, broken), expected);
}

#[test]
fn an_event_type_that_cannot_be_read_is_booked_unchecked_but_not_one_that_is_not_there() {
    let booking = given(with(booking(), json!({"questions_and_answers": []})));
    let (host, connection) = connected();
    host.answer(READ, 403, json!({"message": "You do not have permission"}));
    let client = client(&host, &connection);
    assert!(prepare(&client, &place("invitees"), Change::Create(&booking)).is_ok());
    host.answer(READ, 404, json!({}));
    let refused = prepare(&client, &place("invitees"), Change::Create(&booking));
    assert_eq!(refused.err().unwrap().code, ErrorCode::NotFound);
}

#[test]
fn an_event_type_is_read_once_in_a_call() {
    let (host, connection) = connected();
    host.answer(READ, 200, json!({"resource": event_type()}));
    let (client, booking) = (client(&host, &connection), given(booking()));
    for _ in 0..3 {
        prepare(&client, &place("invitees"), Change::Create(&booking)).unwrap();
    }
    assert_eq!(host.sent_lines(), [READ]);
}
