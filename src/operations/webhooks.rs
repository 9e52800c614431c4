//! What Calendly tells of events.

use serde_json::{Map, Value};

use super::{Access, Operation, input, shapes};
use crate::api::{Call, Client};
use crate::error::Result;
use crate::json::object;

pub(super) const SAMPLE: Operation = Operation {
    name: "calendly.sampleWebhook",
    label: "Sample a webhook",
    description: "Reads a sample of what Calendly sends to a webhook subscription of the base.",
    input: &shapes::SAMPLE,
    output: &shapes::SAMPLED,
    access: Access::Scopes(SCOPES),
    run: sample,
};

fn sample(client: &Client<'_>, config: &Map<String, Value>) -> Result<Value> {
    let mut query = vec![("event", input::text(config, "event").to_owned())];
    query.extend(input::checked_base(config)?.scope(client)?);
    let call = Call::get("/sample_webhook_data").with_query(query).needing(SCOPES);
    Ok(object! { "sample": client.send(&call)? })
}

const SCOPES: &[&str] = &["webhooks:read"];
