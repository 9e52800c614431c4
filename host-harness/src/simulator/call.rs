//! Endpoints as data, and what their handlers are given.

use axum::http::{HeaderMap, header};
use axum::routing::MethodFilter;
use serde_json::{Map, Value};

use super::account::Account;
use super::answer::Outcome;
use super::errors::{ApiError, Violations};
use super::timestamp::Timestamp;
use super::uris;
use super::webhooks::SigningKey;

/// One operation of the API.
#[derive(Clone, Copy)]
pub(crate) struct Endpoint {
    pub(crate) method: MethodFilter,
    /// In axum's notation. The first identifier in a path is always called `uuid`.
    pub(crate) path: &'static str,
    pub(crate) scope: &'static str,
    /// The documented query keys. All others are ignored.
    pub(crate) query: &'static [&'static str],
    /// Whether it also counts as a booking, which has limits of its own.
    pub(crate) books: bool,
    pub(crate) run: fn(&Call, &mut Account) -> Outcome,
}

type Run = fn(&Call, &mut Account) -> Outcome;

impl Endpoint {
    const fn new(method: MethodFilter, path: &'static str, scope: &'static str, run: Run) -> Self {
        Self { method, path, scope, query: &[], books: false, run }
    }

    pub(crate) const fn get(path: &'static str, scope: &'static str, run: Run) -> Self {
        Self::new(MethodFilter::GET, path, scope, run)
    }

    pub(crate) const fn post(path: &'static str, scope: &'static str, run: Run) -> Self {
        Self::new(MethodFilter::POST, path, scope, run)
    }

    pub(crate) const fn patch(path: &'static str, scope: &'static str, run: Run) -> Self {
        Self::new(MethodFilter::PATCH, path, scope, run)
    }

    pub(crate) const fn delete(path: &'static str, scope: &'static str, run: Run) -> Self {
        Self::new(MethodFilter::DELETE, path, scope, run)
    }

    /// With these query keys.
    pub(crate) const fn query(mut self, keys: &'static [&'static str]) -> Self {
        self.query = keys;
        self
    }

    /// Counted as a booking too.
    pub(crate) const fn booking(mut self) -> Self {
        self.books = true;
        self
    }
}

/// A request that has passed authentication, rate limits and scope.
pub(crate) struct Call {
    /// The id of the user whose token it is.
    pub(crate) caller: String,
    /// The webhook signing key of the app whose token it is; a personal access token is of no app.
    pub(crate) app_signing_key: Option<SigningKey>,
    /// What the token is for.
    pub(crate) scopes: Vec<&'static str>,
    pub(crate) now: Timestamp,
    /// The path without the query.
    pub(crate) path: String,
    pub(crate) path_parameters: Vec<(String, String)>,
    /// The documented keys that were sent, in the order sent.
    pub(crate) query: Vec<(String, String)>,
    /// The other keys that were sent, for the few endpoints that refuse them.
    pub(crate) undocumented: Vec<String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// Binds page tokens to this simulator.
    pub(crate) seal: [u8; 32],
}

impl Call {
    /// The identifier in the path.
    pub(crate) fn id(&self) -> &str {
        self.path_parameter("uuid")
    }

    pub(crate) fn path_parameter(&self, name: &str) -> &str {
        let found = self.path_parameters.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    /// A query parameter; of repeated ones the last, an empty one as if it were absent.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().rev().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// Every value of a query parameter that may be repeated.
    pub(crate) fn parameters(&self, name: &str) -> Vec<&str> {
        let values = self.query.iter().filter(|(known, _)| known == name);
        values.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty()).collect()
    }

    /// The id in a query parameter that is a full URI of a `family` resource.
    pub(crate) fn reference(
        &self,
        name: &str,
        family: &str,
        violations: &mut Violations,
    ) -> Option<&str> {
        let value = self.parameter(name)?;
        let id = uris::id_of(value, family);
        if id.is_none() {
            violations.add(name, "is invalid");
        }
        id
    }

    /// The same, where it has to be sent; an empty id if it is not.
    pub(crate) fn required_reference(
        &self,
        name: &str,
        family: &str,
        violations: &mut Violations,
    ) -> &str {
        if self.parameter(name).is_none() {
            violations.add(name, "is missing");
        }
        self.reference(name, family, violations).unwrap_or_default()
    }

    /// A query parameter that is one of a few words.
    pub(crate) fn choice(
        &self,
        name: &str,
        choices: &[&str],
        violations: &mut Violations,
    ) -> Option<&str> {
        let value = self.parameter(name)?;
        if choices.contains(&value) {
            return Some(value);
        }
        violations.add(name, format!("must be one of: {}", choices.join(", ")));
        None
    }

    /// A query parameter that is a time in UTC.
    pub(crate) fn time(&self, name: &str, violations: &mut Violations) -> Option<Timestamp> {
        let value = self.parameter(name)?;
        let time = Timestamp::parse(value);
        if time.is_none() {
            violations.add(name, "must be a date-time in UTC");
        }
        time
    }

    /// The JSON object in the body.
    pub(crate) fn object(&self) -> Result<Map<String, Value>, ApiError> {
        let content_type = self.headers.get(header::CONTENT_TYPE);
        let is_json = content_type
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.trim_start().starts_with("application/json"));
        if !is_json {
            return Err(ApiError::invalid("body", "must be sent as application/json"));
        }
        match serde_json::from_slice(&self.body) {
            Ok(Value::Object(object)) => Ok(object),
            _ => Err(ApiError::invalid("body", "must be a JSON object")),
        }
    }

    /// The JSON object in the body, or an empty one where a body need not be sent.
    pub(crate) fn optional_object(&self) -> Result<Map<String, Value>, ApiError> {
        if self.body.is_empty() { Ok(Map::new()) } else { self.object() }
    }
}
