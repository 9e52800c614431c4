//! `connection connect`: opens the browser and waits until it comes back. A personal access token
//! needs no browser.

use std::time::Duration;

use clap::Args;
use tokio::time::Instant;
use url::Url;

use super::connection::Id;
use super::input;
use super::loopback::{self, Loopback, Server};
use super::table;
use super::terminal::{Answer, Terminal};
use crate::error::{ErrorCode, HostError};
use crate::host::{ConnectRequest, ConnectionView, Host, Pending};
use crate::origin::{Origin, OriginMap};
use crate::printable::on_one_line;

/// Where the browser comes back to when the connection does not say.
const DEFAULT_REDIRECT_URI: &str = "http://localhost:8976/oauth/calendly/callback";

#[derive(Args)]
pub(super) struct Options {
    #[command(flatten)]
    id: Id,
    /// Print the URL instead of opening a browser
    #[arg(long)]
    no_browser: bool,
    /// A scope to ask for; may be repeated
    #[arg(long, value_name = "SCOPE")]
    scope: Vec<String>,
    /// An operation that the connection is to be allowed; may be repeated
    #[arg(long, value_name = "NAME")]
    operation: Vec<String>,
    /// A table that the operations are for; may be repeated
    #[arg(long, value_name = "NAME")]
    table: Vec<String>,
    /// Where the browser comes back to, as registered with the service [default: the
    /// connection's, or http://localhost:8976/oauth/calendly/callback]
    #[arg(long, value_name = "URI")]
    redirect_uri: Option<String>,
    /// How long to wait for the answer
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    timeout: u64,
}

pub(super) async fn run(
    host: &Host,
    origins: &OriginMap,
    options: Options,
    terminal: &mut Terminal,
) -> Result<Answer, HostError> {
    let Id { id } = options.id;
    let stored = host.store().connection(id).await?.map(|row| row.connection);
    if stored.as_ref().is_some_and(|connection| connection.personal_access_token.is_some()) {
        return connected(host, &host.connect_with_token(id).await?);
    }
    let configured = stored.and_then(|connection| connection.redirect_uri);
    let redirect_uri =
        options.redirect_uri.or(configured).unwrap_or_else(|| DEFAULT_REDIRECT_URI.to_owned());
    let request = ConnectRequest {
        redirect_uri: Some(redirect_uri.clone()),
        scopes: options.scope,
        operations: options.operation,
        tables: options.table,
    };
    // Listens before there is a URL to open; what is no URL is the connector's to refuse.
    let listener = match loopback_url(&redirect_uri) {
        Some(url) => Some(Loopback::bind(&url).await?),
        None => None,
    };
    let pending = host.begin_connect(id, request).await?;
    let url = browser_url(&pending, origins)?;
    open(&url, options.no_browser, terminal).await;

    let timeout = Duration::from_secs(options.timeout);
    let connection = match listener {
        Some(listener) => {
            wait(listener.serve(), timeout, async |url| host.finish_connect_of(id, url).await)
                .await?
        }
        None => pasted(host, id, &redirect_uri, terminal).await?,
    };
    connected(host, &connection)
}

fn connected(host: &Host, connection: &ConnectionView) -> Result<Answer, HostError> {
    let text = format!(
        "Connection {} is {}.\n{}",
        connection.id,
        connection.state,
        table::connection(connection, host.clock().now_ms())
    );
    Answer::new(connection, text)
}

/// The redirect URI, when this machine can listen there.
fn loopback_url(redirect_uri: &str) -> Option<Url> {
    let url = Url::parse(redirect_uri).ok()?;
    let origin = Origin::of(&url).ok()?;
    (url.scheme() == "http" && origin.is_loopback()).then_some(url)
}

/// The URL for the browser, which has to go where the requests go.
fn browser_url(pending: &Pending, origins: &OriginMap) -> Result<Url, HostError> {
    let unusable = || {
        HostError::new(
            ErrorCode::Internal,
            "The connector gave an authorize URL that cannot be opened.",
            "Report this as a defect of the connector.",
        )
    };
    let url = Url::parse(&pending.url).map_err(|_| unusable())?;
    origins.apply(&url).map_err(|_| unusable())
}

async fn open(url: &Url, no_browser: bool, terminal: &mut Terminal) {
    let address = url.to_string();
    let opened = !no_browser
        && tokio::task::spawn_blocking(move || webbrowser::open(&address).is_ok())
            .await
            .unwrap_or(false);
    let lead = if opened { "The browser opens" } else { "Open in a browser" };
    terminal.say(&format!("{lead}:\n\n{url}\n"));
}

/// Waits until the browser brings the answer that this authorization is waiting for. Only the
/// waiting is timed: what has begun with an answer, such as the exchange of a code that counts
/// once, runs to its own end.
async fn wait(
    mut server: Server,
    timeout: Duration,
    finish: impl AsyncFn(&str) -> Result<ConnectionView, HostError>,
) -> Result<ConnectionView, HostError> {
    let until = Instant::now() + timeout;
    while let Ok(callback) = tokio::time::timeout_at(until, server.next()).await {
        let Some(callback) = callback else {
            return Err(HostError::new(
                ErrorCode::Internal,
                "The listener for the browser's answer stopped.",
                "Begin to connect again.",
            ));
        };
        let outcome = finish(&callback.url).await;
        // A stray answer must not end the wait: any web page can make a browser send one.
        let stray = matches!(&outcome, Err(error) if error.code == ErrorCode::InvalidState);
        callback.answer(loopback::page(outcome.as_ref()));
        if !stray {
            server.close().await;
            return outcome;
        }
    }
    Err(HostError::new(
        ErrorCode::DeadlineExceeded,
        format!("Nobody answered within {} s.", timeout.as_secs()),
        "Begin to connect again, and finish in the browser; --timeout gives more time.",
    ))
}

/// For a redirect URI on another machine: a person brings the answer.
async fn pasted(
    host: &Host,
    id: u64,
    redirect_uri: &str,
    terminal: &mut Terminal,
) -> Result<ConnectionView, HostError> {
    terminal.say(&format!(
        "The browser ends at {}. Paste the whole address it shows then:",
        on_one_line(redirect_uri)
    ));
    let callback = tokio::task::spawn_blocking(input::line)
        .await
        .unwrap_or_else(|_| Err(input::unreadable("Standard input cannot be read.")))?;
    host.finish_connect_of(id, &callback).await
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(300);

    /// The outcome when the browser comes back at these seconds and finishing takes 20 s; the
    /// first answers are strays.
    async fn answered_at(seconds: &'static [u64]) -> HostError {
        let (server, browser) = Server::without_a_socket();
        let visits = tokio::spawn(async move {
            let began = Instant::now();
            for (index, second) in seconds.iter().enumerate() {
                tokio::time::sleep_until(began + Duration::from_secs(*second)).await;
                let last = index + 1 == seconds.len();
                browser.bring(if last { "ours" } else { "stray" }).await;
            }
            std::future::pending::<()>().await;
        });
        let finish = async |url: &str| {
            tokio::time::sleep(Duration::from_secs(20)).await;
            let code = if url == "ours" { ErrorCode::Conflict } else { ErrorCode::InvalidState };
            Err(HostError::new(code, "", ""))
        };
        let outcome = wait(server, TIMEOUT, finish).await;
        visits.abort();
        outcome.unwrap_err()
    }

    #[tokio::test(start_paused = true)]
    async fn the_timeout_does_not_end_what_an_answer_has_begun() {
        assert_eq!(answered_at(&[299]).await.code, ErrorCode::Conflict);
        assert_eq!(answered_at(&[10, 299]).await.code, ErrorCode::Conflict);
    }

    #[tokio::test(start_paused = true)]
    async fn strays_do_not_make_the_wait_longer() {
        assert_eq!(answered_at(&[299, 330]).await.code, ErrorCode::DeadlineExceeded);
    }
}
