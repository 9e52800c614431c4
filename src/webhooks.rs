//! What Calendly tells by itself.

use crate::connection::Connection;
use crate::contract::triggers::{Delivery, Event};
use crate::error::{Error, ErrorCode, Result};
use crate::host::Host;

/// Verifies a webhook request and says what it means.
///
/// # Errors
/// `signature-invalid`.
pub fn receive(
    _host: &dyn Host,
    _connection: &Connection,
    _headers: &[(String, String)],
    _body: &[u8],
    _tolerance_ms: u32,
) -> Result<Delivery> {
    Err(Error::new(ErrorCode::Unsupported, "Webhooks are not built yet.", "Wait for it."))
}

/// Reads what Calendly left out of an event.
///
/// # Errors
/// What reading can end in.
pub fn complete(
    _host: &dyn Host,
    _connection: &Connection,
    event: Event,
    _deadline_ms: u32,
) -> Result<Event> {
    Ok(event)
}
