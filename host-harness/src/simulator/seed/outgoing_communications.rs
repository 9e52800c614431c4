//! The messages about every other of the events that were booked last.

use crate::simulator::account::Account;
use crate::simulator::random::SplitMix64;
use crate::simulator::resources::outgoing_communications::{
    CommunicationKind, OutgoingCommunication,
};
use crate::simulator::resources::scheduled_events::ScheduledEvent;
use crate::simulator::timestamp::Timestamp;

const OWN_RANDOMNESS: u64 = 0x6d65_7373_6167_6573;
/// How many events there are messages about.
const EVENTS: usize = 24;
const EMAIL_FROM: &str = "notifications@calendly.com";
// 555-01xx is reserved for fiction.
const SMS_FROM: &str = "+1 2025550199";

pub(super) fn add(account: &mut Account, seed: u64, now: Timestamp) {
    let mut random = SplitMix64::new(seed ^ OWN_RANDOMNESS);
    let mut events: Vec<&ScheduledEvent> = account.scheduled_events.values().collect();
    events.sort_by_key(|event| std::cmp::Reverse((event.created_at, event.start)));
    let mut messages = Vec::new();
    for (index, event) in events.into_iter().step_by(2).take(EVENTS).enumerate() {
        messages.extend(confirmation(&mut random, event, index));
        if index % 3 == 0 {
            messages.extend(reminder(&mut random, event).filter(|one| one.sent_at < now));
        }
    }
    account.outgoing_communications = messages;
}

fn confirmation(
    random: &mut SplitMix64,
    event: &ScheduledEvent,
    index: usize,
) -> Option<OutgoingCommunication> {
    let invitee = event.invitees.first()?;
    let created_at = event.created_at.plus(1_202_056);
    Some(OutgoingCommunication {
        id: random.uuid(),
        kind: CommunicationKind::Email { subject: format!("Confirmed: {}", event.name) },
        to: invitee.email.clone(),
        from: EMAIL_FROM.to_owned(),
        body: format!("Hi {},\n\n{} is scheduled for {}.", invitee.name, event.name, event.start),
        // Most are sent in the name of the host.
        sender: event.hosts.first().filter(|_| index % 4 != 3).cloned(),
        event_type: event.event_type.clone(),
        event: event.id.clone(),
        invitee: invitee.email.clone(),
        created_at,
        sent_at: created_at.plus(884_279),
    })
}

/// Sent soon after the booking: it asks to be there.
fn reminder(random: &mut SplitMix64, event: &ScheduledEvent) -> Option<OutgoingCommunication> {
    let invitee = event.invitees.first()?;
    let created_at = event.created_at.plus_minutes(20).plus(57_721);
    Some(OutgoingCommunication {
        id: random.uuid(),
        kind: CommunicationKind::Sms,
        to: format!("+1 20255501{:02}", random.below(99)),
        from: SMS_FROM.to_owned(),
        body: format!("See you at {}, {}!", event.start, invitee.name),
        sender: None,
        event_type: event.event_type.clone(),
        event: event.id.clone(),
        invitee: invitee.email.clone(),
        created_at,
        sent_at: created_at.plus(2_584_981),
    })
}
