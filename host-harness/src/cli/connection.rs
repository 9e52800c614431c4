//! `connection …`

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::add::{self, AddOptions, SecretOptions, SigningKeyOptions, TokenOptions};
use super::environment::GlobalOptions;
use super::terminal::{Answer, Terminal};
use super::{connect, input, table};
use crate::error::{ErrorCode, HostError};
use crate::host::{Host, Revoked};
use crate::printable::on_one_line;
use crate::timestamp::rfc3339;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Create a connection
    Add(AddOptions),
    /// List the connections with their states
    List,
    /// Show a connection
    Show(Id),
    /// Give a connection another name; its credentials and tokens stay
    Rename {
        #[command(flatten)]
        id: Id,
        /// The new name
        name: String,
    },
    /// Replace the client id or secret of a connection, or its personal access token, or the one
    /// way to connect by the other
    UpdateCredentials {
        #[command(flatten)]
        id: Id,
        /// The new client id
        #[arg(long, value_name = "TEXT")]
        client_id: Option<String>,
        #[command(flatten)]
        secret: SecretOptions,
        #[command(flatten)]
        token: TokenOptions,
    },
    /// Give a connection the key that its webhooks are signed with; the one before goes on being
    /// taken until it is dropped
    SigningKey {
        #[command(flatten)]
        id: Id,
        #[command(flatten)]
        key: SigningKeyOptions,
        /// Take the previous key no more
        #[arg(long)]
        drop_previous: bool,
    },
    /// Revoke a connection's tokens and remove it
    Remove(Id),
    /// Let a person allow the connection to act for them
    Connect(connect::Options),
    /// Ask the service who the connection acts for
    Test(Id),
    /// Revoke a connection's tokens; it can be connected again
    Disconnect(Id),
    /// Replace a connection's tokens and revoke the access token before: a security event
    Rotate(Id),
    /// Take over what the platform sealed for a connection, its key being in
    /// SOVRIUM_PLATFORM_ENCRYPTION_KEY
    ImportV1 {
        #[command(flatten)]
        id: Id,
        /// {"clientSecret": "v1:…", "accessToken": "v1:…", "refreshToken": "v1:…", "scope": "…"}:
        /// JSON, @FILE, or - for standard input
        #[arg(long, value_name = "JSON")]
        row: String,
    },
    /// Show the revocations that the service has yet to be told about
    Revocations {
        /// Try all of them again first, also those that were given up
        #[arg(long)]
        retry: bool,
        /// Forget those that are given up
        #[arg(long)]
        forget: bool,
    },
}

#[derive(Args)]
pub(super) struct Id {
    /// The connection's id
    #[arg(value_name = "ID")]
    pub(super) id: u64,
}

pub(super) async fn run(
    command: Command,
    global: &GlobalOptions,
    terminal: &mut Terminal,
) -> Result<Answer, HostError> {
    let host = global.open().await?;
    let now = host.clock().now_ms();
    match command {
        Command::Add(options) => add(&host, options).await,
        Command::List => {
            let connections = host.connections().await?;
            let mut text = table::connections(&connections, now);
            let queued = host.queued_revocations().await?;
            if !queued.is_empty() {
                text.push_str("\n\nTokens that the service has yet to be told to revoke:\n");
                text.push_str(&table::revocations(&queued, now));
            }
            Answer::new(&connections, text)
        }
        Command::Show(Id { id }) => {
            let connection = host.connection(id).await?;
            Answer::new(&connection, table::connection(&connection, now))
        }
        Command::Rename { id: Id { id }, name } => {
            let connection = host.rename_connection(id, &name).await?;
            let text = format!("Connection {id} is now called {}.", on_one_line(&connection.name));
            Answer::new(&connection, text)
        }
        Command::UpdateCredentials { id: Id { id }, client_id, secret, token } => {
            update_credentials(&host, id, add::changes(client_id, secret, token)?).await
        }
        Command::SigningKey { id: Id { id }, key, drop_previous } => {
            signing_key(&host, id, key.read()?, drop_previous).await
        }
        Command::Remove(Id { id }) => {
            let removed = host.remove_connection(id).await?;
            let told = told(&removed.tokens);
            let name = on_one_line(&removed.name);
            let text = format!("Connection {id}, {name}, is removed. {told}");
            Answer::new(&removed, text)
        }
        Command::Connect(options) => {
            connect::run(&host, &global.origin_map()?, options, terminal).await
        }
        Command::Test(Id { id }) => {
            let account = host.test(id).await?;
            Answer::new(&account, table::account(&account))
        }
        Command::Disconnect(Id { id }) => {
            let ended = host.disconnect(id).await?;
            let (name, told) = (on_one_line(&ended.connection.name), told(&ended.tokens));
            let text = format!("Connection {id}, {name}, is disconnected. {told}");
            Answer::new(&ended, text)
        }
        Command::Rotate(Id { id }) => {
            let rotated = host.rotate_connection(id).await?;
            let name = on_one_line(&rotated.connection.name);
            let old = old_token(&rotated.tokens);
            let text = format!("Connection {id}, {name}, has new tokens, and they work. {old}");
            Answer::new(&rotated, text)
        }
        Command::ImportV1 { id: Id { id }, row } => {
            let view = host.import_platform_row(id, &input::text(&row)?).await?;
            let name = on_one_line(&view.name);
            let text = format!(
                "Connection {id}, {name}, has what the platform sealed; it is {}.",
                view.state
            );
            Answer::new(&view, text)
        }
        Command::Revocations { retry, forget } => revocations(&host, retry, forget, now).await,
    }
}

async fn add(host: &Host, options: AddOptions) -> Result<Answer, HostError> {
    let document = options.document(&host.manifest().await?.name)?;
    let connection = host.create_connection(&document).await?;
    let text = format!(
        "Connection {id}, {}, is {}.\nNext: sovrium-host connection connect {id}",
        on_one_line(&connection.name),
        connection.state,
        id = connection.id,
    );
    Answer::new(&connection, text)
}

async fn update_credentials(
    host: &Host,
    id: u64,
    changes: Map<String, Value>,
) -> Result<Answer, HostError> {
    if changes.is_empty() {
        return Err(HostError::new(
            ErrorCode::InvalidInput,
            "There is nothing to change.",
            "Give --client-id, or --client-secret-stdin, or both; or --personal-access-token-stdin.",
        ));
    }
    let had_token = host.connection(id).await?.configuration.get("personalAccessToken").is_some();
    let connection = host.change_connection(id, &Value::Object(changes).to_string()).await?;
    let mut text = format!(
        "The credentials of connection {id}, {}, are replaced; it is {}.",
        on_one_line(&connection.name),
        connection.state
    );
    if had_token {
        text.push_str(" The personal access token before works on: delete it where it was made.");
    }
    Answer::new(&connection, text)
}

async fn signing_key(
    host: &Host,
    id: u64,
    key: Option<String>,
    drop_previous: bool,
) -> Result<Answer, HostError> {
    if key.is_none() && !drop_previous {
        return Err(HostError::new(
            ErrorCode::InvalidInput,
            "There is nothing to change.",
            "Give --webhook-signing-key-stdin, or --drop-previous.",
        ));
    }
    let mut changes = Map::new();
    changes.extend(key.map(|key| ("webhookSigningKey".to_owned(), key.into())));
    if drop_previous {
        changes.insert("previousWebhookSigningKey".to_owned(), Value::Null);
    }
    let connection = host.change_connection(id, &Value::Object(changes).to_string()).await?;
    let has = |name: &str| connection.configuration.get(name).is_some();
    let text = format!(
        "Connection {id}, {}, {} a webhook signing key{}.",
        on_one_line(&connection.name),
        if has("webhookSigningKey") { "has" } else { "has not" },
        if has("previousWebhookSigningKey") { ", and takes the previous one too" } else { "" },
    );
    Answer::new(&connection, text)
}

async fn revocations(
    host: &Host,
    retry: bool,
    forget: bool,
    now: u64,
) -> Result<Answer, HostError> {
    let tried = if retry { Some(host.retry_revocations().await?) } else { None };
    let forgotten = if forget { Some(host.forget_given_up_revocations().await?) } else { None };
    let queued = host.queued_revocations().await?;
    let mut text = table::revocations(&queued, now);
    if let Some(tried) = &tried {
        text = format!("{} done, {} outstanding.\n{text}", tried.done, tried.outstanding);
    }
    if let Some(forgotten) = forgotten {
        text = format!("{forgotten} forgotten.\n{text}");
    }
    let queued: Vec<_> = queued
        .iter()
        .map(|queued| {
            json!({
                "connection": queued.connection.id,
                "name": queued.connection.name,
                "queuedAt": rfc3339(queued.created_at),
                "attempts": queued.attempts,
                "lastError": queued.last_error,
                "nextAttemptAt": queued.given_up_at.is_none().then(|| rfc3339(queued.next_attempt_at)),
                "givenUpAt": queued.given_up_at.map(rfc3339),
            })
        })
        .collect();
    Answer::new(json!({ "tried": tried, "forgotten": forgotten, "queued": queued }), text)
}

/// What became of the access token that a rotation replaced.
fn old_token(tokens: &Revoked) -> String {
    match &tokens.reason {
        None => "The access token before is revoked.".to_owned(),
        Some(error) => format!(
            "The access token before is not revoked yet ({}); it is tried again with later \
             commands.",
            on_one_line(&error.message)
        ),
    }
}

/// What the service knows of a revocation, in a sentence or two.
fn told(tokens: &Revoked) -> String {
    match (&tokens.reason, tokens.queued, tokens.revoked) {
        (_, true, _) => {
            let why = tokens
                .reason
                .as_ref()
                .map_or("no reason was given".into(), |it| on_one_line(&it.message));
            format!(
                "Its tokens are not revoked yet ({why}); `sovrium-host connection revocations \
                 --retry` tries again."
            )
        }
        (Some(error), false, _) if error.code == ErrorCode::Unsupported => {
            format!("{} {}", on_one_line(&error.message), on_one_line(&error.next_step))
        }
        (Some(error), false, _) => format!(
            "Its tokens could not be revoked ({}); withdraw the app's access in the account's \
             settings at the service.",
            on_one_line(&error.message)
        ),
        (None, false, 0) => "It had no tokens to revoke.".to_owned(),
        (None, false, 1) => "Its token is revoked.".to_owned(),
        (None, false, count) => format!("Its {count} tokens are revoked."),
    }
}
