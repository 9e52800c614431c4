//! Invitations besides the one that is in the group, and a membership of another organization.

use super::names::FIRST;
use crate::simulator::account::Account;
use crate::simulator::random::SplitMix64;
use crate::simulator::resources::invitations::{Invitation, Status};
use crate::simulator::timestamp::Timestamp;

const OWN_RANDOMNESS: u64 = 0x0069_6e76_6974_6573;
/// How many days ago people were asked who have not answered.
const PENDING: [i64; 6] = [2, 5, 9, 16, 27, 41];
/// How many days ago people were asked who do not want to.
const DECLINED: [i64; 3] = [88, 150, 260];

pub(super) fn add(account: &mut Account, seed: u64, now: Timestamp) {
    let mut random = SplitMix64::new(seed ^ OWN_RANDOMNESS);
    account.memberships_elsewhere = vec![random.uuid()];

    let mut invitations = accepted(account, &mut random);
    let first = random.index(FIRST.len());
    let days = PENDING.iter().chain(&DECLINED);
    for (index, days) in days.enumerate() {
        let (_, name) = FIRST[(first + index) % FIRST.len()];
        let created_at = now.plus(-days * Timestamp::DAY + 271_828 - 13 * Timestamp::MINUTE);
        let declined = index >= PENDING.len();
        invitations.push(Invitation {
            id: random.uuid(),
            // Members' addresses have last names in them, so these are nobody's.
            email: format!("{name}@northwind.example"),
            status: if declined { Status::Declined } else { Status::Pending },
            created_at,
            updated_at: created_at.plus(if declined { 2 * Timestamp::DAY } else { 0 }),
            // The latest has not been sent yet.
            last_sent_at: (index > 0).then_some(created_at),
        });
    }
    account.invitations.extend(invitations.into_iter().map(|one| (one.id.clone(), one)));
}

/// Everybody but the owner was invited once.
fn accepted(account: &Account, random: &mut SplitMix64) -> Vec<Invitation> {
    let invited = account.users.iter().skip(1).map(|user| {
        let created_at = user.created_at.plus(-2 * Timestamp::DAY);
        Invitation {
            id: random.uuid(),
            email: user.email.clone(),
            status: Status::Accepted(user.id.clone()),
            created_at,
            updated_at: user.created_at,
            last_sent_at: Some(created_at.plus(Timestamp::DAY)),
        }
    });
    invited.collect()
}
