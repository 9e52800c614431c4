//! The three ways in which the platform writes an action down, made one.
//!
//! `{action: "calendly.createRecord", connection, config}` is the connector's own;
//! `{type: "calendly", operator: "createRecord", props}` is how the platform's automations have
//! it, and `{service: "calendly", action: "create-record", params}` how they had it before.

use serde_json::{Map, Value};

use super::input::separated;
use super::{OPERATIONS, Operation, predecessor, problem, shapes};
use crate::connection::{Connection, connection_id};
use crate::error::{Violation, violation};
use crate::json;
use crate::shape::Object;
use crate::text::list;

/// An action, whichever way it was written.
pub(super) struct Action {
    /// What is to be done, if the document names something.
    pub(super) operation: Option<&'static Operation>,
    /// The operation's input.
    pub(super) config: Value,
    /// Where the input stands in the document.
    pub(super) place: &'static str,
    /// What is wrong with the document around the input.
    pub(super) broken: Vec<Violation>,
}

/// Reads the document that an automation hands in.
pub(super) fn read(document: Value, connection: &Connection) -> Action {
    let has = |name: &str| document.get(name).is_some();
    if has("service") {
        return of_service(document, connection);
    }
    if has("type") || has("operator") {
        return of_type(document, connection);
    }
    let mut broken = Vec::new();
    shapes::ACTION.check(&document, "", &mut broken);
    let mut document = json::members(document);
    check_connection(&document, connection, &mut broken);
    Action {
        operation: json::text(&document, "action").and_then(super::operation),
        config: json::take(&mut document, "config"),
        place: problem::CONFIG,
        broken,
    }
}

fn of_type(document: Value, connection: &Connection) -> Action {
    let mut broken = Vec::new();
    let mut document = surroundings(&shapes::TYPED_ACTION, document, connection, &mut broken);
    let name = json::text(&document, "operator").unwrap_or_default();
    Action {
        operation: OPERATIONS.iter().find(|operation| short_name(operation) == name),
        config: json::take(&mut document, "props"),
        place: "/props",
        broken,
    }
}

fn of_service(document: Value, connection: &Connection) -> Action {
    let mut broken = Vec::new();
    let mut document = surroundings(&shapes::SERVICE_ACTION, document, connection, &mut broken);
    let (mut found, mut known) = (None, Vec::new());
    let name = json::text(&document, "action").unwrap_or_default();
    for operation in predecessor::ACTIONS.iter().chain(OPERATIONS) {
        let kebab = separated(short_name(operation), '-');
        if kebab == name {
            found = Some(operation);
        }
        known.push(kebab);
    }
    if found.is_none() && document.get("action").is_some_and(Value::is_string) {
        let known = list(known.iter().map(String::as_str));
        let message = format!("'action' must be one of {known}");
        broken.push(violation("/action", "enum", &message));
    }
    Action {
        operation: found,
        config: json::take(&mut document, "params"),
        place: "/params",
        broken,
    }
}

/// Checks what stands around the input, where the platform has members of its own, too.
fn surroundings(
    shape: &Object,
    document: Value,
    connection: &Connection,
    broken: &mut Vec<Violation>,
) -> Map<String, Value> {
    shape.check(&document, "", broken);
    let document = json::members(document);
    for name in document.keys() {
        let known = shape.properties.iter().any(|property| property.name == name);
        if !known && !OF_THE_PLATFORM.contains(&&**name) {
            let message = format!("Unknown property '{name}'");
            let pointer = json::child_pointer("", name);
            broken.push(violation(&pointer, "additionalProperties", &message));
        }
    }
    check_connection(&document, connection, broken);
    document
}

/// An action is run with one connection; one that names another is not run with it. The platform
/// names connections by id or by name.
fn check_connection(
    document: &Map<String, Value>,
    connection: &Connection,
    broken: &mut Vec<Violation>,
) {
    let is_it = match document.get("connection") {
        None => true,
        Some(Value::String(name)) => *name == connection.name || *name == connection.id.to_string(),
        Some(_) => connection_id(document, "connection") == Some(connection.id),
    };
    // What cannot be an id where the shape wants one is said already.
    if !is_it && !broken.iter().any(|violation| violation.pointer == "/connection") {
        let message = "The action names another connection than the one it is run with";
        broken.push(violation("/connection", "const", message));
    }
}

fn short_name(operation: &Operation) -> &'static str {
    operation.name.strip_prefix("calendly.").unwrap_or(operation.name)
}

/// What the platform writes into its actions for itself.
const OF_THE_PLATFORM: [&str; 5] = ["name", "account", "retry", "continueOnError", "timeout"];
