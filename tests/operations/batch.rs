//! Many records at once: each item has a result of its own.

use std::time::Duration;

use host_harness::error::ErrorCode;
use host_harness::simulator::{Decision, Fault, FaultKind, Resource};
use serde_json::{Value, json};

use crate::support::violations;
use crate::support::world::{EVERYTHING, World};

const DEFINITIONS: &str = "GET /contacts/custom_field_definitions";

fn batch(table: &str, records: Vec<Value>) -> Value {
    json!({ "baseId": "me", "tableId": table, "records": records })
}

fn contact(number: usize) -> Value {
    let email = format!("number{number}@example.com");
    json!({ "fields": { "name": format!("Number {number}"), "email": email } })
}

/// What became of each item: `record`, what a removal did, `request`, or the error's code. Their
/// numbers are in order, and the counts are right.
fn outcomes(answer: &Value) -> Vec<String> {
    let mut outcomes = Vec::new();
    let results = answer["results"].as_array().unwrap();
    for (index, result) in results.iter().enumerate() {
        assert_eq!(result["index"], index);
        let error = result["error"]["code"].as_str();
        let done = ["record", "request"].into_iter().find(|name| result.get(name).is_some());
        let outcome = error.or(result["effect"].as_str()).or(done);
        outcomes.push(outcome.unwrap().to_owned());
    }
    let failed = results.iter().filter(|result| result.get("error").is_some()).count();
    assert_eq!(answer["failed"], failed);
    assert_eq!(answer["succeeded"], results.len() - failed);
    outcomes
}

fn count(world: &World, line: &str) -> usize {
    world.sent().iter().filter(|sent| *sent == line).count()
}

/// Runs an operation that may take longer, or shorter, than a minute.
async fn run_within(world: &World, seconds: u64, operation: &str, config: Value) -> Value {
    let operation = format!("calendly.{operation}");
    let action = json!({ "action": operation, "connection": 1, "config": config });
    let deadline = Duration::from_secs(seconds);
    let answer = world.host.run(&action.to_string(), deadline).await.unwrap();
    let answer = serde_json::from_str(&answer).unwrap();
    world.schemas.check(&operation, &config, &answer);
    answer
}

#[tokio::test]
async fn one_to_five_hundred_records_go_through() {
    let world = World::connected().await;
    let before = world.count(Resource::Contacts);
    let answer = world.answer("createRecords", batch("contacts", vec![contact(0)])).await;
    assert_eq!(outcomes(&answer), ["record"]);
    world.simulator.clear_requests();
    let records = (1..=500).map(contact).collect();
    let answer = run_within(&world, 300, "createRecords", batch("contacts", records)).await;
    assert_eq!(outcomes(&answer), ["record"; 500]);
    assert_eq!(world.count(Resource::Contacts), before + 501);
    assert_eq!((count(&world, DEFINITIONS), world.sent().len()), (1, 501));
    let last = &answer["results"][499]["record"];
    assert_eq!(last["fields"]["email"], "number500@example.com");
    let seen = world.look(last["uri"].as_str().unwrap()).await;
    assert_eq!(seen["resource"]["name"], "Number 500");
    world.simulator.clear_requests();
    for records in [vec![], (0..501).map(contact).collect()] {
        let error = world.run("createRecords", batch("contacts", records)).await.unwrap_err();
        assert_eq!(violations(&error)[0].0, "/config/records");
        assert!(world.sent().is_empty());
    }
}

#[tokio::test]
async fn a_bad_item_does_not_stop_the_others() {
    let world = World::connected().await;
    let before = world.count(Resource::Contacts);
    let taken = world.look("/contacts?count=1").await;
    let taken = &taken["collection"][0]["emails"][0]["email"];
    let records = vec![
        contact(0),
        json!({ "fields": { "name": 5, "Shoe size": 44 } }),
        json!({ "fields": { "name": "x", "email": taken } }),
        json!({ "fields": { "name": "x", "email": "x@example.com", "country": "Germany" } }),
        json!({ "fields": {}, "recordId": "C1" }),
        json!("a contact"),
        contact(6),
    ];
    // Not through the world: items that break the operation's schema are no input that it accepts.
    let action = json!({
        "action": "calendly.createRecords", "connection": 1, "config": batch("contacts", records),
    });
    let answer = world.host.run(&action.to_string(), Duration::from_secs(60)).await.unwrap();
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let expected = [
        "record",
        "invalid-input",
        "conflict",
        "rejected",
        "invalid-input",
        "invalid-input",
        "record",
    ];
    assert_eq!(outcomes(&answer), expected);
    assert_eq!(world.count(Resource::Contacts), before + 2);
    let pointers = |index: usize| {
        let broken = answer["results"][index]["error"]["violations"].as_array().unwrap();
        let mut pointers: Vec<_> =
            broken.iter().map(|one| one["pointer"].as_str().unwrap().to_owned()).collect();
        pointers.sort();
        pointers
    };
    let at = |index: usize, names: &[&str]| -> Vec<_> {
        names.iter().map(|name| format!("/config/records/{index}{name}")).collect()
    };
    assert_eq!(pointers(1), at(1, &["/fields/Shoe size", "/fields/email", "/fields/name"]));
    assert_eq!(pointers(4), at(4, &["/fields", "/recordId"]));
    assert_eq!(pointers(5), at(5, &[""]));
    for index in [2, 3] {
        let error = &answer["results"][index]["error"];
        assert!(error["requestId"].is_string(), "{error}");
        assert!(!error["nextStep"].as_str().unwrap().is_empty(), "{error}");
        assert!(error["notSent"].is_null(), "{error}");
        assert_eq!(error["retry"], "never");
    }
    assert_eq!((count(&world, DEFINITIONS), count(&world, "POST /contacts")), (1, 4));
}

#[tokio::test]
async fn records_are_changed_and_removed_item_by_item() {
    let world = World::connected().await;
    let contacts = world.look("/contacts?count=3").await;
    let uri = |index: usize| contacts["collection"][index]["uri"].as_str().unwrap().to_owned();
    let id = |index: usize| uri(index).rsplit('/').next().unwrap().to_owned();
    let unknown = "00000000-0000-4000-8000-000000000000";
    let change = |id: &str, fields: Value| json!({ "recordId": id, "fields": fields });
    world.simulator.clear_requests();
    let records = vec![
        change(&id(0), json!({ "Status": "Former" })),
        change(unknown, json!({ "City": "Rome" })),
        change("../users/me", json!({ "City": "Rome" })),
        change(&uri(1), json!({ "City": "Rome" })),
    ];
    let answer = world.answer("updateRecords", batch("contacts", records)).await;
    assert_eq!(outcomes(&answer), ["record", "not-found", "invalid-input", "record"]);
    assert_eq!(answer["results"][0]["record"]["fields"]["Status"], "Former");
    let pointer = &answer["results"][2]["error"]["violations"][0]["pointer"];
    assert_eq!(pointer, "/config/records/2/recordId");
    assert_eq!(world.look(&uri(1)).await["resource"]["city"], "Rome");

    let before = world.count(Resource::Contacts);
    let remove = |id: &str| json!({ "recordId": id });
    let records = vec![remove(&id(0)), remove(&id(0)), remove(&uri(2))];
    let answer = world.answer("deleteRecords", batch("contacts", records)).await;
    assert_eq!(outcomes(&answer), ["deleted", "not-found", "deleted"]);
    assert_eq!(answer["results"][2]["id"], id(2));
    assert_eq!(world.count(Resource::Contacts), before - 2);
}

#[tokio::test]
async fn meetings_are_booked_and_canceled_and_an_event_type_is_read_once() {
    let world = World::connected().await;
    let event_types = ["30 Minute Meeting", "discovery call"]
        .map(|name| world.simulator.event_type_uri(name).unwrap());
    let before = world.count(Resource::ScheduledEvents);
    let booking = |event_type: &str, hour: u32| {
        json!({ "fields": {
            "event_type": event_type, "start_time": format!("2027-01-12T{hour:02}:00:00Z"),
            "name": "Ada", "email": "ada@example.com", "timezone": "UTC",
        } })
    };
    let records = vec![
        booking(&event_types[0], 9),
        booking(&event_types[0], 9),
        booking(&event_types[1], 10),
        booking(&event_types[0], 11),
        booking(&event_types[1], 12),
    ];
    let answer = world.answer("createRecords", batch("invitees", records)).await;
    // The same time twice, and a question that has to be answered.
    let expected = ["record", "rejected", "invalid-input", "record", "invalid-input"];
    assert_eq!(outcomes(&answer), expected);
    let pointer = &answer["results"][4]["error"]["violations"][0]["pointer"];
    assert_eq!(pointer, "/config/records/4/fields/questions_and_answers");
    for event_type in &event_types {
        let line = format!("GET /event_types/{}", event_type.rsplit('/').next().unwrap());
        assert_eq!(count(&world, &line), 1, "{:?}", world.sent());
    }
    assert_eq!((count(&world, "POST /invitees"), world.sent().len()), (3, 5));
    assert_eq!(world.count(Resource::ScheduledEvents), before + 2);

    let cancel = |index: usize, reason: &str| {
        let event = &answer["results"][index]["record"]["fields"]["event"];
        json!({ "recordId": event, "reason": reason })
    };
    let records = vec![cancel(0, "Fog"), cancel(3, "Ice"), cancel(0, "Fog")];
    let canceled = world.answer("deleteRecords", batch("scheduled_events", records)).await;
    assert_eq!(outcomes(&canceled), ["canceled", "canceled", "conflict"]);
    for (index, reason) in [(0, "Fog"), (3, "Ice")] {
        let event = answer["results"][index]["record"]["fields"]["event"].as_str().unwrap();
        let seen = world.look(event).await;
        assert_eq!(seen["resource"]["cancellation"]["reason"], reason);
    }
}

#[tokio::test]
async fn a_missing_scope_ends_the_batch() {
    let world = World::new().await;
    world.create(1, "Marketing").await;
    let ticked = vec!["users:read".to_owned(), "contacts:read".to_owned()];
    let callback = world.callback(1, EVERYTHING, Decision::AllowOnly(ticked)).await;
    world.host.finish_connect(&callback).await.unwrap();
    world.simulator.clear_requests();
    let mut records: Vec<_> = (0..4).map(contact).collect();
    // This one does not get as far as needing the scope.
    records[0] = json!({ "fields": { "name": 5, "email": "a@example.com" } });
    let answer = world.answer("createRecords", batch("contacts", records)).await;
    let code = "insufficient-scope";
    assert_eq!(outcomes(&answer), ["invalid-input", code, code, code]);
    let error = |index: usize| &answer["results"][index]["error"];
    assert_eq!(error(1)["nextStep"], "Connect again and grant contacts:write.");
    assert!(error(1)["notSent"].is_null());
    for index in [2, 3] {
        assert_eq!(error(index)["notSent"], true);
        assert_eq!(error(index)["message"], error(1)["message"]);
    }
    assert_eq!(count(&world, "POST /contacts"), 1);
}

#[tokio::test]
async fn a_grant_that_ended_ends_the_batch() {
    let world = World::connected().await;
    let before = world.count(Resource::Contacts);
    let status = FaultKind::Status { code: 401, body: None, headers: [].into() };
    // The second record meets it, and so does the try with new tokens.
    world.simulator.inject(Fault::once(FaultKind::Delay { ms: 0 }).on("POST", "/contacts"));
    world.simulator.inject(Fault::once(status.clone()).on("POST", "/contacts"));
    world.simulator.inject(Fault::once(status).on("POST", "/contacts"));
    let records = (0..4).map(contact).collect();
    let answer = world.answer("createRecords", batch("contacts", records)).await;
    let code = "reauthorization-required";
    assert_eq!(outcomes(&answer), ["record", code, code, code]);
    assert_eq!(answer["results"][3]["error"]["notSent"], true);
    assert_eq!(count(&world, "POST /contacts"), 3);
    assert_eq!(world.count(Resource::Contacts), before + 1);
}

#[tokio::test]
async fn the_deadline_ends_the_batch() {
    let world = World::connected().await;
    let before = world.count(Resource::Contacts);
    // Five requests go out in a second, so that far from all are sent in ten.
    let records = (0..100).map(contact).collect();
    let answer = run_within(&world, 10, "createRecords", batch("contacts", records)).await;
    let outcomes = outcomes(&answer);
    let done = outcomes.iter().take_while(|outcome| *outcome == "record").count();
    assert!((20..=60).contains(&done), "{done}");
    let ends = ["deadline-exceeded", "rate-limited"];
    assert!(outcomes[done..].iter().all(|outcome| ends.contains(&&**outcome)), "{outcomes:?}");
    assert_eq!(world.count(Resource::Contacts), before + done);
    assert_eq!(count(&world, "POST /contacts"), done);
    let results = answer["results"].as_array().unwrap();
    assert!(results[done]["error"]["notSent"].is_null());
    assert!(results[done + 1..].iter().all(|result| result["error"]["notSent"] == true));
}

#[tokio::test]
async fn a_lost_answer_concerns_its_own_item() {
    let world = World::connected().await;
    let before = world.count(Resource::Contacts);
    world.simulator.inject(Fault::once(FaultKind::DropAfterHandling).on("POST", "/contacts"));
    world.simulator.inject(Fault::once(FaultKind::DropBeforeHandling).on("POST", "/contacts"));
    let records = (0..3).map(contact).collect();
    let answer = world.answer("createRecords", batch("contacts", records)).await;
    assert_eq!(outcomes(&answer), ["record", "network", "record"]);
    assert_eq!(answer["results"][1]["error"]["retry"], "backoff");
    assert_eq!(count(&world, "POST /contacts"), 3);
    assert_eq!(world.count(Resource::Contacts), before + 2);
}

#[tokio::test]
async fn what_is_wrong_with_every_item_is_said_once() {
    let world = World::connected().await;
    let mut config = batch("contacts", (0..3).map(contact).collect());
    config["baseId"] = "user:somebody-else".into();
    let error = world.run("createRecords", config.clone()).await.unwrap_err();
    assert_eq!(violations(&error)[0].0, "/config/baseId");
    assert_eq!(error.violations.len(), 1);
    config["baseId"] = "group:G1".into();
    let error = world.run("createRecords", config.clone()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Unsupported);
    let error = world.run("deleteRecords", batch("invitees", vec![json!({ "recordId": "a/b" })]));
    let error = error.await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Unsupported);
    assert!(error.next_step.contains("scheduled_events"), "{}", error.next_step);
    assert!(world.sent().is_empty());
}
