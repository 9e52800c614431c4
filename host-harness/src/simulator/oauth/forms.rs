//! Form bodies, and the answers of the OAuth endpoints.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use url::form_urlencoded;

use super::clients::{self, Client};
use crate::simulator::answer::json_response;

/// An error of RFC 6749, with the usual description.
#[derive(Clone, Debug)]
pub(super) struct OAuthError {
    status: u16,
    pub(super) code: &'static str,
    pub(super) description: String,
}

impl OAuthError {
    pub(super) fn new(status: u16, code: &'static str, description: &str) -> Self {
        Self { status, code, description: description.to_owned() }
    }

    pub(super) fn invalid_request(description: &str) -> Self {
        Self::new(400, "invalid_request", description)
    }

    pub(super) fn missing(parameter: &str) -> Self {
        Self::invalid_request(&format!("Missing required parameter: {parameter}."))
    }

    pub(super) fn invalid_grant() -> Self {
        Self::new(
            400,
            "invalid_grant",
            "The provided authorization grant is invalid, expired, revoked, does not match the \
             redirection URI used in the authorization request, or was issued to another client.",
        )
    }

    pub(super) fn invalid_client(status: u16) -> Self {
        Self::new(
            status,
            "invalid_client",
            "Client authentication failed due to unknown client, no client authentication \
             included, or unsupported authentication method.",
        )
    }

    pub(super) fn too_many_requests() -> Self {
        // Not documented; only the status and the headers are.
        Self::new(429, "too_many_requests", "The rate limit has been exceeded.")
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let body = json!({ "error": self.code, "error_description": self.description });
        let mut response = json_response(self.status, &body);
        if self.status == 401 {
            let challenge = HeaderValue::from_static("Basic realm=\"Calendly\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

/// The fields of a form.
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// Reads a body, which has to be a form in which nothing is sent twice.
    pub(super) fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, OAuthError> {
        let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let content_type = content_type.unwrap_or_default().split(';').next().unwrap_or_default();
        if content_type.trim() != "application/x-www-form-urlencoded" {
            return Err(OAuthError::invalid_request(
                "The body must be sent as application/x-www-form-urlencoded.",
            ));
        }
        let form = Self::parse(body);
        let mut names: Vec<&str> = form.0.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(OAuthError::invalid_request("A parameter is included more than once."));
        }
        Ok(form)
    }

    /// Reads a query, or a form with checkboxes of one name.
    pub(super) fn parse(text: &[u8]) -> Self {
        Self(form_urlencoded::parse(text).into_owned().collect())
    }

    /// A field that is not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).find(|value| !value.is_empty())
    }

    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn require(&self, name: &str) -> Result<&str, OAuthError> {
        self.get(name).ok_or_else(|| OAuthError::missing(name))
    }

    /// The client that authenticates, with HTTP Basic or in the form, but not with both.
    pub(super) fn client(&self, headers: &HeaderMap) -> Result<&'static Client, OAuthError> {
        let basic = basic_credentials(headers);
        let found = match (basic, self.get("client_secret")) {
            (Some(_), Some(_)) => {
                return Err(OAuthError::invalid_request(
                    "More than one method of client authentication is used.",
                ));
            }
            (Some((id, secret)), None) => clients::authenticate(&id, &secret)
                .filter(|client| self.get("client_id").is_none_or(|id| id == client.id)),
            (None, Some(secret)) => {
                clients::authenticate(self.get("client_id").unwrap_or_default(), secret)
            }
            (None, None) => None,
        };
        found.ok_or_else(|| OAuthError::invalid_client(401))
    }
}

fn basic_credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}
