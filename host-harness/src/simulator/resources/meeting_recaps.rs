//! Meeting recaps: what the notetaker wrote down.
//!
//! Whose recaps somebody sees is not documented. Webhooks about them exist for single users only,
//! so everybody has their own here, and those of others are not found.

use serde_json::{Value, json};

use super::webhook_notices as notices;
use crate::simulator::account::Account;
use crate::simulator::answer::{Answer, Outcome};
use crate::simulator::call::{Call, Endpoint};
use crate::simulator::errors::{ApiError, Violations};
use crate::simulator::fields::{Fields, is_email};
use crate::simulator::paging::{found, page};
use crate::simulator::sorting::{Key, Row, Sorting};
use crate::simulator::time_range::TimeRange;
use crate::simulator::timestamp::Timestamp;
use crate::simulator::uris::uri;

const READ: &str = "meeting_recaps:read";
const WRITE: &str = "meeting_recaps:write";

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/meeting_recaps", READ, list).query(&[
        "event",
        "start_time",
        "end_time",
        "status",
        "attendee",
        "count",
        "page_token",
    ]),
    Endpoint::get("/meeting_recaps/{uuid}", READ, show),
    Endpoint::patch("/meeting_recaps/{uuid}", WRITE, update),
    Endpoint::delete("/meeting_recaps/{uuid}", WRITE, delete),
    Endpoint::get("/meeting_recaps/{uuid}/transcript", READ, transcript),
];

/// The fields that a body may have.
const TEXTS: [&str; 3] = ["summary_md", "action_items_md", "discussion_md"];

/// What is left of a meeting.
#[derive(Clone, Debug)]
pub(crate) struct MeetingRecap {
    pub(crate) id: String,
    /// The id of the user whose recap it is.
    pub(crate) owner: String,
    pub(crate) status: RecapStatus,
    /// The id of the scheduled event; none if the meeting was not booked here.
    pub(crate) event: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) location: Option<Value>,
    /// From when until when it took place.
    pub(crate) times: Option<(Timestamp, Timestamp)>,
    pub(crate) attendees: Option<Vec<Attendee>>,
    /// In the order of [`TEXTS`].
    pub(crate) texts: [Option<String>; 3],
    /// Lines of a speaker and the words.
    pub(crate) transcript: Option<String>,
    pub(crate) is_shared: bool,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// How far a recap is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RecapStatus {
    Available,
    Processing,
    Unavailable,
}

impl RecapStatus {
    /// As it is written in bodies.
    fn name(self) -> &'static str {
        match self {
            Self::Available => "Available",
            Self::Processing => "Processing",
            Self::Unavailable => "Unavailable",
        }
    }
}

/// Somebody who was there.
#[derive(Clone, Debug)]
pub(crate) struct Attendee {
    pub(crate) is_host: bool,
    pub(crate) email: String,
    pub(crate) name: String,
}

impl Row for MeetingRecap {
    fn id(&self) -> &str {
        &self.id
    }

    fn key(&self, _field: &str) -> Key<'_> {
        Key::Number(self.created_at.micros())
    }
}

impl MeetingRecap {
    pub(crate) fn uri(&self) -> String {
        uri("meeting_recaps", &self.id)
    }

    pub(crate) fn transcript_uri(&self) -> String {
        format!("{}/transcript", self.uri())
    }

    pub(crate) fn attendees(&self) -> Option<Vec<Value>> {
        let attendees = self.attendees.as_ref()?.iter();
        let shown = attendees.map(
            |one| json!({ "host": one.is_host, "user_email": one.email, "user_name": one.name }),
        );
        Some(shown.collect())
    }

    pub(crate) fn share_link(&self) -> Option<String> {
        self.is_shared.then(|| format!("https://calendly.com/recaps/{}", self.id))
    }

    pub(crate) fn event_uri(&self) -> Option<String> {
        self.event.as_ref().map(|event| uri("scheduled_events", event))
    }

    /// As it is listed: without what was written down.
    fn listed(&self) -> Value {
        json!({
            "uri": self.uri(),
            "app_url": format!("https://calendly.com/app/meeting_recaps/{}", self.id),
            "status": self.status.name(),
            "event": self.event_uri(),
            "name": self.name,
            "location": self.location,
            "start_time": self.times.map(|(start, _)| start),
            "end_time": self.times.map(|(_, end)| end),
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "attendees": self.attendees(),
            // There always is one in lists, whether or not it leads anywhere.
            "transcript": self.transcript_uri(),
        })
    }

    fn resource(&self) -> Value {
        let mut resource = self.listed();
        resource["transcript"] = json!(self.transcript.as_ref().map(|_| self.transcript_uri()));
        for (name, text) in TEXTS.iter().zip(&self.texts) {
            resource[*name] = json!(text);
        }
        resource["share_link"] = json!(self.share_link());
        resource
    }
}

pub(super) fn check_plan(account: &Account) -> Result<(), ApiError> {
    account.organization.plan.require_paid("Please upgrade to a paid Calendly account")
}

fn list(call: &Call, account: &mut Account) -> Outcome {
    check_plan(account)?;
    let mut violations = Violations::default();
    let event = call.reference("event", "scheduled_events", &mut violations);
    let times = TimeRange::of(call, "start_time", "end_time", &mut violations);
    let statuses = ["available", "processing", "unavailable"];
    let status = call.choice("status", &statuses, &mut violations).unwrap_or("available");
    let attendee = call.parameter("attendee");
    if attendee.is_some_and(|email| !is_email(email)) {
        violations.add("attendee", "is invalid");
    }

    let rows = account.meeting_recaps.values().filter(|recap| {
        recap.owner == call.caller
            && recap.status.name().eq_ignore_ascii_case(status)
            && event.is_none_or(|event| recap.event.as_deref() == Some(event))
            && overlaps(times, recap.times)
            && attendee.is_none_or(|email| recap.was_there(email))
    });
    // The order is not documented, and cannot be chosen.
    let sorting = Sorting::ascending("created_at");
    page(call, violations, rows, &sorting, MeetingRecap::listed)
}

/// Whether a meeting ended at or after the start of the range and began at or before its end. One
/// whose times are not known is in no range.
fn overlaps(range: TimeRange, times: Option<(Timestamp, Timestamp)>) -> bool {
    range.from.is_none_or(|from| times.is_some_and(|(_, end)| end >= from))
        && range.until.is_none_or(|until| times.is_some_and(|(start, _)| start <= until))
}

impl MeetingRecap {
    fn was_there(&self, email: &str) -> bool {
        let attendees = self.attendees.as_deref().unwrap_or_default();
        attendees.iter().any(|one| one.email.eq_ignore_ascii_case(email))
    }
}

fn own<'a>(call: &Call, account: &'a Account) -> Result<&'a MeetingRecap, ApiError> {
    check_plan(account)?;
    found(account.meeting_recaps.get(call.id()).filter(|recap| recap.owner == call.caller))
}

fn show(call: &Call, account: &mut Account) -> Outcome {
    Ok(Answer::resource(own(call, account)?.resource()))
}

fn transcript(call: &Call, account: &mut Account) -> Outcome {
    let recap = own(call, account)?;
    let text = found(recap.transcript.as_ref())?;
    Ok(Answer::resource(json!({ "uri": recap.transcript_uri(), "text": text })))
}

fn update(call: &Call, account: &mut Account) -> Outcome {
    let mut recap = own(call, account)?.clone();
    let body = call.object()?;
    let mut fields = Fields::new(&body);
    // That something has to be sent is not documented here, but it is for contacts.
    if body.is_empty() {
        fields.refuse("body", "must include at least one supported field");
    }
    fields.allow_only(&TEXTS);
    for (name, slot) in TEXTS.iter().zip(&mut recap.texts) {
        if fields.has(name) {
            *slot = fields.text(name).map(str::to_owned);
        }
    }
    fields.violations.check()?;
    recap.updated_at = call.now;
    let resource = recap.resource();
    notices::updated_recap(account, &recap, call.now);
    account.meeting_recaps.insert(recap.id.clone(), recap);
    Ok(Answer::resource(resource))
}

fn delete(call: &Call, account: &mut Account) -> Outcome {
    own(call, account)?;
    let recap = found(account.meeting_recaps.remove(call.id()))?;
    notices::deleted_recap(account, &recap, call.now);
    Ok(Answer::none())
}
