use super::*;
use crate::host::fake::{
    ACCESS, CLIENT_SECRET, REFRESH, Sent, Step, connect, connection, reply, with_header,
};
use crate::host::{Grant, TransportError};
use crate::oauth::revocation::{revoke, revoke_outstanding, rotate};

fn connected() -> (FakeHost, Connection, Grant) {
    let host = FakeHost::new();
    let connection = connection(&host);
    let grant = connect(&host, &connection);
    (host, connection, grant)
}

fn token(sent: &Sent) -> String {
    let form = sent.form();
    let names: Vec<_> = form.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, ["client_id", "client_secret", "token"]);
    assert_eq!((&*form[0].1, &*form[1].1), ("client-1", CLIENT_SECRET));
    form[2].1.clone()
}

#[test]
fn both_tokens_are_revoked_and_the_grant_is_gone() {
    let (host, connection, _) = connected();
    host.answer(REVOKE, 200, Value::Null).answer(REVOKE, 200, Value::Null);
    let revocation = revoke(&host, &connection).unwrap();
    assert_eq!((revocation.revoked, &revocation.reason), (2, &None));
    assert_eq!(host.outstanding(), [revocation.outstanding.unwrap()]);
    let tokens: Vec<_> = host.sent().iter().map(token).collect();
    assert_eq!(tokens, [REFRESH, ACCESS]);
    assert_eq!(host.batches(), [2], "together, not one after the other");
    assert!(host.stored(1).is_none() && !host.is_leased(1));
}

#[test]
fn without_a_grant_there_is_nothing_to_revoke() {
    let host = FakeHost::new();
    let revocation = revoke(&host, &connection(&host)).unwrap();
    assert_eq!(revocation, Revocation { revoked: 0, outstanding: None, reason: None });
}

#[test]
fn a_token_that_calendly_does_not_know_counts_as_revoked() {
    let (host, connection, _) = connected();
    host.answer(REVOKE, 400, json!({"error": "invalid_token"}));
    host.answer(REVOKE, 200, Value::Null);
    let revocation = revoke(&host, &connection).unwrap();
    assert_eq!((revocation.revoked, revocation.reason), (2, None));
}

#[test]
fn what_calendly_could_not_be_told_is_outstanding_and_the_grant_is_gone_all_the_same() {
    let cases: [(u16, Value, ErrorCode); 5] = [
        (429, json!({}), ErrorCode::RateLimited),
        (503, json!({}), ErrorCode::UpstreamUnavailable),
        (403, json!({"error": "invalid_client"}), ErrorCode::InvalidClient),
        (400, json!({"error": "invalid_request"}), ErrorCode::InvalidClient),
        (302, Value::Null, ErrorCode::UpstreamUnavailable),
    ];
    for (status, body, code) in cases {
        let (host, connection, _) = connected();
        host.answer(REVOKE, status, body.clone()).answer(REVOKE, 200, Value::Null);
        let revocation = revoke(&host, &connection).unwrap();
        assert_eq!(revocation.revoked, 1, "{status}");
        assert!(!format!("{revocation:?}").contains(HUSH));
        assert!(host.stored(1).is_none());
        assert_eq!(revocation.reason.unwrap().code, code, "{status} {body}");
        host.answer(REVOKE, 200, Value::Null).answer(REVOKE, 200, Value::Null);
        let outstanding = revocation.outstanding.unwrap();
        assert_eq!(revoke_outstanding(&host, &connection, &outstanding).unwrap().revoked, 2);
    }
}

#[test]
fn an_unreachable_calendly_is_told_later() {
    let (host, connection, _) = connected();
    let lost = || TransportError::NotSent("no route".to_owned());
    host.fail(REVOKE, lost()).fail(REVOKE, TransportError::TimedOut);
    let first = revoke(&host, &connection).unwrap();
    assert_eq!((first.revoked, first.reason.unwrap().code), (0, ErrorCode::Network));
    assert!(host.stored(1).is_none());
    host.fail(REVOKE, lost()).answer(REVOKE, 200, Value::Null);
    let second = revoke_outstanding(&host, &connection, &first.outstanding.unwrap()).unwrap();
    assert_eq!(second.revoked, 1);
    host.answer(REVOKE, 200, Value::Null).answer(REVOKE, 400, json!({"error": "invalid_token"}));
    let third = revoke_outstanding(&host, &connection, &second.outstanding.unwrap()).unwrap();
    assert_eq!((third.revoked, third.reason), (2, None));
    let last: Vec<_> = host.sent().iter().rev().take(2).map(token).collect();
    assert_eq!(last, [ACCESS, REFRESH]);
}

#[test]
fn what_is_outstanding_opens_in_its_slot_and_connection_alone() {
    let (host, connection, grant) = connected();
    let error = revoke_outstanding(&host, &connection, &grant.tokens).unwrap_err();
    assert_eq!(error.code, ErrorCode::Vault);
    host.fail(REVOKE, TransportError::TimedOut).fail(REVOKE, TransportError::TimedOut);
    let outstanding = revoke(&host, &connection).unwrap().outstanding.unwrap();
    let other = Connection { id: 2, ..connection };
    assert_eq!(revoke_outstanding(&host, &other, &outstanding).unwrap_err().code, ErrorCode::Vault);
}

#[test]
fn a_grant_that_does_not_open_is_removed_all_the_same() {
    let (host, connection, _) = connected();
    host.forget_key("key-1");
    let revocation = revoke(&host, &connection).unwrap();
    assert_eq!((revocation.revoked, revocation.outstanding.as_ref()), (0, None));
    assert_eq!(revocation.reason.unwrap().code, ErrorCode::Vault);
    assert!(host.stored(1).is_none());
    assert!(host.log_lines()[0].starts_with("warn: the tokens could not be revoked"));
}

#[test]
fn tokens_stay_outstanding_when_the_client_secret_does_not_open() {
    let (host, connection, _) = connected();
    let other = crate::vault::seal(&host, 2, crate::vault::Slot::ClientSecret, b"hush").unwrap();
    let broken = Connection { client_secret: other, ..connection.clone() };
    let revocation = revoke(&host, &broken).unwrap();
    assert_eq!(revocation.reason.unwrap().code, ErrorCode::Vault);
    assert!(host.stored(1).is_none());
    host.answer(REVOKE, 200, Value::Null).answer(REVOKE, 200, Value::Null);
    let outstanding = revocation.outstanding.expect("tokens to revoke once the secret is back");
    assert_eq!(revoke_outstanding(&host, &connection, &outstanding).unwrap().revoked, 2);
}

#[test]
fn a_grant_that_calendly_refused_is_revoked_and_removed() {
    let (host, connection, grant) = connected();
    let refused = Grant { refused: Some("invalid_grant".to_owned()), ..grant };
    host.store_elsewhere(1, Some(refused));
    host.answer(REVOKE, 400, json!({"error": "invalid_token"}));
    host.answer(REVOKE, 400, json!({"error": "invalid_token"}));
    assert_eq!(revoke(&host, &connection).unwrap().revoked, 2);
    assert!(host.stored(1).is_none());
}

#[test]
fn a_rate_limit_of_the_revocation_endpoint_says_when_to_come_back() {
    let (host, connection, _) = connected();
    host.on(REVOKE, |_, _| Ok(with_header(reply(429, json!({})), "x-ratelimit-reset", "30")));
    host.answer(REVOKE, 200, Value::Null);
    let reason = revoke(&host, &connection).unwrap().reason.unwrap();
    assert_eq!(reason.retry, crate::error::Retry::AfterMs(30_000));
}

#[test]
fn a_store_that_fails_is_an_error() {
    for step in [Step::Lease, Step::Load, Step::Swap] {
        let (host, connection, _) = connected();
        host.break_store(Some(step));
        assert_eq!(revoke(&host, &connection).unwrap_err().code, ErrorCode::Internal, "{step:?}");
        assert!(host.stored(1).is_some() && host.outstanding().is_empty());
    }
}

#[test]
fn the_tokens_are_outstanding_before_calendly_is_told() {
    let (host, connection, _) = connected();
    host.on(REVOKE, |host, _| {
        assert!(host.stored(1).is_none() && !host.is_leased(1));
        assert_eq!(host.outstanding().len(), 1);
        Ok(reply(200, Value::Null))
    });
    host.answer(REVOKE, 200, Value::Null);
    revoke(&host, &connection).unwrap();
}

#[test]
fn rotating_replaces_the_tokens_and_revokes_the_old_access_token() {
    let (host, connection, grant) = connected();
    host.answer(TOKEN, 200, issued("hush-access-2", "hush-refresh-2"));
    host.on(REVOKE, |host, sent| {
        assert_eq!((token(sent), host.outstanding().len()), (ACCESS.to_owned(), 1));
        Ok(reply(200, Value::Null))
    });
    let revocation = rotate(&host, &connection).unwrap();
    assert_eq!((revocation.revoked, revocation.reason), (1, None));
    assert_eq!(host.outstanding(), [revocation.outstanding.unwrap()]);
    assert_ne!(host.stored(1).unwrap().grant.tokens, grant.tokens);
    assert_eq!(access(&host, &connection).unwrap().token.expose(), "hush-access-2");
}

#[test]
fn a_rotation_that_fails_leaves_the_grant_and_nothing_to_revoke() {
    let (host, connection, grant) = connected();
    host.answer(TOKEN, 401, json!({"error": "invalid_client"}));
    let error = rotate(&host, &connection).unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidClient);
    assert_eq!((host.stored(1).unwrap().grant, host.outstanding().len()), (grant, 0));
}

#[test]
fn tokens_that_a_new_authorization_replaces_are_outstanding() {
    let (host, connection, _) = connected();
    let begun = begin(&host, &connection);
    host.answer(TOKEN, 200, issued("hush-access-2", "hush-refresh-2"));
    let callback = format!("?code=hush&state={}", begun.state);
    crate::oauth::exchange::exchange(&host, &connection, &begun.pending, &callback).unwrap();
    let [outstanding] = &host.outstanding()[..] else { panic!("one pair") };
    host.answer(REVOKE, 200, Value::Null).answer(REVOKE, 200, Value::Null);
    revoke_outstanding(&host, &connection, outstanding).unwrap();
    let revoked: Vec<_> = host.sent().iter().skip(1).map(token).collect();
    assert_eq!(revoked, [REFRESH, ACCESS]);
}
