//! What became of a webhook.

use std::fmt;

use serde::Serialize;
use url::Url;

/// One event on its way to one subscription, as far as it has come.
///
/// The body is personal data and the URL may hold a receiver's secret, so `Debug` shows neither,
/// and the control endpoints do not give out the body.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct WebhookDelivery {
    /// What happened, such as `invitee.created`.
    pub event: &'static str,
    /// The URI of the subscription.
    pub subscription: String,
    /// Where it goes.
    pub url: String,
    /// The JSON that is sent, the same at every try.
    #[serde(skip)]
    pub body: String,
    /// When it happened: a time in UTC.
    pub created_at: String,
    /// How far it is.
    pub state: DeliveryState,
    /// How many requests were sent.
    pub tries: u32,
    /// The status of the last answer; `None` if there was none.
    pub status: Option<u16>,
    /// Why the last try brought no answer that counts: `timed out`, `no connection` or
    /// `answer lost`.
    pub problem: Option<&'static str>,
    /// When it is tried next, as long as it is waiting: a time in UTC.
    pub next_try_at: Option<String>,
}

/// How far a delivery is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeliveryState {
    /// It will be tried, for the first time or again.
    Waiting,
    /// It was answered with a 2xx.
    Delivered,
    /// It was tried in vain for a day.
    GivenUp,
    /// Its subscription ended or was disabled before it came to it.
    Discarded,
    /// A [`WebhookFault`](super::WebhookFault) made it vanish.
    Lost,
}

impl fmt::Debug for WebhookDelivery {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origin = Url::parse(&self.url).map(|url| url.origin().ascii_serialization());
        formatter
            .debug_struct("WebhookDelivery")
            .field("event", &self.event)
            .field("origin", &origin.unwrap_or_default())
            .field("state", &self.state)
            .field("tries", &self.tries)
            .field("status", &self.status)
            .field("problem", &self.problem)
            .field("next_try_at", &self.next_try_at)
            .finish_non_exhaustive()
    }
}
