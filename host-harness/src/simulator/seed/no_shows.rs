//! Invitees who did not appear.

use crate::simulator::account::Account;
use crate::simulator::random::SplitMix64;
use crate::simulator::resources::no_shows::NoShow;
use crate::simulator::timestamp::Timestamp;

/// Keeps the random numbers apart from those of the other families.
const STREAM: u64 = 0x6e6f73686f77;

/// Marks about every eighth invitee of the events that are over, at least one.
pub(super) fn add(account: &mut Account, seed: u64, now: Timestamp) {
    let random = &mut SplitMix64::new(seed ^ STREAM);
    let over = account
        .scheduled_events
        .values_mut()
        .filter(|event| event.cancellation.is_none() && event.end < now);
    let invitees = over.flat_map(|event| {
        let noticed = event.start.plus_minutes(15).plus(207_415);
        event.invitees.iter_mut().map(move |invitee| (invitee, noticed))
    });
    let present = invitees.filter(|(invitee, _)| invitee.cancellation.is_none());
    for (index, (invitee, noticed)) in present.enumerate() {
        if index == 0 || random.chance(12) {
            invitee.no_show = Some(NoShow { id: random.uuid(), created_at: noticed });
        }
    }
}
