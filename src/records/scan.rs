//! A scan: a table's resources one after the other, for those who compare what is there with what
//! was there before.
//!
//! Unlike a query it makes a record only of what is wanted, so that going over thousands of
//! resources of which none changed costs no more than reading them.

use std::cell::OnceCell;

use serde_json::Value;

use super::collection::{End, Next};
use super::fields::Fields;
use super::filter::Filter;
use super::limits::READ_LIMIT;
use super::position::Position;
use super::query::{keep, of_parents};
use super::source::{Source, Wanted};
use super::{Place, plan, record, sort};
use crate::api::{Call, Client};
use crate::catalog::{Table, Verb};
use crate::error::{Error, ErrorCode, Result, violation};
use crate::json::object;

/// A table to go over, and which of its records count.
pub struct Scan<'a> {
    /// The API.
    pub client: &'a Client<'a>,
    /// The table in its base.
    pub place: &'a Place,
    filter: Option<&'a Value>,
    /// The fields that the filter is about.
    tested: Fields,
    of_parents: Vec<&'static str>,
    /// The fields of records; the account's own are asked for with the first record.
    fields: OnceCell<Fields>,
}

/// How the table is gone over.
#[derive(Default)]
pub struct Reading {
    /// A filter that Calendly itself can make.
    pub within: Option<Value>,
    /// Whether what was changed last comes first.
    pub newest_first: bool,
}

/// A resource on the way.
pub struct Found<'f> {
    /// The resource.
    pub resource: &'f Value,
    /// What it is listed below; null for most.
    pub parent: &'f Value,
    scan: &'f Scan<'f>,
    filter: Option<&'f Filter<'f>>,
}

impl<'a> Scan<'a> {
    /// A scan of the records that pass a filter, which stands at that pointer of the input.
    ///
    /// # Errors
    /// `unsupported` when the table cannot be queried in the base, or has nothing but times that
    /// are worked out anew each time; `invalid-input` with everything that is wrong with the
    /// filter.
    pub fn of(
        client: &'a Client<'a>,
        place: &'a Place,
        filter: Option<&'a Value>,
        pointer: &str,
    ) -> Result<Self> {
        let table = place.table;
        place.check(Verb::Query)?;
        if table.listing.as_ref().is_some_and(|listing| listing.window.is_some()) {
            return Err(not_recorded(table));
        }
        let mut names = Vec::new();
        if let Some(filter) = filter {
            Filter::names(filter, &mut names);
        }
        let (tested, fields) = if Fields::are_known(table, &names) {
            (Fields::known(table), OnceCell::new())
        } else {
            let fields = Fields::discover(client, table)?;
            (fields.clone(), OnceCell::from(fields))
        };
        let mut found = Vec::new();
        let parsed = filter.and_then(|filter| Filter::parse(&tested, filter, pointer, &mut found));
        let mut tests = Vec::new();
        if let Some(parsed) = &parsed {
            parsed.tests(&mut tests);
        }
        for test in tests {
            if !test.field.is_listed() {
                let key = test.field.key();
                let message =
                    format!("The field '{key}' is not in lists, so that nothing here can test it");
                found.push(violation(&test.pointer, "field", &message));
            }
        }
        if !found.is_empty() {
            return Err(Error::invalid_input(found));
        }
        let of_parents = of_parents(parsed.as_ref(), &[], None, place);
        drop(parsed);
        Ok(Self { client, place, filter, tested, of_parents, fields })
    }

    /// Visits the resources from a position on, null for the first one, until the visitor says
    /// that it is enough, or one call cannot read more. Returns where it goes on, null when
    /// there is no more.
    ///
    /// # Errors
    /// What any read can end in; `rejected` when Calendly has forgotten the position.
    pub fn walk(
        &self,
        reading: &Reading,
        from: &Value,
        visit: &mut dyn FnMut(&Found<'_>) -> Result<bool>,
    ) -> Result<Value> {
        let (client, place, mut broken) = (self.client, self.place, Vec::new());
        let known = Fields::known(place.table);
        let within = reading
            .within
            .as_ref()
            .and_then(|within| Filter::parse(&known, within, "", &mut broken));
        let newest_first = [object! { "field": "updated_at", "direction": "desc" }];
        let sort = if reading.newest_first { &newest_first[..] } else { &[] };
        let keys = sort::parse(&known, sort, &mut broken);
        let plan = plan::plan(within.as_ref(), &keys, &mut broken);
        let filter =
            self.filter.and_then(|filter| Filter::parse(&self.tested, filter, "", &mut broken));
        if !broken.is_empty() {
            return Err(Error::internal("A scan is planned wrongly."));
        }
        let (within, keys, parents) = (within.as_ref(), &keys[..], !self.of_parents.is_empty());
        let wanted = Wanted { client, place, filter: within, keys, plan: &plan, parents };
        let source = Source::of(&wanted)?;
        let filter = filter.as_ref();
        let from = Position::from_json(from);
        let end = source.walk(client, from, READ_LIMIT, None, &mut |resource, parent| {
            let goes_on = visit(&Found { resource, parent, scan: self, filter })?;
            Ok(if goes_on { Next::Resource } else { Next::Stop })
        })?;
        Ok(match end {
            End::Exhausted | End::Stopped(None) => Value::Null,
            End::Stopped(Some(position)) | End::Limited(_, position) => position.to_json(),
        })
    }

    fn fields(&self) -> Result<&Fields> {
        if let Some(fields) = self.fields.get() {
            return Ok(fields);
        }
        let fields = Fields::discover(self.client, self.place.table)?;
        Ok(self.fields.get_or_init(|| fields))
    }

    /// Whether a record that no listing had any more is gone, as far as Calendly tells.
    ///
    /// # Errors
    /// What any read can end in.
    pub fn is_gone(&self, id: &str) -> Result<bool> {
        let table = self.place.table;
        if !table.verbs_in(self.place.base.kind()).has(Verb::Get) {
            return Ok(true);
        }
        let call = Call::get(record::path(table, id)?).needing(table.read_scopes);
        match self.client.send(&call) {
            Ok(answer) => Ok(!answer["resource"]["deleted_at"].is_null()),
            Err(error) => match error.code {
                ErrorCode::NotFound | ErrorCode::PermissionDenied => Ok(true),
                _ => Err(error),
            },
        }
    }
}

impl Found<'_> {
    /// The record's id.
    #[must_use]
    pub fn id(&self) -> Option<String> {
        record::id_of(self.scan.place.table, self.resource)
    }

    /// The record as a query answers it; with what stands in its parent, if that is wanted.
    ///
    /// # Errors
    /// When the account's own fields cannot be read.
    pub fn record(&self, with_parent: bool) -> Result<Value> {
        let table = self.scan.place.table;
        let mut record = record::of(self.scan.fields()?, self.resource, None)?;
        keep(&mut record, table, None);
        if with_parent && !self.parent.is_null() {
            let mut names = Vec::new();
            for field in table.fields {
                names.push(field.name);
            }
            record::add_parents(&mut record, table, self.parent, &names);
        }
        Ok(record)
    }

    /// Whether the record passes the scan's filter.
    ///
    /// # Errors
    /// When its resource has no id.
    pub fn passes(&self) -> Result<bool> {
        let Some(filter) = self.filter else { return Ok(true) };
        let Scan { tested, of_parents, .. } = self.scan;
        let mut record = record::of(tested, self.resource, None)?;
        record::add_parents(&mut record, tested.table, self.parent, of_parents);
        Ok(filter.holds(&record))
    }
}

fn not_recorded(table: &Table) -> Error {
    Error::new(
        ErrorCode::Unsupported,
        &format!(
            "What is in {} is not recorded: Calendly works it out whenever it is asked.",
            table.name
        ),
        "Query the table for the time of interest.",
    )
}
