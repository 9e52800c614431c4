//! Calendly over HTTP: authentication, refresh once on a 401, the request budget, retries, and
//! the meaning of failures.

mod call;
pub(crate) mod failure;
pub(crate) mod rate;
pub(crate) mod retry;

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::Value;

pub use call::Call;

use crate::connection::Connection;
use crate::error::{Error, ErrorCode, Result, Retry};
use crate::host::{Budget, Host, Method, Response};
use crate::json::object;
use crate::oauth::grant::{self, Access};
use crate::redact::redacted;
use retry::{Attempts, Failure, deadline_exceeded};

/// Where the API is.
pub const API_ORIGIN: &str = "https://api.calendly.com";
/// How long one exchange may take.
pub(crate) const HTTP_TIMEOUT_MS: u32 = 20_000;

/// The API as one connection sees it during one call of the contract.
pub struct Client<'a> {
    /// The host.
    pub host: &'a dyn Host,
    /// The connection.
    pub connection: &'a Connection,
    deadline: u64,
    access: RefCell<Option<Access>>,
    /// Whether it is not to be replaced when Calendly refuses it.
    is_fixed: bool,
    known: RefCell<Vec<(String, Rc<Value>)>>,
}

impl<'a> Client<'a> {
    /// A client whose requests, pauses and retries end at `deadline` (Unix milliseconds); only a
    /// refresh under way is seen to its end.
    #[must_use]
    pub fn new(host: &'a dyn Host, connection: &'a Connection, deadline: u64) -> Self {
        Self {
            host,
            connection,
            deadline,
            access: RefCell::new(None),
            is_fixed: false,
            known: RefCell::default(),
        }
    }

    /// A client that has this access and takes no other, whatever is stored.
    pub(crate) fn trying(
        host: &'a dyn Host,
        connection: &'a Connection,
        deadline: u64,
        access: Access,
    ) -> Self {
        let access = RefCell::new(Some(access));
        Self { access, is_fixed: true, ..Self::new(host, connection, deadline) }
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
        let mut refreshed = self.is_fixed;
        loop {
            // Before the budget: a refresh takes its time, and those who wait for it together must
            // not be sent together.
            self.with_access(|_| ())?;
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

    /// Reads what stays as it is during one call of the contract: Calendly is asked once.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub fn read_once(&self, path: &str, scopes: &'static [&'static str]) -> Result<Rc<Value>> {
        let known = self.known.borrow().iter().find(|(of, _)| of == path).map(|(_, it)| it.clone());
        if let Some(answer) = known {
            return Ok(answer);
        }
        let answer = Rc::new(self.send(&Call::get(path).needing(scopes))?);
        self.known.borrow_mut().push((path.to_owned(), answer.clone()));
        Ok(answer)
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
            self.with_access(|_| ())?;
            for call in batch {
                timeout_ms = attempts.wait_for_budget(self.connection.id, call.budget)?;
            }
            let mut requests = Vec::with_capacity(batch.len());
            for call in batch {
                requests.push(self.with_access(|access| call.request(access, timeout_ms))?);
            }
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
