//! A listener on this machine that takes the browser's answer (RFC 8252 section 7.3).

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use url::Url;

use crate::error::{ErrorCode, HostError};
use crate::host::ConnectionView;

/// How long a browser gets to take its page once all is done.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// A listener that does not serve yet.
#[derive(Debug)]
pub(super) struct Loopback {
    listeners: Vec<TcpListener>,
    redirect_uri: Url,
}

/// What the browser brought.
#[derive(Debug)]
pub(super) struct Callback {
    /// The redirect URI with the answer in its query.
    pub(super) url: String,
    page: oneshot::Sender<(StatusCode, Markup)>,
}

/// A serving listener.
pub(super) struct Server {
    callbacks: mpsc::Receiver<Callback>,
    tasks: JoinSet<()>,
    stop: tokio::sync::watch::Sender<bool>,
}

impl Loopback {
    /// Listens at the redirect URI's port, on this machine only.
    pub(super) async fn bind(redirect_uri: &Url) -> Result<Self, HostError> {
        let port = redirect_uri.port_or_known_default().unwrap_or(80);
        let mut listeners = Vec::new();
        let mut problem = None;
        // Browsers may take "localhost" for either address; a machine may lack one of them.
        for address in [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)] {
            match TcpListener::bind((address, port)).await {
                Ok(listener) => listeners.push(listener),
                // The browser could end at whoever listens there.
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                    return Err(cannot_listen(port, &error));
                }
                Err(error) => problem = Some(error),
            }
        }
        if let (true, Some(error)) = (listeners.is_empty(), problem) {
            return Err(cannot_listen(port, &error));
        }
        Ok(Self { listeners, redirect_uri: redirect_uri.clone() })
    }

    /// Begins to serve.
    pub(super) fn serve(self) -> Server {
        let (sender, callbacks) = mpsc::channel(8);
        let (stop, stopping) = tokio::sync::watch::channel(false);
        let endpoint = Arc::new(Endpoint { redirect_uri: self.redirect_uri, callbacks: sender });
        let router = Router::new().fallback(take).with_state(endpoint);
        let mut tasks = JoinSet::new();
        for listener in self.listeners {
            let (router, mut stopping) = (router.clone(), stopping.clone());
            tasks.spawn(async move {
                let stopped = async move {
                    let _ = stopping.wait_for(|stop| *stop).await;
                };
                // Ends only when it is stopped: accepting again is what it does about errors.
                let _ = axum::serve(listener, router).with_graceful_shutdown(stopped).await;
            });
        }
        Server { callbacks, tasks, stop }
    }
}

fn cannot_listen(port: u16, error: &io::Error) -> HostError {
    HostError::new(
        ErrorCode::Internal,
        format!("Cannot listen on port {port}: {error}."),
        "Free the port, or give another --redirect-uri that is registered with the service.",
    )
}

impl Server {
    /// What the browser brings next.
    pub(super) async fn next(&mut self) -> Option<Callback> {
        self.callbacks.recv().await
    }

    /// Stops, once the browser has its page.
    pub(super) async fn close(mut self) {
        let _ = self.stop.send(true);
        let finished = async { while self.tasks.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(LAST_WORDS, finished).await;
    }
}

#[cfg(test)]
impl Server {
    /// A server to which a test brings what a browser would.
    pub(super) fn without_a_socket() -> (Self, Browser) {
        let (sender, callbacks) = mpsc::channel(8);
        let (stop, _) = tokio::sync::watch::channel(false);
        (Self { callbacks, tasks: JoinSet::new(), stop }, Browser(sender))
    }
}

/// What brings callbacks in a test.
#[cfg(test)]
pub(super) struct Browser(mpsc::Sender<Callback>);

#[cfg(test)]
impl Browser {
    pub(super) async fn bring(&self, url: &str) {
        let (page, _) = oneshot::channel();
        // Nobody may be listening any more.
        let _ = self.0.send(Callback { url: url.to_owned(), page }).await;
    }
}

impl Callback {
    /// Answers the browser.
    pub(super) fn answer(self, page: (StatusCode, Markup)) {
        // It may have gone away; the answer counts all the same.
        let _ = self.page.send(page);
    }
}

struct Endpoint {
    redirect_uri: Url,
    callbacks: mpsc::Sender<Callback>,
}

impl Endpoint {
    /// Whether a request is for us: under our own name (a foreign name that leads here is
    /// somebody's trick), and for the callback alone.
    fn accepts(&self, method: &Method, path: &str, headers: &HeaderMap) -> bool {
        let host = headers.get(header::HOST).and_then(|value| value.to_str().ok());
        let port = self.redirect_uri.port_or_known_default();
        let named = host.and_then(|host| Url::parse(&format!("http://{host}")).ok());
        let ours = named.is_some_and(|url| {
            matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
                && url.port_or_known_default() == port
        });
        ours && method == Method::GET && path == self.redirect_uri.path()
    }
}

async fn take(
    State(endpoint): State<Arc<Endpoint>>,
    method: Method,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    // A browser also asks for an icon.
    if !endpoint.accepts(&method, uri.path(), &headers) {
        return (StatusCode::NOT_FOUND, [(header::CONNECTION, "close")]).into_response();
    }
    let mut url = endpoint.redirect_uri.clone();
    url.set_query(uri.query());
    let (page, answer) = oneshot::channel();
    let callback = Callback { url: url.into(), page };
    if endpoint.callbacks.send(callback).await.is_err() {
        return StatusCode::GONE.into_response();
    }
    match answer.await {
        Ok((status, page)) => (status, PAGE_HEADERS, page.into_string()).into_response(),
        Err(_) => StatusCode::GONE.into_response(),
    }
}

/// The page's address holds the authorization's code: it goes into no cache and no `Referer`.
const PAGE_HEADERS: [(header::HeaderName, &str); 5] = [
    (header::CONTENT_TYPE, "text/html; charset=utf-8"),
    (header::CACHE_CONTROL, "no-store"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'"),
    (header::CONNECTION, "close"),
];

/// What the browser shows.
pub(super) fn page(outcome: Result<&ConnectionView, &HostError>) -> (StatusCode, Markup) {
    let (status, title, text) = match outcome {
        Ok(connection) => (
            StatusCode::OK,
            format!("{} is connected", connection.name),
            "You can close this window.".to_owned(),
        ),
        Err(error) => (
            StatusCode::BAD_REQUEST,
            "Not connected".to_owned(),
            format!("{} {}", error.message, error.next_step),
        ),
    };
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:20vh auto;padding:0 1rem}" }
            }
            body {
                main {
                    h1 { (title) }
                    p { (text) }
                }
            }
        }
    };
    (status, page)
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    fn endpoint() -> Endpoint {
        let redirect_uri = Url::parse("http://localhost:8976/oauth/calendly/callback").unwrap();
        Endpoint { redirect_uri, callbacks: mpsc::channel(1).0 }
    }

    fn accepted(method: &Method, path: &str, host: &str) -> bool {
        let headers = [(header::HOST, host.parse().unwrap())].into_iter().collect();
        endpoint().accepts(method, path, &headers)
    }

    #[test]
    fn only_the_callback_under_our_own_name_is_taken() {
        let callback = "/oauth/calendly/callback";
        for host in ["localhost:8976", "127.0.0.1:8976", "[::1]:8976"] {
            assert!(accepted(&Method::GET, callback, host), "{host}");
        }
        for host in
            ["evil.example:8976", "localhost", "localhost:80", "localhost:8976@evil.example"]
        {
            assert!(!accepted(&Method::GET, callback, host), "{host}");
        }
        assert!(!accepted(&Method::POST, callback, "localhost:8976"));
        assert!(!accepted(&Method::GET, "/favicon.ico", "localhost:8976"));
        assert!(!endpoint().accepts(&Method::GET, callback, &HeaderMap::new()));
    }

    #[test]
    fn a_page_escapes_what_it_repeats() {
        let error = HostError::new(ErrorCode::AuthorizationDenied, "<script>", "Again.");
        let (status, page) = page(Err(&error));
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(page.into_string().contains("&lt;script&gt; Again."));
    }

    #[tokio::test]
    async fn the_browser_gets_its_page_before_the_listener_stops() {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let SocketAddr::V4(address) = free.local_addr().unwrap() else { panic!("IPv4") };
        drop(free);
        let redirect_uri = Url::parse(&format!("http://{address}/callback")).unwrap();
        let mut server = Loopback::bind(&redirect_uri).await.unwrap().serve();
        let browser = tokio::spawn(async move {
            let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
            let request =
                format!("GET /callback?code=c&state=s HTTP/1.1\r\nHost: {address}\r\n\r\n");
            tokio::io::AsyncWriteExt::write_all(&mut stream, request.as_bytes()).await.unwrap();
            let mut page = String::new();
            tokio::io::AsyncReadExt::read_to_string(&mut stream, &mut page).await.unwrap();
            page
        });
        let callback = server.next().await.unwrap();
        assert!(callback.url.ends_with("/callback?code=c&state=s"), "{}", callback.url);
        callback.answer((StatusCode::OK, html! { "done" }));
        server.close().await;
        let page = browser.await.unwrap();
        assert!(page.starts_with("HTTP/1.1 200 OK") && page.ends_with("done"), "{page}");
    }
}
