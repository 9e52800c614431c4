//! Data that has to be deleted for somebody's privacy. Calendly does it within seven days.

use serde_json::{Map, Value};

use super::{Access, Operation, input, shapes};
use crate::api::{Call, Client};
use crate::catalog::Kind;
use crate::error::{Error, Result, violation};
use crate::instant::Instant;
use crate::json::{self, object};
use crate::records::Write;

pub(super) const DELETE_INVITEE_DATA: Operation = Operation {
    name: "calendly.deleteInviteeData",
    label: "Delete invitees' data",
    description: "Has Calendly delete all data of these invitees in the organization, which \
                  cannot be undone. Needs the Enterprise plan.",
    input: &shapes::INVITEE_DATA,
    output: &shapes::ACCEPTED,
    access: Access::Scopes(SCOPES),
    run: delete_invitee_data,
};

pub(super) const DELETE_EVENT_DATA: Operation = Operation {
    name: "calendly.deleteEventData",
    label: "Delete events' data",
    description: "Has Calendly delete all data of the meetings in a stretch of the past, which \
                  cannot be undone. Needs the Enterprise plan.",
    input: &shapes::EVENT_DATA,
    output: &shapes::ACCEPTED,
    access: Access::Scopes(SCOPES),
    run: delete_event_data,
};

fn delete_invitee_data(client: &Client<'_>, config: &Map<String, Value>) -> Result<Value> {
    let (mut broken, emails) = (Vec::new(), config.get("emails").cloned().unwrap_or_default());
    for (index, email) in json::items(&emails).iter().enumerate() {
        if let Some(demand) = Kind::Email.demand(email) {
            let message = format!("This must be {demand}");
            broken.push(violation(&format!("/config/emails/{index}"), "format", &message));
        }
    }
    if !broken.is_empty() {
        return Err(Error::invalid_input(broken));
    }
    ask(client, config, "/data_compliance/deletion/invitees", object! { "emails": emails })
}

fn delete_event_data(client: &Client<'_>, config: &Map<String, Value>) -> Result<Value> {
    let mut broken = Vec::new();
    let stretch = input::stretch(config, &mut broken);
    if let Some((from, to)) = stretch {
        if to > Instant::from_unix_ms(client.host.now()) {
            let message = "Only the data of past meetings can be deleted";
            broken.push(violation("/config/endTime", "past", message));
        }
        if from.plus_ms(LONGEST_MS) < to {
            let message = "The stretch must not be longer than 24 months";
            broken.push(violation("/config/endTime", "maximum", message));
        }
    }
    let (Some((from, to)), true) = (stretch, broken.is_empty()) else {
        return Err(Error::invalid_input(broken));
    };
    let body = object! { "start_time": from.to_string(), "end_time": to.to_string() };
    ask(client, config, "/data_compliance/deletion/events", body)
}

fn ask(client: &Client<'_>, config: &Map<String, Value>, path: &str, body: Value) -> Result<Value> {
    let write = Write::new(Call::post(path, body).needing(SCOPES), |_, answer, _| {
        answer?;
        Ok(object! { "accepted": true })
    });
    input::perform(client, config, write)
}

const SCOPES: &[&str] = &["data_compliance:write"];
/// Two years, a leap day among them; Calendly counts the months itself.
const LONGEST_MS: i64 = 731 * 86_400_000;
