//! Cursors: opaque, bound to their query and connection, and sealed, so that none can be made up.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::position::Position;
use crate::api::Client;
use crate::error::{Error, Result, violation};
use crate::json;
use crate::vault::{self, Slot};

/// Where a query goes on.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cursor {
    /// At a position of the source.
    At(Position),
    /// After a record, in an order that the connector makes: its key values and id.
    After(Vec<Value>, String),
}

/// What a cursor is bound to: everything of the query that decides which records come when.
pub(super) fn fingerprint(query: &Value) -> String {
    let digest = Sha256::digest(json::write(query));
    let mut start = String::new();
    for byte in &digest[..12] {
        start.push_str(&format!("{byte:02x}"));
    }
    start
}

/// The cursor as the caller keeps it.
pub(super) fn seal(client: &Client<'_>, query: &str, cursor: Cursor) -> Result<String> {
    let plain = match cursor {
        Cursor::At(position) => vec![query.into(), position.to_json()],
        Cursor::After(values, id) => vec![query.into(), Value::Array(values), id.into()],
    };
    let plain = json::write(&Value::Array(plain));
    Ok(vault::seal(client.host, client.connection.id, Slot::Cursor, plain.as_bytes())?)
}

/// The caller's cursor.
pub(super) fn open(client: &Client<'_>, query: &str, sealed: &str) -> Result<Cursor> {
    let plain = vault::open(client.host, client.connection.id, Slot::Cursor, sealed)
        .map_err(|_| refuse("This is not a cursor of this connection; start without one"))?;
    let parts: Value = serde_json::from_slice(&plain).unwrap_or_default();
    if parts[0] != query {
        let message = "This cursor belongs to another query; repeat its filter and sort, or start \
                       without one";
        return Err(refuse(message));
    }
    let cursor = match parts[2].as_str() {
        Some(id) => parts[1].as_array().map(|all| Cursor::After(all.clone(), id.to_owned())),
        None => Position::from_json(&parts[1]).map(Cursor::At),
    };
    cursor.ok_or_else(of_another_version)
}

/// The refusal of a cursor to another way through the same query than there is now.
pub(super) fn of_another_version() -> Error {
    refuse("This cursor is of another version; start without one")
}

fn refuse(message: &str) -> Error {
    Error::invalid_input(vec![violation("/config/cursor", "cursor", message)])
}
