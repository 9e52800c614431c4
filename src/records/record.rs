//! From Calendly's resources to records.

use serde_json::{Map, Value};

use super::base::is_id;
use super::fields::{FieldRef, Fields};
use crate::api::API_ORIGIN;
use crate::catalog::{Codec, Field, Table};
use crate::error::{Error, ErrorCode, Result, violation};
use crate::json::{self, object};
use crate::text::join;

/// The record of a resource; `wanted` are the keys of the fields to keep, all when none.
pub(super) fn of(fields: &Fields, resource: &Value, wanted: Option<&Vec<String>>) -> Result<Value> {
    let uri = resource["uri"].as_str();
    let ids = uri.and_then(|uri| Some((uri, id(fields.table, uri)?)));
    let (uri, id) = ids.ok_or_else(|| {
        let name = fields.table.name;
        Error::internal(&format!("Calendly's answer has a resource of {name} without a URI."))
    })?;
    let keep = |key: &str| wanted.is_none_or(|keys| keys.iter().any(|wanted| wanted == key));
    let mut values = Map::new();
    for field in fields.table.fields.iter().filter(|field| keep(field.name)) {
        if let Some(value) = read(field, resource) {
            values.insert(field.name.to_owned(), value);
        }
    }
    for field in fields.custom.iter().filter(|field| keep(&field.key)) {
        let items = resource["custom_fields"].as_array().into_iter().flatten();
        let of_field = |item: &&Value| {
            item["uri"].as_str().is_some_and(|uri| uri.rsplit('/').next() == Some(&*field.uuid))
        };
        let value = items.into_iter().find(of_field).map_or(&Value::Null, |item| &item["value"]);
        values.insert(field.key.clone(), field.decode(value));
    }
    if wanted.is_none() {
        keep_unknown(fields.table, resource, &mut values);
    }
    Ok(object! {
        "id": id,
        "uri": uri,
        "tableId": fields.table.name,
        "createdTime": resource["created_at"].clone(),
        "updatedTime": resource["updated_at"].clone(),
        "fields": values,
    })
}

/// The resource of an answer to a call about one.
pub(super) fn resource(answer: Value) -> Result<Value> {
    match json::take(&mut json::members(answer), "resource") {
        resource @ Value::Object(_) => Ok(resource),
        _ => Err(Error::new(
            ErrorCode::UpstreamUnavailable,
            "Calendly gave an answer that is not understood.",
            "Look at Calendly before trying again, if this was a write.",
        )),
    }
}

/// The keys of the fields that an operation asks for.
pub(super) fn wanted(fields: &Fields, names: Option<&[String]>) -> Result<Option<Vec<String>>> {
    let Some(names) = names else { return Ok(None) };
    let (mut keys, mut broken) = (Vec::<String>::new(), Vec::new());
    for (index, name) in names.iter().enumerate() {
        let problem = match fields.resolve(name) {
            Ok(field) if field.is_read() => {
                if !keys.iter().any(|key| key == field.key()) {
                    keys.push(field.key().to_owned());
                }
                continue;
            }
            Ok(field) => format!("The field '{}' cannot be read", field.key()),
            Err(problem) => problem,
        };
        broken.push(violation(&format!("/config/fields/{index}"), "field", &problem));
    }
    if broken.is_empty() { Ok(Some(keys)) } else { Err(Error::invalid_input(broken)) }
}

/// A field's value; none when the resource does not have the field.
fn read(field: &Field, resource: &Value) -> Option<Value> {
    let pointer = match field.read? {
        "" => &format!("/{}", field.name),
        pointer => pointer,
    };
    let value = resource.pointer(pointer).unwrap_or(&Value::Null);
    let items = || value.as_array().map_or(&[][..], Vec::as_slice).iter();
    let is_primary = |item: &&Value| item["is_primary"] == true;
    Some(match field.codec {
        Codec::Plain | Codec::Uri(_) => value.clone(),
        Codec::PrimaryEmail => {
            let primary = items().find(is_primary).or_else(|| items().next());
            primary.map_or(Value::Null, |item| item["email"].clone())
        }
        Codec::OtherEmails => {
            let primary = items().position(|item| is_primary(&item)).unwrap_or(0);
            let others = items().enumerate().filter(|(index, _)| *index != primary);
            others.map(|(_, item)| item["email"].clone()).collect()
        }
        Codec::PhoneNumbers => items().map(|item| item["phone_number"].clone()).collect(),
    })
}

/// What Calendly added to its resources since: passed on as it is.
fn keep_unknown(table: &Table, resource: &Value, values: &mut Map<String, Value>) {
    let read_from = |field: &Field| match field.read {
        Some("") => Some(field.name),
        Some(pointer) => pointer.split('/').nth(1),
        None => None,
    };
    for (name, value) in resource.as_object().into_iter().flatten() {
        let known = matches!(&**name, "uri" | "custom_fields")
            || table.fields.iter().any(|field| read_from(field) == Some(name));
        if !known && !values.contains_key(name) {
            values.insert(name.clone(), value.clone());
        }
    }
}

/// A resource's id within its table: the ids in its URI, joined by `/`. Old resources have URIs
/// of other hosts and prefixes, so the last segments count.
pub(super) fn id(table: &Table, uri: &str) -> Option<String> {
    let path = uri.strip_prefix("https://").unwrap_or(uri);
    let mut segments = path.rsplit('/');
    let mut ids = Vec::new();
    for name in table.uri.iter().rev() {
        let (id, collection) = (segments.next()?, segments.next()?);
        if collection != *name || !is_id(id) {
            return None;
        }
        ids.insert(0, id);
    }
    Some(join(ids, "/"))
}

/// The path of the record with that id, or that URI.
pub(super) fn path(table: &Table, record: &str) -> Result<String> {
    let id =
        if record.starts_with("https://") { id(table, record) } else { Some(record.to_owned()) };
    let ids: Vec<_> = id.as_deref().unwrap_or_default().split('/').collect();
    if ids.len() == table.uri.len() && ids.iter().all(|id| is_id(id)) {
        let pairs = table.uri.iter().zip(&ids);
        return Ok(pairs.map(|(collection, id)| format!("/{collection}/{id}")).collect());
    }
    let form = join(table.uri.iter().copied(), " id>/<");
    Err(Error::invalid_input(vec![violation(
        "/config/recordId",
        "record",
        &format!("A record of {} is named by <{form} id>, or by its Calendly URI", table.name),
    )]))
}

/// The URI that a reference means: itself, or the resource of that id in the collection.
pub(super) fn uri(collection: &str, reference: &str) -> Option<String> {
    if reference.starts_with("https://") {
        return Some(reference.to_owned());
    }
    is_id(reference).then(|| format!("{API_ORIGIN}/{collection}/{reference}"))
}

/// The value of a record's field.
pub(super) fn value<'r>(record: &'r Value, field: FieldRef<'_>) -> &'r Value {
    &record["fields"][field.key()]
}
