//! The manifest: what the connector is and can do.

use serde_json::Value;

use crate::api::API_ORIGIN;
use crate::catalog::{self, InBase, Verb};
use crate::changes;
use crate::connection;
use crate::contract::manifest::{Limit, Manifest, Oauth2, Operation, Table, TableInBase};
use crate::json;
use crate::oauth::{AUTHORIZE_URL, REVOKE_URL, TOKEN_URL, scopes};
use crate::operations;
use crate::records::{Fields, READ_LIMIT};
use crate::text::owned;
use crate::webhooks;

/// Describes the connector.
#[must_use]
pub fn describe() -> Manifest {
    Manifest {
        name: "calendly".to_owned(),
        label: "Calendly".to_owned(),
        description: env!("CARGO_PKG_DESCRIPTION").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        contract: "sovrium:connector@0.1.0".to_owned(),
        connection_schema: json::write(&connection::json_schema()),
        oauth2: Oauth2 {
            authorize_url: AUTHORIZE_URL.to_owned(),
            token_url: TOKEN_URL.to_owned(),
            revoke_url: REVOKE_URL.to_owned(),
            pkce: "S256".to_owned(),
            client_authentication: "client_secret_basic".to_owned(),
        },
        scopes: scopes::described(),
        tables: catalog::TABLES.iter().map(|table| describe_table(table)).collect(),
        operations: operations::OPERATIONS.iter().map(describe_operation).collect(),
        triggers: webhooks::triggers(),
        poll_schema: json::write(&changes::REQUEST.schema_document("Poll")),
        limits: LIMITS.iter().map(describe_limit).collect(),
        origins: vec![API_ORIGIN.to_owned(), "https://auth.calendly.com".to_owned()],
    }
}

fn describe_table(table: &'static catalog::Table) -> Table {
    let mut verbs = Vec::new();
    for verb in Verb::ALL {
        if table.offers(verb) {
            verbs.push(verb.name());
        }
    }
    Table {
        name: table.name.to_owned(),
        label: table.label.to_owned(),
        description: table.description.to_owned(),
        verbs: owned(&verbs),
        bases: table.bases.iter().map(describe_base).collect(),
        plan: table.plan.name().to_owned(),
        way_out: table.way_out.to_owned(),
        fields: json::write(&Value::Array(Fields::known(table).describe())),
        read_scopes: owned(table.read_scopes),
        write_scopes: owned(table.write_scopes),
    }
}

fn describe_base(base: &InBase) -> TableInBase {
    TableInBase {
        kind: base.kind.name().to_owned(),
        verbs: owned(&base.verbs.names()),
        role: base.role.name().to_owned(),
        write_role: base.write_role.name().to_owned(),
    }
}

fn describe_operation(operation: &operations::Operation) -> Operation {
    Operation {
        name: operation.name.to_owned(),
        label: operation.label.to_owned(),
        description: operation.description.to_owned(),
        writes: operation.writes(),
        input_schema: json::write(&operation.input.schema_document(operation.label)),
        output_schema: json::write(&operation.output.schema_document(operation.label)),
    }
}

fn describe_limit(limit: &(&str, u64, &str)) -> Limit {
    let (name, value, unit) = *limit;
    Limit { name: name.to_owned(), value, unit: unit.to_owned() }
}

const LIMITS: &[(&str, u64, &str)] = &[
    ("requests per connection, the connector's own ceiling", 5, "requests per second"),
    ("requests per user on paid plans", 500, "requests per minute"),
    ("requests per user on the Free plan", 50, "requests per minute"),
    ("token requests per user", 8, "requests per minute"),
    ("bookings per user on paid plans", 10, "bookings per minute"),
    ("resources read in one call", READ_LIMIT as u64, "resources"),
];
