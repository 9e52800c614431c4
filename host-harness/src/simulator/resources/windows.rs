//! The time between `start_time` and `end_time` that is asked about.

use crate::simulator::call::Call;
use crate::simulator::errors::Violations;
use crate::simulator::timestamp::Timestamp;

/// Checks that both are there, in order, not in the past, and no more than so many days apart.
pub(super) fn asked(
    call: &Call,
    longest_days: i64,
    violations: &mut Violations,
) -> Option<(Timestamp, Timestamp)> {
    for name in ["start_time", "end_time"] {
        if call.parameter(name).is_none() {
            violations.add(name, "is missing");
        }
    }
    let start = call.time("start_time", violations);
    let end = call.time("end_time", violations);
    if start.is_some_and(|start| start < call.now) {
        violations.add("start_time", "must not be in the past");
    }
    if end.is_some_and(|end| end <= call.now) {
        violations.add("end_time", "must be in the future");
    }
    let (start, end) = (start?, end?);
    if end <= start {
        violations.add("end_time", "must be after start_time");
    }
    if end > start.plus(longest_days * Timestamp::DAY) {
        violations
            .add("end_time", format!("must be no more than {longest_days} days after start_time"));
    }
    Some((start, end))
}
