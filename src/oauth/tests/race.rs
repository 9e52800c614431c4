//! Two processes want new tokens at the same moment: the refresh token is spent once, and neither
//! undoes what the other stored.

use super::*;
use crate::host::fake::{ACCESS, Step, connect, connection, reply};
use crate::host::{Grant, TransportError};
use crate::oauth::grant::{access_instead_of, refresh};
use crate::vault::{Slot, seal};

/// A host and a connection whose tokens have expired.
fn expired() -> (FakeHost, Connection, Grant) {
    let host = FakeHost::new();
    let connection = connection(&host);
    let grant = connect(&host, &connection);
    host.advance(7_200_000);
    (host, connection, grant)
}

/// What another process stores after it has spent the refresh token.
fn winners(host: &FakeHost, old: &Grant) -> Grant {
    let tokens = seal(host, 1, Slot::Tokens, b"hush-access-9\nhush-refresh-9").unwrap();
    let (obtained_at, access_expires_at) = (host.now(), Some(host.now() + 7_200_000));
    Grant { tokens, obtained_at, access_expires_at, ..old.clone() }
}

#[test]
fn who_comes_second_uses_the_winners_grant_and_sends_nothing() {
    for by_hand in [false, true] {
        let (host, connection, old) = expired();
        let newer = winners(&host, &old);
        let stored = newer.clone();
        host.before(Step::Lease, move |host| host.store_elsewhere(1, Some(stored)));
        if by_hand {
            let summary = refresh(&host, &connection).unwrap();
            assert_eq!(summary.access_expires_at, newer.access_expires_at);
        } else {
            assert_eq!(access(&host, &connection).unwrap().token.expose(), "hush-access-9");
        }
        assert!(host.sent().is_empty() && !host.is_leased(1));
        assert_eq!(host.stored(1).unwrap().grant, newer);
    }
}

#[test]
fn who_comes_second_to_a_refusal_sends_nothing_either() {
    let (host, connection, old) = expired();
    let refused = Grant { refused: Some("invalid_grant".to_owned()), ..old };
    host.before(Step::Lease, move |host| host.store_elsewhere(1, Some(refused)));
    let error = access(&host, &connection).err().unwrap();
    assert_eq!(error.code, ErrorCode::ReauthorizationRequired);
    assert!(!host.is_leased(1));
}

#[test]
fn who_comes_second_to_a_disconnect_sends_nothing_either() {
    let (host, connection, _) = expired();
    host.before(Step::Lease, |host| host.store_elsewhere(1, None));
    let error = access(&host, &connection).err().unwrap();
    assert_eq!(error.code, ErrorCode::ReauthorizationRequired);
    assert!(host.stored(1).is_none());
}

#[test]
fn who_finds_an_intent_of_a_process_that_died_goes_on_with_the_refresh() {
    let (host, connection, old) = expired();
    let intent = Grant { refresh_started_at: Some(host.now()), ..old };
    host.before(Step::Lease, move |host| host.store_elsewhere(1, Some(intent)));
    host.answer(TOKEN, 200, issued("hush-access-2", "hush-refresh-2"));
    assert_eq!(access(&host, &connection).unwrap().token.expose(), "hush-access-2");
}

#[test]
fn a_grant_that_changes_before_the_intent_is_stored_is_used_and_nothing_sent() {
    let (host, connection, old) = expired();
    let newer = winners(&host, &old);
    let stored = newer.clone();
    host.before(Step::Swap, move |host| host.store_elsewhere(1, Some(stored)));
    assert_eq!(access(&host, &connection).unwrap().token.expose(), "hush-access-9");
    assert!(host.sent().is_empty());
    assert_eq!(host.stored(1).unwrap().grant, newer);
}

#[test]
fn a_grant_stored_while_the_answer_was_under_way_counts_whatever_the_answer_is() {
    type Answer = fn() -> Result<crate::host::Response, TransportError>;
    let answers: [Answer; 3] = [
        || Ok(reply(200, issued("hush-access-2", "hush-refresh-2"))),
        || Ok(reply(400, json!({"error": "invalid_grant"}))),
        || Ok(reply(401, json!({"error": "invalid_client"}))),
    ];
    for answer in answers {
        let (host, connection, old) = expired();
        let newer = winners(&host, &old);
        let stored = newer.clone();
        host.on(TOKEN, move |host, _| {
            host.store_elsewhere(1, Some(stored));
            answer()
        });
        assert_eq!(access(&host, &connection).unwrap().token.expose(), "hush-access-9");
        assert_eq!(host.stored(1).unwrap().grant, newer);
        assert_eq!(host.sent().len(), 1);
    }
}

#[test]
fn a_refusal_of_tokens_that_others_have_replaced_and_lost_again_is_told() {
    let (host, connection, old) = expired();
    let refused = Grant { refused: Some("invalid_grant".to_owned()), ..winners(&host, &old) };
    host.on(TOKEN, move |host, _| {
        host.store_elsewhere(1, Some(refused));
        Ok(reply(400, json!({"error": "invalid_grant"})))
    });
    let error = access(&host, &connection).err().unwrap();
    assert_eq!(error.code, ErrorCode::ReauthorizationRequired);
}

#[test]
fn tokens_that_were_refused_are_not_taken_for_newer_ones_when_the_lease_is_lost() {
    let host = FakeHost::new();
    let connection = connection(&host);
    connect(&host, &connection);
    host.on(TOKEN, |host, _| {
        host.lease_elsewhere(1, 60_000);
        Ok(reply(200, issued("hush-access-2", "hush-refresh-2")))
    });
    let refused = Secret::new(ACCESS.to_owned());
    let error = access_instead_of(&host, &connection, &refused, host.now() + 90_000);
    assert_eq!(error.err().unwrap().code, ErrorCode::Conflict);
}

#[test]
fn a_lease_lost_to_a_process_that_stored_nothing_yet_is_lost_all_the_same() {
    let (host, connection, _) = expired();
    host.on(TOKEN, |host, _| {
        host.lease_elsewhere(1, 60_000);
        Ok(reply(200, issued("hush-access-2", "hush-refresh-2")))
    });
    assert_eq!(access(&host, &connection).err().unwrap().code, ErrorCode::Conflict);
    assert!(host.is_leased(1), "the other process's lease was given back");
}

#[test]
fn a_busy_lease_is_waited_for_and_then_given_up() {
    let (host, connection, _) = expired();
    host.lease_elsewhere(1, 10_000);
    host.answer(TOKEN, 200, issued("hush-access-2", "hush-refresh-2"));
    let began = host.now();
    access(&host, &connection).unwrap();
    assert_eq!(host.now() - began, 10_000);

    let (host, connection, old) = expired();
    host.lease_elsewhere(1, 600_000);
    let error = access(&host, &connection).err().unwrap();
    assert_eq!(error.code, ErrorCode::DeadlineExceeded);
    assert_eq!(host.stored(1).unwrap().grant, old);
}

#[test]
fn the_lease_outlives_every_request_that_is_sent_under_it() {
    let (host, connection, _) = expired();
    let began = host.now();
    host.serve(|host, sent| {
        host.advance(sent.request().timeout_ms.into());
        Err(TransportError::TimedOut)
    });
    access(&host, &connection).err().unwrap();
    let took = host.now() - began;
    assert!(took <= 60_000, "{took} ms, in a lease of 60,000 ms");
}

#[test]
fn a_refused_token_that_is_no_longer_the_stored_one_is_only_read_again() {
    let host = FakeHost::new();
    let connection = connection(&host);
    connect(&host, &connection);
    let refused = Secret::new("hush-access-0".to_owned());
    let access = access_instead_of(&host, &connection, &refused, host.now() + 9_000).unwrap();
    assert_eq!(access.token.expose(), ACCESS);
    assert_eq!(host.steps(), [Step::Load]);
}

#[test]
fn a_refused_token_that_is_the_stored_one_is_replaced() {
    let host = FakeHost::new();
    let connection = connection(&host);
    connect(&host, &connection);
    host.answer(TOKEN, 200, issued("hush-access-2", "hush-refresh-2"));
    let refused = Secret::new(ACCESS.to_owned());
    let access = access_instead_of(&host, &connection, &refused, host.now() + 9_000).unwrap();
    assert_eq!(access.token.expose(), "hush-access-2");
}
