//! Where a query stands between two resources of its source.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::json;

/// A page, and which of its resources have been passed. They are remembered one by one: between
/// two calls resources come and go, so that a number of them would repeat or lose some.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Position {
    /// The page's token; none for the first page.
    pub(super) page: Option<String>,
    /// The resources on a page; a token is bound to it.
    pub(super) count: usize,
    /// Marks of what has been passed of this page.
    pub(super) seen: Vec<String>,
    /// Of a fan: the part that is not passed yet, and where it stands in it.
    pub(super) below: Option<(String, Box<Self>)>,
    /// The last resource passed, in the order of the pages.
    pub(super) last: Option<Last>,
    /// Calendly had let a page token go stale: what comes before `last` was passed earlier.
    pub(super) anchored: bool,
    /// Whether anything was passed since then. Not in a cursor: a call that stops has made headway.
    pub(super) idle: bool,
    /// A bound in time that stands in for the query's own since then.
    pub(super) bound: Option<String>,
}

/// The last resource passed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Last {
    /// What the order goes by.
    pub(super) key: Value,
    /// Marks of the resources with that same key.
    pub(super) ties: Vec<String>,
}

impl Position {
    /// Before the first resource.
    pub(super) fn start(count: usize) -> Self {
        Self { count, ..Self::default() }
    }

    /// Before the first resource of another page.
    pub(super) fn on_page(self, page: String) -> Self {
        Self { page: Some(page), seen: Vec::new(), below: None, ..self }
    }

    /// Remembers the last resource passed.
    pub(super) fn pass(&mut self, key: &Value, mark: &str) {
        self.idle = false;
        match &mut self.last {
            Some(last) if last.key == *key => last.ties.push(mark.to_owned()),
            last => *last = Some(Last { key: key.clone(), ties: vec![mark.to_owned()] }),
        }
    }

    /// For a cursor.
    pub(super) fn to_json(&self) -> Value {
        let (below, inner) = match &self.below {
            Some((part, inner)) => (part.clone().into(), inner.to_json()),
            None => (Value::Null, Value::Null),
        };
        // With too many ties the place cannot be found again by its key; the cursor stays small.
        let last = self.last.as_ref().filter(|last| last.ties.len() <= MOST_TIES);
        let (key, ties) = match last {
            Some(last) => (last.key.clone(), together(&last.ties)),
            None => (Value::Null, Value::Null),
        };
        Value::Array(vec![
            self.page.clone().into(),
            self.count.into(),
            together(&self.seen),
            below,
            inner,
            key,
            ties,
            self.anchored.into(),
            self.bound.clone().into(),
        ])
    }

    /// From a cursor.
    pub(super) fn from_json(value: &Value) -> Option<Self> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let seen = marks(&value[2])?;
        let below = match text(&value[3]) {
            Some(part) => Some((part, Box::new(Self::from_json(&value[4])?))),
            None => None,
        };
        let last = marks(&value[6]).map(|ties| Last { key: value[5].clone(), ties });
        Some(Self {
            page: text(&value[0]),
            count: usize::try_from(value[1].as_u64()?).ok()?,
            seen,
            below,
            last,
            anchored: value[7] == true,
            idle: false,
            bound: text(&value[8]),
        })
    }
}

/// Marks, one after the other.
fn together(marks: &[String]) -> Value {
    let mut text = String::new();
    for mark in marks {
        text.push_str(mark);
    }
    text.into()
}

/// Marks that stand one after the other.
fn marks(value: &Value) -> Option<Vec<String>> {
    let mut marks = Vec::new();
    for mark in value.as_str()?.as_bytes().chunks(MARK_LENGTH) {
        marks.push(String::from_utf8_lossy(mark).into_owned());
    }
    Some(marks)
}

/// What a text is remembered by: 48 bits of its hash.
pub(super) fn mark(text: &str) -> String {
    let mut mark = Base64UrlUnpadded::encode_string(&Sha256::digest(text));
    mark.truncate(MARK_LENGTH);
    mark
}

/// What the resources of a page are remembered by: their URIs. What has no URI is remembered by
/// all of it; of several that are the same, each is one more.
pub(super) fn marks_of(resources: &[Value]) -> Vec<String> {
    let mut marks: Vec<String> = Vec::with_capacity(resources.len());
    for resource in resources {
        let of = match resource["uri"].as_str() {
            Some(uri) => mark(uri),
            None => mark(&json::write(resource)),
        };
        let mut same = 0;
        for mark in &marks {
            same += usize::from(*mark == of);
        }
        let is_told_apart = resource["uri"].is_string() || same == 0;
        marks.push(if is_told_apart { of } else { mark(&format!("{of}{same}")) });
    }
    marks
}

const MARK_LENGTH: usize = 8;
const MOST_TIES: usize = 500;
