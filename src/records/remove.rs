//! Deleting: a true removal, or the cancellation that Calendly has in its place.

use serde_json::{Map, Value};

use super::lost::did_not_take_place;
use super::write::Write;
use super::{Place, record};
use crate::api::{Call, Client};
use crate::catalog::{Delete, Table};
use crate::error::{ErrorCode, Result};
use crate::json::object;

/// Checks the removal of a record. It answers what that did.
pub(super) fn prepare(
    client: &Client<'_>,
    place: &Place,
    delete: Delete,
    id: &str,
    reason: Option<&str>,
) -> Result<Write> {
    let table = place.table;
    let path = record::path(table, id)?;
    place.check_owner(client)?;
    let id = record::id(table, id).unwrap_or_else(|| id.to_owned());
    Ok(match delete {
        Delete::Remove => {
            let call = Call::delete(path).needing(table.write_scopes);
            Write::new(call, move |_, answer, _| {
                answer?;
                Ok(object! { "id": id, "effect": "deleted" })
            })
        }
        Delete::Cancel => {
            let reason = reason.map(Value::from);
            Write::new(cancellation(table, &path, reason.as_ref()), move |client, answer, _| {
                canceled(client, &path, answer)?;
                Ok(object! { "id": id, "effect": "canceled" })
            })
        }
    })
}

/// The request that cancels the event at that path.
pub(super) fn cancellation(table: &'static Table, path: &str, reason: Option<&Value>) -> Call {
    let mut body = Map::new();
    if let Some(reason) = reason {
        body.insert("reason".to_owned(), reason.clone());
    }
    Call::post(format!("{path}/cancellation"), Value::Object(body)).needing(table.write_scopes)
}

/// What became of the cancellation. When the answer is lost, the event itself tells.
pub(super) fn canceled(client: &Client<'_>, path: &str, answer: Result<Value>) -> Result<()> {
    let lost = match answer {
        Err(error) if error.code == ErrorCode::OutcomeUnknown => error,
        answer => return answer.map(drop),
    };
    match client.send(&Call::get(path)) {
        Ok(answer) if answer["resource"]["status"] == "canceled" => Ok(()),
        Ok(_) => Err(did_not_take_place(lost)),
        Err(_) => Err(lost),
    }
}
