//! Creates whose answer was lost, looked up in the table's listing.

use super::*;

const SINCE: &str = "2026-11-24T10:30:05.000000Z";
const BEFORE: &str = "2026-11-20T10:30:05.000000Z";

fn posts(host: &FakeHost) -> usize {
    host.sent_lines().iter().filter(|line| line.starts_with("POST")).count()
}

fn contact(created_at: &str) -> Value {
    let emails = json!([{"email": "ada@x.io", "is_primary": true}]);
    json!({"uri": uri("contacts", "C1"), "name": "Ada", "emails": emails, "created_at": created_at})
}

#[test]
fn a_contact_is_found_by_its_address() {
    let cases: [(usize, u16, Value, Result<&str, ErrorCode>); 4] = [
        (1, 200, json!([contact(SINCE)]), Ok("C1")),
        (3, 200, json!([]), Err(ErrorCode::Network)),
        // One that was there before may be the reason why this one came to nothing, or not.
        (1, 200, json!([contact(BEFORE)]), Err(ErrorCode::OutcomeUnknown)),
        (1, 403, json!([]), Err(ErrorCode::OutcomeUnknown)),
    ];
    for (looks, status, found, expected) in cases {
        let (host, connection) = connected();
        host.answer(GET_DEFINITIONS, 200, json!({"collection": []}));
        host.fail("POST /contacts", TransportError::TimedOut);
        for _ in 0..looks {
            let found = found.clone();
            host.on("GET /contacts", move |_, sent| {
                let email = ("email".to_owned(), "ada@x.io".to_owned());
                assert!(sent.query().contains(&email), "{}", sent.line());
                Ok(reply(status, json!({ "collection": found })))
            });
        }
        let fields = given(json!({"name": "Ada", "email": "ada@x.io"}));
        let made = create(&client(&host, &connection), &place("contacts"), &fields);
        match expected {
            Ok(id) => assert_eq!(made.unwrap()["id"], id),
            Err(code) => assert_eq!(made.unwrap_err().code, code, "{found}"),
        }
        assert_eq!(posts(&host), 1);
    }
}

#[test]
fn an_event_type_is_found_among_those_of_its_owner() {
    let named = |name: &str, created_at: &str| json!({"uri": uri("event_types", name), "name": name, "created_at": created_at});
    let cases = [
        (json!([named("Other", SINCE), named("Intro", SINCE)]), Ok("Intro")),
        (json!([named("Intro", BEFORE)]), Err(ErrorCode::OutcomeUnknown)),
    ];
    for (found, expected) in cases {
        let (host, connection) = connected();
        host.fail("POST /event_types", TransportError::TimedOut);
        host.on("GET /event_types", move |_, sent| {
            let line = sent.line();
            assert!(line.contains(&format!("user={USER}")), "{line}");
            assert!(line.contains("sort=created_at:desc"), "{line}");
            Ok(reply(200, json!({ "collection": found })))
        });
        let fields = given(json!({"name": "Intro"}));
        let made = create(&client(&host, &connection), &place("event_types"), &fields);
        match expected {
            Ok(id) => assert_eq!(made.unwrap()["id"], id),
            Err(code) => assert_eq!(made.unwrap_err().code, code),
        }
        assert_eq!(posts(&host), 1);
    }
}

#[test]
fn a_subscription_is_found_by_its_url_which_has_two_names() {
    let (host, connection) = connected();
    host.fail("POST /webhook_subscriptions", TransportError::TimedOut);
    let hook = json!({
        "uri": uri("webhook_subscriptions", "W1"),
        "callback_url": "https://x.io/hook",
        "created_at": SINCE,
    });
    host.answer("GET /webhook_subscriptions", 200, json!({"collection": [hook]}));
    let fields = given(json!({"callback_url": "https://x.io/hook", "events": ["a"]}));
    let place = place("webhook_subscriptions");
    let made = create(&client(&host, &connection), &place, &fields).unwrap();
    assert_eq!((&made["id"], posts(&host)), (&json!("W1"), 1));
}

#[test]
fn a_record_that_does_not_say_when_it_was_made_may_be_an_older_one() {
    let (host, connection) = connected();
    host.fail("POST /contact_lists", TransportError::TimedOut);
    let list = json!({"uri": uri("contact_lists", "L1"), "name": "Friends"});
    host.answer("GET /contact_lists", 200, json!({"collection": [list]}));
    let fields = given(json!({"name": "Friends"}));
    let error = create(&client(&host, &connection), &place("contact_lists"), &fields).unwrap_err();
    assert_eq!(error.code, ErrorCode::OutcomeUnknown);
}

#[test]
fn what_calendly_does_not_list_is_not_looked_for() {
    let (host, connection) = connected();
    host.fail("POST /scheduling_links", TransportError::TimedOut);
    let fields = given(json!({"event_type": "E1"}));
    let error =
        create(&client(&host, &connection), &place("scheduling_links"), &fields).unwrap_err();
    assert_eq!(error.code, ErrorCode::OutcomeUnknown);
    assert_eq!(host.sent().len(), 1);
}
