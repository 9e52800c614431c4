//! The times at which an event type can be booked.

use serde_json::json;

use super::openings::openings;
use super::windows;
use crate::simulator::account::Account;
use crate::simulator::answer::Outcome;
use crate::simulator::call::{Call, Endpoint};
use crate::simulator::errors::{ApiError, Violations};
use crate::simulator::paging::{found, unpaged};

const LONGEST_DAYS: i64 = 31;

pub(crate) const ENDPOINTS: &[Endpoint] =
    &[Endpoint::get("/event_type_available_times", "availability:read", list).query(&[
        "event_type",
        "start_time",
        "end_time",
    ])];

/// Whoever may book may ask when: everybody in the organization.
fn list(call: &Call, account: &mut Account) -> Outcome {
    let mut violations = Violations::default();
    let id = call.required_reference("event_type", "event_types", &mut violations);
    let window = windows::asked(call, LONGEST_DAYS, &mut violations);
    violations.check()?;
    let event_type = found(account.event_type(id))?;
    if !event_type.active {
        // As a booking of it is refused.
        return Err(ApiError::invalid("event_type", "is not active"));
    }
    let window = window.unwrap_or((call.now, call.now));
    let url = event_type.scheduling_url(account);
    let times = openings(account, event_type, window, call.now);
    let times = times.into_iter().map(|opening| {
        let start = opening.start.to_string();
        let (date, month) = (start.get(..10), start.get(..7));
        let (date, month) = (date.unwrap_or_default(), month.unwrap_or_default());
        let second = start.get(..19).unwrap_or_default();
        json!({
            "status": "available",
            "invitees_remaining": opening.seats,
            "start_time": start,
            "scheduling_url": format!("{url}/{second}Z?month={month}&date={date}"),
        })
    });
    unpaged(times.collect())
}
