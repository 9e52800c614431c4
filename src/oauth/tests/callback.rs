//! Callbacks that are not the answer to the pending authorization: each is refused by its own
//! name, and nothing is sent.

use super::*;
use crate::host::fake::connection;
use crate::oauth::exchange::exchange;

const TEN_MINUTES: u64 = 10 * 60 * 1000;

fn url(query: &str) -> String {
    format!("http://localhost:8976/callback?{query}")
}

fn refused(host: &FakeHost, pending: &str, query: &str) -> Error {
    let error = exchange(host, &connection(host), pending, &url(query)).unwrap_err();
    assert!(!format!("{error:?}").contains(HUSH), "{error:?}");
    assert!(host.sent().is_empty() && host.stored(1).is_none());
    error
}

fn invalid(host: &FakeHost, pending: &str, query: &str) -> String {
    let error = refused(host, pending, query);
    assert_eq!(error.code, ErrorCode::InvalidState, "{error:?}");
    reason(&error).unwrap().to_owned()
}

#[test]
fn a_callback_without_a_state_is_refused() {
    let host = FakeHost::new();
    let begun = begin(&host, &connection(&host));
    assert_eq!(invalid(&host, &begun.pending, "code=hush-code"), "missing-state");
    assert_eq!(invalid(&host, &begun.pending, ""), "missing-state");
    assert!(host.claimed().is_empty(), "what is nobody's answer uses nothing up");
}

#[test]
fn a_callback_of_another_connection_is_refused() {
    let host = FakeHost::new();
    let begun = begin(&host, &connection(&host));
    let other = Connection { id: 2, ..connection(&host) };
    let state = begin(&host, &other).state;
    let query = format!("code=hush-code&state={state}");
    assert_eq!(invalid(&host, &begun.pending, &query), "other-connection");
}

#[test]
fn another_state_than_the_one_sent_out_is_refused() {
    let host = FakeHost::new();
    let begun = begin(&host, &connection(&host));
    let newer = begin(&host, &connection(&host));
    let changed = begun.state.to_ascii_uppercase();
    for state in [&*newer.state, "", "1.", "x", &changed, &begun.state[..20]] {
        let query = format!("code=hush-code&state={state}");
        assert_eq!(invalid(&host, &begun.pending, &query), "state-mismatch", "{state}");
    }
    assert!(host.claimed().is_empty());
}

#[test]
fn what_is_pending_at_another_connection_does_not_open() {
    let host = FakeHost::new();
    let other = Connection { id: 2, ..connection(&host) };
    let begun = begin(&host, &other);
    let error = refused(&host, &begun.pending, "code=hush-code&state=1.abc");
    assert_eq!(error.code, ErrorCode::Vault);
}

#[test]
fn an_authorization_is_open_for_ten_minutes() {
    let host = FakeHost::new();
    let begun = begin(&host, &connection(&host));
    let query = format!("error=access_denied&state={}", begun.state);
    host.advance(TEN_MINUTES);
    assert_eq!(invalid(&host, &begun.pending, &query), "expired");
    assert!(host.claimed().is_empty());

    let begun = begin(&host, &connection(&host));
    let query = format!("error=access_denied&state={}", begun.state);
    host.advance(TEN_MINUTES - 1);
    assert_eq!(refused(&host, &begun.pending, &query).code, ErrorCode::AuthorizationDenied);
}

#[test]
fn a_denial_is_told_with_calendlys_words_and_uses_the_authorization_up() {
    let host = FakeHost::new();
    let begun = begin(&host, &connection(&host));
    let denial = format!("error=access_denied&error_description=Not+today&state={}", begun.state);
    let error = refused(&host, &begun.pending, &denial);
    assert_eq!(error.code, ErrorCode::AuthorizationDenied);
    let detail = json!({"error": "access_denied", "error_description": "Not today"});
    assert_eq!(error.detail, Some(detail));
    let again = format!("code=hush-code&state={}", begun.state);
    assert_eq!(invalid(&host, &begun.pending, &again), "replayed");
    assert_eq!(invalid(&host, &begun.pending, &denial), "replayed");
}

#[test]
fn the_other_refusals_of_the_authorization_endpoint_are_told_apart() {
    let cases = [
        ("unauthorized_client", ErrorCode::InvalidClient),
        ("invalid_client", ErrorCode::InvalidClient),
        ("server_error", ErrorCode::UpstreamUnavailable),
        ("temporarily_unavailable", ErrorCode::UpstreamUnavailable),
        ("invalid_scope", ErrorCode::AuthorizationDenied),
        ("something_new", ErrorCode::AuthorizationDenied),
    ];
    let host = FakeHost::new();
    for (error, code) in cases {
        let begun = begin(&host, &connection(&host));
        let query = format!("error={error}&state={}", begun.state);
        assert_eq!(refused(&host, &begun.pending, &query).code, code, "{error}");
    }
}

#[test]
fn a_callback_without_a_code_is_refused_and_uses_the_authorization_up() {
    let host = FakeHost::new();
    for query in ["", "code=&"] {
        let begun = begin(&host, &connection(&host));
        let query = format!("{query}state={}", begun.state);
        assert_eq!(invalid(&host, &begun.pending, &query), "missing-code");
        let again = format!("code=hush-code&state={}", begun.state);
        assert_eq!(invalid(&host, &begun.pending, &again), "replayed");
    }
}

#[test]
fn the_host_remembers_an_answer_by_a_digest_of_the_state_until_it_expires() {
    let host = FakeHost::new();
    let begun = begin(&host, &connection(&host));
    let query = format!("error=access_denied&state={}", begun.state);
    refused(&host, &begun.pending, &query);
    let claimed = host.claimed();
    let (id, forget_at) = claimed.first_key_value().unwrap();
    assert_eq!((claimed.len(), *forget_at), (1, host.now() + TEN_MINUTES));
    let random = begun.state.split_once('.').unwrap().1;
    assert!(!id.contains(random), "whoever reads the store could answer the authorization");
}
