//! Creating and updating: fields checked all at once, then sent in Calendly's form.

use serde_json::{Map, Value};

use super::draft::Draft;
use super::fields::Fields;
use super::{Place, booking, lost, record, remove, unsupported};
use crate::api::{Call, Client};
use crate::catalog::{Create, Update, Verb};
use crate::error::{Error, ErrorCode, Result, violation};
use crate::host::Budget;
use crate::json;

/// Creates a record and answers with it.
///
/// # Errors
/// `invalid-input` with everything that is wrong with the fields; `unsupported`; what any write
/// can end in.
pub fn create(client: &Client<'_>, place: &Place, given: &Map<String, Value>) -> Result<Value> {
    let table = place.table;
    let create = table.create.ok_or_else(|| unsupported(table, Verb::Create))?;
    if matches!(create, Create::PostOwned(_)) {
        place.base.check_is_users()?;
    }
    let fields = fields(client, place, given, Verb::Create)?;
    let mut draft = Draft::of(&fields, given, Verb::Create);
    if matches!(create, Create::Book(_)) {
        booking::check(&draft.body, &mut draft.broken);
    }
    let mut body = draft.finish(None)?;
    let (path, budget) = match create {
        Create::Post(path) => (path, Budget::Api),
        Create::PostOwned(path) => {
            body.insert("owner".to_owned(), place.base.user(client)?.into());
            (path, Budget::Api)
        }
        Create::Book(path) => (path, Budget::Booking),
    };
    let body = Value::Object(body);
    let call = Call::post(path, body.clone()).out_of(budget).needing(table.write_scopes);
    let started = client.host.now();
    let resource = match client.send(&call).and_then(record::resource) {
        Err(error) if error.code == ErrorCode::OutcomeUnknown => {
            lost::find_created(client, create, &body, started, error)?
        }
        answer => answer?,
    };
    record::of(&fields, &resource, None)
}

/// Updates a record and answers with it.
///
/// # Errors
/// As [`create`], and `not-found`.
pub fn update(
    client: &Client<'_>,
    place: &Place,
    id: &str,
    given: &Map<String, Value>,
) -> Result<Value> {
    let table = place.table;
    let update = table.update.ok_or_else(|| unsupported(table, Verb::Update))?;
    let path = record::path(table, id)?;
    let fields = fields(client, place, given, Verb::Update)?;
    let mut draft = Draft::of(&fields, given, Verb::Update);
    let resource = match update {
        Update::Patch => {
            let current = if draft.needs_current() {
                let call = Call::get(&*path).needing(table.read_scopes);
                Some(record::resource(client.send(&call)?)?)
            } else {
                None
            };
            let body = Value::Object(draft.finish(current.as_ref())?);
            client.send(&Call::patch(path, body).needing(table.write_scopes))?
        }
        Update::Cancel => {
            if json::take(&mut draft.body, "status") != "canceled" && draft.broken.is_empty() {
                let message = "The one change of an event is status: canceled";
                draft.broken.push(violation("/config/fields/status", "const", message));
            }
            let body = draft.finish(None)?;
            let reason = body.get("reason").and_then(Value::as_str);
            remove::cancel(client, table, &path, reason)?;
            client.send(&Call::get(path).needing(table.read_scopes))?
        }
    };
    record::of(&fields, &record::resource(resource)?, None)
}

/// The table's fields. What is wrong whatever the account's own fields are is said before they are
/// asked for.
fn fields(
    client: &Client<'_>,
    place: &Place,
    given: &Map<String, Value>,
    verb: Verb,
) -> Result<Fields> {
    let known = Fields::known(place.table);
    let broken = Draft::of(&known, given, verb).broken;
    if !broken.is_empty() && broken.iter().all(|violation| violation.rule != "field") {
        return Err(Error::invalid_input(broken));
    }
    place.check_owner(client)?;
    Fields::discover(client, place.table)
}
