use super::*;
use crate::error::Retry;
use crate::host::fake::{ORGANIZATION, START, USER, connection, reply};
use crate::host::{Budget, Response, TransportError};
use crate::oauth::exchange::exchange;
use crate::oauth::grant;
use crate::oauth::pending::challenge;

fn callback(begun: &PendingAuthorization) -> String {
    format!("{}?code=hush-code%2B&state={}", begun.redirect_uri, begun.state)
}

#[test]
fn the_request_is_exactly_as_documented() {
    let host = FakeHost::new();
    let connection = connection(&host);
    let begun = begin(&host, &connection);
    host.answer(TOKEN, 200, issued("hush-a", "hush-r"));
    exchange(&host, &connection, &begun.pending, &callback(&begun)).unwrap();
    let sent = &host.sent()[0];
    let names: Vec<_> = sent.request().headers.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["authorization", "content-type", "accept"]);
    // base64 of "client-1:hush-client-secret"
    let basic = "Basic Y2xpZW50LTE6aHVzaC1jbGllbnQtc2VjcmV0";
    assert_eq!(sent.header("authorization"), Some(basic));
    assert_eq!(sent.header("content-type"), Some("application/x-www-form-urlencoded"));
    let verifier = verifier(&host, &begun);
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let expected = [
        pair("grant_type", "authorization_code"),
        pair("code", "hush-code+"),
        pair("redirect_uri", "http://localhost:8976/callback"),
        pair("code_verifier", &verifier),
    ];
    assert_eq!(sent.form(), expected);
    assert_eq!(parameter(&begun.url, "code_challenge"), challenge(&verifier));
    assert_eq!(host.acquired(), [(Budget::Token, 44_999)]);
}

#[test]
fn the_grant_is_stored_sealed_and_summed_up() {
    let host = FakeHost::new();
    let connection = connection(&host);
    let begun = begin(&host, &connection);
    host.answer(TOKEN, 200, issued("hush-a", "hush-r"));
    let summary = exchange(&host, &connection, &begun.pending, &callback(&begun)).unwrap();
    let asked = "users:read organizations:read groups:read availability:read event_types:read \
                 contacts:read scheduled_events:read locations:read meeting_recaps:read \
                 routing_forms:read shares:read webhooks:read";
    assert_eq!(begun.scopes.join(" "), asked);
    let expected = GrantSummary {
        scopes: owned(&["users:read", "contacts:write"]),
        missing_scopes: owned(&[
            "organizations:read",
            "groups:read",
            "availability:read",
            "event_types:read",
            "scheduled_events:read",
            "locations:read",
            "meeting_recaps:read",
            "routing_forms:read",
            "shares:read",
            "webhooks:read",
        ]),
        owner: Some(USER.to_owned()),
        organization: Some(ORGANIZATION.to_owned()),
        access_expires_at: Some(START + 7_200_000),
    };
    assert_eq!(summary, expected);
    let stored = host.stored(1).unwrap().grant;
    assert_eq!(stored.obtained_at, START);
    assert_eq!((stored.refresh_started_at, stored.refused.as_ref()), (None, None));
    assert!(!format!("{stored:?}").contains(HUSH));
    let pair = grant::open(&host, 1, &stored).unwrap();
    assert_eq!((pair.access.expose(), pair.refresh.expose()), ("hush-a", "hush-r"));
    assert!(!host.is_leased(1));
}

#[test]
fn an_answer_that_says_nothing_means_an_hour_ninety_days_and_what_was_asked_for() {
    let host = FakeHost::new();
    let connection = connection(&host);
    let begun = begin(&host, &connection);
    host.answer(TOKEN, 200, json!({"access_token": "hush-a", "refresh_token": "hush-r"}));
    let summary = exchange(&host, &connection, &begun.pending, &callback(&begun)).unwrap();
    assert_eq!(summary.access_expires_at, Some(START + 60 * 60 * 1000));
    assert_eq!((summary.scopes, summary.missing_scopes), (begun.scopes, Vec::new()));
    let stored = host.stored(1).unwrap().grant;
    assert_eq!(stored.refresh_expires_at, Some(START + 90 * 24 * 60 * 60 * 1000));
    assert_eq!((stored.owner, stored.organization), (None, None));
}

#[test]
fn a_query_alone_is_a_callback_too_and_a_fragment_is_not_part_of_it() {
    let host = FakeHost::new();
    let connection = connection(&host);
    for callback in [
        |state: &str| format!("code=hush-code&state={state}"),
        |state: &str| format!("?code=hush-code&state={state}&utm=1"),
        |state: &str| format!("http://localhost/cb?state={state}&code=hush-code#_=_"),
    ] {
        let begun = begin(&host, &connection);
        host.answer(TOKEN, 200, issued("hush-a", "hush-r"));
        exchange(&host, &connection, &begun.pending, &callback(&begun.state)).unwrap();
    }
}

#[test]
fn a_callback_counts_once() {
    let host = FakeHost::new();
    let connection = connection(&host);
    let begun = begin(&host, &connection);
    host.answer(TOKEN, 200, issued("hush-a", "hush-r"));
    exchange(&host, &connection, &begun.pending, &callback(&begun)).unwrap();
    let error = exchange(&host, &connection, &begun.pending, &callback(&begun)).unwrap_err();
    assert_eq!((error.code, reason(&error)), (ErrorCode::InvalidState, Some("replayed")));
    assert_eq!(host.sent().len(), 1);
}

#[test]
fn a_new_grant_takes_the_place_of_an_old_one() {
    let host = FakeHost::new();
    let connection = connection(&host);
    let mut old = crate::host::fake::connect(&host, &connection);
    old.refused = Some("invalid_grant".to_owned());
    host.store_elsewhere(1, Some(old));
    let begun = begin(&host, &connection);
    host.answer(TOKEN, 200, issued("hush-a", "hush-r"));
    exchange(&host, &connection, &begun.pending, &callback(&begun)).unwrap();
    assert_eq!(access(&host, &connection).unwrap().token.expose(), "hush-a");
}

#[test]
fn the_token_endpoints_refusals_are_told_apart_and_store_nothing() {
    let cases = [
        (400, "invalid_grant", ErrorCode::AuthorizationDenied),
        (401, "invalid_client", ErrorCode::InvalidClient),
        (400, "unauthorized_client", ErrorCode::InvalidClient),
        (401, "", ErrorCode::InvalidClient),
        (400, "invalid_request", ErrorCode::Rejected),
        (403, "access_denied", ErrorCode::Rejected),
    ];
    for (status, error, code) in cases {
        let host = FakeHost::new();
        let connection = connection(&host);
        let begun = begin(&host, &connection);
        host.answer(TOKEN, status, json!({"error": error, "error_description": "said so"}));
        let refused = exchange(&host, &connection, &begun.pending, &callback(&begun)).unwrap_err();
        assert_eq!(refused.code, code, "{status} {error}");
        assert!(host.stored(1).is_none());
        if code != ErrorCode::AuthorizationDenied {
            let detail = refused.detail.as_ref().unwrap();
            assert_eq!(detail["error_description"], "said so");
        }
    }
}

#[test]
fn an_answer_that_cannot_be_read_is_asked_for_again() {
    let unreadable: [(u16, &[u8]); 5] = [
        (200, b"<html>hush</html>"),
        (200, b"{\"access_token\":\"hush-\xff\"}"),
        (200, b""),
        (400, b"{\"error\":\"\xffinvalid_grant\"}"),
        (401, b"<html>hush</html>"),
    ];
    for (status, body) in unreadable {
        let host = FakeHost::new();
        let connection = connection(&host);
        let begun = begin(&host, &connection);
        host.on(TOKEN, move |_, _| {
            Ok(Response { body: body.to_vec().into(), ..reply(status, Value::Null) })
        });
        host.answer(TOKEN, 200, issued("hush-a", "hush-r"));
        exchange(&host, &connection, &begun.pending, &callback(&begun)).unwrap();
        assert_eq!(host.pauses().len(), 1);
    }
}

#[test]
fn an_answer_without_tokens_is_not_understood() {
    for answer in [json!({"access_token": "hush-a"}), json!({"refresh_token": "hush-r"}), json!([])]
    {
        let host = FakeHost::new();
        let connection = connection(&host);
        let begun = begin(&host, &connection);
        host.answer(TOKEN, 200, answer);
        let error = exchange(&host, &connection, &begun.pending, &callback(&begun)).unwrap_err();
        assert_eq!(error.code, ErrorCode::UpstreamUnavailable);
        assert!(host.stored(1).is_none() && !format!("{error:?}").contains(HUSH));
    }
}

#[test]
fn what_can_be_no_token_is_not_taken_for_one() {
    for broken in BROKEN_TOKENS {
        for answer in [issued(broken, "hush-r"), issued("hush-a", broken)] {
            let host = FakeHost::new();
            let connection = connection(&host);
            let begun = begin(&host, &connection);
            host.answer(TOKEN, 200, answer);
            let error =
                exchange(&host, &connection, &begun.pending, &callback(&begun)).unwrap_err();
            assert_eq!(error.code, ErrorCode::UpstreamUnavailable, "{broken:?}");
            assert!(host.stored(1).is_none() && !format!("{error:?}").contains(HUSH));
        }
    }
}

#[test]
fn a_code_is_sent_again_while_calendly_cannot_be_reached() {
    let host = FakeHost::new();
    let connection = connection(&host);
    let begun = begin(&host, &connection);
    host.fail(TOKEN, TransportError::NotSent("refused".to_owned()));
    host.on(TOKEN, |host, _| {
        host.advance(1_000);
        Ok(reply(200, issued("hush-a", "hush-r")))
    });
    let summary = exchange(&host, &connection, &begun.pending, &callback(&begun)).unwrap();
    assert_eq!(host.pauses().len(), 1);
    assert_eq!(summary.access_expires_at, Some(host.now() + 7_200_000), "counted from the answer");
}

#[test]
fn who_died_with_the_lease_is_outwaited_and_the_authorization_kept() {
    let host = FakeHost::new();
    let connection = connection(&host);
    let begun = begin(&host, &connection);
    host.lease_elsewhere(1, 600_000);
    let error = exchange(&host, &connection, &begun.pending, &callback(&begun)).unwrap_err();
    assert_eq!((error.code, error.retry), (ErrorCode::DeadlineExceeded, Retry::Backoff));
    assert!(host.claimed().is_empty() && host.sent().is_empty(), "it can still be answered");
    host.lease_elsewhere(1, 60_000);
    host.answer(TOKEN, 200, issued("hush-a", "hush-r"));
    exchange(&host, &connection, &begun.pending, &callback(&begun)).unwrap();
}
