//! Querying: what Calendly can do is pushed down, the rest is done here over the stream of pages.

use serde_json::{Map, Value};

use super::collection::{End, Next};
use super::cursor::{self, Cursor};
use super::explain::explain;
use super::fields::{FieldRef, Fields};
use super::filter::Filter;
use super::limits::READ_LIMIT;
use super::plan;
use super::sort::{self, Key};
use super::source::{Source, Wanted};
use super::{Place, record};
use crate::api::Client;
use crate::api::retry::deadline_exceeded;
use crate::catalog::{Table, Verb};
use crate::error::{Error, ErrorCode, Result};
use crate::json::{self, object};
use crate::text::{last_segment, list};

/// A query as an operation gives it, its form checked.
#[derive(Debug)]
pub struct Query<'q> {
    /// The filter.
    pub filter: Option<&'q Value>,
    /// The order: `{field, direction}` items.
    pub sort: &'q [Value],
    /// The fields wanted; all when none.
    pub fields: Option<&'q [String]>,
    /// The most records to answer with.
    pub page_size: usize,
    /// Where an earlier answer left off.
    pub cursor: Option<&'q str>,
    /// Whether to answer with the plan instead of records.
    pub explain: bool,
}

/// Answers `{records, cursor, complete}`, with `failed` when a record could not be read, with
/// `stopped` when there may be more although the page is not full, with `plan` when asked for.
///
/// # Errors
/// `unsupported` when the table cannot be queried in the base; `invalid-input` with everything
/// that is wrong with the query; what any read can end in.
pub fn query(client: &Client<'_>, place: &Place, query: &Query<'_>) -> Result<Value> {
    place.check(Verb::Query)?;
    let fields = fields(client, place, query)?;
    let mut found = Vec::new();
    let filter = query
        .filter
        .and_then(|filter| Filter::parse(&fields, filter, "/config/filter", &mut found));
    let keys = sort::parse(&fields, query.sort, &mut found);
    let plan = plan::plan(filter.as_ref(), &keys, &mut found);
    let mut wanted = record::wanted(&fields, query.fields, |field| field.is_listed());
    if !found.is_empty() || wanted.is_err() {
        if let Err(error) = &mut wanted {
            found.append(&mut error.violations);
        }
        return Err(Error::invalid_input(found));
    }
    let wanted = wanted?;
    let fingerprint = cursor::fingerprint(&object! {
        "base": place.base.name(),
        "table": place.table.name,
        "filter": query.filter.cloned(),
        "sort": Value::Array(query.sort.to_vec()),
    });
    let cursor =
        query.cursor.map(|sealed| cursor::open(client, &fingerprint, sealed)).transpose()?;
    let of_parents = of_parents(filter.as_ref(), &keys, wanted.as_deref(), place);
    let (filter, keys) = (filter.as_ref(), &keys[..]);
    let from = Wanted { client, place, filter, keys, plan: &plan, parents: !of_parents.is_empty() };
    let source = Source::of(&from)?;
    let sorted = source.is_sorted(&from);
    if query.explain {
        return Ok(object! {
            "records": Value::Array(Vec::new()),
            "cursor": Value::Null,
            "complete": false,
            "plan": explain(&source, &from, sorted, query.page_size),
        });
    }
    let size = query.page_size;
    let mut run =
        Run { client, fields: &fields, source, filter, keys, size, of_parents, failed: Vec::new() };
    let mut page = if sorted { run.stream(cursor) } else { run.sort_here(cursor) }?;
    for record in &mut page.records {
        keep(record, place.table, wanted.as_deref());
    }
    let sealed =
        page.cursor.map(|cursor| cursor::seal(client, &fingerprint, cursor)).transpose()?;
    let mut answer = object! {
        "complete": sealed.is_none(),
        "records": Value::Array(page.records),
        "cursor": sealed,
    };
    if let Some(reason) = page.stopped {
        json::put(&mut answer, "stopped", reason.into());
    }
    if !run.failed.is_empty() {
        json::put(&mut answer, "failed", Value::Array(run.failed));
    }
    Ok(answer)
}

/// The table's fields, asking for the account's own only when the query can touch them.
fn fields(client: &Client<'_>, place: &Place, query: &Query<'_>) -> Result<Fields> {
    let Some(wanted) = query.fields else {
        return Fields::discover(client, place.table);
    };
    let mut names = Vec::new();
    for name in wanted {
        names.push(&**name);
    }
    if let Some(filter) = query.filter {
        Filter::names(filter, &mut names);
    }
    for key in query.sort {
        names.push(key["field"].as_str().unwrap_or_default());
    }
    if Fields::are_known(place.table, &names) {
        Ok(Fields::known(place.table))
    } else {
        Fields::discover(client, place.table)
    }
}

/// The names of the parents' fields that the query touches.
pub(super) fn of_parents(
    filter: Option<&Filter<'_>>,
    keys: &[Key<'_>],
    wanted: Option<&[String]>,
    place: &Place,
) -> Vec<&'static str> {
    let (mut tests, mut names) = (Vec::new(), Vec::new());
    if let Some(filter) = filter {
        filter.tests(&mut tests);
    }
    let mut touch = |field: FieldRef<'_>| match field {
        FieldRef::Known(field) if field.of_parent && !names.contains(&field.name) => {
            names.push(field.name);
        }
        _ => {}
    };
    for test in tests {
        touch(test.field);
    }
    for key in keys {
        touch(key.field);
    }
    for field in place.table.fields {
        if wanted.unwrap_or_default().iter().any(|name| name == field.name) {
            touch(FieldRef::Known(field));
        }
    }
    names
}

/// One page of a query's answer.
struct Answer {
    records: Vec<Value>,
    cursor: Option<Cursor>,
    stopped: Option<&'static str>,
}

struct Run<'a> {
    client: &'a Client<'a>,
    fields: &'a Fields,
    source: Source,
    filter: Option<&'a Filter<'a>>,
    keys: &'a [Key<'a>],
    size: usize,
    of_parents: Vec<&'static str>,
    /// What could not be read.
    failed: Vec<Value>,
}

impl Run<'_> {
    /// In Calendly's order: reads until the page is full.
    fn stream(&mut self, cursor: Option<Cursor>) -> Result<Answer> {
        let from = match cursor {
            None => None,
            Some(Cursor::At(position)) => Some(position),
            Some(Cursor::After(..)) => return Err(cursor::of_another_version()),
        };
        let (count, most) = match self.filter {
            Some(_) => (READ_LIMIT, None),
            None => (self.size, Some(self.size)),
        };
        let (mut records, mut failed) = (Vec::new(), Vec::new());
        let end = self.source.walk(self.client, from, count, most, &mut |resource, parent| {
            if let Some(record) = self.record(resource, parent, &mut failed) {
                records.push(record);
            }
            Ok(if records.len() < self.size { Next::Resource } else { Next::Stop })
        })?;
        self.failed = failed;
        let (cursor, stopped) = match end {
            End::Exhausted | End::Stopped(None) => (None, None),
            End::Stopped(Some(position)) => (Some(Cursor::At(position)), None),
            End::Limited(reason, position) => (Some(Cursor::At(position)), Some(reason)),
        };
        Ok(Answer { records, cursor, stopped })
    }

    /// In an order Calendly does not have: reads everything, keeps what the page needs.
    fn sort_here(&mut self, cursor: Option<Cursor>) -> Result<Answer> {
        let after = match cursor {
            None => None,
            Some(Cursor::After(values, id)) => Some((values, id)),
            Some(Cursor::At(_)) => return Err(cursor::of_another_version()),
        };
        let mut kept: Vec<(Vec<Value>, String, Value)> = Vec::new();
        let (mut more, mut failed) = (false, Vec::new());
        let end =
            self.source.walk(self.client, None, READ_LIMIT, None, &mut |resource, parent| {
                let Some(record) = self.record(resource, parent, &mut failed) else {
                    return Ok(Next::Resource);
                };
                let values = sort::key_values(self.keys, &record);
                let id = record["id"].as_str().unwrap_or_default().to_owned();
                let comes_before = |left: (&[Value], &str), right: (&[Value], &str)| {
                    sort::order(self.keys, left, right).is_lt()
                };
                if after
                    .as_ref()
                    .is_some_and(|(last, of)| !comes_before((last, of), (&values, &id)))
                {
                    return Ok(Next::Resource);
                }
                let place = kept
                    .partition_point(|(other, of, _)| comes_before((other, of), (&values, &id)));
                if place < self.size {
                    kept.insert(place, (values, id, record));
                } else {
                    more = true;
                }
                if kept.len() > self.size {
                    kept.pop();
                    more = true;
                }
                Ok(Next::Resource)
            })?;
        // Said with the first page, not with each.
        if after.is_none() {
            self.failed = failed;
        }
        match end {
            End::Limited("deadline", _) => return Err(deadline_exceeded()),
            End::Limited(..) => return Err(too_much_to_sort(self.keys)),
            End::Exhausted | End::Stopped(_) => {}
        }
        let last = kept.last().filter(|_| more);
        let cursor = last.map(|(values, id, _)| Cursor::After(values.clone(), id.clone()));
        let mut records = Vec::with_capacity(kept.len());
        for (_, _, record) in kept {
            records.push(record);
        }
        Ok(Answer { records, cursor, stopped: None })
    }

    /// The record of a resource, if it passes. One that cannot be read is noted, and costs no
    /// other its place.
    fn record(&self, resource: &Value, parent: &Value, failed: &mut Vec<Value>) -> Option<Value> {
        match record::of(self.fields, resource, None) {
            Ok(mut record) => {
                record::add_parents(&mut record, self.fields.table, parent, &self.of_parents);
                self.filter.is_none_or(|filter| filter.holds(&record)).then_some(record)
            }
            Err(error) => {
                let uri = &resource["uri"];
                let id = uri.as_str().map(last_segment);
                failed.push(
                    object! { "id": id, "uri": record::text(uri), "problem": &*error.message },
                );
                None
            }
        }
    }
}

/// Cuts a record down to the fields that were asked for. The parents' are answered only then, and
/// those that lists do not have are left out.
pub(super) fn keep(record: &mut Value, table: &Table, wanted: Option<&[String]>) {
    let Some(fields) = record.get_mut("fields") else { return };
    let (mut all, mut kept) = (json::members(fields.take()), Map::new());
    if let Some(wanted) = wanted {
        for key in wanted {
            kept.insert(key.clone(), json::take(&mut all, key));
        }
    } else {
        for (name, value) in all {
            let known = table.fields.iter().find(|field| field.name == name);
            if known.is_none_or(|field| field.listed && !field.of_parent) {
                kept.insert(name, value);
            }
        }
    }
    *fields = Value::Object(kept);
}

fn too_much_to_sort(keys: &[Key<'_>]) -> Error {
    let mut names = Vec::new();
    for key in keys {
        names.push(key.field.key());
    }
    let names = list(names);
    Error::new(
        ErrorCode::Unsupported,
        &format!(
            "Calendly does not sort by {names}, and there are more than {READ_LIMIT} records to \
             read for sorting them here."
        ),
        "Add a filter that Calendly itself can make (see filteredByCalendly in \
         calendly.listTables), or sort by a field with sortedByCalendly.",
    )
}
