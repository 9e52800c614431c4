//! `serve`

use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::watch;
use url::Url;

use super::environment::GlobalOptions;
use super::terminal::{Answer, Terminal};
use crate::error::{ErrorCode, HostError};
use crate::serve::{Poll, ServeOptions, serve};
use crate::targets::Target;

#[derive(Args)]
pub(super) struct Options {
    /// Where to listen; 127.0.0.1:0 takes a free port. Calendly has to reach it, through a proxy
    /// that ends HTTPS and leaves bodies as they are
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8978")]
    listen: SocketAddr,
    #[command(flatten)]
    events: EventOptions,
}

/// What is done with events.
#[derive(Args)]
pub(super) struct EventOptions {
    /// How old a webhook's signature may be
    #[arg(long, value_name = "TIME", default_value = "3m", value_parser = humantime::parse_duration)]
    tolerance: Duration,
    /// A URL that events are posted to; may be repeated
    #[arg(long, value_name = "URL")]
    target: Vec<Url>,
    /// A program, with its arguments, that gets each event on standard input; may be repeated
    #[arg(long, value_name = "LINE")]
    command: Vec<String>,
    /// The triggers that targets are told of, such as booking.*; may be repeated [default:
    /// booking.* and record.*]
    #[arg(long, value_name = "TRIGGER")]
    on: Vec<String>,
    /// A table to poll: ID:BASE:TABLE, or ID:BASE:TABLE:created,updated,deleted; may be repeated
    #[arg(long, value_name = "ID:BASE:TABLE", value_parser = poll)]
    poll: Vec<Poll>,
    /// How far apart polls are
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = humantime::parse_duration)]
    every: Duration,
}

impl EventOptions {
    /// The same for the server.
    pub(super) fn read(self) -> Result<ServeOptions, HostError> {
        let mut targets = Vec::new();
        for url in self.target {
            targets.push(Target::url(url)?.on(self.on.clone()));
        }
        for line in &self.command {
            targets.extend(Target::command(line).map(|target| target.on(self.on.clone())));
        }
        Ok(ServeOptions {
            tolerance: self.tolerance,
            targets,
            polls: self.poll,
            every: self.every.max(Duration::from_secs(1)),
        })
    }
}

/// Runs until Ctrl-C, or until it is asked to end.
pub(super) async fn run(
    options: Options,
    global: &GlobalOptions,
    terminal: &mut Terminal,
) -> Result<Answer, HostError> {
    let host = global.open().await?;
    let serve_options = options.events.read()?;
    let listener = TcpListener::bind(options.listen).await.map_err(|error| {
        HostError::new(
            ErrorCode::Internal,
            format!("Cannot listen at {}: {error}.", options.listen),
            "Give another address with --listen.",
        )
    })?;
    let address = listener.local_addr().unwrap_or(options.listen);
    let names: Vec<_> =
        serve_options.targets.iter().map(|target| target.name().to_owned()).collect();
    let text = format!(
        "Webhooks are taken at http://{address}/webhooks/ID until Ctrl-C.\nTargets: {}.",
        if names.is_empty() { "none; see events list".to_owned() } else { names.join(", ") },
    );
    terminal.answer(&Answer::new(json!({ "address": address, "targets": names }), text)?);
    let (stop, stopped) = watch::channel(false);
    let serving = serve(listener, host, serve_options, stopped);
    tokio::pin!(serving);
    let served = tokio::select! {
        served = &mut serving => served,
        () = asked_to_end() => {
            let _ = stop.send(true);
            serving.await
        }
    };
    served.map_err(|error| {
        HostError::new(
            ErrorCode::Internal,
            format!("The server failed: {error}."),
            "Start it again; nothing that was answered is lost.",
        )
    })?;
    Ok(Answer::nothing())
}

/// Ctrl-C, or what service managers send.
pub(super) async fn asked_to_end() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

/// A base may have colons in it; an id, a table and the events have none.
fn poll(text: &str) -> Result<Poll, String> {
    let form = "write ID:BASE:TABLE, such as 1:me:contacts, or 1:me:contacts:created,deleted";
    let (id, rest) = text.split_once(':').ok_or(form)?;
    let connection = id.parse().map_err(|_| form)?;
    let known = ["created", "updated", "deleted"];
    let (rest, events) = match rest.rsplit_once(':') {
        Some((before, last)) if last.split(',').all(|event| known.contains(&event)) => {
            (before, last.split(',').collect())
        }
        _ => (rest, vec!["created", "updated"]),
    };
    let (base, table) = rest.rsplit_once(':').ok_or(form)?;
    let request = json!({ "baseId": base, "tableId": table, "events": events });
    Ok(Poll { connection, request })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poll_is_a_connection_a_base_a_table_and_what_to_look_for() {
        let read = |text| poll(text).map(|poll| (poll.connection, poll.request));
        let request = json!({
            "baseId": "me", "tableId": "contacts", "events": ["created", "updated"],
        });
        assert_eq!(read("1:me:contacts"), Ok((1, request)));
        let request = json!({ "baseId": "user:U1", "tableId": "contacts", "events": ["deleted"] });
        assert_eq!(read("12:user:U1:contacts:deleted"), Ok((12, request)));
        for other in ["", "1", "1:me", "x:me:contacts", ":me:contacts"] {
            assert!(read(other).is_err(), "{other}");
        }
    }
}
