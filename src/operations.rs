//! Operations: what an automation can do, each with the shapes of what it takes and answers.

mod shapes;

use serde_json::{Map, Value};

use crate::api::Client;
use crate::catalog::{self, Table, Verb};
use crate::connection::{Connection, connection_id};
use crate::error::{Error, Result, Violation, violation};
use crate::host::Host;
use crate::json::{self, object, texts};
use crate::oauth::scopes;
use crate::records::{self, Base, Fields, Place};
use crate::shape::Object;
use crate::text::list;

/// An operation.
#[derive(Debug)]
pub struct Operation {
    /// Its name, such as `calendly.createRecord`.
    pub name: &'static str,
    /// The label people see.
    pub label: &'static str,
    /// What it does, in a sentence.
    pub description: &'static str,
    /// The shape of its `config`.
    pub input: &'static Object,
    /// The shape of its answer.
    pub output: &'static Object,
    /// What it needs to be allowed.
    pub access: Access,
    run: fn(&Client<'_>, &Map<String, Value>) -> Result<Value>,
}

impl Operation {
    /// Whether it changes something at Calendly.
    #[must_use]
    pub const fn writes(&self) -> bool {
        matches!(self.access, Access::Records(Verb::Create | Verb::Update | Verb::Delete))
    }
}

/// What an operation needs to be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// To see the bases.
    Bases,
    /// To see what tables look like.
    Schema,
    /// To do this with records.
    Records(Verb),
}

/// The operations.
pub const OPERATIONS: &[Operation] = &[
    Operation {
        name: "calendly.listBases",
        label: "List bases",
        description: "Lists the users, organizations and groups whose records can be read.",
        input: &shapes::NOTHING,
        output: &shapes::BASES,
        access: Access::Bases,
        run: |client, _| records::list_bases(client),
    },
    Operation {
        name: "calendly.listTables",
        label: "List tables",
        description: "Lists a base's tables with their fields and verbs.",
        input: &shapes::BASE,
        output: &shapes::TABLES,
        access: Access::Schema,
        run: list_tables,
    },
    Operation {
        name: "calendly.queryRecords",
        label: "Query records",
        description: "Lists a table's records: filtered, sorted, page by page.",
        input: &shapes::QUERY,
        output: &shapes::PAGE,
        access: Access::Records(Verb::Query),
        run: query_records,
    },
    Operation {
        name: "calendly.getRecord",
        label: "Get record",
        description: "Reads one record.",
        input: &shapes::GET,
        output: &shapes::ONE,
        access: Access::Records(Verb::Get),
        run: get_record,
    },
    Operation {
        name: "calendly.createRecord",
        label: "Create record",
        description: "Makes a record; in the table invitees, books a meeting.",
        input: &shapes::CREATE,
        output: &shapes::ONE,
        access: Access::Records(Verb::Create),
        run: create_record,
    },
    Operation {
        name: "calendly.updateRecord",
        label: "Update record",
        description: "Changes fields of a record; the others stay.",
        input: &shapes::UPDATE,
        output: &shapes::ONE,
        access: Access::Records(Verb::Update),
        run: update_record,
    },
    Operation {
        name: "calendly.deleteRecord",
        label: "Delete record",
        description: "Removes a record; in the table scheduled_events, cancels the meeting.",
        input: &shapes::DELETE,
        output: &shapes::DELETED,
        access: Access::Records(Verb::Delete),
        run: delete_record,
    },
];

/// The operation of that name.
#[must_use]
pub fn operation(name: &str) -> Option<&'static Operation> {
    OPERATIONS.iter().find(|operation| operation.name == name)
}

/// Runs the operation that an automation's document names. The call ends within `deadline_ms`.
///
/// # Errors
/// `invalid-input` with everything that is wrong with the document, before anything is sent; what
/// the operation itself can end in.
pub fn run(
    host: &dyn Host,
    connection: &Connection,
    document: &str,
    deadline_ms: u32,
) -> Result<Value> {
    let document = json::parse(document).map_err(|broken| Error::invalid_input(vec![broken]))?;
    let mut broken = Vec::new();
    shapes::ACTION.check(&document, "", &mut broken);
    let mut document = json::members(document);
    let operation = json::text(&document, "action").and_then(operation);
    if let Some(operation) = operation {
        let config = document.get("config").unwrap_or(&Value::Null);
        if let Some(members) = config.as_object() {
            operation.input.check(config, "/config", &mut broken);
            // A text that is a text may still name nothing.
            broken.extend(place(members).err().unwrap_or_default());
        }
    }
    if connection_id(&document, "connection").is_some_and(|id| id != connection.id) {
        let message = "The action names another connection than the one it is run with";
        broken.push(violation("/connection", "const", message));
    }
    let Some(operation) = operation.filter(|_| broken.is_empty()) else {
        return Err(Error::invalid_input(broken));
    };
    let config = json::members(json::take(&mut document, "config"));
    let client = Client::new(host, connection, host.now() + u64::from(deadline_ms));
    (operation.run)(&client, &config)
}

fn list_tables(client: &Client<'_>, config: &Map<String, Value>) -> Result<Value> {
    let base = Base::parse(json::text(config, "baseId").unwrap_or_default())
        .map_err(|broken| Error::invalid_input(vec![broken]))?;
    let granted = client.granted_scopes()?;
    let mut tables = Vec::new();
    for table in catalog::TABLES.iter().filter(|table| table.bases.contains(&base.kind())) {
        let may_read = table.read_scopes.iter().all(|scope| scopes::allows(&granted, scope));
        // What the grant may not read keeps the fields that every account has.
        let fields = if may_read { Fields::discover(client, table)? } else { Fields::known(table) };
        tables.push(describe(table, &fields));
    }
    Ok(object! { "tables": tables })
}

/// A table as `calendly.listTables` lists it.
fn describe(table: &Table, fields: &Fields) -> Value {
    let writes = table.verbs().count() > 2;
    object! {
        "id": table.name,
        "name": table.label,
        "description": table.description,
        "verbs": texts(&table.verbs().map(Verb::name).collect::<Vec<_>>()),
        "readScopes": texts(table.read_scopes),
        "writeScopes": texts(if writes { table.write_scopes } else { &[] }),
        "fields": fields.describe(),
    }
}

fn query_records(client: &Client<'_>, config: &Map<String, Value>) -> Result<Value> {
    let place = checked_place(config)?;
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
    };
    records::query(client, &place, &query)
}

fn get_record(client: &Client<'_>, config: &Map<String, Value>) -> Result<Value> {
    let fields = names(config.get("fields"));
    let record =
        records::get(client, &checked_place(config)?, record_id(config), fields.as_deref())?;
    Ok(object! { "record": record })
}

fn create_record(client: &Client<'_>, config: &Map<String, Value>) -> Result<Value> {
    let record = records::create(client, &checked_place(config)?, &fields_given(config))?;
    Ok(object! { "record": record })
}

fn update_record(client: &Client<'_>, config: &Map<String, Value>) -> Result<Value> {
    let place = checked_place(config)?;
    let record = records::update(client, &place, record_id(config), &fields_given(config))?;
    Ok(object! { "record": record })
}

fn delete_record(client: &Client<'_>, config: &Map<String, Value>) -> Result<Value> {
    let reason = json::text(config, "reason");
    records::delete(client, &checked_place(config)?, record_id(config), reason)
}

/// The base and table that a config names, or what is wrong with them.
fn place(config: &Map<String, Value>) -> Result<Option<Place>, Vec<Violation>> {
    let named = |name| json::text(config, name).filter(|text| !text.is_empty());
    let (mut place, mut broken) = (None, Vec::new());
    let base = match named("baseId").map(Base::parse) {
        Some(Err(problem)) => {
            broken.push(problem);
            None
        }
        Some(Ok(base)) => Some(base),
        None => None,
    };
    if let Some(name) = named("tableId") {
        match (base, catalog::table(name)) {
            (_, None) => broken.push(unknown_table(name)),
            (Some(base), Some(table)) => {
                broken.extend(records::check_place(&base, table));
                place = Some(Place { base, table });
            }
            (None, Some(_)) => {}
        }
    }
    if broken.is_empty() { Ok(place) } else { Err(broken) }
}

/// The place of an operation whose config was checked.
fn checked_place(config: &Map<String, Value>) -> Result<Place> {
    let place = place(config).map_err(Error::invalid_input)?;
    place.ok_or_else(|| Error::internal("A checked config names no place."))
}

fn unknown_table(name: &str) -> Violation {
    let names = list(catalog::TABLES.iter().map(|table| table.name));
    let message = format!("There is no table '{name}'; there are {names}");
    violation("/config/tableId", "enum", &message)
}

fn record_id(config: &Map<String, Value>) -> &str {
    json::text(config, "recordId").unwrap_or_default()
}

fn fields_given(config: &Map<String, Value>) -> Map<String, Value> {
    config.get("fields").cloned().map(json::members).unwrap_or_default()
}

fn names(list: Option<&Value>) -> Option<Vec<String>> {
    let items = list?.as_array()?.iter();
    Some(items.filter_map(Value::as_str).map(str::to_owned).collect())
}

const DEFAULT_PAGE_SIZE: f64 = 100.0;
