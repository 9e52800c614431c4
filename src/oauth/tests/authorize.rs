use std::collections::BTreeSet;

use base64ct::{Base64UrlUnpadded, Encoding};

use super::*;
use crate::host::fake::{START, connection};
use crate::oauth::pending::challenge;

#[test]
fn the_url_has_what_calendly_documents_and_nothing_else() {
    let host = FakeHost::new();
    let connection = connection(&host);
    let begun = begin(&host, &connection);
    let url = Url::parse(&begun.url).unwrap();
    assert_eq!(url.as_str().split('?').next(), Some("https://auth.calendly.com/oauth/authorize"));
    let verifier = verifier(&host, &begun);
    let pairs: Vec<_> = url.query_pairs().into_owned().collect();
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let scopes = "users:read organizations:read groups:read availability:read event_types:read \
                  contacts:read scheduled_events:read locations:read meeting_recaps:read \
                  routing_forms:read shares:read webhooks:read";
    let expected = [
        pair("response_type", "code"),
        pair("client_id", "client-1"),
        pair("redirect_uri", "http://localhost:8976/callback"),
        pair("scope", scopes),
        pair("state", &begun.state),
        pair("code_challenge", &challenge(&verifier)),
        pair("code_challenge_method", "S256"),
    ];
    assert_eq!(pairs, expected);
    assert_eq!(begun.scopes.join(" "), scopes);
    assert_eq!(begun.redirect_uri, "http://localhost:8976/callback");
    assert_eq!(begun.expires_at, START + 10 * 60 * 1000);
    assert!(!begun.url.contains(&verifier) && !begun.url.contains(HUSH));
}

#[test]
fn the_challenge_is_the_one_of_rfc_7636_appendix_b() {
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    assert_eq!(challenge(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

#[test]
fn the_state_is_the_connection_and_256_random_bits() {
    let host = FakeHost::new();
    let connection = connection(&host);
    host.prepare_random(&[0xA5; 32]);
    let begun = begin(&host, &connection);
    let (id, random) = begun.state.split_once('.').unwrap();
    assert_eq!(id, "1");
    assert_eq!(Base64UrlUnpadded::decode_vec(random).unwrap(), [0xA5; 32]);
}

#[test]
fn no_state_and_no_verifier_comes_twice() {
    let host = FakeHost::new();
    let connection = connection(&host);
    let mut seen = BTreeSet::new();
    for _ in 0..100 {
        let begun = begin(&host, &connection);
        let verifier = verifier(&host, &begun);
        assert_eq!(verifier.len(), 43, "RFC 7636 section 4.1: at least 43 characters");
        assert!(seen.insert(begun.state) && seen.insert(verifier));
    }
}

#[test]
fn nothing_begins_without_randomness() {
    let host = FakeHost::new();
    let connection = connection(&host);
    host.break_random();
    let error = authorize(&host, &connection, &nothing_special()).unwrap_err();
    assert_eq!(error.code, ErrorCode::Vault);
}

#[test]
fn what_is_pending_opens_for_its_connection_alone() {
    let host = FakeHost::new();
    let begun = begin(&host, &connection(&host));
    assert!(!format!("{begun:?}").contains(&verifier(&host, &begun)));
    let error = Pending::open(&host, 2, &begun.pending).err().unwrap();
    assert_eq!(error.code, ErrorCode::Vault);
}

#[test]
fn the_scopes_are_those_of_the_request_then_of_its_operations_then_of_the_connection() {
    let host = FakeHost::new();
    let mut connection = connection(&host);
    connection.scopes = owned(&["webhooks:read"]);
    let scopes = |scopes: &[&str], operations: &[&str], tables: &[&str]| {
        let request = AuthorizeRequest {
            redirect_uri: None,
            scopes: owned(scopes),
            operations: owned(operations),
            tables: owned(tables),
        };
        authorize(&host, &connection, &request).unwrap().scopes.join(" ")
    };
    assert_eq!(scopes(&["shares:read"], &["calendly.getRecord"], &[]), "users:read shares:read");
    let least = scopes(&[], &["calendly.getRecord"], &["event_types"]);
    assert_eq!(least, "users:read event_types:read");
    let reading = scopes(&[], &[], &["contacts"]);
    assert_eq!(reading, "users:read organizations:read groups:read contacts:read");
    assert_eq!(scopes(&["data.records:read"], &[], &["contacts"]), "users:read contacts:read");
    assert_eq!(scopes(&["users:read"], &[], &[]), "users:read", "once");
    assert_eq!(scopes(&[], &[], &[]), "users:read webhooks:read");
}

#[test]
fn a_redirect_uri_of_the_request_comes_first() {
    let host = FakeHost::new();
    let mut request = nothing_special();
    request.redirect_uri = Some("https://app.example/cb".to_owned());
    let begun = authorize(&host, &connection(&host), &request).unwrap();
    assert_eq!(begun.redirect_uri, "https://app.example/cb");
    assert_eq!(parameter(&begun.url, "redirect_uri"), "https://app.example/cb");
}

#[test]
fn all_that_is_wrong_with_a_request_is_told_at_once() {
    let host = FakeHost::new();
    let request = AuthorizeRequest {
        redirect_uri: Some("http://app.example/cb".to_owned()),
        scopes: owned(&["users:read", "invitees:read"]),
        operations: owned(&["calendly.dropTable"]),
        tables: owned(&["contacts", "leads"]),
    };
    let error = authorize(&host, &connection(&host), &request).unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidInput);
    let places: Vec<_> = error.violations.iter().map(|one| (&*one.pointer, &*one.rule)).collect();
    let expected = [
        ("/tables/1", "enum"),
        ("/operations/0", "enum"),
        ("/scopes/1", "enum"),
        ("/redirectUri", "pattern"),
    ];
    assert_eq!(places, expected);
}

#[test]
fn without_a_redirect_uri_there_is_no_authorization() {
    let host = FakeHost::new();
    let mut connection = connection(&host);
    connection.redirect_uri = None;
    let error = authorize(&host, &connection, &nothing_special()).unwrap_err();
    assert_eq!(&*error.violations[0].rule, "required");
}
