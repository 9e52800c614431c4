//! What a webhook subscription can be told about.

/// An event that webhooks are sent for.
#[derive(Debug)]
pub(crate) struct WebhookEvent {
    pub(crate) name: &'static str,
    /// The scopes of subscriptions that can have it.
    pub(crate) audiences: &'static [&'static str],
    /// The scope that a token needs besides the one for subscribing.
    pub(crate) read_scope: &'static str,
    /// Whether Free accounts cannot have it.
    pub(crate) is_paid: bool,
}

/// The scopes of subscriptions.
pub(crate) const AUDIENCES: [&str; 3] = ["organization", "user", "group"];

const fn event(name: &'static str, read_scope: &'static str) -> WebhookEvent {
    WebhookEvent { name, audiences: &AUDIENCES, read_scope, is_paid: false }
}

const fn recap(name: &'static str) -> WebhookEvent {
    let read_scope = "meeting_recaps:read";
    WebhookEvent { name, audiences: &["user"], read_scope, is_paid: true }
}

/// Every event there is.
pub(crate) const EVENTS: [WebhookEvent; 14] = [
    event("invitee.created", "scheduled_events:read"),
    event("invitee.canceled", "scheduled_events:read"),
    event("invitee_no_show.created", "scheduled_events:read"),
    event("invitee_no_show.deleted", "scheduled_events:read"),
    event("event_type.created", "event_types:read"),
    event("event_type.updated", "event_types:read"),
    event("event_type.deleted", "event_types:read"),
    recap("meeting_recap.created"),
    recap("meeting_recap.updated"),
    recap("meeting_recap.deleted"),
    WebhookEvent {
        name: "routing_form_submission.created",
        audiences: &["organization"],
        read_scope: "routing_forms:read",
        is_paid: true,
    },
    event("contact.created", "contacts:read"),
    event("contact.updated", "contacts:read"),
    event("contact.deleted", "contacts:read"),
];

impl WebhookEvent {
    /// The event called `name`.
    pub(crate) fn find(name: &str) -> Option<&'static Self> {
        EVENTS.iter().find(|event| event.name == name)
    }

    /// What is wrong with having it in a subscription of this scope, if anything.
    pub(crate) fn objection(&self, audience: &str) -> Option<String> {
        let fits = self.audiences.contains(&audience);
        let scopes = self.audiences.join(", ");
        (!fits).then(|| format!("{} is only available with the scope {scopes}", self.name))
    }
}

/// What is said about an event that does not exist.
pub(crate) fn choices() -> String {
    let names: Vec<_> = EVENTS.iter().map(|event| event.name).collect();
    format!("must be one of: {}", names.join(", "))
}
