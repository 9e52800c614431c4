//! Where a query's resources come from, page after page.
//!
//! A page token is bound to the query it was issued for, so every page repeats the parameters of
//! the first one.

use serde_json::Value;

use crate::api::{Call, Client};
use crate::error::{Error, ErrorCode, Result};
use crate::text;

/// A collection, or one collection below each event of another.
#[derive(Debug)]
pub(super) enum Source {
    /// One collection.
    Collection {
        path: String,
        parameters: Vec<(&'static str, String)>,
        scopes: &'static [&'static str],
    },
    /// Below each scheduled event.
    BelowEvents {
        /// What events are listed with.
        events: Vec<(&'static str, String)>,
        /// The path below an event.
        below: &'static str,
        parameters: Vec<(&'static str, String)>,
        scopes: &'static [&'static str],
    },
}

/// A place between two resources of a source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Position {
    /// The page of the outer collection; none for the first.
    page: Option<String>,
    /// Of a source below events: which event of that page.
    event: usize,
    /// Of a source below events: the page of the inner collection.
    inner: Option<String>,
    /// How many resources of the page have been passed.
    skip: usize,
}

impl Position {
    /// For a cursor.
    pub(super) fn to_json(&self) -> Value {
        let (event, skip) = (self.event.into(), self.skip.into());
        Value::Array(vec![
            self.page.clone().into(),
            event,
            self.inner.clone().into(),
            skip,
        ])
    }

    /// From a cursor.
    pub(super) fn from_json(value: &Value) -> Option<Self> {
        let text = |index: usize| value[index].as_str().map(str::to_owned);
        let number = |index: usize| usize::try_from(value[index].as_u64()?).ok();
        Some(Self {
            page: text(0),
            event: number(1)?,
            inner: text(2),
            skip: number(3)?,
        })
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
    /// The visitor stopped; it goes on here.
    Stopped(Position),
    /// As many resources were read as one call may read; it goes on here.
    ReadLimit(Position),
}

impl Source {
    /// Visits the resources from a position on.
    pub(super) fn walk(
        &self,
        client: &Client<'_>,
        from: Position,
        count: usize,
        visit: &mut dyn FnMut(&Value) -> Result<Next>,
    ) -> Result<End> {
        match self {
            Self::Collection {
                path,
                parameters,
                scopes,
            } => {
                let collection = Pages {
                    client,
                    path,
                    parameters,
                    scopes,
                    count,
                };
                walk_collection(&collection, from, visit)
            }
            Self::BelowEvents { .. } => self.walk_below_events(client, from, visit),
        }
    }

    /// Reads a page of events, then what is below them, several events at once.
    fn walk_below_events(
        &self,
        client: &Client<'_>,
        from: Position,
        visit: &mut dyn FnMut(&Value) -> Result<Next>,
    ) -> Result<End> {
        let Self::BelowEvents {
            events,
            below,
            parameters,
            scopes,
        } = self
        else {
            return Err(Error::internal("This source is not below events."));
        };
        let outer = Pages {
            client,
            path: "/scheduled_events",
            parameters: events,
            scopes,
            count: 20,
        };
        let mut position = from;
        let mut guard = Guard::default();
        loop {
            let page = outer.read(position.page.as_deref())?;
            while position.event < page.resources.len() {
                let batch = &page.resources[position.event..];
                let batch = &batch[..batch.len().min(EVENTS_AT_ONCE)];
                let paths: Result<Vec<_>> =
                    batch.iter().map(|event| event_path(event, below)).collect();
                let paths = paths?;
                let inner = |path| Pages {
                    client,
                    path,
                    parameters,
                    scopes,
                    count: PAGE,
                };
                let first = position.inner.take();
                let tokens = |index| if index == 0 { first.as_deref() } else { None };
                let calls: Vec<_> = paths
                    .iter()
                    .enumerate()
                    .map(|(index, path)| inner(path).call(tokens(index)))
                    .collect();
                for (index, answer) in client.send_all(&calls)?.into_iter().enumerate() {
                    let pages = inner(&paths[index]);
                    let mut token = tokens(index).map(str::to_owned);
                    let mut page_below = Page::of(answer)?;
                    loop {
                        guard.count(page_below.resources.len());
                        for (at, resource) in
                            page_below.resources.iter().enumerate().skip(position.skip)
                        {
                            if visit(resource)? == Next::Stop {
                                let rest = Position {
                                    page: position.page,
                                    event: position.event,
                                    inner: token,
                                    skip: at + 1,
                                };
                                return Ok(End::Stopped(rest));
                            }
                        }
                        position.skip = 0;
                        let Some(next) = page_below.next else { break };
                        guard.pass(&next)?;
                        page_below = pages.read(Some(&next))?;
                        token = Some(next);
                    }
                    position.event += 1;
                }
                if guard.is_full() {
                    return Ok(End::ReadLimit(position));
                }
            }
            let Some(next) = page.next else {
                return Ok(End::Exhausted);
            };
            guard.pass(&next)?;
            position = Position {
                page: Some(next),
                ..Position::default()
            };
        }
    }
}

fn walk_collection(
    pages: &Pages<'_>,
    from: Position,
    visit: &mut dyn FnMut(&Value) -> Result<Next>,
) -> Result<End> {
    let (mut token, mut skip) = (from.page, from.skip);
    let mut guard = Guard::default();
    loop {
        let page = pages.read(token.as_deref())?;
        guard.count(page.resources.len());
        for (index, resource) in page.resources.iter().enumerate().skip(skip) {
            if visit(resource)? == Next::Resource {
                continue;
            }
            let here = if index + 1 < page.resources.len() {
                Position {
                    page: token,
                    skip: index + 1,
                    ..Position::default()
                }
            } else if page.next.is_some() {
                Position {
                    page: page.next,
                    ..Position::default()
                }
            } else {
                return Ok(End::Exhausted);
            };
            return Ok(End::Stopped(here));
        }
        let Some(next) = page.next else {
            return Ok(End::Exhausted);
        };
        guard.pass(&next)?;
        if guard.is_full() {
            return Ok(End::ReadLimit(Position {
                page: Some(next),
                ..Position::default()
            }));
        }
        (token, skip) = (Some(next), 0);
    }
}

/// Reads a whole collection, for those that are small by nature.
pub(super) fn read_all(
    client: &Client<'_>,
    path: &str,
    parameters: Vec<(&'static str, String)>,
) -> Result<Vec<Value>> {
    let mut all = Vec::new();
    let source = Source::Collection {
        path: path.to_owned(),
        parameters,
        scopes: &[],
    };
    source.walk(client, Position::default(), PAGE, &mut |resource| {
        all.push(resource.clone());
        Ok(Next::Resource)
    })?;
    Ok(all)
}

/// The pages of one collection.
struct Pages<'a> {
    client: &'a Client<'a>,
    path: &'a str,
    parameters: &'a [(&'static str, String)],
    scopes: &'static [&'static str],
    count: usize,
}

impl Pages<'_> {
    fn read(&self, token: Option<&str>) -> Result<Page> {
        let answer = self
            .client
            .send(&self.call(token))
            .map_err(|error| match token {
                Some(_) if is_stale_token(&error) => stale(error),
                _ => error,
            })?;
        Page::of(answer)
    }

    fn call(&self, token: Option<&str>) -> Call {
        let mut query = self.parameters.to_vec();
        query.push(("count", self.count.to_string()));
        query.extend(token.map(|token| ("page_token", token.to_owned())));
        Call::get(self.path).with_query(query).needing(self.scopes)
    }
}

struct Page {
    resources: Vec<Value>,
    next: Option<String>,
}

impl Page {
    fn of(mut answer: Value) -> Result<Self> {
        let Value::Array(resources) = answer["collection"].take() else {
            return Err(Error::new(
                ErrorCode::UpstreamUnavailable,
                "Calendly answered a list request without a collection.",
                "Try again in a while.",
            ));
        };
        let next = answer["pagination"]["next_page_token"]
            .as_str()
            .map(str::to_owned);
        Ok(Self { resources, next })
    }
}

/// Notices chains of pages that do not end, and ends a call that has read enough.
#[derive(Default)]
struct Guard {
    passed: Vec<String>,
    read: usize,
}

impl Guard {
    fn pass(&mut self, token: &str) -> Result<()> {
        if !self.passed.iter().any(|passed| passed == token) {
            self.passed.push(token.to_owned());
            return Ok(());
        }
        Err(Error::new(
            ErrorCode::UpstreamUnavailable,
            "Calendly's pages run in a circle: the same next page came twice.",
            "Start the query again.",
        ))
    }

    fn count(&mut self, resources: usize) {
        // An empty page counts too, or a chain of them would never be enough.
        self.read += resources.max(1);
    }

    const fn is_full(&self) -> bool {
        self.read >= READ_LIMIT
    }
}

fn event_path(event: &Value, below: &str) -> Result<String> {
    let id = event["uri"].as_str().and_then(|uri| uri.rsplit('/').next());
    let id = id.filter(|id| super::base::is_id(id));
    id.map(|id| format!("/scheduled_events/{id}{below}"))
        .ok_or_else(|| Error::internal("Calendly's answer has an event without a URI."))
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
pub(super) const READ_LIMIT: usize = 10_000;
/// One second's budget of requests.
const EVENTS_AT_ONCE: usize = 5;
