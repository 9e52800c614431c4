//! `describe`

use super::environment::GlobalOptions;
use super::table::aligned;
use super::terminal::Answer;
use crate::bindings::exports::sovrium::connector::manifest::Manifest;
use crate::error::HostError;

pub(super) async fn run(global: &GlobalOptions) -> Result<Answer, HostError> {
    let host = global.open().await?;
    let text = in_words(&host.manifest().await?);
    Answer::new(host.describe().await?, text)
}

fn in_words(manifest: &Manifest) -> String {
    let Manifest { label, name, version, contract, description, origins, .. } = manifest;
    let tables = manifest
        .tables
        .iter()
        .map(|table| [format!("  {}", table.name), table.verbs.join(", ")])
        .collect();
    let operations = manifest
        .operations
        .iter()
        .map(|operation| [format!("  {}", operation.name), operation.description.clone()])
        .collect();
    let scopes = manifest
        .scopes
        .iter()
        .map(|scope| [format!("  {}", scope.name), scope.description.clone()])
        .collect();
    let limits = manifest
        .limits
        .iter()
        .map(|limit| [format!("  {}", limit.name), format!("{} {}", limit.value, limit.unit)])
        .collect();
    format!(
        "{label} ({name} {version}, contract {contract})\n{description}\n\n\
         Reaches: {}\n\nTables\n{}\n\nOperations\n{}\n\nScopes\n{}\n\nLimits\n{}\n\n\
         With --json: everything, with the schemas.",
        origins.join(", "),
        aligned::<2>(tables),
        aligned::<2>(operations),
        aligned::<2>(scopes),
        aligned::<2>(limits),
    )
}
