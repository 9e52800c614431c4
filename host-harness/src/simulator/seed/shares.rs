//! Shares of one-on-one event types, and an event type for one meeting.

use serde_json::json;

use crate::simulator::account::Account;
use crate::simulator::random::SplitMix64;
use crate::simulator::resources::availability_rules::{Interval, On, Rule};
use crate::simulator::resources::event_type_input::slug;
use crate::simulator::resources::event_types::EventType;
use crate::simulator::resources::one_off_event_types::{Dates, OneOff};
use crate::simulator::resources::scheduling_links::private_link;
use crate::simulator::resources::shares::{Overrides, Share};
use crate::simulator::timestamp::Timestamp;

/// Keeps the random numbers apart from those of the other families.
const STREAM: u64 = 0x736861726573;

/// How many shares there are besides that of the one-off event type.
const COUNT: usize = 27;

/// How many are young enough that they can still be booked.
const RECENT: usize = 18;

pub(super) fn add(account: &mut Account, seed: u64, now: Timestamp) {
    let random = &mut SplitMix64::new(seed ^ STREAM);
    let shareable: Vec<EventType> = account
        .event_types
        .values()
        .filter(|event_type| event_type.active && !event_type.group)
        .filter(|event_type| event_type.hosts.len() == 1)
        .cloned()
        .collect();
    let contacts: Vec<_> = account
        .contacts
        .values()
        .map(|contact| (contact.id.clone(), contact.owner.clone()))
        .collect();
    if shareable.is_empty() {
        return;
    }
    for index in 0..COUNT {
        let event_type = &shareable[index % shareable.len()];
        let contact =
            if index % 2 == 0 { contacts.get(random.index(contacts.len())) } else { None };
        let contact = contact.filter(|(_, owner)| owner == event_type.owner());
        // The older ones have expired, unless somebody booked.
        let days = if index < RECENT { 1 + random.below(60) } else { 95 + random.below(200) };
        let minutes = days * 24 * 60 + random.below(24 * 60);
        let share = Share {
            id: random.uuid(),
            event_type: event_type.id.clone(),
            contact: contact.map(|(id, _)| id.clone()),
            link: private_link(random, &event_type.slug),
            booked: index % 5 == 1,
            overrides: overrides(index, now),
            created_at: now.plus_minutes(-i64::try_from(minutes).unwrap_or_default()),
        };
        account.shares.insert(share.id.clone(), share);
    }
    add_one_off(account, random, now);
}

/// A different setting each time, and sometimes none.
fn overrides(index: usize, now: Timestamp) -> Overrides {
    let date = |days: i64| Some(now.plus(days * Timestamp::DAY).date());
    let none = Overrides::default();
    match index % 7 {
        0 => Overrides { name: Some("Catch-up".to_owned()), duration: Some(25), ..none },
        1 => Overrides {
            period_type: Some("fixed".to_owned()),
            start_date: date(3),
            end_date: date(17),
            ..none
        },
        2 => Overrides {
            period_type: Some("moving".to_owned()),
            max_booking_time: Some(30),
            min_booking_time: Some(4),
            ..none
        },
        3 => Overrides {
            hide_location: Some(true),
            locations: Some(vec![json!({ "kind": "custom", "location": "The usual place" })]),
            ..none
        },
        4 => Overrides {
            period_type: Some("available_moving".to_owned()),
            max_booking_time: Some(14),
            duration: Some(45),
            duration_options: Some(vec![30, 45, 60]),
            ..none
        },
        5 => Overrides {
            availability: Some((
                "Europe/Lisbon".to_owned(),
                vec![Rule { on: On::Weekday(3), intervals: vec![Interval { from: 600, to: 960 }] }],
            )),
            ..none
        },
        _ => none,
    }
}

/// One of the owner's, with two times to choose from, and its share.
fn add_one_off(account: &mut Account, random: &mut SplitMix64, now: Timestamp) {
    let Some((owner, timezone)) =
        account.users.first().map(|user| (user.id.clone(), user.timezone.to_owned()))
    else {
        return;
    };
    let name = "Contract signing";
    let created_at = now.plus(-2 * Timestamp::DAY + 418_220);
    let spot = |days: i64, hour: i64| {
        let start = now.midnight().plus(days * Timestamp::DAY).plus_minutes(hour * 60);
        (start, start.plus_minutes(60))
    };
    let link = private_link(random, &slug(name));
    let event_type = EventType {
        id: random.uuid(),
        name: name.to_owned(),
        slug: slug(name),
        active: true,
        group: false,
        round_robin: false,
        hosts: vec![owner],
        duration: 30,
        duration_options: None,
        description: None,
        color: "#8247f5".to_owned(),
        locale: "en".to_owned(),
        locations: vec![json!({ "kind": "microsoft_teams_conference" })],
        questions: Vec::new(),
        invitee_limit: 1,
        position: 0,
        start_time_increment: 30,
        before_buffer: 0,
        after_buffer: 0,
        one_off: Some(OneOff {
            link: link.clone(),
            timezone,
            dates: Dates::Spots(vec![spot(6, 17), spot(8, 17)]),
        }),
        created_at,
        updated_at: created_at,
        deleted_at: None,
    };
    let share = Share {
        id: random.uuid(),
        event_type: event_type.id.clone(),
        contact: None,
        link,
        booked: false,
        overrides: Overrides::default(),
        created_at,
    };
    account.one_off_event_types.insert(event_type.id.clone(), event_type);
    account.shares.insert(share.id.clone(), share);
}
