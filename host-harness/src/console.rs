//! The console: a website on this machine in which people add connections, connect them, look at
//! their data, run operations and watch events, without the command line.
//!
//! Pages are HTML made here; a small script adds what needs one (copying, live parts) and nothing
//! depends on it. All that a page does goes through [`Host`], as everything of the command line
//! does.
//!
//! It is for the person who started it. Whoever wants a page has to have opened the link that the
//! console gave out at its start, which leaves a session cookie; requests under another host's name
//! are refused, and so is whatever would change something and does not come from a page of the
//! console. No secret reaches a page. Two paths are for others: webhooks, which are signed, and
//! links that begin to connect one connection, which carry a code for it.

mod access;
mod activity;
mod assets;
mod bases;
mod chart;
mod connect;
mod connection;
mod connections;
mod events;
mod fields;
mod forms;
mod guide;
mod layout;
mod live;
mod new_connection;
mod notice;
mod operations;
mod parts;
mod record;
mod records;
mod signed;

use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tower_service::Service as _;
use url::Url;

use self::access::Access;
use self::notice::Notices;
use self::signed::Signer;
use crate::error::{ErrorCode, HostError};
use crate::host::Host;
use crate::origin::OriginMap;
use crate::random::SharedRandom;
use crate::serve::{Events, ServeOptions, stopped};

/// Where the service sends the browser back to.
const CALLBACK: &str = "/oauth/calendly/callback";

/// How long an operation may take, with somebody waiting for it.
const OPERATION_DEADLINE: Duration = Duration::from_secs(60);

/// How a console is set up.
pub struct ConsoleOptions {
    /// What it is a console of.
    pub host: Host,
    /// What is done with events.
    pub events: ServeOptions,
    /// Where the host's requests go instead, which is where browsers have to go, too.
    pub origins: OriginMap,
    /// Where browsers find the console, when that is not this machine: `https://console.example.org`.
    pub public_url: Option<Url>,
    /// For links and sessions.
    pub random: SharedRandom,
    /// What to tell people of the simulator behind it, if there is one.
    pub demo: Option<Demo>,
}

/// An account to try things with.
#[derive(Clone, Debug)]
pub struct Demo {
    /// Where the simulator is.
    pub simulator: String,
    /// The client id of its app.
    pub client_id: String,
    /// The client secret of its app. The simulator's are no secrets.
    pub client_secret: String,
    /// What it signs webhooks with.
    pub webhook_signing_key: String,
}

/// A console that listens.
pub struct Console {
    shared: Arc<Shared>,
    listeners: Vec<TcpListener>,
    events: Events,
}

/// What every page has at hand.
struct Shared {
    host: Host,
    events: Events,
    /// The connector's manifest, which does not change while it runs.
    manifest: Value,
    origins: OriginMap,
    /// Where browsers find the console: scheme, host and port.
    origin: String,
    access: Access,
    signer: Signer,
    notices: Notices,
    demo: Option<Demo>,
    tables: bases::Tables,
}

impl Console {
    /// Makes a console that listens at the address; port 0 takes a free one.
    ///
    /// # Errors
    /// When it cannot listen there, or the address is not of this machine alone and there is no
    /// public URL.
    pub async fn bind(address: SocketAddr, options: ConsoleOptions) -> Result<Self, HostError> {
        let ConsoleOptions { host, events, origins, public_url, random, demo } = options;
        if !address.ip().is_loopback() && public_url.is_none() {
            return Err(HostError::new(
                ErrorCode::InvalidInput,
                format!("Others than this machine could reach {address}."),
                "Listen at 127.0.0.1, or say with --public-url where browsers find the console, \
                 which should be a proxy that speaks HTTPS.",
            ));
        }
        let listeners = listen(address).await.map_err(|error| {
            HostError::new(
                ErrorCode::Internal,
                format!("Cannot listen at {address}: {error}."),
                "Free the port, or give another address with --listen.",
            )
        })?;
        let port = listeners.first().and_then(|listener| listener.local_addr().ok());
        let port = port.map_or(address.port(), |address| address.port());
        let origin = match &public_url {
            Some(url) => url.origin().ascii_serialization(),
            None => format!("http://localhost:{port}"),
        };
        let events = Events::new(host.clone(), events);
        let shared = Shared {
            manifest: host.describe().await?,
            access: Access::new(&random, port, public_url.as_ref())?,
            signer: Signer::new(&host, &random)?,
            notices: Notices::default(),
            events: events.clone(),
            host,
            origins,
            origin,
            demo,
            tables: bases::Tables::default(),
        };
        Ok(Self { shared: Arc::new(shared), listeners, events })
    }

    /// Where browsers find it: scheme, host and port.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.shared.origin
    }

    /// The link that opens it. Whoever has it can use the console.
    #[must_use]
    pub fn link(&self) -> String {
        format!("{}/start?token={}", self.shared.origin, self.shared.access.token())
    }

    /// Serves until `stop` turns true or its sender is gone.
    ///
    /// # Errors
    /// When a listener fails.
    pub async fn serve(self, stop: watch::Receiver<bool>) -> io::Result<()> {
        let router = router(&self.shared, &stop).merge(self.events.routes());
        let mut work = self.events.work(&stop);
        let mut serving = JoinSet::new();
        for listener in self.listeners {
            let served = axum::serve(listener, router.clone());
            serving.spawn(served.with_graceful_shutdown(stopped(stop.clone())).into_future());
        }
        let mut outcome = Ok(());
        while let Some(served) = serving.join_next().await {
            outcome = outcome.and(served.unwrap_or_else(|panic| Err(io::Error::other(panic))));
        }
        while work.join_next().await.is_some() {}
        outcome
    }

    /// A page and its status, as the browser that opened the link gets it, but without a socket: for
    /// measuring how long the console takes.
    pub async fn page(&self, path: &str) -> (u16, String) {
        let (_stop, stopped) = watch::channel(false);
        let authority = self.shared.origin.split("://").nth(1).unwrap_or_default();
        let request = Request::get(path)
            .header(header::HOST, authority)
            .header(header::COOKIE, self.shared.access.cookie())
            .body(Body::empty());
        let Ok(request) = request else { return (400, String::new()) };
        // A router is always ready, and fails by its answers alone.
        let answer = router(&self.shared, &stopped).call(request).await;
        let answer = answer.unwrap_or_else(|never| match never {});
        let status = answer.status().as_u16();
        let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap_or_default();
        (status, String::from_utf8_lossy(&body).into_owned())
    }
}

impl Shared {
    /// Runs an operation, as an automation does.
    async fn run(&self, id: u64, operation: &str, config: &Value) -> Result<Value, HostError> {
        let action = json!({ "action": operation, "connection": id, "config": config });
        let answer = self.host.run(&action.to_string(), OPERATION_DEADLINE).await?;
        serde_json::from_str(&answer).map_err(|_| {
            HostError::new(
                ErrorCode::Internal,
                format!("{operation} gave an answer that is not JSON."),
                "Report this as a defect of the connector.",
            )
        })
    }
}

fn router(shared: &Arc<Shared>, stop: &watch::Receiver<bool>) -> Router {
    let pages = Router::new()
        .merge(connections::routes())
        .merge(new_connection::routes())
        .merge(connection::routes())
        .merge(connect::routes())
        .merge(activity::routes())
        .merge(bases::routes())
        .merge(records::routes())
        .merge(record::routes())
        .merge(operations::routes())
        .merge(events::routes())
        .merge(live::routes(stop.clone()))
        .merge(guide::routes())
        .fallback(layout::not_found);
    access::guarded(pages, shared)
        .merge(access::guarded_openly(connect::open_routes().merge(access::routes()), shared))
        .merge(assets::routes())
        .with_state(Arc::clone(shared))
}

/// Browsers may take "localhost" for either address of the loopback interface.
async fn listen(address: SocketAddr) -> io::Result<Vec<TcpListener>> {
    let is_free_port = address.port() == 0;
    for _ in 0..8 {
        match listen_once(address).await {
            // Somebody has the port at the other address; another one is as good.
            Err(error) if is_free_port && error.kind() == io::ErrorKind::AddrInUse => {}
            other => return other,
        }
    }
    listen_once(address).await
}

async fn listen_once(address: SocketAddr) -> io::Result<Vec<TcpListener>> {
    let first = TcpListener::bind(address).await?;
    let port = first.local_addr()?.port();
    let mut listeners = vec![first];
    if address.ip().is_loopback() && address.is_ipv4() {
        match TcpListener::bind((IpAddr::V6(Ipv6Addr::LOCALHOST), port)).await {
            Ok(listener) => listeners.push(listener),
            // The browser could end at whoever listens there.
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Err(error),
            // A machine may lack that address.
            Err(_) => {}
        }
    }
    Ok(listeners)
}
