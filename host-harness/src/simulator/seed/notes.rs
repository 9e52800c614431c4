//! The owner's notes about a few contacts.

use super::table;
use crate::simulator::account::Account;
use crate::simulator::random::SplitMix64;
use crate::simulator::resources::notes::Note;
use crate::simulator::timestamp::Timestamp;

const OWN_RANDOMNESS: u64 = 0x0000_006e_6f74_6573;
const COUNT: i64 = 24;
/// How many contacts there are notes about. The first has the most.
const CONTACTS: usize = 8;

const TITLES: [&str; 4] = ["Call summary", "Wants a quote", "Introduction", "Follow-up"];
const BODIES: [&str; 4] = [
    "Spoke about the rollout in spring. Budget is approved, the works council is not asked yet.",
    "Prefers e-mail.\nNever on Mondays.",
    "Décision d'ici fin du mois.",
    "Knows the team from the trade fair in Lisbon.",
];

pub(super) fn add(account: &mut Account, seed: u64, now: Timestamp) {
    let mut random = SplitMix64::new(seed ^ OWN_RANDOMNESS);
    let contacts: Vec<String> = account.contacts.keys().take(CONTACTS).cloned().collect();
    let (Some(owner), Some(first)) = (account.users.first(), contacts.first()) else {
        return;
    };
    let notes = (0..COUNT).map(|index| {
        // Every other note is about the first contact.
        let contact = if index % 2 == 0 { first } else { &contacts[random.index(contacts.len())] };
        let created_at = now.plus(-(3 * index + 1) * Timestamp::DAY + 161_803);
        // Some have been changed since, so that the order is not that of creation.
        let changed = if index % 5 == 3 { 8 * Timestamp::DAY } else { 0 };
        let title = random.pick(&TITLES).to_owned();
        let body = random.pick(&BODIES).to_owned();
        Note {
            id: random.uuid(),
            author: owner.id.clone(),
            contact: contact.clone(),
            title: (index % 4 != 1).then_some(title),
            body: (index % 4 != 2).then_some(body),
            // The first few are still to come.
            remind_at: (index % 3 == 0)
                .then(|| now.midnight().plus((9 - index) * Timestamp::DAY).plus_minutes(9 * 60)),
            created_at,
            updated_at: created_at.plus(changed),
        }
    });
    account.notes = table(notes.collect(), |note: &Note| &note.id);
}
