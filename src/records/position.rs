//! Where a query stands between two resources of its source.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A page, and which of its resources have been passed. They are remembered one by one: between
/// two calls resources come and go, so that a number of them would repeat or lose some.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Position {
    /// The page's token; none for the first page.
    pub(super) page: Option<String>,
    /// The resources on a page; a token is bound to it.
    pub(super) count: usize,
    /// Marks of the resources of this page that have been passed.
    pub(super) seen: Vec<String>,
    /// Of a source below events: the event that is not passed yet, and where it stands below it.
    pub(super) below: Option<(String, Box<Self>)>,
}

impl Position {
    /// Before the first resource.
    pub(super) fn start(count: usize) -> Self {
        Self { count, ..Self::default() }
    }

    /// Before the first resource of another page.
    pub(super) fn on_page(self, page: String) -> Self {
        Self { page: Some(page), count: self.count, ..Self::default() }
    }

    /// For a cursor.
    pub(super) fn to_json(&self) -> Value {
        Value::Array(vec![
            self.page.clone().into(),
            self.count.into(),
            self.seen.concat().into(),
            self.below.as_ref().map(|(event, _)| event.clone()).into(),
            self.below.as_ref().map(|(_, inner)| inner.to_json()).into(),
        ])
    }

    /// From a cursor.
    pub(super) fn from_json(value: &Value) -> Option<Self> {
        let seen = value[2].as_str()?.as_bytes().chunks(MARK_LENGTH);
        let seen = seen.map(|mark| String::from_utf8_lossy(mark).into_owned());
        let event = value[3].as_str().map(str::to_owned);
        let below = event.zip(Self::from_json(&value[4]).map(Box::new));
        Some(Self {
            page: value[0].as_str().map(str::to_owned),
            count: usize::try_from(value[1].as_u64()?).ok()?,
            seen: seen.collect(),
            below,
        })
    }
}

/// What a resource is remembered by: 48 bits of its URI's hash.
pub(super) fn mark(resource: &Value) -> String {
    let digest = Sha256::digest(resource["uri"].as_str().unwrap_or_default());
    let mut mark = Base64UrlUnpadded::encode_string(&digest);
    mark.truncate(MARK_LENGTH);
    mark
}

const MARK_LENGTH: usize = 8;
