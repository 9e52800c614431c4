//! Contacts and their custom fields.

use serde_json::{Value, json};

use super::names::{CITIES, COMPANIES, FIRST, JOBS, LAST, TAGS};
use super::table;
use crate::simulator::account::Account;
use crate::simulator::random::SplitMix64;
use crate::simulator::resources::contacts::{Contact, Details};
use crate::simulator::resources::custom_fields::{CustomField, FieldKind, SelectOption};
use crate::simulator::timestamp::Timestamp;

/// Coprime to the number of pairs of names, so that stepping by it meets every pair once.
const STRIDE: usize = 7_919;

pub(super) fn add(account: &mut Account, count: usize, now: Timestamp) {
    account.custom_fields = custom_fields(&mut account.random, account.organization.created_at);
    let owner = account.users.first().map(|user| user.id.clone()).unwrap_or_default();
    let fields = &account.custom_fields;
    let random = &mut account.random;
    let first_pair = random.index(FIRST.len() * LAST.len());
    let contacts =
        (0..count).map(|index| contact(random, fields, &owner, first_pair, index, now)).collect();
    account.contacts = table(contacts, |contact: &Contact| &contact.id);
}

fn custom_fields(random: &mut SplitMix64, created_at: Timestamp) -> Vec<CustomField> {
    let statuses = [("Active", "#17e885"), ("Lead", "#0069ff"), ("Former", "#a6bbd1")];
    let options = statuses
        .into_iter()
        .map(|(label, color)| SelectOption {
            id: random.uuid(),
            label: label.to_owned(),
            color: Some(color),
        })
        .collect();
    let fields = [
        ("Status", FieldKind::SingleSelect(options)),
        ("Notes", FieldKind::Text),
        ("Seats", FieldKind::Number),
        ("Renewal date", FieldKind::Date),
        ("Interests", FieldKind::Tags),
        ("Deal value", FieldKind::Currency("USD".to_owned())),
    ];
    fields
        .into_iter()
        .map(|(label, kind)| CustomField {
            id: random.uuid(),
            label: label.to_owned(),
            kind,
            created_at,
        })
        .collect()
}

fn contact(
    random: &mut SplitMix64,
    fields: &[CustomField],
    owner: &str,
    first_pair: usize,
    index: usize,
    now: Timestamp,
) -> Contact {
    let pairs = FIRST.len() * LAST.len();
    let pair = (first_pair + index * STRIDE) % pairs;
    let ((first, plain_first), (last, plain_last)) =
        (FIRST[pair % FIRST.len()], LAST[pair / FIRST.len()]);
    let (company, domain) = COMPANIES[random.index(COMPANIES.len())];
    let (city, country, state, timezone) = CITIES[random.index(CITIES.len())];
    // Once every pair of names is used up, a number keeps the addresses apart.
    let round = index / pairs;
    let number = if round == 0 { String::new() } else { round.to_string() };
    let mut emails = vec![format!("{plain_first}.{plain_last}{number}@{domain}")];
    if random.chance(10) {
        emails.push(format!("{plain_first}.{plain_last}{number}@home.example"));
    }
    let minutes_ago = i64::try_from(random.below(380 * 24 * 60)).unwrap_or_default();
    let created_at = now.plus_minutes(-minutes_ago - 1);
    let changed = i64::try_from(random.below(minutes_ago.unsigned_abs() + 1)).unwrap_or_default();
    Contact {
        id: random.uuid(),
        owner: owner.to_owned(),
        name: format!("{first} {last}"),
        emails,
        phone_numbers: phone_numbers(random),
        details: Details {
            timezone: Some(timezone.to_owned()),
            job_title: Some(JOBS[random.index(JOBS.len())].to_owned()),
            company: Some(company.to_owned()),
            country: Some(country.to_owned()),
            state: state.map(str::to_owned),
            city: Some(city.to_owned()),
            linkedin: random
                .chance(40)
                .then(|| format!("https://linkedin.example/in/{plain_first}-{plain_last}{number}")),
        },
        custom_values: fields.iter().map(|field| value(random, field, now)).collect(),
        last_meeting: None,
        next_meeting: None,
        created_at,
        updated_at: created_at.plus_minutes(changed),
    }
}

fn phone_numbers(random: &mut SplitMix64) -> Vec<String> {
    // 555-01xx is reserved for fiction.
    let number = format!("+1 20255501{:02}", random.below(100));
    if random.chance(60) { vec![number] } else { Vec::new() }
}

fn value(random: &mut SplitMix64, field: &CustomField, now: Timestamp) -> Option<Value> {
    if random.chance(30) {
        return None;
    }
    Some(match &field.kind {
        FieldKind::SingleSelect(options) => {
            let option = options.get(random.index(options.len()))?;
            json!(option.id)
        }
        FieldKind::Text => {
            json!(random.pick(&["Prefers e-mail", "Met at the trade fair", "Call first"]))
        }
        FieldKind::Number => json!(1 + random.below(200)),
        FieldKind::Date => {
            let days = i64::try_from(random.below(365)).unwrap_or_default();
            json!(now.plus(days * Timestamp::DAY).date())
        }
        FieldKind::Tags => json!([TAGS[random.index(3)], TAGS[3 + random.index(3)]]),
        FieldKind::Currency(_) => json!(500 * (1 + random.below(170))),
    })
}
