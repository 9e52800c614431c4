//! Many records at once: item by item in order, each with a result of its own.
//!
//! A bad item does not stop the others. What no later item can survive ends the batch; those that
//! are left are answered as not sent.

use serde_json::{Map, Value};

use super::{Access, Operation, input, problem, shapes};
use crate::api::Client;
use crate::catalog::Verb;
use crate::error::{Error, ErrorCode, Result, Retry, Violation};
use crate::json::{self, object};
use crate::records::{self, Change, Place};
use crate::shape::Object;

pub(super) const CREATE: Operation = Operation {
    name: "calendly.createRecords",
    label: "Create records",
    description: "Makes up to 500 records, with a result for each.",
    input: &shapes::CREATE_MANY,
    output: &shapes::RESULTS,
    access: Access::Records(Verb::Create),
    run: |client, config| run(client, config, Verb::Create, &shapes::CREATE_ITEM),
};

pub(super) const UPDATE: Operation = Operation {
    name: "calendly.updateRecords",
    label: "Update records",
    description: "Changes fields of up to 500 records, with a result for each.",
    input: &shapes::UPDATE_MANY,
    output: &shapes::RESULTS,
    access: Access::Records(Verb::Update),
    run: |client, config| run(client, config, Verb::Update, &shapes::UPDATE_ITEM),
};

pub(super) const DELETE: Operation = Operation {
    name: "calendly.deleteRecords",
    label: "Delete records",
    description: "Removes up to 500 records, with a result for each; in the table \
                  scheduled_events, cancels the meetings.",
    input: &shapes::DELETE_MANY,
    output: &shapes::RESULTS,
    access: Access::Records(Verb::Delete),
    run: |client, config| run(client, config, Verb::Delete, &shapes::DELETE_ITEM),
};

fn run(
    client: &Client<'_>,
    config: &Map<String, Value>,
    verb: Verb,
    shape: &Object,
) -> Result<Value> {
    let place = input::checked_place(config)?;
    place.check(verb)?;
    let dry = input::is_dry_run(config);
    let items = json::items(config.get("records").unwrap_or(&Value::Null));
    let (mut results, mut failed, mut end) = (Vec::new(), 0_usize, None);
    for (index, item) in items.iter().enumerate() {
        let outcome = match &end {
            Some(error) => Err(Error::clone(error)),
            None => one(client, &place, verb, shape, item, dry),
        };
        let mut result = match outcome {
            Ok(result) => result,
            // The base is wrong, and so is every item.
            Err(error) if error.violations.iter().any(is_about_the_base) => return Err(error),
            Err(mut error) => {
                failed += 1;
                let item = format!("/config/records/{index}");
                problem::repoint(&mut error.violations, "/config", &item);
                let mut told = problem::document(&error);
                if end.is_some() {
                    json::put(&mut told, "notSent", true.into());
                } else if is_the_end(client, &error) {
                    end = Some(error);
                }
                object! { "error": told }
            }
        };
        json::put(&mut result, "index", index.into());
        results.push(result);
    }
    let succeeded = results.len() - failed;
    let mut answer =
        object! { "results": Value::Array(results), "succeeded": succeeded, "failed": failed };
    if dry {
        json::put(&mut answer, "dryRun", true.into());
    }
    Ok(answer)
}

/// What became of an item: `{record}`, `{id, effect}`, or, without being sent, `{request}`.
fn one(
    client: &Client<'_>,
    place: &Place,
    verb: Verb,
    shape: &Object,
    item: &Value,
    dry: bool,
) -> Result<Value> {
    let mut broken = Vec::new();
    shape.check(item, "/config", &mut broken);
    if !broken.is_empty() {
        return Err(Error::invalid_input(broken));
    }
    let id = item["recordId"].as_str().unwrap_or_default();
    let fields = json::members(item["fields"].clone());
    let change = match verb {
        Verb::Create => Change::Create(&fields),
        Verb::Update => Change::Update(id, &fields),
        _ => Change::Delete(id, item["reason"].as_str()),
    };
    let write = records::prepare(client, place, change)?;
    if dry {
        let mut preview = json::members(write.preview());
        return Ok(object! { "request": json::take(&mut preview, "request") });
    }
    let done = write.perform(client)?;
    Ok(if verb == Verb::Delete {
        done
    } else {
        object! { "record": done }
    })
}

pub(super) fn is_about_the_base(violation: &Violation) -> bool {
    violation.pointer == "/config/baseId"
}

/// Whether every later item would end in this, too.
pub(super) fn is_the_end(client: &Client<'_>, error: &Error) -> bool {
    match error.code {
        ErrorCode::ReauthorizationRequired
        | ErrorCode::InvalidClient
        | ErrorCode::InsufficientScope
        | ErrorCode::DeadlineExceeded
        | ErrorCode::Vault => true,
        // There is no room in the budget before the call ends.
        ErrorCode::RateLimited => {
            matches!(error.retry, Retry::AfterMs(ms) if ms >= client.time_left())
        }
        _ => false,
    }
}
