//! What the notetaker, and the owner of a recap, do in the app.

use super::meeting_recaps::{Attendee, MeetingRecap, RecapStatus, check_plan};
use super::webhook_notices as notices;
use crate::simulator::account::Account;
use crate::simulator::errors::ApiError;
use crate::simulator::paging::found;
use crate::simulator::timestamp::Timestamp;
use crate::simulator::uris::id_of;

/// Publishes the recap of a scheduled event that is over, for its first host: the one that is being
/// written, or a new one. Answers its URI.
pub(crate) fn publish(
    account: &mut Account,
    event: &str,
    summary: &str,
    now: Timestamp,
) -> Result<String, ApiError> {
    check_plan(account)?;
    let Some(event) = id_of(event, "scheduled_events") else {
        return Err(ApiError::invalid("event", "is invalid"));
    };
    let event = found(account.scheduled_events.get(event))?;
    if event.cancellation.is_some() {
        return Err(ApiError::invalid("event", "is canceled"));
    }
    if event.end > now {
        return Err(ApiError::invalid("event", "is not over"));
    }
    let host = found(event.hosts.first().and_then(|host| account.user(host)))?;
    let mut recaps = account.meeting_recaps.values();
    let known = recaps
        .find(|recap| recap.owner == host.id && recap.event.as_deref() == Some(event.id.as_str()));
    if known.is_some_and(|known| known.status == RecapStatus::Available) {
        return Err(ApiError::AlreadyExists);
    }

    let attendee = |is_host, name: &String, email: &String| Attendee {
        is_host,
        email: email.clone(),
        name: name.clone(),
    };
    let mut attendees = vec![attendee(true, &host.name, &host.email)];
    let came = event.invitees.iter().filter(|one| one.cancellation.is_none());
    attendees.extend(came.map(|invitee| attendee(false, &invitee.name, &invitee.email)));
    let mut recap = MeetingRecap {
        id: known.map(|known| known.id.clone()).unwrap_or_default(),
        owner: host.id.clone(),
        status: RecapStatus::Available,
        event: Some(event.id.clone()),
        name: Some(event.name.clone()),
        location: Some(event.location.clone()),
        times: Some((event.start, event.end)),
        attendees: Some(attendees),
        texts: [Some(summary.to_owned()), None, None],
        transcript: Some(format!("{}: {summary}", host.name)),
        is_shared: false,
        created_at: known.map_or(now, |known| known.created_at),
        updated_at: now,
    };
    if recap.id.is_empty() {
        recap.id = account.random.uuid();
    }
    let uri = recap.uri();
    account.meeting_recaps.insert(recap.id.clone(), recap.clone());
    notices::created_recap(account, &recap, now);
    Ok(uri)
}

/// Replaces the summary.
pub(crate) fn rewrite(
    account: &mut Account,
    recap: &str,
    summary: &str,
    now: Timestamp,
) -> Result<(), ApiError> {
    check_plan(account)?;
    let id = recap_id(recap)?;
    let recap = found(account.meeting_recaps.get_mut(id))?;
    recap.texts[0] = Some(summary.to_owned());
    recap.updated_at = now;
    let recap = recap.clone();
    notices::updated_recap(account, &recap, now);
    Ok(())
}

pub(crate) fn delete(account: &mut Account, recap: &str, now: Timestamp) -> Result<(), ApiError> {
    check_plan(account)?;
    let recap = found(account.meeting_recaps.remove(recap_id(recap)?))?;
    notices::deleted_recap(account, &recap, now);
    Ok(())
}

fn recap_id(uri: &str) -> Result<&str, ApiError> {
    id_of(uri, "meeting_recaps").ok_or_else(|| ApiError::invalid("recap", "is invalid"))
}
