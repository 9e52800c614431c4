//! The two actions of the platform's connector before this one, with their own parameters.

use serde_json::{Map, Value};

use super::{Access, Operation, input, problem, shapes};
use crate::api::Client;
use crate::catalog::Verb;
use crate::error::{Error, Result, Violation, violation};
use crate::json::{self, object};
use crate::records::{self, Base, Place, Query};
use crate::text::last_segment;

/// Their names are not operations' names in another writing.
pub(super) const ACTIONS: &[Operation] = &[
    Operation {
        name: "get-event-type",
        label: "Get event type",
        description: "Reads an event type.",
        input: &shapes::EVENT_TYPE,
        output: &shapes::ONE,
        access: Access::Records(Verb::Get),
        run: get_event_type,
    },
    Operation {
        name: "list-webhook-subscriptions",
        label: "List webhook subscriptions",
        description: "Lists webhook subscriptions.",
        input: &shapes::SUBSCRIPTIONS,
        output: &shapes::PAGE,
        access: Access::Records(Verb::Query),
        run: list_webhook_subscriptions,
    },
];

fn get_event_type(client: &Client<'_>, config: &Map<String, Value>) -> Result<Value> {
    let place = Place { base: Base::Me, table: input::table("event_types")? };
    let record = records::get(client, &place, input::text(config, "uuid"), None);
    Ok(object! { "record": problem::about("/config/uuid", record)? })
}

fn list_webhook_subscriptions(client: &Client<'_>, config: &Map<String, Value>) -> Result<Value> {
    let organization = json::text(config, "organization");
    let base = base(config, organization).map_err(|broken| Error::invalid_input(vec![broken]))?;
    if let Some(given) = organization
        && last_segment(given) != last_segment(&base.organization(client)?)
    {
        let message = "The connected account belongs to another organization";
        let broken = violation("/config/organization", "const", message);
        return Err(Error::invalid_input(vec![broken]));
    }
    let count = config.get("count").and_then(Value::as_f64).unwrap_or(DEFAULT_COUNT);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to 100")]
    let page_size = count as usize;
    let query =
        Query { filter: None, sort: &[], fields: None, page_size, cursor: None, explain: false };
    let place = Place { base, table: input::table("webhook_subscriptions")? };
    records::query(client, &place, &query)
}

fn base(config: &Map<String, Value>, organization: Option<&str>) -> Result<Base, Violation> {
    let scope = json::text(config, "scope").unwrap_or("user");
    let (named, name) = match scope {
        "group" => (json::text(config, "group"), "group"),
        "organization" => (organization, "organization"),
        _ => (json::text(config, "user"), "user"),
    };
    let pointer = format!("/config/{name}");
    let Some(named) = named else {
        return match name {
            "group" => Err(violation(&pointer, "required", "'group' is required for this scope")),
            "organization" => Ok(Base::OwnOrganization),
            _ => Ok(Base::Me),
        };
    };
    let text = if named.starts_with("https://") { named } else { &*format!("{name}:{named}") };
    match Base::parse(text) {
        Ok(base) if base.kind().name() == name => Ok(base),
        _ => Err(violation(&pointer, "base", "This must be an id or a Calendly URI")),
    }
}

const DEFAULT_COUNT: f64 = 20.0;
