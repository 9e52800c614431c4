//! A plausible account, the same for the same seed.
//!
//! Ids and names depend on the seed alone; times are relative to the clock, so that half of the
//! scheduled events are always still to come.

mod contacts;
mod event_types;
mod names;
mod people;
mod scheduled_events;

use super::account::{Account, Table};
use super::options::AccountSize;
use super::random::SplitMix64;
use super::timestamp::Timestamp;

/// Makes the account.
pub(crate) fn account(seed: u64, size: AccountSize, now: Timestamp) -> Account {
    let random = SplitMix64::new(seed);
    let founded = now.midnight().plus(-400 * Timestamp::DAY + 354_390);
    let mut account = people::account(random, founded);
    event_types::add(&mut account, size.event_types, founded);
    contacts::add(&mut account, size.contacts, now);
    scheduled_events::add(&mut account, size.scheduled_events, now);
    account
}

/// The resources by their ids.
fn table<T>(rows: Vec<T>, id: impl Fn(&T) -> &String) -> Table<T> {
    rows.into_iter().map(|row| (id(&row).clone(), row)).collect()
}
