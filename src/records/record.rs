//! From Calendly's resources to records.

use serde_json::{Map, Value};

use super::base::is_id;
use super::fields::{FieldRef, Fields};
use super::position::mark;
use crate::api::API_ORIGIN;
use crate::catalog::{Codec, Field, Identity, Table};
use crate::error::{Error, ErrorCode, Result, violation};
use crate::json::{self, object};
use crate::text::{join, last_segment};

/// The record of a resource; `wanted` are the keys of the fields to keep, all when none.
pub(super) fn of(fields: &Fields, resource: &Value, wanted: Option<&Vec<String>>) -> Result<Value> {
    let id = id_of(fields.table, resource).ok_or_else(|| {
        let name = fields.table.name;
        Error::internal(&format!("Calendly's answer has a resource of {name} without an id."))
    })?;
    let keep = |key: &str| wanted.is_none_or(|keys| keys.iter().any(|wanted| wanted == key));
    let mut values = Map::new();
    for field in fields.table.fields {
        if !field.of_parent
            && keep(field.name)
            && let Some(value) = read(field, resource)
        {
            values.insert(field.name.to_owned(), value);
        }
    }
    for field in &fields.custom {
        if !keep(&field.key) {
            continue;
        }
        let mut value = &Value::Null;
        for item in json::items(&resource["custom_fields"]) {
            if last_segment(item["uri"].as_str().unwrap_or_default()) == field.uuid {
                value = &item["value"];
                break;
            }
        }
        values.insert(field.key.clone(), field.decode(value));
    }
    if wanted.is_none() {
        keep_unknown(fields.table, resource, &mut values);
    }
    Ok(object! {
        "id": id,
        "uri": text(&resource["uri"]),
        "tableId": fields.table.name,
        "createdTime": text(&resource["created_at"]),
        "updatedTime": text(&resource["updated_at"]),
        "fields": values,
    })
}

/// A text with something in it, as every record has it there; null in the place of anything else
/// that Calendly may say.
pub(super) fn text(value: &Value) -> Value {
    match value {
        Value::String(text) if !text.is_empty() => value.clone(),
        _ => Value::Null,
    }
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
pub(super) fn wanted(
    fields: &Fields,
    names: Option<&[String]>,
    has: fn(FieldRef<'_>) -> bool,
) -> Result<Option<Vec<String>>> {
    let Some(names) = names else { return Ok(None) };
    let (mut keys, mut broken) = (Vec::<String>::new(), Vec::new());
    for (index, name) in names.iter().enumerate() {
        let problem = match fields.resolve(name) {
            Ok(field) if has(field) => {
                if !keys.iter().any(|key| key == field.key()) {
                    keys.push(field.key().to_owned());
                }
                continue;
            }
            Ok(field) if field.is_read() => {
                format!("The field '{}' is not in lists: read one record", field.key())
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
    let value = stored(field, resource)?;
    Some(match field.codec {
        Codec::Presence => (!value.is_null()).into(),
        Codec::PrimaryEmail => value[primary(value)]["email"].clone(),
        Codec::OtherEmails => members_of_items(value, "email", Some(primary(value))),
        Codec::PhoneNumbers => members_of_items(value, "phone_number", None),
        _ => value.clone(),
    })
}

/// Where the primary one of a contact's e-mail objects stands: first when none is marked.
fn primary(emails: &Value) -> usize {
    json::items(emails).iter().position(|email| email["is_primary"] == true).unwrap_or_default()
}

/// One member of each object of a list, but for the object at that place.
fn members_of_items(objects: &Value, name: &str, but: Option<usize>) -> Value {
    let mut members = Vec::new();
    for (index, object) in json::items(objects).iter().enumerate() {
        if but != Some(index) {
            members.push(object[name].clone());
        }
    }
    Value::Array(members)
}

/// What a resource has for a field, in Calendly's form; none when it is not a field to be read.
pub(super) fn stored<'r>(field: &Field, resource: &'r Value) -> Option<&'r Value> {
    let value = match field.read? {
        "" => resource.get(field.name),
        pointer => json::at(resource, pointer),
    };
    Some(value.unwrap_or(&Value::Null))
}

/// Adds what stands in the parent's resource: the fields of these names.
pub(super) fn add_parents(record: &mut Value, table: &Table, parent: &Value, names: &[&str]) {
    let Some(fields) = record.get_mut("fields") else { return };
    for field in table.fields {
        if field.of_parent && names.contains(&field.name) {
            json::put(fields, field.name, read(field, parent).unwrap_or_default());
        }
    }
}

/// What Calendly added to its resources since: passed on as it is.
fn keep_unknown(table: &Table, resource: &Value, values: &mut Map<String, Value>) {
    let read_from = |field: &Field| match field.read.filter(|_| !field.of_parent) {
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

/// A resource's id within its table.
pub(super) fn id_of(table: &Table, resource: &Value) -> Option<String> {
    let pointers = match table.identity {
        Identity::Uri(collections) => {
            return id_in(collections, resource["uri"].as_str()?, false);
        }
        Identity::Digest => return resource.is_object().then(|| mark(&json::write(resource))),
        Identity::Parts(pointers) => pointers,
    };
    let mut parts = Vec::new();
    for pointer in pointers {
        let text = json::at(resource, pointer)?.as_str()?;
        parts.push(last_segment(text));
    }
    Some(join(parts, "/")).filter(|id| !id.is_empty())
}

/// The id that a record's URI, given by a caller, means.
pub(super) fn id(table: &Table, uri: &str) -> Option<String> {
    match table.identity {
        Identity::Uri(collections) => id_in(collections, uri, true),
        _ => None,
    }
}

/// The ids in a resource's URI, joined by `/`. Old resources have URIs of other hosts and
/// prefixes, so the last segments count; what a caller gives has to name the collections, too.
fn id_in(collections: &[&str], uri: &str, named: bool) -> Option<String> {
    let path = uri.strip_prefix("https://").unwrap_or(uri);
    let mut segments = path.rsplit('/');
    let mut ids = Vec::new();
    for name in collections.iter().rev() {
        let (id, collection) = (segments.next()?, segments.next()?);
        if named && !is_same_collection(collection, name) || !is_id(id) {
            return None;
        }
        ids.insert(0, id);
    }
    Some(join(ids, "/"))
}

/// A collection's path may have several segments; old URIs name some collections in the singular.
fn is_same_collection(segment: &str, collection: &str) -> bool {
    let last = last_segment(collection);
    segment.trim_end_matches('s') == last.trim_end_matches('s')
}

/// Whether a URI names a resource of that collection.
pub(super) fn is_of(collection: &str, uri: &str) -> bool {
    id_in(&[collection], uri, true).is_some()
}

/// Whether two URIs or ids name the same resource: old ones have other hosts.
pub(super) fn same_id(left: &str, right: &str) -> bool {
    last_segment(left) == last_segment(right)
}

/// The path of the record with that id, or that URI.
pub(super) fn path(table: &Table, record: &str) -> Result<String> {
    let Identity::Uri(collections) = table.identity else {
        return Err(Error::internal("A record without a URI has no path."));
    };
    let id =
        if record.starts_with("https://") { id(table, record) } else { Some(record.to_owned()) };
    let ids: Vec<_> = id.as_deref().unwrap_or_default().split('/').collect();
    if ids.len() == collections.len() && ids.iter().all(|id| is_id(id)) {
        let mut path = String::new();
        for (collection, id) in collections.iter().zip(ids) {
            for part in ["/", *collection, "/", id] {
                path.push_str(part);
            }
        }
        return Ok(path);
    }
    let form = join(collections.iter().copied(), " id>/<");
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
