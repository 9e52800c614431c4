//! Recaps of the latest meetings, and of a few that were not booked here.

use serde_json::json;

use super::table;
use crate::simulator::account::Account;
use crate::simulator::random::SplitMix64;
use crate::simulator::resources::meeting_recaps::{Attendee, MeetingRecap, RecapStatus};
use crate::simulator::resources::scheduled_events::ScheduledEvent;
use crate::simulator::resources::users::User;
use crate::simulator::timestamp::Timestamp;

const OWN_RANDOMNESS: u64 = 0x0072_6563_6170_7321;
/// How many of everybody's meetings have one.
const MEETINGS: usize = 14;
/// How many days ago the others were.
const EXTERNAL: [i64; 3] = [3, 17, 64];

const TOPICS: [(&str, &str); 5] = [
    ("the rollout to the second team", "Send the rollout plan"),
    ("prices for the coming year", "Send a quote"),
    ("the migration of old data", "Share a sample export"),
    ("how support is reached", "Add both sides to the shared channel"),
    ("results of the trial", "Book a follow-up"),
];

pub(super) fn add(account: &mut Account, seed: u64, now: Timestamp) {
    let mut random = SplitMix64::new(seed ^ OWN_RANDOMNESS);
    let mut recaps = Vec::new();
    for user in &account.users {
        let mut meetings: Vec<&ScheduledEvent> = account.scheduled_events.values().collect();
        meetings.retain(|event| {
            event.cancellation.is_none() && event.end < now && event.hosts.contains(&user.id)
        });
        meetings.sort_by_key(|event| std::cmp::Reverse(event.start));
        for (index, event) in meetings.into_iter().take(MEETINGS).enumerate() {
            recaps.push(of_meeting(&mut random, user, event, index, now));
        }
    }
    let owner = account.users.first();
    for (index, days) in EXTERNAL.into_iter().enumerate() {
        let start = now.midnight().plus(-days * Timestamp::DAY).plus_minutes(11 * 60);
        recaps.extend(owner.map(|owner| external(&mut random, owner, index, start)));
    }
    account.meeting_recaps = table(recaps, |recap: &MeetingRecap| &recap.id);
}

fn of_meeting(
    random: &mut SplitMix64,
    user: &User,
    event: &ScheduledEvent,
    index: usize,
    now: Timestamp,
) -> MeetingRecap {
    let invitees = event.invitees.iter().map(|invitee| (&invitee.name, &invitee.email));
    let guests = invitees.map(|(name, email)| Attendee {
        is_host: false,
        email: email.clone(),
        name: name.clone(),
    });
    let attendees: Vec<_> = std::iter::once(host(user)).chain(guests).collect();
    // The latest is still being written, and one went wrong.
    let status = match index {
        0 => RecapStatus::Processing,
        4 => RecapStatus::Unavailable,
        _ => RecapStatus::Available,
    };
    let mut recap = MeetingRecap {
        id: random.uuid(),
        owner: user.id.clone(),
        status,
        event: Some(event.id.clone()),
        name: Some(event.name.clone()),
        location: Some(event.location.clone()),
        times: Some((event.start, event.end)),
        attendees: Some(attendees),
        texts: [const { None }; 3],
        transcript: None,
        is_shared: index % 3 == 1,
        created_at: event.end.plus(693_147),
        updated_at: event.end.plus_minutes(4).plus(98_612).min(now),
    };
    if status == RecapStatus::Available {
        write_down(random, &mut recap, user, index);
    }
    recap
}

fn external(random: &mut SplitMix64, owner: &User, index: usize, start: Timestamp) -> MeetingRecap {
    let end = start.plus_minutes(45);
    let mut recap = MeetingRecap {
        id: random.uuid(),
        owner: owner.id.clone(),
        status: RecapStatus::Available,
        event: None,
        name: Some("Supplier call".to_owned()),
        location: Some(json!({ "type": "custom", "location": "https://meet.example/suppliers" })),
        times: Some((start, end)),
        attendees: Some(vec![host(owner)]),
        texts: [const { None }; 3],
        transcript: None,
        is_shared: false,
        created_at: end.plus(414_213),
        updated_at: end.plus_minutes(6).plus(562_373),
    };
    // Of the last nothing is known but that it was.
    if index + 1 == EXTERNAL.len() {
        recap.status = RecapStatus::Unavailable;
        (recap.name, recap.location, recap.times, recap.attendees) = (None, None, None, None);
    } else {
        write_down(random, &mut recap, owner, index);
    }
    recap
}

fn host(user: &User) -> Attendee {
    Attendee { is_host: true, email: user.email.clone(), name: user.name.clone() }
}

/// Sets the texts. Some meetings had nothing to do afterwards, or nothing worth discussing.
fn write_down(random: &mut SplitMix64, recap: &mut MeetingRecap, user: &User, index: usize) {
    let (topic, task) = TOPICS[random.index(TOPICS.len())];
    let guest = recap.attendees.iter().flatten().find(|attendee| !attendee.is_host);
    let guest = guest.map_or("Guest", |guest| &guest.name).to_owned();
    recap.texts = [
        Some(format!("## Summary\n\n{} and {guest} talked about {topic}.", user.name)),
        (index % 4 != 2).then(|| format!("- [ ] {}: {task}", user.name)),
        (index % 5 != 3).then(|| format!("### Topics\n\n1. Where things stand\n2. About {topic}")),
    ];
    recap.transcript = Some(format!(
        "{host}: Thank you for your time, {guest}.\n{guest}: Gladly. I wanted to talk about \
         {topic}.\n{host}: Then let us begin with that.",
        host = user.name,
    ));
}
