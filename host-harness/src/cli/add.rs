//! `connection add` and `connection update-credentials`: where client id and secret come from, or
//! the personal access token that takes their place.

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
    #[arg(long, value_name = "JSON", conflicts_with_all = ["id", "name", "client_id", "secret", "token", "redirect_uri", "scope"])]
    document: Option<String>,
    /// The connection's id, a positive integer that never changes
    #[arg(long, value_name = "N", required_unless_present = "document")]
    id: Option<String>,
    /// The connection's name
    #[arg(long, value_name = "TEXT", required_unless_present = "document")]
    name: Option<String>,
    /// The OAuth client id
    #[arg(long, value_name = "TEXT", required_unless_present_any = ["document", "token"])]
    client_id: Option<String>,
    #[command(flatten)]
    secret: SecretOptions,
    #[command(flatten)]
    token: TokenOptions,
    #[command(flatten)]
    signing_key: SigningKeyOptions,
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
    /// Read the client secret from standard input; a terminal does not show it
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

/// Where a personal access token comes from.
#[derive(Args, Debug)]
#[group(id = "token", multiple = false)]
pub(super) struct TokenOptions {
    /// Read a personal access token, instead of client id and secret, from standard input; a
    /// terminal does not show it
    #[arg(long)]
    personal_access_token_stdin: bool,
    /// Read a personal access token, instead of client id and secret, from this environment
    /// variable
    #[arg(long, value_name = "VARIABLE")]
    personal_access_token_env: Option<String>,
    /// Read a personal access token, instead of client id and secret, from this file
    #[arg(long, value_name = "PATH")]
    personal_access_token_file: Option<PathBuf>,
}

/// Where the key comes from that webhooks are signed with.
#[derive(Args, Debug)]
#[group(id = "signing_key", multiple = false)]
pub(super) struct SigningKeyOptions {
    /// Read the key that webhooks are signed with from standard input; a terminal does not show it
    #[arg(long)]
    webhook_signing_key_stdin: bool,
    /// Read the key that webhooks are signed with from this environment variable
    #[arg(long, value_name = "VARIABLE")]
    webhook_signing_key_env: Option<String>,
    /// Read the key that webhooks are signed with from this file
    #[arg(long, value_name = "PATH")]
    webhook_signing_key_file: Option<PathBuf>,
}

impl SigningKeyOptions {
    /// The key, if one was given.
    pub(super) fn read(self) -> Result<Option<String>, HostError> {
        read(
            "Webhook signing key",
            self.webhook_signing_key_stdin,
            self.webhook_signing_key_env,
            self.webhook_signing_key_file,
        )
    }
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
        document.extend(self.token.read()?.map(|it| ("personalAccessToken".to_owned(), it.into())));
        let signing_key = self.signing_key.read()?;
        document.extend(signing_key.map(|it| ("webhookSigningKey".to_owned(), it.into())));
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
        match self.client_secret {
            Some(argument) => Ok(Some(input::without_line_end(input::text(&argument)?))),
            None => read(
                "Client secret",
                self.client_secret_stdin,
                self.client_secret_env,
                self.client_secret_file,
            ),
        }
    }
}

impl TokenOptions {
    /// The token, if one was given.
    pub(super) fn read(self) -> Result<Option<String>, HostError> {
        read(
            "Personal access token",
            self.personal_access_token_stdin,
            self.personal_access_token_env,
            self.personal_access_token_file,
        )
    }
}

/// The changes that replace credentials. Client id and secret take the place of a personal access
/// token, and the other way round.
pub(super) fn changes(
    client_id: Option<String>,
    secret: SecretOptions,
    token: TokenOptions,
) -> Result<Map<String, Value>, HostError> {
    let (secret, token) = (secret.read()?, token.read()?);
    let by_client = client_id.is_some() || secret.is_some();
    let mut changes = Map::new();
    let mut replace = |name: &str, value: Option<String>, other_way: bool| {
        let value = value.map(Value::from).or_else(|| other_way.then_some(Value::Null));
        changes.extend(value.map(|value| (name.to_owned(), value)));
    };
    replace("clientId", client_id, token.is_some());
    replace("clientSecret", secret, token.is_some());
    replace("personalAccessToken", token, by_client);
    Ok(changes)
}

/// The secret from the one place that was given, if any was.
fn read(
    what: &str,
    stdin: bool,
    variable: Option<String>,
    file: Option<PathBuf>,
) -> Result<Option<String>, HostError> {
    let secret = if stdin {
        input::secret(what)?
    } else if let Some(variable) = variable {
        std::env::var(&variable).map_err(|_| {
            HostError::new(
                ErrorCode::InvalidInput,
                format!("The environment variable {variable} is not set."),
                format!("Set it to the {}, then try again.", what.to_lowercase()),
            )
        })?
    } else if let Some(path) = file {
        fs::read_to_string(&path).map_err(|error| {
            input::unreadable(&format!("Cannot read {}: {error}.", path.display()))
        })?
    } else {
        return Ok(None);
    };
    Ok(Some(input::without_line_end(secret)))
}

/// What is no number stays text, for the connector to refuse in its own words.
fn number_or_text(text: String) -> Value {
    match serde_json::from_str(&text) {
        Ok(Value::Number(number)) => Value::Number(number),
        _ => Value::String(text),
    }
}
