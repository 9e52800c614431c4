//! A plausible account, the same for the same seed.
//!
//! Ids and names depend on the seed alone; times are relative to the clock, so that half of the
//! scheduled events are always still to come.

mod activity_log;
mod availability;
mod contact_lists;
mod contacts;
mod event_types;
mod invitations;
mod meeting_recaps;
mod names;
mod no_shows;
mod notes;
mod outgoing_communications;
mod people;
mod routing_forms;
mod scheduled_events;
mod shares;
mod teams;
mod webhook_subscriptions;

use super::account::{Account, Table};
use super::options::AccountSize;
use super::plan::Plan;
use super::random::SplitMix64;
use super::timestamp::Timestamp;

/// Makes the account.
pub(crate) fn account(seed: u64, size: AccountSize, plan: Plan, now: Timestamp) -> Account {
    let random = SplitMix64::new(seed);
    let founded = now.midnight().plus(-400 * Timestamp::DAY + 354_390);
    let mut account = people::account(random, plan, founded);
    event_types::add(&mut account, size.event_types, founded);
    contacts::add(&mut account, size.contacts, now);
    scheduled_events::add(&mut account, size.scheduled_events, now);
    invitations::add(&mut account, seed, now);
    teams::add(&mut account, seed);
    // Free accounts were seen to have none, rather than to be refused.
    if plan > Plan::Basic {
        routing_forms::add(&mut account, seed, now);
    }
    contact_lists::add(&mut account, seed, now);
    notes::add(&mut account, seed, now);
    meeting_recaps::add(&mut account, seed, now);
    activity_log::add(&mut account, seed, now);
    outgoing_communications::add(&mut account, seed, now);
    webhook_subscriptions::add(&mut account, seed, now);
    availability::add(&mut account, seed, now);
    shares::add(&mut account, seed, now);
    no_shows::add(&mut account, seed, now);
    account
}

/// The resources by their ids.
fn table<T>(rows: Vec<T>, id: impl Fn(&T) -> &String) -> Table<T> {
    rows.into_iter().map(|row| (id(&row).clone(), row)).collect()
}
