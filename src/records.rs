//! Records: queried, read, created, updated and deleted, over the catalog.

mod agree;
mod base;
mod booking;
mod collection;
mod cursor;
mod custom_fields;
mod draft;
mod explain;
mod fan;
mod fields;
mod filter;
mod limits;
mod lost;
mod page;
mod pattern;
mod plan;
mod position;
mod query;
mod record;
mod refer;
mod remove;
mod scan;
mod sort;
mod source;
mod stretch;
mod window;
mod write;

pub use agree::agrees;
pub use base::{Base, list_bases};
pub use fields::Fields;
pub use filter::json_schema as filter_schema;
pub use limits::READ_LIMIT;
pub use query::{Query, query};
pub use refer::{delivered, id_of, path_of, record_of, uri_of};
pub use scan::{Found, Reading, Scan};
pub use stretch::stretch;
pub use write::{Change, Write, prepare};

use serde_json::Value;

use crate::api::{Call, Client};
use crate::catalog::{Anchor, BaseKind, Parent, Table, Verb};
use crate::error::{Error, ErrorCode, Result};
use crate::json::{object, texts};
use crate::text::{last_segment, list};

/// A table in a base, as an operation names them.
#[derive(Clone, Debug)]
pub struct Place {
    /// The base.
    pub base: Base,
    /// The table.
    pub table: &'static Table,
}

impl Place {
    /// Refuses a verb that the table does not have in such a base.
    ///
    /// # Errors
    /// `unsupported`, with what to do instead.
    pub fn check(&self, verb: Verb) -> Result<()> {
        let kind = self.base.kind();
        if self.table.verbs_in(kind).has(verb) {
            return Ok(());
        }
        Err(unsupported(self.table, kind, verb))
    }

    /// Refuses a base whose records of this table the account does not have.
    fn check_owner(&self, client: &Client<'_>) -> Result<()> {
        match self.table.listing.as_ref().map(|listing| &listing.anchor) {
            Some(
                Anchor::Account
                | Anchor::Caller
                | Anchor::Parent(Parent { anchor: Anchor::Account, .. }),
            ) => self.base.check_is_own(client),
            _ => Ok(()),
        }
    }
}

/// Reads one record.
///
/// # Errors
/// `unsupported`, `not-found`, and what any read can end in.
pub fn get(
    client: &Client<'_>,
    place: &Place,
    id: &str,
    wanted: Option<&[String]>,
) -> Result<Value> {
    place.check(Verb::Get)?;
    let path = record::path(place.table, id)?;
    place.check_owner(client)?;
    let fields = Fields::discover(client, place.table)?;
    let wanted = record::wanted(&fields, wanted, |field| field.is_read())?;
    let answer = client.send(&Call::get(path).needing(place.table.read_scopes))?;
    let resource = record::resource(answer)?;
    let mut record = record::of(&fields, &resource, wanted.as_ref())?;
    if let Some(wanted) = wanted
        && let Some(parent) = place.table.parent()
    {
        let mut names = Vec::new();
        for field in place.table.fields {
            if field.of_parent && wanted.iter().any(|name| name == field.name) {
                names.push(field.name);
            }
        }
        if !names.is_empty() {
            let uri = resource[parent.field].as_str().unwrap_or_default();
            let id = Some(last_segment(uri)).filter(|id| base::is_id(id)).unwrap_or_default();
            let call = Call::get(format!("{}/{id}", parent.path)).needing(parent.scopes);
            let parent = record::resource(client.send(&call)?)?;
            record::add_parents(&mut record, place.table, &parent, &names);
        }
    }
    Ok(record)
}

/// The refusal of a verb that the table does not have in a base of that kind.
#[must_use]
pub fn unsupported(table: &'static Table, kind: BaseKind, verb: Verb) -> Error {
    let offered = table.verbs_in(kind).names();
    let mut elsewhere = Vec::new();
    for base in table.bases {
        if base.verbs.has(verb) {
            elsewhere.push(base.kind.name());
        }
    }
    let has = if offered.is_empty() { "nothing" } else { &*list(offered.iter().copied()) };
    let message = format!(
        "The table {} has no {} in a base of kind {}; it has {has} there.",
        table.name,
        verb.name(),
        kind.name(),
    );
    let next_step = if !elsewhere.is_empty() {
        &*format!("Give a base of kind {}.", list(elsewhere.iter().copied()))
    } else if table.way_out.is_empty() {
        "Use one of the verbs it has."
    } else {
        table.way_out
    };
    Error::new(ErrorCode::Unsupported, &message, next_step).with_detail(object! {
        "table": table.name,
        "verb": verb.name(),
        "offered": texts(&offered),
        "bases": texts(&elsewhere),
    })
}

#[cfg(test)]
mod tests;
