//! Writes whose answer was lost. Calendly has no idempotency key, so what became of them is looked
//! up; nothing is sent again.

use serde_json::Value;

use super::booking;
use crate::api::{Call, Client};
use crate::catalog::Create;
use crate::error::{Error, ErrorCode, Result, Retry};
use crate::instant::Instant;

/// Looks for what a lost create made: at once, and twice more with pauses, because the request may
/// still have been under way.
pub(super) fn find_created(
    client: &Client<'_>,
    create: Create,
    body: &Value,
    started: u64,
    lost: Error,
) -> Result<Value> {
    for pause in [0, 1_000, 4_000] {
        if client.time_left() <= u64::from(pause) {
            return Err(lost);
        }
        if pause > 0 {
            client.host.sleep(pause);
        }
        let found = match create {
            Create::Book(_) => booking::find(client, body),
            Create::Post(path) => find_contact(client, path, body, started),
            Create::PostOwned(path) => find_owned(client, path, body, started),
        };
        match found {
            Ok(Found::It(resource)) => return Ok(resource),
            Ok(Found::Nothing) => {}
            // It cannot be found out.
            Ok(Found::Unclear) | Err(_) => return Err(lost),
        }
    }
    Err(did_not_take_place(lost))
}

/// What a look found.
pub(super) enum Found {
    /// What the write made, or would have made.
    It(Value),
    /// Nothing of the kind.
    Nothing,
    /// Something that may be it or not.
    Unclear,
}

/// A contact's e-mail address is its own.
fn find_contact(client: &Client<'_>, path: &str, body: &Value, started: u64) -> Result<Found> {
    let email = body["emails"][0]["email"].as_str().unwrap_or_default();
    let call = Call::get(path).with_query(vec![("email", email.to_owned())]);
    let answer = client.send(&call)?;
    Ok(match answer["collection"][0] {
        Value::Null => Found::Nothing,
        ref contact if is_recent(contact, started) => Found::It(contact.clone()),
        _ => Found::Unclear,
    })
}

/// Names may come twice, so only one that is new can be it.
fn find_owned(client: &Client<'_>, path: &str, body: &Value, started: u64) -> Result<Found> {
    let owner = body["owner"].as_str().unwrap_or_default().to_owned();
    let query = vec![("user", owner), ("sort", "created_at:desc".to_owned())];
    let answer = client.send(&Call::get(path).with_query(query))?;
    let resources = answer["collection"].as_array().map_or(&[][..], Vec::as_slice);
    let newest = resources.iter().find(|resource| resource["name"] == body["name"]);
    Ok(match newest {
        None => Found::Nothing,
        Some(resource) if is_recent(resource, started) => Found::It(resource.clone()),
        Some(_) => Found::Unclear,
    })
}

/// Whether a resource came to be since the write was begun.
fn is_recent(resource: &Value, started: u64) -> bool {
    let since = Instant::from_unix_ms(started).plus_ms(-CLOCK_SKEW_MS);
    resource["created_at"].as_str().and_then(Instant::parse).is_some_and(|at| at >= since)
}

/// The error of a write of which it was found out that nothing came.
pub(super) fn did_not_take_place(lost: Error) -> Error {
    lost.explained(
        ErrorCode::Network,
        "Calendly's answer was lost; a look at Calendly shows that nothing was changed.",
        "Try again.",
    )
    .with_retry(Retry::Backoff)
}

/// How far Calendly's clock and the host's may be apart.
const CLOCK_SKEW_MS: i64 = 60_000;
