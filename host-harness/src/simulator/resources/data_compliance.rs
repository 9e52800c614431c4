//! Data compliance: deletions for good. The real service takes up to seven days; here everything
//! is gone at once.

use std::collections::BTreeSet;

use crate::simulator::account::Account;
use crate::simulator::answer::{Answer, Outcome};
use crate::simulator::call::{Call, Endpoint};
use crate::simulator::errors::ApiError;
use crate::simulator::fields::{Fields, is_email};
use crate::simulator::timestamp::Timestamp;

const SCOPE: &str = "data_compliance:write";

/// 24 months.
const LONGEST_RANGE_YEARS: i64 = 2;

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post("/data_compliance/deletion/invitees", SCOPE, delete_invitees),
    Endpoint::post("/data_compliance/deletion/events", SCOPE, delete_events),
];

/// Admins have the permission that support grants to others only.
fn check_access(call: &Call, account: &Account) -> Result<(), ApiError> {
    account.organization.plan.require_enterprise()?;
    if account.is_admin(&call.caller) {
        return Ok(());
    }
    Err(ApiError::PermissionDenied(
        "You must be an admin/owner with the data requests permission enabled to use this \
         resource. Contact Calendly support and ask them to grant you data requests permission.",
    ))
}

/// Deletes people from whatever they were invited to. Contacts are no invitees: they stay.
fn delete_invitees(call: &Call, account: &mut Account) -> Outcome {
    check_access(call, account)?;
    let body = call.object()?;
    let mut fields = Fields::new(&body);
    let emails = emails(&mut fields);
    fields.violations.check()?;

    let is_one = |email: &str| emails.iter().any(|known| known.eq_ignore_ascii_case(email));
    let mut gone = BTreeSet::new();
    for event in account.scheduled_events.values_mut() {
        let invitees = event.invitees.iter().filter(|invitee| is_one(&invitee.email));
        gone.extend(invitees.map(|invitee| invitee.uri()));
        event.invitees.retain(|invitee| !is_one(&invitee.email));
        event.guests.retain(|guest| !is_one(guest));
    }
    forget_submissions(account, &gone);
    account.outgoing_communications.retain(|message| !is_one(&message.invitee));
    for recap in account.meeting_recaps.values_mut() {
        if let Some(attendees) = &mut recap.attendees {
            attendees.retain(|attendee| attendee.is_host || !is_one(&attendee.email));
        }
    }
    Ok(Answer::accepted())
}

fn emails<'a>(fields: &mut Fields<'a>) -> Vec<&'a str> {
    fields.required("emails");
    let Some(list) = fields.list("emails", usize::MAX) else {
        return Vec::new();
    };
    if list.is_empty() {
        fields.refuse("emails", "must be filled");
    }
    let mut emails = Vec::new();
    for (index, item) in list.iter().enumerate() {
        match item.as_str().filter(|email| is_email(email)) {
            Some(email) => emails.push(email),
            None => fields.refuse(&format!("emails[{index}]"), "is invalid"),
        }
    }
    emails
}

/// Deletes the events that began in a range of time, with everything that is about them.
fn delete_events(call: &Call, account: &mut Account) -> Outcome {
    check_access(call, account)?;
    let body = call.object()?;
    let mut fields = Fields::new(&body);
    let start = past_time(&mut fields, "start_time", call.now);
    let end = past_time(&mut fields, "end_time", call.now);
    if let (Some(start), Some(end)) = (start, end) {
        if end <= start {
            fields.refuse("end_time", "must be after start_time");
        } else if !start.is_within_years(LONGEST_RANGE_YEARS, end) {
            fields.refuse("end_time", "must be within 24 months of start_time");
        }
    }
    let (Some(start), Some(end)) = (start, end) else {
        return Err(fields.violations.into_error());
    };
    fields.violations.check()?;

    let events = account.scheduled_events.values();
    let ids: BTreeSet<String> = events
        .filter(|event| (start..=end).contains(&event.start))
        .map(|event| event.id.clone())
        .collect();
    let events = ids.iter().filter_map(|id| account.scheduled_events.remove(id));
    let invitees: BTreeSet<String> =
        events.flat_map(|event| event.invitees).map(|invitee| invitee.uri()).collect();
    forget_submissions(account, &invitees);
    account.outgoing_communications.retain(|message| !ids.contains(&message.event));
    account
        .meeting_recaps
        .retain(|_, recap| recap.event.as_ref().is_none_or(|event| !ids.contains(event)));
    Ok(Answer::accepted())
}

fn past_time(fields: &mut Fields<'_>, name: &str, now: Timestamp) -> Option<Timestamp> {
    let time = fields.required_time(name);
    if time.is_some_and(|time| time > now) {
        fields.refuse(name, "must be in the past");
    }
    time
}

/// Deletes what people had filled in before they booked, given the URIs of the invitees.
fn forget_submissions(account: &mut Account, invitees: &BTreeSet<String>) {
    account.routing_form_submissions.retain(|_, submission| {
        submission.submitter.as_ref().is_none_or(|submitter| !invitees.contains(submitter))
    });
}
