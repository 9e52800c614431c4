//! Writes: checked in full first, then sent. What was checked can be shown instead of sent.

mod create;
pub(super) mod no_show;
mod update;

use serde_json::{Map, Value};

use super::draft::Draft;
use super::fields::Fields;
use super::lost::{self, Found};
use super::{Place, remove, unsupported};
use crate::api::{Call, Client};
use crate::catalog::{Identity, Table, Verb};
use crate::error::{Error, ErrorCode, Result};
use crate::json::{self, object};

/// What is to be done with a record.
#[derive(Clone, Copy, Debug)]
pub enum Change<'a> {
    /// Make one with these fields.
    Create(&'a Map<String, Value>),
    /// Change these fields of the one with that id or URI.
    Update(&'a str, &'a Map<String, Value>),
    /// Remove the one with that id or URI, telling those concerned why.
    Delete(&'a str, Option<&'a str>),
}

impl Change<'_> {
    /// What a table has to offer for it.
    #[must_use]
    pub const fn verb(&self) -> Verb {
        match self {
            Self::Create(_) => Verb::Create,
            Self::Update(..) => Verb::Update,
            Self::Delete(..) => Verb::Delete,
        }
    }
}

/// A write that was checked: what is to be sent, and what becomes of the answer.
pub struct Write {
    /// None when everything is already as it should be.
    call: Option<Call>,
    then: Then,
}

/// Makes of the answer, null when nothing was sent, what the operation answers. The write began
/// at that moment (Unix milliseconds).
type Then = Box<dyn FnOnce(&Client<'_>, Result<Value>, u64) -> Result<Value>>;

impl Write {
    /// A write of one request.
    pub fn new(
        call: Call,
        then: impl FnOnce(&Client<'_>, Result<Value>, u64) -> Result<Value> + 'static,
    ) -> Self {
        Self { call: Some(call), then: Box::new(then) }
    }

    /// Nothing has to be written.
    fn needless(answer: Value) -> Self {
        Self { call: None, then: Box::new(|_, _, _| Ok(answer)) }
    }

    /// What would be sent, without sending it.
    #[must_use]
    pub fn preview(&self) -> Value {
        let request = self.call.as_ref().map(Call::shown).unwrap_or_default();
        object! { "dryRun": true, "request": request }
    }

    /// The record that a create like this one has made before, if there is one.
    ///
    /// # Errors
    /// `outcome-unknown` when that cannot be found out; what any read can end in.
    pub fn find_made(&self, client: &Client<'_>, place: &Place) -> Result<Option<Value>> {
        let (Some(create), Some(call)) = (place.table.create, &self.call) else { return Ok(None) };
        let fields = Fields::discover(client, place.table)?;
        match lost::find_once(client, place, &fields, create.lost, call.body(), 0)? {
            Found::It(record) => Ok(Some(record)),
            Found::Nothing => Ok(None),
            Found::Unclear => Err(Error::new(
                ErrorCode::OutcomeUnknown,
                "Whether this was created before cannot be found out; nothing was sent.",
                "Look at Calendly, and create the record with calendly.createRecord.",
            )),
        }
    }

    /// Sends it, and answers what came of it.
    ///
    /// # Errors
    /// What any write can end in.
    pub fn perform(self, client: &Client<'_>) -> Result<Value> {
        let began = client.host.now();
        let answer = self.call.map_or(Ok(Value::Null), |call| client.send(&call));
        (self.then)(client, answer, began)
    }
}

/// Checks a change in full, which may read something at Calendly but writes nothing.
///
/// # Errors
/// `unsupported`, before anything is sent; `invalid-input` with everything that is wrong; what any
/// read can end in.
pub fn prepare(client: &Client<'_>, place: &Place, change: Change<'_>) -> Result<Write> {
    let table = place.table;
    place.check(change.verb())?;
    let prepared = match change {
        Change::Create(given) => {
            table.create.map(|create| create::prepare(client, place, create, given))
        }
        Change::Update(id, given) => {
            table.update.map(|update| update::prepare(client, place, update, id, given))
        }
        Change::Delete(id, reason) => {
            table.delete.map(|delete| remove::prepare(client, place, delete, id, reason))
        }
    };
    prepared.unwrap_or_else(|| Err(unsupported(table, place.base.kind(), change.verb())))
}

/// The table's fields. What is wrong whatever the account's own fields are is said before they are
/// asked for.
fn fields(
    client: &Client<'_>,
    place: &Place,
    given: &Map<String, Value>,
    verb: Verb,
) -> Result<Fields> {
    let books = verb == Verb::Create && place.table.create.is_some_and(|create| create.books);
    // What is wrong with a booking is told together with what its event type does not allow.
    if !books {
        let known = Fields::known(place.table);
        let broken = Draft::of(&known, given, verb).broken;
        if !broken.is_empty() && broken.iter().all(|violation| violation.rule != "field") {
            return Err(Error::invalid_input(broken));
        }
    }
    place.check_owner(client)?;
    Fields::discover(client, place.table)
}

/// Puts into a resource what its record is told apart by, where Calendly's answer leaves it out but
/// the request had it.
fn complete(table: &Table, resource: &mut Value, request: &Map<String, Value>) {
    let Identity::Parts(pointers) = table.identity else { return };
    for pointer in pointers {
        let name = pointer.strip_prefix('/').unwrap_or_default();
        if let Some(value) = request.get(name)
            && resource[name].is_null()
        {
            json::put(resource, name, value.clone());
        }
    }
}
