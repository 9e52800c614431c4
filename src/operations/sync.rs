//! Pulling: what changed in a table, for a copy of it.

use serde_json::{Map, Value};

use super::{Access, Operation, input, shapes};
use crate::api::Client;
use crate::catalog::Verb;
use crate::changes::{Kind, State, Way, binding, look};
use crate::error::{Error, Result, violation};
use crate::json::{self, object};
use crate::records::Scan;
use crate::vault::{self, Slot};

pub(super) const PULL: Operation = Operation {
    name: "calendly.pullChanges",
    label: "Pull changes",
    description: "Answers what was created, updated and deleted in a table since the cursor, for \
                  a copy of it: at first everything. To be repeated until there is no more.",
    input: &shapes::PULL,
    output: &shapes::PULLED,
    access: Access::Records(Verb::Query),
    run: pull,
};

/// The cursor has what is known of the table, so that a caller who stores it together with the
/// changes loses nothing, whatever happens in between: the same cursor tells the same again, or
/// what is true by then.
fn pull(client: &Client<'_>, config: &Map<String, Value>) -> Result<Value> {
    let place = input::checked_place(config)?;
    let scan = Scan::of(client, &place, None, "/config/filter")?;
    let number = |name, usual| {
        let number = config.get(name).and_then(Value::as_f64).unwrap_or(usual);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 3650")]
        let number = number as u64;
        number
    };
    let way = Way::of_copies(place.table, number("lookbackDays", 30.0));
    let most = usize::try_from(number("limit", 100.0)).unwrap_or(1);
    let binding = binding(&object! { "base": place.base.name(), "table": place.table.name });
    let (host, id) = (client.host, client.connection.id);
    let mut state = match json::text(config, "cursor") {
        None => State::new(way.is_complete()),
        Some(sealed) => vault::open(host, id, Slot::Cursor, sealed)
            .ok()
            .and_then(|bytes| State::read(&bytes, &binding, place.table, way.is_complete()))
            .ok_or_else(foreign)?,
    };
    let mut changes = Vec::new();
    for change in look(&scan, &way, &Kind::ALL, most, &mut state)? {
        let mut told = object! { "kind": change.kind.name(), "id": change.id };
        if !change.record.is_null() {
            json::put(&mut told, "record", change.record);
        }
        changes.push(told);
    }
    let cursor = vault::seal(host, id, Slot::Cursor, &state.write(&binding))?;
    Ok(object! {
        "changes": Value::Array(changes),
        "cursor": cursor,
        "more": state.is_under_way(),
    })
}

fn foreign() -> Error {
    let message = "This is not a cursor of this connection, base and table; start without one";
    Error::invalid_input(vec![violation("/config/cursor", "cursor", message)])
}
