//! Creating: POST of the fields, with what Calendly wants to hear besides.

use serde_json::{Map, Value};

use super::{Write, complete, fields};
use crate::api::{Call, Client};
use crate::catalog::{Adds, Create, Verb};
use crate::error::{ErrorCode, Result};
use crate::host::Budget;
use crate::json::{self, object};
use crate::records::draft::Draft;
use crate::records::{Base, Place, booking, lost, record};

pub(super) fn prepare(
    client: &Client<'_>,
    place: &Place,
    create: Create,
    given: &Map<String, Value>,
) -> Result<Write> {
    let (base, table) = (&place.base, place.table);
    let fields = fields(client, place, given, Verb::Create)?;
    if create.adds == Adds::Nothing && table.parent().is_some_and(|parent| parent.base.is_some()) {
        // It belongs to a user, and nothing says to whom: it becomes the connected user's.
        base.check_is_own(client)?;
    }
    let mut draft = Draft::of(&fields, given, Verb::Create);
    if create.books {
        booking::check(client, &mut draft)?;
    }
    let mut body = draft.finish(None)?;
    add(client, base, create.adds, &mut body)?;
    let budget = if create.books { Budget::Booking } else { Budget::Api };
    let body = Value::Object(body);
    let path = match create.path {
        path if path.contains('{') => base.in_organization(client, path)?,
        path => path.to_owned(),
    };
    let call = Call::post(path, body.clone()).out_of(budget).needing(table.write_scopes);
    let place = place.clone();
    Ok(Write::new(call, move |client, answer, began| {
        let mut resource = match answer.and_then(resource) {
            Err(error) if error.code == ErrorCode::OutcomeUnknown => {
                return lost::find(client, &place, &fields, create.lost, &body, began, error);
            }
            answer => answer?,
        };
        complete(fields.table, &mut resource, &json::members(body));
        record::of(&fields, &resource, None)
    }))
}

/// Adds what is not a field.
fn add(client: &Client<'_>, base: &Base, adds: Adds, body: &mut Map<String, Value>) -> Result<()> {
    let mut put = |name: &str, value: Value| _ = body.insert(name.to_owned(), value);
    match adds {
        Adds::Nothing => {}
        Adds::User(name) => put(name, base.user(client)?.into()),
        Adds::Scope => {
            for (name, value) in base.scope(client)? {
                put(name, value.into());
            }
        }
        Adds::SingleUse => {
            put("max_event_count", 1.into());
            put("owner_type", "EventType".into());
        }
    }
    Ok(())
}

/// The resource of an answer, with what stands beside it: how a list was filled, say.
fn resource(answer: Value) -> Result<Value> {
    let mut beside = json::members(answer);
    let resource = json::take(&mut beside, "resource");
    let mut resource = record::resource(object! { "resource": resource })?;
    for (name, value) in beside {
        if name != "resource" && resource[&name].is_null() {
            json::put(&mut resource, &name, value);
        }
    }
    Ok(resource)
}
