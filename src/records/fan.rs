//! Many small collections, read one after the other as if they were one: below each parent, for
//! each stretch of time, for each value of a parameter.

use serde_json::Value;

use super::base::is_id;
use super::collection::{Collection, End, Next, PAGE};
use super::limits::{Chain, Limits};
use super::page::Page;
use super::position::{Position, mark};
use crate::api::Client;
use crate::catalog::By;
use crate::error::{Error, Result};
use crate::json;
use crate::text::last_segment;

/// Many small collections.
#[derive(Debug)]
pub(super) struct Fan {
    pub(super) parents: Parents,
    /// The collections that there are once, or below each parent.
    pub(super) parts: Vec<Part>,
}

/// The parents of a fan.
#[derive(Debug)]
pub(super) enum Parents {
    /// There are none: the parts stand for themselves.
    None,
    /// The query names them: their resources, or no more of them than their URIs.
    Known(Vec<Value>, Link),
    /// They are listed; the pointer finds their URI.
    Listed(Collection, &'static str, Link),
}

/// How a part below a parent is told whose it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub(super) by: By,
    /// The path of the collection of parents.
    pub(super) path: &'static str,
    /// The collection that the parents' URIs are of.
    pub(super) of: &'static str,
    /// The name under which a resource has its parent, when it does not say it itself.
    pub(super) field: &'static str,
}

/// One of several collections below each parent.
#[derive(Debug)]
pub(super) struct Part {
    /// What it is remembered by, besides its parent.
    pub(super) key: String,
    pub(super) collection: Collection,
}

/// Visits a resource, with its parent's where it has one.
pub(super) type Visit<'v> = &'v mut dyn FnMut(&Value, &Value) -> Result<Next>;

/// A part of one parent, or of a few that are asked for together.
struct Leaf {
    mark: String,
    collection: Collection,
    /// Its parent; null when it has none or several.
    parent: Value,
    /// The parents that are passed with it, by their places on their page.
    passes: Vec<usize>,
}

impl Fan {
    /// Visits the resources from a position on. The visitor stops at `wanted` resources at the
    /// latest, when it says how many.
    pub(super) fn walk(
        &self,
        client: &Client<'_>,
        mut here: Position,
        wanted: Option<usize>,
        visit: Visit<'_>,
    ) -> Result<End> {
        let (mut chain, mut limits, mut visited) = (Chain::default(), Limits::default(), 0);
        here.count = PARENTS_PAGE;
        loop {
            let parents = self.parents(client, &mut here)?;
            let leaves = self.leaves(&parents, &here)?;
            let (mut rest, mut inner) = (&leaves[..], here.below.take());
            while let [first, ..] = rest {
                let begun = inner.take().filter(|(part, _)| *part == first.mark);
                let begun = begun.map(|(_, position)| *position);
                // A part has a record at least, as a rule: no more are read than are needed.
                let room = wanted.map_or(PARTS_AT_ONCE, |wanted| wanted.saturating_sub(visited));
                let size = if begun.is_some() { 1 } else { room.clamp(1, PARTS_AT_ONCE) };
                let (batch, after) = rest.split_at(size.min(rest.len()));
                rest = after;
                let mut unread = batch.len();
                for (leaf, (position, page)) in batch.iter().zip(first_pages(client, batch, begun)?)
                {
                    unread -= 1;
                    let mut visit_one = |resource: &Value| {
                        visited += 1;
                        visit(resource, &leaf.parent)
                    };
                    let (collection, limits) = (&leaf.collection, &mut limits);
                    let end = collection.walk_on(client, position, page, limits, &mut visit_one)?;
                    let stopped = match end {
                        End::Exhausted => false,
                        End::Stopped(None) => true,
                        End::Stopped(Some(inner)) => {
                            here.below = Some((leaf.mark.clone(), Box::new(inner)));
                            return Ok(End::Stopped(Some(here)));
                        }
                        End::Limited(reason, inner) => {
                            here.below = Some((leaf.mark.clone(), Box::new(inner)));
                            return Ok(End::Limited(reason, here));
                        }
                    };
                    self.pass(leaf, &parents, &mut here);
                    if stopped {
                        let is_last = unread == 0 && rest.is_empty();
                        return Ok(End::Stopped(match (is_last, parents.next) {
                            (false, _) => Some(here),
                            (true, Some(next)) => Some(here.on_page(next)),
                            (true, None) => None,
                        }));
                    }
                }
                if let (Some(reason), [_, ..]) = (limits.reached(client), rest) {
                    return Ok(End::Limited(reason, here));
                }
            }
            let Some(next) = parents.next else { return Ok(End::Exhausted) };
            chain.pass(&next, parents.resources.len())?;
            limits.count(1);
            here = here.on_page(next);
            if let Some(reason) = limits.reached(client) {
                return Ok(End::Limited(reason, here));
            }
        }
    }

    /// The parents of a position: a page of them where they are listed.
    fn parents(&self, client: &Client<'_>, here: &mut Position) -> Result<Page> {
        match &self.parents {
            Parents::None => Ok(Page { resources: Vec::new(), marks: Vec::new(), next: None }),
            Parents::Known(parents, _) => {
                let mut marks = Vec::new();
                for parent in parents {
                    marks.push(mark(parent["uri"].as_str().unwrap_or_default()));
                }
                Ok(Page { resources: parents.clone(), marks, next: None })
            }
            Parents::Listed(collection, ..) => collection.read(client, here),
        }
    }

    /// The parts of a page of parents that have not been passed.
    fn leaves(&self, page: &Page, here: &Position) -> Result<Vec<Leaf>> {
        let (link, pointer) = match &self.parents {
            Parents::None => {
                let mut leaves = Vec::new();
                for part in &self.parts {
                    let mark = mark(&part.key);
                    if !here.seen.contains(&mark) {
                        let collection = part.collection.clone();
                        let (parent, passes) = (Value::Null, Vec::new());
                        leaves.push(Leaf { mark, collection, parent, passes });
                    }
                }
                return Ok(leaves);
            }
            Parents::Known(_, link) => (link, "/uri"),
            Parents::Listed(_, pointer, link) => (link, *pointer),
        };
        let mut ahead = Vec::new();
        for (place, (parent, mark)) in page.resources.iter().zip(&page.marks).enumerate() {
            let passed = match &self.parents {
                Parents::Listed(collection, ..) => collection.was_passed(parent, mark, here),
                _ => false,
            };
            if !passed && !here.seen.contains(mark) {
                ahead.push((place, parent));
            }
        }
        let at_once = if let By::Parameters(_, most) = link.by { most } else { 1 };
        let mut leaves = Vec::new();
        for some in ahead.chunks(at_once) {
            let mut uris = Vec::new();
            for (_, parent) in some {
                let uri = json::at(parent, pointer).and_then(Value::as_str);
                uris.push(uri.ok_or_else(|| no_uri(link.path))?.to_owned());
            }
            for (index, part) in self.parts.iter().enumerate() {
                let mut whose = String::new();
                for uri in &uris {
                    whose.push_str(uri);
                }
                let mark = mark(&(whose + &part.key));
                if here.seen.contains(&mark) {
                    continue;
                }
                let mut passes = Vec::new();
                if index + 1 == self.parts.len() {
                    for (place, _) in some {
                        passes.push(*place);
                    }
                }
                leaves.push(Leaf {
                    mark,
                    collection: link.below(&part.collection, &uris)?,
                    parent: if let [(_, parent)] = some { (*parent).clone() } else { Value::Null },
                    passes,
                });
            }
        }
        Ok(leaves)
    }

    /// Remembers that a part was passed, and with a parent's last part the parent.
    fn pass(&self, leaf: &Leaf, page: &Page, here: &mut Position) {
        if self.parts.len() > 1 || leaf.passes.is_empty() {
            here.seen.push(leaf.mark.clone());
        }
        for place in &leaf.passes {
            if let (Some(parent), Some(mark)) = (page.resources.get(*place), page.marks.get(*place))
            {
                here.seen.push(mark.clone());
                if let Parents::Listed(collection, ..) = &self.parents {
                    collection.pass(parent, mark, here);
                }
            }
        }
    }
}

impl Link {
    /// A part below those parents.
    pub(super) fn below(&self, part: &Collection, parents: &[String]) -> Result<Collection> {
        let mut collection = part.clone();
        for uri in parents {
            match self.by {
                By::Path => {
                    let id = last_segment(uri);
                    if !is_id(id) {
                        return Err(no_uri(self.path));
                    }
                    collection.path = format!("{}/{id}{}", self.path, part.path);
                }
                By::Parameter(name) | By::Parameters(name, _) => {
                    collection.parameters.push((name, uri.clone()));
                }
            }
        }
        if let [uri] = parents {
            collection.implied.push((self.field, uri.as_str().into()));
        }
        Ok(collection)
    }
}

/// The first page of each part; one that was begun goes on where it was left, alone.
fn first_pages(
    client: &Client<'_>,
    batch: &[Leaf],
    begun: Option<Position>,
) -> Result<Vec<(Position, Page)>> {
    let mut pages = Vec::new();
    if let (Some(mut here), [leaf]) = (begun, batch) {
        let page = leaf.collection.read(client, &mut here)?;
        pages.push((here, page));
        return Ok(pages);
    }
    let start = Position::start(PAGE);
    let mut calls = Vec::new();
    for leaf in batch {
        calls.push(leaf.collection.call(&start));
    }
    for (leaf, answer) in batch.iter().zip(client.send_all(&calls)?) {
        pages.push((start.clone(), leaf.collection.page(answer)?));
    }
    Ok(pages)
}

fn no_uri(path: &str) -> Error {
    Error::internal(&format!("Calendly's answer to {path} has something without a URI."))
}

/// A page of parents is small, so that little is read again when a query goes on.
pub(super) const PARENTS_PAGE: usize = 20;
/// One second's budget of requests.
const PARTS_AT_ONCE: usize = 5;
