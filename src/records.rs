//! Records: queried, read, created, updated and deleted, over the catalog.

mod base;
mod booking;
mod cursor;
mod custom_fields;
mod draft;
mod fields;
mod filter;
mod lost;
mod plan;
mod position;
mod query;
mod record;
mod remove;
mod sort;
mod source;
mod write;

pub use base::{Base, list_bases};
pub use fields::Fields;
pub use filter::json_schema as filter_schema;
pub use query::{Query, query};
pub use remove::delete;
pub use source::READ_LIMIT;
pub use write::{create, update};

use serde_json::Value;

use crate::api::{Call, Client};
use crate::catalog::{BaseKind, Collection, Table, Verb};
use crate::error::{Error, ErrorCode, Result, Violation};
use crate::json::{object, texts};
use crate::text::list;

/// A table in a base, as an operation names them.
#[derive(Clone, Debug)]
pub struct Place {
    /// The base.
    pub base: Base,
    /// The table.
    pub table: &'static Table,
}

impl Place {
    /// Refuses a base whose records of this table the account does not have.
    fn check_owner(&self, client: &Client<'_>) -> Result<()> {
        match self.table.collection {
            Collection::OfAccount(_) => self.base.check_is_own(client),
            Collection::OfOwner(_) | Collection::OfEvents(_) => Ok(()),
        }
    }
}

/// Reads one record.
///
/// # Errors
/// `not-found`, and what any read can end in.
pub fn get(
    client: &Client<'_>,
    place: &Place,
    id: &str,
    wanted: Option<&[String]>,
) -> Result<Value> {
    let path = record::path(place.table, id)?;
    place.check_owner(client)?;
    let fields = Fields::discover(client, place.table)?;
    let wanted = record::wanted(&fields, wanted)?;
    let answer = client.send(&Call::get(path).needing(place.table.read_scopes))?;
    record::of(&fields, &record::resource(answer)?, wanted.as_ref())
}

/// The refusal of a verb that the table does not have.
#[must_use]
pub fn unsupported(table: &'static Table, verb: Verb) -> Error {
    let offered: Vec<_> = table.verbs().map(Verb::name).collect();
    let next_step =
        if table.way_out.is_empty() { "Use one of the verbs it has." } else { table.way_out };
    Error::new(
        ErrorCode::Unsupported,
        &format!(
            "The table {} has no {}; it has {}.",
            table.name,
            verb.name(),
            list(offered.iter().copied())
        ),
        next_step,
    )
    .with_detail(object! { "table": table.name, "verb": verb.name(), "offered": texts(&offered) })
}

/// Checks that a base has the table.
pub(crate) fn check_place(base: &Base, table: &'static Table) -> Option<Violation> {
    if table.bases.contains(&base.kind()) {
        return None;
    }
    let kinds = list(table.bases.iter().copied().map(BaseKind::name));
    Some(crate::error::violation(
        "/config/baseId",
        "base",
        &format!("The table {} exists in bases of kind {kinds}", table.name),
    ))
}

#[cfg(test)]
mod tests;
