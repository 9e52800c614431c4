//! Event types: six that differ, and as many plain ones as are asked for.

use serde_json::{Value, json};

use super::table;
use crate::simulator::account::Account;
use crate::simulator::resources::event_type_input::slug;
use crate::simulator::resources::event_types::{EventType, Question};
use crate::simulator::timestamp::Timestamp;

const COLORS: [&str; 6] = ["#8247f5", "#0069ff", "#17e885", "#ffa600", "#ff4f00", "#e55cff"];

const ANYTHING_ELSE: Question =
    Question { name: "Anything we should know?", kind: "text", required: false, choices: &[] };

const COMPANY_SIZE: Question = Question {
    name: "How many people work at your company?",
    kind: "single_select",
    required: true,
    choices: &["1-10", "11-50", "More than 50"],
};

pub(super) fn add(account: &mut Account, count: usize, founded: Timestamp) {
    let event_types = (0..count).map(|index| event_type(account, index, founded)).collect();
    account.event_types = table(event_types, |event_type: &EventType| &event_type.id);
}

fn event_type(account: &mut Account, index: usize, founded: Timestamp) -> EventType {
    let everybody: Vec<String> = account.users.iter().map(|user| user.id.clone()).collect();
    let nth = |user: usize| everybody.get(user).cloned().into_iter().collect::<Vec<_>>();
    let position = i64::try_from(index).unwrap_or(i64::MAX);
    let created_at = founded.plus(40 * Timestamp::DAY + position * 7 * Timestamp::MINUTE);
    let plain = EventType {
        id: account.random.uuid(),
        name: format!("Meeting {:04}", index + 1),
        slug: String::new(),
        active: true,
        group: false,
        round_robin: false,
        hosts: nth(index % 2),
        duration: 30,
        duration_options: None,
        description: None,
        color: COLORS[index % COLORS.len()].to_owned(),
        locale: "en".to_owned(),
        locations: vec![json!({ "kind": "google_conference" })],
        questions: vec![ANYTHING_ELSE],
        invitee_limit: 1,
        position,
        start_time_increment: 30,
        before_buffer: 0,
        after_buffer: 0,
        one_off: None,
        created_at,
        updated_at: created_at,
        deleted_at: None,
    };
    let mut event_type = match index {
        0 => EventType { name: "30 Minute Meeting".to_owned(), hosts: nth(0), ..plain },
        1 => EventType {
            name: "discovery call".to_owned(),
            hosts: nth(0),
            duration: 45,
            description: Some("Find out whether we are a good match.".to_owned()),
            questions: vec![COMPANY_SIZE, ANYTHING_ELSE],
            locations: Vec::new(),
            ..plain
        },
        2 => EventType {
            name: "Sales Round Robin".to_owned(),
            round_robin: true,
            hosts: everybody,
            ..plain
        },
        3 => EventType {
            name: "On-site Visit".to_owned(),
            hosts: nth(0),
            duration: 60,
            duration_options: Some(vec![60, 90]),
            locations: several_locations(),
            ..plain
        },
        4 => {
            EventType { name: "Onboarding (old)".to_owned(), active: false, hosts: nth(1), ..plain }
        }
        5 => EventType {
            name: "Product Webinar".to_owned(),
            group: true,
            hosts: nth(1),
            duration: 60,
            invitee_limit: 25,
            locations: vec![json!({ "kind": "zoom_conference" })],
            ..plain
        },
        _ => plain,
    };
    event_type.slug = slug(&event_type.name);
    event_type
}

fn several_locations() -> Vec<Value> {
    vec![
        json!({
            "kind": "physical",
            "location": "Hafenstrasse 12, 20457 Hamburg",
            "additional_info": "Ring at the second door.",
        }),
        json!({ "kind": "zoom_conference" }),
        json!({ "kind": "outbound_call" }),
    ]
}
