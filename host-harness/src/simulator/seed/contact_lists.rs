//! The owner's contact lists and views, and the view that everybody has.

use crate::simulator::account::Account;
use crate::simulator::random::SplitMix64;
use crate::simulator::resources::contact_lists::{ContactList, Content};
use crate::simulator::timestamp::Timestamp;

const OWN_RANDOMNESS: u64 = 0x0000_6c69_7374_7321;

pub(super) fn add(account: &mut Account, seed: u64, now: Timestamp) {
    let mut random = SplitMix64::new(seed ^ OWN_RANDOMNESS);
    // Every ninth contact, every thirtieth, and so on, of the first few hundred.
    let every = |step: usize| {
        Content::Chosen(account.contacts.keys().take(300).step_by(step).cloned().collect())
    };
    let of_owner = [
        ("Germany", Content::Country("DE")),
        ("contacts-export.csv", Content::Imported),
        ("Newsletter", every(9)),
        ("Key accounts", every(30)),
        ("Événement 2026", every(47)),
        ("To call back", Content::Chosen([].into())),
    ];
    let mut lists = Vec::new();
    let mut add = |owner: &str, name: &str, content: Content, created_at: Timestamp| {
        lists.push(ContactList {
            id: random.uuid(),
            owner: owner.to_owned(),
            name: name.to_owned(),
            content,
            created_at,
            updated_at: created_at,
        });
    };
    for user in &account.users {
        add(&user.id, "All Contacts", Content::Everybody, user.created_at);
    }
    if let Some(owner) = account.users.first() {
        for ((name, content), days) in of_owner.into_iter().zip([300, 240, 190, 120, 60, 7]) {
            add(&owner.id, name, content, now.plus(-days * Timestamp::DAY + 141_421));
        }
    }
    account.contact_lists = lists;
}
