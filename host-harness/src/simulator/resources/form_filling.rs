//! What people do on the page of a routing form.

use super::routing_form_submissions::{FormAnswer, RoutingResult, Submission};
use super::webhook_notices as notices;
use crate::simulator::account::Account;
use crate::simulator::errors::{ApiError, Violations};
use crate::simulator::paging::found;
use crate::simulator::timestamp::Timestamp;
use crate::simulator::uris::id_of;

/// Submits a form, given pairs of a question's name and the answer to it. It leads to the first
/// event type that can be booked. Answers the URI of the submission.
pub(crate) fn submit(
    account: &mut Account,
    form: &str,
    answers: &[(&str, &str)],
    now: Timestamp,
) -> Result<String, ApiError> {
    let Some(id) = id_of(form, "routing_forms") else {
        return Err(ApiError::invalid("form", "is invalid"));
    };
    let form = found(account.routing_forms.get(id))?;
    if !form.published {
        return Err(ApiError::invalid("form", "is not published"));
    }
    let mut violations = Violations::default();
    for (name, _) in answers {
        if form.questions.iter().all(|question| question.name != *name) {
            violations.add(*name, "is not a question of the form");
        }
    }
    let mut given = Vec::new();
    for question in &form.questions {
        let answer = answers.iter().find(|(name, _)| *name == question.name);
        let answer = answer.map(|(_, text)| *text).filter(|text| !text.trim().is_empty());
        if question.required && answer.is_none() {
            violations.add(question.name, "must be filled");
        }
        let choices = question.choices;
        if answer.is_some_and(|text| !choices.is_empty() && !choices.contains(&text)) {
            violations.add(question.name, "is not one of the answer choices");
        }
        given.push(FormAnswer {
            question: Some(question.id.clone()),
            name: question.name,
            answer: answer.map(str::to_owned),
        });
    }
    violations.check()?;

    let bookable = account.event_types.values().find(|event_type| event_type.active);
    let result = bookable.map(|event_type| RoutingResult::EventType(event_type.id.clone()));
    let submission = Submission {
        id: account.random.uuid(),
        form: id.to_owned(),
        answers: given,
        tracking: [const { None }; 6],
        result,
        submitter: None,
        created_at: now,
        updated_at: now,
    };
    notices::submission(account, &submission, now);
    let uri = submission.uri();
    account.routing_form_submissions.insert(submission.id.clone(), submission);
    Ok(uri)
}
