//! What the connector needs from its host, as traits.
//!
//! The component implements them over its imports (`component.rs`); tests implement them in
//! memory. The core takes a `&dyn Host`, so it compiles and runs natively as well.

use std::fmt;

use zeroize::Zeroizing;

use crate::secret::Secret;

pub use crate::contract::grant_store::{Grant, LeaseError, StoredGrant, SwapError};
pub use crate::contract::http::{Method, TransportError};
pub use crate::contract::log::Level;
pub use crate::contract::request_budget::{Budget, Observation};

#[cfg(any(test, fuzzing))]
#[cfg_attr(fuzzing, allow(dead_code, unused_imports, reason = "the tests alone use all of it"))]
pub(crate) mod fake;

/// HTTP, by way of the host.
pub trait Http {
    /// Sends one request.
    ///
    /// # Errors
    /// When there is no answer; an answer of any status is not an error.
    fn send(&self, request: Request) -> Result<Response, TransportError>;

    /// Sends independent requests concurrently; results in the order of the requests.
    fn send_all(&self, requests: Vec<Request>) -> Vec<Result<Response, TransportError>>;
}

/// Time.
pub trait Clock {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    fn now(&self) -> u64;

    /// Waits.
    fn sleep(&self, duration_ms: u32);
}

/// Randomness fit for keys and nonces.
pub trait Random {
    /// Fills the buffer; false when the host gave too few bytes.
    #[must_use]
    fn fill(&self, buffer: &mut [u8]) -> bool;
}

/// The host's encryption keys.
pub trait Keys {
    /// The key to seal with.
    fn active_key(&self) -> Option<EncryptionKey>;

    /// The key of that id.
    fn find_key(&self, id: &str) -> Option<EncryptionKey>;
}

/// The host's store of grants; see `wit/grant-store.wit` for its promises.
pub trait GrantStore {
    /// Reads the connection's grant.
    ///
    /// # Errors
    /// When the store fails.
    fn load_grant(&self, connection: u64) -> Result<Option<StoredGrant>, String>;

    /// Takes the connection's lease and returns its fencing number.
    ///
    /// # Errors
    /// When the lease stays busy, or the store fails.
    fn acquire_lease(&self, connection: u64, ttl_ms: u32, wait_ms: u32) -> Result<u64, LeaseError>;

    /// Gives the lease back.
    fn release_lease(&self, connection: u64, fence: u64);

    /// Replaces the grant if nobody else did and returns the new version. The outstanding tokens
    /// are kept with the same write.
    ///
    /// # Errors
    /// When somebody else did, the lease was lost, or the store fails.
    fn swap_grant(
        &self,
        connection: u64,
        fence: u64,
        expected: Option<u64>,
        grant: Option<&Grant>,
        outstanding: Option<&str>,
    ) -> Result<u64, SwapError>;
}

/// The host's memory of answered authorizations.
pub trait Authorizations {
    /// True the first time for that id.
    ///
    /// # Errors
    /// When the store fails.
    fn claim_authorization(&self, id: &str, expires_at: u64) -> Result<bool, String>;
}

/// The rate limits.
pub trait RequestBudget {
    /// Waits until one more request may be sent.
    ///
    /// # Errors
    /// The milliseconds after which there would have been room.
    fn acquire_budget(&self, connection: u64, budget: Budget, wait_ms: u32) -> Result<(), u32>;

    /// Tells what the service said.
    fn observe_budget(&self, connection: u64, budget: Budget, observation: Observation);
}

/// Log lines.
pub trait Log {
    /// Writes a line; no secret and no query value in it.
    fn log(&self, level: Level, message: &str, facts: &[(&str, &str)]);
}

/// All of the host.
pub trait Host:
    Http + Clock + Random + Keys + GrantStore + Authorizations + RequestBudget + Log
{
}

impl<T> Host for T where
    T: Http + Clock + Random + Keys + GrantStore + Authorizations + RequestBudget + Log
{
}

/// A request. Headers and body can hold secrets, so printing shows neither.
#[derive(Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The absolute URL.
    pub url: String,
    /// The header fields, names in lower case.
    pub headers: Vec<(&'static str, Secret)>,
    /// The body.
    pub body: Option<Zeroizing<Vec<u8>>>,
    /// How long the exchange may take.
    pub timeout_ms: u32,
}

impl fmt::Debug for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.url.split('?').next().unwrap_or_default();
        write!(formatter, "Request({:?} {path})", self.method)
    }
}

/// An answer. The body can hold secrets, so printing does not show it.
#[derive(Clone, Default)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The header fields, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Zeroizing<Vec<u8>>,
}

impl Response {
    /// The value of the first header field of that (lower-case) name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Response({}, {} bytes)", self.status, self.body.len())
    }
}

/// An encryption key; printing shows its id alone.
#[derive(Clone)]
pub struct EncryptionKey {
    /// The id that envelopes carry.
    pub id: String,
    /// The key, 32 bytes if the host is right.
    pub bytes: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for EncryptionKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "EncryptionKey({})", self.id)
    }
}
