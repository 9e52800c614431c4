//! The connection schema: the brief's five properties, and three optional ones.
//!
//! One of these, a personal access token, takes the place of client id and secret.

use serde_json::Value;

use super::{PREVIOUS_SIGNING_KEY, SIGNING_KEY, TOKEN, is_redirect_uri};
use crate::error::{Violation, violation};
use crate::json::{object, texts};
use crate::oauth::scopes::ALL_NAMES;
use crate::secret::{MASK, is_bearer_token};
use crate::shape::{List, Object, Property, Shape, Text, TextRule};

/// The published JSON Schema (2020-12).
#[must_use]
pub fn json_schema() -> Value {
    let mut schema = CONNECTION.schema_document("Calendly connection");
    schema["required"] = texts(&["type", "id", "name"]);
    schema["if"] = object! { "required": texts(&[TOKEN]) };
    let nothing = || object! { "not": object! {} };
    schema["then"] = object! {
        "properties": object! { "clientId": nothing(), "clientSecret": nothing() },
    };
    schema["else"] = object! { "required": texts(&["clientId", "clientSecret"]) };
    schema
}

/// Everything that is wrong with a configuration.
pub(super) fn check(document: &Value) -> Vec<Violation> {
    let mut found = Vec::new();
    CONNECTION.check(document, "", &mut found);
    if document.get(TOKEN).is_some() {
        for (name, pointer, words) in INSTEAD {
            if document.get(name).is_some() {
                found.push(violation(pointer, "not", words));
            } else {
                found.retain(|broken| broken.pointer != pointer);
            }
        }
    }
    found
}

/// What a personal access token takes the place of: how it is called, and what is said when it is
/// there all the same.
const INSTEAD: [(&str, &str, &str); 2] = [
    (
        "clientId",
        "/clientId",
        "Client ID does not go with a personal access token: give one way to connect",
    ),
    (
        "clientSecret",
        "/clientSecret",
        "Client secret does not go with a personal access token: give one way to connect",
    ),
];

const CONNECTION: Object = Object {
    properties: &[
        Property::required(
            "type",
            Shape::Text(Text {
                constant: Some("calendly"),
                ..Text::ANY
            }),
            "The service; always calendly.",
        )
        .worded(&[
            ("const", "Type must be exactly 'calendly'"),
            ("required", "Type is required"),
        ]),
        Property::required(
            "id",
            Shape::Integer {
                minimum: 1,
                maximum: MAX_ID,
            },
            "The connection's identifier. Never changes.",
        )
        .worded(&[
            ("type", ID_WORDS),
            ("minimum", ID_WORDS),
            ("maximum", "ID must not exceed 9007199254740991"),
            ("required", "ID is required"),
        ]),
        Property::required(
            "name",
            Shape::Text(Text {
                min_length: 1,
                max_length: 100,
                rule: Some(TextRule {
                    pattern: VISIBLE_PATTERN,
                    holds: is_visible,
                    demand: "more than white space",
                }),
                ..Text::ANY
            }),
            "The label people see: 1 to 100 characters, not white space alone.",
        )
        .worded(&[
            ("minLength", EMPTY_NAME_WORDS),
            ("pattern", EMPTY_NAME_WORDS),
            (
                "maxLength",
                "Connection name must not exceed 100 characters",
            ),
            ("type", "Connection name must be a text"),
            ("required", "Connection name is required"),
        ]),
        Property::required(
            "clientId",
            Shape::Text(Text::FILLED),
            "The OAuth 2.0 client identifier, from Calendly's developer portal.",
        )
        .worded(&[
            ("minLength", "Client ID must be at least 1 character"),
            ("type", "Client ID must be a text"),
            ("required", "Client ID is required"),
        ]),
        Property::required(
            "clientSecret",
            Shape::Text(Text {
                min_length: 1,
                rule: Some(TextRule {
                    pattern: r"[^*]|^\*{1,2}$|\*{4}",
                    holds: |text| text != MASK,
                    demand: "the secret itself",
                }),
                ..Text::ANY
            }),
            "The OAuth 2.0 client secret. Kept sealed, shown as ***.",
        )
        .worded(&[
            ("pattern", "Client secret must be the secret itself, not its mask ***"),
            ("minLength", SECRET_WORDS),
            ("type", "Client secret must be a text"),
            ("required", SECRET_WORDS),
        ]),
        Property::optional(
            "scopes",
            Shape::List(List {
                items: &Shape::Text(Text {
                    choices: ALL_NAMES,
                    ..Text::ANY
                }),
                min_items: 0,
                max_items: ALL_NAMES.len(),
                unique: true,
            }),
            "The scopes to ask for, in the brief's or in Calendly's words; reading when left out.",
        ),
        Property::optional(
            "redirectUri",
            Shape::Text(Text {
                rule: Some(TextRule {
                    pattern: REDIRECT_URI_PATTERN,
                    holds: is_redirect_uri,
                    demand: "an HTTPS URL, or an HTTP URL on localhost, without user name, password or fragment",
                }),
                ..Text::ANY
            }),
            "Where Calendly sends the browser back to, exactly as registered with the OAuth app.",
        )
        .worded(&[(
            "pattern",
            "Redirect URI must be an HTTPS URL, or an HTTP URL on localhost, without user name, password or fragment",
        )]),
        Property::optional(
            TOKEN,
            Shape::Text(Text {
                min_length: 1,
                rule: Some(TextRule {
                    pattern: r"^[A-Za-z0-9._~+/-]+=*$",
                    holds: is_bearer_token,
                    demand: "a token",
                }),
                ..Text::ANY
            }),
            "A personal access token, made at Calendly, instead of client id and secret. Kept sealed, shown as ***.",
        )
        .worded(&[
            ("pattern", "Personal access token must be the token itself, as Calendly shows it"),
            ("minLength", "Personal access token cannot be empty"),
            ("type", "Personal access token must be a text"),
        ]),
        Property::optional(
            SIGNING_KEY,
            WEBHOOK_SIGNING_KEY,
            "The key that Calendly signs webhooks with: the OAuth app's own, or with a personal access token any text of 16 characters or more. Kept sealed, shown as ***.",
        )
        .worded(SIGNING_KEY_WORDS),
        Property::optional(
            PREVIOUS_SIGNING_KEY,
            WEBHOOK_SIGNING_KEY,
            "The signing key before that one, taken too until it is removed. Kept sealed, shown as ***.",
        )
        .worded(SIGNING_KEY_WORDS),
    ],
    open: false,
};

const WEBHOOK_SIGNING_KEY: Shape = Shape::Text(Text {
    min_length: 16,
    max_length: 256,
    rule: Some(TextRule {
        pattern: r"^[\x21-\x7e]+$",
        holds: is_printable,
        demand: "printable ASCII characters without spaces",
    }),
    ..Text::ANY
});

const SIGNING_KEY_WORDS: &[(&str, &str)] = &[
    ("pattern", "Webhook signing key must be the key itself: ASCII characters without spaces"),
    ("minLength", "Webhook signing key must be the key itself, at least 16 characters"),
    ("maxLength", "Webhook signing key must not exceed 256 characters"),
    ("type", "Webhook signing key must be a text"),
];

/// 2^53 - 1, the greatest integer that every JSON reader keeps exact.
const MAX_ID: i64 = 9_007_199_254_740_991;
/// The same as a float, which is exact too.
pub(super) const MAX_ID_FLOAT: f64 = 9_007_199_254_740_991.0;

const ID_WORDS: &str = "ID must be a positive integer";
const EMPTY_NAME_WORDS: &str = "Connection name must be at least 1 character";
const SECRET_WORDS: &str = "Client secret is required and cannot be empty";

/// A character that is not Unicode white space (nor the zero-width no-break space).
const VISIBLE_PATTERN: &str =
    r"[^\u0009-\u000D\u0020\u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000\uFEFF]";

fn is_printable(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn is_visible(text: &str) -> bool {
    text.chars().any(|character| !character.is_whitespace() && character != '\u{FEFF}')
}

/// What [`is_redirect_uri`] accepts, spelled out in the same order.
const REDIRECT_URI_PATTERN: &str = concat!(
    r"^(https://(([A-Za-z0-9_-]+\.)*[A-Za-z][A-Za-z0-9_-]*",
    r"|(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])",
    r"(\.(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])){3}|\[::1\])",
    r"|http://(localhost|127\.0\.0\.1|\[::1\]))",
    r"(:(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3}))?",
    r"(/([A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*)?",
    r"(\?([A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?$",
);
