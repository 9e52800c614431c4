//! Outgoing communications: the messages that were sent on behalf of members.

use serde_json::{Value, json};

use super::organizations::require_anchor;
use crate::simulator::account::Account;
use crate::simulator::answer::Outcome;
use crate::simulator::call::{Call, Endpoint};
use crate::simulator::errors::{ApiError, Violations};
use crate::simulator::paging::{self, page};
use crate::simulator::sorting::{Key, Row, Sorting};
use crate::simulator::time_range::TimeRange;
use crate::simulator::timestamp::Timestamp;
use crate::simulator::uris::uri;

pub(crate) const ENDPOINTS: &[Endpoint] =
    &[Endpoint::get("/outgoing_communications", "outgoing_communications:read", list).query(&[
        "organization",
        "count",
        "min_created_at",
        "max_created_at",
        "page_token",
    ])];

/// A message.
#[derive(Debug)]
pub(crate) struct OutgoingCommunication {
    /// Never shown: messages have no URI.
    pub(crate) id: String,
    pub(crate) kind: CommunicationKind,
    pub(crate) to: String,
    /// The e-mail address of the invitee, also where it went to a phone.
    pub(crate) invitee: String,
    pub(crate) from: String,
    pub(crate) body: String,
    /// The id of the user it was sent for; none if Calendly sent it in its own name.
    pub(crate) sender: Option<String>,
    /// The ids of what it was about.
    pub(crate) event_type: String,
    pub(crate) event: String,
    pub(crate) created_at: Timestamp,
    pub(crate) sent_at: Timestamp,
}

/// How it was sent.
#[derive(Clone, Debug)]
pub(crate) enum CommunicationKind {
    Sms,
    Email { subject: String },
}

impl Row for OutgoingCommunication {
    fn id(&self) -> &str {
        &self.id
    }

    fn key(&self, _field: &str) -> Key<'_> {
        Key::Number(self.created_at.micros())
    }
}

impl OutgoingCommunication {
    fn resource(&self, account: &Account) -> Value {
        let (kind, subject) = match &self.kind {
            CommunicationKind::Sms => ("sms", None),
            CommunicationKind::Email { subject } => ("email", Some(subject)),
        };
        let sender = self.sender.as_ref().and_then(|id| account.user(id));
        let event_type = account.event_type(&self.event_type);
        json!({
            "type": kind,
            "to": self.to,
            "from": self.from,
            "subject": subject,
            "body": self.body,
            "sender_uri": sender.map(super::users::User::uri),
            "sender_email": sender.map(|user| &user.email),
            "event_type_uri": uri("event_types", &self.event_type),
            "event_uri": uri("scheduled_events", &self.event),
            "sent_at": self.sent_at,
            "created_at": self.created_at,
            "scheduling_url": event_type.map(|known| known.scheduling_url(account)),
        })
    }
}

/// Who may read them is not documented. They are those of everybody, so admins may.
fn list(call: &Call, account: &mut Account) -> Outcome {
    account.organization.plan.require_enterprise()?;
    let mut violations = Violations::default();
    let organization = call.reference("organization", "organizations", &mut violations);
    require_anchor(call, &["organization"], &mut violations);
    let time = TimeRange::of(call, "min_created_at", "max_created_at", &mut violations);
    paging::check(call, &mut violations);
    violations.check()?;
    account.check_organization(organization.unwrap_or_default())?;
    if !account.is_admin(&call.caller) {
        return Err(ApiError::NO_ACCESS);
    }

    let messages = account.outgoing_communications.iter();
    let rows: Vec<_> = messages.filter(|message| time.encloses(message.created_at)).collect();
    // The order is not documented, and cannot be chosen.
    let sorting = Sorting::ascending("created_at");
    let all = rows.iter().copied();
    let show = |message: &OutgoingCommunication| message.resource(account);
    let page = page(call, Violations::default(), all, &sorting, show)?;
    Ok(page.beside("total_count", rows.len().into()))
}
