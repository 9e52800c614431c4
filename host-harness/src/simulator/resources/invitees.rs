//! The invitees of scheduled events.

use serde_json::{Value, json};

use super::event_access::may_see;
use super::no_shows::NoShow;
use super::scheduled_events::Cancellation;
use crate::simulator::account::Account;
use crate::simulator::answer::{Answer, Outcome};
use crate::simulator::call::{Call, Endpoint};
use crate::simulator::errors::{ApiError, Violations};
use crate::simulator::paging::{found, page};
use crate::simulator::sorting::{Key, Row, Sorting};
use crate::simulator::timestamp::Timestamp;
use crate::simulator::uris::uri;

const SCOPE: &str = "scheduled_events:read";

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/scheduled_events/{uuid}/invitees", SCOPE, list).query(&[
        "status",
        "sort",
        "email",
        "page_token",
        "count",
    ]),
    Endpoint::get("/scheduled_events/{uuid}/invitees/{invitee}", SCOPE, show),
];

/// What is tracked about where a booking came from.
pub(crate) const TRACKING: [&str; 6] =
    ["utm_campaign", "utm_source", "utm_medium", "utm_content", "utm_term", "salesforce_uuid"];

/// Somebody who is invited.
#[derive(Clone, Debug)]
pub(crate) struct Invitee {
    pub(crate) id: String,
    pub(crate) event: String,
    pub(crate) name: String,
    /// First and last name, where they were asked for separately.
    pub(crate) names: Option<(String, Option<String>)>,
    pub(crate) email: String,
    pub(crate) timezone: String,
    pub(crate) answers: Vec<QuestionAnswer>,
    /// In the order of [`TRACKING`].
    pub(crate) tracking: [Option<String>; 6],
    pub(crate) text_reminder_number: Option<String>,
    pub(crate) cancellation: Option<Cancellation>,
    /// The URI of the invitee that this one replaces.
    pub(crate) old_invitee: Option<String>,
    /// The URI of the invitee that replaces this one.
    pub(crate) new_invitee: Option<String>,
    /// The URI of the routing form submission that led to the booking.
    pub(crate) routing_form_submission: Option<String>,
    /// That the invitee did not appear.
    pub(crate) no_show: Option<NoShow>,
    /// The id of the user who booked over the API.
    pub(crate) scheduled_by: Option<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// What an invitee answered.
#[derive(Clone, Debug)]
pub(crate) struct QuestionAnswer {
    pub(crate) question: String,
    pub(crate) answer: String,
    pub(crate) position: i64,
}

impl Row for Invitee {
    fn id(&self) -> &str {
        &self.id
    }

    fn key(&self, _field: &str) -> Key<'_> {
        Key::Number(self.created_at.micros())
    }
}

impl Invitee {
    pub(crate) fn uri(&self) -> String {
        format!("{}/invitees/{}", uri("scheduled_events", &self.event), self.id)
    }

    pub(crate) fn status(&self) -> &'static str {
        if self.cancellation.is_some() { "canceled" } else { "active" }
    }

    pub(crate) fn resource(&self) -> Value {
        let answers = self.answers.iter().map(|one| {
            json!({ "question": one.question, "answer": one.answer, "position": one.position })
        });
        let mut resource = json!({
            "uri": self.uri(),
            "email": self.email,
            "first_name": self.names.as_ref().map(|(first, _)| first),
            "last_name": self.names.as_ref().and_then(|(_, last)| last.as_ref()),
            "name": self.name,
            "status": self.status(),
            "questions_and_answers": answers.collect::<Vec<_>>(),
            "timezone": self.timezone,
            "event": uri("scheduled_events", &self.event),
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "tracking": tracking(&self.tracking),
            "text_reminder_number": self.text_reminder_number,
            "rescheduled": self.new_invitee.is_some(),
            "old_invitee": self.old_invitee,
            "new_invitee": self.new_invitee,
            "cancel_url": format!("https://calendly.com/cancellations/{}", self.id),
            "reschedule_url": format!("https://calendly.com/reschedulings/{}", self.id),
            "routing_form_submission": self.routing_form_submission,
            "payment": null,
            "no_show": self.no_show.as_ref().map(|no_show| {
                json!({ "uri": no_show.uri(), "created_at": no_show.created_at })
            }),
            "reconfirmation": null,
            "scheduling_method": self.scheduled_by.as_ref().map(|_| "api"),
            "invitee_scheduled_by": self.scheduled_by.as_ref().map(|user| uri("users", user)),
        });
        if let Some(cancellation) = &self.cancellation {
            resource["cancellation"] = cancellation.resource();
        }
        resource
    }
}

/// Every key of what is tracked, sent or not.
pub(super) fn tracking(values: &[Option<String>; 6]) -> Value {
    let pairs = TRACKING.iter().zip(values);
    Value::Object(pairs.map(|(name, value)| ((*name).to_owned(), json!(value))).collect())
}

fn list(call: &Call, account: &mut Account) -> Outcome {
    let event = found(account.scheduled_events.get(call.id()))?;
    if !may_see(account, &call.caller, event) {
        return Err(ApiError::PermissionDenied("You are not allowed to view this event"));
    }
    let mut violations = Violations::default();
    let status = call.choice("status", &["active", "canceled"], &mut violations);
    let default = Sorting::ascending("created_at");
    let sorting = Sorting::of(call, &["created_at"], default, &mut violations);
    let email = call.parameter("email");
    let rows = event.invitees.iter().filter(|invitee| {
        status.is_none_or(|status| invitee.status() == status)
            && email.is_none_or(|email| invitee.email.eq_ignore_ascii_case(email))
    });
    page(call, violations, rows, &sorting, Invitee::resource)
}

fn show(call: &Call, account: &mut Account) -> Outcome {
    let event = found(account.scheduled_events.get(call.id()))?;
    if !may_see(account, &call.caller, event) {
        return Err(ApiError::PermissionDenied("You do not have permission to view this event"));
    }
    let id = call.path_parameter("invitee");
    let invitee = found(event.invitees.iter().find(|invitee| invitee.id == id))?;
    Ok(Answer::resource(invitee.resource()))
}
