//! What has to hold for any input from outside, however it is made up.
//!
//! Each property takes any bytes and panics when it does not hold. Two drive them: the fuzz targets
//! in `fuzz/`, whose inputs are bred by what of the code they reach, and the property tests beside
//! this file, which are part of every test run. Neither is in the component.

mod answer;
mod connection;
mod cursor;
mod envelope;
mod filter;
mod pointer;
mod schema;
mod state;
mod webhook;

pub use answer::decode_any_answer;
pub use connection::validate_any_connection;
pub use cursor::open_any_cursor;
pub use envelope::open_any_envelope;
pub use filter::parse_any_filter;
pub use state::read_any_state;
pub use webhook::receive_any_webhook;

use serde_json::Value;

use crate::connection::Connection;
use crate::contract::types;
use crate::error::{Error, ErrorCode, Result};
use crate::host::fake::{FakeHost, HUSH};
use crate::operations::{self, operation};

/// Runs an operation by its short name. What it answers has to have the operation's shape, and what
/// it refuses with has to be an error that the contract knows.
fn run(host: &FakeHost, connection: &Connection, name: &str, config: &Value) -> Result<Value> {
    let name = format!("calendly.{name}");
    let document = serde_json::json!({ "action": name, "connection": 1, "config": config });
    let answer = operations::run(host, connection, &document.to_string(), MINUTE);
    match &answer {
        Ok(answer) => {
            let mut broken = Vec::new();
            let shape = operation(&name).map(|operation| operation.output);
            shape.expect("an operation").check(answer, "", &mut broken);
            assert!(broken.is_empty(), "{name} answers {answer}: {broken:?}");
        }
        Err(error) => check_error(error, &document),
    }
    answer
}

/// What holds for every error of an operation: it says something, points at what is there, and
/// keeps every secret.
fn check_error(error: &Error, document: &Value) {
    assert!(!error.message.is_empty() && !error.next_step.is_empty(), "{error:?}");
    assert_eq!(error.code == ErrorCode::InvalidInput, !error.violations.is_empty(), "{error:?}");
    assert!(error.detail.as_ref().is_none_or(Value::is_object), "{error:?}");
    pointer::check_all(&error.violations, document);
    let told = format!("{:?}", types::Error::from(error.clone()));
    assert!(!told.contains(HUSH), "a secret in an error: {told}");
}

const MINUTE: u32 = 60_000;

#[cfg(test)]
mod tests;
