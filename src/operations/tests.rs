mod aliases;
mod batches;
mod described;
mod meetings;
mod others;
mod pulls;
mod pushes;
mod tables;
mod times;
mod webhooks;

use serde_json::{Value, json};

use super::*;
use crate::error::ErrorCode;
use crate::host::fake::{FakeHost, ORGANIZATION, USER, connected, reply};
use crate::host::{Grant, TransportError};

const MINUTE: u32 = 60_000;

/// Runs an operation by its short name. What is answered has to have the operation's shape.
fn run(host: &FakeHost, connection: &Connection, name: &str, config: Value) -> Result<Value> {
    let name = format!("calendly.{name}");
    let document = json!({"action": name, "connection": 1, "config": config});
    let answer = run_document(host, connection, &document)?;
    let mut broken = Vec::new();
    operation(&name).unwrap().output.check(&answer, "", &mut broken);
    assert!(broken.is_empty(), "{name} {answer}: {broken:?}");
    Ok(answer)
}

fn run_document(host: &FakeHost, connection: &Connection, document: &Value) -> Result<Value> {
    super::run(host, connection, &document.to_string(), MINUTE)
}

/// Places and rules of what is wrong with an input.
fn wrong(result: Result<Value>) -> Vec<String> {
    let error = result.unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidInput, "{error:?}");
    error.violations.iter().map(|one| format!("{} {}", one.pointer, one.rule)).collect()
}

fn uri(collection: &str, id: &str) -> String {
    format!("https://api.calendly.com/{collection}/{id}")
}

/// The grant reaches no further than this.
fn grant_only(host: &FakeHost, scopes: &[&str]) {
    let grant = host.stored(1).unwrap().grant;
    let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    host.store_elsewhere(1, Some(Grant { scopes, ..grant }));
}
