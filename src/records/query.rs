//! Querying: what Calendly can do is pushed down, the rest is done here over the stream of pages.

use serde_json::Value;

use super::cursor::{self, Cursor};
use super::fields::Fields;
use super::filter::{Filter, Operator};
use super::plan::{self, Plan};
use super::sort::{self, Key};
use super::source::{self, End, Next, PAGE, READ_LIMIT, Source};
use super::{Place, record};
use crate::api::Client;
use crate::api::retry::deadline_exceeded;
use crate::catalog::{Collection, Kind};
use crate::error::{Error, ErrorCode, Result};
use crate::json::{self, object};
use crate::text::list;

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
}

/// Answers `{records, cursor, complete}`.
///
/// # Errors
/// `invalid-input` with everything that is wrong with the query, and what any read can end in.
pub fn query(client: &Client<'_>, place: &Place, query: &Query<'_>) -> Result<Value> {
    place.check_owner(client)?;
    let fields = fields(client, place, query)?;
    let mut found = Vec::new();
    let filter = query
        .filter
        .and_then(|filter| Filter::parse(&fields, filter, "/config/filter", &mut found));
    let keys = sort::parse(&fields, query.sort, &mut found);
    let plan = plan::plan(filter.as_ref(), &keys, &mut found);
    let wanted = record::wanted(&fields, query.fields);
    if !found.is_empty() || wanted.is_err() {
        found.extend(wanted.err().into_iter().flat_map(|error| error.violations.clone()));
        return Err(Error::invalid_input(found));
    }
    let wanted = wanted?;
    let fingerprint = cursor::fingerprint(&object! {
        "base": place.base.name(),
        "table": place.table.name,
        "filter": query.filter.cloned(),
        "sort": query.sort,
    });
    let cursor =
        query.cursor.map(|sealed| cursor::open(client, &fingerprint, sealed)).transpose()?;
    let source = source(client, place, filter.as_ref(), &plan)?;
    // Below many events, each collection is sorted by itself, which sorts nothing.
    let sorted = keys.is_empty() || plan.sort.is_some() && matches!(source, Source::Collection(_));
    let run = Run { client, fields: &fields, source, filter, keys, size: query.page_size };
    let mut page = if sorted { run.stream(cursor) } else { run.sort_here(cursor) }?;
    if let Some(wanted) = &wanted {
        page.records.iter_mut().for_each(|record| keep(record, wanted));
    }
    let sealed =
        page.cursor.map(|cursor| cursor::seal(client, &fingerprint, cursor)).transpose()?;
    let mut answer = object! {
        "complete": sealed.is_none(),
        "records": page.records,
        "cursor": sealed,
    };
    if let Some(reason) = page.stopped {
        answer["stopped"] = reason.into();
    }
    Ok(answer)
}

/// The table's fields, asking for the account's own only when the query can touch them.
fn fields(client: &Client<'_>, place: &Place, query: &Query<'_>) -> Result<Fields> {
    let Some(wanted) = query.fields else {
        return Fields::discover(client, place.table);
    };
    let mut names: Vec<_> = wanted.iter().map(String::as_str).collect();
    if let Some(filter) = query.filter {
        Filter::names(filter, &mut names);
    }
    for key in query.sort {
        names.extend(key["field"].as_str());
    }
    if Fields::are_known(place.table, &names) {
        Ok(Fields::known(place.table))
    } else {
        Fields::discover(client, place.table)
    }
}

fn source(
    client: &Client<'_>,
    place: &Place,
    filter: Option<&Filter<'_>>,
    plan: &Plan,
) -> Result<Source> {
    let scopes = place.table.read_scopes;
    let collection = |path: &str, parameters| {
        Source::Collection(source::Collection { path: path.to_owned(), parameters, scopes })
    };
    let mut parameters = plan.filters.clone();
    parameters.extend(plan.sort.iter().map(|sort| ("sort", sort.clone())));
    Ok(match place.table.collection {
        Collection::OfAccount(path) => collection(path, parameters),
        Collection::OfOwner(path) => {
            parameters.extend(place.base.anchors(client)?);
            collection(path, parameters)
        }
        Collection::OfEvents(below) => match filter.and_then(one_event) {
            Some(event) => collection(&format!("/scheduled_events/{event}{below}"), parameters),
            None => {
                let mut events = place.base.anchors(client)?;
                // Calendly finds the events of an invitee itself.
                let email = plan.filters.iter().find(|(name, _)| *name == "email");
                events.extend(email.map(|(_, email)| ("invitee_email", email.clone())));
                let path = "/scheduled_events".to_owned();
                let events = source::Collection { path, parameters: events, scopes };
                Source::BelowEvents(source::BelowEvents { events, below, parameters })
            }
        },
    })
}

/// The id of the one event that all records have to belong to.
fn one_event<'f>(filter: &'f Filter<'_>) -> Option<&'f str> {
    let mut conjuncts = Vec::new();
    filter.conjuncts(&mut conjuncts);
    let test = conjuncts.into_iter().find(|test| {
        test.operator == Operator::Equals
            && test.field.kind() == Kind::Reference("scheduled_events")
    });
    let mut segments = test?.value.as_str()?.rsplit('/');
    let id = segments.next().filter(|id| super::base::is_id(id))?;
    segments.next().is_none_or(|collection| collection == "scheduled_events").then_some(id)
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
    filter: Option<Filter<'a>>,
    keys: Vec<Key<'a>>,
    size: usize,
}

impl Run<'_> {
    /// In Calendly's order: reads until the page is full.
    fn stream(&self, cursor: Option<Cursor>) -> Result<Answer> {
        let from = match cursor {
            None => None,
            Some(Cursor::At(position)) => Some(position),
            Some(Cursor::After(..)) => return Err(Error::internal("The cursor has another form.")),
        };
        let count = if self.filter.is_some() { PAGE } else { self.size.min(PAGE) };
        let mut records = Vec::new();
        let end = self.source.walk(self.client, from, count, &mut |resource| {
            let record = record::of(self.fields, resource, None)?;
            if self.passes(&record) {
                records.push(record);
            }
            Ok(if records.len() < self.size { Next::Resource } else { Next::Stop })
        })?;
        let (cursor, stopped) = match end {
            End::Exhausted => (None, None),
            End::Stopped(position) => (Some(Cursor::At(position)), None),
            End::Limited(reason, position) => (Some(Cursor::At(position)), Some(reason)),
        };
        Ok(Answer { records, cursor, stopped })
    }

    /// In an order Calendly does not have: reads everything, keeps what the page needs.
    fn sort_here(&self, cursor: Option<Cursor>) -> Result<Answer> {
        let after = match cursor {
            None => None,
            Some(Cursor::After(values, id)) => Some((values, id)),
            Some(Cursor::At(_)) => return Err(Error::internal("The cursor has another form.")),
        };
        let mut kept: Vec<(Vec<Value>, String, Value)> = Vec::new();
        let mut more = false;
        let end = self.source.walk(self.client, None, PAGE, &mut |resource| {
            let record = record::of(self.fields, resource, None)?;
            if !self.passes(&record) {
                return Ok(Next::Resource);
            }
            let values = sort::key_values(&self.keys, &record);
            let id = record["id"].as_str().unwrap_or_default().to_owned();
            let comes_before = |left: (&[Value], &str), right: (&[Value], &str)| {
                sort::order(&self.keys, left, right).is_lt()
            };
            if after.as_ref().is_some_and(|(last, of)| !comes_before((last, of), (&values, &id))) {
                return Ok(Next::Resource);
            }
            let place =
                kept.partition_point(|(other, of, _)| comes_before((other, of), (&values, &id)));
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
        match end {
            End::Exhausted => {}
            End::Limited("deadline", _) => return Err(deadline_exceeded()),
            _ => return Err(too_much_to_sort(&self.keys)),
        }
        let last = kept.last().filter(|_| more);
        let cursor = last.map(|(values, id, _)| Cursor::After(values.clone(), id.clone()));
        let records = kept.into_iter().map(|(_, _, record)| record).collect();
        Ok(Answer { records, cursor, stopped: None })
    }

    fn passes(&self, record: &Value) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter.holds(record))
    }
}

/// Cuts a record down to the fields that were asked for.
fn keep(record: &mut Value, wanted: &[String]) {
    let mut fields = json::members(record["fields"].take());
    record["fields"] = object! {};
    for key in wanted {
        record["fields"][key] = json::take(&mut fields, key);
    }
}

fn too_much_to_sort(keys: &[Key<'_>]) -> Error {
    let names = list(keys.iter().map(|key| key.field.key()));
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
