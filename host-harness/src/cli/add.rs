//! `connection add` and `connection update-credentials`: where client id and secret come from.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use serde_json::{Map, Value};

use super::input;
use crate::error::{ErrorCode, HostError};

/// `connection add`
#[derive(Args, Debug)]
pub(super) struct AddOptions {
    /// The connection's document instead of the options: JSON, @FILE, or - for standard input
    #[arg(long, value_name = "JSON", conflicts_with_all = ["id", "name", "client_id", "secret", "redirect_uri", "scope"])]
    document: Option<String>,
    /// The connection's id, a positive integer that never changes
    #[arg(long, value_name = "N", required_unless_present = "document")]
    id: Option<String>,
    /// The connection's name
    #[arg(long, value_name = "TEXT", required_unless_present = "document")]
    name: Option<String>,
    /// The OAuth client id
    #[arg(long, value_name = "TEXT", required_unless_present = "document")]
    client_id: Option<String>,
    #[command(flatten)]
    secret: SecretOptions,
    /// Where the browser comes back to: HTTPS, or HTTP on localhost
    #[arg(long, value_name = "URI")]
    redirect_uri: Option<String>,
    /// A scope to ask for; may be repeated
    #[arg(long, value_name = "SCOPE")]
    scope: Vec<String>,
}

/// Where the client secret comes from.
#[derive(Args, Debug)]
#[group(id = "secret", multiple = false)]
pub(super) struct SecretOptions {
    /// Read the client secret from standard input
    #[arg(long)]
    client_secret_stdin: bool,
    /// Read the client secret from this environment variable
    #[arg(long, value_name = "VARIABLE")]
    client_secret_env: Option<String>,
    /// Read the client secret from this file
    #[arg(long, value_name = "PATH")]
    client_secret_file: Option<PathBuf>,
    /// The client secret itself, or @FILE. Other users of this machine can see a secret that is
    /// given this way; prefer the other three
    #[arg(long, value_name = "TEXT", hide_short_help = true)]
    client_secret: Option<String>,
}

impl AddOptions {
    /// The document that the options make up, for a connection of this type.
    pub(super) fn document(self, connection_type: &str) -> Result<String, HostError> {
        if let Some(document) = &self.document {
            return input::text(document);
        }
        let mut document = Map::new();
        document.insert("type".to_owned(), connection_type.into());
        if let Some(id) = self.id {
            document.insert("id".to_owned(), number_or_text(id));
        }
        document.extend(self.name.map(|name| ("name".to_owned(), name.into())));
        document.extend(self.client_id.map(|id| ("clientId".to_owned(), id.into())));
        document.extend(self.secret.read()?.map(|it| ("clientSecret".to_owned(), it.into())));
        document.extend(self.redirect_uri.map(|uri| ("redirectUri".to_owned(), uri.into())));
        if !self.scope.is_empty() {
            document.insert("scopes".to_owned(), self.scope.into());
        }
        Ok(Value::Object(document).to_string())
    }
}

impl SecretOptions {
    /// The secret, if one was given.
    pub(super) fn read(self) -> Result<Option<String>, HostError> {
        let secret = if self.client_secret_stdin {
            input::standard_input()?
        } else if let Some(variable) = self.client_secret_env {
            std::env::var(&variable).map_err(|_| {
                HostError::new(
                    ErrorCode::InvalidInput,
                    format!("The environment variable {variable} is not set."),
                    "Set it to the client secret, then try again.",
                )
            })?
        } else if let Some(path) = self.client_secret_file {
            fs::read_to_string(&path).map_err(|error| {
                input::unreadable(&format!("Cannot read {}: {error}.", path.display()))
            })?
        } else if let Some(argument) = self.client_secret {
            input::text(&argument)?
        } else {
            return Ok(None);
        };
        Ok(Some(input::without_line_end(secret)))
    }
}

/// What is no number stays text, for the connector to refuse in its own words.
fn number_or_text(text: String) -> Value {
    match serde_json::from_str(&text) {
        Ok(Value::Number(number)) => Value::Number(number),
        _ => Value::String(text),
    }
}
