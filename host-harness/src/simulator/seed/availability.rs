//! When people can be met: their schedules, their busy times and their limits.

use crate::simulator::account::Account;
use crate::simulator::random::SplitMix64;
use crate::simulator::resources::availability_rules::{Interval, On, Rule};
use crate::simulator::resources::availability_schedules::{
    AvailabilitySchedule, EventTypeHours, HoursSource,
};
use crate::simulator::resources::busy_times::{BusyTime, Cause};
use crate::simulator::resources::event_types::EventType;
use crate::simulator::resources::meeting_limits::MeetingLimits;
use crate::simulator::timestamp::Timestamp;
use crate::simulator::zones;

/// Keeps the random numbers apart from those of the other families.
const STREAM: u64 = 0x617661696c;

const MORNING: Interval = Interval { from: 9 * 60, to: 12 * 60 };
const AFTERNOON: Interval = Interval { from: 13 * 60, to: 17 * 60 };
const EVENING: Interval = Interval { from: 17 * 60 + 30, to: 20 * 60 };
const WORKING_DAYS: [usize; 5] = [1, 2, 3, 4, 5];

/// How many days ahead other calendars hold something.
const CALENDAR_DAYS: i64 = 28;

pub(super) fn add(account: &mut Account, seed: u64, now: Timestamp) {
    let random = &mut SplitMix64::new(seed ^ STREAM);
    let today = now.day();
    let users: Vec<_> = account.users.iter().map(|user| (user.id.clone(), user.timezone)).collect();
    for (index, (user, timezone)) in users.iter().enumerate() {
        let schedules = if index == 0 { owners(today) } else { colleagues(today) };
        for (position, (name, zone, rules)) in schedules.into_iter().enumerate() {
            account.availability.schedules.push(AvailabilitySchedule {
                id: random.uuid(),
                user: user.clone(),
                name: name.to_owned(),
                default: position == 0,
                timezone: zone.unwrap_or(timezone).to_owned(),
                rules,
            });
        }
        add_busy_times(account, random, user, now);
    }
    if let Some((owner, _)) = users.first() {
        account.availability.limits.push(MeetingLimits {
            user: owner.clone(),
            daily: Some(8),
            weekly: Some(30),
            monthly: None,
        });
    }
    add_event_type_hours(account, random);
}

type Draft = (&'static str, Option<&'static str>, Vec<Rule>);

fn owners(today: i64) -> Vec<Draft> {
    let day_off = Rule { on: On::Date(today + 9), intervals: Vec::new() };
    let short_day = Rule { on: On::Date(today + 16), intervals: vec![MORNING] };
    let mut working = week(&WORKING_DAYS, &[Interval { from: MORNING.from, to: AFTERNOON.to }]);
    working.extend([day_off, short_day]);
    vec![
        ("Working hours", None, working),
        ("Mornings", None, week(&[1, 2, 3, 4, 5, 6], &[MORNING])),
        ("Evenings overseas", Some("America/New_York"), week(&[2, 4], &[EVENING])),
    ]
}

fn colleagues(today: i64) -> Vec<Draft> {
    let mut working = week(&WORKING_DAYS, &[MORNING, AFTERNOON]);
    working.push(Rule { on: On::Date(today + 5), intervals: vec![EVENING] });
    vec![
        ("Working hours", None, working),
        ("Webinars", Some("Europe/London"), week(&[2, 4], &[Interval { from: 840, to: 1_080 }])),
    ]
}

/// A rule for each day of the week; on all but `days` nothing is possible.
fn week(days: &[usize], intervals: &[Interval]) -> Vec<Rule> {
    let rules = (0..7).map(|weekday| {
        let open = days.contains(&weekday);
        let intervals = if open { intervals.to_vec() } else { Vec::new() };
        Rule { on: On::Weekday(weekday), intervals }
    });
    rules.collect()
}

/// On most working days something in another calendar, and now and then a time held free.
fn add_busy_times(account: &mut Account, random: &mut SplitMix64, user: &str, now: Timestamp) {
    let days = (now.day()..=now.day() + CALENDAR_DAYS)
        .filter(|day| !matches!(zones::weekday(*day), 0 | 6));
    for (index, day) in days.enumerate() {
        let midnight = Timestamp::from_day(day);
        let mut add = |cause, from: i64, minutes: i64| {
            let start = midnight.plus_minutes(from);
            let end = start.plus_minutes(minutes);
            let busy = BusyTime { user: user.to_owned(), cause, start, end };
            account.availability.busy_times.push(busy);
        };
        if index == 0 || random.chance(70) {
            // At noon or late in the afternoon, when nothing is scheduled in a small account.
            let from = [12 * 60, 12 * 60 + 30, 15 * 60 + 30][random.index(3)];
            add(Cause::External, from, [30, 45, 60][random.index(3)]);
        }
        if index % 7 == 2 {
            add(Cause::Reserved, 11 * 60, 30);
        }
    }
}

/// One event type follows another schedule than the default, one has hours of its own, and the
/// colleague's webinars have a schedule for them.
fn add_event_type_hours(account: &mut Account, random: &mut SplitMix64) {
    let mut add = |event_type: &str, source: &dyn Fn(&Account, &str) -> Option<HoursSource>| {
        let known = account.event_types.values().find(|known| known.name == event_type);
        let Some((id, host)) =
            known.map(|known: &EventType| (known.id.clone(), known.owner().to_owned()))
        else {
            return;
        };
        if let Some(source) = source(account, &host) {
            let hours = EventTypeHours { event_type: id, user: host, source };
            account.availability.event_types.push(hours);
        }
    };
    add("discovery call", &|account, host| schedule(account, host, "Mornings"));
    add("Product Webinar", &|account, host| schedule(account, host, "Webinars"));
    let own = HoursSource::Own {
        id: random.uuid(),
        timezone: "Europe/Berlin".to_owned(),
        rules: week(&[1, 3, 5], &[MORNING, AFTERNOON]),
    };
    add("On-site Visit", &|_, _| Some(own.clone()));
}

fn schedule(account: &Account, user: &str, name: &str) -> Option<HoursSource> {
    let mut schedules = account.availability.schedules.iter();
    let found = schedules.find(|schedule| schedule.user == user && schedule.name == name);
    found.map(|schedule| HoursSource::Schedule(schedule.id.clone()))
}
