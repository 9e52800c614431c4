//! The command line. Every command is a few calls of [`crate::host::Host`] and their answer,
//! written for people or, with `--json`, for programs.

mod add;
mod audit;
mod connect;
mod connection;
mod console;
mod demo;
mod describe;
mod environment;
mod events;
mod input;
mod keys;
mod loopback;
mod run;
mod serve;
mod simulator;
mod sync;
mod table;
mod terminal;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use self::environment::GlobalOptions;
use self::terminal::{Answer, Terminal};
use crate::error::HostError;

/// The environment variable that says what is logged, such as `debug` or `connector=info`.
const LOG_VARIABLE: &str = "SOVRIUM_LOG";

/// Runs connector components: connections, OAuth, operations, and a Calendly to try them with.
#[derive(Parser)]
#[command(name = "sovrium-host", version, about)]
struct Arguments {
    #[command(flatten)]
    global: GlobalOptions,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Play a connection's whole life against the simulator
    Demo,
    /// Run a Calendly on this machine
    Simulator(simulator::Options),
    /// Show what the connector is and can do
    Describe,
    /// Work with connections
    #[command(subcommand)]
    Connection(Box<connection::Command>),
    /// Run an operation with a connection
    Run(run::Options),
    /// Serve the console: connections, data, operations and events in a browser
    Console(console::Options),
    /// Take webhooks, poll, and hand events over to targets
    Serve(serve::Options),
    /// Look at events, and hand them over again
    #[command(subcommand)]
    Events(events::Command),
    /// Keep a table in step with a table of an SQLite file
    Sync(sync::Options),
    /// Work with the keys that secrets are sealed with
    #[command(subcommand)]
    Keys(keys::Command),
    /// Show what a connection sent, and what of it is unusual
    Audit(audit::Options),
}

/// Reads the arguments of the process, does what they say and reports it.
pub async fn main() -> ExitCode {
    // clap reports wrong usage by itself, with status 2.
    let Arguments { global, command } = Arguments::parse();
    log_to_stderr();
    let mut terminal = Terminal::new(global.json);
    match execute(command, &global, &mut terminal).await {
        Ok(answer) => terminal.answer(&answer),
        Err(error) => terminal.error(&error),
    }
}

async fn execute(
    command: Command,
    global: &GlobalOptions,
    terminal: &mut Terminal,
) -> Result<Answer, HostError> {
    match command {
        Command::Demo => demo::run(global, terminal).await,
        Command::Simulator(options) => simulator::run(options, terminal).await,
        Command::Describe => describe::run(global).await,
        Command::Connection(command) => connection::run(*command, global, terminal).await,
        Command::Run(options) => run::run(options, global).await,
        Command::Console(options) => console::run(options, global, terminal).await,
        Command::Serve(options) => serve::run(options, global, terminal).await,
        Command::Events(command) => events::run(command, global).await,
        Command::Sync(options) => sync::run(options, global, terminal).await,
        Command::Keys(command) => keys::run(command, global).await,
        Command::Audit(options) => audit::run(options, global).await,
    }
}

fn log_to_stderr() {
    let filter = EnvFilter::try_from_env(LOG_VARIABLE).unwrap_or_else(|_| EnvFilter::new("error"));
    // Fails when somebody else in the process has set up logging, which is then theirs.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .try_init();
}
