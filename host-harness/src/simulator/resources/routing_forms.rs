//! Routing forms: questions that decide what somebody may book.

use serde_json::{Value, json};

use crate::simulator::account::Account;
use crate::simulator::answer::{Answer, Outcome};
use crate::simulator::call::{Call, Endpoint};
use crate::simulator::errors::{ApiError, Violations};
use crate::simulator::paging::{self, found, page};
use crate::simulator::sorting::{Key, Row, Sorting};
use crate::simulator::timestamp::Timestamp;
use crate::simulator::uris::uri;

const SCOPE: &str = "routing_forms:read";

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/routing_forms", SCOPE, list).query(&[
        "organization",
        "count",
        "page_token",
        "sort",
    ]),
    Endpoint::get("/routing_forms/{uuid}", SCOPE, show),
];

/// A routing form.
#[derive(Debug)]
pub(crate) struct RoutingForm {
    pub(crate) id: String,
    pub(crate) name: &'static str,
    pub(crate) published: bool,
    pub(crate) questions: Vec<FormQuestion>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// What a routing form asks.
#[derive(Debug)]
pub(crate) struct FormQuestion {
    pub(crate) id: String,
    pub(crate) name: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) required: bool,
    pub(crate) choices: &'static [&'static str],
}

impl Row for RoutingForm {
    fn id(&self) -> &str {
        &self.id
    }

    fn key(&self, _field: &str) -> Key<'_> {
        Key::Number(self.created_at.micros())
    }
}

impl RoutingForm {
    pub(crate) fn uri(&self) -> String {
        uri("routing_forms", &self.id)
    }

    fn resource(&self, account: &Account) -> Value {
        let questions = self.questions.iter().map(|question| {
            json!({
                "uuid": question.id,
                "name": question.name,
                "type": question.kind,
                "required": question.required,
                // Null where there is nothing to choose from.
                "answer_choices": Some(question.choices).filter(|choices| !choices.is_empty()),
            })
        });
        json!({
            "uri": self.uri(),
            "organization": uri("organizations", &account.organization.id),
            "name": self.name,
            "status": if self.published { "published" } else { "draft" },
            "questions": questions.collect::<Vec<_>>(),
            "created_at": self.created_at,
            "updated_at": self.updated_at,
        })
    }
}

fn list(call: &Call, account: &mut Account) -> Outcome {
    let mut violations = Violations::default();
    let organization = call.reference("organization", "organizations", &mut violations);
    if call.parameter("organization").is_none() {
        violations.add("organization", "is missing");
    }
    let default = Sorting::ascending("created_at");
    let sorting = Sorting::of(call, &["created_at"], default, &mut violations);
    paging::check(call, &mut violations);
    violations.check()?;
    if let Some(organization) = organization {
        account.check_organization(organization)?;
    }
    check_admin(call, account)?;
    let rows = account.routing_forms.values();
    page(call, Violations::default(), rows, &sorting, |form| form.resource(account))
}

fn show(call: &Call, account: &mut Account) -> Outcome {
    check_admin(call, account)?;
    let form = found(account.routing_forms.get(call.id()))?;
    Ok(Answer::resource(form.resource(account)))
}

/// Forms and their submissions are the organization's. The documentation does not say who may read
/// them; since webhooks about them are for owners and admins only, so they are here.
pub(super) fn check_admin(call: &Call, account: &Account) -> Result<(), ApiError> {
    if account.is_admin(&call.caller) { Ok(()) } else { Err(ApiError::NO_PERMISSION) }
}
