//! What invitees do on the pages behind `cancel_url` and `reschedule_url`. The API has no call for
//! either.

use super::invitees::Invitee;
use super::no_shows::invitee_ids;
use super::openings;
use super::scheduled_events::{Cancellation, ScheduledEvent};
use super::seats::Seat;
use super::webhook_notices as notices;
use crate::simulator::account::Account;
use crate::simulator::errors::ApiError;
use crate::simulator::paging::found;
use crate::simulator::timestamp::Timestamp;

/// Cancels for one invitee. The event takes place for whoever is still coming.
pub(crate) fn cancel(
    account: &mut Account,
    invitee: &str,
    reason: Option<&str>,
    now: Timestamp,
) -> Result<(), ApiError> {
    let (event, invitee) = booking(account, invitee, now)?;
    let (event, id) = (event.id.clone(), invitee.id.clone());
    let cancellation = by_invitee(invitee, reason, now);
    let event = found(account.scheduled_events.get_mut(&event))?;
    event.withdraw(&id, &cancellation);
    let event = event.id.clone();
    notices::invitee(account, "invitee.canceled", (&event, &id), now);
    Ok(())
}

/// Moves one invitee to another time: cancels, and books again for a new invitee, who refers to the
/// old one. Answers the new one's URI.
///
/// Whether an event type that is switched off can still be rescheduled is not documented. It
/// cannot be booked, so here it cannot.
pub(crate) fn reschedule(
    account: &mut Account,
    invitee: &str,
    start: Timestamp,
    now: Timestamp,
) -> Result<String, ApiError> {
    let (event, invitee) = booking(account, invitee, now)?;
    let (event, old) = (event.clone(), invitee.clone());
    if start <= now {
        return Err(ApiError::invalid("start_time", "must be in the future"));
    }
    if start == event.start {
        return Err(ApiError::invalid("start_time", "is when the event takes place already"));
    }
    let event_type = found(account.event_type(&event.event_type))?.clone();
    if !event_type.active {
        return Err(ApiError::invalid("event_type", "is not active"));
    }

    // The old time is free then: a meeting can be moved by half its length.
    let mut left = event.clone();
    left.withdraw(&old.id, &by_invitee(&old, None, now));
    let guests = if left.cancellation.is_some() { left.guests.clone() } else { Vec::new() };
    account.scheduled_events.insert(left.id.clone(), left);
    let is_open =
        event_type.one_off.is_none() || openings::is_open(account, &event_type, start, now);
    let seat = if is_open {
        Seat::find(account, &event_type, start)
    } else {
        Err(ApiError::invalid("start_time", "is not available"))
    };
    let seat = match seat {
        Ok(seat) => seat,
        Err(error) => {
            account.scheduled_events.insert(event.id.clone(), event);
            return Err(error);
        }
    };

    let new_event = account.random.uuid();
    let mut location = event.location.clone();
    // The link of a conference is the event's own.
    let link = location["join_url"].as_str().map(|link| link.replace(&event.id, &new_event));
    if let Some(link) = link {
        location["join_url"] = link.into();
    }
    let new_event = seat.take(account, &event_type, start, (new_event, location), now);
    let new = Invitee {
        id: account.random.uuid(),
        event: new_event.clone(),
        old_invitee: Some(old.uri()),
        routing_form_submission: None,
        scheduled_by: None,
        created_at: now,
        updated_at: now,
        ..old.clone()
    };
    let (new_id, new_uri) = (new.id.clone(), new.uri());
    let joined = found(account.scheduled_events.get_mut(&new_event))?;
    joined.join(new, guests, now);
    let left = found(account.scheduled_events.get_mut(&event.id))?;
    for known in left.invitees.iter_mut().filter(|known| known.id == old.id) {
        known.new_invitee = Some(new_uri.clone());
    }
    notices::invitee(account, "invitee.canceled", (&event.id, &old.id), now);
    notices::invitee(account, "invitee.created", (&new_event, &new_id), now);
    Ok(new_uri)
}

/// The event and the invitee, if it is not too late to call it off.
fn booking<'a>(
    account: &'a Account,
    uri: &str,
    now: Timestamp,
) -> Result<(&'a ScheduledEvent, &'a Invitee), ApiError> {
    let Some((event, id)) = invitee_ids(uri) else {
        return Err(ApiError::invalid("invitee", "is invalid"));
    };
    let event = found(account.scheduled_events.get(event))?;
    let invitee = found(event.invitees.iter().find(|invitee| invitee.id == id))?;
    if invitee.cancellation.is_some() {
        return Err(ApiError::PermissionDenied("Event is already canceled"));
    }
    if event.start <= now {
        return Err(ApiError::PermissionDenied("Event in the past"));
    }
    Ok((event, invitee))
}

fn by_invitee(invitee: &Invitee, reason: Option<&str>, now: Timestamp) -> Cancellation {
    Cancellation {
        canceled_by: invitee.name.clone(),
        reason: reason.map(str::to_owned),
        canceler_type: "invitee",
        created_at: now,
    }
}
