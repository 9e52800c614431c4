//! What Calendly tells of events: subscriptions to it, and samples of it.

mod subscribe;
mod verify;
mod wanted;

use serde_json::{Map, Value};

use super::{Access, Operation, input, problem, shapes};
use crate::api::{Call, Client};
use crate::catalog::Verb;
use crate::error::Result;
use crate::json::{self, object};
use crate::records::{self, Base, Change, Place, Query};

pub(super) use subscribe::SUBSCRIBE;
pub(super) use verify::VERIFY;

pub(super) const LIST: Operation = Operation {
    name: "calendly.listWebhooks",
    label: "List webhooks",
    description: "Lists all webhook subscriptions of the base, over all pages.",
    input: &shapes::IN_BASE,
    output: &shapes::WEBHOOKS,
    access: Access::Scopes(READ),
    run: |client, config| {
        let webhooks = all(client, &place(input::checked_base(config)?)?)?;
        Ok(object! { "webhooks": Value::Array(webhooks) })
    },
};

pub(super) const GET: Operation = Operation {
    name: "calendly.getWebhook",
    label: "Get a webhook",
    description: "Reads a webhook subscription.",
    input: &shapes::WEBHOOK,
    output: &shapes::ONE,
    access: Access::Scopes(READ),
    run: |client, config| {
        let place = place(Base::Me)?;
        let record = records::get(client, &place, input::text(config, WEBHOOK), None);
        Ok(object! { "record": problem::about("/config/webhook", record)? })
    },
};

pub(super) const UNSUBSCRIBE: Operation = Operation {
    name: "calendly.unsubscribeWebhook",
    label: "Unsubscribe a webhook",
    description: "Ends a webhook subscription: Calendly sends nothing more to its URL.",
    input: &shapes::END_WEBHOOK,
    output: &shapes::DELETED,
    access: Access::Scopes(WRITE),
    run: |client, config| {
        let place = place(Base::Me)?;
        let change = Change::Delete(input::text(config, WEBHOOK), None);
        let write = records::prepare(client, &place, change);
        input::perform(client, config, problem::about("/config/webhook", write)?)
    },
};

pub(super) const SAMPLE: Operation = Operation {
    name: "calendly.sampleWebhook",
    label: "Sample a webhook",
    description: "Reads a sample of what Calendly sends to a webhook subscription of the base.",
    input: &shapes::SAMPLE,
    output: &shapes::SAMPLED,
    access: Access::Scopes(READ),
    run: sample,
};

fn sample(client: &Client<'_>, config: &Map<String, Value>) -> Result<Value> {
    let mut query = vec![("event", input::text(config, "event").to_owned())];
    query.extend(input::checked_base(config)?.scope(client)?);
    let call = Call::get("/sample_webhook_data").with_query(query).needing(READ);
    Ok(object! { "sample": client.send(&call)? })
}

fn place(base: Base) -> Result<Place> {
    Ok(Place { base, table: input::table("webhook_subscriptions")? })
}

/// All subscriptions of a base: the one that is looked for may stand on any page.
fn all(client: &Client<'_>, place: &Place) -> Result<Vec<Value>> {
    place.check(Verb::Query)?;
    let (mut all, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let query = Query {
            filter: None,
            sort: &[],
            fields: None,
            page_size: 100,
            cursor: cursor.as_deref(),
            explain: false,
        };
        let mut page = json::members(records::query(client, place, &query)?);
        if let Value::Array(records) = json::take(&mut page, "records") {
            all.extend(records);
        }
        cursor = json::take_text(&mut page, "cursor");
        if cursor.is_none() {
            return Ok(all);
        }
    }
}

const WEBHOOK: &str = "webhook";
const READ: &[&str] = &["webhooks:read"];
const WRITE: &[&str] = &["webhooks:write"];
