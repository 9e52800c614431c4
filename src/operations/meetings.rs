//! Meetings: booked, canceled, and who did not come.

use serde_json::{Map, Value};

use super::{Access, Operation, input, problem, shapes};
use crate::api::Client;
use crate::error::Result;
use crate::json::{self, object};
use crate::records::{self, Base, Change, Place};

pub(super) const BOOK: Operation = Operation {
    name: "calendly.bookMeeting",
    label: "Book a meeting",
    description: "Books a meeting of an event type, after checking what the event type demands.",
    input: &shapes::BOOK,
    output: &shapes::WRITTEN,
    access: Access::Scopes(&[
        "scheduled_events:write",
        "scheduled_events:read",
        "event_types:read",
    ]),
    run: |client, config| input::create(client, config, Base::Me, "invitees"),
};

pub(super) const CANCEL: Operation = Operation {
    name: "calendly.cancelEvent",
    label: "Cancel a meeting",
    description: "Cancels a meeting for everybody who takes part.",
    input: &shapes::CANCEL,
    output: &shapes::DELETED,
    access: Access::Scopes(SCOPES),
    run: cancel,
};

pub(super) const MARK_NO_SHOW: Operation = Operation {
    name: "calendly.markNoShow",
    label: "Mark a no-show",
    description: "Marks an invitee as one who did not come; one who is marked stays so.",
    input: &shapes::NO_SHOW,
    output: &shapes::WRITTEN,
    access: Access::Scopes(SCOPES),
    run: |client, config| no_show(client, config, true),
};

pub(super) const CLEAR_NO_SHOW: Operation = Operation {
    name: "calendly.clearNoShow",
    label: "Clear a no-show",
    description: "Takes back that an invitee did not come, if it was marked.",
    input: &shapes::NO_SHOW,
    output: &shapes::WRITTEN,
    access: Access::Scopes(SCOPES),
    run: |client, config| no_show(client, config, false),
};

fn cancel(client: &Client<'_>, config: &Map<String, Value>) -> Result<Value> {
    let place = Place { base: Base::Me, table: input::table("scheduled_events")? };
    let (event, reason) = (input::text(config, "event"), json::text(config, "reason"));
    let write = records::prepare(client, &place, Change::Delete(event, reason));
    input::perform(client, config, problem::about("/config/event", write)?)
}

fn no_show(client: &Client<'_>, config: &Map<String, Value>, came_not: bool) -> Result<Value> {
    let place = Place { base: Base::Me, table: input::table("invitees")? };
    let fields = json::members(object! { "no_show": came_not });
    let change = Change::Update(input::text(config, "invitee"), &fields);
    let write = records::prepare(client, &place, change);
    input::perform_on_record(client, config, problem::about("/config/invitee", write)?)
}

const SCOPES: &[&str] = &["scheduled_events:write", "scheduled_events:read"];
