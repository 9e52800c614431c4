//! What an operation's config names: places, references, moments; and whether it is to be tried
//! alone.

use serde_json::{Map, Value};

use super::problem;
use crate::api::Client;
use crate::catalog::{self, Kind, Table};
use crate::error::{Error, Result, Violation, violation};
use crate::instant::Instant;
use crate::json::{self, object};
use crate::records::{self, Base, Change, Place, Write, uri_of};
use crate::text::{list, replaced};

/// The base and table that a config names, or what is wrong with them.
pub(crate) fn place(config: &Map<String, Value>) -> Result<Option<Place>, Vec<Violation>> {
    let named = |name| json::text(config, name).filter(|text| !text.is_empty());
    let (mut broken, mut base) = (Vec::new(), None);
    match named("baseId").map(Base::parse) {
        Some(Err(problem)) => broken.push(problem),
        Some(Ok(named)) => base = Some(named),
        None => {}
    }
    let table = named("tableId").and_then(|name| {
        let table = catalog::table(name);
        if table.is_none() {
            let mut names = Vec::new();
            for table in catalog::TABLES {
                names.push(table.name);
            }
            let names = list(names);
            let message = format!("There is no table '{name}'; there are {names}");
            broken.push(violation("/config/tableId", "enum", &message));
        }
        table
    });
    match (base, table) {
        _ if !broken.is_empty() => Err(broken),
        (Some(base), Some(table)) => Ok(Some(Place { base, table })),
        _ => Ok(None),
    }
}

/// The place of an operation whose config was checked.
pub(super) fn checked_place(config: &Map<String, Value>) -> Result<Place> {
    let place = place(config).map_err(Error::invalid_input)?;
    place.ok_or_else(|| Error::internal("A checked config names no place."))
}

/// The base of an operation whose config was checked.
pub(super) fn checked_base(config: &Map<String, Value>) -> Result<Base> {
    Base::parse(text(config, "baseId")).map_err(|broken| Error::invalid_input(vec![broken]))
}

/// A member that is a text, or nothing.
pub(super) fn text<'c>(config: &'c Map<String, Value>, name: &str) -> &'c str {
    json::text(config, name).unwrap_or_default()
}

/// The table of that name, which there is.
pub(super) fn table(name: &str) -> Result<&'static Table> {
    catalog::table(name).ok_or_else(|| Error::internal("The catalog lacks a table."))
}

/// The URI that a reference means, by its id or its URI.
pub(super) fn reference(
    collection: &str,
    pointer: &str,
    reference: &str,
    broken: &mut Vec<Violation>,
) -> String {
    uri_of(collection, reference).unwrap_or_else(|| {
        let message = format!("This must be an id or a URI of {collection}");
        broken.push(violation(pointer, "format", &message));
        String::new()
    })
}

/// The moment that a member names.
pub(super) fn moment(
    config: &Map<String, Value>,
    name: &str,
    broken: &mut Vec<Violation>,
) -> Option<Instant> {
    let value = config.get(name)?;
    if let Some(demand) = Kind::DateTime.demand(value) {
        let message = format!("'{name}' must be {demand}");
        broken.push(violation(&format!("/config/{name}"), "format", &message));
    }
    value.as_str().and_then(Instant::parse)
}

/// The moments between which a config asks: the end comes after the start.
pub(super) fn stretch(
    config: &Map<String, Value>,
    broken: &mut Vec<Violation>,
) -> Option<(Instant, Instant)> {
    let (start, end) = (moment(config, "startTime", broken), moment(config, "endTime", broken));
    let stretch = start.zip(end);
    if stretch.is_some_and(|(start, end)| end <= start) {
        broken.push(violation("/config/endTime", "after", "'endTime' must come after 'startTime'"));
    }
    stretch
}

/// Whether the operation is to check everything, but to write nothing.
pub(super) fn is_dry_run(config: &Map<String, Value>) -> bool {
    config.get("dryRun") == Some(&Value::Bool(true))
}

/// Performs a write, or shows it where the config asks for a dry run.
pub(super) fn perform(
    client: &Client<'_>,
    config: &Map<String, Value>,
    write: Write,
) -> Result<Value> {
    if is_dry_run(config) { Ok(write.preview()) } else { write.perform(client) }
}

/// The same of a write that answers with a record.
pub(super) fn perform_on_record(
    client: &Client<'_>,
    config: &Map<String, Value>,
    write: Write,
) -> Result<Value> {
    if is_dry_run(config) {
        return Ok(write.preview());
    }
    Ok(object! { "record": write.perform(client)? })
}

/// Creates a record whose fields are the config's members, in the platform's way of writing names.
pub(super) fn create(
    client: &Client<'_>,
    config: &Map<String, Value>,
    base: Base,
    name: &str,
) -> Result<Value> {
    let place = Place { base, table: table(name)? };
    let mut fields = Map::new();
    for (name, value) in config {
        if name != "dryRun" {
            fields.insert(separated(name, '_'), value.clone());
        }
    }
    let mut write = records::prepare(client, &place, Change::Create(&fields));
    if let Err(error) = &mut write {
        for field in place.table.fields {
            let name = to_camel_case(field.name);
            let (was, is) = (format!("'{}'", field.name), format!("'{name}'"));
            let (from, to) = (format!("/config/fields/{}", field.name), format!("/config/{name}"));
            problem::repoint(&mut error.violations, &from, &to);
            for violation in &mut error.violations {
                violation.message = replaced(&violation.message, &was, &is);
            }
        }
    }
    perform_on_record(client, config, write?)
}

/// The words of a name that begin with capitals, in lower case with something between them.
pub(super) fn separated(name: &str, separator: char) -> String {
    let mut separated = String::new();
    for character in name.chars() {
        if character.is_ascii_uppercase() {
            separated.push(separator);
        }
        separated.push(character.to_ascii_lowercase());
    }
    separated
}

fn to_camel_case(name: &str) -> String {
    let (mut camel, mut begins) = (String::new(), false);
    for character in name.chars() {
        if character == '_' {
            begins = true;
        } else {
            camel.push(if begins { character.to_ascii_uppercase() } else { character });
            begins = false;
        }
    }
    camel
}
