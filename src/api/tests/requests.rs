//! What is sent, and the one refresh.

use super::*;
use crate::host::fake::HUSH;

#[test]
fn a_read_is_a_url_and_a_token() {
    let (host, connection) = connected();
    host.answer("GET /contacts?name=A+B&at=a&count=2", 200, json!({"collection": []}));
    let query = vec![("name", "A+B".to_owned()), ("at", "a".to_owned()), ("count", "2".to_owned())];
    send(&host, &connection, &Call::get("/contacts").with_query(query)).unwrap();
    let sent = &host.sent()[0];
    assert_eq!(sent.request().url, "https://api.calendly.com/contacts?name=A%2BB&at=a&count=2");
    let names: Vec<_> = sent.request().headers.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["authorization", "accept"]);
    assert_eq!(sent.header("authorization"), Some("Bearer hush-access-1"));
    assert_eq!(sent.header("accept"), Some("application/json"));
    assert!(sent.request().body.is_none());
    assert_eq!(host.acquired().len(), 1);
}

#[test]
fn a_write_has_a_json_body_and_takes_from_its_budgets() {
    let (host, connection) = connected();
    host.answer("POST /invitees", 201, json!({"resource": {"uri": "u"}}));
    let call = Call::post("/invitees", json!({"a": [1, null]})).out_of(Budget::Booking);
    let answer = send(&host, &connection, &call).unwrap();
    assert_eq!(answer, json!({"resource": {"uri": "u"}}));
    let sent = &host.sent()[0];
    assert_eq!(sent.json(), json!({"a": [1, null]}));
    assert_eq!(sent.header("content-type"), Some("application/json"));
    // A booking counts as a request, too.
    assert_eq!(host.acquired(), [(Budget::Api, 59_999), (Budget::Booking, 59_999)]);
}

#[test]
fn an_answer_without_a_body_is_null() {
    let (host, connection) = connected();
    host.answer("DELETE /contacts/C1", 204, Value::Null);
    assert_eq!(send(&host, &connection, &Call::delete("/contacts/C1")).unwrap(), Value::Null);
}

#[test]
fn a_refused_token_is_replaced_and_the_request_sent_again() {
    let calls = idempotent().into_iter().chain([(post(), POST)]);
    for (call, line) in calls {
        let (host, connection) = connected();
        host.answer(line, 401, json!({"title": "Unauthenticated"}));
        host.answer(TOKEN, 200, json!({"access_token": "hush-access-2"}));
        host.answer(line, 200, json!({"resource": {}}));
        assert_eq!(send(&host, &connection, &call).unwrap(), json!({"resource": {}}));
        let sent = host.sent();
        assert_eq!(sent[2].header("authorization"), Some("Bearer hush-access-2"), "{line}");
        assert_eq!(sent[2].request().body, sent[0].request().body);
        assert_eq!(host.pauses(), Vec::<u32>::new());
    }
}

#[test]
fn a_second_refusal_needs_a_person() {
    let (host, connection) = connected();
    host.answer("GET /contacts", 401, json!({}));
    host.answer(TOKEN, 200, json!({"access_token": "hush-access-2"}));
    host.answer("GET /contacts", 401, json!({"message": "The access token is invalid"}));
    let error = send(&host, &connection, &Call::get("/contacts")).unwrap_err();
    assert_eq!((error.code, error.retry), (ErrorCode::ReauthorizationRequired, Retry::Never));
    assert!(!format!("{error:?}").contains(HUSH));
}

#[test]
fn a_client_goes_on_with_the_token_it_got() {
    let (host, connection) = connected();
    let client = Client::new(&host, &connection, START + 60_000);
    host.answer("GET /contacts", 401, json!({}));
    host.answer(TOKEN, 200, json!({"access_token": "hush-access-2"}));
    host.answer("GET /contacts", 200, json!({})).answer("GET /groups", 200, json!({}));
    client.send(&Call::get("/contacts")).unwrap();
    client.send(&Call::get("/groups")).unwrap();
    assert_eq!(host.sent()[3].header("authorization"), Some("Bearer hush-access-2"));
}

#[test]
fn a_refresh_that_fails_ends_the_call() {
    let (host, connection) = connected();
    host.answer("GET /contacts", 401, json!({}));
    host.answer(TOKEN, 400, json!({"error": "invalid_grant"}));
    let error = send(&host, &connection, &Call::get("/contacts")).unwrap_err();
    assert_eq!(error.code, ErrorCode::ReauthorizationRequired);
}

#[test]
fn the_budget_hears_what_the_headers_say() {
    let (host, connection) = connected();
    host.on("GET /contacts", |_, _| {
        let answer = with_header(reply(200, json!({})), "x-ratelimit-limit", "500");
        let answer = with_header(answer, "x-ratelimit-remaining", "41");
        Ok(with_header(answer, "x-ratelimit-reset", "60"))
    });
    host.answer("GET /groups", 200, json!({}));
    send(&host, &connection, &Call::get("/contacts")).unwrap();
    send(&host, &connection, &Call::get("/groups")).unwrap();
    let observation = crate::host::Observation {
        limit: Some(500),
        remaining: Some(41),
        reset_seconds: Some(60),
        pause_ms: None,
    };
    assert_eq!(host.observed(), [(Budget::Api, observation)]);
}

#[test]
fn a_request_can_be_shown_without_its_secrets() {
    let query = vec![("event_type", "https://api.calendly.com/event_types/E1".to_owned())];
    let body = json!({"url": "https://x.io", "signing_key": "hush-key"});
    let shown = Call::post("/webhook_subscriptions", body).with_query(query).shown();
    let expected = json!({
        "method": "POST",
        "url": "https://api.calendly.com/webhook_subscriptions\
                ?event_type=https%3A%2F%2Fapi.calendly.com%2Fevent_types%2FE1",
        "body": {"url": "https://x.io", "signing_key": "***"},
    });
    assert_eq!(shown, expected);
    let expected = json!({
        "method": "DELETE",
        "url": "https://api.calendly.com/contacts/C1",
        "body": null,
    });
    assert_eq!(Call::delete("/contacts/C1").shown(), expected);
    let unsigned = json!({"signing_key": null});
    assert_eq!(Call::patch("/x", unsigned.clone()).shown()["body"], unsigned);
}

#[test]
fn what_is_read_once_is_asked_for_once_unless_it_failed() {
    let (host, connection) = connected();
    let client = Client::new(&host, &connection, START + 60_000);
    host.answer("GET /users/me", 404, json!({})).answer("GET /users/me", 200, json!({"a": 1}));
    assert!(client.read_once("/users/me", &[]).is_err());
    for _ in 0..3 {
        assert_eq!(*client.read_once("/users/me", &[]).unwrap(), json!({"a": 1}));
    }
}
