//! Where a query's resources come from: the listing of its table, told whose records and which.

use serde_json::Value;

use super::collection::{Collection, End, Order};
use super::fan::{Fan, Link, Parents, Part};
use super::fields::FieldRef;
use super::filter::{Filter, Operator};
use super::limits::Limits;
use super::plan::{Plan, direction};
use super::position::Position;
use super::sort::Key;
use super::window::{self, Bounds};
use super::{Place, record, unsupported};
use crate::api::{Call, Client};
use crate::catalog::{self, Anchor, Field, Kind, Listing, Parent, Pushdown, Table, Verb};
use crate::error::{Error, Result};
use crate::json::object;
use crate::text::{last_segment, same};

/// One collection, or many that are read as one.
#[derive(Debug)]
pub(super) enum Source {
    One(Collection),
    Many(Fan),
}

/// What a source is made for.
pub(super) struct Wanted<'a> {
    pub(super) client: &'a Client<'a>,
    pub(super) place: &'a Place,
    pub(super) filter: Option<&'a Filter<'a>>,
    pub(super) keys: &'a [Key<'a>],
    pub(super) plan: &'a Plan,
    /// Whether the parents' own attributes are needed.
    pub(super) parents: bool,
}

impl Source {
    /// The source of a query's resources.
    ///
    /// # Errors
    /// `unsupported` when the table is not listed; `invalid-input` when a bound is missing; what
    /// reading parents can end in.
    pub(super) fn of(wanted: &Wanted<'_>) -> Result<Self> {
        let Wanted { client, place, plan, .. } = *wanted;
        let table = place.table;
        let listing = table.listing.as_ref();
        let listing = listing.ok_or_else(|| unsupported(table, place.base.kind(), Verb::Query))?;
        let sorted = wanted.keys.is_empty() || plan.sort.is_some();
        let mut collection = Collection {
            path: listing.path.to_owned(),
            parameters: plan.filters.clone(),
            scopes: table.read_scopes,
            item: listing.item,
            largest_page: listing.largest_page,
            order: if sorted { order(table, wanted.keys, false) } else { None },
            ..Collection::default()
        };
        let sort =
            plan.sort.clone().or_else(|| default_sort(table).filter(|_| wanted.keys.is_empty()));
        collection.sort_by(sort);
        place.base.anchor(client, &listing.anchor, &mut collection)?;
        let mut parts = parts(wanted, listing, collection)?;
        let parents = match listing.anchor {
            Anchor::Parent(parent) => parents(wanted, parent)?,
            _ => Parents::None,
        };
        if let [part] = &parts[..] {
            match &parents {
                Parents::None => return Ok(Self::One(parts.remove(0).collection)),
                Parents::Known(known, link) if !wanted.parents => {
                    if let [parent] = &known[..] {
                        let uri = parent["uri"].as_str().unwrap_or_default().to_owned();
                        return Ok(Self::One(link.below(&part.collection, &[uri])?));
                    }
                }
                _ => {}
            }
        }
        Ok(Self::Many(Fan { parents, parts }))
    }

    /// Whether the resources come in the order asked for.
    pub(super) fn is_sorted(&self, wanted: &Wanted<'_>) -> bool {
        let Wanted { keys, plan, place, .. } = *wanted;
        if keys.is_empty() {
            return true;
        }
        match self {
            Self::One(_) => plan.sort.is_some(),
            Self::Many(Fan { parents: Parents::Listed(..), parts }) => {
                plan.parent_sort.is_some() && parts.len() == 1
            }
            Self::Many(Fan { parents: Parents::Known(known, _), parts }) if known.len() == 1 => {
                let one = parts.len() == 1 && (plan.sort.is_some() || plan.parent_sort.is_some());
                one || is_by_window(place.table, keys)
            }
            Self::Many(Fan { parents: Parents::None, .. }) => is_by_window(place.table, keys),
            Self::Many(_) => false,
        }
    }

    /// Visits the resources from a position on, each with its parent where that is known. A first
    /// page has `count` resources; the visitor stops at `most` when every resource is wanted.
    pub(super) fn walk(
        &self,
        client: &Client<'_>,
        from: Option<Position>,
        count: usize,
        most: Option<usize>,
        visit: super::fan::Visit<'_>,
    ) -> Result<End> {
        let position = from.unwrap_or_else(|| Position::start(count));
        match self {
            Self::One(collection) => {
                let mut visit = |resource: &Value| visit(resource, &Value::Null);
                collection.walk(client, position, &mut Limits::default(), &mut visit)
            }
            Self::Many(fan) => fan.walk(client, position, most, visit),
        }
    }
}

/// The table's only collection, or one for each stretch of time or value of a parameter.
fn parts(wanted: &Wanted<'_>, listing: &Listing, collection: Collection) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    if let Some(window) = listing.window {
        let bounds = Bounds::of(wanted.filter, window.field);
        let windows = window::cut(window, bounds, wanted.client.host.now())
            .map_err(|broken| Error::invalid_input(vec![broken]))?;
        for window::Window { from, to, follows } in windows {
            let mut collection = collection.clone();
            collection.parameters.push(("start_time", from.to_string()));
            collection.parameters.push(("end_time", to.to_string()));
            collection.begins = follows.then_some((window.field, from));
            parts.push(Part { key: to.to_string(), collection });
        }
    } else if let Some((name, values)) = listing.each {
        let only = equal_to(wanted.filter, name);
        for value in values {
            if only.is_none_or(|only| same(only, value)) {
                let mut collection = collection.clone();
                collection.parameters.push((name, (*value).to_owned()));
                parts.push(Part { key: (*value).to_owned(), collection });
            }
        }
    } else {
        parts.push(Part { key: String::new(), collection });
    }
    Ok(parts)
}

/// The parents that the query names, or where they are listed.
fn parents(wanted: &Wanted<'_>, parent: &'static Parent) -> Result<Parents> {
    let Wanted { client, place, plan, .. } = *wanted;
    let of = place.table.fields.iter().find(|field| field.name == parent.field);
    let of = match of.map(|field| field.kind) {
        Some(Kind::Reference(collection)) => collection,
        _ => "",
    };
    let link = Link { by: parent.by, path: parent.path, of, field: parent.field };
    let mut uris = named(place.table, parent, wanted.filter);
    if parent.base == Some(place.base.kind()) {
        let own = place.base.user(client)?;
        let is_named = uris.is_none_or(|uris| uris.iter().any(|uri| record::same_id(uri, &own)));
        uris = Some(if is_named { vec![own] } else { Vec::new() });
    }
    let Some(uris) = uris else {
        let table = catalog::TABLES.iter().find(|table| {
            table.listing.as_ref().is_some_and(|listing| listing.path == parent.path)
        });
        let mut collection = Collection::of(parent.path, parent.scopes);
        for (name, value) in parent.parameters {
            collection.parameters.push((name, (*value).to_owned()));
        }
        collection.parameters.extend_from_slice(&plan.parent_filters);
        let sort = plan.parent_sort.clone().or_else(|| table.and_then(|table| default_sort(table)));
        collection.sort_by(sort);
        collection.order = match (&plan.parent_sort, table) {
            (Some(_), _) => order(place.table, wanted.keys, true),
            (None, Some(table)) => order(table, &[], false),
            (None, None) => None,
        };
        place.base.anchor(client, &parent.anchor, &mut collection)?;
        return Ok(Parents::Listed(collection, parent.uri, link));
    };
    let mut known = Vec::new();
    if wanted.parents {
        let mut calls = Vec::new();
        for uri in &uris {
            let id = last_segment(uri);
            calls.push(Call::get(format!("{}/{id}", parent.path)).needing(parent.scopes));
        }
        for answer in client.send_all(&calls)? {
            known.push(record::resource(answer)?);
        }
    } else {
        for uri in uris {
            known.push(object! { "uri": uri });
        }
    }
    Ok(Parents::Known(known, link))
}

/// The URIs of the parents that every record has to have, when a test says so.
fn named(
    table: &'static Table,
    parent: &Parent,
    filter: Option<&Filter<'_>>,
) -> Option<Vec<String>> {
    let field = table.fields.iter().find(|field| field.name == parent.field)?;
    let Kind::Reference(collection) = field.kind else { return None };
    let mut conjuncts = Vec::new();
    filter?.conjuncts(&mut conjuncts);
    for test in conjuncts {
        let values = match (test.operator, &test.value) {
            (Operator::Equals, value) => std::slice::from_ref(value),
            (Operator::In, Value::Array(values)) => values,
            _ => continue,
        };
        if test.field.key() != field.name {
            continue;
        }
        let mut uris = Vec::new();
        for value in values {
            // What names no such resource has no records.
            let uri = value.as_str().and_then(|text| record::uri(collection, text));
            if let Some(uri) = uri.filter(|uri| record::is_of(collection, uri))
                && !uris.contains(&uri)
            {
                uris.push(uri);
            }
        }
        return Some(uris);
    }
    None
}

/// The value that every record has to have in a field, when a test says so.
fn equal_to<'f>(filter: Option<&'f Filter<'_>>, field: &str) -> Option<&'f str> {
    let mut conjuncts = Vec::new();
    filter?.conjuncts(&mut conjuncts);
    for test in conjuncts {
        if test.operator == Operator::Equals && test.field.key() == field {
            return test.value.as_str();
        }
    }
    None
}

/// The order to ask for when the query asks for none.
fn default_sort(table: &Table) -> Option<String> {
    let (name, descending) = table.listing.as_ref()?.order?;
    let sorts = table.fields.iter().any(|field| field.name == name && field.sorts);
    sorts.then(|| direction(name, descending))
}

/// What pages are ordered by, if a place can be found again by it: one time or number that every
/// resource has. How Calendly orders names is not documented.
fn order(table: &'static Table, keys: &[Key<'_>], of_parent: bool) -> Option<Order> {
    let (field, descending): (&'static Field, bool) = match keys {
        [] => {
            let (name, descending) = table.listing.as_ref()?.order?;
            (table.fields.iter().find(|field| field.name == name)?, descending)
        }
        [Key { field: FieldRef::Known(field), descending }] if field.of_parent == of_parent => {
            (field, *descending)
        }
        _ => return None,
    };
    if field.nullable
        || field.read.is_none()
        || !matches!(field.kind, Kind::DateTime | Kind::Integer)
    {
        return None;
    }
    let mut bound = None;
    for pushdown in field.pushdown {
        match *pushdown {
            Pushdown::NotBefore(name) if !descending => bound = Some(name),
            Pushdown::NotAfter(name) if descending => bound = Some(name),
            _ => {}
        }
    }
    Some(Order { field, descending, bound })
}

/// Windows come one after the other, and Calendly sorts what is in one.
fn is_by_window(table: &Table, keys: &[Key<'_>]) -> bool {
    let window = table.listing.as_ref().and_then(|listing| listing.window);
    match (window, keys) {
        (Some(window), [key]) => key.field.key() == window.field && !key.descending,
        _ => false,
    }
}
