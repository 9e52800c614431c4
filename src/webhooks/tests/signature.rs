//! Who is let in.

use super::*;

const BODY: &[u8] = br#"{"event": "x", "created_at": "2026-11-24T10:00:00Z", "payload": {}}"#;

fn reason(host: &FakeHost, connection: &Connection, headers: &[(String, String)]) -> String {
    match receive(host, connection, headers, BODY, TOLERANCE) {
        Ok(delivery) => delivery.event,
        Err(error) => {
            assert_eq!(error.code, ErrorCode::SignatureInvalid, "{error:?}");
            error.detail.as_ref().unwrap()["reason"].as_str().unwrap().to_owned()
        }
    }
}

#[test]
fn a_known_signature_is_that_of_the_whole_body() {
    // Computed with OpenSSL: printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac key-of-sixteen-c
    let expected = "b88d954797508ff9a645b2e70734f28d4641427bcb2d3f436c827017b66453ac";
    assert_eq!(tag("key-of-sixteen-c", "1700000000", br#"{"a":1}"#), expected);
}

#[test]
fn what_is_signed_now_with_the_key_is_let_in_and_nothing_else() {
    let (host, connection) = signed_by([Some(KEY), None]);
    let now = host.now() / 1_000;
    let with = |time: u64, key: &str, body: &[u8]| {
        let time = time.to_string();
        header(&format!("t={time},v1={}", tag(key, &time, body)))
    };
    let check = |headers: &[(String, String)]| reason(&host, &connection, headers);
    assert_eq!(check(&with(now, KEY, BODY)), "x");
    assert_eq!(check(&with(now - 179, KEY, BODY)), "x");
    assert_eq!(check(&with(now - 181, KEY, BODY)), "stale");
    assert_eq!(check(&with(now + 30, KEY, BODY)), "x");
    assert_eq!(check(&with(now + 31, KEY, BODY)), "future");
    assert_eq!(check(&with(now, "another-signing-key", BODY)), "mismatch");
    assert_eq!(check(&with(now, KEY, b"{}")), "mismatch");
    // Nothing is told about the time of what is not signed.
    assert_eq!(check(&with(now - 999, "another-signing-key", BODY)), "mismatch");
    assert_eq!(check(&[]), "missing");
    let mut twice = with(now, KEY, BODY);
    twice.extend(with(now, KEY, BODY));
    assert_eq!(check(&twice), "malformed");
}

#[test]
fn the_header_has_one_time_and_one_tag_or_more() {
    let (host, connection) = signed_by([Some(KEY), None]);
    let time = (host.now() / 1_000).to_string();
    let good = tag(KEY, &time, BODY);
    let bad = tag("another-signing-key", &time, BODY);
    let check = |value: String| reason(&host, &connection, &header(&value));
    for value in [
        format!("t={time},v1={good}"),
        format!("v1={good},t={time}"),
        format!("t={time}, v1={good}"),
        format!("t={time},v1={bad},v1={good}"),
        format!("t={time},v1={good},v2=whatever"),
    ] {
        assert_eq!(check(value.clone()), "x", "{value}");
    }
    let upper = good.to_uppercase();
    for value in [
        String::new(),
        "t".to_owned(),
        format!("t={time}"),
        format!("v1={good}"),
        format!("t={time},t={time},v1={good}"),
        format!("t=+{time},v1={good}"),
        format!("t= {time},v1={good}"),
        format!("t={time}999999,v1={good}"),
        format!("t=,v1={good}"),
        format!("t={time},v1={}", &good[1..]),
        format!("t={time},v1={good}0"),
        format!("t={time},v1={upper}"),
        format!("t={time},v1=é{}", &good[2..]),
        format!("t={time},{}", vec![format!("v1={bad}"); 9].join(",")),
    ] {
        assert_eq!(check(value.clone()), "malformed", "{value}");
    }
}

#[test]
fn two_keys_are_good_while_one_takes_the_others_place() {
    let time_of = |host: &FakeHost| (host.now() / 1_000).to_string();
    let (host, connection) = signed_by([Some("the-new-signing-key"), Some(KEY)]);
    let time = time_of(&host);
    for key in ["the-new-signing-key", KEY] {
        let headers = header(&format!("t={time},v1={}", tag(key, &time, BODY)));
        assert_eq!(reason(&host, &connection, &headers), "x", "{key}");
    }
    let (host, connection) = signed_by([Some("the-new-signing-key"), None]);
    let headers = header(&format!("t={time},v1={}", tag(KEY, &time, BODY)));
    assert_eq!(reason(&host, &connection, &headers), "mismatch");
}

#[test]
fn without_a_key_nobody_is_let_in_and_a_moved_key_opens_nothing() {
    let (host, connection) = signed_by([None, None]);
    let time = (host.now() / 1_000).to_string();
    let headers = header(&format!("t={time},v1={}", tag("", &time, BODY)));
    assert_eq!(reason(&host, &connection, &headers), "no-key");
    let (host, mut connection) = signed_by([Some(KEY), None]);
    connection.id = 2;
    let error = receive(&host, &connection, &headers, BODY, TOLERANCE).unwrap_err();
    assert_eq!(error.code, ErrorCode::Vault);
}

#[test]
fn no_key_and_no_signature_is_in_what_is_said() {
    let (host, connection) = signed_by([Some(KEY), None]);
    let time = (host.now() / 1_000).to_string();
    let sent = tag("another-signing-key", &time, BODY);
    let headers = header(&format!("t={time},v1={sent}"));
    let error = receive(&host, &connection, &headers, BODY, TOLERANCE).unwrap_err();
    let said = format!("{error:?} {connection:?} {:?}", host.log_lines());
    for secret in [KEY, &*sent, &*tag(KEY, &time, BODY)] {
        assert!(!said.contains(secret), "{said}");
    }
}
