//! Two query parameters that say from when and until when.

use super::call::Call;
use super::errors::Violations;
use super::timestamp::Timestamp;

/// A range of time, open where a parameter was not sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TimeRange {
    pub(crate) from: Option<Timestamp>,
    pub(crate) until: Option<Timestamp>,
}

impl TimeRange {
    /// Reads both parameters. A range that ends before it begins is not said to be refused; it is
    /// here, since nobody can mean it.
    pub(crate) fn of(call: &Call, from: &str, until: &str, violations: &mut Violations) -> Self {
        let range = Self { from: call.time(from, violations), until: call.time(until, violations) };
        if range.from.zip(range.until).is_some_and(|(from, until)| until < from) {
            violations.add(until, format!("must be after {from}"));
        }
        range
    }

    /// Whether a moment is between the two. The documentation does not say whether one at a bound
    /// is; here it is not, as with scheduled events.
    pub(crate) fn encloses(self, time: Timestamp) -> bool {
        self.from.is_none_or(|from| time > from) && self.until.is_none_or(|until| time < until)
    }
}
