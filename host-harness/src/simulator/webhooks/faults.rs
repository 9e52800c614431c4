//! Deliveries that go wrong on demand.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// Something that goes wrong with the next matching deliveries.
///
/// Faults are looked through in the order they were injected; a delivery meets the first that
/// matches and no other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookFault {
    /// The event it concerns, such as `invitee.created`; every event when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// How many times it happens.
    #[serde(default = "once")]
    pub times: u32,
    /// What goes wrong.
    pub kind: WebhookFaultKind,
}

/// What goes wrong with deliveries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WebhookFaultKind {
    /// The delivery never leaves, and is not tried again.
    Lose,
    /// The delivery is sent twice, one right after the other.
    Duplicate,
    /// The delivery arrives, but its answer does not count: it is tried again later.
    LoseAnswer,
    /// The deliveries of a subscription that are due together go out in reverse order. It waits
    /// until at least two are.
    Reverse,
}

impl WebhookFault {
    /// A fault that happens once, to whatever comes next.
    #[must_use]
    pub fn once(kind: WebhookFaultKind) -> Self {
        Self { event: None, times: 1, kind }
    }

    /// Only to deliveries about this event.
    #[must_use]
    pub fn on(mut self, event: &str) -> Self {
        self.event = Some(event.to_owned());
        self
    }

    /// So many times.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    fn is_about(&self, event: &str) -> bool {
        self.event.as_ref().is_none_or(|wanted| wanted == event)
    }
}

fn once() -> u32 {
    1
}

/// The faults that are still to come.
#[derive(Debug, Default)]
pub(crate) struct WebhookFaults(VecDeque<WebhookFault>);

impl WebhookFaults {
    pub(crate) fn push(&mut self, fault: WebhookFault) {
        if fault.times > 0 {
            self.0.push_back(fault);
        }
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn remaining(&self) -> Vec<WebhookFault> {
        self.0.iter().cloned().collect()
    }

    /// What goes wrong with one delivery, if anything.
    pub(super) fn of_delivery(&mut self, event: &str) -> Option<WebhookFaultKind> {
        self.take(|fault| fault.kind != WebhookFaultKind::Reverse && fault.is_about(event))
    }

    /// Whether deliveries that are due together, about these events, go out in reverse.
    pub(super) fn reverses(&mut self, events: &[&str]) -> bool {
        let reversed = |fault: &WebhookFault| {
            fault.kind == WebhookFaultKind::Reverse
                && events.iter().any(|event| fault.is_about(event))
        };
        events.len() > 1 && self.take(reversed).is_some()
    }

    /// The first such fault, which is thereby used up once.
    fn take(&mut self, is_it: impl Fn(&WebhookFault) -> bool) -> Option<WebhookFaultKind> {
        let at = self.0.iter().position(is_it)?;
        let fault = self.0.get_mut(at)?;
        fault.times -= 1;
        let kind = fault.kind;
        if fault.times == 0 {
            self.0.remove(at);
        }
        Some(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_reads_like_this_in_json() {
        let read = |text: &str| serde_json::from_str::<WebhookFault>(text).ok();
        let long = r#"{"event":"contact.created","times":2,"kind":"lose-answer"}"#;
        let expected = WebhookFault::once(WebhookFaultKind::LoseAnswer);
        assert_eq!(read(long), Some(expected.on("contact.created").times(2)));
        let short = r#"{"kind":"reverse"}"#;
        assert_eq!(read(short), Some(WebhookFault::once(WebhookFaultKind::Reverse)));
    }

    #[test]
    fn a_reversal_waits_for_two_deliveries() {
        let mut faults = WebhookFaults::default();
        faults.push(WebhookFault::once(WebhookFaultKind::Reverse));
        assert_eq!(faults.of_delivery("contact.created"), None);
        assert!(!faults.reverses(&["contact.created"]));
        assert!(faults.reverses(&["contact.created", "contact.updated"]));
        assert!(!faults.reverses(&["contact.created", "contact.updated"]));
    }
}
