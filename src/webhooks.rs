//! What Calendly tells by itself: verified, and put into the words of the contract.

mod bookings;
mod delivery;
mod kinds;
mod signature;
mod triggers;

pub(crate) use bookings::event_of;
pub(crate) use kinds::event;
pub use kinds::{Change, KINDS, Kind};
pub use triggers::{kinds_of, triggers};

use crate::api::Client;
use crate::connection::{self, Connection};
use crate::contract::triggers::{Delivery, Event};
use crate::error::Result;
use crate::host::Host;

/// Verifies a webhook request and says what it means. Sends nothing.
///
/// The signature is over the body byte by byte (Calendly, "Webhook signatures"). It may be
/// `tolerance_ms` old.
///
/// # Errors
/// `signature-invalid` when the connection has no signing key, or when the request is not signed
/// with one, or not now; its `detail.reason` says which. `invalid-input` when what is signed is not
/// a delivery. `vault` when a key does not open.
pub fn receive(
    host: &dyn Host,
    connection: &Connection,
    headers: &[(String, String)],
    body: &[u8],
    tolerance_ms: u32,
) -> Result<Delivery> {
    let keys = connection::signing_keys(host, connection)?;
    signature::check(&keys, headers, body, host.now(), tolerance_ms)?;
    delivery::read(body)
}

/// Reads what Calendly left out of an event: how a moved booking looks now, where a chain of moves
/// began, a contact's own fields. An event that lacks nothing comes back as it is.
///
/// # Errors
/// What any read can end in; what is gone meanwhile is no error.
pub fn complete(
    host: &dyn Host,
    connection: &Connection,
    mut event: Event,
    deadline_ms: u32,
) -> Result<Event> {
    if event.incomplete {
        let client = Client::new(host, connection, host.now() + u64::from(deadline_ms));
        if event.table_id.as_deref() == Some("contacts") {
            delivery::complete_contact(&client, &mut event)?;
        } else {
            bookings::complete(&client, &mut event)?;
        }
        event.incomplete = false;
    }
    Ok(event)
}

#[cfg(test)]
mod tests;
