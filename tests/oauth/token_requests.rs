//! The requests to the token and revocation endpoints, byte by byte, and what an answer may leave
//! out.

use std::collections::BTreeMap;
use std::time::Duration;

use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use host_harness::error::ErrorCode;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::home::NOW_MS;
use crate::support::service::{
    ACCESS_TOKEN, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, REFRESH_TOKEN, Sent, Service, tokens,
};
use crate::support::{pairs, value_of};

/// The headers of a form, besides what says how it travels.
fn form_headers(authorization: Option<&str>, accept: bool) -> BTreeMap<String, String> {
    let mut headers = BTreeMap::from([
        ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()),
        ("user-agent".to_owned(), concat!("sovrium-host/", env!("CARGO_PKG_VERSION")).to_owned()),
    ]);
    headers.extend(authorization.map(|value| ("authorization".to_owned(), value.to_owned())));
    let accept = accept.then(|| ("accept".to_owned(), "application/json".to_owned()));
    headers.extend(accept);
    headers
}

/// The headers without those that say how the message travels.
fn headers_of(sent: &Sent) -> BTreeMap<String, String> {
    let mut headers = sent.headers.clone();
    assert_eq!(headers.remove("content-length"), Some(sent.body.len().to_string()));
    assert!(headers.remove("host").is_some());
    headers
}

fn basic() -> String {
    let pair = format!("{CLIENT_ID}:{CLIENT_SECRET}");
    format!("Basic {}", Base64::encode_string(pair.as_bytes()))
}

async fn created() -> Service {
    let service = Service::start().await;
    service.create(1).await;
    service
}

#[tokio::test]
async fn a_code_is_exchanged_with_http_basic_and_the_verifier_of_the_challenge() {
    let service = created().await;
    service.answers("POST", "/oauth/token", 200, tokens()).await;
    let url = service.connect(1, "a%2Fb%26c").await.unwrap();
    let [exchange] = &*service.sent().await else { panic!("one request") };
    assert_eq!(exchange.line, "POST /oauth/token");
    let accept = true;
    assert_eq!(headers_of(exchange), form_headers(Some(&basic()), accept));

    let verifier = value_of(&exchange.body, "code_verifier");
    let expected = [
        ("grant_type", "authorization_code"),
        ("code", "a/b&c"),
        ("redirect_uri", REDIRECT_URI),
        ("code_verifier", &verifier),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(pairs(&exchange.body), expected);
    assert_eq!(verifier.len(), 43);
    let challenge = Base64UrlUnpadded::encode_string(&Sha256::digest(&verifier));
    assert_eq!(value_of(&url, "code_challenge"), challenge);
    assert_eq!(value_of(&url, "redirect_uri"), REDIRECT_URI);
    assert!(!url.contains(&verifier));
}

#[tokio::test]
async fn a_refresh_token_is_spent_with_http_basic() {
    let service = Service::connected().await;
    service.answers("POST", "/oauth/token", 200, tokens()).await;
    service.answers("GET", "/users/me", 200, json!({ "resource": { "uri": "u" } })).await;
    service.home.clock.advance(Duration::from_secs(7_200));
    service.host.test(1).await.unwrap();
    let sent = service.sent().await;
    assert_eq!(sent[0].line, "POST /oauth/token");
    assert_eq!(headers_of(&sent[0]), form_headers(Some(&basic()), true));
    let body = format!("grant_type=refresh_token&refresh_token={REFRESH_TOKEN}");
    assert_eq!(sent[0].body, body);
}

#[tokio::test]
async fn both_tokens_are_revoked_with_client_id_and_secret_in_the_form() {
    let service = Service::connected().await;
    service.answers("POST", "/oauth/revoke", 200, json!({})).await;
    let ended = service.host.disconnect(1).await.unwrap();
    assert_eq!((ended.tokens.revoked, ended.tokens.queued), (2, false));
    let mut sent = service.sent().await;
    // They go out at the same time.
    sent.sort_by(|left, right| left.body.cmp(&right.body));
    let form = |token: &str| {
        let secret = "secret%2Fof%2Bthe%3Dtest";
        format!("client_id={CLIENT_ID}&client_secret={secret}&token={token}")
    };
    let bodies: Vec<_> = sent.iter().map(|request| &*request.body).collect();
    assert_eq!(bodies, [form(ACCESS_TOKEN), form(REFRESH_TOKEN)]);
    for request in &sent {
        assert_eq!(request.line, "POST /oauth/revoke");
        let mut headers = headers_of(request);
        // The client's default, which the endpoint does not look at.
        headers.remove("accept");
        assert_eq!(headers, form_headers(None, false));
    }
}

#[tokio::test]
async fn an_answer_that_says_little_means_the_documents_lifetimes_and_what_was_asked_for() {
    let service = created().await;
    let little = json!({ "access_token": ACCESS_TOKEN, "refresh_token": REFRESH_TOKEN });
    service.answers("POST", "/oauth/token", 200, little).await;
    let url = service.connect(1, "c").await.unwrap();
    let grant = service.host.connection(1).await.unwrap().grant.unwrap();
    assert_eq!(grant.access_expires_at, Some(NOW_MS + 60 * 60 * 1_000));
    assert_eq!(grant.refresh_expires_at, Some(NOW_MS + 90 * 24 * 60 * 60 * 1_000));
    assert_eq!(grant.scopes.join(" "), value_of(&url, "scope"));
    assert_eq!((grant.owner, grant.organization), (None, None));
}

#[tokio::test]
async fn the_answers_own_lifetimes_count() {
    let service = created().await;
    let mut answer = tokens();
    answer["expires_in"] = 600.into();
    answer["refresh_token_expires_in"] = 86_400.into();
    service.answers("POST", "/oauth/token", 200, answer).await;
    service.connect(1, "c").await.unwrap();
    let view = service.host.connection(1).await.unwrap();
    assert_eq!(view.platform.status, "expiring-soon");
    let grant = view.grant.unwrap();
    assert_eq!(grant.access_expires_at, Some(NOW_MS + 600_000));
    assert_eq!(grant.refresh_expires_at, Some(NOW_MS + 86_400_000));
}

#[tokio::test]
async fn an_answer_without_tokens_connects_nothing() {
    let service = created().await;
    let answers = [
        json!({}),
        json!([]),
        json!({ "refresh_token": "r" }),
        json!({ "access_token": "a" }),
        json!({ "access_token": null, "refresh_token": "r" }),
    ];
    for answer in answers {
        service.answers("POST", "/oauth/token", 200, answer.clone()).await;
        let error = service.connect(1, "c").await.unwrap_err();
        assert_eq!(error.code, ErrorCode::UpstreamUnavailable, "{answer}");
        assert_eq!(error.platform_code, Some("token_exchange_failed"), "{answer}");
        let view = service.host.connection(1).await.unwrap();
        assert_eq!((view.state, view.grant), ("error", None), "{answer}");
        service.server.reset().await;
    }
}

#[tokio::test]
async fn a_failing_token_endpoint_is_asked_four_times_and_then_reported() {
    let service = created().await;
    service.answers("POST", "/oauth/token", 503, json!({ "error": "server_error" })).await;
    let error = service.connect(1, "c").await.unwrap_err();
    assert_eq!(error.code, ErrorCode::UpstreamUnavailable);
    let sent = service.sent().await;
    assert_eq!(sent.len(), 4);
    assert!(sent.iter().all(|request| request.body == sent[0].body));
    assert_eq!(service.host.connection(1).await.unwrap().state, "error");
}

#[tokio::test]
async fn a_code_whose_exchange_fails_once_still_connects() {
    let service = created().await;
    service.answers_once("POST", "/oauth/token", 502, Value::Null).await;
    service.answers("POST", "/oauth/token", 200, tokens()).await;
    service.connect(1, "c").await.unwrap();
    assert_eq!(service.sent().await.len(), 2);
    assert_eq!(service.host.connection(1).await.unwrap().state, "connected");
}
