//! What is remembered between two looks at a table.
//!
//! ```text
//! version (1 byte: 1)  what it is bound to (16)  check (8: the start of a hash of all the rest)
//! began  last  start  mark  newest (8 each)  position (4 for its length, JSON)
//! the records: see `known`
//! ```

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::known::{Bytes, Known};
use crate::catalog::Table;
use crate::json;

/// What is remembered between two looks. Moments are Unix milliseconds, zero for none.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct State {
    /// When the first scan began.
    pub(super) began: u64,
    /// When the last scan that came to its end began.
    pub(super) last: u64,
    /// When the scan began that has not come to its end.
    pub(super) start: u64,
    /// The newest `updated_at` that the last scan saw.
    pub(super) mark: u64,
    /// The newest one that this scan has seen.
    pub(super) newest: u64,
    /// Where this scan goes on; null when it has read everything.
    pub(super) position: Value,
    /// The records.
    pub(super) known: Known,
}

/// What a state is bound to.
pub(crate) type Binding = [u8; 16];

/// What a state of this request is bound to.
pub(crate) fn binding(request: &Value) -> Binding {
    let mut binding = Binding::default();
    for (byte, of) in binding.iter_mut().zip(Sha256::digest(json::write(request))) {
        *byte = of;
    }
    binding
}

impl State {
    /// Before the first look. Keys that are whole ids let deletions be told.
    pub(crate) fn new(whole: bool) -> Self {
        Self { known: Known { whole, ..Known::default() }, ..Self::default() }
    }

    /// Whether the scan has not come to its end.
    pub(crate) const fn is_under_way(&self) -> bool {
        self.start != 0
    }

    /// The bytes to keep.
    pub(crate) fn write(&self, binding: &Binding) -> Vec<u8> {
        let mut body = Vec::new();
        for number in [self.began, self.last, self.start, self.mark, self.newest] {
            body.extend_from_slice(&number.to_be_bytes());
        }
        let position = json::write(&self.position);
        let length = u32::try_from(position.len()).unwrap_or_default();
        body.extend_from_slice(&length.to_be_bytes());
        body.extend_from_slice(position.as_bytes());
        self.known.write(&mut body);
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(binding);
        bytes.extend_from_slice(&check(binding, &body));
        bytes.append(&mut body);
        bytes
    }

    /// What was kept of that table; none when it is anything else.
    pub(crate) fn read(
        bytes: &[u8],
        binding: &Binding,
        table: &Table,
        whole: bool,
    ) -> Option<Self> {
        let mut bytes = Bytes(bytes);
        if bytes.take(1)? != [VERSION] || bytes.take(binding.len())? != binding {
            return None;
        }
        if bytes.take(8)? != check(binding, bytes.0) {
            return None;
        }
        let mut numbers = [0; 5];
        for number in &mut numbers {
            *number = bytes.number(8)?;
        }
        let [began, last, start, mark, newest] = numbers;
        let position = serde_json::from_slice(bytes.counted(4)?).ok()?;
        let known = Known::read(whole, &mut bytes)?;
        let state = Self { began, last, start, mark, newest, position, known };
        (bytes.0.is_empty() && state.known.is_of(table)).then_some(state)
    }
}

/// Tells what was written from what was cut off, put together or made up.
pub(crate) fn check(binding: &Binding, body: &[u8]) -> [u8; 8] {
    let digest = Sha256::new().chain_update(binding).chain_update(body).finalize();
    let mut check = [0; 8];
    for (byte, of) in check.iter_mut().zip(digest) {
        *byte = of;
    }
    check
}

const VERSION: u8 = 1;
