//! Writes whose answer was lost. Calendly has no idempotency key, so what became of them is looked
//! up; nothing is sent again.

use serde_json::Value;

use super::fields::Fields;
use super::write::no_show;
use super::{Place, Query, booking, query, record};
use crate::api::Client;
use crate::catalog::Lost;
use crate::error::{Error, ErrorCode, Result, Retry};
use crate::instant::Instant;
use crate::json::{self, object};

/// What a look found.
pub(super) enum Found {
    /// What the write made, or would have made.
    It(Value),
    /// Nothing of the kind.
    Nothing,
    /// Something that may be it or not.
    Unclear,
}

/// Looks for the record that a lost create made.
pub(super) fn find(
    client: &Client<'_>,
    place: &Place,
    fields: &Fields,
    how: Lost,
    body: &Value,
    began: u64,
    lost: Error,
) -> Result<Value> {
    look(client, lost, &mut || find_once(client, place, fields, how, body, began))
}

/// Looks once for a record that a create of this body made at that moment or later.
pub(super) fn find_once(
    client: &Client<'_>,
    place: &Place,
    fields: &Fields,
    how: Lost,
    body: &Value,
    began: u64,
) -> Result<Found> {
    let found = match how {
        Lost::NotFindable => Found::Unclear,
        Lost::Contact => {
            return find_listed(client, place, "email", &body["emails"][0]["email"], began);
        }
        Lost::Listed(name) => return find_listed(client, place, name, &body[name], began),
        Lost::ListedAs(sent, name) => {
            return find_listed(client, place, name, &body[sent], began);
        }
        Lost::Booking => booking::find(client, body)?,
        Lost::NoShow => no_show::find(client, body["invitee"].as_str().unwrap_or_default())?,
    };
    Ok(match found {
        Found::It(resource) => Found::It(record::of(fields, &resource, None)?),
        other => other,
    })
}

/// Looks at once, and twice more with pauses, because the request may still have been under way.
pub(super) fn look(
    client: &Client<'_>,
    lost: Error,
    find: &mut dyn FnMut() -> Result<Found>,
) -> Result<Value> {
    for pause in [0, 1_000, 4_000] {
        if client.time_left() <= u64::from(pause) {
            return Err(lost);
        }
        if pause > 0 {
            client.host.sleep(pause);
        }
        match find() {
            Ok(Found::It(found)) => return Ok(found),
            Ok(Found::Nothing) => {}
            // It cannot be found out.
            Ok(Found::Unclear) | Err(_) => return Err(lost),
        }
    }
    Err(did_not_take_place(lost))
}

/// Looks in the table's listing for the newest record with that value of the field. Values may come
/// twice, so only a record that is new can be it.
fn find_listed(
    client: &Client<'_>,
    place: &Place,
    field: &str,
    value: &Value,
    began: u64,
) -> Result<Found> {
    let filter = object! { "field": field, "operator": "equals", "value": value.clone() };
    let newest_first = [object! { "field": CREATED_AT, "direction": "desc" }];
    let sorts = place.table.fields.iter().any(|field| field.name == CREATED_AT && field.sorts);
    let wanted = Query {
        filter: Some(&filter),
        sort: if sorts { &newest_first } else { &[] },
        fields: None,
        page_size: if sorts { 1 } else { MANY },
        cursor: None,
        explain: false,
    };
    let page = query(client, place, &wanted)?;
    let mut newest = None;
    for record in json::items(&page["records"]) {
        let at = record["createdTime"].as_str().and_then(Instant::parse);
        if newest.is_none_or(|(newest, _)| at > newest) {
            newest = Some((at, record));
        }
    }
    Ok(match newest {
        None if page["stopped"].is_null() => Found::Nothing,
        // The clocks of Calendly and the host may differ.
        Some((Some(at), record)) if at >= Instant::from_unix_ms(began).plus_ms(-CLOCK_SKEW_MS) => {
            Found::It(record.clone())
        }
        _ => Found::Unclear,
    })
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

const CREATED_AT: &str = "created_at";
/// How far Calendly's clock and the host's may be apart.
const CLOCK_SKEW_MS: i64 = 60_000;
/// The most records with one value that are looked at.
const MANY: usize = 100;
