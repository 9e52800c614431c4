//! Routing forms, and who filled them in: some have booked then.

use super::names::{COMPANIES, FIRST, LAST};
use super::table;
use crate::simulator::account::Account;
use crate::simulator::plan::Plan;
use crate::simulator::random::SplitMix64;
use crate::simulator::resources::routing_form_submissions::{
    FormAnswer, RoutingResult, Submission,
};
use crate::simulator::resources::routing_forms::{FormQuestion, RoutingForm};
use crate::simulator::timestamp::Timestamp;

const OWN_RANDOMNESS: u64 = 0x0000_666f_726d_7321;
const SALES_SUBMISSIONS: i64 = 24;
const SUPPORT_SUBMISSIONS: i64 = 6;
/// How many submissions have led to a booking.
const BOOKED: usize = 5;

/// A question: name, type, whether it is required, choices.
type Question = (&'static str, &'static str, bool, &'static [&'static str]);

const SALES: [Question; 6] = [
    ("Your name", "name", true, &[]),
    ("Your e-mail address", "email", true, &[]),
    ("Phone number", "phone", false, &[]),
    ("Company size", "select", true, &["1-10", "11-50", "More than 50"]),
    ("What brings you here?", "radios", true, &["A quote", "A demo", "Something else"]),
    ("Anything else?", "textarea", false, &[]),
];

const SUPPORT: [Question; 4] = [
    ("Name", "name", true, &[]),
    ("E-mail", "email", true, &[]),
    ("Order number", "text", false, &[]),
    ("What went wrong?", "textarea", true, &[]),
];

const PARTNERS: [Question; 3] = [
    ("Name", "name", true, &[]),
    ("E-mail", "email", true, &[]),
    ("Region", "select", false, &["Africa", "Americas", "Asia", "Europe"]),
];

pub(super) fn add(account: &mut Account, seed: u64, now: Timestamp) {
    // Free has no routing forms, but asking for them is answered with an empty list all the same.
    if account.organization.plan == Plan::Basic {
        return;
    }
    let mut random = SplitMix64::new(seed ^ OWN_RANDOMNESS);
    let sales = form(&mut random, "Talk to sales", true, &SALES, now.plus(-200 * Timestamp::DAY));
    let support = form(&mut random, "Get support", true, &SUPPORT, now.plus(-90 * Timestamp::DAY));
    let partners =
        form(&mut random, "Become a partner", false, &PARTNERS, now.plus(-6 * Timestamp::DAY));

    let mut submissions = booked(account, &mut random, &sales);
    let event_type = account.event_types.values().find(|event_type| event_type.active);
    let event_type = event_type.map(|event_type| event_type.id.clone());
    let left = SALES_SUBMISSIONS - i64::try_from(submissions.len()).unwrap_or_default();
    for index in 0..left {
        let created_at = now.plus(-(6 * index + 2) * Timestamp::DAY + 577_215);
        let mut one = submission(&mut random, &sales, index, created_at);
        one.result = sales_result(index, event_type.clone());
        submissions.push(one);
    }
    for index in 0..SUPPORT_SUBMISSIONS {
        let created_at = now.plus(-(9 * index + 1) * Timestamp::DAY + 302_585);
        submissions.push(submission(&mut random, &support, index, created_at));
    }
    account.routing_forms = table(vec![sales, support, partners], |form: &RoutingForm| &form.id);
    account.routing_form_submissions = table(submissions, |one: &Submission| &one.id);
}

fn form(
    random: &mut SplitMix64,
    name: &'static str,
    published: bool,
    questions: &[Question],
    created_at: Timestamp,
) -> RoutingForm {
    let questions = questions.iter().map(|&(name, kind, required, choices)| FormQuestion {
        id: random.uuid(),
        name,
        kind,
        required,
        choices,
    });
    RoutingForm {
        questions: questions.collect(),
        id: random.uuid(),
        name,
        published,
        created_at,
        updated_at: created_at.plus(3 * Timestamp::DAY + 84_147),
    }
}

/// Where people are sent who have not booked: to each of the three kinds of places, or nowhere.
fn sales_result(index: i64, event_type: Option<String>) -> Option<RoutingResult> {
    match index % 4 {
        0 => event_type.map(RoutingResult::EventType),
        1 => Some(RoutingResult::ExternalUrl("https://northwind.example/pricing?from=form")),
        2 => Some(MESSAGE),
        _ => None,
    }
}

const MESSAGE: RoutingResult = RoutingResult::CustomMessage {
    headline: "Thank you",
    body: "We will get back to you within a day.",
};

/// Submissions of people who are invited to scheduled events, shortly before they booked.
fn booked(account: &mut Account, random: &mut SplitMix64, form: &RoutingForm) -> Vec<Submission> {
    let mut submissions = Vec::new();
    for event in account.scheduled_events.values_mut() {
        let Some(invitee) = event.invitees.first_mut() else {
            continue;
        };
        // Who rescheduled was routed when they booked for the first time.
        let created_at = invitee.created_at.plus(-4 * Timestamp::MINUTE);
        if invitee.old_invitee.is_some() || created_at < form.created_at {
            continue;
        }
        let index = i64::try_from(submissions.len()).unwrap_or_default();
        let mut one = submission(random, form, index, created_at);
        for (position, text) in [&invitee.name, &invitee.email].into_iter().enumerate() {
            if let Some(answer) = one.answers.get_mut(position) {
                answer.answer = Some(text.clone());
            }
        }
        one.tracking.clone_from(&invitee.tracking);
        one.result = Some(RoutingResult::EventType(event.event_type.clone()));
        one.submitter = Some(invitee.uri());
        one.updated_at = invitee.created_at;
        invitee.routing_form_submission = Some(one.uri());
        submissions.push(one);
        if submissions.len() == BOOKED {
            break;
        }
    }
    submissions
}

/// A submission that led to a message.
fn submission(
    random: &mut SplitMix64,
    form: &RoutingForm,
    index: i64,
    created_at: Timestamp,
) -> Submission {
    let (first, plain_first) = FIRST[random.index(FIRST.len())];
    let (last, plain_last) = LAST[random.index(LAST.len())];
    let (_, domain) = COMPANIES[random.index(COMPANIES.len())];
    let mut answers = Vec::new();
    for question in &form.questions {
        let answer = match question.kind {
            "name" => format!("{first} {last}"),
            "email" => format!("{plain_first}.{plain_last}@{domain}"),
            // 555-01xx is reserved for fiction.
            "phone" => format!("+1 20255501{:02}", random.below(100)),
            "text" => format!("NW-{}", 10_000 + random.below(90_000)),
            "textarea" => "It would be about two offices.\nMornings are best.".to_owned(),
            _ => random.pick(question.choices).to_owned(),
        };
        answers.push(FormAnswer {
            question: Some(question.id.clone()),
            name: question.name,
            answer: Some(answer).filter(|_| question.required || index % 2 == 0),
        });
    }
    if index % 7 == 6 {
        // A question that has been deleted since.
        answers.push(FormAnswer {
            question: None,
            name: "How did you hear about us?",
            answer: Some("From a friend".to_owned()),
        });
    }
    let mut tracking = [const { None }; 6];
    if index % 3 == 1 {
        tracking[0] = Some("autumn".to_owned());
        tracking[1] = Some("newsletter".to_owned());
    }
    Submission {
        id: random.uuid(),
        form: form.id.clone(),
        answers,
        tracking,
        result: Some(MESSAGE),
        submitter: None,
        created_at,
        updated_at: created_at,
    }
}
