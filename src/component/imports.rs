//! The host's traits over the contract's imports.

use zeroize::{Zeroize, Zeroizing};

use crate::contract::{
    authorizations, clock, grant_store, http, keys, log, random, request_budget,
};
use crate::host::{
    Authorizations, Budget, Clock, EncryptionKey, Grant, GrantStore, Http, Keys, LeaseError, Level,
    Log, Observation, Random, Request, RequestBudget, Response, StoredGrant, SwapError,
    TransportError,
};
use crate::secret::Secret;

/// The host behind the imports.
pub(super) struct Imports;

impl Http for Imports {
    fn send(&self, request: Request) -> Result<Response, TransportError> {
        let mut request = lower(request);
        let answer = http::send(&request);
        wipe(&mut request);
        answer.map(lift)
    }

    fn send_all(&self, requests: Vec<Request>) -> Vec<Result<Response, TransportError>> {
        let mut requests: Vec<_> = requests.into_iter().map(lower).collect();
        let answers = http::send_all(&requests);
        requests.iter_mut().for_each(wipe);
        answers.into_iter().map(|answer| answer.map(lift)).collect()
    }
}

impl Clock for Imports {
    fn now(&self) -> u64 {
        clock::now()
    }

    fn sleep(&self, duration_ms: u32) {
        clock::sleep(duration_ms);
    }
}

impl Random for Imports {
    fn fill(&self, buffer: &mut [u8]) -> bool {
        let length = u32::try_from(buffer.len()).unwrap_or(u32::MAX);
        let mut bytes = random::bytes(length);
        let enough = bytes.len() == buffer.len();
        if enough {
            buffer.copy_from_slice(&bytes);
        }
        bytes.zeroize();
        enough
    }
}

impl Keys for Imports {
    fn active_key(&self) -> Option<EncryptionKey> {
        keys::active().map(lift_key)
    }

    fn find_key(&self, id: &str) -> Option<EncryptionKey> {
        keys::find(id).map(lift_key)
    }
}

impl GrantStore for Imports {
    fn load_grant(&self, connection: u64) -> Result<Option<StoredGrant>, String> {
        grant_store::load(connection)
    }

    fn acquire_lease(&self, connection: u64, ttl_ms: u32, wait_ms: u32) -> Result<u64, LeaseError> {
        grant_store::acquire_lease(connection, ttl_ms, wait_ms)
    }

    fn release_lease(&self, connection: u64, fence: u64) {
        grant_store::release_lease(connection, fence);
    }

    fn swap_grant(
        &self,
        connection: u64,
        fence: u64,
        expected: Option<u64>,
        grant: Option<&Grant>,
        outstanding: Option<&str>,
    ) -> Result<u64, SwapError> {
        grant_store::compare_and_swap(connection, fence, expected, grant, outstanding)
    }
}

impl Authorizations for Imports {
    fn claim_authorization(&self, id: &str, expires_at: u64) -> Result<bool, String> {
        authorizations::claim(id, expires_at)
    }
}

impl RequestBudget for Imports {
    fn acquire_budget(&self, connection: u64, budget: Budget, wait_ms: u32) -> Result<(), u32> {
        request_budget::acquire(connection, budget, wait_ms)
    }

    fn observe_budget(&self, connection: u64, budget: Budget, observation: Observation) {
        request_budget::observe(connection, budget, observation);
    }
}

impl Log for Imports {
    fn log(&self, level: Level, message: &str, facts: &[(&str, &str)]) {
        let facts: Vec<_> = facts
            .iter()
            .map(|(name, value)| log::Fact { name: (*name).to_owned(), value: (*value).to_owned() })
            .collect();
        log::write(level, message, &facts);
    }
}

fn lower(request: Request) -> http::Request {
    let header = |(name, value): (&str, Secret)| http::Header {
        name: name.to_owned(),
        value: value.expose().to_owned(),
    };
    http::Request {
        method: request.method,
        url: request.url,
        headers: request.headers.into_iter().map(header).collect(),
        body: request.body.map(|body| body.to_vec()),
        timeout_ms: request.timeout_ms,
    }
}

/// The contract's request held copies of what may be secret.
fn wipe(request: &mut http::Request) {
    request.headers.iter_mut().for_each(|header| header.value.zeroize());
    request.body.zeroize();
}

fn lift(response: http::Response) -> Response {
    Response {
        status: response.status,
        headers: response.headers.into_iter().map(|header| (header.name, header.value)).collect(),
        body: Zeroizing::new(response.body),
    }
}

fn lift_key(key: keys::EncryptionKey) -> EncryptionKey {
    EncryptionKey { id: key.id, bytes: Zeroizing::new(key.bytes) }
}
