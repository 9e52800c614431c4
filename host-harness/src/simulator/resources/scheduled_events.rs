//! Scheduled events and their cancellation.

use serde_json::{Value, json};

use super::event_access::{Scope, may_see};
use super::invitees::Invitee;
use super::organizations::require_anchor;
use super::webhook_notices as notices;
use crate::simulator::account::Account;
use crate::simulator::answer::{Answer, Outcome};
use crate::simulator::call::{Call, Endpoint};
use crate::simulator::errors::{ApiError, Violations};
use crate::simulator::fields::Fields;
use crate::simulator::paging::{found, page};
use crate::simulator::sorting::{Key, Row, Sorting};
use crate::simulator::timestamp::Timestamp;
use crate::simulator::uris::uri;

const READ: &str = "scheduled_events:read";
const LONGEST_REASON: usize = 10_000;

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/scheduled_events", READ, list).query(&[
        "user",
        "organization",
        "group",
        "invitee_email",
        "status",
        "sort",
        "min_start_time",
        "max_start_time",
        "page_token",
        "count",
    ]),
    Endpoint::get("/scheduled_events/{uuid}", READ, show),
    Endpoint::post("/scheduled_events/{uuid}/cancellation", "scheduled_events:write", cancel),
];

/// A meeting.
#[derive(Clone, Debug)]
pub(crate) struct ScheduledEvent {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) event_type: String,
    /// The ids of the users who host it.
    pub(crate) hosts: Vec<String>,
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
    pub(crate) location: Value,
    pub(crate) invitees: Vec<Invitee>,
    /// How many people it has room for.
    pub(crate) limit: usize,
    pub(crate) guests: Vec<String>,
    pub(crate) cancellation: Option<Cancellation>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// Who called it off, and why.
#[derive(Clone, Debug)]
pub(crate) struct Cancellation {
    pub(crate) canceled_by: String,
    pub(crate) reason: Option<String>,
    pub(crate) canceler_type: &'static str,
    pub(crate) created_at: Timestamp,
}

impl Cancellation {
    pub(crate) fn resource(&self) -> Value {
        json!({
            "canceled_by": self.canceled_by,
            "reason": self.reason,
            "canceler_type": self.canceler_type,
            "created_at": self.created_at,
        })
    }
}

impl Row for ScheduledEvent {
    fn id(&self) -> &str {
        &self.id
    }

    fn key(&self, _field: &str) -> Key<'_> {
        Key::Number(self.start.micros())
    }
}

impl ScheduledEvent {
    pub(crate) fn status(&self) -> &'static str {
        if self.cancellation.is_some() { "canceled" } else { "active" }
    }

    pub(crate) fn active_invitees(&self) -> usize {
        self.invitees.iter().filter(|invitee| invitee.cancellation.is_none()).count()
    }

    /// Whether it keeps one of `hosts` busy at some time between `start` and `end`.
    pub(crate) fn occupies(&self, host: &str, start: Timestamp, end: Timestamp) -> bool {
        self.cancellation.is_none()
            && self.start < end
            && start < self.end
            && self.hosts.iter().any(|known| known == host)
    }

    pub(crate) fn resource(&self, account: &Account) -> Value {
        let (buffered_start, buffered_end) = self.buffered(account);
        let memberships = self.hosts.iter().filter_map(|host| account.user(host)).map(|user| {
            json!({
                "user": user.uri(),
                "user_email": user.email,
                "user_name": user.name,
                "buffered_start_time": buffered_start,
                "buffered_end_time": buffered_end,
            })
        });
        let guests = self.guests.iter().map(|email| {
            json!({ "email": email, "created_at": self.created_at, "updated_at": self.created_at })
        });
        let mut resource = json!({
            "uri": uri("scheduled_events", &self.id),
            "name": self.name,
            "meeting_notes_plain": null,
            "meeting_notes_html": null,
            "status": self.status(),
            "start_time": self.start,
            "end_time": self.end,
            "event_type": uri("event_types", &self.event_type),
            "location": self.location,
            "invitees_counter": {
                "total": self.invitees.len(),
                "active": self.active_invitees(),
                "limit": self.limit,
            },
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "event_memberships": memberships.collect::<Vec<_>>(),
            "event_guests": guests.collect::<Vec<_>>(),
            "calendar_event": null,
        });
        // On active events the key is absent, not null.
        if let Some(cancellation) = &self.cancellation {
            resource["cancellation"] = cancellation.resource();
        }
        resource
    }
}

fn list(call: &Call, account: &mut Account) -> Outcome {
    let mut violations = Violations::default();
    let scope = Scope {
        organization: call.reference("organization", "organizations", &mut violations),
        user: call.reference("user", "users", &mut violations),
        group: call.reference("group", "groups", &mut violations),
    };
    require_anchor(call, &["organization", "user", "group"], &mut violations);
    let status = call.choice("status", &["active", "canceled"], &mut violations);
    let earliest = call.time("min_start_time", &mut violations);
    let latest = call.time("max_start_time", &mut violations);
    let default = Sorting::ascending("start_time");
    let sorting = Sorting::of(call, &["start_time"], default, &mut violations);
    violations.check()?;
    scope.check(account, &call.caller)?;

    let email = call.parameter("invitee_email");
    // The documentation does not say whether an event at one of the two bounds is among them. Here
    // it is not: who asks for a moment too much is right either way, and who relies on the bounds
    // themselves is found out.
    let rows = account.scheduled_events.values().filter(|event| {
        scope.contains(account, event)
            && status.is_none_or(|status| event.status() == status)
            && earliest.is_none_or(|earliest| event.start > earliest)
            && latest.is_none_or(|latest| event.start < latest)
            && email.is_none_or(|email| {
                event.invitees.iter().any(|one| one.email.eq_ignore_ascii_case(email))
            })
    });
    page(call, Violations::default(), rows, &sorting, |event| event.resource(account))
}

fn show(call: &Call, account: &mut Account) -> Outcome {
    let event = found(account.scheduled_events.get(call.id()))?;
    if !may_see(account, &call.caller, event) {
        return Err(ApiError::PermissionDenied("You are not allowed to view this event"));
    }
    Ok(Answer::resource(event.resource(account)))
}

fn cancel(call: &Call, account: &mut Account) -> Outcome {
    let body = call.optional_object()?;
    let mut fields = Fields::new(&body);
    let reason = fields.text("reason");
    if reason.is_some_and(|reason| reason.chars().count() > LONGEST_REASON) {
        fields.refuse("reason", "size cannot be greater than 10000");
    }
    let event = found(account.scheduled_events.get(call.id()))?;
    let refusal = if !may_see(account, &call.caller, event) {
        Some("You are not allowed to cancel this event")
    } else if event.cancellation.is_some() {
        Some("Event is already canceled")
    } else if event.start <= call.now {
        Some("Event in the past")
    } else {
        None
    };
    if let Some(refusal) = refusal {
        return Err(ApiError::PermissionDenied(refusal));
    }
    fields.violations.check()?;

    let cancellation = Cancellation {
        canceled_by: account.user(&call.caller).map(|user| user.name.clone()).unwrap_or_default(),
        reason: reason.map(str::to_owned),
        canceler_type: "host",
        created_at: call.now,
    };
    let event = found(account.scheduled_events.get_mut(call.id()))?;
    let coming = event.invitees.iter().filter(|invitee| invitee.cancellation.is_none());
    let coming: Vec<String> = coming.map(|invitee| invitee.id.clone()).collect();
    event.call_off(&cancellation);
    for invitee in &coming {
        notices::invitee(account, "invitee.canceled", (call.id(), invitee), call.now);
    }
    Ok(Answer::created(cancellation.resource()))
}

impl ScheduledEvent {
    /// From when to when it takes its hosts' time, with the buffers of its event type.
    pub(crate) fn buffered(&self, account: &Account) -> (Timestamp, Timestamp) {
        let event_type = account.event_type(&self.event_type);
        let (before, after) = event_type
            .map_or((0, 0), |event_type| (event_type.before_buffer, event_type.after_buffer));
        (self.start.plus_minutes(-before), self.end.plus_minutes(after))
    }

    /// Adds an invitee and whom they bring along.
    pub(super) fn join(&mut self, invitee: Invitee, guests: Vec<String>, now: Timestamp) {
        self.invitees.push(invitee);
        self.guests.extend(guests);
        self.updated_at = now;
    }

    /// Cancels for one invitee, and altogether if nobody is left.
    pub(super) fn withdraw(&mut self, invitee: &str, cancellation: &Cancellation) {
        for known in self.invitees.iter_mut().filter(|known| known.id == invitee) {
            known.cancellation = Some(cancellation.clone());
            known.updated_at = cancellation.created_at;
        }
        if self.active_invitees() == 0 {
            self.cancellation = Some(cancellation.clone());
        }
        self.updated_at = cancellation.created_at;
    }

    /// Cancels the event and everybody who was still coming.
    pub(crate) fn call_off(&mut self, cancellation: &Cancellation) {
        for invitee in self.invitees.iter_mut().filter(|one| one.cancellation.is_none()) {
            invitee.cancellation = Some(cancellation.clone());
            invitee.updated_at = cancellation.created_at;
        }
        self.cancellation = Some(cancellation.clone());
        self.updated_at = cancellation.created_at;
    }
}
