//! The connection schema.

use serde_json::Value;
use url::Url;

use super::{pointer, schema};
use crate::connection::{change, create, json_schema, mask, validate};
use crate::error::ErrorCode;
use crate::host::fake::FakeHost;
use crate::secret::MASK;

/// Any bytes as a configuration: it is accepted exactly when the published schema accepts it, and
/// then becomes a connection that a change of nothing leaves as it is; else every violation points
/// at a place of it.
pub fn validate_any_connection(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let broken = validate(text);
    let created = create(&FakeHost::new(), text);
    let Ok(document) = serde_json::from_str::<Value>(text) else {
        assert_eq!(broken.len(), 1, "{broken:?}");
        assert_eq!((&*broken[0].pointer, &*broken[0].rule), ("", "json"));
        return;
    };
    pointer::check_all(&broken, &document);
    let schema = json_schema();
    let accepted = schema::accepts(&schema, &schema, &document);
    match created {
        Ok(connection) => {
            assert!(broken.is_empty() && accepted, "created of {document}: {broken:?}");
            let unchanged = change(&FakeHost::new(), &connection, "{}").expect("no change");
            assert_eq!(unchanged, connection);
            check_masked(&mask(&connection), &document);
            check_redirect_uri(&document);
        }
        Err(error) => {
            assert_eq!(error.code, ErrorCode::InvalidConnection, "{error:?}");
            assert_eq!(error.violations, broken);
            assert!(!broken.is_empty(), "refused without a reason: {document}");
            let by_pattern = broken.iter().all(|violation| violation.rule == "pattern");
            assert!(!accepted || by_pattern, "{document}: {broken:?}");
        }
    }
}

/// What is shown is what was given, with masks in place of the secrets.
fn check_masked(masked: &Value, document: &Value) {
    for (name, value) in masked.as_object().expect("an object") {
        let given = &document[&**name];
        if matches!(&**name, "clientSecret" | "personalAccessToken") {
            assert_eq!(value, MASK, "{name} in {document}");
        } else {
            assert!(value == given || value.as_f64() == given.as_f64(), "{masked} of {document}");
        }
    }
}

/// As far as a full URL parser reads a redirect URI, it finds in it what the rule promises.
fn check_redirect_uri(document: &Value) {
    let Some(text) = document["redirectUri"].as_str() else { return };
    let Ok(url) = Url::parse(text) else { return };
    let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    assert!(url.scheme() == "https" || url.scheme() == "http" && local, "{text}");
    assert!(url.username().is_empty() && url.password().is_none(), "{text}");
    assert!(url.fragment().is_none(), "{text}");
}
