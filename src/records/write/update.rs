//! Updating: PATCH where Calendly has it, and what stands for it elsewhere.

use serde_json::{Map, Value};

use super::{Write, complete, fields, no_show};
use crate::api::{Call, Client};
use crate::catalog::{Identity, Table, Update, Verb};
use crate::error::{Error, Result, violation};
use crate::json;
use crate::records::base::is_id;
use crate::records::draft::{Draft, put_at};
use crate::records::{Place, record, remove};

pub(super) fn prepare(
    client: &Client<'_>,
    place: &Place,
    update: Update,
    id: &str,
    given: &Map<String, Value>,
) -> Result<Write> {
    let table = place.table;
    let fields = fields(client, place, given, Verb::Update)?;
    let mut draft = Draft::of(&fields, given, Verb::Update);
    match update {
        Update::Patch => {
            let path = record::path(table, id)?;
            let current = if draft.needs_current() {
                let call = Call::get(&*path).needing(table.read_scopes);
                Some(record::resource(client.send(&call)?)?)
            } else {
                None
            };
            let body = Value::Object(draft.finish(current.as_ref())?);
            let call = Call::patch(path, body).needing(table.write_scopes);
            Ok(Write::new(call, move |_, answer, _| {
                record::of(&fields, &record::resource(answer?)?, None)
            }))
        }
        Update::PatchOf { path, parameter, collection, user } => {
            let (first, second) = parts(table, id)?;
            let mut body = draft.finish(None)?;
            let of = record::uri(collection, first).unwrap_or_default();
            if let (Some(path), Some(second)) = (user, second) {
                put_at(&mut body, path, record::uri("users", second).into());
            }
            let call = Call::patch(path, Value::Object(body)).needing(table.write_scopes);
            Ok(Write::new(call.with_query(vec![(parameter, of.clone())]), move |_, answer, _| {
                let mut resource = record::resource(answer?)?;
                let asked = json::members(json::build_object(&mut [(parameter, of.into())]));
                complete(fields.table, &mut resource, &asked);
                record::of(&fields, &resource, None)
            }))
        }
        Update::Cancel => {
            let path = record::path(table, id)?;
            if json::take(&mut draft.body, "status") != "canceled" && draft.broken.is_empty() {
                let message = "The one change of an event is status: canceled";
                draft.broken.push(violation("/config/fields/status", "const", message));
            }
            let body = draft.finish(None)?;
            let call = remove::cancellation(table, &path, body.get("reason"));
            Ok(Write::new(call, move |client, answer, _| {
                remove::canceled(client, &path, answer)?;
                let call = Call::get(path).needing(fields.table.read_scopes);
                record::of(&fields, &record::resource(client.send(&call)?)?, None)
            }))
        }
        Update::NoShow => {
            let path = record::path(table, id)?;
            let body = draft.finish(None)?;
            no_show::prepare(client, fields, &path, body.get("no_show") == Some(&true.into()))
        }
    }
}

/// The one or two parts of the id of a record without a URI.
fn parts<'i>(table: &Table, id: &'i str) -> Result<(&'i str, Option<&'i str>)> {
    let (first, second) = match id.split_once('/') {
        Some((first, second)) => (first, Some(second)),
        None => (id, None),
    };
    let wanted = if let Identity::Parts(parts) = table.identity { parts.len() } else { 0 };
    if wanted == 1 + usize::from(second.is_some()) && is_id(first) && second.is_none_or(is_id) {
        return Ok((first, second));
    }
    let message = format!("A record of {} is named by the id that a query gives it", table.name);
    Err(Error::invalid_input(vec![violation("/config/recordId", "record", &message)]))
}
