//! What owners do on the page of an event type: the API has no call to delete one.

use super::webhook_notices as notices;
use crate::simulator::account::Account;
use crate::simulator::errors::ApiError;
use crate::simulator::paging::found;
use crate::simulator::timestamp::Timestamp;
use crate::simulator::uris::id_of;

/// Deletes an event type. It is not listed any more and cannot be booked, but it can still be read,
/// because events refer to it.
pub(crate) fn delete(
    account: &mut Account,
    event_type: &str,
    now: Timestamp,
) -> Result<(), ApiError> {
    let Some(id) = id_of(event_type, "event_types") else {
        return Err(ApiError::invalid("event_type", "is invalid"));
    };
    let standard = account.event_types.remove(id);
    let mut event_type = found(standard.or_else(|| account.one_off_event_types.remove(id)))?;
    event_type.active = false;
    event_type.deleted_at = Some(now);
    event_type.updated_at = now;
    account.deleted_event_types.insert(event_type.id.clone(), event_type.clone());
    notices::event_type(account, "event_type.deleted", &event_type, now);
    Ok(())
}
