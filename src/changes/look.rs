//! A look at a table: what is there is compared with what is known.
//!
//! A look goes over the table in one scan or in several calls, and tells a change as soon as it
//! comes by it: what was told is known from then on. A record counts as deleted only after a scan
//! has come to its end without it, and Calendly says so, too.

use serde_json::Value;

use super::state::State;
use crate::catalog::{Identity, Pushdown, Table, Update};
use crate::error::{ErrorCode, Result};
use crate::instant::Instant;
use crate::json::{self, object};
use crate::records::{Found, Reading, Scan};
use crate::text::hash;
pub(crate) use crate::webhooks::Change as Kind;

/// How a table is compared.
#[derive(Debug, Default)]
pub(crate) struct Way {
    /// By its `updated_at`: older ones than the newest known need no stamp.
    by_time: bool,
    /// In the order of `updated_at`, as far as there is something new.
    stops: bool,
    /// By all there is in a resource; else by its version.
    by_content: bool,
    /// Whether the records of the first scan count as created.
    is_loud: bool,
    /// The stretch of time whose records are read.
    window: Option<Window>,
}

/// The stretch of time whose records are read, around the moment of the scan.
#[derive(Clone, Copy, Debug)]
struct Window {
    field: &'static str,
    before_ms: u64,
    /// None for no end.
    after_ms: Option<u64>,
}

/// A change of a record.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) kind: Kind,
    pub(crate) id: String,
    /// Tells this version of the record from its others.
    pub(crate) version: String,
    /// Whether it is canceled and was not so before, as far as is known.
    pub(crate) was_canceled: bool,
    /// The record; null when it is deleted.
    pub(crate) record: Value,
}

impl Way {
    /// For triggers: what changed, by its version.
    pub(crate) fn of_triggers(table: &'static Table, deletions: bool, days: (u64, u64)) -> Self {
        let window = window_field(table).map(|field| Window {
            field,
            before_ms: days.0 * DAY_MS,
            after_ms: Some(days.1 * DAY_MS),
        });
        let stops = !deletions && table.fields.iter().any(|one| one.name == UPDATED && one.sorts);
        Self { by_time: deletions || stops, stops, window, ..Self::default() }
    }

    /// For a copy of the table: everything first, then what changed in any way.
    pub(crate) fn of_copies(table: &'static Table, days: u64) -> Self {
        let window = window_field(table).map(|field| Window {
            field,
            before_ms: days * DAY_MS,
            after_ms: None,
        });
        Self { by_content: true, is_loud: true, window, ..Self::default() }
    }

    /// Whether all of the table is gone over, so that what is missing can be told.
    pub(crate) const fn is_complete(&self) -> bool {
        self.window.is_none() && !self.stops
    }

    fn reading(&self, state: &State) -> Reading {
        let mut within = None;
        if let Some(window) = self.window.filter(|_| !self.is_loud || state.last != 0) {
            let bound = |operator: &str, ms| {
                let at = Instant::from_unix_ms(ms).to_string();
                object! { "field": window.field, "operator": operator, "value": at }
            };
            let from = state.start.saturating_sub(window.before_ms);
            let mut bounds = vec![bound("greaterThanOrEqual", from)];
            if let Some(after_ms) = window.after_ms {
                bounds.push(bound("lessThanOrEqual", state.start.saturating_add(after_ms)));
            }
            within = Some(object! { "and": Value::Array(bounds) });
        }
        Reading { within, newest_first: self.stops }
    }
}

/// Whether deletions in the table can be told by polling: every record says when it was changed,
/// keeps its id, and is read each time.
pub(crate) fn tells_deletions(table: &'static Table) -> bool {
    let is_timed = table.fields.iter().any(|one| one.name == UPDATED && !one.nullable);
    is_timed && matches!(table.identity, Identity::Uri(_)) && window_field(table).is_none()
}

/// The field by whose time a table is read, where it grows without end and its old records stay
/// as they are.
pub(crate) fn window_field(table: &'static Table) -> Option<&'static str> {
    if matches!(table.update, Some(Update::Patch)) {
        return None;
    }
    for field in table.fields {
        for pushdown in field.pushdown {
            if let Pushdown::NotBefore(_) = pushdown {
                return Some(field.name);
            }
        }
    }
    None
}

/// Goes on with the look, or begins one. Returns at about so many changes of these kinds; the look
/// is then under way, as it is when one call cannot read more.
///
/// # Errors
/// What any read can end in. The state is then of no use; the one before it is.
pub(crate) fn look(
    scan: &Scan<'_>,
    way: &Way,
    wanted: &[Kind],
    most: usize,
    state: &mut State,
) -> Result<Vec<Change>> {
    let mut changes = Vec::new();
    let begins = !state.is_under_way();
    if begins {
        state.start = scan.client.host.now().max(1);
        state.newest = 0;
        if state.began == 0 {
            state.began = state.start;
        }
    }
    if begins || !state.position.is_null() {
        let reading = way.reading(state);
        loop {
            let (from, mut ended) = (state.position.take(), false);
            let walked = scan.walk(&reading, &from, &mut |found| {
                let place = Comparison { way, wanted, state: &mut *state, changes: &mut changes };
                ended = place.is_at_an_end(found);
                if !ended {
                    place.compare(found)?;
                }
                Ok(!ended && changes.len() < most)
            });
            match walked {
                // Calendly has forgotten the place. What was told is known.
                Err(error) if error.code == ErrorCode::Rejected && !from.is_null() => {
                    state.known.restart();
                }
                Err(error) => return Err(error),
                Ok(_) if ended => break,
                Ok(position) => {
                    state.position = position;
                    break;
                }
            }
        }
    }
    if state.position.is_null() && missing(scan, wanted, most, state, &mut changes)? {
        state.known.finish();
        state.last = state.start;
        state.start = 0;
        state.mark = state.mark.max(state.newest);
    }
    Ok(changes)
}

/// Tells what a complete scan did not come by, and whether that is all.
fn missing(
    scan: &Scan<'_>,
    wanted: &[Kind],
    most: usize,
    state: &mut State,
    changes: &mut Vec<Change>,
) -> Result<bool> {
    if !state.known.whole {
        return Ok(true);
    }
    let mut ids = Vec::new();
    for id in state.known.before.keys() {
        ids.push(id.clone());
    }
    for id in ids {
        if changes.len() >= most || scan.client.time_left() < TIME_FOR_A_READ_MS {
            return Ok(false);
        }
        let is_gone = scan.is_gone(&id)?;
        let stamp = state.known.take(&id).flatten();
        if !is_gone {
            state.known.see(id, stamp);
        } else if wanted.contains(&Kind::Deleted) {
            let (kind, version, record) = (Kind::Deleted, String::new(), Value::Null);
            changes.push(Change { kind, id, version, was_canceled: false, record });
        }
    }
    Ok(true)
}

/// A resource beside what is known.
struct Comparison<'c> {
    way: &'c Way,
    wanted: &'c [Kind],
    state: &'c mut State,
    changes: &'c mut Vec<Change>,
}

impl Comparison<'_> {
    /// Whether this one, and therefore all after it, was there at the last look.
    fn is_at_an_end(&self, found: &Found<'_>) -> bool {
        let state = &self.state;
        let newest = if state.last == 0 { state.newest } else { state.mark };
        self.way.stops && moment(found.resource, UPDATED).is_some_and(|at| at < since(newest))
    }

    fn compare(self, found: &Found<'_>) -> Result<()> {
        let Self { way, wanted, state, changes } = self;
        let Some(id) = found.id() else { return Ok(()) };
        let version = match found.resource[UPDATED].as_str() {
            _ if way.by_content => json::write(found.resource),
            Some(version) => version.to_owned(),
            None => digest(found)?,
        };
        let mut stamp = hash(&version);
        let is_canceled = found.resource["status"] == "canceled";
        stamp = stamp & !FLAGS | u64::from(is_canceled);
        let key = state.known.key(&id);
        let known = state.known.take(&key);
        let at = moment(found.resource, UPDATED).unwrap_or_default();
        state.newest = state.newest.max(at);
        let kind = match known {
            _ if state.last == 0 && !way.is_loud => None,
            None => way.kind_of_new(state, found, at),
            Some(Some(known)) => ((known ^ stamp) & !FLAGS != 0).then_some(Kind::Updated),
            // It was older than all that was then noted.
            Some(None) => (at >= since(state.mark)).then_some(Kind::Updated),
        };
        let known = known.flatten();
        stamp |= known.unwrap_or_default() & MOVE_TOLD;
        let newest = if state.last == 0 { state.newest } else { state.mark };
        let is_noted = !way.by_time || at >= since(newest);
        if is_noted || !way.stops {
            state.known.see(key, is_noted.then_some(stamp));
        }
        if let Some(kind) = kind.filter(|kind| wanted.contains(kind))
            && found.passes()?
        {
            let record = found.record(!way.by_content)?;
            let was_canceled = is_canceled && known.is_none_or(|known| known & CANCELED == 0);
            changes.push(Change { kind, id, version, was_canceled, record });
        }
        Ok(())
    }
}

impl Way {
    /// What became of a record that is not known.
    fn kind_of_new(&self, state: &State, found: &Found<'_>, at: u64) -> Option<Kind> {
        let created = moment(found.resource, CREATED);
        if self.stops {
            // Known are only those that were changed last.
            let is_new = created.unwrap_or(at) >= since(state.mark);
            return Some(if is_new { Kind::Created } else { Kind::Updated });
        }
        let Some(window) = self.window.filter(|_| !self.is_loud) else {
            return Some(Kind::Created);
        };
        let from = state.last.saturating_sub(window.before_ms);
        let to = state.last.saturating_add(window.after_ms.unwrap_or(u64::MAX));
        let at =
            moment(found.resource, window.field).or_else(|| moment(found.parent, window.field));
        let was_read = at.is_none_or(|at| (from..=to).contains(&at));
        // What only came within reach since is new if it was made since.
        let is_new = created.is_none_or(|at| at >= state.began.saturating_sub(CLOCK_SKEW_MS));
        (was_read || is_new).then_some(Kind::Created)
    }
}

/// The version of a record that does not say when it was changed: a digest of its fields.
fn digest(found: &Found<'_>) -> Result<String> {
    Ok(format!("{:016x}", hash(&json::write(&found.record(false)?["fields"]))))
}

/// A moment that stands in a resource.
fn moment(resource: &Value, name: &str) -> Option<u64> {
    resource[name].as_str().and_then(Instant::parse).map(Instant::unix_ms)
}

/// From when on something may have become visible after what was changed at that moment.
const fn since(newest: u64) -> u64 {
    newest.saturating_sub(OVERLAP_MS)
}

/// What a stamp says besides the version: that the record is canceled, and
const CANCELED: u64 = 1;
/// that a move away from it was told although nothing was seen of where it went.
pub(super) const MOVE_TOLD: u64 = 2;
const FLAGS: u64 = CANCELED | MOVE_TOLD;

const UPDATED: &str = "updated_at";
const CREATED: &str = "created_at";
/// A change may be seen so much later than one that was made after it.
const OVERLAP_MS: u64 = 600_000;
/// How far Calendly's clock and the host's may be apart.
const CLOCK_SKEW_MS: u64 = 60_000;
const TIME_FOR_A_READ_MS: u64 = 3_000;
const DAY_MS: u64 = 86_400_000;
