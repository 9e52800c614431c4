//! Teams: one with everybody, one of each member alone.

use crate::simulator::account::Account;
use crate::simulator::random::SplitMix64;
use crate::simulator::resources::teams::Team;

const OWN_RANDOMNESS: u64 = 0x0000_0074_6561_6d73;

pub(super) fn add(account: &mut Account, seed: u64) {
    let mut random = SplitMix64::new(seed ^ OWN_RANDOMNESS);
    let everybody: Vec<String> = account.users.iter().map(|user| user.id.clone()).collect();
    let alone = |user: usize| everybody.get(user).cloned().into_iter().collect::<Vec<_>>();
    let teams = [
        ("Sales", "sales", everybody.clone()),
        ("Leadership", "leadership", alone(0)),
        ("Onboarding", "onboarding", alone(1)),
    ];
    account.teams = teams
        .into_iter()
        .map(|(name, slug, members)| Team { id: random.uuid(), name, slug, members })
        .collect();
}
