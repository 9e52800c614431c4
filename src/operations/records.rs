//! Records: queried, read, created, changed and removed.

use serde_json::{Map, Value};

use super::{Access, Operation, input, shapes};
use crate::api::Client;
use crate::catalog::Verb;
use crate::error::Result;
use crate::json::{self, object};
use crate::records::{self, Change};

pub(super) const QUERY: Operation = Operation {
    name: "calendly.queryRecords",
    label: "Query records",
    description: "Lists a table's records: filtered, sorted, page by page. With explain, says \
                  what would be asked of Calendly.",
    input: &shapes::QUERY,
    output: &shapes::PAGE,
    access: Access::Records(Verb::Query),
    run: query,
};

pub(super) const GET: Operation = Operation {
    name: "calendly.getRecord",
    label: "Get record",
    description: "Reads one record.",
    input: &shapes::GET,
    output: &shapes::ONE,
    access: Access::Records(Verb::Get),
    run: get,
};

pub(super) const CREATE: Operation = Operation {
    name: "calendly.createRecord",
    label: "Create record",
    description: "Makes a record; in the table invitees, books a meeting.",
    input: &shapes::CREATE,
    output: &shapes::WRITTEN,
    access: Access::Records(Verb::Create),
    run: |client, config| {
        let fields = json::members(config.get("fields").cloned().unwrap_or_default());
        let change = Change::Create(&fields);
        let write = records::prepare(client, &input::checked_place(config)?, change)?;
        input::perform_on_record(client, config, write)
    },
};

pub(super) const UPDATE: Operation = Operation {
    name: "calendly.updateRecord",
    label: "Update record",
    description: "Changes fields of a record; the others stay.",
    input: &shapes::UPDATE,
    output: &shapes::WRITTEN,
    access: Access::Records(Verb::Update),
    run: |client, config| {
        let fields = json::members(config.get("fields").cloned().unwrap_or_default());
        let change = Change::Update(input::text(config, "recordId"), &fields);
        let write = records::prepare(client, &input::checked_place(config)?, change)?;
        input::perform_on_record(client, config, write)
    },
};

pub(super) const DELETE: Operation = Operation {
    name: "calendly.deleteRecord",
    label: "Delete record",
    description: "Removes a record; in the table scheduled_events, cancels the meeting.",
    input: &shapes::DELETE,
    output: &shapes::DELETED,
    access: Access::Records(Verb::Delete),
    run: |client, config| {
        let (id, reason) = (input::text(config, "recordId"), json::text(config, "reason"));
        let change = Change::Delete(id, reason);
        let write = records::prepare(client, &input::checked_place(config)?, change)?;
        input::perform(client, config, write)
    },
};

fn query(client: &Client<'_>, config: &Map<String, Value>) -> Result<Value> {
    let fields = names(config.get("fields"));
    let sort = config.get("sort").and_then(Value::as_array);
    let page_size = config.get("pageSize").and_then(Value::as_f64).unwrap_or(DEFAULT_PAGE_SIZE);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to 1000")]
    let page_size = page_size as usize;
    let query = records::Query {
        filter: config.get("filter"),
        sort: sort.map_or(&[][..], Vec::as_slice),
        fields: fields.as_deref(),
        page_size,
        cursor: json::text(config, "cursor"),
        explain: config.get("explain") == Some(&Value::Bool(true)),
    };
    records::query(client, &input::checked_place(config)?, &query)
}

fn get(client: &Client<'_>, config: &Map<String, Value>) -> Result<Value> {
    let (place, fields) = (input::checked_place(config)?, names(config.get("fields")));
    let id = input::text(config, "recordId");
    Ok(object! { "record": records::get(client, &place, id, fields.as_deref())? })
}

fn names(list: Option<&Value>) -> Option<Vec<String>> {
    Some(json::owned_texts(list?))
}

const DEFAULT_PAGE_SIZE: f64 = 100.0;
