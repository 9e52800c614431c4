//! Calendly over HTTP: authentication, refresh once on a 401, the request budget, retries, and
//! the meaning of failures.

pub(crate) mod failure;
pub(crate) mod rate;
pub(crate) mod retry;

use std::cell::RefCell;

use serde_json::Value;
use url::form_urlencoded;
use zeroize::Zeroizing;

use crate::connection::Connection;
use crate::error::{Error, ErrorCode, Result, Retry};
use crate::host::{Budget, Host, Method, Request, Response};
use crate::json::{self, object};
use crate::oauth::grant::{self, Access};
use crate::redact::redacted;
use crate::secret::Secret;
use retry::{Attempts, Failure, deadline_exceeded};

/// Where the API is.
pub const API_ORIGIN: &str = "https://api.calendly.com";
/// How long one exchange may take.
pub(crate) const HTTP_TIMEOUT_MS: u32 = 20_000;

/// A request to the API, before authentication.
#[derive(Clone, Debug)]
pub struct Call {
    method: Method,
    path: String,
    query: Vec<(&'static str, String)>,
    body: Option<Value>,
    budget: Budget,
    scopes: &'static [&'static str],
}

impl Call {
    /// Reads a resource or a collection.
    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::Get, path)
    }

    /// Creates something, or makes something happen.
    pub fn post(path: impl Into<String>, body: Value) -> Self {
        Self { body: Some(body), ..Self::new(Method::Post, path) }
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

    fn new(method: Method, path: impl Into<String>) -> Self {
        let path = path.into();
        Self { method, path, query: Vec::new(), body: None, budget: Budget::Api, scopes: &[] }
    }

    /// Whether sending it twice does no more than sending it once.
    const fn is_idempotent(&self) -> bool {
        !matches!(self.method, Method::Post)
    }

    /// Paths are made of constants and checked ids, so that nothing in them needs escaping.
    fn request(&self, access: &Access, timeout_ms: u32) -> Request {
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
        let authorization = Secret::new(format!("Bearer {}", access.token.expose()));
        let mut headers = vec![
            ("authorization", authorization),
            ("accept", Secret::new("application/json".to_owned())),
        ];
        let body = self.body.as_ref().map(|body| {
            headers.push(("content-type", Secret::new("application/json".to_owned())));
            Zeroizing::new(json::write(body).into_bytes())
        });
        let method = self.method;
        Request { method, url, headers, body, timeout_ms }
    }
}

/// The API as one connection sees it during one call of the contract.
pub struct Client<'a> {
    /// The host.
    pub host: &'a dyn Host,
    /// The connection.
    pub connection: &'a Connection,
    deadline: u64,
    access: RefCell<Option<Access>>,
}

impl<'a> Client<'a> {
    /// A client whose requests, pauses and retries end at `deadline` (Unix milliseconds); only a
    /// refresh under way is seen to its end.
    #[must_use]
    pub fn new(host: &'a dyn Host, connection: &'a Connection, deadline: u64) -> Self {
        Self { host, connection, deadline, access: RefCell::new(None) }
    }

    /// Milliseconds until the deadline.
    #[must_use]
    pub fn time_left(&self) -> u64 {
        self.deadline.saturating_sub(self.host.now())
    }

    /// The grant's owner and organization as far as the token endpoint told.
    ///
    /// # Errors
    /// When there is no usable grant.
    pub fn owner(&self) -> Result<(Option<String>, Option<String>)> {
        self.with_access(|access| (access.owner.clone(), access.organization.clone()))
    }

    /// The scopes granted.
    ///
    /// # Errors
    /// When there is no usable grant.
    pub fn granted_scopes(&self) -> Result<Vec<String>> {
        self.with_access(|access| access.scopes.clone())
    }

    /// Sends a call and returns the answer's JSON, null when it has no body.
    ///
    /// # Errors
    /// The failure, after as many tries as make sense. A write that is not idempotent and whose
    /// answer was lost ends in `outcome-unknown`: the caller finds out what became of it.
    pub fn send(&self, call: &Call) -> Result<Value> {
        let mut attempts = Attempts::new(self.host, self.deadline);
        let mut refreshed = false;
        loop {
            if call.budget == Budget::Booking {
                attempts.wait_for_budget(self.connection.id, Budget::Api)?;
            }
            let timeout_ms = attempts.wait_for_budget(self.connection.id, call.budget)?;
            if timeout_ms < TIME_FOR_A_WRITE_MS && !call.is_idempotent() {
                // Its answer would be lost for sure.
                return Err(deadline_exceeded());
            }
            let (request, token) = self
                .with_access(|access| (call.request(access, timeout_ms), access.token.clone()))?;
            let failure = match self.host.send(request) {
                Ok(response) => {
                    rate::observe(self.host, self.connection.id, call.budget, &response);
                    if response.status == 401 && !refreshed {
                        refreshed = true;
                        let access = grant::access_instead_of(
                            self.host,
                            self.connection,
                            &token,
                            self.deadline,
                        )?;
                        self.access.replace(Some(access));
                        continue;
                    }
                    if response.status == 404
                        && attempts.lost_an_answer()
                        && call.method == Method::Delete
                    {
                        return Ok(Value::Null);
                    }
                    match self.read(call, &response) {
                        Ok(value) => return Ok(value),
                        Err(error) => Failure::answered(error, &response),
                    }
                }
                Err(error) => Failure::transport(&error),
            };
            if failure.is_ambiguous() && !call.is_idempotent() {
                return Err(outcome_unknown(failure.into_error()));
            }
            attempts.pause_after(failure)?;
        }
    }

    /// Sends reads that do not depend on each other, concurrently as far as the budget allows,
    /// and returns their answers in order. One that fails is sent again by itself.
    ///
    /// # Errors
    /// The first failure that remains.
    pub fn send_all(&self, calls: &[Call]) -> Result<Vec<Value>> {
        let mut answers = Vec::with_capacity(calls.len());
        for batch in calls.chunks(BATCH) {
            let attempts = Attempts::new(self.host, self.deadline);
            let mut timeout_ms = HTTP_TIMEOUT_MS;
            for call in batch {
                timeout_ms = attempts.wait_for_budget(self.connection.id, call.budget)?;
            }
            let requests = self.with_access(|access| {
                batch.iter().map(|call| call.request(access, timeout_ms)).collect()
            })?;
            for (call, outcome) in batch.iter().zip(self.host.send_all(requests)) {
                let answer = outcome.ok().and_then(|response| {
                    rate::observe(self.host, self.connection.id, call.budget, &response);
                    self.read(call, &response).ok()
                });
                answers.push(match answer {
                    Some(value) => value,
                    None => self.send(call)?,
                });
            }
        }
        Ok(answers)
    }

    fn read(&self, call: &Call, response: &Response) -> Result<Value> {
        if (200..300).contains(&response.status) {
            if response.body.is_empty() {
                return Ok(Value::Null);
            }
            return serde_json::from_slice(&response.body).map_err(|_| {
                let message = "Calendly gave an answer that is not JSON.";
                Error::new(ErrorCode::UpstreamUnavailable, message, "Try again in a while.")
                    .with_retry(Retry::Backoff)
            });
        }
        Err(self.with_access(|access| {
            let response = redacted(response, &[access.token.expose()]);
            failure::refusal(&response, call.scopes, &access.scopes)
        })?)
    }

    fn with_access<T>(&self, read: impl FnOnce(&Access) -> T) -> Result<T> {
        let mut access = self.access.borrow_mut();
        if access.is_none() {
            *access = Some(grant::access(self.host, self.connection, self.deadline)?);
        }
        access.as_ref().map(read).ok_or_else(|| Error::internal("There is no access."))
    }
}

fn outcome_unknown(cause: Error) -> Error {
    let detail = object! { "cause": &*cause.message };
    let message = "Calendly's answer to a write was lost; whether it took place is not known.";
    cause
        .explained(ErrorCode::OutcomeUnknown, message, "Look at Calendly before trying again.")
        .with_detail(detail)
}

/// With less time left than this, a write that cannot be repeated is not begun.
const TIME_FOR_A_WRITE_MS: u32 = 5_000;
/// How many reads go out together: one second's budget.
const BATCH: usize = 5;

#[cfg(test)]
mod tests;
