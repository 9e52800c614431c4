//! Creating and updating: fields checked all at once, then sent in Calendly's form.

use serde_json::{Map, Value};

use super::fields::{FieldRef, Fields};
use super::{Place, booking, record, remove, unsupported};
use crate::api::{Call, Client};
use crate::catalog::{Codec, Create, Field, Kind, Need, Update, Verb};
use crate::error::{Error, ErrorCode, Result, Retry, Violation, violation};
use crate::instant::Instant;
use crate::json::{self, object};

/// Creates a record and answers with it.
///
/// # Errors
/// `invalid-input` with everything that is wrong with the fields; `unsupported`; what any write
/// can end in.
pub fn create(client: &Client<'_>, place: &Place, given: &Map<String, Value>) -> Result<Value> {
    let table = place.table;
    let create = table
        .create
        .ok_or_else(|| unsupported(table, Verb::Create))?;
    let fields = Fields::discover(client, table)?;
    let mut draft = Draft::of(&fields, given, Verb::Create);
    if matches!(create, Create::Book(_)) {
        booking::check(&draft.body, &mut draft.broken);
    }
    let mut body = draft.finish(None)?;
    let (path, budget) = match create {
        Create::Post(path) => (path, crate::host::Budget::Api),
        Create::PostOwned(path) => {
            body.insert("owner".to_owned(), place.base.user(client)?.into());
            (path, crate::host::Budget::Api)
        }
        Create::Book(path) => (path, crate::host::Budget::Booking),
    };
    let body = Value::Object(body);
    let call = Call::post(path, body.clone())
        .out_of(budget)
        .needing(table.write_scopes);
    let started = client.host.now();
    let resource = match client.send(&call) {
        Ok(mut answer) => answer["resource"].take(),
        Err(error) if error.code == ErrorCode::OutcomeUnknown => {
            find_created(client, place, &body, started, error)?
        }
        Err(error) => return Err(error),
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
    let update = table
        .update
        .ok_or_else(|| unsupported(table, Verb::Update))?;
    let path = record::path(table, id)?;
    let fields = Fields::discover(client, table)?;
    let mut draft = Draft::of(&fields, given, Verb::Update);
    match update {
        Update::Patch => {
            let current = if draft.needs_current() {
                let call = Call::get(&*path).needing(table.read_scopes);
                Some(client.send(&call)?["resource"].take())
            } else {
                None
            };
            let body = Value::Object(draft.finish(current.as_ref())?);
            let answer = client.send(&Call::patch(path, body).needing(table.write_scopes))?;
            record::of(&fields, &answer["resource"], None)
        }
        Update::Cancel => {
            if json::take(&mut draft.body, "status") != "canceled" && draft.broken.is_empty() {
                let message = "The one change of an event is status: canceled";
                draft
                    .broken
                    .push(violation("/config/fields/status", "const", message));
            }
            let body = draft.finish(None)?;
            let reason = body.get("reason").and_then(Value::as_str);
            remove::cancel(client, table, &path, reason)?;
            let answer = client.send(&Call::get(path).needing(table.read_scopes))?;
            record::of(&fields, &answer["resource"], None)
        }
    }
}

/// The answer to a create was lost: whether it took place is looked up, never tried again blindly,
/// because Calendly has no idempotency key.
fn find_created(
    client: &Client<'_>,
    place: &Place,
    body: &Value,
    started: u64,
    lost: Error,
) -> Result<Value> {
    let found = match place.table.name {
        "invitees" => booking::find(client, body, started),
        "contacts" => {
            let email = body["emails"][0]["email"].as_str().unwrap_or_default();
            let query = vec![("email", email.to_owned())];
            client
                .send(&Call::get("/contacts").with_query(query))
                .map(|answer| recent(answer["collection"].as_array(), started))
        }
        _ => {
            let owner = (
                "user",
                body["owner"].as_str().unwrap_or_default().to_owned(),
            );
            let newest = ("sort", "created_at:desc".to_owned());
            let path = format!("/{}", place.table.name);
            client
                .send(&Call::get(path).with_query(vec![owner, newest]))
                .map(|answer| {
                    let named: Vec<_> = answer["collection"]
                        .as_array()
                        .into_iter()
                        .flatten()
                        .filter(|resource| resource["name"] == body["name"])
                        .cloned()
                        .collect();
                    recent(Some(&named), started)
                })
        }
    };
    match found {
        Ok(Some(resource)) => Ok(resource),
        Ok(None) => Err(did_not_take_place(lost)),
        Err(_) => Err(lost),
    }
}

/// The resource that came to be since the write was begun.
pub(super) fn recent(resources: Option<&Vec<Value>>, started: u64) -> Option<Value> {
    let since = Instant::from_unix_ms(started).plus_ms(-CLOCK_SKEW_MS);
    let is_recent = |resource: &&Value| {
        resource["created_at"]
            .as_str()
            .and_then(Instant::parse)
            .is_some_and(|at| at >= since)
    };
    resources?.iter().find(is_recent).cloned()
}

/// The error of a write of which it was found out that nothing came.
pub(super) fn did_not_take_place(lost: Error) -> Error {
    lost.explained(
        ErrorCode::Network,
        "Calendly's answer was lost; a look at Calendly shows that nothing was changed.",
        "Try again.",
    )
    .with_retry(Retry::Backoff)
}

/// A request's body in the making, with everything that is wrong with what was given.
struct Draft<'f> {
    body: Map<String, Value>,
    broken: Vec<Violation>,
    fields: &'f Fields,
    primary_email: Option<String>,
    other_emails: Option<Vec<Value>>,
}

impl<'f> Draft<'f> {
    fn of(fields: &'f Fields, given: &Map<String, Value>, verb: Verb) -> Self {
        let mut draft = Self {
            body: Map::new(),
            broken: Vec::new(),
            fields,
            primary_email: None,
            other_emails: None,
        };
        let mut seen: Vec<&str> = Vec::new();
        for (name, value) in given {
            let pointer = json::child_pointer("/config/fields", name);
            let field = match fields.resolve(name) {
                Ok(field) => field,
                Err(problem) => {
                    draft.broken.push(violation(&pointer, "field", &problem));
                    continue;
                }
            };
            if seen.contains(&field.key()) {
                let message = format!("The field '{}' is given twice", field.key());
                draft
                    .broken
                    .push(violation(&pointer, "uniqueItems", &message));
                continue;
            }
            seen.push(field.key());
            if let Err((rule, message)) = draft.put(field, value, verb) {
                draft.broken.push(violation(&pointer, rule, &message));
            }
        }
        if verb == Verb::Create {
            for field in fields.table.fields {
                if field.on_create == Need::Required && !seen.contains(&field.name) {
                    let pointer = format!("/config/fields/{}", field.name);
                    let message = format!("The field '{}' is required", field.name);
                    draft.broken.push(violation(&pointer, "required", &message));
                }
            }
        } else if given.is_empty() {
            let message = "Name at least one field to change";
            draft
                .broken
                .push(violation("/config/fields", "minProperties", message));
        }
        draft
    }

    fn put(
        &mut self,
        field: FieldRef<'_>,
        value: &Value,
        verb: Verb,
    ) -> Result<(), (&'static str, String)> {
        let key = field.key();
        let field = match field {
            FieldRef::Custom(custom) => {
                let value = custom
                    .encode(value)
                    .map_err(|demand| ("type", format!("'{key}' must be {demand}")))?;
                let item = object! { "uuid": &*custom.uuid, "value": value };
                let items = self
                    .body
                    .entry("custom_fields")
                    .or_insert_with(|| Value::Array(Vec::new()));
                if let Value::Array(items) = items {
                    items.push(item);
                }
                return Ok(());
            }
            FieldRef::Known(field) => field,
        };
        let writable = match verb {
            Verb::Create => field.on_create != Need::No,
            _ => field.on_update,
        };
        if !writable {
            let when = if verb == Verb::Create {
                "set on a new record"
            } else {
                "changed"
            };
            return Err(("readOnly", format!("The field '{key}' cannot be {when}")));
        }
        if value.is_null() {
            let needed = verb == Verb::Create && field.on_create == Need::Required;
            if !field.nullable || needed {
                return Err(("type", format!("'{key}' must not be null")));
            }
        } else if let Some(demand) = field.kind.demand(value) {
            return Err(("type", format!("'{key}' must be {demand}")));
        }
        self.encode(field, value)
    }

    fn encode(
        &mut self,
        field: &'static Field,
        value: &Value,
    ) -> Result<(), (&'static str, String)> {
        let text = value.as_str().unwrap_or_default();
        let encoded = match field.codec {
            Codec::PrimaryEmail => {
                self.primary_email = Some(text.to_owned());
                return Ok(());
            }
            Codec::OtherEmails => {
                self.other_emails = Some(value.as_array().cloned().unwrap_or_default());
                return Ok(());
            }
            Codec::PhoneNumbers => value
                .as_array()
                .into_iter()
                .flatten()
                .map(|number| object! { "phone_number": number.clone() })
                .collect(),
            Codec::Uri(collection) => {
                let uri = record::uri(collection, text).ok_or_else(|| {
                    (
                        "format",
                        format!("'{}' must be an id or a URI of {collection}", field.name),
                    )
                })?;
                uri.into()
            }
            Codec::Plain if field.kind == Kind::DateTime && !value.is_null() => {
                Instant::parse(text)
                    .map(|instant| instant.to_string())
                    .into()
            }
            Codec::Plain => value.clone(),
        };
        let path = if field.write.is_empty() {
            &[field.name][..]
        } else {
            field.write
        };
        put_at(&mut self.body, path, encoded);
        Ok(())
    }

    /// Calendly overwrites all of a contact's addresses, so one alone cannot be sent.
    const fn needs_current(&self) -> bool {
        self.primary_email.is_some() != self.other_emails.is_some()
    }

    /// The body, if nothing is wrong.
    fn finish(self, current: Option<&Value>) -> Result<Map<String, Value>> {
        if !self.broken.is_empty() {
            return Err(Error::invalid_input(self.broken));
        }
        let mut body = self.body;
        if self.primary_email.is_none() && self.other_emails.is_none() {
            return Ok(body);
        }
        let read = |name: &str| {
            let current = record::of(self.fields, current?, None).ok()?;
            Some(current["fields"][name].clone())
        };
        let primary = self
            .primary_email
            .map(Value::from)
            .or_else(|| read("email"));
        let others = self
            .other_emails
            .map(Value::from)
            .or_else(|| read("other_emails"));
        let others = others
            .as_ref()
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let mut emails = vec![object! { "email": primary, "is_primary": true }];
        emails.extend(others.map(|email| object! { "email": email.clone(), "is_primary": false }));
        body.insert("emails".to_owned(), Value::Array(emails));
        Ok(body)
    }
}

/// Puts a value into a body, below the names of a path.
fn put_at(body: &mut Map<String, Value>, path: &[&str], value: Value) {
    match path {
        [] => {}
        [name] => _ = body.insert((*name).to_owned(), value),
        [name, rest @ ..] => {
            let inner = body
                .entry(*name)
                .or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                put_at(inner, rest, value);
            }
        }
    }
}

/// How far Calendly's clock and the host's may be apart.
const CLOCK_SKEW_MS: i64 = 60_000;
