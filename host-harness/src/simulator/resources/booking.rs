//! `POST /invitees`: booking.

use serde_json::Value;

use super::event_types::EventType;
use super::invitees::{Invitee, QuestionAnswer, TRACKING};
use super::locations;
use super::openings;
use super::seats::Seat;
use super::webhook_notices as notices;
use crate::simulator::account::Account;
use crate::simulator::answer::{Answer, Outcome};
use crate::simulator::call::{Call, Endpoint};
use crate::simulator::errors::ApiError;
use crate::simulator::fields::{Fields, is_email};
use crate::simulator::paging::found;
use crate::simulator::uris::id_of;

pub(crate) const ENDPOINTS: &[Endpoint] =
    &[Endpoint::post("/invitees", "scheduled_events:write", book).booking()];

const MOST_GUESTS: usize = 10;

fn book(call: &Call, account: &mut Account) -> Outcome {
    let body = call.object()?;
    let mut fields = Fields::new(&body);
    let event_type = fields.required_text("event_type");
    let start = fields.required_time("start_time");
    if start.is_some_and(|start| start <= call.now) {
        fields.refuse("start_time", "must be in the future");
    }
    let person = invitee(&mut fields);
    let (Some(event_type), Some(start)) = (event_type, start) else {
        return Err(fields.violations.into_error());
    };
    let Some(event_type) = id_of(event_type, "event_types") else {
        fields.refuse("event_type", "is invalid");
        return Err(fields.violations.into_error());
    };
    let event_type = found(account.event_type(event_type))?.clone();
    if !event_type.active {
        fields.refuse("event_type", "is not active");
    }

    let event_id = account.random.uuid();
    let answers = answers(&mut fields, &event_type);
    let tracking = tracking(&mut fields);
    let guests = guests(&mut fields);
    let round_robin = event_type.round_robin;
    let location = locations::chosen(&mut fields, &event_type.locations, round_robin, &event_id);
    let Some(person) = person.filter(|_| fields.violations.is_empty()) else {
        return Err(fields.violations.into_error());
    };

    // A one-off event type is for the times it was made for, and for one meeting.
    let one_off = event_type.one_off.is_some();
    if one_off && !openings::is_open(account, &event_type, start, call.now) {
        return Err(ApiError::invalid("start_time", "is not available"));
    }
    let seat = Seat::find(account, &event_type, start)?;
    let mut invitee = Invitee {
        id: account.random.uuid(),
        event: String::new(),
        name: person.name,
        names: person.names,
        email: person.email,
        timezone: person.timezone,
        answers,
        tracking,
        text_reminder_number: person.text_reminder_number,
        cancellation: None,
        old_invitee: None,
        new_invitee: None,
        no_show: None,
        routing_form_submission: None,
        scheduled_by: Some(call.caller.clone()),
        created_at: call.now,
        updated_at: call.now,
    };
    let event = seat.take(account, &event_type, start, (event_id, location), call.now);
    invitee.event.clone_from(&event);
    let (id, resource) = (invitee.id.clone(), invitee.resource());
    found(account.scheduled_events.get_mut(&event))?.join(invitee, guests, call.now);
    notices::invitee(account, "invitee.created", (&event, &id), call.now);
    Ok(Answer::created(resource))
}

/// The person in the body.
struct Person {
    name: String,
    names: Option<(String, Option<String>)>,
    email: String,
    timezone: String,
    text_reminder_number: Option<String>,
}

fn invitee(fields: &mut Fields<'_>) -> Option<Person> {
    let value = fields.required("invitee")?;
    let Some(object) = value.as_object() else {
        fields.refuse("invitee", "must be an object");
        return None;
    };
    let mut person = None;
    fields.within("invitee", object, |fields| {
        let email = fields.required_email("email");
        fields.required_text("timezone");
        let timezone = fields.time_zone("timezone");
        let name = fields.text("name").filter(|name| !name.trim().is_empty());
        let first = fields.text("first_name").filter(|name| !name.trim().is_empty());
        let last = fields.text("last_name");
        if name.is_none() && first.is_none() {
            fields.refuse("name", "or first_name must be filled");
        }
        let number = fields.text("text_reminder_number");
        if number.is_some_and(|number| !is_phone_number(number)) {
            fields.refuse("text_reminder_number", "must be in E.164 format");
        }
        let full_name = name.map(str::to_owned).or_else(|| {
            first.map(|first| last.map_or(first.to_owned(), |last| format!("{first} {last}")))
        });
        if let (Some(name), Some(email), Some(timezone)) = (full_name, email, timezone) {
            person = Some(Person {
                name,
                names: first.map(|first| (first.to_owned(), last.map(str::to_owned))),
                email: email.to_owned(),
                timezone: timezone.to_owned(),
                text_reminder_number: number.map(str::to_owned),
            });
        }
    });
    person
}

/// `+` and 7 to 15 digits; people put spaces between them.
pub(crate) fn is_phone_number(text: &str) -> bool {
    let digits: String = text.chars().filter(|c| *c != ' ').collect();
    digits.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len()) && digits.chars().all(|c| c.is_ascii_digit())
    })
}

fn answers(fields: &mut Fields<'_>, event_type: &EventType) -> Vec<QuestionAnswer> {
    let mut answers = Vec::new();
    let list = fields.list("questions_and_answers", usize::MAX).unwrap_or_default();
    for (index, item) in list.iter().enumerate() {
        let name = format!("questions_and_answers[{index}]");
        let Some(object) = item.as_object() else {
            fields.refuse(&name, "must be an object");
            continue;
        };
        fields.within(&name, object, |fields| {
            let question = fields.required_text("question");
            fields.required("answer");
            let answer = fields.text("answer");
            fields.required("position");
            let position = fields.number_in("position", 0, 100);
            // The text has to be exactly the question's.
            let asked = event_type.questions.iter().find(|known| question == Some(known.name));
            if question.is_some() && asked.is_none() {
                fields.refuse("question", "is not a question of the event type");
            }
            let choices = asked.map_or(&[][..], |asked| asked.choices);
            if answer.is_some_and(|answer| !choices.is_empty() && !choices.contains(&answer)) {
                fields.refuse("answer", "is not one of the answer choices");
            }
            if let (Some(question), Some(answer), Some(position)) = (question, answer, position) {
                answers.push(QuestionAnswer {
                    question: question.to_owned(),
                    answer: answer.to_owned(),
                    position,
                });
            }
        });
    }
    for question in event_type.questions.iter().filter(|question| question.required) {
        let answered =
            |one: &QuestionAnswer| one.question == question.name && !one.answer.trim().is_empty();
        if !answers.iter().any(answered) {
            fields.refuse(
                "questions_and_answers",
                format!("must answer the required question \"{}\"", question.name),
            );
        }
    }
    answers
}

fn tracking(fields: &mut Fields<'_>) -> [Option<String>; 6] {
    let mut tracking = [const { None }; 6];
    let Some(value) = fields.value("tracking") else {
        return tracking;
    };
    let Some(object) = value.as_object() else {
        fields.refuse("tracking", "must be an object");
        return tracking;
    };
    fields.within("tracking", object, |fields| {
        for (slot, name) in tracking.iter_mut().zip(TRACKING) {
            if !fields.has(name) {
                fields.refuse(name, "is missing");
            }
            *slot = fields.text(name).map(str::to_owned);
        }
    });
    tracking
}

fn guests(fields: &mut Fields<'_>) -> Vec<String> {
    let list = fields.list("event_guests", MOST_GUESTS).unwrap_or_default();
    let guests: Vec<String> = list
        .iter()
        .filter_map(Value::as_str)
        .filter(|email| is_email(email))
        .map(str::to_owned)
        .collect();
    if guests.len() != list.len() {
        fields.refuse("event_guests", "must be e-mail addresses");
    }
    guests
}
