use super::*;
use crate::api::{Call, Client};
use crate::host::fake::{ACCESS, REFRESH, Step, USER, connect, connection, reply, with_header};
use crate::host::{Budget, Grant, TransportError};
use crate::oauth::grant::{self, refresh};

/// Two hours after it was issued, less the margin.
const DUE_AFTER: u64 = 7_200_000 - 60_000;

/// A host and a connection whose tokens are about to expire.
fn due() -> (FakeHost, Connection, Grant) {
    let host = FakeHost::new();
    let connection = connection(&host);
    let grant = connect(&host, &connection);
    host.advance(DUE_AFTER);
    (host, connection, grant)
}

fn tokens(host: &FakeHost) -> (String, String) {
    let pair = grant::open(host, 1, &host.stored(1).unwrap().grant).unwrap();
    (pair.access.expose().to_owned(), pair.refresh.expose().to_owned())
}

fn pair(access: &str, refresh: &str) -> (String, String) {
    (access.to_owned(), refresh.to_owned())
}

#[test]
fn tokens_are_replaced_a_minute_before_they_expire_and_not_earlier() {
    let host = FakeHost::new();
    let connection = connection(&host);
    connect(&host, &connection);
    host.advance(DUE_AFTER - 1);
    assert_eq!(access(&host, &connection).unwrap().token.expose(), ACCESS);
    assert_eq!(host.steps(), [Step::Load], "looking takes no lease");
    host.advance(1);
    host.answer(TOKEN, 200, issued("hush-access-2", "hush-refresh-2"));
    let access = access(&host, &connection).unwrap();
    assert_eq!(access.token.expose(), "hush-access-2");
    assert_eq!(access.scopes, ["users:read", "contacts:write"]);
    assert_eq!(access.owner.as_deref(), Some(USER));
    assert_eq!(tokens(&host), pair("hush-access-2", "hush-refresh-2"));
    let stored = host.stored(1).unwrap().grant;
    assert_eq!(stored.access_expires_at, Some(host.now() + 7_200_000));
    assert_eq!(stored.refresh_started_at, None);
    assert!(!host.is_leased(1));
}

#[test]
fn the_request_is_exactly_as_documented() {
    let (host, connection, _) = due();
    host.answer(TOKEN, 200, issued("hush-access-2", "hush-refresh-2"));
    access(&host, &connection).unwrap();
    let sent = &host.sent()[0];
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let expected = [field("grant_type", "refresh_token"), field("refresh_token", REFRESH)];
    assert_eq!(sent.form(), expected);
    let basic = "Basic Y2xpZW50LTE6aHVzaC1jbGllbnQtc2VjcmV0";
    assert_eq!(sent.header("authorization"), Some(basic));
    assert_eq!(host.acquired()[0].0, Budget::Token);
}

#[test]
fn the_intent_is_stored_before_the_request_is_sent() {
    let (host, connection, before) = due();
    host.on(TOKEN, move |host, _| {
        let stored = host.stored(1).unwrap().grant;
        assert_eq!(stored.refresh_started_at, Some(host.now()));
        assert_eq!(Grant { refresh_started_at: None, ..stored }, before);
        assert!(host.is_leased(1));
        Ok(reply(200, issued("hush-access-2", "hush-refresh-2")))
    });
    access(&host, &connection).unwrap();
}

#[test]
fn the_new_grant_is_stored_before_it_is_used() {
    let (host, connection, _) = due();
    host.answer(TOKEN, 200, issued("hush-access-2", "hush-refresh-2"));
    host.on("GET /users/me", |host, sent| {
        assert_eq!(sent.header("authorization"), Some("Bearer hush-access-2"));
        assert_eq!(tokens(host), pair("hush-access-2", "hush-refresh-2"));
        Ok(reply(200, json!({})))
    });
    let client = Client::new(&host, &connection, host.now() + 60_000);
    client.send(&Call::get("/users/me")).unwrap();
}

#[test]
fn an_answer_that_cannot_be_stored_is_not_used() {
    let (host, connection, before) = due();
    host.answer(TOKEN, 200, issued("hush-access-2", "hush-refresh-2"));
    host.before(Step::Swap, |_| {});
    host.before(Step::Swap, |host| host.break_store(Some(Step::Swap)));
    let error = access(&host, &connection).err().unwrap();
    assert_eq!(error.code, ErrorCode::Internal);
    let stored = host.stored(1).unwrap().grant;
    assert!(stored.refresh_started_at.is_some() && stored.tokens == before.tokens);
}

#[test]
fn nothing_is_sent_when_the_store_is_down() {
    for step in [Step::Load, Step::Lease, Step::Swap] {
        let (host, connection, before) = due();
        host.break_store(Some(step));
        let error = access(&host, &connection).err().unwrap();
        assert_eq!(error.code, ErrorCode::Internal, "{step:?}");
        assert_eq!(host.stored(1).unwrap().grant, before);
        assert!(!host.is_leased(1));
    }
}

#[test]
fn an_invalid_grant_is_over_and_never_sent_again() {
    for status in [400, 401] {
        let (host, connection, _) = due();
        host.answer(TOKEN, status, json!({"error": "invalid_grant"}));
        for _ in 0..2 {
            let error = access(&host, &connection).err().unwrap();
            assert_eq!(error.code, ErrorCode::ReauthorizationRequired);
        }
        let error = refresh(&host, &connection).unwrap_err();
        assert_eq!(error.code, ErrorCode::ReauthorizationRequired);
        assert_eq!(host.sent().len(), 1);
        let stored = host.stored(1).unwrap().grant;
        assert_eq!(stored.refused.as_deref(), Some("invalid_grant"));
        assert_eq!(stored.refresh_started_at, None);
    }
}

#[test]
fn every_other_refusal_keeps_the_grant() {
    let cases = [
        (429, json!({}), ErrorCode::RateLimited, 4),
        (401, json!({"error": "invalid_client"}), ErrorCode::InvalidClient, 1),
        (401, json!({}), ErrorCode::InvalidClient, 1),
        (400, json!({"error": "unauthorized_client"}), ErrorCode::InvalidClient, 1),
        (400, json!({"error": "invalid_request"}), ErrorCode::Rejected, 1),
        (403, json!({"error": "invalid_grant"}), ErrorCode::Rejected, 1),
        (404, json!({}), ErrorCode::Rejected, 1),
    ];
    for (status, body, code, tries) in cases {
        let (host, connection, before) = due();
        for _ in 0..tries {
            host.answer(TOKEN, status, body.clone());
        }
        let error = access(&host, &connection).err().unwrap();
        assert_eq!(error.code, code, "{status} {body}");
        assert_eq!(host.sent().len(), tries);
        assert_eq!(host.stored(1).unwrap().grant, before, "{status} {body}");
        host.answer(TOKEN, 200, issued("hush-access-2", "hush-refresh-2"));
        assert_eq!(access(&host, &connection).unwrap().token.expose(), "hush-access-2");
    }
}

#[test]
fn a_failing_service_keeps_the_grant_and_may_have_spent_the_token() {
    for status in [500, 503] {
        let (host, connection, before) = due();
        for _ in 0..4 {
            host.answer(TOKEN, status, json!({"error": "temporarily_unavailable"}));
        }
        let error = access(&host, &connection).err().unwrap();
        assert_eq!((error.code, host.sent().len()), (ErrorCode::UpstreamUnavailable, 4));
        let stored = host.stored(1).unwrap().grant;
        assert!(stored.refresh_started_at.is_some(), "it may have done the work first");
        assert_eq!(Grant { refresh_started_at: None, ..stored }, before, "{status}");
        host.answer(TOKEN, 200, issued("hush-access-2", "hush-refresh-2"));
        assert_eq!(access(&host, &connection).unwrap().token.expose(), "hush-access-2");
    }
}

#[test]
fn a_refresh_that_ends_after_the_deadline_is_stored_all_the_same() {
    let (host, connection, _) = due();
    let deadline = host.now() + 2_000;
    host.on(TOKEN, |host, _| {
        host.advance(19_000);
        Ok(reply(200, issued("hush-access-2", "hush-refresh-2")))
    });
    grant::access(&host, &connection, deadline).unwrap();
    assert_eq!(tokens(&host), pair("hush-access-2", "hush-refresh-2"));
}

#[test]
fn a_rate_limit_that_outlasts_the_lease_is_not_waited_for() {
    let (host, connection, before) = due();
    host.on(TOKEN, |_, _| Ok(with_header(reply(429, json!({})), "x-ratelimit-reset", "60")));
    let error = access(&host, &connection).err().unwrap();
    assert_eq!(
        (error.code, error.retry),
        (ErrorCode::RateLimited, crate::error::Retry::AfterMs(60_000))
    );
    assert_eq!((host.sent().len(), host.pauses()), (1, Vec::new()));
    assert_eq!(host.stored(1).unwrap().grant, before);
}

#[test]
fn a_token_that_could_not_be_sealed_is_not_asked_for() {
    let (host, connection, before) = due();
    host.activate(None);
    let error = access(&host, &connection).err().unwrap();
    assert_eq!((error.code, host.sent().len()), (ErrorCode::Vault, 0));
    assert_eq!(host.stored(1).unwrap().grant, before);
}

#[test]
fn a_spent_budget_sends_nothing_and_keeps_the_grant() {
    let (host, connection, before) = due();
    host.refuse_budget(50_000);
    let error = access(&host, &connection).err().unwrap();
    assert_eq!(error.code, ErrorCode::RateLimited);
    assert_eq!(host.stored(1).unwrap().grant, before);
}

#[test]
fn a_lost_answer_keeps_the_intent_and_the_next_call_tries_again() {
    let (host, connection, before) = due();
    for error in [TransportError::Interrupted("reset".to_owned()), TransportError::TimedOut] {
        host.fail(TOKEN, error.clone()).fail(TOKEN, error);
    }
    let error = access(&host, &connection).err().unwrap();
    assert_eq!((error.code, host.sent().len()), (ErrorCode::Network, 4));
    let stored = host.stored(1).unwrap().grant;
    assert!(stored.refresh_started_at.is_some() && stored.refused.is_none());
    assert_eq!(Grant { refresh_started_at: None, ..stored }, before);
    host.answer(TOKEN, 200, issued("hush-access-2", "hush-refresh-2"));
    assert_eq!(access(&host, &connection).unwrap().token.expose(), "hush-access-2");
    assert_eq!(host.stored(1).unwrap().grant.refresh_started_at, None);
    let warned = host.log_lines().iter().any(|line| line.starts_with("warn: an earlier refresh"));
    assert!(warned, "{:?}", host.log_lines());
}

#[test]
fn an_answer_that_cannot_be_read_is_asked_for_again() {
    let (host, connection, _) = due();
    host.on(TOKEN, |_, _| {
        let body = b"\xff".to_vec().into();
        Ok(crate::host::Response { body, ..reply(200, Value::Null) })
    });
    host.answer(TOKEN, 200, issued("hush-access-2", "hush-refresh-2"));
    assert_eq!(access(&host, &connection).unwrap().token.expose(), "hush-access-2");
}

#[test]
fn a_lost_answer_to_a_spent_token_ends_in_reauthorization() {
    let (host, connection, _) = due();
    host.fail(TOKEN, TransportError::TimedOut);
    host.answer(TOKEN, 400, json!({"error": "invalid_grant"}));
    let error = access(&host, &connection).err().unwrap();
    assert_eq!(error.code, ErrorCode::ReauthorizationRequired);
    assert!(host.stored(1).unwrap().grant.refused.is_some());
}

#[test]
fn the_intent_stays_when_one_answer_was_lost_and_a_later_try_is_refused() {
    let (host, connection, _) = due();
    host.fail(TOKEN, TransportError::TimedOut);
    host.answer(TOKEN, 401, json!({"error": "invalid_client"}));
    access(&host, &connection).err().unwrap();
    let started = host.stored(1).unwrap().grant.refresh_started_at;
    assert!(started.is_some(), "the token may have been spent by the try that got no answer");
}

#[test]
fn the_intent_stays_when_an_answer_is_too_large_to_read() {
    let (host, connection, _) = due();
    host.fail(TOKEN, TransportError::TooLarge(9_999_999));
    access(&host, &connection).err().unwrap();
    assert!(host.stored(1).unwrap().grant.refresh_started_at.is_some());
}

#[test]
fn what_can_be_no_token_leaves_the_old_ones_and_the_intent() {
    for broken in BROKEN_TOKENS {
        for answer in [issued(broken, "hush-r"), issued("hush-a", broken)] {
            let (host, connection, before) = due();
            host.answer(TOKEN, 200, answer);
            let error = access(&host, &connection).err().unwrap();
            assert_eq!(error.code, ErrorCode::UpstreamUnavailable, "{broken:?}");
            let stored = host.stored(1).unwrap().grant;
            assert!(stored.refresh_started_at.is_some(), "the refresh token was spent");
            assert_eq!(stored.tokens, before.tokens);
        }
    }
}

#[test]
fn an_answer_without_a_refresh_token_leaves_the_old_one_valid() {
    let (host, connection, before) = due();
    host.answer(TOKEN, 200, json!({"access_token": "hush-access-2", "expires_in": 10}));
    access(&host, &connection).unwrap();
    assert_eq!(tokens(&host), pair("hush-access-2", REFRESH));
    let stored = host.stored(1).unwrap().grant;
    assert_eq!(stored.access_expires_at, Some(host.now() + 10_000));
    assert_eq!(stored.refresh_expires_at, before.refresh_expires_at, "it is as old as it was");
    assert_eq!(
        (stored.scopes, stored.owner, stored.organization),
        (before.scopes, before.owner, before.organization),
    );
}

#[test]
fn refreshing_by_hand_replaces_tokens_that_are_still_good() {
    let host = FakeHost::new();
    let connection = connection(&host);
    connect(&host, &connection);
    host.answer(TOKEN, 200, json!({"access_token": "hush-access-2"}));
    let summary = refresh(&host, &connection).unwrap();
    assert_eq!(summary.access_expires_at, Some(host.now() + 3_600_000));
    assert_eq!(summary.missing_scopes, Vec::<String>::new());
}

#[test]
fn tokens_that_do_not_open_are_not_sent_anywhere() {
    let (host, connection, before) = due();
    let moved = crate::vault::seal(&host, 2, crate::vault::Slot::Tokens, b"a\nb").unwrap();
    host.store_elsewhere(1, Some(Grant { tokens: moved, ..before }));
    assert_eq!(access(&host, &connection).err().unwrap().code, ErrorCode::Vault);
    host.forget_key("key-1");
    assert_eq!(access(&host, &connection).err().unwrap().code, ErrorCode::Vault);
}

#[test]
fn a_refresh_token_near_the_end_of_its_known_lifetime_is_told_of() {
    let day = 24 * 60 * 60 * 1000;
    let warned = |host: &FakeHost| {
        let told = |line: &&String| line.contains("the end of its known lifetime");
        host.log_lines().iter().filter(told).count()
    };
    let host = FakeHost::new();
    let connection = connection(&host);
    let grant = connect(&host, &connection);
    let kept = Grant { access_expires_at: Some(host.now() + 91 * day), ..grant };
    host.store_elsewhere(1, Some(kept.clone()));
    host.advance(83 * day - 1);
    access(&host, &connection).unwrap();
    assert_eq!(warned(&host), 0);
    host.advance(1);
    access(&host, &connection).unwrap();
    assert_eq!(warned(&host), 1);
    // Over, as far as is known, is no reason not to try; a success begins a new lifetime.
    host.store_elsewhere(1, Some(Grant { access_expires_at: Some(host.now()), ..kept }));
    host.advance(8 * day);
    host.answer(TOKEN, 200, issued("hush-access-2", "hush-refresh-2"));
    access(&host, &connection).unwrap();
    assert_eq!(warned(&host), 2);
    access(&host, &connection).unwrap();
    assert_eq!(warned(&host), 2);
}
