//! Subscriptions: made once, replaced, ended, explained.

use super::*;
use crate::oauth::personal_access_token;
use crate::vault::{Slot, seal};

const LIST: &str = "GET /webhook_subscriptions";
const CREATE: &str = "POST /webhook_subscriptions";
const URL: &str = "https://apps.example/webhooks/1";
const KEY: &str = "signing-key-of-the-app";

fn with_key() -> (FakeHost, Connection) {
    let (host, mut connection) = connected();
    connection.webhook_signing_key =
        Some(seal(&host, 1, Slot::WebhookSigningKey, KEY.as_bytes()).unwrap());
    (host, connection)
}

fn subscription(id: &str, url: &str, events: &[&str], changed: Value) -> Value {
    let mut subscription = json!({
        "uri": uri("webhook_subscriptions", id), "callback_url": url, "events": events,
        "scope": "user", "state": "active", "retry_started_at": null,
        "organization": ORGANIZATION, "user": USER, "creator": USER,
        "created_at": "2026-11-01T00:00:00.000000Z", "updated_at": "2026-11-01T00:00:00.000000Z",
    });
    for (name, value) in changed.as_object().unwrap() {
        subscription[name] = value.clone();
    }
    subscription
}

fn listed(host: &FakeHost, subscriptions: &[Value]) {
    let page = json!({"collection": subscriptions, "pagination": {"next_page_token": null}});
    host.answer(LIST, 200, page);
}

fn created(host: &FakeHost, subscription: &Value) {
    host.answer(CREATE, 201, json!({ "resource": subscription }));
}

fn conflict(host: &FakeHost) {
    let body = json!({"title": "Already Exists", "message": "Hook with this url already exists"});
    host.answer(CREATE, 409, body);
}

fn booking_events() -> Value {
    json!({"baseId": "me", "url": URL, "events": ["booking.created", "booking.canceled"]})
}

const BOOKED: [&str; 2] = ["invitee.created", "invitee.canceled"];

fn outcomes(answer: &Value) -> Vec<String> {
    let list = answer["subscriptions"].as_array().unwrap();
    list.iter().map(|one| format!("{} {}", one["outcome"], one["webhook"]["id"])).collect()
}

#[test]
fn a_subscription_is_made_once_for_the_events_that_tell_the_triggers() {
    let (host, connection) = with_key();
    listed(&host, &[]);
    created(&host, &subscription("W1", URL, &BOOKED, json!({})));
    let answer = run(&host, &connection, "subscribeWebhook", booking_events()).unwrap();
    assert_eq!(outcomes(&answer), [r#""created" "W1""#]);
    let sent = host.sent();
    let scope = [("organization", ORGANIZATION), ("scope", "user"), ("user", USER)];
    for (name, value) in scope {
        let pair = (name.to_owned(), value.to_owned());
        assert!(sent[0].query().contains(&pair), "{:?}", sent[0].query());
        assert_eq!(sent[1].json()[name], value);
    }
    assert_eq!(sent[1].json()["url"], URL);
    assert_eq!(sent[1].json()["events"], json!(BOOKED));
    // The app's own key signs, whatever is given.
    assert_eq!(sent[1].json().get("signing_key"), None);
}

#[test]
fn what_is_there_stays_whatever_page_it_stands_on() {
    let (host, connection) = with_key();
    let others: Vec<_> = (0..100)
        .map(|number| {
            let other = format!("{URL}{number}");
            subscription(&format!("X{number}"), &other, &BOOKED, json!({}))
        })
        .collect();
    let next = json!({"collection": others, "pagination": {"next_page_token": "p2"}});
    host.answer(LIST, 200, next);
    let reversed = ["invitee.canceled", "invitee.created"];
    listed(&host, &[subscription("W1", URL, &reversed, json!({}))]);
    let answer = run(&host, &connection, "subscribeWebhook", booking_events()).unwrap();
    assert_eq!(outcomes(&answer), [r#""unchanged" "W1""#]);
    assert_eq!(host.sent().len(), 2);
}

#[test]
fn a_url_is_compared_character_by_character() {
    // Automation 1 is not automation 11, and a slash is a difference.
    for other in [format!("{URL}1"), format!("{URL}/"), URL.to_uppercase(), URL[..30].to_owned()] {
        let (host, connection) = with_key();
        listed(&host, &[subscription("W0", &other, &BOOKED, json!({}))]);
        created(&host, &subscription("W1", URL, &BOOKED, json!({})));
        let answer = run(&host, &connection, "subscribeWebhook", booking_events()).unwrap();
        assert_eq!(outcomes(&answer), [r#""created" "W1""#], "{other}");
    }
}

#[test]
fn a_disabled_one_is_replaced_and_says_since_when_nothing_came() {
    let since = "2026-11-20T00:00:00.000000Z";
    let disabled = json!({"state": "disabled", "retry_started_at": since});
    // Where Calendly allows it, the new one is made first.
    let (host, connection) = with_key();
    listed(&host, &[subscription("W0", URL, &BOOKED, disabled.clone())]);
    created(&host, &subscription("W1", URL, &BOOKED, json!({})));
    host.answer("DELETE /webhook_subscriptions/W0", 204, Value::Null);
    let answer = run(&host, &connection, "subscribeWebhook", booking_events()).unwrap();
    assert_eq!(outcomes(&answer), [r#""replaced" "W1""#]);
    assert_eq!(answer["subscriptions"][0]["missedSince"], since);
    // Where it does not, the old one goes first; that it is gone already is no failure.
    for status in [204, 404] {
        let (host, connection) = with_key();
        listed(&host, &[subscription("W0", URL, &BOOKED, disabled.clone())]);
        conflict(&host);
        let missing = json!({"title": "Resource Not Found", "message": "Not there."});
        host.answer("DELETE /webhook_subscriptions/W0", status, missing);
        created(&host, &subscription("W1", URL, &BOOKED, json!({})));
        let answer = run(&host, &connection, "subscribeWebhook", booking_events()).unwrap();
        assert_eq!(outcomes(&answer), [r#""replaced" "W1""#]);
    }
}

#[test]
fn a_replacement_that_fails_puts_back_what_was_there() {
    let (host, connection) = with_key();
    listed(&host, &[subscription("W0", URL, &["contact.created"], json!({}))]);
    conflict(&host);
    host.answer("DELETE /webhook_subscriptions/W0", 204, Value::Null);
    let refusal = json!({"title": "Permission Denied", "message": "You do not have permission"});
    host.answer(CREATE, 403, refusal);
    created(&host, &subscription("W2", URL, &["contact.created"], json!({})));
    let error = run(&host, &connection, "subscribeWebhook", booking_events()).unwrap_err();
    assert_eq!(error.code, ErrorCode::PermissionDenied);
    assert!(error.next_step.ends_with("put back."), "{}", error.next_step);
    assert_eq!(host.sent()[4].json()["events"], json!(["contact.created"]));
}

#[test]
fn submissions_of_routing_forms_have_a_subscription_of_their_own() {
    let (host, connection) = with_key();
    listed(&host, &[]);
    let apart = format!("{URL}?part=routing_forms");
    created(&host, &subscription("W1", URL, &["contact.created"], json!({})));
    let submitted = ["routing_form_submission.created"];
    created(&host, &subscription("W2", &apart, &submitted, json!({})));
    let config = json!({
        "baseId": "organization", "url": URL, "events": ["contact.created", submitted[0]],
    });
    let answer = run(&host, &connection, "subscribeWebhook", config).unwrap();
    assert_eq!(outcomes(&answer), [r#""created" "W1""#, r#""created" "W2""#]);
    let sent = host.sent();
    assert_eq!(sent[2].json()["url"], *apart);
    assert_eq!(sent[2].json()["events"], json!(submitted));
}

#[test]
fn changes_of_a_table_become_calendlys_events() {
    let cases = [
        ("contacts", json!(["created", "deleted"]), json!(["contact.created", "contact.deleted"])),
        ("scheduled_events", json!(["created"]), json!(["invitee.created"])),
        (
            "invitees",
            json!(["updated"]),
            json!(["invitee.canceled", "invitee_no_show.created", "invitee_no_show.deleted"]),
        ),
        ("meeting_recaps", json!(["updated"]), json!(["meeting_recap.updated"])),
    ];
    for (table, events, expected) in cases {
        let (host, connection) = with_key();
        listed(&host, &[]);
        created(&host, &subscription("W1", URL, &[], json!({})));
        let config = json!({"baseId": "me", "url": URL, "tableId": table, "events": events});
        run(&host, &connection, "subscribeWebhook", config).unwrap();
        assert_eq!(host.sent()[1].json()["events"], expected, "{table}");
    }
}

#[test]
fn what_calendly_does_not_tell_is_refused_before_anything_is_sent() {
    let (host, connection) = with_key();
    let subscribe = |config| run(&host, &connection, "subscribeWebhook", config);
    let broken = |config| subscribe(config).unwrap_err().violations.clone();
    let found = broken(json!({
        "baseId": "me", "url": "nowhere", "tableId": "groups", "events": ["created"],
    }));
    let pointers: Vec<_> = found.iter().map(|one| &*one.pointer).collect();
    assert_eq!(pointers, ["/config/url", "/config/events/0"]);
    assert_eq!(found[1].message, "Calendly has no events for groups: use polling");
    let found = broken(json!({
        "baseId": "me", "url": URL, "tableId": "invitees", "events": ["deleted", "x"],
    }));
    assert!(found[0].message.contains("for deleted, use polling"), "{}", found[0].message);
    assert!(found[1].message.contains("created, updated and deleted"), "{}", found[1].message);
    let found = broken(json!({
        "baseId": "organization", "url": URL, "events": ["meeting_recap.created", "nothing"],
    }));
    assert_eq!(found[0].pointer, "/config/events/1");
    assert!(found[1].message.contains("the base of a user only"), "{}", found[1].message);
    assert_eq!(host.sent().len(), 0);
}

#[test]
fn needed_scopes_and_the_key_are_there_before_anything_is_sent() {
    let (host, connection) = with_key();
    grant_only(&host, &["users:read", "webhooks:write"]);
    let error = run(&host, &connection, "subscribeWebhook", booking_events()).unwrap_err();
    assert_eq!(error.code, ErrorCode::InsufficientScope);
    assert_eq!(error.detail.as_ref().unwrap()["missing"], json!(["scheduled_events:read"]));
    let (host, connection) = connected();
    let error = run(&host, &connection, "subscribeWebhook", booking_events()).unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidConnection);
    assert_eq!(host.sent().len(), 0);
}

#[test]
fn a_personal_access_token_gives_calendly_the_key_and_shows_it_to_nobody() {
    let (host, connection) = with_key();
    let token = seal(&host, 1, Slot::PersonalAccessToken, b"hush-personal").unwrap();
    let connection = Connection {
        client_id: String::new(),
        client_secret: String::new(),
        personal_access_token: Some(token),
        ..connection
    };
    let me = json!({"resource": {"uri": USER, "name": "A", "current_organization": ORGANIZATION}});
    host.answer("GET /users/me", 200, me);
    personal_access_token::connect(&host, &connection).unwrap();
    let mut config = booking_events();
    config["dryRun"] = true.into();
    listed(&host, &[]);
    let shown = run(&host, &connection, "subscribeWebhook", config).unwrap();
    let shown = &shown["subscriptions"][0];
    assert_eq!((&shown["outcome"], &shown["webhook"]), (&json!("created"), &Value::Null));
    assert_eq!(shown["request"]["body"]["signing_key"], "***");
    listed(&host, &[]);
    created(&host, &subscription("W1", URL, &BOOKED, json!({})));
    let answer = run(&host, &connection, "subscribeWebhook", booking_events()).unwrap();
    assert!(!answer.to_string().contains(KEY));
    assert_eq!(host.sent().last().unwrap().json()["signing_key"], KEY);
}

#[test]
fn webhooks_are_listed_read_and_ended() {
    let (host, connection) = with_key();
    let there = subscription("W1", URL, &BOOKED, json!({}));
    listed(&host, std::slice::from_ref(&there));
    let answer = run(&host, &connection, "listWebhooks", json!({"baseId": "me"})).unwrap();
    assert_eq!(answer["webhooks"][0]["fields"]["callback_url"], URL);
    host.answer("GET /webhook_subscriptions/W1", 200, json!({ "resource": there }));
    let answer = run(&host, &connection, "getWebhook", json!({"webhook": "W1"})).unwrap();
    assert_eq!(answer["record"]["id"], "W1");
    host.answer("DELETE /webhook_subscriptions/W1", 204, Value::Null);
    let config = json!({"webhook": uri("webhook_subscriptions", "W1")});
    let answer = run(&host, &connection, "unsubscribeWebhook", config).unwrap();
    assert_eq!(answer, json!({"id": "W1", "effect": "deleted"}));
    for name in ["getWebhook", "unsubscribeWebhook"] {
        let found = wrong(run(&host, &connection, name, json!({"webhook": "a/b"})));
        assert_eq!(found, ["/config/webhook record"]);
    }
}

#[test]
fn a_chain_is_explained_link_by_link() {
    let links = |answer: &Value| {
        let links = answer["links"].as_array().unwrap();
        let broken = links.iter().filter(|link| link["holds"] == false);
        broken.map(|link| link["link"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let config = json!({"baseId": "me", "url": URL, "events": ["booking.created"]});
    let verify = |host: &FakeHost, connection: &Connection, there: &[Value]| {
        listed(host, there);
        run(host, connection, "verifyWebhook", config.clone()).unwrap()
    };
    let (host, connection) = with_key();
    let good = subscription("W1", URL, &BOOKED, json!({}));
    let answer = verify(&host, &connection, std::slice::from_ref(&good));
    assert_eq!((&answer["verified"], links(&answer).len()), (&json!(true), 0));
    assert_eq!(answer["links"].as_array().unwrap().len(), 6);
    let disabled = json!({"state": "disabled", "retry_started_at": "2026-11-20T00:00:00Z"});
    let bad = subscription("W1", URL, &["contact.created"], disabled);
    let answer = verify(&host, &connection, &[bad]);
    assert_eq!(answer["verified"], false);
    assert_eq!(links(&answer), ["events", "state", "deliveries"]);
    let near = format!("{URL}/");
    let answer = verify(&host, &connection, &[subscription("W1", &near, &BOOKED, json!({}))]);
    assert_eq!(
        (links(&answer), &answer["webhook"]),
        (vec!["subscription".to_owned()], &Value::Null)
    );
    let said = answer["links"][2]["message"].as_str().unwrap().to_owned();
    assert!(said.contains(&near), "{said}");
    let (host, connection) = connected();
    grant_only(&host, &["users:read"]);
    let answer = run(&host, &connection, "verifyWebhook", config.clone()).unwrap();
    assert_eq!(links(&answer), ["signing-key", "scopes", "subscription"]);
}
