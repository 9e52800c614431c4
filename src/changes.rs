//! What happened to the records of a table since the last look.

mod events;
mod known;
mod look;
mod state;
#[cfg(test)]
mod tests;

use serde_json::Value;

pub(crate) use look::{Kind, Way, look};
#[cfg(any(test, fuzzing))]
pub(crate) use state::{Binding, check};
pub(crate) use state::{State, binding};

use crate::api::Client;
use crate::catalog::Table;
use crate::connection::Connection;
use crate::contract::triggers::Polled;
use crate::error::{Error, Result, Violation, violation};
use crate::host::Host;
use crate::json::{self, object};
use crate::operations::{self, repoint};
use crate::records::{Place, Scan};
use crate::shape::{FILLED, List, Object, Property, Shape, one_of};

/// The shape of a poll's request.
pub const REQUEST: Object = Object {
    properties: &[
        Property::required(
            "baseId",
            FILLED,
            "The base: me, organization, user:<id>, organization:<id>, group:<id>, or a Calendly \
             URI.",
        ),
        Property::required("tableId", FILLED, "The table's id."),
        Property::required(
            "events",
            Shape::List(List { min_items: 1, unique: true, ..List::of(&EVENT) }),
            "What to tell. Deletions can be told of tables whose records all say when they were \
             changed, and which are read in full.",
        ),
        Property::optional(
            "filter",
            Shape::Filter,
            "Which records to tell of: those that pass as they are now. One that passes no more \
             is not told of.",
        ),
        Property::optional(
            "lookbackDays",
            DAYS,
            "For what has a time of its own, such as meetings: how many days back to look; 1 when \
             left out.",
        ),
        Property::optional(
            "horizonDays",
            DAYS,
            "The same: how many days ahead to look; 60 when left out.",
        ),
    ],
    open: false,
};

const EVENT: Shape = one_of(&[Kind::ALL[0].name(), Kind::ALL[1].name(), Kind::ALL[2].name()]);
const DAYS: Shape = Shape::Integer { minimum: 0, maximum: 3_650 };

/// Looks for what happened to a table's records since the last poll.
///
/// An event fires once for each version of a record that a poll comes by. Contacts and event types
/// are read from what was changed last to what is known; meetings and invitees within a window
/// around now; everything else as a whole. The state has 16 bytes for each record that it keeps
/// track of, and where deletions are told 8 more for each that was changed within ten minutes
/// before the newest change.
///
/// # Errors
/// `invalid-input` when the request is not valid, or the state is not of this request;
/// `unsupported` when the table cannot be polled; what any read can end in. Nothing is lost then:
/// the state handed in is still good.
pub fn poll(
    host: &dyn Host,
    connection: &Connection,
    request: &str,
    state: Option<&[u8]>,
    deadline_ms: u32,
) -> Result<Polled> {
    let client = Client::new(host, connection, host.now() + u64::from(deadline_ms));
    let mut polled = try_poll(&client, request, state);
    if let Err(error) = &mut polled {
        repoint(&mut error.violations, "/config", "");
    }
    polled
}

fn try_poll(client: &Client<'_>, request: &str, state: Option<&[u8]>) -> Result<Polled> {
    let request = json::parse(request).map_err(|broken| Error::invalid_input(vec![broken]))?;
    let (place, wanted) = read(&request)?;
    let scan = Scan::of(client, &place, request.get("filter"), "/filter")?;
    let days = |name: &str, usual| {
        let days = request[name].as_f64().unwrap_or(usual);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 3650")]
        let days = days as u64;
        days
    };
    let days = (days("lookbackDays", 1.0), days("horizonDays", 60.0));
    let deletions = wanted.contains(&Kind::Deleted);
    let way = Way::of_triggers(place.table, deletions, days);
    let mut names = Vec::new();
    for kind in Kind::ALL {
        if wanted.contains(&kind) {
            names.push(kind.name());
        }
    }
    let binding = binding(&object! {
        "connection": client.connection.id,
        "base": place.base.name(),
        "table": place.table.name,
        "events": json::texts(&names),
        "filter": request["filter"].clone(),
        "lookback": days.0,
        "horizon": days.1,
    });
    let mut state = match state {
        None => State::new(deletions),
        Some(bytes) => State::read(bytes, &binding, place.table, deletions).ok_or_else(foreign)?,
    };
    let changes = look(&scan, &way, &wanted, MOST_CHANGES, &mut state)?;
    let events = events::events(&place, &changes, &mut state, client.host.now());
    Ok(Polled { events, state: state.write(&binding), more: state.is_under_way() })
}

/// The place and the kinds of changes that a request names, if nothing is wrong with it.
fn read(request: &Value) -> Result<(Place, Vec<Kind>)> {
    let mut broken = Vec::new();
    REQUEST.check(request, "", &mut broken);
    let mut place = None;
    if let Some(members) = request.as_object() {
        match operations::place(members) {
            Ok(named) => place = named,
            Err(found) => broken.extend(found),
        }
    }
    let mut wanted = Vec::new();
    for (index, event) in json::items(&request["events"]).iter().enumerate() {
        for kind in Kind::ALL {
            if event == kind.name() {
                wanted.push(kind);
            }
        }
        if let Some(place) = &place
            && event == Kind::Deleted.name()
            && !look::tells_deletions(place.table)
        {
            broken.push(no_deletions(place.table, index));
        }
    }
    match place {
        Some(place) if broken.is_empty() => Ok((place, wanted)),
        _ => Err(Error::invalid_input(broken)),
    }
}

fn no_deletions(table: &'static Table, index: usize) -> Violation {
    let why = if look::window_field(table).is_some() {
        "it is read within a window of time, and Calendly deletes nothing of it"
    } else {
        "its records do not all say when they were changed"
    };
    let message = format!("Deletions in {} cannot be told by polling: {why}", table.name);
    violation(&format!("/events/{index}"), "deleted", &message)
}

fn foreign() -> Error {
    let message = "This is not a state of this request; poll without one, which begins anew";
    Error::invalid_input(vec![violation("/state", "state", message)])
}

/// A poll tells no more than about so many changes.
const MOST_CHANGES: usize = 500;
