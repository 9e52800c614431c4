//! `keys …`

use clap::Subcommand;
use serde_json::json;

use super::environment::GlobalOptions;
use super::table::aligned;
use super::terminal::Answer;
use crate::error::{ErrorCode, HostError};
use crate::host::{KeyView, KeysRotated};

#[derive(Subcommand)]
pub(super) enum Command {
    /// List the keys with what each one seals
    List,
    /// Seal every secret with a new key, or go on where an earlier rotation ended
    Rotate {
        /// Make a new key even if an earlier rotation left secrets behind
        #[arg(long)]
        new_key: bool,
    },
    /// End a key that nothing needs any more
    Retire {
        /// The key's id
        #[arg(value_name = "ID")]
        id: String,
    },
}

pub(super) async fn run(command: Command, global: &GlobalOptions) -> Result<Answer, HostError> {
    let host = global.open().await?;
    match command {
        Command::List => {
            let keys = host.keys().await?;
            Answer::new(&keys, table(&keys))
        }
        Command::Rotate { new_key } => rotated(&host.rotate_keys(new_key).await?),
        Command::Retire { id } => {
            let left_to_do = host.after_retiring(&id);
            host.retire_key(&id).await?;
            let next = left_to_do.as_deref().unwrap_or("It is gone from the key file.");
            Answer::new(json!({ "retired": id, "next": left_to_do }), format!("{id}: {next}"))
        }
    }
}

fn rotated(done: &KeysRotated) -> Result<Answer, HostError> {
    let key = if done.made { "the new key" } else { "the key" };
    let sentence = format!("{} secrets are now sealed with {key} {}.", done.resealed, done.active);
    if done.failed.is_empty() {
        return Answer::new(done, sentence);
    }
    let message = format!("{sentence} {} could not be.", done.failed.len());
    let next = "See the detail; enter those secrets again, or give their key back, then do this \
                again.";
    let detail = serde_json::to_value(done).unwrap_or_default();
    Err(HostError { detail: Some(detail), ..HostError::new(ErrorCode::Vault, message, next) })
}

fn table(keys: &[KeyView]) -> String {
    let header = [
        "KEY",
        "ROLE",
        "CLIENT SECRETS",
        "PERSONAL TOKENS",
        "SIGNING KEYS",
        "GRANTS",
        "PENDING AUTHORIZATIONS",
        "REVOCATIONS",
    ];
    let rows = keys.iter().map(|key| {
        [
            key.id.clone(),
            key.role.to_owned(),
            key.seals.client_secrets.to_string(),
            key.seals.personal_access_tokens.to_string(),
            key.seals.webhook_signing_keys.to_string(),
            key.seals.grants.to_string(),
            key.seals.pending_authorizations.to_string(),
            key.seals.revocations.to_string(),
        ]
    });
    aligned(std::iter::once(header.map(str::to_owned)).chain(rows).collect())
}
