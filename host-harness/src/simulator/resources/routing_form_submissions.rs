//! What people answered to routing forms, and where that led them.

use serde_json::{Value, json};

use super::invitees::tracking;
use super::routing_forms::check_admin;
use crate::simulator::account::Account;
use crate::simulator::answer::{Answer, Outcome};
use crate::simulator::call::{Call, Endpoint};
use crate::simulator::errors::Violations;
use crate::simulator::paging::{self, found, page};
use crate::simulator::sorting::{Key, Row, Sorting};
use crate::simulator::timestamp::Timestamp;
use crate::simulator::uris::uri;

const SCOPE: &str = "routing_forms:read";

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/routing_form_submissions", SCOPE, list).query(&[
        "form",
        "count",
        "page_token",
        "sort",
    ]),
    Endpoint::get("/routing_form_submissions/{uuid}", SCOPE, show),
];

/// A routing form, filled in.
#[derive(Debug)]
pub(crate) struct Submission {
    pub(crate) id: String,
    pub(crate) form: String,
    pub(crate) answers: Vec<FormAnswer>,
    /// In the order of [`TRACKING`](super::invitees::TRACKING).
    pub(crate) tracking: [Option<String>; 6],
    /// Nowhere, if the form was left before its end.
    pub(crate) result: Option<RoutingResult>,
    /// The URI of the invitee, if it led to a booking.
    pub(crate) submitter: Option<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// An answer to a question as it was when it was asked.
#[derive(Debug)]
pub(crate) struct FormAnswer {
    /// None once the question has been deleted.
    pub(crate) question: Option<String>,
    pub(crate) name: &'static str,
    pub(crate) answer: Option<String>,
}

/// Where a submission led.
#[derive(Debug)]
pub(crate) enum RoutingResult {
    /// The id of an event type.
    EventType(String),
    ExternalUrl(&'static str),
    CustomMessage {
        headline: &'static str,
        body: &'static str,
    },
}

impl RoutingResult {
    fn resource(&self) -> Value {
        match self {
            Self::EventType(id) => json!({ "type": "event_type", "value": uri("event_types", id) }),
            Self::ExternalUrl(url) => json!({ "type": "external_url", "value": url }),
            Self::CustomMessage { headline, body } => json!({
                "type": "custom_message",
                "value": { "headline": headline, "body": body },
            }),
        }
    }
}

impl Row for Submission {
    fn id(&self) -> &str {
        &self.id
    }

    fn key(&self, _field: &str) -> Key<'_> {
        Key::Number(self.created_at.micros())
    }
}

impl Submission {
    pub(crate) fn uri(&self) -> String {
        uri("routing_form_submissions", &self.id)
    }

    pub(crate) fn resource(&self) -> Value {
        let answers = self.answers.iter().map(|one| {
            json!({ "question_uuid": one.question, "question": one.name, "answer": one.answer })
        });
        let mut resource = json!({
            "uri": self.uri(),
            "routing_form": uri("routing_forms", &self.form),
            "questions_and_answers": answers.collect::<Vec<_>>(),
            "tracking": tracking(&self.tracking),
            "submitter": self.submitter,
            "submitter_type": self.submitter.as_ref().map(|_| "Invitee"),
            "created_at": self.created_at,
            "updated_at": self.updated_at,
        });
        // The key is absent where there is no result, not null.
        if let Some(result) = &self.result {
            resource["result"] = result.resource();
        }
        resource
    }
}

fn list(call: &Call, account: &mut Account) -> Outcome {
    let mut violations = Violations::default();
    let form = call.reference("form", "routing_forms", &mut violations);
    if call.parameter("form").is_none() {
        violations.add("form", "is missing");
    }
    let default = Sorting::ascending("created_at");
    let sorting = Sorting::of(call, &["created_at"], default, &mut violations);
    paging::check(call, &mut violations);
    violations.check()?;
    check_admin(call, account)?;
    // The documentation is silent about unknown forms. They are not taken for empty ones.
    let form = found(account.routing_forms.get(form.unwrap_or_default()))?;

    let submissions = account.routing_form_submissions.values();
    let rows = submissions.filter(|submission| submission.form == form.id);
    page(call, Violations::default(), rows, &sorting, Submission::resource)
}

fn show(call: &Call, account: &mut Account) -> Outcome {
    check_admin(call, account)?;
    let submission = found(account.routing_form_submissions.get(call.id()))?;
    Ok(Answer::resource(submission.resource()))
}
