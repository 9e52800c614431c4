//! What the connector is and can do, as JSON.

use serde_json::{Value, json};

use super::view::json as parse;
use super::{Host, LOCAL_DEADLINE};
use crate::bindings::exports::sovrium::connector::manifest::{
    Limit, Manifest, Oauth2, Operation, Scope, Table, TableInBase, Trigger,
};
use crate::error::HostError;

impl Host {
    /// The connector's manifest.
    pub async fn manifest(&self) -> Result<Manifest, HostError> {
        Ok(self.0.component.describe(self.context(None, LOCAL_DEADLINE)).await?)
    }

    /// The connector's manifest as a JSON document, with its schemas in place.
    pub async fn describe(&self) -> Result<Value, HostError> {
        let manifest = self.manifest().await?;
        Ok(json!({
            "name": manifest.name,
            "label": manifest.label,
            "description": manifest.description,
            "version": manifest.version,
            "contract": manifest.contract,
            "connectionSchema": parse("a connection schema", &manifest.connection_schema)?,
            "oauth2": oauth2(&manifest.oauth2),
            "scopes": manifest.scopes.iter().map(scope).collect::<Vec<_>>(),
            "tables": manifest.tables.iter().map(table).collect::<Result<Vec<_>, _>>()?,
            "operations":
                manifest.operations.iter().map(operation).collect::<Result<Vec<_>, _>>()?,
            "triggers": manifest.triggers.iter().map(trigger).collect::<Vec<_>>(),
            "pollSchema": parse("a poll schema", &manifest.poll_schema)?,
            "limits": manifest.limits.iter().map(limit).collect::<Vec<_>>(),
            "origins": manifest.origins,
        }))
    }
}

fn oauth2(oauth2: &Oauth2) -> Value {
    json!({
        "authorizeUrl": oauth2.authorize_url,
        "tokenUrl": oauth2.token_url,
        "revokeUrl": oauth2.revoke_url,
        "pkce": oauth2.pkce,
        "clientAuthentication": oauth2.client_authentication,
    })
}

fn scope(scope: &Scope) -> Value {
    json!({
        "name": scope.name,
        "description": scope.description,
        "expandsTo": scope.expands_to,
    })
}

fn table(table: &Table) -> Result<Value, HostError> {
    Ok(json!({
        "name": table.name,
        "label": table.label,
        "description": table.description,
        "verbs": table.verbs,
        "bases": table.bases.iter().map(base).collect::<Vec<_>>(),
        "plan": table.plan,
        "wayOut": table.way_out,
        "fields": parse("a table's fields", &table.fields)?,
        "readScopes": table.read_scopes,
        "writeScopes": table.write_scopes,
    }))
}

fn base(base: &TableInBase) -> Value {
    json!({
        "kind": base.kind,
        "verbs": base.verbs,
        "role": base.role,
        "writeRole": base.write_role,
    })
}

fn operation(operation: &Operation) -> Result<Value, HostError> {
    Ok(json!({
        "name": operation.name,
        "label": operation.label,
        "description": operation.description,
        "writes": operation.writes,
        "inputSchema": parse("an input schema", &operation.input_schema)?,
        "outputSchema": parse("an output schema", &operation.output_schema)?,
    }))
}

fn trigger(trigger: &Trigger) -> Value {
    json!({
        "name": trigger.name,
        "label": trigger.label,
        "description": trigger.description,
        "aliases": trigger.aliases,
        "tables": trigger.tables,
        "webhookEvents": trigger.webhook_events,
        "webhookBases": trigger.webhook_bases,
        "readScopes": trigger.read_scopes,
        "polled": trigger.polled,
    })
}

fn limit(limit: &Limit) -> Value {
    json!({ "name": limit.name, "value": limit.value, "unit": limit.unit })
}
