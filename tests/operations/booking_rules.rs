//! What an event type demands of a booking is checked before anything is sent but the question
//! what it demands; everything that is wrong is told at once.

use host_harness::error::ErrorCode;
use host_harness::simulator::{Person, Resource};
use serde_json::{Value, json};

use crate::support::violations;
use crate::support::world::World;

const QUESTION: &str = "How many people work at your company?";

/// A booking of the event type of that name, with more to say.
fn booking(event_type: &str, more: Value) -> Value {
    let mut fields = json!({
        "event_type": event_type,
        "start_time": "2026-12-24T11:00:00Z",
        "name": "John Doe",
        "email": "john@example.com",
        "timezone": "Europe/Berlin",
    });
    fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({ "baseId": "organization", "tableId": "invitees", "fields": fields })
}

fn named(world: &World, name: &str) -> String {
    world.simulator.event_type_uri(name).unwrap()
}

/// An event type with these locations.
async fn with_locations(world: &World, name: &str, locations: Value) -> String {
    let fields = json!({ "name": name, "active": true, "locations": locations });
    let config = json!({ "baseId": "me", "tableId": "event_types", "fields": fields });
    world.record("createRecord", config).await["uri"].as_str().unwrap().to_owned()
}

/// Where a booking breaks a rule, and which. Nothing is sent but the question what the event type
/// demands.
async fn broken(world: &World, event_type: &str, more: Value) -> Vec<(String, String)> {
    let before = world.count(Resource::Invitees);
    world.simulator.clear_requests();
    let error = world.run("createRecord", booking(event_type, more.clone())).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidInput, "{more}: {error:?}");
    let id = event_type.rsplit('/').next().unwrap();
    assert_eq!(world.sent(), [format!("GET /event_types/{id}")], "{more}");
    assert_eq!(world.count(Resource::Invitees), before);
    let mut broken: Vec<_> = error
        .violations
        .iter()
        .map(|one| {
            let place = one.pointer.strip_prefix("/config/fields/").unwrap();
            (place.to_owned(), one.rule.clone())
        })
        .collect();
    broken.sort();
    broken
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(place, rule)| ((*place).to_owned(), (*rule).to_owned())).collect()
}

#[tokio::test]
async fn each_rule_of_the_location_is_checked() {
    let world = World::connected().await;
    let visit = named(&world, "On-site Visit");
    let round_robin = named(&world, "Sales Round Robin");
    let nowhere = named(&world, "discovery call");
    let asks = with_locations(&world, "Asks", json!([{ "kind": "ask_invitee" }])).await;
    let calls = with_locations(&world, "Calls", json!([{ "kind": "outbound_call" }])).await;
    let answers = json!([{ "question": QUESTION, "answer": "11-50" }]);
    let at = |location: Value| json!({ "location": location, "questions_and_answers": [] });
    let zoom = json!({ "kind": "zoom_conference" });
    for (event_type, more, expected) in [
        // Of several kinds one has to be chosen, and one alone is the invitee's to fill in.
        (&visit, json!({}), vec![("location", "required")]),
        (&visit, json!({ "location": null }), vec![("location", "required")]),
        (&asks, json!({}), vec![("location", "required")]),
        (&calls, json!({}), vec![("location", "required")]),
        // The kind is one of the event type's, in the words of event types.
        (&visit, at(json!({ "kind": "webex_conference" })), vec![("location/kind", "enum")]),
        (&visit, at(json!({ "kind": "zoom" })), vec![("location/kind", "enum")]),
        (&visit, at(json!({ "location": "here" })), vec![("location/kind", "required")]),
        (&visit, at(json!({ "kind": 7 })), vec![("location/kind", "required")]),
        // Some kinds say where.
        (&visit, at(json!({ "kind": "physical" })), vec![("location/location", "required")]),
        (
            &visit,
            at(json!({ "kind": "outbound_call", "location": " " })),
            vec![("location/location", "required")],
        ),
        (&asks, at(json!({ "kind": "ask_invitee" })), vec![("location/location", "required")]),
        (
            &visit,
            at(json!({ "kind": "custom" })),
            vec![("location/kind", "enum"), ("location/location", "required")],
        ),
        // Where there is nothing to choose nothing is chosen.
        (&round_robin, at(json!({ "kind": "google_conference" })), vec![("location", "readOnly")]),
        (
            &nowhere,
            json!({ "location": zoom, "questions_and_answers": answers }),
            vec![("location", "readOnly")],
        ),
    ] {
        assert_eq!(broken(&world, event_type, more.clone()).await, pairs(&expected), "{more}");
    }
    // What there is to choose from is said.
    let config = booking(&visit, at(json!({ "kind": "webex_conference" })));
    let error = world.run("createRecord", config).await.unwrap_err();
    let message = "'kind' must be one of physical, zoom_conference, outbound_call";
    assert_eq!(violations(&error), [("/config/fields/location/kind", message)]);
}

#[tokio::test]
async fn a_location_that_keeps_the_rules_is_booked() {
    let world = World::connected().await;
    let visit = named(&world, "On-site Visit");
    let round_robin = named(&world, "Sales Round Robin");
    let asks = with_locations(&world, "Asks", json!([{ "kind": "ask_invitee" }])).await;
    let webinar = named(&world, "Product Webinar");
    for (day, (event_type, more, kind, place)) in [
        (&visit, json!({ "kind": "zoom_conference" }), "zoom", Value::Null),
        (
            &visit,
            json!({ "kind": "outbound_call", "location": "+12025550123" }),
            "outbound_call",
            json!("+12025550123"),
        ),
        (&asks, json!({ "kind": "ask_invitee", "location": "Café" }), "ask_invitee", json!("Café")),
        (&webinar, Value::Null, "zoom", Value::Null),
        (&round_robin, Value::Null, "google_conference", Value::Null),
    ]
    .into_iter()
    .enumerate()
    {
        let start = format!("2027-01-{:02}T11:00:00Z", 10 + day);
        let more = json!({ "start_time": start, "location": more });
        let record = world.record("createRecord", booking(event_type, more.clone())).await;
        let event = world.look(record["fields"]["event"].as_str().unwrap()).await;
        let location = &event["resource"]["location"];
        assert_eq!((&location["type"], &location["location"]), (&json!(kind), &place), "{more}");
    }
}

#[tokio::test]
async fn each_rule_of_the_questions_is_checked() {
    let world = World::connected().await;
    let call = named(&world, "discovery call");
    let visit = named(&world, "On-site Visit");
    let zoom = json!({ "kind": "zoom_conference" });
    let free = "Anything we should know?";
    let answer = |answer: &str| json!({ "question": QUESTION, "answer": answer });
    let list = "questions_and_answers";
    for (event_type, answers, expected) in [
        (&call, Value::Null, vec![("", "required")]),
        (&call, json!([]), vec![("", "required")]),
        (&call, json!([answer("  ")]), vec![("", "required"), ("/0/answer", "enum")]),
        // Word for word.
        (
            &call,
            json!([{ "question": QUESTION.to_lowercase(), "answer": "11-50" }]),
            vec![("", "required"), ("/0/question", "enum")],
        ),
        (&call, json!([answer("11 to 50")]), vec![("/0/answer", "enum")]),
        (&call, json!([answer("11-50"), answer("1-10")]), vec![("/1/question", "uniqueItems")]),
        (&call, json!([answer("11-50"), { "question": free }]), vec![("/1/answer", "required")]),
        (
            &call,
            json!([answer("11-50"), { "question": 7, "answer": ["x"] }]),
            vec![
                ("/1/answer", "required"),
                ("/1/position", "required"),
                ("/1/question", "required"),
            ],
        ),
        (
            &call,
            json!([answer("11-50"), { "question": free, "answer": "No", "position": "1" }]),
            vec![("/1/position", "required")],
        ),
        (
            &visit,
            json!([{ "question": QUESTION, "answer": "11-50" }]),
            vec![("/0/question", "enum")],
        ),
    ] {
        let mut more = json!({});
        if !answers.is_null() {
            more["questions_and_answers"] = answers.clone();
        }
        if event_type == &visit {
            more["location"] = zoom.clone();
        }
        let expected: Vec<_> =
            expected.iter().map(|(place, rule)| (format!("{list}{place}"), *rule)).collect();
        let expected: Vec<_> = expected.iter().map(|(place, rule)| (&**place, *rule)).collect();
        assert_eq!(broken(&world, event_type, more).await, pairs(&expected), "{answers}");
    }
    // What is asked, and what can be answered, is said.
    let answers = json!([{ "question": "Size?", "answer": "1" }, answer("2")]);
    let config = booking(&call, json!({ "questions_and_answers": answers }));
    let error = world.run("createRecord", config).await.unwrap_err();
    let messages: Vec<_> = violations(&error).into_iter().map(|(_, message)| message).collect();
    let [question, choices] = &messages[..] else { panic!("{messages:?}") };
    assert!(question.ends_with(&format!("it asks: {QUESTION}; {free}")), "{question}");
    assert_eq!(*choices, "The answer must be one of 1-10, 11-50, More than 50");
}

#[tokio::test]
async fn an_answer_is_put_where_its_question_stands() {
    let world = World::connected().await;
    let answers = json!([
        { "question": "Anything we should know?", "answer": "I am early" },
        { "question": QUESTION, "answer": "More than 50" },
    ]);
    let more = json!({ "questions_and_answers": answers });
    let config = booking(&named(&world, "discovery call"), more);
    let record = world.record("createRecord", config).await;
    let seen = world.look(record["uri"].as_str().unwrap()).await;
    let answers = seen["resource"]["questions_and_answers"].as_array().unwrap();
    let found: Vec<_> = answers.iter().map(|one| (&one["answer"], &one["position"])).collect();
    assert!(found.contains(&(&json!("I am early"), &json!(1))), "{found:?}");
    assert!(found.contains(&(&json!("More than 50"), &json!(0))), "{found:?}");
}

#[tokio::test]
async fn all_that_is_wrong_with_a_booking_is_told_at_once() {
    let world = World::connected().await;
    let more = json!({
        "start_time": "2026-11-24T10:00:00Z",
        "name": null,
        "email": "nobody",
        "text_reminder_number": 5,
        "event_guests": vec!["g@example.com"; 11],
        "tracking": { "utm_source": "x" },
        "location": { "kind": "physical" },
        "questions_and_answers": [{ "question": "Size?", "answer": "1" }],
        "status": "active",
    });
    let expected = [
        ("email", "type"),
        ("event_guests", "maxItems"),
        ("location", "readOnly"),
        ("location/location", "required"),
        ("name", "required"),
        ("questions_and_answers", "required"),
        ("questions_and_answers/0/question", "enum"),
        ("start_time", "future"),
        ("status", "readOnly"),
        ("text_reminder_number", "type"),
        ("tracking", "required"),
    ];
    let call = named(&world, "discovery call");
    let mut found = broken(&world, &call, more).await;
    // Which rule of its type a value breaks is the field's affair.
    found.dedup_by(|left, right| left.0 == right.0);
    let places: Vec<_> = found.iter().map(|(place, _)| &**place).collect();
    assert_eq!(places, expected.map(|(place, _)| place), "{found:?}");
    let booking_rules = ["event_guests", "location", "tracking", "questions_and_answers"];
    for (place, rule) in expected.iter().filter(|(place, _)| booking_rules.contains(place)) {
        assert!(found.contains(&((*place).to_owned(), (*rule).to_owned())), "{place}: {found:?}");
    }
    // An event type that nobody can book, by the operation's own names.
    let config = json!({
        "eventType": named(&world, "Onboarding (old)"),
        "startTime": "2026-11-01T00:00:00Z",
        "email": "john@example.com",
        "timezone": "UTC",
        "location": { "kind": "webex_conference" },
        "questionsAndAnswers": [{ "question": "Size?", "answer": "1" }],
    });
    let error = world.run("bookMeeting", config).await.unwrap_err();
    let places: Vec<_> = violations(&error).into_iter().map(|(place, _)| place).collect();
    let expected = [
        "/config/eventType",
        "/config/location/kind",
        "/config/name",
        "/config/questionsAndAnswers/0/question",
        "/config/startTime",
    ];
    assert_eq!(places, expected);
}

#[tokio::test]
async fn an_event_type_that_there_is_not_is_not_found() {
    let world = World::connected().await;
    let unknown = "00000000-0000-4000-8000-000000000000";
    let error = world.run("createRecord", booking(unknown, json!({}))).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::NotFound);
    assert_eq!(world.sent(), [format!("GET /event_types/{unknown}")]);
}

#[tokio::test]
async fn a_grant_that_does_not_show_event_types_books_unchecked() {
    let scopes = ["scheduled_events:read", "scheduled_events:write"];
    let world = World::connected_with_scopes(|_| {}, &scopes).await;
    let call = named(&world, "discovery call");
    let before = world.count(Resource::Invitees);
    // The service says what the connector could not know.
    let error = world.run("createRecord", booking(&call, json!({}))).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Rejected, "{error:?}");
    assert!(error.message.contains(QUESTION) || error.message.contains("questions"), "{error:?}");
    assert_eq!(world.sent(), ["POST /invitees"]);
    assert_eq!(world.count(Resource::Invitees), before);

    world.simulator.clear_requests();
    let answers = json!([{ "question": QUESTION, "answer": "1-10", "position": 0 }]);
    let more = json!({ "questions_and_answers": answers });
    world.record("createRecord", booking(&call, more)).await;
    assert_eq!(world.sent(), ["POST /invitees"]);
    assert_eq!(world.count(Resource::Invitees), before + 1);

    // What needs no look at the event type is checked all the same.
    world.simulator.clear_requests();
    let more = json!({
        "start_time": world.simulator.free_start_time(Person::Owner),
        "location": { "kind": "physical" },
        "questions_and_answers": [{ "question": QUESTION, "answer": "1-10" }],
    });
    let error = world.run("createRecord", booking(&call, more)).await.unwrap_err();
    let places: Vec<_> = violations(&error).into_iter().map(|(place, _)| place).collect();
    let expected =
        ["/config/fields/location/location", "/config/fields/questions_and_answers/0/position"];
    assert_eq!(places, expected);
    assert!(world.sent().is_empty());
}
