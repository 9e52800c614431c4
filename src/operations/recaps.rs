//! What was said in a meeting.

use serde_json::{Map, Value};

use super::{Access, Operation, input, problem, shapes};
use crate::api::{Call, Client};
use crate::error::Result;
use crate::json::{self, object};
use crate::records;

pub(super) const GET_TRANSCRIPT: Operation = Operation {
    name: "calendly.getTranscript",
    label: "Get a transcript",
    description: "Reads the transcript of a meeting that Calendly's notetaker attended.",
    input: &shapes::RECAP,
    output: &shapes::TRANSCRIPT,
    access: Access::Scopes(SCOPES),
    run: get_transcript,
};

fn get_transcript(client: &Client<'_>, config: &Map<String, Value>) -> Result<Value> {
    let path = records::path_of(input::table("meeting_recaps")?, input::text(config, "recap"));
    let path = problem::about("/config/recap", path)?;
    let call = Call::get(path + "/transcript").needing(SCOPES);
    let mut answer = json::members(client.send(&call)?);
    // Whether it is wrapped as other resources are is not documented.
    if let Value::Object(resource) = json::take(&mut answer, "resource") {
        answer = resource;
    }
    Ok(object! {
        "uri": json::take(&mut answer, "uri"),
        "text": json::take(&mut answer, "text"),
    })
}

const SCOPES: &[&str] = &["meeting_recaps:read"];
