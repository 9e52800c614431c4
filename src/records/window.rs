//! Stretches of time: where Calendly lists no more than some days at once, a longer one is cut.

use super::filter::{Filter, Operator, Test};
use crate::catalog;
use crate::error::{Violation, violation};
use crate::instant::Instant;

/// A part of a stretch that Calendly lists at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) from: Instant,
    pub(super) to: Instant,
    /// Whether another window comes before it, which has what began before this one.
    pub(super) follows: bool,
}

/// The bounds that a filter sets for a field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) from: Option<Instant>,
    pub(super) to: Option<Instant>,
}

impl Bounds {
    /// The tightest bounds that every record has to keep.
    pub(super) fn of(filter: Option<&Filter<'_>>, field: &str) -> Self {
        let (mut bounds, mut conjuncts) = (Self::default(), Vec::new());
        if let Some(filter) = filter {
            filter.conjuncts(&mut conjuncts);
        }
        for test in conjuncts {
            if test.field.key() == field {
                bounds.tighten(test);
            }
        }
        bounds
    }

    fn tighten(&mut self, test: &Test<'_>) {
        use Operator as O;
        let Some(at) = test.value.as_str().and_then(Instant::parse) else { return };
        let (from, to) = match test.operator {
            O::GreaterThan | O::GreaterThanOrEqual => (Some(at), None),
            O::LessThan => (None, Some(at)),
            // Whether a window's end belongs to it is not documented.
            O::LessThanOrEqual => (None, Some(at.plus_ms(SLACK_MS))),
            O::Equals => (Some(at), Some(at.plus_ms(SLACK_MS))),
            _ => (None, None),
        };
        if from > self.from {
            self.from = from;
        }
        if to.is_some() && (self.to.is_none() || to < self.to) {
            self.to = to;
        }
    }
}

/// Cuts a stretch into as few windows as there can be. Calendly lists nothing of the past, so it
/// begins now at the earliest. It is cut from its end, so that the cuts are the same whenever a
/// query goes on.
///
/// # Errors
/// When the stretch has no end, or too far an end.
pub(super) fn cut(
    window: catalog::Window,
    bounds: Bounds,
    now: u64,
) -> Result<Vec<Window>, Violation> {
    let name = window.field;
    let Some(end) = bounds.to else {
        let message = format!(
            "Calendly lists these for a stretch of time alone: say until when, by a test of \
             '{name}' with lessThan"
        );
        return Err(violation("/config/filter", "required", &message));
    };
    let earliest = Instant::from_unix_ms(now.saturating_add(LEAD_MS));
    let begin = bounds.from.filter(|from| *from > earliest).unwrap_or(earliest);
    let mut windows = Vec::new();
    let mut to = end;
    while to > begin {
        let from = to.plus_ms(-i64::from(window.days) * DAY_MS);
        let follows = from > begin;
        windows.insert(0, Window { from: if follows { from } else { begin }, to, follows });
        if windows.len() > MOST_WINDOWS {
            let message = format!("The stretch of '{name}' is too long: end it earlier");
            return Err(violation("/config/filter", "maximum", &message));
        }
        to = from;
    }
    Ok(windows)
}

/// How much wider than a test its bound is.
pub(super) const SLACK_MS: i64 = 1_000;
/// A window must not begin in the past when its request arrives.
const LEAD_MS: u64 = 10_000;
const DAY_MS: i64 = 86_400_000;
const MOST_WINDOWS: usize = 600;
