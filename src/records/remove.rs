//! Deleting: a true removal, or the cancellation that Calendly has in its place.

use serde_json::{Map, Value};

use super::lost::did_not_take_place;
use super::{Place, record, unsupported};
use crate::api::{Call, Client};
use crate::catalog::{Delete, Table, Verb};
use crate::error::{ErrorCode, Result};
use crate::json::object;

/// Deletes a record and answers what that did.
///
/// # Errors
/// `unsupported`, `not-found`, `conflict` when it cannot be canceled any more, and what any write
/// can end in.
pub fn delete(client: &Client<'_>, place: &Place, id: &str, reason: Option<&str>) -> Result<Value> {
    let table = place.table;
    let delete = table.delete.ok_or_else(|| unsupported(table, Verb::Delete))?;
    let path = record::path(table, id)?;
    place.check_owner(client)?;
    let effect = match delete {
        Delete::Remove => {
            client.send(&Call::delete(path).needing(table.write_scopes))?;
            "deleted"
        }
        Delete::Cancel => {
            cancel(client, table, &path, reason)?;
            "canceled"
        }
    };
    let id = record::id(table, id).unwrap_or_else(|| id.to_owned());
    Ok(object! { "id": id, "effect": effect })
}

/// Cancels an event. When the answer is lost, the event itself tells what happened.
pub(super) fn cancel(
    client: &Client<'_>,
    table: &'static Table,
    path: &str,
    reason: Option<&str>,
) -> Result<()> {
    let mut body = Map::new();
    body.extend(reason.map(|reason| ("reason".to_owned(), Value::from(reason))));
    let call = Call::post(format!("{path}/cancellation"), Value::Object(body));
    let lost = match client.send(&call.needing(table.write_scopes)) {
        Err(error) if error.code == ErrorCode::OutcomeUnknown => error,
        answer => return answer.map(drop),
    };
    match client.send(&Call::get(path)) {
        Ok(answer) if answer["resource"]["status"] == "canceled" => Ok(()),
        Ok(_) => Err(did_not_take_place(lost)),
        Err(_) => Err(lost),
    }
}
