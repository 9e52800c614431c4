//! Scheduled events: half of them in the past, some cancelled, one rescheduled.

use std::collections::HashMap;

use serde_json::json;

use super::table;
use crate::simulator::account::Account;
use crate::simulator::resources::event_types::EventType;
use crate::simulator::resources::invitees::{Invitee, QuestionAnswer};
use crate::simulator::resources::locations::scheduled;
use crate::simulator::resources::scheduled_events::{Cancellation, ScheduledEvent};
use crate::simulator::timestamp::Timestamp;

/// The hours at which events start: two a day in small accounts, so that they spread over weeks.
const FEW_HOURS: [i64; 2] = [9, 14];
const MANY_HOURS: [i64; 8] = [8, 9, 10, 11, 13, 14, 15, 16];

pub(super) fn add(account: &mut Account, count: usize, now: Timestamp) {
    let bookable: Vec<EventType> =
        account.event_types.values().filter(|event_type| event_type.active).cloned().collect();
    let mut people = People::of(account);
    if bookable.is_empty() || people.0.is_empty() {
        return;
    }
    let past = count / 2;
    let mut starts = start_times(now, past, -1);
    starts.sort_unstable();
    starts.extend(start_times(now, count - past, 1));
    let mut events: Vec<ScheduledEvent> = starts
        .into_iter()
        .enumerate()
        .map(|(index, start)| {
            let event_type = &bookable[index % bookable.len()];
            event(account, &mut people, event_type, index, start, now)
        })
        .collect();
    for event in events.iter_mut().skip(4).step_by(9) {
        call_off(account, event, now);
    }
    reschedule(&mut events, past, now);
    people.remember_meetings(account, &events, now);
    account.scheduled_events = table(events, |event: &ScheduledEvent| &event.id);
}

/// So many start times on the working days before (direction -1) or after (1) today, the nearest
/// first.
fn start_times(now: Timestamp, count: usize, direction: i64) -> Vec<Timestamp> {
    let hours: &[i64] = if count <= 200 { &FEW_HOURS } else { &MANY_HOURS };
    let mut starts = Vec::with_capacity(count);
    let mut day = now.midnight();
    while starts.len() < count {
        day = day.plus(direction * Timestamp::DAY);
        if !day.is_weekend() {
            starts.extend(hours.iter().map(|hour| day.plus_minutes(hour * 60)));
        }
    }
    starts.truncate(count);
    starts
}

fn event(
    account: &mut Account,
    people: &mut People,
    event_type: &EventType,
    index: usize,
    start: Timestamp,
    now: Timestamp,
) -> ScheduledEvent {
    let id = account.random.uuid();
    let host = event_type.hosts.get(index % event_type.hosts.len().max(1));
    let nowhere = json!({ "kind": "custom" });
    let location = scheduled(event_type.locations.first().unwrap_or(&nowhere), None, &id);
    // Booked some days before, but never in the future.
    let days = 2 + i64::try_from(account.random.below(20)).unwrap_or_default();
    let booked = start.plus(-days * Timestamp::DAY).min(now.plus(-Timestamp::DAY)).plus(692_300);
    let invitees = if event_type.group { 2 + index % 2 } else { 1 };
    let guest = account.random.chance(15).then(|| "assistant@home.example".to_owned());
    ScheduledEvent {
        name: event_type.name.clone(),
        event_type: event_type.id.clone(),
        hosts: host.cloned().into_iter().collect(),
        start,
        end: start.plus_minutes(event_type.duration),
        location,
        invitees: (0..invitees).map(|_| people.invitee(account, event_type, &id, booked)).collect(),
        limit: event_type.invitee_limit,
        guests: guest.into_iter().collect(),
        cancellation: None,
        created_at: booked,
        updated_at: booked,
        id,
    }
}

fn call_off(account: &Account, event: &mut ScheduledEvent, now: Timestamp) {
    let host = event.hosts.first().and_then(|host| account.user(host));
    event.call_off(&Cancellation {
        canceled_by: host.map(|user| user.name.clone()).unwrap_or_default(),
        reason: Some("Something came up".to_owned()),
        canceler_type: "host",
        created_at: event.start.plus(-Timestamp::DAY).min(now).max(event.created_at),
    });
}

/// Makes the first two fitting events still to come a pair: the invitee moved from one to the other.
fn reschedule(events: &mut [ScheduledEvent], past: usize, now: Timestamp) {
    let fitting: Vec<usize> = (past..events.len())
        .filter(|&index| {
            events.get(index).is_some_and(|event| event.limit == 1 && event.cancellation.is_none())
        })
        .collect();
    let [old_index, new_index, ..] = fitting[..] else {
        return;
    };
    let (before, after) = events.split_at_mut(new_index);
    let (Some(old), Some(new)) = (before.get_mut(old_index), after.first_mut()) else {
        return;
    };
    let (Some(was), Some(is)) = (old.invitees.first_mut(), new.invitees.first_mut()) else {
        return;
    };
    was.email.clone_into(&mut is.email);
    was.name.clone_into(&mut is.name);
    is.old_invitee = Some(was.uri());
    was.new_invitee = Some(is.uri());
    let cancellation = Cancellation {
        canceled_by: was.name.clone(),
        reason: Some("Another time suits better".to_owned()),
        canceler_type: "invitee",
        created_at: now.plus(-Timestamp::DAY + 1),
    };
    old.call_off(&cancellation);
}

/// The people who are invited: contacts where there are some.
struct People(Vec<(String, String, String)>);

impl People {
    fn of(account: &Account) -> Self {
        let contacts = account.contacts.values().take(2_000).map(|contact| {
            let email = contact.emails.first().cloned().unwrap_or_default();
            let timezone = contact.details.timezone.clone().unwrap_or_else(|| "UTC".to_owned());
            (contact.name.clone(), email, timezone)
        });
        let mut people: Vec<_> = contacts.collect();
        if people.is_empty() {
            let visitor = ("Example Invitee", "invitee@home.example", "UTC");
            people.push((visitor.0.to_owned(), visitor.1.to_owned(), visitor.2.to_owned()));
        }
        Self(people)
    }

    fn invitee(
        &mut self,
        account: &mut Account,
        event_type: &EventType,
        event: &str,
        booked: Timestamp,
    ) -> Invitee {
        let (name, email, timezone) = self.0[account.random.index(self.0.len())].clone();
        let answers =
            event_type.questions.iter().enumerate().map(|(position, question)| QuestionAnswer {
                question: question.name.to_owned(),
                answer: (*question.choices.first().unwrap_or(&"Agenda:\n1. Intro")).to_owned(),
                position: i64::try_from(position).unwrap_or_default(),
            });
        let mut tracking = [const { None }; 6];
        if account.random.chance(25) {
            tracking[1] = Some("newsletter".to_owned());
        }
        Invitee {
            id: account.random.uuid(),
            event: event.to_owned(),
            name,
            names: None,
            email,
            timezone,
            answers: answers.collect(),
            tracking,
            text_reminder_number: None,
            cancellation: None,
            old_invitee: None,
            new_invitee: None,
            no_show: None,
            routing_form_submission: None,
            scheduled_by: None,
            created_at: booked,
            updated_at: booked,
        }
    }

    /// Sets the meeting dates of the contacts who are invited.
    fn remember_meetings(&self, account: &mut Account, events: &[ScheduledEvent], now: Timestamp) {
        let mut meetings = HashMap::<&str, (Option<Timestamp>, Option<Timestamp>)>::new();
        for event in events.iter().filter(|event| event.cancellation.is_none()) {
            for invitee in &event.invitees {
                let (last, next) = meetings.entry(&invitee.email).or_default();
                if event.start <= now {
                    *last = (*last).max(Some(event.start));
                } else {
                    *next = Some(next.map_or(event.start, |known| known.min(event.start)));
                }
            }
        }
        for contact in account.contacts.values_mut() {
            let dates = contact.emails.first().and_then(|email| meetings.get(email.as_str()));
            if let Some((last, next)) = dates {
                (contact.last_meeting, contact.next_meeting) = (*last, *next);
            }
        }
    }
}
