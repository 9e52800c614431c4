//! Deliveries that wait, and what became of the others.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::Notify;

use super::delivery::{DeliveryState, WebhookDelivery};
use super::faults::WebhookFaults;
use crate::simulator::timestamp::Timestamp;
use crate::simulator::uris::uri;

/// How many deliveries are remembered that need nothing more. Waiting ones all are.
const REMEMBERED: usize = 20_000;

/// For how long a delivery is tried again.
pub(super) const PATIENCE: i64 = Timestamp::DAY;

/// The longest pause between two tries, in minutes.
const LONGEST_PAUSE: i64 = 60;

/// Deliveries, in the order in which their events happened.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    messages: VecDeque<Message>,
    next_number: u64,
    pub(crate) faults: WebhookFaults,
    /// Told when a delivery is added.
    pub(super) added: Arc<Notify>,
}

/// A delivery, and what it takes to send it.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) number: u64,
    /// The id of the subscription.
    pub(super) subscription: String,
    pub(super) delivery: WebhookDelivery,
    /// When it is tried next; none once nothing more is to be done.
    due: Option<Timestamp>,
    /// When it failed first, and how often it has.
    failed: Option<(Timestamp, u32)>,
}

impl Outbox {
    /// Adds a delivery that is due at once.
    pub(super) fn push(
        &mut self,
        event: &'static str,
        subscription: &str,
        url: String,
        body: String,
        now: Timestamp,
    ) {
        if self.messages.len() >= REMEMBERED
            && self.messages.front().is_some_and(|oldest| oldest.due.is_none())
        {
            self.messages.pop_front();
        }
        let delivery = WebhookDelivery {
            event,
            subscription: uri("webhook_subscriptions", subscription),
            url,
            body,
            created_at: now.to_string(),
            state: DeliveryState::Waiting,
            tries: 0,
            status: None,
            problem: None,
            next_try_at: Some(now.to_string()),
        };
        self.messages.push_back(Message {
            number: self.next_number,
            subscription: subscription.to_owned(),
            delivery,
            due: Some(now),
            failed: None,
        });
        self.next_number += 1;
        self.added.notify_one();
    }

    pub(crate) fn deliveries(&self) -> Vec<WebhookDelivery> {
        self.messages.iter().map(|message| message.delivery.clone()).collect()
    }

    /// Those of these numbers, in the order in which their events happened.
    pub(super) fn numbered(&self, numbers: &[u64]) -> Vec<WebhookDelivery> {
        let mut found: Vec<_> =
            numbers.iter().filter_map(|number| self.position(*number)).collect();
        found.sort_unstable();
        let messages = found.into_iter().filter_map(|at| self.messages.get(at));
        messages.map(|message| message.delivery.clone()).collect()
    }

    /// Forgets the deliveries that need nothing more.
    pub(crate) fn forget_settled(&mut self) {
        self.messages.retain(|message| message.due.is_some());
    }

    /// When the next try is due.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.messages.iter().filter_map(|message| message.due).min()
    }

    /// The numbers of what is due, one list per subscription, each in the order in which it is to
    /// be sent.
    pub(super) fn lanes(&mut self, now: Timestamp) -> Vec<Vec<u64>> {
        let mut lanes: Vec<(&str, Vec<u64>, Vec<&str>)> = Vec::new();
        for message in self.messages.iter().filter(|one| one.due.is_some_and(|due| due <= now)) {
            let at = lanes.iter().position(|(known, ..)| *known == message.subscription);
            let at = at.unwrap_or_else(|| {
                lanes.push((&message.subscription, Vec::new(), Vec::new()));
                lanes.len() - 1
            });
            if let Some((_, numbers, events)) = lanes.get_mut(at) {
                numbers.push(message.number);
                events.push(message.delivery.event);
            }
        }
        let faults = &mut self.faults;
        let in_order = lanes.into_iter().map(|(_, mut numbers, events)| {
            if faults.reverses(&events) {
                numbers.reverse();
            }
            numbers
        });
        in_order.collect()
    }

    /// A message that waits.
    pub(super) fn waiting(&mut self, number: u64) -> Option<&mut Message> {
        let at = self.position(number)?;
        self.messages.get_mut(at).filter(|message| message.due.is_some())
    }

    /// Where a message is: they are in the order of their numbers.
    fn position(&self, number: u64) -> Option<usize> {
        self.messages.binary_search_by_key(&number, |message| message.number).ok()
    }

    /// Sends nothing more to a subscription.
    pub(crate) fn discard(&mut self, subscription: &str) {
        for message in self.messages.iter_mut().filter(|one| one.subscription == subscription) {
            if message.due.is_some() {
                message.settle(DeliveryState::Discarded);
            }
        }
    }
}

impl Message {
    /// Nothing more is to be done.
    pub(super) fn settle(&mut self, state: DeliveryState) {
        self.delivery.state = state;
        self.delivery.next_try_at = None;
        self.due = None;
    }

    /// Waits for another try, or gives up.
    ///
    /// How many tries there are, and how far apart, is not documented, except that the pauses grow
    /// exponentially and that it ends after 24 hours (or 24 hours after the booked meeting, which
    /// is not imitated here). Here it is tried again after 1, 2, 4, … 32 minutes, then hourly, and
    /// one last time when the 24 hours are over.
    pub(super) fn fail(&mut self, now: Timestamp) {
        let (first, failures) = self.failed.unwrap_or((now, 0));
        self.failed = Some((first, failures.saturating_add(1)));
        let end = first.plus(PATIENCE);
        if now >= end {
            self.settle(DeliveryState::GivenUp);
            return;
        }
        let pause = (1 << failures.min(6)).min(LONGEST_PAUSE);
        let due = now.plus_minutes(pause).min(end);
        self.due = Some(due);
        self.delivery.next_try_at = Some(due.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "http://127.0.0.1:9/hook";

    fn pushed(outbox: &mut Outbox, event: &'static str, subscription: &str, now: Timestamp) {
        outbox.push(event, subscription, URL.to_owned(), "{}".to_owned(), now);
    }

    #[test]
    fn pauses_double_up_to_an_hour_and_end_with_the_day() {
        let start = Timestamp::from_millis(0);
        let mut outbox = Outbox::default();
        pushed(&mut outbox, "contact.created", "a", start);
        let mut minutes = Vec::new();
        while let Some(due) = outbox.next_due() {
            minutes.push((due.micros() - start.micros()) / Timestamp::MINUTE);
            if let Some(message) = outbox.waiting(0) {
                message.fail(due);
            }
        }
        assert_eq!(minutes.get(..8), Some(&[0, 1, 3, 7, 15, 31, 63, 123][..]));
        assert_eq!(minutes.last(), Some(&(24 * 60)));
        assert_eq!(minutes.len(), 30);
        let states: Vec<_> = outbox.deliveries().iter().map(|one| one.state).collect();
        assert_eq!(states, [DeliveryState::GivenUp]);
    }

    #[test]
    fn what_is_due_is_kept_in_order_for_each_subscription() {
        let now = Timestamp::from_millis(0);
        let mut outbox = Outbox::default();
        for (event, subscription) in
            [("contact.created", "a"), ("contact.created", "b"), ("contact.updated", "a")]
        {
            pushed(&mut outbox, event, subscription, now);
        }
        pushed(&mut outbox, "contact.deleted", "a", now.plus_minutes(1));
        assert_eq!(outbox.lanes(now), [vec![0, 2], vec![1]]);
        outbox.discard("a");
        assert_eq!(outbox.lanes(now.plus_minutes(2)), [vec![1]]);
    }
}
