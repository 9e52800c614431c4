//! What there is: bases and tables.

use serde_json::{Map, Value};

use super::{Access, Operation, input, shapes};
use crate::api::Client;
use crate::catalog::{self, BaseKind, Table, Verb};
use crate::error::Result;
use crate::json::{self, object, texts};
use crate::oauth::scopes;
use crate::records::{self, Fields};

pub(super) const LIST_BASES: Operation = Operation {
    name: "calendly.listBases",
    label: "List bases",
    description: "Lists the users, organizations and groups whose records can be read.",
    input: &shapes::NOTHING,
    output: &shapes::BASES,
    access: Access::Bases,
    run: |client, _| records::list_bases(client),
};

pub(super) const LIST_TABLES: Operation = Operation {
    name: "calendly.listTables",
    label: "List tables",
    description: "Lists all tables: what can be done with each in this base and elsewhere, with \
                  which role, plan and scopes, and its fields.",
    input: &shapes::BASE,
    output: &shapes::TABLES,
    access: Access::Schema,
    run: list_tables,
};

fn list_tables(client: &Client<'_>, config: &Map<String, Value>) -> Result<Value> {
    let base = input::checked_base(config)?;
    let granted = client.granted_scopes()?;
    let mut tables = Vec::new();
    for table in catalog::TABLES {
        let may_read = table.read_scopes.iter().all(|scope| scopes::allows(&granted, scope));
        // What the grant may not read keeps the fields that every account has.
        let fields = if may_read { Fields::discover(client, table)? } else { Fields::known(table) };
        tables.push(describe(table, base.kind(), &fields));
    }
    Ok(object! { "tables": Value::Array(tables) })
}

fn describe(table: &Table, kind: BaseKind, fields: &Fields) -> Value {
    let mut bases = object! {};
    for kind in BaseKind::ALL {
        json::put(&mut bases, kind.name(), texts(&table.verbs_in(kind).names()));
    }
    let (mut role, mut write_role) = (Value::Null, Value::Null);
    if let Some(base) = table.bases.iter().find(|base| base.kind == kind) {
        role = base.role.name().into();
        let writes = [Verb::Create, Verb::Update, Verb::Delete];
        if writes.into_iter().any(|verb| base.verbs.has(verb)) {
            write_role = base.write_role.name().into();
        }
    }
    object! {
        "id": table.name,
        "name": table.label,
        "description": table.description,
        "verbs": texts(&table.verbs_in(kind).names()),
        "bases": bases,
        "role": role,
        "writeRole": write_role,
        "plan": table.plan.name(),
        "readScopes": texts(table.read_scopes),
        "writeScopes": texts(table.write_scopes),
        "wayOut": table.way_out,
        "fields": Value::Array(fields.describe()),
    }
}
