//! Who may use the console, and what a browser may do with its pages.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde::Deserialize;
use url::Url;

use super::{Shared, layout};
use crate::error::{ErrorCode, HostError};
use crate::random::SharedRandom;

/// The secrets of this run of the console, and its names.
pub(super) struct Access {
    /// What the start link carries.
    token: String,
    /// What the session cookie carries.
    session: String,
    /// What forms carry, so that nobody else can send them.
    csrf: String,
    /// Cookies do not tell ports apart.
    cookie_name: String,
    /// Whether cookies go over HTTPS alone.
    secure: bool,
    /// Host and port, as browsers may name it.
    authorities: Vec<String>,
    /// The same with their scheme.
    origins: Vec<String>,
}

impl Access {
    pub(super) fn new(
        random: &SharedRandom,
        port: u16,
        public_url: Option<&Url>,
    ) -> Result<Self, HostError> {
        let secret = || -> Result<String, HostError> {
            let mut bytes = [0; 32];
            random.fill(&mut bytes).map_err(|error| {
                HostError::new(
                    ErrorCode::Internal,
                    format!("There is no randomness for a session: {error}."),
                    "Start the console again.",
                )
            })?;
            Ok(hex::encode(bytes))
        };
        let names = ["localhost", "127.0.0.1", "[::1]"];
        let mut authorities: Vec<_> = names.iter().map(|name| format!("{name}:{port}")).collect();
        let mut origins: Vec<_> = authorities.iter().map(|it| format!("http://{it}")).collect();
        if let Some(url) = public_url {
            origins.push(url.origin().ascii_serialization());
            authorities.extend(authority(url));
        }
        Ok(Self {
            token: secret()?,
            session: secret()?,
            csrf: secret()?,
            cookie_name: format!("sovrium_console_{port}"),
            secure: public_url.is_some_and(|url| url.scheme() == "https"),
            authorities,
            origins,
        })
    }

    /// What opens the console.
    pub(super) fn token(&self) -> &str {
        &self.token
    }

    /// What forms have to carry.
    pub(super) fn csrf(&self) -> &str {
        &self.csrf
    }

    /// The session as a browser sends it.
    pub(super) fn cookie(&self) -> String {
        format!("{}={}", self.cookie_name, self.session)
    }

    /// Whether a request comes from a browser that opened the console's link.
    pub(super) fn has_session(&self, headers: &HeaderMap) -> bool {
        cookie(headers, &self.cookie_name).is_some_and(|value| same(value, &self.session))
    }

    /// Whether a form came from one of the console's pages.
    pub(super) fn is_own_form(&self, csrf: &str) -> bool {
        same(csrf, &self.csrf)
    }

    /// A cookie that scripts cannot read, and that other sites' forms do not send. Links from other
    /// sites do: the browser comes back from the service by one.
    pub(super) fn set_cookie(&self, name: &str, value: &str, path: &str) -> String {
        let secure = if self.secure { "; Secure" } else { "" };
        format!("{name}={value}; Path={path}; HttpOnly; SameSite=Lax{secure}")
    }

    /// The browser's name for this host, if it is one of ours: a foreign name that leads here is
    /// somebody's trick (DNS rebinding).
    fn knows_host(&self, headers: &HeaderMap) -> bool {
        text(headers, header::HOST.as_str()).is_some_and(|host| {
            self.authorities.iter().any(|known| known.eq_ignore_ascii_case(host))
        })
    }

    /// Whether the page that sends the request is one of ours.
    fn knows_origin(&self, headers: &HeaderMap) -> bool {
        text(headers, header::ORIGIN.as_str())
            .is_some_and(|origin| self.origins.iter().any(|known| known == origin))
    }
}

/// Host, and port where it is not the scheme's own: as browsers write it.
fn authority(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

/// A header field that is text.
pub(super) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// A cookie of the request.
pub(super) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut pairs = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value)
}

/// Compares secrets without telling by the time where they differ.
pub(super) fn same(left: &str, right: &str) -> bool {
    let differences = left.bytes().zip(right.bytes()).fold(0, |all, (a, b)| all | (a ^ b));
    left.len() == right.len() && std::hint::black_box(differences) == 0
}

/// Pages for whoever has the session.
pub(super) fn guarded(pages: Router<Arc<Shared>>, shared: &Arc<Shared>) -> Router<Arc<Shared>> {
    let session = middleware::from_fn_with_state(Arc::clone(shared), require_session);
    guarded_openly(pages.layer(session), shared)
}

/// Pages for everybody, under our own name and with our own headers.
pub(super) fn guarded_openly(
    pages: Router<Arc<Shared>>,
    shared: &Arc<Shared>,
) -> Router<Arc<Shared>> {
    pages.layer(middleware::from_fn_with_state(Arc::clone(shared), protect))
}

async fn require_session(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    if shared.access.has_session(request.headers()) {
        return next.run(request).await;
    }
    layout::plain(
        StatusCode::UNAUTHORIZED,
        "Open the console from its link",
        "This browser has not opened the console yet, or the console was started anew. Open the \
         link that it printed in the terminal when it started.",
    )
}

async fn protect(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let access = &shared.access;
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD);
    let mut response = if !access.knows_host(request.headers()) {
        layout::plain(
            StatusCode::MISDIRECTED_REQUEST,
            "This is not the console's address",
            "The console answers under its own name alone. Open the link that it printed in the \
             terminal; for another name, start it with --public-url.",
        )
    } else if changes && !access.knows_origin(request.headers()) {
        layout::plain(
            StatusCode::FORBIDDEN,
            "This did not come from the console",
            "Another website tried to change something here. Nothing was changed. If it was you, go \
             back to the console and try again.",
        )
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(policy) = HeaderValue::from_str(&content_security_policy(&shared)) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// `same-origin` and not `no-referrer`: with the latter, browsers say `Origin: null` of our own
/// forms.
const HEADERS: [(header::HeaderName, &str); 6] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Nothing but what we serve ourselves. A form may lead to where people authorize: browsers hold
/// the redirect that answers a form against this list as well.
fn content_security_policy(shared: &Shared) -> String {
    let authorize = shared.manifest["oauth2"]["authorizeUrl"].as_str().unwrap_or_default();
    let authorize = Url::parse(authorize).ok().and_then(|url| shared.origins.apply(&url).ok());
    let authorize = authorize.map(|url| url.origin().ascii_serialization()).unwrap_or_default();
    format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src \
         'self'; form-action 'self' {authorize}; base-uri 'none'; frame-ancestors 'none'"
    )
}

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/start", get(start))
}

#[derive(Deserialize)]
struct Start {
    #[serde(default)]
    token: String,
}

/// The start link gives the browser its session.
async fn start(State(shared): State<Arc<Shared>>, Query(start): Query<Start>) -> Response {
    let access = &shared.access;
    if !same(&start.token, &access.token) {
        return layout::plain(
            StatusCode::UNAUTHORIZED,
            "This link does not open the console",
            "The console makes a new link each time it starts. Open the one that it printed last.",
        );
    }
    let cookie = access.set_cookie(&access.cookie_name, &access.session, "/");
    ([(header::SET_COOKIE, cookie)], Redirect::to("/connections")).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::system_random;

    fn headers(name: header::HeaderName, value: &str) -> HeaderMap {
        [(name, value.parse().unwrap())].into_iter().collect()
    }

    fn access(public_url: Option<&str>) -> Access {
        let url = public_url.map(|url| Url::parse(url).unwrap());
        Access::new(&system_random(), 8976, url.as_ref()).unwrap()
    }

    #[test]
    fn only_our_own_names_are_answered() {
        let access = access(Some("https://console.example.org"));
        for host in ["localhost:8976", "127.0.0.1:8976", "[::1]:8976", "console.example.org"] {
            assert!(access.knows_host(&headers(header::HOST, host)), "{host}");
        }
        for host in ["localhost", "localhost:80", "evil.example:8976", "console.example.org:8976"] {
            assert!(!access.knows_host(&headers(header::HOST, host)), "{host}");
        }
        assert!(!access.knows_host(&HeaderMap::new()));
    }

    #[test]
    fn only_our_own_pages_change_something() {
        let access = access(None);
        assert!(access.knows_origin(&headers(header::ORIGIN, "http://localhost:8976")));
        for origin in ["null", "https://localhost:8976", "http://localhost", "http://evil.example"]
        {
            assert!(!access.knows_origin(&headers(header::ORIGIN, origin)), "{origin}");
        }
        assert!(!access.knows_origin(&HeaderMap::new()));
        assert!(access.is_own_form(&access.csrf));
        assert!(!access.is_own_form(""));
        assert!(!access.is_own_form(&access.token));
    }

    #[test]
    fn a_session_is_its_cookie() {
        let access = access(None);
        let ours = access.cookie();
        assert!(access.has_session(&headers(header::COOKIE, &format!("a=b; {ours}"))));
        assert!(!access.has_session(&headers(header::COOKIE, &format!("{ours}x"))));
        assert!(!access.has_session(&headers(header::COOKIE, "sovrium_console_8976=")));
        assert!(!access.has_session(&HeaderMap::new()));
        let other = Access::new(&system_random(), 8976, None).unwrap();
        assert!(!other.has_session(&headers(header::COOKIE, &ours)));
    }

    #[test]
    fn cookies_are_for_https_where_the_console_is() {
        let plain = access(None).set_cookie("a", "b", "/");
        assert_eq!(plain, "a=b; Path=/; HttpOnly; SameSite=Lax");
        let secure = access(Some("https://console.example.org")).set_cookie("a", "b", "/");
        assert!(secure.ends_with("; Secure"));
    }
}
