//! Where a query's resources come from, page after page.
//!
//! A page token is bound to the query it was issued for, so every page repeats the parameters of
//! the first one.

use serde_json::Value;

use super::position::{Position, mark};
use crate::api::{Call, Client};
use crate::error::{Error, ErrorCode, Result};
use crate::{json, text};

/// A collection, or one collection below each event of another.
#[derive(Debug)]
pub(super) enum Source {
    /// One collection.
    Collection(Collection),
    /// One below each scheduled event.
    BelowEvents(BelowEvents),
}

/// A collection and what it is listed with.
#[derive(Debug)]
pub(super) struct Collection {
    pub(super) path: String,
    pub(super) parameters: Vec<(&'static str, String)>,
    pub(super) scopes: &'static [&'static str],
}

/// A collection below each of the events of another.
#[derive(Debug)]
pub(super) struct BelowEvents {
    pub(super) events: Collection,
    /// The path below an event.
    pub(super) below: &'static str,
    pub(super) parameters: Vec<(&'static str, String)>,
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
    /// The visitor stopped; it goes on here.
    Stopped(Position),
    /// One call could not read more, for this reason; it goes on here.
    Limited(&'static str, Position),
}

type Visit<'v> = &'v mut dyn FnMut(&Value) -> Result<Next>;

impl Source {
    /// Visits the resources from a position on. A first page has `count` resources.
    pub(super) fn walk(
        &self,
        client: &Client<'_>,
        from: Option<Position>,
        count: usize,
        visit: Visit<'_>,
    ) -> Result<End> {
        let position = from.unwrap_or_else(|| Position::start(count));
        match self {
            Self::Collection(collection) => collection.walk(client, position, visit),
            Self::BelowEvents(source) => source.walk(client, position, visit),
        }
    }
}

impl Collection {
    fn walk(&self, client: &Client<'_>, mut here: Position, visit: Visit<'_>) -> Result<End> {
        let (mut chain, mut limits) = (Chain::default(), Limits::default());
        loop {
            let page = self.read(client, &here)?;
            limits.count(page.resources.len());
            if page.visit(&mut here.seen, visit)? == Next::Stop {
                return Ok(match (page.is_done(&here.seen), page.next) {
                    (false, _) => End::Stopped(here),
                    (true, Some(next)) => End::Stopped(here.on_page(next)),
                    (true, None) => End::Exhausted,
                });
            }
            let Some(next) = page.next else { return Ok(End::Exhausted) };
            chain.pass(&next)?;
            here = here.on_page(next);
            if let Some(reason) = limits.reached(client) {
                return Ok(End::Limited(reason, here));
            }
        }
    }

    fn read(&self, client: &Client<'_>, at: &Position) -> Result<Page> {
        let answer = client.send(&self.call(at)).map_err(|error| {
            if at.page.is_some() && is_stale_token(&error) { stale(error) } else { error }
        })?;
        Page::of(answer)
    }

    fn call(&self, at: &Position) -> Call {
        let mut query = self.parameters.clone();
        query.push(("count", at.count.to_string()));
        query.extend(at.page.clone().map(|token| ("page_token", token)));
        Call::get(&*self.path).with_query(query).needing(self.scopes)
    }
}

impl BelowEvents {
    /// Reads a page of events, then what is below them, several events at once.
    fn walk(&self, client: &Client<'_>, mut here: Position, visit: Visit<'_>) -> Result<End> {
        let (mut chain, mut limits) = (Chain::default(), Limits::default());
        let below = here.below.take();
        here.count = EVENTS_PAGE;
        loop {
            let page = self.events.read(client, &here)?;
            limits.count(1);
            let mut events = Vec::new();
            for event in &page.resources {
                let mark = mark(event);
                if !here.seen.contains(&mark) {
                    events.push((mark, self.below(event)?));
                }
            }
            for batch in events.chunks(EVENTS_AT_ONCE) {
                let mut starts = Vec::new();
                for (mark, _) in batch {
                    let inner = below.as_ref().filter(|(event, _)| event == mark);
                    let inner = inner.map(|(_, inner)| (**inner).clone());
                    starts.push(inner.unwrap_or_else(|| Position::start(PAGE)));
                }
                let calls: Vec<_> = batch
                    .iter()
                    .zip(&starts)
                    .map(|((_, collection), start)| collection.call(start))
                    .collect();
                let answers = client.send_all(&calls)?;
                for (((mark, collection), start), answer) in batch.iter().zip(starts).zip(answers) {
                    let first = Page::of(answer)?;
                    let end = collection.walk_on(client, start, first, &mut limits, visit)?;
                    if let Some(rest) = end {
                        here.below = Some((mark.clone(), Box::new(rest)));
                        return Ok(End::Stopped(here));
                    }
                    here.seen.push(mark.clone());
                }
                if let Some(reason) = limits.reached(client) {
                    return Ok(End::Limited(reason, here));
                }
            }
            let Some(next) = page.next else { return Ok(End::Exhausted) };
            chain.pass(&next)?;
            here = here.on_page(next);
        }
    }

    fn below(&self, event: &Value) -> Result<Collection> {
        let id = event["uri"].as_str().and_then(|uri| uri.rsplit('/').next());
        let id = id.filter(|id| super::base::is_id(id));
        let id =
            id.ok_or_else(|| Error::internal("Calendly's answer has an event without a URI."))?;
        Ok(Collection {
            path: format!("/scheduled_events/{id}{}", self.below),
            parameters: self.parameters.clone(),
            scopes: self.events.scopes,
        })
    }
}

impl Collection {
    /// Visits a page that was read already, and those after it. Answers where the visitor stopped.
    fn walk_on(
        &self,
        client: &Client<'_>,
        mut here: Position,
        mut page: Page,
        limits: &mut Limits,
        visit: Visit<'_>,
    ) -> Result<Option<Position>> {
        let mut chain = Chain::default();
        loop {
            limits.count(page.resources.len());
            if page.visit(&mut here.seen, visit)? == Next::Stop {
                return Ok(Some(here));
            }
            let Some(next) = page.next else { return Ok(None) };
            chain.pass(&next)?;
            here = here.on_page(next);
            page = self.read(client, &here)?;
        }
    }
}

/// Reads a whole collection, for those that are small by nature.
pub(super) fn read_all(
    client: &Client<'_>,
    path: &str,
    parameters: Vec<(&'static str, String)>,
) -> Result<Vec<Value>> {
    let mut all = Vec::new();
    let collection = Collection { path: path.to_owned(), parameters, scopes: &[] };
    collection.walk(client, Position::start(PAGE), &mut |resource| {
        all.push(resource.clone());
        Ok(Next::Resource)
    })?;
    Ok(all)
}

struct Page {
    resources: Vec<Value>,
    next: Option<String>,
}

impl Page {
    fn of(answer: Value) -> Result<Self> {
        let mut answer = json::members(answer);
        let next = answer.get("pagination").and_then(|it| it["next_page_token"].as_str());
        let next = next.map(str::to_owned);
        match json::take(&mut answer, "collection") {
            Value::Array(resources) => Ok(Self { resources, next }),
            _ => Err(Error::new(
                ErrorCode::UpstreamUnavailable,
                "Calendly answered a list request without a collection.",
                "Try again in a while.",
            )),
        }
    }

    /// Visits the resources that were not seen before, and marks them.
    fn visit(&self, seen: &mut Vec<String>, visit: Visit<'_>) -> Result<Next> {
        for resource in &self.resources {
            let mark = mark(resource);
            if seen.contains(&mark) {
                continue;
            }
            let next = visit(resource)?;
            seen.push(mark);
            if next == Next::Stop {
                return Ok(Next::Stop);
            }
        }
        Ok(Next::Resource)
    }

    fn is_done(&self, seen: &[String]) -> bool {
        self.resources.last().is_none_or(|last| seen.contains(&mark(last)))
    }
}

/// Notices a chain of pages that runs in a circle.
#[derive(Default)]
struct Chain(Vec<String>);

impl Chain {
    fn pass(&mut self, token: &str) -> Result<()> {
        if !self.0.iter().any(|passed| passed == token) {
            self.0.push(token.to_owned());
            return Ok(());
        }
        Err(Error::new(
            ErrorCode::UpstreamUnavailable,
            "Calendly's pages run in a circle: the same next page came twice.",
            "Start the query again.",
        ))
    }
}

/// Ends a call that has read enough, or has no time to read more.
#[derive(Default)]
struct Limits {
    read: usize,
}

impl Limits {
    fn count(&mut self, resources: usize) {
        // An empty page counts too, or an endless chain of them would never be enough.
        self.read += resources.max(1);
    }

    fn reached(&self, client: &Client<'_>) -> Option<&'static str> {
        if self.read >= READ_LIMIT {
            Some("read-limit")
        } else if client.time_left() < TIME_FOR_A_PAGE_MS {
            Some("deadline")
        } else {
            None
        }
    }
}

fn is_stale_token(error: &Error) -> bool {
    error.code == ErrorCode::Rejected && text::contains(&error.message, "page_token")
}

fn stale(error: Error) -> Error {
    error.explained(
        ErrorCode::Rejected,
        "The cursor is too old: Calendly no longer knows the page it stands on.",
        "Start the query again without a cursor.",
    )
}

/// Calendly's largest page.
pub(super) const PAGE: usize = 100;
/// The most resources that one call reads.
pub const READ_LIMIT: usize = 10_000;
/// A page of events is small, so that little is read again when a query goes on.
const EVENTS_PAGE: usize = 20;
/// One second's budget of requests.
const EVENTS_AT_ONCE: usize = 5;
/// With less time left than this, no further page is begun.
const TIME_FOR_A_PAGE_MS: u64 = 3_000;
