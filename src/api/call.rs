//! A request to the API, before authentication.

use serde_json::Value;
use url::form_urlencoded;
use zeroize::Zeroizing;

use super::API_ORIGIN;
use crate::host::{Budget, Method, Request};
use crate::json::{self, object};
use crate::oauth::grant::Access;
use crate::secret::{MASK, Secret};

/// A request to the API, before authentication.
#[derive(Clone, Debug)]
pub struct Call {
    pub(super) method: Method,
    path: String,
    query: Vec<(&'static str, String)>,
    body: Option<Value>,
    pub(super) budget: Budget,
    pub(super) scopes: &'static [&'static str],
    repeatable: bool,
}

impl Call {
    /// Reads a resource or a collection.
    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::Get, path)
    }

    /// Creates something, or makes something happen.
    pub fn post(path: impl Into<String>, body: Value) -> Self {
        Self { body: Some(body), repeatable: false, ..Self::new(Method::Post, path) }
    }

    /// Changes a resource.
    pub fn patch(path: impl Into<String>, body: Value) -> Self {
        Self { body: Some(body), ..Self::new(Method::Patch, path) }
    }

    /// Removes a resource.
    pub fn delete(path: impl Into<String>) -> Self {
        Self::new(Method::Delete, path)
    }

    /// The same call with query parameters.
    #[must_use]
    pub fn with_query(self, query: Vec<(&'static str, String)>) -> Self {
        Self { query, ..self }
    }

    /// The same call out of another budget.
    #[must_use]
    pub fn out_of(self, budget: Budget) -> Self {
        Self { budget, ..self }
    }

    /// The same call, known to need these scopes.
    #[must_use]
    pub fn needing(self, scopes: &'static [&'static str]) -> Self {
        Self { scopes, ..self }
    }

    /// The same call, known to do no more when it is sent twice.
    #[must_use]
    pub fn repeatable(self) -> Self {
        Self { repeatable: true, ..self }
    }

    fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            query: Vec::new(),
            body: None,
            budget: Budget::Api,
            scopes: &[],
            repeatable: true,
        }
    }

    /// Whether sending it twice does no more than sending it once.
    pub(super) const fn is_idempotent(&self) -> bool {
        self.repeatable
    }

    /// The request as people may see it: without the token, and without the one secret that a body
    /// can have.
    #[must_use]
    pub fn shown(&self) -> Value {
        let method = match self.method {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        };
        let mut body = self.body.clone().unwrap_or_default();
        if let Some(secret) = body.get_mut("signing_key").filter(|secret| !secret.is_null()) {
            *secret = MASK.into();
        }
        object! { "method": method, "url": self.url(), "body": body }
    }

    /// What is sent; null for nothing.
    pub(crate) fn body(&self) -> &Value {
        self.body.as_ref().unwrap_or(&Value::Null)
    }

    pub(super) fn request(&self, access: &Access, timeout_ms: u32) -> Request {
        let authorization = Secret::new(format!("Bearer {}", access.token.expose()));
        let mut headers = vec![
            ("authorization", authorization),
            ("accept", Secret::new("application/json".to_owned())),
        ];
        let body = self.body.as_ref().map(|body| {
            headers.push(("content-type", Secret::new("application/json".to_owned())));
            Zeroizing::new(json::write(body).into_bytes())
        });
        Request { method: self.method, url: self.url(), headers, body, timeout_ms }
    }

    /// Paths are made of constants and checked ids, so that nothing in them needs escaping.
    pub(crate) fn url(&self) -> String {
        let mut url = format!("{API_ORIGIN}{}", self.path);
        if !self.query.is_empty() {
            url.push('?');
            let end = url.len();
            let mut query = form_urlencoded::Serializer::for_suffix(url, end);
            for (name, value) in &self.query {
                query.append_pair(name, value);
            }
            url = query.finish();
        }
        url
    }
}
