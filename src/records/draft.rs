//! A request's body in the making: fields checked all at once, values in Calendly's form.

use serde_json::{Map, Value};

use super::fields::{FieldRef, Fields};
use super::record;
use crate::api::API_ORIGIN;
use crate::catalog::{self, Codec, Field, Kind, Need, Verb};
use crate::error::{Error, Result, Violation, violation};
use crate::instant::Instant;
use crate::json::{self, object};
use crate::text::same;

/// A request's body in the making, with everything that is wrong with what was given.
pub(super) struct Draft<'f> {
    pub(super) body: Map<String, Value>,
    pub(super) broken: Vec<Violation>,
    fields: &'f Fields,
    primary_email: Option<String>,
    other_emails: Option<Vec<Value>>,
}

/// What is wrong with a value: the rule, and a sentence.
type Problem = (&'static str, String);

impl<'f> Draft<'f> {
    /// Puts what was given into Calendly's form, as far as it fits.
    pub(super) fn of(fields: &'f Fields, given: &Map<String, Value>, verb: Verb) -> Self {
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
                draft.broken.push(violation(&pointer, "uniqueItems", &message));
                continue;
            }
            seen.push(field.key());
            if let Err((rule, message)) = draft.put(field, value, verb) {
                draft.broken.push(violation(&pointer, rule, &message));
            }
        }
        for field in fields.table.fields {
            if need(field, verb) == Need::Required && !seen.contains(&field.name) {
                let pointer = format!("/config/fields/{}", field.name);
                let message = format!("The field '{}' is required", field.name);
                draft.broken.push(violation(&pointer, "required", &message));
            }
        }
        draft
    }

    fn put(&mut self, field: FieldRef<'_>, value: &Value, verb: Verb) -> Result<(), Problem> {
        let key = field.key();
        let field = match field {
            FieldRef::Custom(custom) => {
                let value = custom
                    .encode(value)
                    .map_err(|demand| ("type", format!("'{key}' must be {demand}")))?;
                let item = object! { "uuid": &*custom.uuid, "value": value };
                let items =
                    self.body.entry("custom_fields").or_insert_with(|| Value::Array(Vec::new()));
                if let Value::Array(items) = items {
                    items.push(item);
                }
                return Ok(());
            }
            FieldRef::Known(field) => field,
        };
        let need = need(field, verb);
        if need == Need::No {
            let when = if verb == Verb::Create { "set on a new record" } else { "changed" };
            return Err(("readOnly", format!("The field '{key}' cannot be {when}")));
        }
        if value.is_null() {
            if !field.nullable || (need == Need::Required && verb == Verb::Create) {
                return Err(("type", format!("'{key}' must not be null")));
            }
        } else if let Some(demand) = field.kind.demand(value) {
            return Err(("type", format!("'{key}' must be {demand}")));
        }
        self.encode(field, value)
    }

    fn encode(&mut self, field: &'static Field, value: &Value) -> Result<(), Problem> {
        let text = value.as_str().unwrap_or_default();
        let encoded = match field.codec {
            Codec::PrimaryEmail => {
                self.primary_email = Some(text.to_owned());
                return Ok(());
            }
            Codec::OtherEmails => {
                self.other_emails = Some(json::items(value).to_vec());
                return Ok(());
            }
            _ if value.is_null() => Value::Null,
            Codec::PhoneNumbers => {
                each(value, |number| Ok(object! { "phone_number": number.clone() }))?
            }
            Codec::Uri => uri(field, text)?,
            Codec::ContactUris | Codec::UserUris => {
                each(value, |item| uri(field, item.as_str().unwrap_or_default()))?
            }
            Codec::InviteeUri => invitee(field, text)?,
            Codec::Plain | Codec::Presence => match field.kind {
                Kind::DateTime => Instant::parse(text).map(|instant| instant.to_string()).into(),
                Kind::Integer => whole(value),
                Kind::Integers => each(value, |item| Ok(whole(item)))?,
                _ => value.clone(),
            },
        };
        let path = if field.write.is_empty() { &[field.name][..] } else { field.write };
        put_at(&mut self.body, path, encoded);
        Ok(())
    }

    /// Calendly overwrites all of a contact's addresses, so one alone cannot be sent.
    pub(super) const fn needs_current(&self) -> bool {
        self.primary_email.is_some() != self.other_emails.is_some()
    }

    /// The body, if nothing is wrong.
    pub(super) fn finish(self, current: Option<&Value>) -> Result<Map<String, Value>> {
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
        let primary = self.primary_email.map(Value::from).or_else(|| read("email"));
        let primary = primary.unwrap_or_default();
        let others = self.other_emails.map(Value::from).or_else(|| read("other_emails"));
        let mut emails = vec![object! { "email": primary.clone(), "is_primary": true }];
        for email in json::items(&others.unwrap_or_default()) {
            // One of the others may just have become the primary one.
            if !same(email.as_str().unwrap_or_default(), primary.as_str().unwrap_or_default()) {
                emails.push(object! { "email": email.clone(), "is_primary": false });
            }
        }
        body.insert("emails".to_owned(), Value::Array(emails));
        Ok(body)
    }
}

/// Whether a write has the field.
const fn need(field: &Field, verb: Verb) -> Need {
    match verb {
        Verb::Create => field.on_create,
        _ => field.on_update,
    }
}

/// A list's items, each in Calendly's form.
fn each(
    value: &Value,
    encode: impl Fn(&Value) -> Result<Value, Problem>,
) -> Result<Value, Problem> {
    let mut encoded = Vec::new();
    for item in json::items(value) {
        encoded.push(encode(item)?);
    }
    Ok(Value::Array(encoded))
}

fn uri(field: &Field, reference: &str) -> Result<Value, Problem> {
    let collection = field.collection().unwrap_or_default();
    let uri = record::uri(collection, reference).ok_or_else(|| {
        ("format", format!("'{}' must be an id or a URI of {collection}", field.name))
    })?;
    Ok(uri.into())
}

/// An invitee's URI has an event's id in it, too.
fn invitee(field: &Field, reference: &str) -> Result<Value, Problem> {
    if reference.starts_with("https://") {
        return Ok(reference.into());
    }
    let path = catalog::table("invitees").and_then(|table| record::path(table, reference).ok());
    let path = path.ok_or_else(|| {
        let name = field.name;
        ("format", format!("'{name}' must be <event id>/<invitee id>, or the invitee's URI"))
    })?;
    Ok(format!("{API_ORIGIN}{path}").into())
}

/// A whole number without a fraction in its writing, which not every reader takes.
fn whole(value: &Value) -> Value {
    #[expect(clippy::cast_possible_truncation, reason = "checked to be whole")]
    value.as_f64().filter(|_| value.is_f64()).map_or(value.clone(), |number| (number as i64).into())
}

/// Puts a value into a body, below the names of a path.
pub(super) fn put_at(body: &mut Map<String, Value>, path: &[&str], value: Value) {
    match path {
        [] => {}
        [name] => _ = body.insert((*name).to_owned(), value),
        [name, rest @ ..] => {
            let inner = body.entry(*name).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                put_at(inner, rest, value);
            }
        }
    }
}
