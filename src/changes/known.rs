//! What is known of a table's records: what each is told apart by, and a stamp of its version.
//!
//! Sixteen bytes a record: a stamp of eight, and eight of the hash of its id; or its id whole (a
//! UUID, or Calendly's sixteen characters), where a deletion has to be told by it, and a stamp
//! only where one is needed.

use std::mem;

use serde_json::{Map, Value};

use crate::catalog::{Identity, Table};
use crate::records::path_of;
use crate::text::hash;

/// The records of a table, in the course of a scan. What a record is told apart by is its key.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Known {
    /// Whether the keys are ids, so that a record can be told by its key.
    pub(crate) whole: bool,
    /// What the scan has come by.
    pub(super) seen: Group,
    /// What it has not come by yet.
    pub(super) before: Group,
    /// What the scan before this one did not come by.
    pub(super) missed: Group,
}

/// Stamps by key; null where none is needed.
type Group = Map<String, Value>;

impl Known {
    /// What a record is told apart by.
    pub(super) fn key(&self, id: &str) -> String {
        if self.whole { id.to_owned() } else { format!("{:016x}", hash(id)) }
    }

    /// Takes a record out, wherever it is. Some of nothing is a record without a stamp.
    pub(super) fn take(&mut self, key: &str) -> Option<Option<u64>> {
        for group in [&mut self.before, &mut self.missed, &mut self.seen] {
            if let Some(stamp) = group.remove(key) {
                return Some(stamp.as_u64());
            }
        }
        None
    }

    /// Whether a record is known, and its stamp.
    pub(super) fn stamp(&self, id: &str) -> Option<u64> {
        let key = self.key(id);
        let find = |group: &Group| group.get(&key).and_then(Value::as_u64);
        find(&self.seen).or_else(|| find(&self.before)).or_else(|| find(&self.missed))
    }

    /// Says something more of a known record.
    pub(super) fn flag(&mut self, id: &str, flags: u64) {
        let key = self.key(id);
        for group in [&mut self.seen, &mut self.before, &mut self.missed] {
            if let Some(stamp) = group.get_mut(&key) {
                *stamp = stamp.as_u64().map(|known| known | flags).into();
            }
        }
    }

    /// The scan came by it.
    pub(super) fn see(&mut self, key: String, stamp: Option<u64>) {
        self.seen.insert(key, stamp.into());
    }

    /// Begins the scan again; nothing of what was seen is forgotten.
    pub(super) fn restart(&mut self) {
        for (key, stamp) in mem::take(&mut self.seen) {
            self.before.insert(key, stamp);
        }
    }

    /// The scan has come by everything there is. What it did not come by stays for one more: a
    /// record that is moved on Calendly's pages while they are read can slip through.
    pub(super) fn finish(&mut self) {
        self.missed = mem::take(&mut self.before);
        self.before = mem::take(&mut self.seen);
    }

    /// Whether all whole ids can be ids of that table's records, which may be asked for by them.
    pub(super) fn is_of(&self, table: &Table) -> bool {
        if !self.whole || !matches!(table.identity, Identity::Uri(_)) {
            return true;
        }
        for group in [&self.seen, &self.before, &self.missed] {
            for id in group.keys() {
                if id.starts_with("https://") || path_of(table, id).is_err() {
                    return false;
                }
            }
        }
        true
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        for group in [&self.seen, &self.before, &self.missed] {
            for kind in KINDS {
                for stamped in [true, false] {
                    let (mut count, mut items) = (0_u32, Vec::new());
                    for (key, stamp) in group {
                        if kind_of(key, self.whole) == kind && stamp.is_u64() == stamped {
                            count += 1;
                            pack(key, kind, &mut items);
                            if let Some(stamp) = stamp.as_u64() {
                                items.extend_from_slice(&stamp.to_be_bytes());
                            }
                        }
                    }
                    out.extend_from_slice(&count.to_be_bytes());
                    out.append(&mut items);
                }
            }
        }
    }

    /// Reads what was written, as far as it is whole.
    pub(super) fn read(whole: bool, from: &mut Bytes<'_>) -> Option<Self> {
        let mut known = Self { whole, ..Self::default() };
        for group in [&mut known.seen, &mut known.before, &mut known.missed] {
            for kind in KINDS {
                for stamped in [true, false] {
                    for _ in 0..from.number(4)? {
                        let key = unpack(kind, from)?;
                        if kind_of(&key, whole) != kind {
                            return None;
                        }
                        let stamp = if stamped { from.number(8)?.into() } else { Value::Null };
                        group.insert(key, stamp);
                    }
                }
            }
        }
        Some(known)
    }
}

/// Bytes that are read from the front.
pub(super) struct Bytes<'b>(pub(super) &'b [u8]);

impl<'b> Bytes<'b> {
    pub(super) fn take(&mut self, length: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    /// A number of so many bytes.
    pub(super) fn number(&mut self, length: usize) -> Option<u64> {
        let mut number = 0;
        for byte in self.take(length)? {
            number = number << 8 | u64::from(*byte);
        }
        Some(number)
    }

    /// A length in so many bytes, and so many bytes after it.
    pub(super) fn counted(&mut self, length: usize) -> Option<&'b [u8]> {
        let count = usize::try_from(self.number(length)?).ok()?;
        self.take(count)
    }
}

/// How a key is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Sixteen hexadecimal digits, as eight bytes.
    Hash,
    /// A UUID, as sixteen bytes.
    Uuid,
    /// Sixteen characters, as they are.
    Sixteen,
    /// Any other text, after its length.
    Text,
}

const KINDS: [Kind; 4] = [Kind::Hash, Kind::Uuid, Kind::Sixteen, Kind::Text];

fn kind_of(key: &str, whole: bool) -> Kind {
    match key.len() {
        _ if !whole => Kind::Hash,
        36 if of_uuid(key).is_some() => Kind::Uuid,
        16 => Kind::Sixteen,
        _ => Kind::Text,
    }
}

fn pack(key: &str, kind: Kind, out: &mut Vec<u8>) {
    match kind {
        Kind::Hash => {
            let hash = u64::from_str_radix(key, 16).unwrap_or_default();
            out.extend_from_slice(&hash.to_be_bytes());
        }
        Kind::Uuid => out.append(&mut of_uuid(key).unwrap_or_default()),
        Kind::Sixteen => out.extend_from_slice(key.as_bytes()),
        Kind::Text => {
            // Ids are no longer than a few hundred bytes.
            let length = u16::try_from(key.len()).unwrap_or_default();
            out.extend_from_slice(&length.to_be_bytes());
            out.extend_from_slice(key.as_bytes().get(..length.into()).unwrap_or_default());
        }
    }
}

fn unpack(kind: Kind, from: &mut Bytes<'_>) -> Option<String> {
    let text = match kind {
        Kind::Hash => return from.number(8).map(|hash| format!("{hash:016x}")),
        Kind::Uuid => {
            let mut uuid = String::new();
            for (index, byte) in from.take(16)?.iter().enumerate() {
                if matches!(index, 4 | 6 | 8 | 10) {
                    uuid.push('-');
                }
                uuid.push_str(&format!("{byte:02x}"));
            }
            return Some(uuid);
        }
        Kind::Sixteen => from.take(16)?,
        Kind::Text => from.counted(2)?,
    };
    std::str::from_utf8(text).ok().map(str::to_owned)
}

/// The sixteen bytes of a UUID as Calendly writes it: in lower case, with hyphens.
fn of_uuid(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut high) = (Vec::new(), None);
    for (index, byte) in text.bytes().enumerate() {
        if matches!(index, 8 | 13 | 18 | 23) {
            if byte != b'-' {
                return None;
            }
            continue;
        }
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            _ => return None,
        };
        match high.take() {
            None => high = Some(digit << 4),
            Some(high) => bytes.push(high | digit),
        }
    }
    (text.len() == 36).then_some(bytes)
}
