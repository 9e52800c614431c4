//! `connection …`

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::add::{AddOptions, SecretOptions};
use super::environment::GlobalOptions;
use super::terminal::{Answer, Terminal};
use super::{connect, table};
use crate::error::{ErrorCode, HostError};
use crate::host::{Host, Revoked};
use crate::printable::on_one_line;

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
    /// Replace the client id or secret of a connection
    UpdateCredentials {
        #[command(flatten)]
        id: Id,
        /// The new client id
        #[arg(long, value_name = "TEXT")]
        client_id: Option<String>,
        #[command(flatten)]
        secret: SecretOptions,
    },
    /// Revoke a connection's tokens and remove it
    Remove(Id),
    /// Let a person allow the connection to act for them
    Connect(connect::Options),
    /// Ask the service who the connection acts for
    Test(Id),
    /// Revoke a connection's tokens; it can be connected again
    Disconnect(Id),
    /// Show the revocations that the service has yet to be told about
    Revocations {
        /// Try them again first
        #[arg(long)]
        retry: bool,
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
            Answer::new(&connections, table::connections(&connections, now))
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
        Command::UpdateCredentials { id: Id { id }, client_id, secret } => {
            update_credentials(&host, id, client_id, secret).await
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
        Command::Revocations { retry } => revocations(&host, retry, now).await,
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
    client_id: Option<String>,
    secret: SecretOptions,
) -> Result<Answer, HostError> {
    let mut changes = Map::new();
    changes.extend(client_id.map(|id| ("clientId".to_owned(), Value::from(id))));
    changes.extend(secret.read()?.map(|it| ("clientSecret".to_owned(), Value::from(it))));
    if changes.is_empty() {
        return Err(HostError::new(
            ErrorCode::InvalidInput,
            "There is nothing to change.",
            "Give --client-id, or --client-secret-stdin, or both.",
        ));
    }
    let connection = host.change_connection(id, &Value::Object(changes).to_string()).await?;
    let text = format!(
        "The credentials of connection {id}, {}, are replaced; it is {}.",
        on_one_line(&connection.name),
        connection.state
    );
    Answer::new(&connection, text)
}

async fn revocations(host: &Host, retry: bool, now: u64) -> Result<Answer, HostError> {
    let tried = if retry { Some(host.retry_revocations().await?) } else { None };
    let queued = host.queued_revocations().await?;
    let mut text = table::revocations(&queued, now);
    if let Some(tried) = &tried {
        text = format!("{} done, {} outstanding.\n{text}", tried.done, tried.outstanding);
    }
    let queued: Vec<_> = queued
        .iter()
        .map(|queued| {
            json!({
                "connection": queued.connection.id,
                "name": queued.connection.name,
                "queuedAt": crate::timestamp::rfc3339(queued.created_at),
                "attempts": queued.attempts,
                "lastError": queued.last_error,
            })
        })
        .collect();
    Answer::new(json!({ "tried": tried, "queued": queued }), text)
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
