//! Pushing: what changed in a copy of a table, to Calendly.
//!
//! Each item looks before it writes, so that a batch that is sent again after a crash does no more
//! than the first time. Where both sides changed a record the newer change wins, Calendly's when
//! they are of the same moment; the loser is told.

use serde_json::{Map, Value};

use super::batch::{is_about_the_base, is_the_end};
use super::{Access, Operation, input, problem, shapes};
use crate::api::Client;
use crate::catalog::{Kind, Lost, Verb};
use crate::error::{Error, ErrorCode, Result, violation};
use crate::instant::Instant;
use crate::json::{self, object};
use crate::records::{self, Change, Place, agrees};

pub(super) const PUSH: Operation = Operation {
    name: "calendly.pushChanges",
    label: "Push changes",
    description: "Creates, updates and deletes up to 100 records, with a result for each. The \
                  same batch can be sent again: what is done is not done twice.",
    input: &shapes::PUSH,
    output: &shapes::PUSHED,
    access: Access::Writing,
    run: push,
};

fn push(client: &Client<'_>, config: &Map<String, Value>) -> Result<Value> {
    let place = input::checked_place(config)?;
    let dry = input::is_dry_run(config);
    let items = json::items(config.get("items").unwrap_or(&Value::Null));
    let (mut results, mut end) = (Vec::new(), None);
    for (index, item) in items.iter().enumerate() {
        let outcome = match &end {
            Some(error) => Err(Error::clone(error)),
            None => one(client, &place, item, dry),
        };
        let mut result = match outcome {
            Ok(result) => result,
            Err(error) if error.violations.iter().any(is_about_the_base) => return Err(error),
            Err(mut error) => {
                let at = format!("/config/items/{index}");
                problem::repoint(&mut error.violations, "/config/recordId", "/config/id");
                problem::repoint(&mut error.violations, "/config", &at);
                let status = match error.code {
                    ErrorCode::OutcomeUnknown => "unknown",
                    ErrorCode::Conflict => "conflict",
                    _ => "failed",
                };
                let mut told = problem::document(&error);
                if end.is_some() {
                    json::put(&mut told, "notSent", true.into());
                } else if is_the_end(client, &error) {
                    end = Some(error);
                }
                object! { "status": status, "error": told }
            }
        };
        json::put(&mut result, "key", item["key"].clone());
        results.push(result);
    }
    let mut answer = object! { "results": Value::Array(results) };
    if dry {
        json::put(&mut answer, "dryRun", true.into());
    }
    Ok(answer)
}

/// What became of an item that did not fail.
fn one(client: &Client<'_>, place: &Place, item: &Value, dry: bool) -> Result<Value> {
    let verb = check(item)?;
    let (table, id) = (place.table, item["id"].as_str().unwrap_or_default());
    let fields = json::members(item["fields"].clone());
    let (write, status) = if verb == Verb::Create {
        if table.create.is_some_and(|create| create.lost == Lost::NotFindable) {
            return Err(not_findable(table.name));
        }
        let write = records::prepare(client, place, Change::Create(&fields))?;
        if let Some(record) = write.find_made(client, place)? {
            let agrees = agrees(client, table, &fields, &record, true)?;
            return Ok(stays(if agrees { "unchanged" } else { "conflict" }, record));
        }
        (write, "created")
    } else {
        place.check(verb)?;
        let record = match records::get(client, place, id, None) {
            Err(error) if verb == Verb::Delete && error.code == ErrorCode::NotFound => {
                return Ok(object! { "status": "deleted", "id": id });
            }
            record => record?,
        };
        let status = if verb == Verb::Delete { "deleted" } else { "updated" };
        let is_done = match verb {
            Verb::Delete => record["fields"]["status"] == "canceled",
            _ => agrees(client, table, &fields, &record, false)?,
        };
        if is_done {
            return Ok(stays(if verb == Verb::Delete { status } else { "unchanged" }, record));
        }
        if is_newer(&record, item) {
            return Ok(stays("conflict", record));
        }
        let change = match verb {
            Verb::Delete => Change::Delete(id, None),
            _ => Change::Update(id, &fields),
        };
        (records::prepare(client, place, change)?, status)
    };
    if dry {
        let mut preview = json::members(write.preview());
        return Ok(object! { "status": status, "request": json::take(&mut preview, "request") });
    }
    match write.perform(client) {
        Err(error) if verb == Verb::Delete && error.code == ErrorCode::NotFound => {
            Ok(object! { "status": status, "id": id })
        }
        Ok(done) if verb == Verb::Delete => {
            Ok(object! { "status": status, "id": done["id"].clone() })
        }
        done => Ok(stays(status, done?)),
    }
}

/// The result of an item with the record as it is.
fn stays(status: &str, record: Value) -> Value {
    object! { "status": status, "id": record["id"].clone(), "record": record }
}

/// Whether Calendly changed the record when the item was changed, or later.
fn is_newer(record: &Value, item: &Value) -> bool {
    let at = |value: &Value| value.as_str().and_then(Instant::parse);
    match (at(&record["updatedTime"]), at(&item["changedAt"])) {
        (Some(there), Some(here)) => there >= here,
        _ => false,
    }
}

/// What the item is to do, if it is well formed.
fn check(item: &Value) -> Result<Verb> {
    let mut broken = Vec::new();
    shapes::PUSH_ITEM.check(item, "/config", &mut broken);
    if !item.is_object() {
        return Err(Error::invalid_input(broken));
    }
    let verb = match item["operation"].as_str() {
        Some("create") => Verb::Create,
        Some("delete") => Verb::Delete,
        _ => Verb::Update,
    };
    let mut demand = |name: &str, is_needed: bool| {
        if is_needed == item[name].is_null() {
            let (rule, what) =
                if is_needed { ("required", "needs") } else { ("readOnly", "cannot have") };
            let message = format!("A {} {what} '{name}'", verb.name());
            broken.push(violation(&format!("/config/{name}"), rule, &message));
        }
    };
    demand("id", verb != Verb::Create);
    demand("fields", verb != Verb::Delete);
    if !item["changedAt"].is_null()
        && let Some(demand) = Kind::DateTime.demand(&item["changedAt"])
    {
        let message = format!("'changedAt' must be {demand}");
        broken.push(violation("/config/changedAt", "format", &message));
    }
    if broken.is_empty() { Ok(verb) } else { Err(Error::invalid_input(broken)) }
}

fn not_findable(table: &str) -> Error {
    Error::new(
        ErrorCode::Unsupported,
        &format!("Whether a record of {table} was created before cannot be found out."),
        "Create it with calendly.createRecord, which creates one each time.",
    )
}
