//! Sends what is due.
//!
//! A delivery stays in the outbox until its outcome is known, so that one which is interrupted is
//! sent again: at least once, as the real service has it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::JoinSet;

use super::delivery::{DeliveryState, WebhookDelivery};
use super::faults::WebhookFaultKind;
use super::outbox::PATIENCE;
use super::sender::{Sender, Sent};
use super::signing_key::SigningKey;
use crate::simulator::account::Account;
use crate::simulator::state::State;
use crate::simulator::timestamp::Timestamp;

/// Whoever sends, one round at a time.
#[derive(Default)]
pub(crate) struct Courier {
    turn: Mutex<()>,
    sender: Sender,
}

/// What is to be sent now.
struct Parcel {
    url: String,
    body: String,
    key: Option<SigningKey>,
    fault: Option<WebhookFaultKind>,
}

/// Sends whatever is due as soon as it is, for as long as it is polled.
pub(crate) async fn deliver_always(state: Arc<State>) {
    let added = Arc::clone(&state.world().account.outbox.added);
    loop {
        deliver_due(&state).await;
        let next = state.world().account.outbox.next_due();
        match next {
            None => added.notified().await,
            Some(due) => {
                let pause = until(due, state.now());
                tokio::select! {
                    () = added.notified() => {}
                    () = state.options.clock.sleep(pause) => {}
                }
            }
        }
    }
}

/// How long it is until a moment; nothing if it has passed.
pub(super) fn until(moment: Timestamp, now: Timestamp) -> Duration {
    let micros = moment.micros().saturating_sub(now.micros());
    let micros = u64::try_from(micros).unwrap_or(0);
    // The clock counts milliseconds: rounded down, it would wake up too early.
    Duration::from_millis(micros.div_ceil(1_000))
}

/// Tries everything that is due once, and answers what became of it. The deliveries of one
/// subscription go out one after the other, those of several side by side.
pub(crate) async fn deliver_due(state: &Arc<State>) -> Vec<WebhookDelivery> {
    let _turn = state.courier.turn.lock().await;
    let now = state.now();
    let lanes = state.world().account.outbox.lanes(now);
    let numbers: Vec<u64> = lanes.iter().flatten().copied().collect();
    let mut senders = JoinSet::new();
    for lane in lanes {
        let state = Arc::clone(state);
        senders.spawn(async move {
            for number in lane {
                deliver(&state, number).await;
            }
        });
    }
    while senders.join_next().await.is_some() {}
    state.world().account.outbox.numbered(&numbers)
}

async fn deliver(state: &State, number: u64) {
    let parcel = state.world().account.parcel(number);
    let Some(parcel) = parcel else {
        return;
    };
    let requests = if parcel.fault == Some(WebhookFaultKind::Duplicate) { 2 } else { 1 };
    let mut outcome = Err("no connection");
    for _ in 0..requests {
        // Whether the real service signs a retry anew is not documented. Here every try has the
        // time at which it is made: otherwise receivers would have to refuse it as too old.
        let seconds = state.now().micros().div_euclid(1_000_000);
        let signature = parcel.key.as_ref().map(|key| key.signature(seconds, &parcel.body));
        outcome = state.courier.sender.send(&parcel.url, parcel.body.clone(), signature).await;
    }
    if parcel.fault == Some(WebhookFaultKind::LoseAnswer) {
        outcome = Err("answer lost");
    }
    let now = state.now();
    state.world().account.settle(number, requests, outcome, now);
}

impl Account {
    /// What is to be sent for a message, unless it is no longer to be.
    fn parcel(&mut self, number: u64) -> Option<Parcel> {
        let event = self.outbox.waiting(number)?.delivery.event;
        let fault = self.outbox.faults.of_delivery(event);
        let message = self.outbox.waiting(number)?;
        if fault == Some(WebhookFaultKind::Lose) {
            message.settle(DeliveryState::Lost);
            return None;
        }
        let Some(subscription) = self.webhook_subscriptions.get(&message.subscription) else {
            message.settle(DeliveryState::Discarded);
            return None;
        };
        Some(Parcel {
            url: message.delivery.url.clone(),
            body: message.delivery.body.clone(),
            key: subscription.signing_key.clone(),
            fault,
        })
    }

    /// Notes the outcome of a try. A subscription to which nothing could be delivered for 24 hours
    /// is disabled, with everything that waits for it.
    fn settle(&mut self, number: u64, requests: u32, outcome: Sent, now: Timestamp) {
        let Some(message) = self.outbox.waiting(number) else {
            return;
        };
        message.delivery.tries = message.delivery.tries.saturating_add(requests);
        message.delivery.status = outcome.ok();
        message.delivery.problem = outcome.err();
        let is_success = outcome.is_ok_and(|status| (200..300).contains(&status));
        if is_success {
            message.settle(DeliveryState::Delivered);
        } else {
            message.fail(now);
        }
        let Some(subscription) = self.webhook_subscriptions.get_mut(&message.subscription) else {
            return;
        };
        if is_success {
            subscription.retry_started_at = None;
            return;
        }
        let since = *subscription.retry_started_at.get_or_insert(now);
        if now >= since.plus(PATIENCE) {
            subscription.is_disabled = true;
            subscription.updated_at = now;
            message.settle(DeliveryState::GivenUp);
            self.outbox.discard(&subscription.id);
        }
    }
}
