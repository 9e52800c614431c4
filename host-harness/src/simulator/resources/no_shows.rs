//! Marks on invitees who did not appear.

use serde_json::{Value, json};

use super::event_access::may_see;
use super::invitees::Invitee;
use super::webhook_notices as notices;
use crate::simulator::account::Account;
use crate::simulator::answer::{Answer, Outcome};
use crate::simulator::call::{Call, Endpoint};
use crate::simulator::errors::ApiError;
use crate::simulator::fields::Fields;
use crate::simulator::paging::found;
use crate::simulator::timestamp::Timestamp;
use crate::simulator::uris::{id_of, uri};

const FAMILY: &str = "invitee_no_shows";
const READ: &str = "scheduled_events:read";
const WRITE: &str = "scheduled_events:write";

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post("/invitee_no_shows", WRITE, create),
    Endpoint::get("/invitee_no_shows/{uuid}", READ, show),
    Endpoint::delete("/invitee_no_shows/{uuid}", WRITE, delete),
];

/// That an invitee did not appear.
#[derive(Clone, Debug)]
pub(crate) struct NoShow {
    pub(crate) id: String,
    pub(crate) created_at: Timestamp,
}

impl NoShow {
    pub(crate) fn uri(&self) -> String {
        uri(FAMILY, &self.id)
    }

    fn resource(&self, invitee: &Invitee) -> Value {
        json!({ "uri": self.uri(), "invitee": invitee.uri(), "created_at": self.created_at })
    }
}

fn create(call: &Call, account: &mut Account) -> Outcome {
    let body = call.object()?;
    let mut fields = Fields::new(&body);
    // The documentation calls it optional, but there is nothing to do without it.
    let text = fields.required_text("invitee");
    let ids = text.and_then(invitee_ids);
    if text.is_some() && ids.is_none() {
        fields.refuse("invitee", "is invalid");
    }
    fields.violations.check()?;
    let (event, id) = ids.unwrap_or_default();
    let event = found(account.scheduled_events.get(event))?;
    let invitee = found(event.invitees.iter().find(|invitee| invitee.id == id))?;
    if !may_see(account, &call.caller, event) {
        return Err(ApiError::NO_PERMISSION);
    }
    // What cannot be marked is not documented. These three make no sense.
    if invitee.cancellation.is_some() {
        return Err(ApiError::invalid("invitee", "is canceled"));
    }
    if event.start > call.now {
        return Err(ApiError::invalid("invitee", "is invited to an event that has not started"));
    }
    if invitee.no_show.is_some() {
        return Err(ApiError::AlreadyExists);
    }

    let no_show = NoShow { id: account.random.uuid(), created_at: call.now };
    let (event_id, id) = (event.id.clone(), id.to_owned());
    let event = found(account.scheduled_events.get_mut(&event_id))?;
    let invitee = found(event.invitees.iter_mut().find(|invitee| invitee.id == id))?;
    let resource = no_show.resource(invitee);
    invitee.no_show = Some(no_show);
    notices::invitee(account, "invitee_no_show.created", (&event_id, &id), call.now);
    Ok(Answer::created(resource))
}

fn show(call: &Call, account: &mut Account) -> Outcome {
    let invitee = marked(call, account)?;
    let no_show = found(invitee.no_show.as_ref())?;
    Ok(Answer::resource(no_show.resource(invitee)))
}

fn delete(call: &Call, account: &mut Account) -> Outcome {
    let invitee = marked(call, account)?;
    let (event_id, id) = (invitee.event.clone(), invitee.id.clone());
    let event = found(account.scheduled_events.get_mut(&event_id))?;
    let invitee = found(event.invitees.iter_mut().find(|invitee| invitee.id == id))?;
    invitee.no_show = None;
    notices::invitee(account, "invitee_no_show.deleted", (&event_id, &id), call.now);
    Ok(Answer::none())
}

/// The invitee with the mark in the path.
fn marked<'a>(call: &Call, account: &'a Account) -> Result<&'a Invitee, ApiError> {
    let is_it = |invitee: &&Invitee| {
        invitee.no_show.as_ref().is_some_and(|no_show| no_show.id == call.id())
    };
    let mut pairs = account
        .scheduled_events
        .values()
        .filter_map(|event| Some((event, event.invitees.iter().find(is_it)?)));
    let (event, invitee) = found(pairs.next())?;
    if may_see(account, &call.caller, event) { Ok(invitee) } else { Err(ApiError::NO_PERMISSION) }
}

/// The ids of the event and the invitee in an invitee's URI.
pub(super) fn invitee_ids(text: &str) -> Option<(&str, &str)> {
    let (event, id) = text.split_once("/invitees/")?;
    let event = id_of(event, "scheduled_events")?;
    (!id.is_empty() && !id.contains(['/', '?', '#'])).then_some((event, id))
}
