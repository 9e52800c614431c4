mod batch;
mod deadline;
mod refusals;
mod requests;
mod retrying;

use serde_json::json;

use super::*;
use crate::host::fake::{FakeHost, START, connected, reply, with_header};
use crate::host::{Clock, TransportError};

/// The request of the token endpoint.
const TOKEN: &str = "POST https://auth.calendly.com/oauth/token";

/// Sends a call within a minute.
fn send(host: &FakeHost, connection: &Connection, call: &Call) -> Result<Value> {
    Client::new(host, connection, host.now() + 60_000).send(call)
}

/// The calls that do the same when they are sent twice, and what they look like.
fn idempotent() -> [(Call, &'static str); 3] {
    [
        (Call::get("/contacts"), "GET /contacts"),
        (Call::patch("/contacts/C1", json!({"name": "Ada"})), "PATCH /contacts/C1"),
        (Call::delete("/contacts/C1"), "DELETE /contacts/C1"),
    ]
}

fn post() -> Call {
    Call::post("/contacts", json!({"name": "Ada"}))
}

const POST: &str = "POST /contacts";

fn interrupted() -> TransportError {
    TransportError::Interrupted("connection reset".to_owned())
}

fn not_sent() -> TransportError {
    TransportError::NotSent("connection refused".to_owned())
}
