//! Who is told when something happens, and what: one function for each kind of resource.

use std::slice::from_ref;

use super::contacts::Contact;
use super::event_types::EventType;
use super::meeting_recaps::MeetingRecap;
use super::routing_form_submissions::Submission;
use super::webhook_payloads as payloads;
use crate::simulator::account::Account;
use crate::simulator::timestamp::Timestamp;
use crate::simulator::webhooks::announce;

/// About an invitee of a scheduled event, by their ids.
pub(super) fn invitee(
    account: &mut Account,
    name: &'static str,
    (event, invitee): (&str, &str),
    now: Timestamp,
) {
    let Some(hosts) = account.scheduled_events.get(event).map(|event| event.hosts.clone()) else {
        return;
    };
    announce(account, name, &hosts, now, |account| {
        let event = account.scheduled_events.get(event)?;
        let invitee = event.invitees.iter().find(|known| known.id == invitee)?;
        Some(payloads::invitee(account, event, invitee))
    });
}

/// About an event type as it is now. One for a single meeting counts too: the documentation makes
/// no difference.
pub(super) fn event_type(
    account: &mut Account,
    name: &'static str,
    event_type: &EventType,
    now: Timestamp,
) {
    announce(account, name, &event_type.hosts, now, |account| {
        Some(payloads::event_type(account, event_type))
    });
}

/// About a contact as it is now.
pub(super) fn contact(
    account: &mut Account,
    name: &'static str,
    contact: &Contact,
    now: Timestamp,
) {
    announce(account, name, from_ref(&contact.owner), now, |account| {
        Some(payloads::contact(account, contact))
    });
}

pub(super) fn deleted_contact(account: &mut Account, contact: &Contact, now: Timestamp) {
    announce(account, "contact.deleted", from_ref(&contact.owner), now, |_| {
        Some(payloads::deleted_contact(contact, now))
    });
}

pub(super) fn submission(account: &mut Account, submission: &Submission, now: Timestamp) {
    announce(account, "routing_form_submission.created", &[], now, |_| Some(submission.resource()));
}

pub(super) fn created_recap(account: &mut Account, recap: &MeetingRecap, now: Timestamp) {
    announce(account, "meeting_recap.created", from_ref(&recap.owner), now, |_| {
        Some(payloads::created_recap(recap))
    });
}

pub(super) fn updated_recap(account: &mut Account, recap: &MeetingRecap, now: Timestamp) {
    announce(account, "meeting_recap.updated", from_ref(&recap.owner), now, |_| {
        Some(payloads::updated_recap(recap))
    });
}

pub(super) fn deleted_recap(account: &mut Account, recap: &MeetingRecap, now: Timestamp) {
    announce(account, "meeting_recap.deleted", from_ref(&recap.owner), now, |_| {
        Some(payloads::deleted_recap(recap, now))
    });
}
