//! What an event type asks, and what a booking answers.

use serde_json::{Map, Value};

use crate::error::{Violation, violation};
use crate::json;
use crate::text::{join, list};

/// Checks a booking's answers, against the event type as far as that is known: it also tells where
/// a question stands, so that a booking need not.
pub(super) fn check(
    event_type: Option<&Value>,
    body: &mut Map<String, Value>,
    broken: &mut Vec<Violation>,
) {
    let asked = event_type.map(|of| json::items(&of["custom_questions"]));
    let mut answered = Vec::new();
    let answers = body.get_mut("questions_and_answers").and_then(Value::as_array_mut);
    for (index, answer) in answers.into_iter().flatten().enumerate() {
        let at = |name: &str| format!("{ANSWERS}/{index}/{name}");
        for name in ["question", "answer"] {
            if !answer[name].is_string() {
                let message = format!("'{name}' is required, as a text");
                broken.push(violation(&at(name), "required", &message));
            }
        }
        let question = answer["question"].as_str().unwrap_or_default().to_owned();
        let known = asked.and_then(|asked| asked.iter().find(|one| one["name"] == *question));
        if let Some(known) = known {
            if let Some(text) = answer["answer"].as_str()
                && !is_choice(known, text)
            {
                let message = format!("The answer must be one of {}", list(choices(known)));
                broken.push(violation(&at("answer"), "enum", &message));
            }
            if answer["position"].is_null() {
                json::put(answer, "position", known["position"].clone());
            }
        } else if let Some(asked) = asked
            && answer["question"].is_string()
        {
            let mut names = Vec::new();
            for one in asked {
                if let Some(name) = one["name"].as_str() {
                    names.push(name);
                }
            }
            let message = format!(
                "The event type does not ask this word for word; it asks: {}",
                join(names, "; ")
            );
            broken.push(violation(&at("question"), "enum", &message));
            continue;
        }
        if answer["position"].as_u64().is_none() {
            let message = "'position' must be the question's place in the event type, from 0";
            broken.push(violation(&at("position"), "required", message));
        }
        if answered.contains(&question) {
            broken.push(violation(&at("question"), "uniqueItems", "This is answered twice"));
        }
        if !answer["answer"].as_str().unwrap_or_default().trim().is_empty() {
            answered.push(question);
        }
    }
    for question in asked.unwrap_or_default() {
        let needed = question["required"] == true && question["enabled"] != false;
        let name = question["name"].as_str().unwrap_or_default();
        if needed && !answered.iter().any(|answered| answered == name) {
            let message = format!("The question '{name}' has to be answered");
            broken.push(violation(ANSWERS, "required", &message));
        }
    }
}

/// Whether a question can be answered so. Several choices of one question stand in lines.
fn is_choice(question: &Value, answer: &str) -> bool {
    let choices = choices(question);
    choices.is_empty()
        || question["include_other"] == true
        || choices.contains(&answer)
        || (question["type"] == "multi_select" && answer.lines().all(|one| choices.contains(&one)))
}

/// Calendly has none, or null, for a question that is answered freely.
fn choices(question: &Value) -> Vec<&str> {
    json::texts_in(&question["answer_choices"])
}

const ANSWERS: &str = "/config/fields/questions_and_answers";
