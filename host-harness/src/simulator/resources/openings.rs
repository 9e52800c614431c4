//! When an event type can be booked.
//!
//! These times are among those that a booking is accepted at. Bookings are accepted at others too:
//! outside the hours of the hosts, and beside what is in their other calendars.

use std::collections::{BTreeMap, BTreeSet};

use super::availability_rules::on_day;
use super::event_types::EventType;
use super::meeting_limits::MeetingLimits;
use super::one_off_event_types::Dates;
use super::scheduled_events::ScheduledEvent;
use crate::simulator::account::Account;
use crate::simulator::timestamp::Timestamp;
use crate::simulator::zones;
use crate::timestamp::civil;

/// A time that can be booked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opening {
    pub(super) start: Timestamp,
    /// How many more people it has room for.
    pub(super) seats: usize,
}

/// Whether an event type can be booked at `start`.
pub(super) fn is_open(
    account: &Account,
    event_type: &EventType,
    start: Timestamp,
    now: Timestamp,
) -> bool {
    !openings(account, event_type, (start, start.plus(1)), now).is_empty()
}

/// The times in a window at which an event type can be booked, in order.
pub(super) fn openings(
    account: &Account,
    event_type: &EventType,
    window: (Timestamp, Timestamp),
    now: Timestamp,
) -> Vec<Opening> {
    let events: Vec<&ScheduledEvent> =
        account.scheduled_events.values().filter(|event| event.cancellation.is_none()).collect();
    let own: BTreeMap<Timestamp, &ScheduledEvent> = events
        .iter()
        .filter(|event| event.event_type == event_type.id)
        .map(|event| (event.start, *event))
        .collect();
    if event_type.one_off.is_some() && !own.is_empty() {
        return Vec::new();
    }
    let everybody = event_type.round_robin || event_type.collective();
    let hosts = if everybody {
        &event_type.hosts[..]
    } else {
        event_type.hosts.get(..1).unwrap_or_default()
    };
    let desks: Vec<Desk> =
        hosts.iter().map(|host| Desk::of(account, event_type, host, &events, window)).collect();

    let mut starts: BTreeSet<Timestamp> =
        desks.iter().flat_map(|desk| desk.starts(window)).collect();
    if event_type.group {
        starts.extend(own.keys());
    }
    let starts = starts.into_iter().filter(|start| {
        (window.0..window.1).contains(start)
            && *start > now
            && event_type.one_off.as_ref().is_none_or(|one_off| one_off.allows(*start, now))
    });
    let openings = starts.filter_map(|start| {
        let taking_place = own.get(&start).filter(|_| event_type.group);
        let seats = match taking_place {
            Some(event) => event.limit.saturating_sub(event.active_invitees()),
            None => {
                let free = |desk: &Desk| desk.is_free(start);
                let open = if event_type.collective() {
                    desks.iter().all(free)
                } else {
                    desks.iter().any(free)
                };
                if open { event_type.invitee_limit } else { 0 }
            }
        };
        (seats > 0).then_some(Opening { start, seats })
    });
    openings.collect()
}

/// A host, as far as one event type is concerned.
struct Desk<'a> {
    event_type: &'a EventType,
    /// When the host can be met.
    hours: Vec<(Timestamp, Timestamp)>,
    /// When the host is busy.
    busy: Vec<(Timestamp, Timestamp)>,
    quota: Quota,
}

impl<'a> Desk<'a> {
    fn of(
        account: &Account,
        event_type: &'a EventType,
        host: &str,
        events: &[&ScheduledEvent],
        (from, until): (Timestamp, Timestamp),
    ) -> Self {
        // Wide enough for what begins before the window and for buffers.
        let (early, late) = (from.plus(-2 * Timestamp::DAY), until.plus(2 * Timestamp::DAY));
        let schedule = account.availability.hours(&event_type.id, host);
        let timezone = schedule.map_or("UTC", |hours| hours.timezone);
        let spots = event_type.one_off.as_ref().and_then(|one_off| match &one_off.dates {
            Dates::Spots(spots) => Some(spots.clone()),
            _ => None,
        });
        let hours = spots.unwrap_or_else(|| {
            let days = early.day()..=late.day();
            let rules = schedule.map_or(&[][..], |hours| hours.rules);
            days.flat_map(|day| on_day(rules, timezone, day)).collect()
        });
        let scheduled = events
            .iter()
            .filter(|event| event.occupies(host, early, late))
            .map(|event| event.buffered(account));
        let others = account
            .availability
            .busy_times
            .iter()
            .filter(|busy| busy.user == host && busy.start < late && early < busy.end)
            .map(|busy| (busy.start, busy.end));
        let limits = MeetingLimits::of(account, host);
        Self {
            event_type,
            hours,
            busy: scheduled.chain(others).collect(),
            quota: Quota::of(limits, timezone, host, events),
        }
    }

    /// The times in a window at which a meeting may begin as far as the hours go.
    fn starts(&self, (from, until): (Timestamp, Timestamp)) -> impl Iterator<Item = Timestamp> {
        let duration = self.event_type.duration;
        let step = self.event_type.start_time_increment.max(1);
        self.hours.iter().flat_map(move |(opens, closes)| {
            // The hours of a one-off event type may have begun long before the window.
            let before = from.micros().saturating_sub(opens.micros()).max(0);
            let passed = before / (step * Timestamp::MINUTE);
            let steps = (passed..).map(move |index| opens.plus_minutes(index * step));
            steps.take_while(move |start| *start < until && start.plus_minutes(duration) <= *closes)
        })
    }

    fn is_free(&self, start: Timestamp) -> bool {
        let end = start.plus_minutes(self.event_type.duration);
        let early = start.plus_minutes(-self.event_type.before_buffer);
        let late = end.plus_minutes(self.event_type.after_buffer);
        self.hours.iter().any(|(opens, closes)| *opens <= start && end <= *closes)
            && !self.busy.iter().any(|(from, to)| *from < late && early < *to)
            && self.quota.has_room(start)
    }
}

/// How many meetings a host still wants on a day, in its week and its month.
struct Quota {
    limits: MeetingLimits,
    timezone: String,
    meetings: BTreeMap<Period, i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Period {
    Day(i64),
    /// By the Sunday it begins with.
    Week(i64),
    Month(i64, i64),
}

impl Quota {
    fn of(limits: MeetingLimits, timezone: &str, host: &str, events: &[&ScheduledEvent]) -> Self {
        let mut quota = Self { limits, timezone: timezone.to_owned(), meetings: BTreeMap::new() };
        if quota.limited(Timestamp::from_day(0)).iter().any(|(_, limit)| limit.is_some()) {
            let hosted = events.iter().filter(|event| event.hosts.iter().any(|one| one == host));
            for event in hosted {
                for (period, _) in quota.limited(event.start) {
                    *quota.meetings.entry(period).or_default() += 1;
                }
            }
        }
        quota
    }

    /// The periods a moment is in, with the limit of each.
    fn limited(&self, moment: Timestamp) -> [(Period, Option<i64>); 3] {
        let day = zones::day(&self.timezone, moment);
        let since_sunday = i64::try_from(zones::weekday(day)).unwrap_or_default();
        let (year, month, _) = civil(day);
        [
            (Period::Day(day), self.limits.daily),
            (Period::Week(day - since_sunday), self.limits.weekly),
            (Period::Month(year, month), self.limits.monthly),
        ]
    }

    fn has_room(&self, start: Timestamp) -> bool {
        self.limited(start).into_iter().all(|(period, limit)| {
            limit.is_none_or(|limit| self.meetings.get(&period).copied().unwrap_or(0) < limit)
        })
    }
}
