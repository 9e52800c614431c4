//! What happened to the records of a table since the last look.

use crate::connection::Connection;
use crate::contract::triggers::Polled;
use crate::error::{Error, ErrorCode, Result};
use crate::host::Host;

/// Looks for what happened to a table's records since the last poll.
///
/// # Errors
/// `invalid-input` when the request or the state is not valid; what reading can end in.
pub fn poll(
    _host: &dyn Host,
    _connection: &Connection,
    _request: &str,
    _state: Option<&[u8]>,
    _deadline_ms: u32,
) -> Result<Polled> {
    Err(Error::new(ErrorCode::Unsupported, "Polling is not built yet.", "Wait for it."))
}
