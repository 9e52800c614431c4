//! A call ends within its deadline: with all its waiting, retries and refreshes.

use super::*;

#[test]
fn nothing_is_sent_after_the_deadline() {
    let (host, connection) = connected();
    let client = Client::new(&host, &connection, START + 1_000);
    host.advance(1_000);
    let error = client.send(&Call::get("/contacts")).unwrap_err();
    assert_eq!((error.code, error.retry), (ErrorCode::DeadlineExceeded, Retry::Backoff));
}

#[test]
fn a_pause_that_would_end_after_the_deadline_is_not_begun() {
    let (host, connection) = connected();
    let client = Client::new(&host, &connection, START + 5_000);
    host.on("GET /contacts", |_, _| Ok(with_header(reply(429, json!({})), "retry-after", "5")));
    let error = client.send(&Call::get("/contacts")).unwrap_err();
    assert_eq!((error.code, error.retry), (ErrorCode::RateLimited, Retry::AfterMs(5_000)));
    assert!(host.pauses().is_empty());
}

#[test]
fn slow_failures_leave_no_time_for_four_tries() {
    let (host, connection) = connected();
    for _ in 0..2 {
        host.on("GET /contacts", |host, _| {
            host.advance(4_000);
            Err(interrupted())
        });
        host.prepare_random(&1_000_u64.to_le_bytes());
    }
    let client = Client::new(&host, &connection, START + 9_000);
    assert_eq!(client.send(&Call::get("/contacts")).unwrap_err().code, ErrorCode::Network);
    assert!(host.now() < START + 9_000);
}

#[test]
fn the_budget_is_waited_for_as_long_as_the_deadline_leaves_time_to_send() {
    let (host, connection) = connected();
    let client = Client::new(&host, &connection, START + 1_500);
    host.advance(300);
    host.answer("GET /contacts", 200, json!({}));
    client.send(&Call::get("/contacts")).unwrap();
    assert_eq!(host.acquired(), [(Budget::Api, 1_199)]);
    host.refuse_budget(2_500);
    let error = client.send(&Call::get("/contacts")).unwrap_err();
    assert_eq!((error.code, error.retry), (ErrorCode::RateLimited, Retry::AfterMs(2_500)));
}

#[test]
fn no_exchange_may_take_longer_than_the_call_has_left() {
    let (host, connection) = connected();
    let client = Client::new(&host, &connection, START + 3_000);
    host.answer("GET /contacts", 200, json!({})).answer("GET /groups", 200, json!({}));
    client.send(&Call::get("/contacts")).unwrap();
    host.advance(2_000);
    client.send_all(&[Call::get("/groups")]).unwrap();
    let timeouts: Vec<_> = host.sent().iter().map(|sent| sent.request().timeout_ms).collect();
    assert!(timeouts[0] <= 3_000 && timeouts[1] <= 1_000, "{timeouts:?}");
}

#[test]
fn a_refresh_under_way_is_seen_to_its_end_and_not_tried_again_after_the_deadline() {
    let (host, connection) = connected();
    host.advance(7_200_000);
    let began = host.now();
    let client = Client::new(&host, &connection, began + 10_000);
    host.on(TOKEN, |host, sent| {
        assert_eq!(sent.request().timeout_ms, 20_000, "an answer cut off is a token lost");
        host.advance(20_000);
        Err(TransportError::TimedOut)
    });
    client.send(&Call::get("/contacts")).unwrap_err();
    assert_eq!(host.now() - began, 20_000);
}

#[test]
fn a_write_that_cannot_be_repeated_is_not_begun_shortly_before_the_deadline() {
    let (host, connection) = connected();
    let client = Client::new(&host, &connection, START + 4_999);
    assert_eq!(client.send(&post()).unwrap_err().code, ErrorCode::DeadlineExceeded);
    for (call, line) in idempotent() {
        host.answer(line, 200, json!({}));
        client.send(&call).unwrap();
    }
    host.answer(POST, 201, json!({}));
    Client::new(&host, &connection, START + 5_000).send(&post()).unwrap();
}

#[test]
fn a_busy_lease_is_waited_for_within_the_deadline_of_the_call_that_needs_it() {
    let (host, connection) = connected();
    host.advance(7_200_000);
    host.lease_elsewhere(1, 600_000);
    let began = host.now();
    let client = Client::new(&host, &connection, began + 10_000);
    client.send(&Call::get("/contacts")).unwrap_err();
    let took = host.now() - began;
    assert!(took <= 10_000, "{took} ms");
}
