use super::*;
use crate::api::{Call, Client};
use crate::host::Grant;
use crate::host::fake::{ORGANIZATION, USER, connect as connect_by_oauth, connection};
use crate::oauth::exchange::exchange;
use crate::oauth::grant::refresh;
use crate::oauth::personal_access_token::connect;
use crate::oauth::revocation::{revoke, rotate};
use crate::vault::{Slot, seal};

const TOKEN_TEXT: &str = "hush-personal";
const ME: &str = "GET /users/me";

fn by_token(host: &FakeHost) -> Connection {
    Connection {
        client_id: String::new(),
        client_secret: String::new(),
        personal_access_token: Some(
            seal(host, 1, Slot::PersonalAccessToken, TOKEN_TEXT.as_bytes()).unwrap(),
        ),
        ..connection(host)
    }
}

fn me() -> Value {
    json!({ "resource": { "uri": USER, "name": "Ada", "current_organization": ORGANIZATION } })
}

fn connected() -> (FakeHost, Connection) {
    let host = FakeHost::new();
    let connection = by_token(&host);
    host.answer(ME, 200, me());
    connect(&host, &connection).unwrap();
    (host, connection)
}

#[test]
fn the_token_that_calendly_accepts_is_the_grant() {
    let host = FakeHost::new();
    let connection = by_token(&host);
    host.answer(ME, 200, me());
    let summary = connect(&host, &connection).unwrap();
    let expected = GrantSummary {
        scopes: owned(&["default"]),
        missing_scopes: Vec::new(),
        owner: Some(USER.to_owned()),
        organization: Some(ORGANIZATION.to_owned()),
        access_expires_at: None,
    };
    assert_eq!(summary, expected);
    let bearer = format!("Bearer {TOKEN_TEXT}");
    assert_eq!(host.sent()[0].header("authorization"), Some(&*bearer));
    let grant = host.stored(1).unwrap().grant;
    assert_eq!((grant.obtained_at, grant.refresh_expires_at), (host.now(), None));
    assert!(!host.is_leased(1));
    // It has no end, so nothing replaces it.
    host.advance(10 * 365 * 24 * 60 * 60 * 1000);
    assert_eq!(access(&host, &connection).unwrap().token.expose(), TOKEN_TEXT);
    assert_eq!(host.sent().len(), 1);
}

#[test]
fn a_token_that_calendly_refuses_is_not_stored() {
    let host = FakeHost::new();
    let connection = by_token(&host);
    host.answer(ME, 401, json!({"title": "Unauthenticated"}));
    let error = connect(&host, &connection).unwrap_err();
    assert_eq!(error.code, ErrorCode::ReauthorizationRequired);
    assert_eq!(error.message, "Calendly does not accept the personal access token.");
    assert!(error.next_step.starts_with("Make a new token at Calendly"));
    assert_eq!((host.stored(1), host.sent().len()), (None, 1));
}

#[test]
fn a_new_token_is_not_taken_for_the_old_one_that_works() {
    let host = FakeHost::new();
    let connection = by_token(&host);
    let old = connect_by_oauth(&host, &connection);
    host.answer(ME, 401, Value::Null);
    connect(&host, &connection).unwrap_err();
    assert_eq!((host.stored(1).unwrap().grant, host.sent().len()), (old, 1));
}

#[test]
fn a_token_that_may_not_say_whose_it_is_misses_a_scope() {
    let host = FakeHost::new();
    let connection = by_token(&host);
    host.answer(ME, 403, json!({"title": "Insufficient scope"}));
    let error = connect(&host, &connection).unwrap_err();
    assert_eq!(error.code, ErrorCode::InsufficientScope);
    assert_eq!(error.detail.as_ref().unwrap()["missing"], json!(["users:read"]));
    assert_eq!(host.stored(1), None);
}

#[test]
fn a_token_is_over_when_calendly_refuses_it_and_not_sent_again() {
    let (host, connection) = connected();
    host.answer(ME, 401, Value::Null);
    for _ in 0..2 {
        let client = Client::new(&host, &connection, host.now() + 9_000);
        let error = client.send(&Call::get("/users/me")).unwrap_err();
        assert_eq!(error.code, ErrorCode::ReauthorizationRequired);
        assert!(error.next_step.starts_with("Make a new token at Calendly"));
    }
    assert_eq!(host.sent_lines().len(), 2, "one to connect, one that was refused");
    let grant = host.stored(1).unwrap().grant;
    assert_eq!(grant.refused.as_deref(), Some("invalid_token"));
    // The same connection with a new token.
    host.answer(ME, 200, me());
    connect(&host, &connection).unwrap();
    assert_eq!(host.stored(1).unwrap().grant.refused, None);
}

#[test]
fn a_token_is_neither_refreshed_nor_rotated() {
    let (host, connection) = connected();
    let before = host.stored(1);
    assert_eq!(refresh(&host, &connection).unwrap_err().code, ErrorCode::Unsupported);
    assert_eq!(rotate(&host, &connection).unwrap_err().code, ErrorCode::Unsupported);
    assert_eq!((host.stored(1), host.sent().len()), (before, 1));
}

#[test]
fn a_token_is_not_revoked_and_the_answer_says_what_is_left_to_do() {
    let (host, connection) = connected();
    for _ in 0..2 {
        let revocation = revoke(&host, &connection).unwrap();
        let reason = revocation.reason.unwrap();
        assert_eq!((revocation.revoked, revocation.outstanding), (0, None));
        assert_eq!(reason.code, ErrorCode::Unsupported);
        assert!(reason.next_step.starts_with("Delete the token at Calendly"), "{reason:?}");
        assert_eq!((host.stored(1), host.outstanding().len()), (None, 0));
    }
    assert_eq!(host.sent().len(), 1);
}

#[test]
fn there_is_nothing_to_authorize_and_a_late_callback_is_refused() {
    let host = FakeHost::new();
    let by_client = connection(&host);
    let begun = begin(&host, &by_client);
    let connection = by_token(&host);
    let refused = authorize(&host, &connection, &nothing_special()).unwrap_err();
    assert_eq!(refused.code, ErrorCode::Unsupported);
    let callback = format!("?code=hush&state={}", begun.state);
    let late = exchange(&host, &connection, &begun.pending, &callback).unwrap_err();
    assert_eq!((late.code, reason(&late)), (ErrorCode::InvalidState, Some("other-method")));
    let none = connect(&host, &by_client).unwrap_err();
    assert_eq!(none.code, ErrorCode::Unsupported);
    assert!(host.sent().is_empty());
}

#[test]
fn a_token_that_another_process_replaced_is_read_again() {
    let (host, connection) = connected();
    let grant = host.stored(1).unwrap().grant;
    let tokens = seal(&host, 1, Slot::Tokens, b"hush-second\n").unwrap();
    host.on(ME, move |host, _| {
        host.store_elsewhere(1, Some(Grant { tokens, ..grant }));
        Ok(crate::host::fake::reply(401, Value::Null))
    });
    host.answer(ME, 200, me());
    let client = Client::new(&host, &connection, host.now() + 9_000);
    client.send(&Call::get("/users/me")).unwrap();
    assert_eq!(host.sent()[2].header("authorization"), Some("Bearer hush-second"));
}
