//! `sync`

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use tokio::time::sleep;

use super::environment::GlobalOptions;
use super::terminal::{Answer, Terminal};
use crate::error::{HostError, Retry};
use crate::host::Host;
use crate::table_copy::{Pulled, Pushed, Source, TableCopy};

#[derive(Args)]
pub(super) struct Options {
    /// The connection's id
    id: u64,
    /// The base, such as me or organization
    base: String,
    /// The table, such as contacts
    table: String,
    /// The SQLite file, which is made when it is not there
    #[arg(long, value_name = "FILE")]
    into: PathBuf,
    /// Push what was changed in the file first
    #[arg(long)]
    push: bool,
    /// Go on until Ctrl-C
    #[arg(long)]
    watch: bool,
    /// How long to wait between two rounds
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = humantime::parse_duration)]
    every: Duration,
}

pub(super) async fn run(
    options: Options,
    global: &GlobalOptions,
    terminal: &mut Terminal,
) -> Result<Answer, HostError> {
    let host = global.open().await?;
    let source =
        Source { connection: options.id, base: options.base.clone(), table: options.table.clone() };
    let mut copy = host.open_copy(&options.into, source).await?;
    let mut all = (Pulled::default(), Pushed::default());
    loop {
        let round = Round { host: &host, options: &options };
        let (pulled, pushed, stopped) = match round.run(&mut copy, terminal).await {
            Ok(round) => round,
            Err(error) if options.watch && error.retry != Retry::Never => {
                terminal.error(&error);
                (Pulled::default(), Pushed::default(), false)
            }
            Err(error) => return Err(error),
        };
        all = (all.0.and(pulled), all.1.and(pushed));
        if stopped || !options.watch || waited_until_stopped(options.every).await {
            let count = copy.count()?;
            return Answer::new(
                json!({ "records": count, "pulled": all.0, "pushed": all.1, "complete": !stopped }),
                words(&options, all.0, all.1, count, stopped),
            );
        }
    }
}

/// Once in both directions.
struct Round<'r> {
    host: &'r Host,
    options: &'r Options,
}

impl Round<'_> {
    /// What was done, and whether Ctrl-C ended it early. What is begun is completed first: a page
    /// is one transaction.
    async fn run(
        &self,
        copy: &mut TableCopy,
        terminal: &mut Terminal,
    ) -> Result<(Pulled, Pushed, bool), HostError> {
        let stop = tokio::signal::ctrl_c();
        tokio::pin!(stop);
        let progress = Progress::new(&self.options.table);
        let (mut pulled, mut pushed) = (Pulled::default(), Pushed::default());
        let mut pushes = self.options.push;
        loop {
            let more = if pushes {
                let (batch, more) = self.host.push_batch(copy).await?;
                pushed = pushed.and(batch);
                pushes = more;
                true
            } else {
                let (page, more) = self.host.pull_page(copy).await?;
                pulled = pulled.and(page);
                more
            };
            progress.show(pulled, pushed, terminal);
            if !more {
                progress.end();
                return Ok((pulled, pushed, false));
            }
            if is_ready(stop.as_mut()).await {
                progress.end();
                return Ok((pulled, pushed, true));
            }
        }
    }
}

/// Whether it is so by now, without waiting for it.
async fn is_ready(future: impl Future) -> bool {
    tokio::select! {
        biased;
        _ = future => true,
        () = std::future::ready(()) => false,
    }
}

/// Waits, and says whether Ctrl-C came first.
async fn waited_until_stopped(pause: Duration) -> bool {
    tokio::select! {
        _ = tokio::signal::ctrl_c() => true,
        () = sleep(pause) => false,
    }
}

/// How far it is: a bar that moves on a terminal, else a line now and then.
struct Progress {
    bar: Option<ProgressBar>,
    table: String,
    said: std::cell::Cell<u64>,
}

/// Without a terminal, so many records make a line.
const LINE_EVERY: u64 = 1_000;

impl Progress {
    fn new(table: &str) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{spinner} {prefix}: {msg} ({elapsed})");
            let bar = ProgressBar::new_spinner().with_prefix(table.to_owned());
            if let Ok(style) = style { bar.with_style(style) } else { bar }
        });
        Self { bar, table: table.to_owned(), said: std::cell::Cell::new(0) }
    }

    fn show(&self, pulled: Pulled, pushed: Pushed, terminal: &mut Terminal) {
        let read = pulled.created + pulled.updated + pulled.deleted;
        let sent = pushed.created + pushed.updated + pushed.deleted;
        let text = format!("{read} changes pulled, {sent} pushed");
        match &self.bar {
            Some(bar) => {
                bar.set_message(text);
                bar.tick();
            }
            None if read / LINE_EVERY > self.said.get() => {
                self.said.set(read / LINE_EVERY);
                terminal.say(&format!("{}: {text}", self.table));
            }
            None => {}
        }
    }

    fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn words(options: &Options, pulled: Pulled, pushed: Pushed, count: u64, stopped: bool) -> String {
    let mut text = format!(
        "{} in {}: {count} records; {} created, {} updated, {} deleted.",
        options.table,
        options.into.display(),
        pulled.created,
        pulled.updated,
        pulled.deleted,
    );
    if options.push {
        text += &format!(
            "\nPushed: {} created, {} updated, {} deleted, {} were there, {} gave way to newer \
             ones, {} failed.",
            pushed.created,
            pushed.updated,
            pushed.deleted,
            pushed.unchanged,
            pushed.conflicts,
            pushed.failed,
        );
    }
    if pulled.kept > 0 {
        let kept = pulled.kept;
        text += &format!("\n{kept} changes made in the file are newer and were kept: --push them.");
    }
    if pulled.lost > 0 {
        text += &format!("\n{} changes made in the file were older and gave way.", pulled.lost);
    }
    if pushed.failed > 0 {
        text += "\nWhy they failed stands in the column _error; change the rows to try again.";
    }
    if stopped {
        text += "\nStopped early; the next run goes on from there.";
    }
    text
}
