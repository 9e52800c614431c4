//! A console on a socket, with the built component and the simulator behind it, and a browser that
//! knows nothing but HTTP.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use host_harness::audit::AuditedRequest;
use host_harness::budget::{Allowance, Ceilings};
use host_harness::clock::{Clock as _, SystemClock};
use host_harness::console::{Console, ConsoleOptions};
use host_harness::engine::{ConnectorComponent, EngineOptions};
use host_harness::host::{ConnectRequest, Host, HostOptions};
use host_harness::keyring::{EncryptionKey, Keyring};
use host_harness::origin::OriginMap;
use host_harness::random::system_random;
use host_harness::serve::ServeOptions;
use host_harness::simulator::{Decision, Simulator, SimulatorOptions, decide};
use host_harness::store::Store;
use reqwest::header::{HeaderMap, HeaderValue, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use serde_json::json;
use tokio::sync::watch;
use url::form_urlencoded;

/// Cargo makes the tests' own folder inside its target folder, wherever that is.
const FOLDER: &str = env!("CARGO_TARGET_TMPDIR");

fn component() -> ConnectorComponent {
    static COMPONENT: OnceLock<ConnectorComponent> = OnceLock::new();
    let load = || {
        let built =
            || Path::new(FOLDER).with_file_name("component").join("calendly-connector.wasm");
        let path = env::var_os("SOVRIUM_COMPONENT").map_or_else(built, PathBuf::from);
        let cache = Some(Path::new(FOLDER).join("compiled"));
        ConnectorComponent::load(&path, EngineOptions { cache, ..EngineOptions::default() })
            .unwrap_or_else(|error| panic!("{}: {error}; run `cargo xtask build`", path.display()))
    };
    COMPONENT.get_or_init(load).clone()
}

const CONNECTIONS: u64 = 1_000;
const AUDITED: u64 = 10_000;

/// Every kind of page.
pub(crate) const PAGES: &[&str] = &[
    "/connections",
    "/connections?page=40",
    "/connections?search=connection+9",
    "/connections/new",
    "/connections/1",
    "/connections/1/activity",
    "/connections/1/activity?span=month",
    "/connections/1/data",
    "/connections/1/data/me",
    "/connections/1/data/me/contacts",
    "/connections/1/operations",
    "/connections/1/operations/bookMeeting",
    "/connections/1/events",
    "/events",
    "/guide",
];

/// A host and a simulator.
pub(crate) struct World {
    pub(crate) host: Host,
    pub(crate) simulator: Simulator,
    pub(crate) key: [u8; 32],
    folder: tempfile::TempDir,
    origins: OriginMap,
}

impl World {
    pub(crate) async fn new() -> Self {
        let simulator = Simulator::start(SimulatorOptions {
            requests_per_minute: Some(0),
            deliver_webhooks_in_background: true,
            ..SimulatorOptions::default()
        })
        .await
        .unwrap();
        let origins = OriginMap::parse(simulator.origin_mappings()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let key = [7; 32];
        let store = Store::open(&folder.path().join("host.db"), Arc::new(SystemClock)).unwrap();
        let keyring = Keyring::new(vec![EncryptionKey::new(key)]);
        let mut options = HostOptions::new(keyring).with_origin_map(origins.clone());
        // What is measured is the console, not the pauses between requests.
        let plenty = Allowance { requests: 100_000, window_ms: 1_000 };
        options.ceilings = Ceilings { api: plenty, token: plenty, booking: plenty };
        let host = Host::new(component(), store, options).await.unwrap();
        Self { host, simulator, key, folder, origins }
    }

    /// The same with 1,000 connections, the first of which is connected and has 10,000 requests in
    /// its audit, one a minute.
    pub(crate) async fn crowded() -> Self {
        let world = Self::new().await;
        for id in 1..=CONNECTIONS {
            world.connection(id, &format!("Connection {id}")).await;
        }
        let request = ConnectRequest {
            redirect_uri: Some("http://localhost:8976/oauth/calendly/callback".to_owned()),
            ..ConnectRequest::default()
        };
        let pending = world.host.begin_connect(1, request).await.unwrap();
        let callback = decide(&world.simulator.map(&pending.url), Decision::Allow).await.unwrap();
        world.host.finish_connect(&callback).await.unwrap();
        let now = SystemClock.now_ms();
        for index in 0..AUDITED {
            world.host.store().record_request(AuditedRequest {
                connection: Some(1),
                operation: "calendly.queryRecords".to_owned(),
                method: "GET".to_owned(),
                path: "/contacts".to_owned(),
                at: now - index * 60_000,
                duration_ms: 100,
                status: Some(if index % 50 == 0 { 503 } else { 200 }),
                failure: None,
                sent_bytes: 0,
                received_bytes: 4_000,
                rate_remaining: Some(400),
                rate_reset_seconds: Some(30),
                request_id: None,
            });
            if index % 1_000 == 0 {
                // What is not written yet is bounded.
                world.host.store().audit_of(2).await.unwrap();
            }
        }
        // Read once, so that all of it is written.
        world.host.store().audit_of(2).await.unwrap();
        world
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.folder.path().join("host.db")
    }

    /// A console that listens and does not serve yet.
    pub(crate) async fn console(&self) -> Console {
        let events = ServeOptions {
            tolerance: Duration::from_secs(180),
            targets: Vec::new(),
            polls: Vec::new(),
            every: Duration::from_secs(60),
        };
        let options = ConsoleOptions {
            host: self.host.clone(),
            events,
            origins: self.origins.clone(),
            public_url: None,
            random: system_random(),
            demo: None,
        };
        Console::bind("127.0.0.1:0".parse().unwrap(), options).await.unwrap()
    }

    /// A console that serves until the sender goes.
    pub(crate) async fn serve(&self) -> Served {
        let console = self.console().await;
        let (origin, link) = (console.origin().to_owned(), console.link());
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(console.serve(stopped));
        Served { origin, link, _stop: stop }
    }

    pub(crate) async fn connection(&self, id: u64, name: &str) {
        let document = json!({
            "type": "calendly", "id": id, "name": name, "clientId": Simulator::CLIENT_ID,
            "clientSecret": Simulator::CLIENT_SECRET,
            "scopes": ["schema.bases:read", "data.records:read", "data.records:write",
                       "webhook:manage"],
        });
        self.host.create_connection(&document.to_string()).await.unwrap();
    }
}

/// A console that serves.
pub(crate) struct Served {
    pub(crate) origin: String,
    pub(crate) link: String,
    _stop: watch::Sender<bool>,
}

/// A browser that follows nothing by itself.
#[derive(Clone)]
pub(crate) struct Browser {
    client: Client,
    origin: String,
    pub(crate) cookies: Vec<String>,
    csrf: String,
}

/// What a browser got.
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Page {
    pub(crate) fn location(&self) -> &str {
        self.headers[LOCATION].to_str().unwrap()
    }
}

impl Browser {
    pub(crate) fn new(served: &Served) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth();
        let client = Client::builder().tls_backend_preconfigured(tls).redirect(Policy::none());
        Self {
            client: client.no_proxy().build().unwrap(),
            origin: served.origin.clone(),
            cookies: Vec::new(),
            csrf: String::new(),
        }
    }

    /// One that opened the console's link.
    pub(crate) async fn opened(served: &Served) -> Self {
        let mut browser = Self::new(served);
        let page = browser.get(&served.link).await;
        assert_eq!((page.status, page.location()), (303, "/connections"));
        let form = browser.get("/connections/new").await;
        let from = "name=\"csrf\" value=\"";
        let (_, rest) = form.body.split_once(from).expect("a form has a token");
        browser.csrf = rest.split('"').next().unwrap().to_owned();
        browser
    }

    fn url(&self, path: &str) -> String {
        if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.origin) }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Page {
        let request = self.client.get(self.url(path)).header("cookie", self.cookies.join("; "));
        let answer = request.send().await.unwrap();
        self.take(answer).await
    }

    /// Sends a form of the console's.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let (csrf, origin) = (self.csrf.clone(), self.origin.clone());
        self.post_as(path, &origin, &csrf, fields).await
    }

    /// Sends a form as somebody else's page would.
    pub(crate) async fn post_as(
        &mut self,
        path: &str,
        origin: &str,
        csrf: &str,
        fields: &[(&str, &str)],
    ) -> Page {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("csrf", csrf);
        form.extend_pairs(fields);
        let request = self
            .client
            .post(self.url(path))
            .header("cookie", self.cookies.join("; "))
            .header("origin", HeaderValue::from_str(origin).unwrap())
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.finish());
        let answer = request.send().await.unwrap();
        self.take(answer).await
    }

    /// Asks under another name for the same machine.
    pub(crate) async fn get_as(&mut self, host: &str, path: &str) -> Page {
        let request = self.client.get(self.url(path)).header("host", host);
        let answer = request.header("cookie", self.cookies.join("; ")).send().await.unwrap();
        self.take(answer).await
    }

    /// Listens until the first event comes, and gives it as it was sent.
    pub(crate) async fn first_event(&mut self, path: &str) -> String {
        let request = self.client.get(self.url(path)).header("cookie", self.cookies.join("; "));
        let mut answer = request.send().await.unwrap();
        let mut heard = String::new();
        while !heard.contains("data: ") || !heard.ends_with("\n\n") {
            let chunk = answer.chunk().await.unwrap().expect("the stream goes on");
            heard.push_str(&String::from_utf8_lossy(&chunk));
        }
        heard
    }

    async fn take(&mut self, answer: Response) -> Page {
        for cookie in answer.headers().get_all(SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
            let name = pair.split('=').next().unwrap().to_owned();
            self.cookies.retain(|known| known.split('=').next() != Some(&*name));
            self.cookies.push(pair);
        }
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Page { status, headers, body: answer.text().await.unwrap() }
    }
}
