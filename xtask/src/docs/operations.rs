//! The operations: what they take and what they answer.

use anyhow::{Context, Result};
use calendly_connector::contract::manifest::{Manifest, Operation};
use serde_json::Value;

use super::{cell, schema};

/// All operations, an overview first.
pub(crate) fn all(manifest: &Manifest) -> Result<String> {
    let mut text = String::from(
        "## Operations\n\n\
         `{\"action\": <name>, \"connection\": <id>, \"config\": <input>}` runs one. Operations that \
         change something take `dryRun: true`: everything is checked, and the request that would \
         be sent is the answer.\n\n\
         | operation | what it does | changes something |\n|---|---|---|\n",
    );
    for operation in &manifest.operations {
        let Operation { name, description, writes, .. } = operation;
        let writes = if *writes { "yes" } else { "" };
        let anchor = name.replace('.', "").to_lowercase();
        text.push_str(&format!("| [`{name}`](#{anchor}) | {} | {writes} |\n", cell(description)));
    }
    for operation in &manifest.operations {
        text.push_str(&one(operation)?);
    }
    Ok(text)
}

fn one(operation: &Operation) -> Result<String> {
    let Operation { name, description, .. } = operation;
    let input = table(&operation.input_schema, "Input", "required").context("an input schema")?;
    let output = table(&operation.output_schema, "Answer", "always").context("an output schema")?;
    Ok(format!("\n### {name}\n\n{description}\n\n{input}{output}"))
}

fn table(schema: &str, title: &str, must: &str) -> Result<String> {
    let schema: Value = serde_json::from_str(schema)?;
    let rows = schema::rows(&schema);
    if rows.is_empty() {
        return Ok(format!("{title}: nothing.\n\n"));
    }
    Ok(format!("| {title} | type | {must} | meaning |\n|---|---|---|---|\n{}\n\n", rows.join("\n")))
}
