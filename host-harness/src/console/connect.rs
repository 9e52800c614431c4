//! A connection is connected: the browser goes to the service and comes back.

use std::sync::Arc;

use axum::Router;
use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use maud::html;
use url::Url;

use super::access::{cookie, same};
use super::connection::id_of;
use super::forms::{Posted, Visit, lead};
use super::layout::{Area, Problem, plain};
use super::notice::Notice;
use super::{CALLBACK, Shared};
use crate::error::{ErrorCode, HostError};
use crate::host::{ConnectRequest, ConnectionView};

/// The cookie of the browser that began an authorization.
const BROWSER_COOKIE: &str = "sovrium_connect";

impl Shared {
    /// A link that begins to connect the connection, for whoever has it. It does nothing else.
    pub(super) fn link(&self, connection: &ConnectionView) -> String {
        let code = self.signer.link(connection.id, connection.created_at);
        format!("{}/connect/{}/{code}", self.origin, connection.id)
    }
}

/// For those who opened the console.
pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/connections/{id}/connect", post(connect))
        .route("/connections/{id}/callback", post(pasted))
}

/// For everybody: what these do is bound to a code or to a state.
pub(super) fn open_routes() -> Router<Arc<Shared>> {
    Router::new()
        .route(CALLBACK, get(callback))
        .route("/connect/{id}/{code}", get(shared_link).post(connect_by_link))
}

async fn connect(Path(id): Path<String>, posted: Posted) -> Result<Response, Problem> {
    let id = id_of(&id)?;
    Ok(match begin(&posted.shared, id).await {
        Ok(Begun::Leave(response)) => response,
        Ok(Begun::Connected(connection)) => {
            posted.done(&format!("/connections/{id}"), format!("{} is connected.", connection.name))
        }
        Err(error) => posted.failed(&format!("/connections/{id}"), error),
    })
}

enum Begun {
    /// The browser goes to the service.
    Leave(Response),
    /// A personal access token needs nobody to authorize it.
    Connected(Box<ConnectionView>),
}

async fn begin(shared: &Shared, id: u64) -> Result<Begun, HostError> {
    let row = shared.host.store().connection(id).await?;
    let connection = row.ok_or_else(|| HostError::unknown_connection(id))?.connection;
    if connection.personal_access_token.is_some() {
        let connected = shared.host.connect_with_token(id).await?;
        return Ok(Begun::Connected(Box::new(connected)));
    }
    let own = format!("{}{CALLBACK}", shared.origin);
    let redirect_uri = connection.redirect_uri.unwrap_or(own);
    let request = ConnectRequest { redirect_uri: Some(redirect_uri), ..ConnectRequest::default() };
    let pending = shared.host.begin_connect(id, request).await?;
    let unusable = || {
        HostError::new(
            ErrorCode::Internal,
            "The connector gave an authorize URL that cannot be opened.",
            "Report this as a defect of the connector.",
        )
    };
    let url = Url::parse(&pending.url).map_err(|_| unusable())?;
    let url = shared.origins.apply(&url).map_err(|_| unusable())?;
    let state = state_of(url.query().unwrap_or_default());
    let code = shared.signer.browser(&state);
    let cookie = shared.access.set_cookie(BROWSER_COOKIE, &code, CALLBACK);
    let redirect = Redirect::to(url.as_str());
    Ok(Begun::Leave(([(header::SET_COOKIE, cookie)], redirect).into_response()))
}

/// The `state` of a query.
fn state_of(query: &str) -> String {
    let pairs = url::form_urlencoded::parse(query.as_bytes());
    let states = pairs.filter(|(name, _)| name == "state");
    states.last().map(|(_, state)| state.into_owned()).unwrap_or_default()
}

/// The browser comes back from the service.
async fn callback(
    State(shared): State<Arc<Shared>>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    let query = uri.query().unwrap_or_default();
    let state = state_of(query);
    let ours = cookie(&headers, BROWSER_COOKIE)
        .is_some_and(|code| same(code, &shared.signer.browser(&state)));
    // Somebody else's answer in this browser would connect somebody else's account.
    let (id, outcome) = if ours {
        let pending = shared.host.store().pending(&state).await;
        let id = pending.ok().flatten().map(|pending| pending.connection);
        (id, shared.host.finish_connect(&format!("{}{CALLBACK}?{query}", shared.origin)).await)
    } else {
        (None, Err(another_browser()))
    };
    if shared.access.has_session(&headers) {
        let path = id.map_or_else(|| "/connections".to_owned(), |id| format!("/connections/{id}"));
        let notice = match outcome {
            Ok(connection) => Notice::Done(format!("{} is connected.", connection.name)),
            Err(error) => Notice::Failed(error),
        };
        return lead(&shared, &path, notice);
    }
    match outcome {
        Ok(connection) => plain(
            StatusCode::OK,
            &format!("{} is connected", connection.name),
            "You can close this window.",
        ),
        Err(error) => plain(
            StatusCode::BAD_REQUEST,
            "Not connected",
            &format!("{} {}", error.message, error.next_step),
        ),
    }
}

fn another_browser() -> HostError {
    HostError::new(
        ErrorCode::InvalidState,
        "This browser did not begin what the answer is for.",
        "Begin to connect again, and finish in the same browser within ten minutes.",
    )
}

/// The browser came back to another place, and its address was pasted.
async fn pasted(Path(id): Path<String>, posted: Posted) -> Result<Response, Problem> {
    let id = id_of(&id)?;
    let path = format!("/connections/{id}");
    let callback = posted.fields.text("callback").trim();
    Ok(match posted.shared.host.finish_connect_of(id, callback).await {
        Ok(connection) => posted.done(&path, format!("{} is connected.", connection.name)),
        Err(error) => posted.failed(&path, error),
    })
}

/// The connection that a shared link is for.
async fn linked(shared: &Shared, id: &str, code: &str) -> Result<ConnectionView, HostError> {
    let not_found = || {
        HostError::new(
            ErrorCode::NotFound,
            "This link is not, or no longer, one that connects a connection.",
            "Ask whoever sent it for a new one.",
        )
    };
    let id = id_of(id).map_err(|_| not_found())?;
    let connection = shared.host.connection(id).await.map_err(|_| not_found())?;
    let expected = shared.signer.link(id, connection.created_at);
    if same(code, &expected) { Ok(connection) } else { Err(not_found()) }
}

fn gone(error: &HostError) -> Response {
    let text = format!("{} {}", error.message, error.next_step);
    plain(StatusCode::NOT_FOUND, "This link leads nowhere", &text)
}

/// Somebody opens a link that was copied: it asks first, because links are also opened by programs
/// that only look.
async fn shared_link(Path((id, code)): Path<(String, String)>, visit: Visit) -> Response {
    let connection = match linked(&visit.shared, &id, &code).await {
        Ok(connection) => connection,
        Err(error) => return gone(&error),
    };
    let can = connection.user_actions.iter().any(|it| matches!(*it, "connect" | "reconnect"));
    let title = format!("Connect {}", connection.name);
    let content = html! {
        div.narrow {
            h1 { (title) }
            @if can {
                p {
                    "Somebody asks you to let " strong { (connection.name) } " act in your Calendly \
                     account. Calendly shows what it asks for before you decide."
                }
                // The code in the path says all; the form needs nothing of the console's session.
                form method="post" action={ "/connect/" (id) "/" (code) } {
                    button.primary type="submit" { "Continue to Calendly" }
                }
            } @else {
                p { "It is connected already. There is nothing to do." }
            }
        }
    };
    visit.page(&title, Area::Other, &content)
}

async fn connect_by_link(
    State(shared): State<Arc<Shared>>,
    Path((id, code)): Path<(String, String)>,
) -> Response {
    let connection = match linked(&shared, &id, &code).await {
        Ok(connection) => connection,
        Err(error) => return gone(&error),
    };
    match begin(&shared, connection.id).await {
        Ok(Begun::Leave(response)) => response,
        Ok(Begun::Connected(connection)) => plain(
            StatusCode::OK,
            &format!("{} is connected", connection.name),
            "You can close this window.",
        ),
        Err(error) => plain(
            StatusCode::BAD_GATEWAY,
            "Not connected",
            &format!("{} {}", error.message, error.next_step),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_taken_from_a_query() {
        assert_eq!(state_of("code=c&state=s%20t"), "s t");
        assert_eq!(state_of("code=c"), "");
    }
}
