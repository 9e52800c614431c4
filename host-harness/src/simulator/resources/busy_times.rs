//! When users are busy.

use serde_json::{Value, json};

use super::windows;
use crate::simulator::account::Account;
use crate::simulator::answer::Outcome;
use crate::simulator::call::{Call, Endpoint};
use crate::simulator::errors::Violations;
use crate::simulator::paging::unpaged;
use crate::simulator::timestamp::Timestamp;
use crate::simulator::uris::uri;

const LONGEST_DAYS: i64 = 7;

pub(crate) const ENDPOINTS: &[Endpoint] =
    &[Endpoint::get("/user_busy_times", "availability:read", list).query(&[
        "user",
        "start_time",
        "end_time",
    ])];

/// A time that something other than a scheduled event takes.
#[derive(Clone, Debug)]
pub(crate) struct BusyTime {
    pub(crate) user: String,
    pub(crate) cause: Cause,
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
}

/// What takes the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// An event in a connected calendar.
    External,
    /// A time held free for something offered but not booked yet.
    Reserved,
}

impl BusyTime {
    /// Only Calendly's own times have buffers.
    fn resource(&self) -> Value {
        match self.cause {
            Cause::External => {
                json!({ "type": "external", "start_time": self.start, "end_time": self.end })
            }
            Cause::Reserved => json!({
                "type": "reserved",
                "start_time": self.start,
                "end_time": self.end,
                "buffered_start_time": self.start,
                "buffered_end_time": self.end,
            }),
        }
    }
}

/// Everybody in the organization may ask about everybody in it: only people from elsewhere are
/// documented to be refused.
fn list(call: &Call, account: &mut Account) -> Outcome {
    let mut violations = Violations::default();
    let user = call.required_reference("user", "users", &mut violations);
    let window = windows::asked(call, LONGEST_DAYS, &mut violations);
    violations.check()?;
    account.check_member(user)?;
    let (from, until) = window.unwrap_or((call.now, call.now));

    let events =
        account.scheduled_events.values().filter(|event| event.occupies(user, from, until));
    let events = events.map(|event| {
        let (buffered_start, buffered_end) = event.buffered(account);
        let resource = json!({
            "type": "calendly",
            "start_time": event.start,
            "end_time": event.end,
            "buffered_start_time": buffered_start,
            "buffered_end_time": buffered_end,
            "event": { "uri": uri("scheduled_events", &event.id) },
        });
        (event.start, resource)
    });
    let others = account
        .availability
        .busy_times
        .iter()
        .filter(|busy| busy.user == user && busy.start < until && from < busy.end);
    let others = others.map(|busy| (busy.start, busy.resource()));
    let mut rows: Vec<_> = events.chain(others).collect();
    rows.sort_by_key(|(start, _)| *start);
    unpaged(rows.into_iter().map(|(_, row)| row).collect())
}
