mod account;
mod authorize;
mod callback;
mod exchange;
mod personal_access_token;
mod race;
mod refresh;
mod revocation;
mod scopes;

use serde_json::{Value, json};
use url::Url;

use super::authorize::authorize;
use super::pending::Pending;
use super::*;
use crate::connection::Connection;
use crate::error::{Error, ErrorCode, Result};
use crate::host::Clock;
use crate::host::fake::{FakeHost, HUSH};
use crate::secret::Secret;

/// The one request of the token endpoint.
const TOKEN: &str = "POST https://auth.calendly.com/oauth/token";
/// The one request of the revocation endpoint.
const REVOKE: &str = "POST https://auth.calendly.com/oauth/revoke";

/// A successful answer of the token endpoint, as documented.
fn issued(access: &str, refresh: &str) -> Value {
    json!({
        "token_type": "Bearer",
        "access_token": access,
        "refresh_token": refresh,
        "scope": "users:read contacts:write",
        "created_at": 1_795_516_200,
        "expires_in": 7200,
        "owner": crate::host::fake::USER,
        "organization": crate::host::fake::ORGANIZATION,
    })
}

/// What an answer may have in the place of a token (RFC 6750 section 2.1 says what one is).
const BROKEN_TOKENS: [&str; 7] =
    ["", "hush-a\nb", "hush-a b", "hush-\u{e4}", "hush-\u{0}", "=hush", "hush=a"];

/// Begins an authorization as nobody says otherwise.
fn begin(host: &FakeHost, connection: &Connection) -> PendingAuthorization {
    authorize(host, connection, &nothing_special()).unwrap()
}

fn nothing_special() -> AuthorizeRequest {
    AuthorizeRequest {
        redirect_uri: None,
        scopes: Vec::new(),
        operations: Vec::new(),
        tables: Vec::new(),
    }
}

/// The code verifier of a pending authorization of the connection 1.
fn verifier(host: &FakeHost, begun: &PendingAuthorization) -> String {
    Pending::open(host, 1, &begun.pending).unwrap().verifier.expose().to_owned()
}

/// The connection's access, within a minute and a half.
fn access(host: &FakeHost, connection: &Connection) -> Result<grant::Access> {
    grant::access(host, connection, host.now() + 90_000)
}

/// The value of a query parameter.
fn parameter(url: &str, name: &str) -> String {
    let url = Url::parse(url).unwrap();
    url.query_pairs().find(|(of, _)| of == name).unwrap().1.into_owned()
}

/// The reason that an error's detail gives.
fn reason(error: &Error) -> Option<&str> {
    error.detail.as_ref()?["reason"].as_str()
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}
