//! Webhook subscriptions of other apps. Nobody listens at their URLs: `.example` is reserved.

use super::table;
use crate::simulator::account::Account;
use crate::simulator::plan::Plan;
use crate::simulator::random::SplitMix64;
use crate::simulator::resources::webhook_audience::Audience;
use crate::simulator::resources::webhook_events::WebhookEvent;
use crate::simulator::resources::webhook_subscriptions::WebhookSubscription;
use crate::simulator::timestamp::Timestamp;

const OWN_RANDOMNESS: u64 = 0x7765_6268_6f6f_6b73;

pub(super) fn add(account: &mut Account, seed: u64, now: Timestamp) {
    let mut random = SplitMix64::new(seed ^ OWN_RANDOMNESS);
    let mut people = account.users.iter().map(|user| user.id.clone());
    let (Some(owner), Some(colleague)) = (people.next(), people.next()) else {
        return;
    };
    let group = account.groups.first().map(|group| group.id.clone()).unwrap_or_default();
    let user = |user: &String| Audience::User(user.clone());
    let subscriptions: [(&str, &String, Audience, &[&str]); 6] = [
        ("crm", &owner, Audience::Organization, &["invitee.created", "invitee.canceled"]),
        ("leads", &owner, Audience::Organization, &["routing_form_submission.created"]),
        ("contacts", &owner, user(&owner), &["contact.created", "contact.updated"]),
        ("recaps", &owner, user(&owner), &["meeting_recap.created"]),
        ("no-shows", &colleague, Audience::Group(group), &["invitee_no_show.created"]),
        ("event-types", &colleague, user(&colleague), &["event_type.created"]),
    ];
    let mut days = 8;
    let mut made = Vec::new();
    for (path, creator, audience, events) in subscriptions {
        days += 11 + i64::try_from(random.below(20)).unwrap_or_default();
        let events: Vec<_> = events.iter().copied().filter_map(WebhookEvent::find).collect();
        if account.organization.plan == Plan::Basic && events.iter().any(|event| event.is_paid) {
            continue;
        }
        let created_at = now.plus(-days * Timestamp::DAY + 161_803);
        // Nobody answered there any more.
        let is_disabled = path == "crm";
        let updated_at = if is_disabled { now.plus(-4 * Timestamp::DAY) } else { created_at };
        made.push(WebhookSubscription {
            id: random.uuid(),
            callback_url: format!("https://hooks.northwind.example/{path}"),
            events: events.iter().map(|event| event.name).collect(),
            audience,
            creator: creator.clone(),
            signing_key: None,
            is_disabled,
            retry_started_at: is_disabled.then(|| updated_at.plus(-Timestamp::DAY)),
            created_at,
            updated_at,
        });
    }
    account.webhook_subscriptions = table(made, |one: &WebhookSubscription| &one.id);
}
