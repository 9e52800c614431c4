//! When there is room for a booking.

use serde_json::Value;

use super::event_types::EventType;
use super::scheduled_events::ScheduledEvent;
use crate::simulator::account::Account;
use crate::simulator::errors::ApiError;
use crate::simulator::timestamp::Timestamp;

/// Where there is room.
pub(super) enum Seat {
    /// In a group event that already takes place then.
    In(String),
    /// In an event of its own, with these hosts.
    New { hosts: Vec<String> },
}

impl Seat {
    /// Finds room at `start`. Only a time that the hosts already spend otherwise is refused; their
    /// working hours are not kept here.
    pub(super) fn find(
        account: &Account,
        event_type: &EventType,
        start: Timestamp,
    ) -> Result<Self, ApiError> {
        let end = start.plus_minutes(event_type.duration);
        let same = account.scheduled_events.values().find(|event| {
            event_type.group
                && event.event_type == event_type.id
                && event.start == start
                && event.cancellation.is_none()
        });
        if let Some(event) = same {
            if event.active_invitees() < event.limit {
                return Ok(Self::In(event.id.clone()));
            }
            return Err(ApiError::invalid("start_time", "is not available"));
        }
        let busy = |host: &str| {
            account.scheduled_events.values().any(|event| event.occupies(host, start, end))
        };
        // The host of a round robin is whoever of those free has the fewest events.
        let load = |host: &str| {
            account
                .scheduled_events
                .values()
                .filter(|event| event.hosts.iter().any(|known| known == host))
                .count()
        };
        if event_type.collective() {
            if event_type.hosts.iter().any(|host| busy(host)) {
                return Err(ApiError::invalid("start_time", "is not available"));
            }
            return Ok(Self::New { hosts: event_type.hosts.clone() });
        }
        let hosts = if event_type.round_robin {
            &event_type.hosts[..]
        } else {
            event_type.hosts.get(..1).unwrap_or_default()
        };
        let free = hosts.iter().filter(|host| !busy(host)).min_by_key(|host| load(host));
        match free {
            Some(host) => Ok(Self::New { hosts: vec![host.clone()] }),
            None => Err(ApiError::invalid("start_time", "is not available")),
        }
    }

    /// Answers the id of the event with the room. If there is none yet, it is made, with this id
    /// and at this location.
    pub(super) fn take(
        self,
        account: &mut Account,
        event_type: &EventType,
        start: Timestamp,
        (id, location): (String, Value),
        now: Timestamp,
    ) -> String {
        let hosts = match self {
            Self::In(id) => return id,
            Self::New { hosts } => hosts,
        };
        let event = ScheduledEvent {
            id: id.clone(),
            name: event_type.name.clone(),
            event_type: event_type.id.clone(),
            hosts,
            start,
            end: start.plus_minutes(event_type.duration),
            location,
            invitees: Vec::new(),
            limit: event_type.invitee_limit,
            guests: Vec::new(),
            cancellation: None,
            created_at: now,
            updated_at: now,
        };
        account.scheduled_events.insert(id.clone(), event);
        id
    }
}

/// The first full half hour, a day or more from now, at which a user has nothing scheduled.
pub(crate) fn free_start(account: &Account, user: &str, now: Timestamp, minutes: i64) -> Timestamp {
    let half_hour = 30 * Timestamp::MINUTE;
    let tomorrow = now.plus(Timestamp::DAY);
    let mut start = tomorrow.plus(half_hour - tomorrow.micros().rem_euclid(half_hour));
    while account
        .scheduled_events
        .values()
        .any(|event| event.occupies(user, start, start.plus_minutes(minutes)))
    {
        start = start.plus(half_hour);
    }
    start
}
