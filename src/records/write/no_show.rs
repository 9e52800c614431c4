//! The mark that an invitee did not come: a resource of its own at Calendly, a field here.

use serde_json::Value;

use super::Write;
use crate::api::{API_ORIGIN, Call, Client};
use crate::catalog;
use crate::error::{Error, ErrorCode, Result};
use crate::json::{self, object};
use crate::records::base::is_id;
use crate::records::fields::Fields;
use crate::records::lost::{self, Found};
use crate::records::record;
use crate::text::last_segment;

/// Sets or clears the mark of the invitee at that path. It may be as wanted already.
pub(super) fn prepare(
    client: &Client<'_>,
    fields: Fields,
    path: &str,
    wanted: bool,
) -> Result<Write> {
    let table = fields.table;
    let mut invitee = record::resource(client.send(&Call::get(path).needing(table.read_scopes))?)?;
    if invitee["no_show"].is_null() != wanted {
        return Ok(Write::needless(record::of(&fields, &invitee, None)?));
    }
    if wanted {
        let uri = match invitee["uri"].as_str() {
            Some(uri) => uri.to_owned(),
            None => format!("{API_ORIGIN}{path}"),
        };
        let call = Call::post(MARKS, object! { "invitee": &*uri }).needing(table.write_scopes);
        return Ok(Write::new(call, move |client, answer, _| {
            let mark = match answer.and_then(record::resource) {
                Err(error) if error.code == ErrorCode::OutcomeUnknown => {
                    lost::look(client, error, &mut || find(client, &uri))?
                }
                answer => answer?,
            };
            json::put(&mut invitee, "no_show", mark);
            record::of(&fields, &invitee, None)
        }));
    }
    let id = last_segment(invitee["no_show"]["uri"].as_str().unwrap_or_default());
    if !is_id(id) {
        return Err(Error::internal("Calendly's answer has a no-show without a URI."));
    }
    let call = Call::delete(format!("{MARKS}/{id}")).needing(table.write_scopes);
    Ok(Write::new(call, move |_, answer, _| {
        answer?;
        json::put(&mut invitee, "no_show", Value::Null);
        record::of(&fields, &invitee, None)
    }))
}

/// Looks for the mark at the invitee: there is one at most, so it is what the write made.
pub(in crate::records) fn find(client: &Client<'_>, invitee: &str) -> Result<Found> {
    let table = catalog::table("invitees").ok_or_else(|| Error::internal("No invitees."))?;
    let path = record::path(table, invitee)?;
    let invitee = record::resource(client.send(&Call::get(path).needing(table.read_scopes))?)?;
    if invitee["no_show"].is_null() {
        return Ok(Found::Nothing);
    }
    let mut mark = invitee["no_show"].clone();
    json::put(&mut mark, "invitee", invitee["uri"].clone());
    Ok(Found::It(mark))
}

const MARKS: &str = "/invitee_no_shows";
