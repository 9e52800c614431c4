//! A collection, read page after page.
//!
//! A page token is bound to the query it was issued for, so every page repeats the parameters of
//! the first one. Calendly lets tokens go stale; the place is then found again by what the pages
//! are ordered by, where that is a time or a number.

use std::cmp::Ordering;

use serde_json::Value;

use super::limits::{Chain, Limits};
use super::page::Page;
use super::position::Position;
use super::record;
use super::sort::compare;
use super::window;
use crate::api::{Call, Client};
use crate::catalog::Field;
use crate::error::{Error, ErrorCode, Result};
use crate::instant::Instant;
use crate::json;
use crate::text;

/// A collection and what it is listed with.
#[derive(Clone, Debug, Default)]
pub(super) struct Collection {
    pub(super) path: String,
    pub(super) parameters: Vec<(&'static str, String)>,
    pub(super) scopes: &'static [&'static str],
    /// Where in an item the resource stands.
    pub(super) item: &'static str,
    /// The largest page; none for what comes in one answer.
    pub(super) largest_page: Option<usize>,
    /// What the pages are ordered by, if a place can be found again by it.
    pub(super) order: Option<Order>,
    /// What resources have although they do not say it: whose they are.
    pub(super) implied: Vec<(&'static str, Value)>,
    /// What began before this came with another window already.
    pub(super) begins: Option<(&'static str, Instant)>,
}

/// What pages are ordered by.
#[derive(Clone, Debug)]
pub(super) struct Order {
    pub(super) field: &'static Field,
    pub(super) descending: bool,
    /// The parameter that bounds it on the side where the order begins.
    pub(super) bound: Option<&'static str>,
}

impl Order {
    /// What a resource is ordered by.
    fn key<'r>(&self, resource: &'r Value) -> &'r Value {
        record::stored(self.field, resource).unwrap_or(&Value::Null)
    }
}

/// What to do after a resource.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    Resource,
    Stop,
}

/// How a walk ended.
pub(super) enum End {
    /// The source has no more.
    Exhausted,
    /// The visitor stopped; it goes on here, if there is more.
    Stopped(Option<Position>),
    /// One call could not read more, for this reason; it goes on here.
    Limited(&'static str, Position),
}

/// Visits a resource.
pub(super) type Visit<'v> = &'v mut dyn FnMut(&Value) -> Result<Next>;

impl Collection {
    /// A collection in pages, without parameters.
    pub(super) fn of(path: &str, scopes: &'static [&'static str]) -> Self {
        Self { path: path.to_owned(), scopes, largest_page: Some(PAGE), ..Self::default() }
    }

    /// Asks for an order.
    pub(super) fn sort_by(&mut self, sort: Option<String>) {
        if let Some(sort) = sort {
            self.parameters.push(("sort", sort));
        }
    }

    /// Visits the resources from a position on.
    pub(super) fn walk(
        &self,
        client: &Client<'_>,
        mut here: Position,
        limits: &mut Limits,
        visit: Visit<'_>,
    ) -> Result<End> {
        let page = self.read(client, &mut here)?;
        self.walk_on(client, here, page, limits, visit)
    }

    /// Visits the resources of a page that was read already, and of those after it.
    pub(super) fn walk_on(
        &self,
        client: &Client<'_>,
        mut here: Position,
        mut page: Page,
        limits: &mut Limits,
        visit: Visit<'_>,
    ) -> Result<End> {
        let mut chain = Chain::default();
        loop {
            limits.count(page.resources.len());
            if self.visit(&page, &mut here, visit)? == Next::Stop {
                return Ok(End::Stopped(match (page.is_passed(&here), page.next) {
                    (false, _) => Some(here),
                    (true, Some(next)) => Some(here.on_page(next)),
                    (true, None) => None,
                }));
            }
            let Some(next) = page.next else { return Ok(End::Exhausted) };
            chain.pass(&next, page.resources.len())?;
            here = here.on_page(next);
            if let Some(reason) = limits.reached(client) {
                return Ok(End::Limited(reason, here));
            }
            page = self.read(client, &mut here)?;
        }
    }

    /// Visits the resources of a page that have not been passed, and remembers them.
    fn visit(&self, page: &Page, here: &mut Position, visit: Visit<'_>) -> Result<Next> {
        for (resource, mark) in page.resources.iter().zip(&page.marks) {
            if here.seen.contains(mark) {
                continue;
            }
            let next = if self.was_passed(resource, mark, here) || self.came_before(resource) {
                Next::Resource
            } else {
                visit(resource)?
            };
            self.pass(resource, mark, here);
            here.seen.push(mark.clone());
            if next == Next::Stop {
                return Ok(Next::Stop);
            }
        }
        Ok(Next::Resource)
    }

    /// The page of a position. A page that is not known any more is found again.
    pub(super) fn read(&self, client: &Client<'_>, here: &mut Position) -> Result<Page> {
        let answer = match client.send(&self.call(here)) {
            Err(error) if here.page.is_some() && is_stale_token(&error) => {
                // A place that was found again and led nowhere is not looked for once more.
                if self.order.is_none() || here.last.is_none() || here.idle {
                    return Err(stale(error));
                }
                self.anchor(here);
                client.send(&self.call(here))?
            }
            answer => answer?,
        };
        self.page(answer)
    }

    /// Begins again, where the last resource passed is sure to come.
    fn anchor(&self, here: &mut Position) {
        here.page = None;
        here.count = PAGE;
        here.anchored = true;
        here.idle = true;
        let (Some(order), Some(last)) = (&self.order, &here.last) else { return };
        if order.bound.is_some() {
            let at = last.key.as_str().and_then(Instant::parse);
            let slack = if order.descending { window::SLACK_MS } else { -window::SLACK_MS };
            here.bound = at.map(|at| at.plus_ms(slack).to_string());
        }
    }

    /// Whether a resource was passed before its page token went stale.
    pub(super) fn was_passed(&self, resource: &Value, mark: &str, here: &Position) -> bool {
        let (true, Some(order), Some(last)) = (here.anchored, &self.order, &here.last) else {
            return false;
        };
        match compare(order.field.kind, order.key(resource), &last.key) {
            Some(Ordering::Less) => !order.descending,
            Some(Ordering::Greater) => order.descending,
            Some(Ordering::Equal) => last.ties.iter().any(|tie| tie == mark),
            None => false,
        }
    }

    /// Remembers a resource as the last one passed.
    pub(super) fn pass(&self, resource: &Value, mark: &str, here: &mut Position) {
        if let Some(order) = &self.order
            && !self.was_passed(resource, mark, here)
        {
            here.pass(order.key(resource), mark);
        }
    }

    /// Whether a resource belongs to the window before.
    fn came_before(&self, resource: &Value) -> bool {
        let Some((field, begins)) = self.begins else { return false };
        resource[field].as_str().and_then(Instant::parse).is_some_and(|at| at < begins)
    }

    /// A page of an answer, its resources completed by what they do not say themselves.
    pub(super) fn page(&self, answer: Value) -> Result<Page> {
        let mut page = Page::of(answer, self.item)?;
        for resource in &mut page.resources {
            for (name, value) in &self.implied {
                if resource.is_object() && resource[*name].is_null() {
                    json::put(resource, name, value.clone());
                }
            }
        }
        Ok(page)
    }

    /// The request for the page of a position.
    pub(super) fn call(&self, at: &Position) -> Call {
        let bounded = self.order.as_ref().and_then(|order| order.bound);
        let bound = bounded.zip(at.bound.as_ref());
        let mut query = Vec::new();
        for (name, value) in &self.parameters {
            if bound.is_none_or(|(bounded, _)| bounded != *name) {
                query.push((*name, value.clone()));
            }
        }
        if let Some((name, bound)) = bound {
            query.push((name, bound.clone()));
        }
        if let Some(largest) = self.largest_page {
            query.push(("count", at.count.min(largest).to_string()));
        }
        if let Some(token) = &at.page {
            query.push(("page_token", token.clone()));
        }
        Call::get(&*self.path).with_query(query).needing(self.scopes)
    }
}

/// Reads a whole collection, for those that are small by nature.
pub(super) fn read_all(
    client: &Client<'_>,
    path: &str,
    parameters: Vec<(&'static str, String)>,
) -> Result<Vec<Value>> {
    let mut all = Vec::new();
    let collection = Collection { parameters, ..Collection::of(path, &[]) };
    let start = Position::start(PAGE);
    collection.walk(client, start, &mut Limits::default(), &mut |resource| {
        all.push(resource.clone());
        Ok(Next::Resource)
    })?;
    Ok(all)
}

fn is_stale_token(error: &Error) -> bool {
    error.code == ErrorCode::Rejected && text::contains(&error.message, "page_token")
}

fn stale(error: Error) -> Error {
    error.explained(
        ErrorCode::Rejected,
        "The cursor is too old: Calendly no longer knows the page it stands on, and its order is \
         not one by which the place can be found again.",
        "Start the query again without a cursor; sorted by a time, it can go on from any cursor.",
    )
}

/// Calendly's largest page, but for the activity log.
pub(super) const PAGE: usize = 100;
