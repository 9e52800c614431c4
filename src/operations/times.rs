//! Times: when an event type can be booked, and when a user is busy.

use serde_json::{Map, Value};

use super::{Access, Operation, input, problem, shapes};
use crate::api::Client;
use crate::error::{Error, Result};
use crate::instant::Instant;
use crate::json::{self, object};
use crate::records::{self, Base};

pub(super) const FIND_AVAILABLE: Operation = Operation {
    name: "calendly.findAvailableTimes",
    label: "Find available times",
    description: "Finds when an event type can be booked, in a stretch of time of any length.",
    input: &shapes::AVAILABLE,
    output: &shapes::AVAILABLE_TIMES,
    access: Access::Scopes(&["availability:read", "event_types:read"]),
    run: find_available,
};

pub(super) const FIND_BUSY: Operation = Operation {
    name: "calendly.findBusyTimes",
    label: "Find busy times",
    description: "Finds when a user is busy, in a stretch of time of any length.",
    input: &shapes::BUSY,
    output: &shapes::BUSY_TIMES,
    access: Access::Scopes(&["availability:read"]),
    run: find_busy,
};

fn find_available(client: &Client<'_>, config: &Map<String, Value>) -> Result<Value> {
    let mut broken = Vec::new();
    let given = input::text(config, "eventType");
    let event_type = input::reference("event_types", "/config/eventType", given, &mut broken);
    let stretch = input::stretch(config, &mut broken);
    let (Some((from, to)), true) = (stretch, broken.is_empty()) else {
        return Err(Error::invalid_input(broken));
    };
    let mut times = Vec::new();
    for time in read(client, "available_times", &("event_type", event_type), from, to)? {
        // Whether what begins at the end belongs to it is not documented.
        if time["start_time"].as_str().and_then(Instant::parse).is_none_or(|at| at < to) {
            times.push(time);
        }
    }
    Ok(object! { "times": Value::Array(times) })
}

fn find_busy(client: &Client<'_>, config: &Map<String, Value>) -> Result<Value> {
    let mut broken = Vec::new();
    let user = json::text(config, "user")
        .map(|given| input::reference("users", "/config/user", given, &mut broken));
    let stretch = input::stretch(config, &mut broken);
    let (Some((from, to)), true) = (stretch, broken.is_empty()) else {
        return Err(Error::invalid_input(broken));
    };
    let user = match user {
        Some(user) => user,
        None => Base::Me.user(client)?,
    };
    let times = read(client, "busy_times", &("user", user), from, to)?;
    Ok(object! { "busyTimes": Value::Array(times) })
}

fn read(
    client: &Client<'_>,
    table: &str,
    whose: &(&'static str, String),
    from: Instant,
    to: Instant,
) -> Result<Vec<Value>> {
    let mut times = records::stretch(client, input::table(table)?, whose, from, to);
    if let Err(error) = &mut times {
        problem::repoint(&mut error.violations, "/config/filter", "/config/endTime");
    }
    times
}
