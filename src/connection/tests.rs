use serde_json::json;

use super::*;
use crate::error::ErrorCode;
use crate::host::fake::{CLIENT_SECRET, FakeHost, HUSH};

fn document() -> Value {
    json!({
        "type": "calendly",
        "id": 7,
        "name": "Team calendar",
        "clientId": "client-1",
        "clientSecret": CLIENT_SECRET,
    })
}

fn created(host: &FakeHost, more: Value) -> Connection {
    let mut document = document();
    for (name, value) in json::members(more) {
        document[name] = value;
    }
    create(host, &document.to_string()).unwrap()
}

/// Pointer, rule and message of every violation.
fn broken(result: Result<Connection>) -> Vec<(String, String, String)> {
    let error = result.unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidConnection);
    let told = |one: &Violation| (one.pointer.clone(), one.rule.clone(), one.message.clone());
    error.violations.iter().map(told).collect()
}

fn is_broken(result: Result<Connection>, pointer: &str, rule: &str, message: &str) {
    assert_eq!(broken(result), [(pointer.to_owned(), rule.to_owned(), message.to_owned())]);
}

#[test]
fn creating_seals_the_secret() {
    let host = FakeHost::new();
    let more = json!({"scopes": ["data.records:read"], "redirectUri": "https://a.example/cb"});
    let connection = created(&host, more);
    assert_eq!((connection.id, &*connection.name), (7, "Team calendar"));
    assert_eq!(connection.client_id, "client-1");
    assert_eq!(connection.scopes, ["data.records:read"]);
    assert_eq!(connection.redirect_uri.as_deref(), Some("https://a.example/cb"));
    assert!(!format!("{connection:?}").contains(HUSH));
    assert_eq!(client_secret(&host, &connection).unwrap().expose(), CLIENT_SECRET);
    let opened = vault::open(&host, 8, Slot::ClientSecret, &connection.client_secret);
    assert!(opened.is_err(), "it opens for another connection");
}

#[test]
fn an_id_may_be_written_as_a_float() {
    let host = FakeHost::new();
    assert_eq!(created(&host, json!({"id": 7.0})).id, 7);
    assert_eq!(created(&host, json!({"id": 9_007_199_254_740_991_u64})).id, (1 << 53) - 1);
}

#[test]
fn nothing_is_created_without_a_key() {
    let host = FakeHost::new();
    host.activate(None);
    assert_eq!(create(&host, &document().to_string()).unwrap_err().code, ErrorCode::Vault);
}

#[test]
fn each_rule_is_told_in_the_platforms_words() {
    let cases = [
        ("/id", json!(0), "minimum", "ID must be a positive integer"),
        ("/id", json!(-1), "minimum", "ID must be a positive integer"),
        ("/id", json!(1.5), "type", "ID must be a positive integer"),
        ("/id", json!("1"), "type", "ID must be a positive integer"),
        ("/id", json!(9_007_199_254_740_992_u64), "maximum", "ID must not exceed 9007199254740991"),
        ("/name", json!(""), "minLength", "Connection name must be at least 1 character"),
        ("/name", json!(" \t"), "pattern", "Connection name must be at least 1 character"),
        (
            "/name",
            json!("é".repeat(101)),
            "maxLength",
            "Connection name must not exceed 100 characters",
        ),
        ("/type", json!("Calendly"), "const", "Type must be exactly 'calendly'"),
        ("/type", json!("calendly-connection"), "const", "Type must be exactly 'calendly'"),
        ("/clientId", json!(""), "minLength", "Client ID must be at least 1 character"),
        ("/clientSecret", json!(""), "minLength", "Client secret is required and cannot be empty"),
    ];
    let host = FakeHost::new();
    for (pointer, value, rule, message) in cases {
        let mut document = document();
        document[&pointer[1..]] = value;
        is_broken(create(&host, &document.to_string()), pointer, rule, message);
    }
    assert_eq!(created(&host, json!({"name": "é".repeat(100)})).name.chars().count(), 100);
    assert_eq!(created(&host, json!({"name": "📅"})).name, "📅");
}

#[test]
fn all_violations_are_told_at_once() {
    let host = FakeHost::new();
    let document = json!({"id": 0, "name": "", "clientId": 5, "scopes": ["no"], "more/~": 1});
    let mut places: Vec<_> = broken(create(&host, &document.to_string()))
        .into_iter()
        .map(|(pointer, rule, _)| format!("{pointer} {rule}"))
        .collect();
    places.sort();
    let expected = [
        "/clientId type",
        "/clientSecret required",
        "/id minimum",
        "/more~1~0 additionalProperties",
        "/name minLength",
        "/scopes/0 enum",
        "/type required",
    ];
    assert_eq!(places, expected);
}

#[test]
fn a_document_that_is_not_json_is_refused_without_quoting_it() {
    let host = FakeHost::new();
    let text = format!("{{\"clientSecret\": \"{CLIENT_SECRET}\", oops");
    let error = create(&host, &text).unwrap_err();
    assert_eq!((&*error.violations[0].pointer, &*error.violations[0].rule), ("", "json"));
    assert!(!format!("{error:?}").contains(HUSH));
    assert_eq!(validate("[]").len(), 1);
    assert_eq!(validate(&document().to_string()), []);
}

#[test]
fn a_rename_keeps_the_sealed_secret_byte_for_byte() {
    let host = FakeHost::new();
    let before = created(&host, json!({"scopes": ["users:read"]}));
    let after = change(&host, &before, r#"{"name": "Sales calendar"}"#).unwrap();
    assert_eq!(after.name, "Sales calendar");
    assert_eq!(after.client_secret, before.client_secret);
    assert_eq!(Connection { name: before.name.clone(), ..after }, before);
}

#[test]
fn a_mask_keeps_the_secret_and_a_new_secret_is_sealed_anew() {
    let host = FakeHost::new();
    let before = created(&host, json!({}));
    let masked = change(&host, &before, r#"{"clientSecret": "***"}"#).unwrap();
    assert_eq!(masked.client_secret, before.client_secret);
    let renewed = change(&host, &before, r#"{"clientSecret": "hush-2"}"#).unwrap();
    assert_eq!(client_secret(&host, &renewed).unwrap().expose(), "hush-2");
    let again = json!({ "clientSecret": CLIENT_SECRET }).to_string();
    let again = change(&host, &before, &again).unwrap();
    assert_ne!(again.client_secret, before.client_secret, "a nonce was used twice");
}

#[test]
fn a_rename_does_not_need_the_old_key() {
    let host = FakeHost::new();
    let before = created(&host, json!({}));
    host.add_key("key-2", &[8; 32]);
    host.activate(Some("key-2"));
    host.forget_key("key-1");
    let after = change(&host, &before, r#"{"name": "New"}"#).unwrap();
    assert_eq!(after.client_secret, before.client_secret);
}

#[test]
fn id_and_type_never_change() {
    let host = FakeHost::new();
    let before = created(&host, json!({}));
    let id = "ID is immutable and cannot be changed";
    let kind = "Connection type cannot be changed. Create a new connection instead.";
    for patch in [r#"{"id": 8}"#, r#"{"id": null}"#, r#"{"id": "7"}"#] {
        is_broken(change(&host, &before, patch), "/id", "immutable", id);
    }
    for patch in [r#"{"type": "airtable"}"#, r#"{"type": null}"#] {
        is_broken(change(&host, &before, patch), "/type", "immutable", kind);
    }
    let same = change(&host, &before, r#"{"id": 7.0, "type": "calendly", "name": "N"}"#).unwrap();
    assert_eq!((same.id, &*same.name), (7, "N"));
}

#[test]
fn null_removes_what_is_optional_and_nothing_else() {
    let host = FakeHost::new();
    let more = json!({"scopes": ["users:read"], "redirectUri": "https://a.example/cb"});
    let before = created(&host, more);
    let after = change(&host, &before, r#"{"scopes": null, "redirectUri": null}"#).unwrap();
    assert!(after.scopes.is_empty() && after.redirect_uri.is_none());
    let patch = r#"{"name": null, "clientId": null, "clientSecret": null}"#;
    let required = |pointer: &str, message: &str| {
        (pointer.to_owned(), "required".to_owned(), message.to_owned())
    };
    let expected = [
        required("/name", "Connection name is required"),
        required("/clientId", "Client ID is required"),
        required("/clientSecret", "Client secret is required and cannot be empty"),
    ];
    assert_eq!(broken(change(&host, &before, patch)), expected);
}

#[test]
fn a_change_is_refused_with_all_that_is_wrong() {
    let host = FakeHost::new();
    let before = created(&host, json!({}));
    let patch = r#"{"id": 8, "name": "", "color": "red"}"#;
    let places: Vec<_> =
        broken(change(&host, &before, patch)).into_iter().map(|(place, ..)| place).collect();
    assert_eq!(places, ["/id", "/name", "/color"]);
    is_broken(change(&host, &before, "[]"), "", "type", "The document must be an object");
    assert_eq!(broken(change(&host, &before, "{")).len(), 1);
}

#[test]
fn the_masked_document_never_shows_the_secret() {
    let host = FakeHost::new();
    let connection = created(&host, json!({"redirectUri": "http://localhost/cb"}));
    let masked = mask(&connection);
    let expected = json!({
        "type": "calendly",
        "id": 7,
        "name": "Team calendar",
        "clientId": "client-1",
        "clientSecret": "***",
        "redirectUri": "http://localhost/cb",
    });
    assert_eq!(masked, expected);
    assert!(!masked.to_string().contains(&connection.client_secret));
}

#[test]
fn a_redirect_uri_is_https_or_on_this_machine() {
    let good = [
        "https://app.example.com",
        "https://app.example.com:8443/oauth/callback?x=%20y",
        "https://192.0.2.1/cb",
        "https://xn--bcher-kva.example/",
        "http://localhost:8976/callback",
        "http://127.0.0.1/cb",
        "http://[::1]:80/cb",
    ];
    let bad = [
        "",
        "http://app.example.com/cb",
        "HTTPS://app.example.com/cb",
        "https://",
        "https://user@app.example.com/cb",
        "https://app.example.com/cb#part",
        "https://app.example.com:0/",
        "https://app.example.com:65536/",
        "https://app..example.com/",
        "https://256.0.0.1/",
        "https://app.example.com/a b",
        "https://app.example.com/%zz",
        "http://localhost.evil.example/cb",
        "http://127.0.0.1.evil.example/",
        "http://localhost:8976@evil.example/",
        "https://app.example.com\\@evil.example/",
        "javascript:alert(1)",
    ];
    for uri in good {
        assert!(is_redirect_uri(uri), "{uri}");
    }
    for uri in bad {
        assert!(!is_redirect_uri(uri), "{uri}");
    }
}

/// A connection with a personal access token.
fn with_token(host: &FakeHost) -> Connection {
    let document = json!({
        "type": "calendly", "id": 7, "name": "Team calendar", "personalAccessToken": "hush-token",
    });
    create(host, &document.to_string()).unwrap()
}

#[test]
fn a_personal_access_token_is_sealed_in_a_slot_of_its_own_and_masked() {
    let host = FakeHost::new();
    let connection = with_token(&host);
    assert_eq!((&*connection.client_id, &*connection.client_secret), ("", ""));
    assert_eq!(personal_access_token(&host, &connection).unwrap().expose(), "hush-token");
    let sealed = connection.personal_access_token.clone().unwrap();
    assert!(vault::open(&host, 7, Slot::ClientSecret, &sealed).is_err(), "it opens elsewhere");
    assert!(vault::open(&host, 8, Slot::PersonalAccessToken, &sealed).is_err());
    let expected = json!({
        "type": "calendly", "id": 7, "name": "Team calendar", "personalAccessToken": "***",
    });
    assert_eq!(mask(&connection), expected);
    assert!(!format!("{connection:?}").contains(HUSH));
    assert_eq!(client_secret(&host, &connection).unwrap_err().code, ErrorCode::Unsupported);
    let by_client = created(&host, json!({}));
    let none = personal_access_token(&host, &by_client).unwrap_err();
    assert_eq!(none.code, ErrorCode::Unsupported);
}

#[test]
fn a_token_stays_when_it_is_not_changed_or_is_masked() {
    let host = FakeHost::new();
    let before = with_token(&host);
    for patch in [r#"{"name": "New"}"#, r#"{"name": "New", "personalAccessToken": "***"}"#] {
        let after = change(&host, &before, patch).unwrap();
        assert_eq!(
            (&*after.name, &after.personal_access_token),
            ("New", &before.personal_access_token)
        );
    }
    let renewed = change(&host, &before, r#"{"personalAccessToken": "hush-2"}"#).unwrap();
    assert_eq!(personal_access_token(&host, &renewed).unwrap().expose(), "hush-2");
    // A mask stands for what is there, and for nothing else.
    let masked = change(&host, &before, r#"{"clientSecret": "***"}"#).unwrap();
    assert_eq!(masked, before);
    let patch = r#"{"redirectUri": "***"}"#;
    assert_eq!(broken(change(&host, &before, patch))[0].0, "/redirectUri");
}

#[test]
fn a_connection_goes_over_to_the_other_way_and_back() {
    let host = FakeHost::new();
    let by_client = created(&host, json!({"redirectUri": "https://a.example/cb"}));
    let patch = json!({
        "clientId": null, "clientSecret": null, "personalAccessToken": "hush-token",
    });
    let by_token = change(&host, &by_client, &patch.to_string()).unwrap();
    assert_eq!(by_token.redirect_uri, by_client.redirect_uri);
    assert_eq!((&*by_token.client_id, &*by_token.client_secret), ("", ""));
    let patch = json!({
        "clientId": "client-2", "clientSecret": "hush-3", "personalAccessToken": null,
    });
    let back = change(&host, &by_token, &patch.to_string()).unwrap();
    assert_eq!((back.id, &*back.client_id), (7, "client-2"));
    assert_eq!(
        (back.personal_access_token.clone(), back.redirect_uri.clone()),
        (None, by_client.redirect_uri)
    );
    assert_eq!(client_secret(&host, &back).unwrap().expose(), "hush-3");
    // Half of the way is no way.
    let patch = r#"{"clientId": "client-2", "personalAccessToken": null}"#;
    assert_eq!(broken(change(&host, &by_token, patch))[0].0, "/clientSecret");
    assert_eq!(broken(change(&host, &by_token, r#"{"clientId": "c"}"#))[0].1, "not");
    assert_eq!(broken(change(&host, &back, r#"{"personalAccessToken": "t"}"#)).len(), 2);
}

#[test]
fn signing_keys_are_sealed_masked_and_follow_each_other() {
    let host = FakeHost::new();
    let [first, second, third] = ["first-signing-key", "second-signing-key", "third-signing-key"];
    let opened = |connection: &Connection| {
        let keys = signing_keys(&host, connection).unwrap();
        keys.iter().map(|key| key.expose().to_owned()).collect::<Vec<_>>()
    };
    let patch = |changes: Value, current: &Connection| {
        change(&host, current, &changes.to_string()).unwrap()
    };
    let one = created(&host, json!({ "webhookSigningKey": first }));
    assert_eq!(opened(&one), [first]);
    assert_eq!(mask(&one)["webhookSigningKey"], "***");
    assert!(!format!("{one:?}").contains(first));
    // The key before goes on being taken.
    let two = patch(json!({ "webhookSigningKey": second }), &one);
    assert_eq!(opened(&two), [second, first]);
    assert_eq!(mask(&two)["previousWebhookSigningKey"], "***");
    assert_eq!(opened(&patch(json!({ "webhookSigningKey": third }), &two)), [third, second]);
    // A mask changes nothing, and other changes leave both alone.
    for same in [
        json!({ "webhookSigningKey": "***", "previousWebhookSigningKey": "***" }),
        json!({ "name": "New" }),
    ] {
        assert_eq!(opened(&patch(same, &two)), [second, first]);
    }
    assert_eq!(opened(&patch(json!({ "previousWebhookSigningKey": null }), &two)), [second]);
    let both = json!({ "webhookSigningKey": third, "previousWebhookSigningKey": null });
    assert_eq!(opened(&patch(both, &two)), [third]);
    for wrong in ["short", "with a space in it", "not-ascii-ééééééééé"] {
        let mut document = document();
        document["webhookSigningKey"] = wrong.into();
        let found = broken(create(&host, &document.to_string()));
        assert_eq!(found[0].0, "/webhookSigningKey", "{wrong}");
        assert!(!format!("{found:?}").contains(wrong));
    }
}
