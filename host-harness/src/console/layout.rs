//! The frame around every page.

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

use super::forms::{Posted, Visit};
use super::notice::Notice;
use super::parts::alert;
use super::{Shared, assets};
use crate::error::{ErrorCode, HostError};
use crate::store::StoreError;

/// Which part of the console a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Area {
    Connections,
    Events,
    Guide,
    /// None that is in the navigation.
    Other,
}

impl Visit {
    /// The page that somebody asked for.
    pub(super) fn page(&self, title: &str, area: Area, content: &Markup) -> Response {
        let page = frame(Some(&self.shared), self.notice.as_ref(), title, area, content);
        Html(page.into_string()).into_response()
    }

    /// Another page than the one that was asked for.
    pub(super) fn instead(&self, title: &str, content: &Markup) -> Problem {
        Problem::Instead(Box::new(self.page(title, Area::Connections, content)))
    }
}

impl Posted {
    /// The page that shows what is wrong with a form.
    pub(super) fn refused(
        &self,
        error: &HostError,
        title: &str,
        area: Area,
        content: &Markup,
    ) -> Response {
        let page = frame(Some(&self.shared), None, title, area, content);
        (status_of(error), Html(page.into_string())).into_response()
    }

    /// A page that answers a form.
    pub(super) fn answered(&self, title: &str, area: Area, content: &Markup) -> Response {
        let page = frame(Some(&self.shared), None, title, area, content);
        Html(page.into_string()).into_response()
    }
}

/// Why there is not the page that was asked for.
pub(super) enum Problem {
    /// Something went wrong.
    Error(Box<HostError>),
    /// Another page says what to do first.
    Instead(Box<Response>),
}

impl From<HostError> for Problem {
    fn from(error: HostError) -> Self {
        Self::Error(Box::new(error))
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        HostError::from(error).into()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let error = match self {
            Self::Error(error) => error,
            Self::Instead(page) => return *page,
        };
        let title = match error.code {
            ErrorCode::NotFound => "There is nothing here",
            _ => "This did not work",
        };
        let content = html! {
            h1 { (title) }
            (alert(&error))
            p { a.button href="/connections" { "Go to the connections" } }
        };
        let page = frame(None, None, title, Area::Other, &content);
        (status_of(&error), Html(page.into_string())).into_response()
    }
}

/// The status that says the same as the error.
fn status_of(error: &HostError) -> StatusCode {
    match error.code {
        ErrorCode::NotFound => StatusCode::NOT_FOUND,
        ErrorCode::InvalidConnection
        | ErrorCode::InvalidInput
        | ErrorCode::InvalidState
        | ErrorCode::Unsupported
        | ErrorCode::Rejected => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorCode::Conflict => StatusCode::CONFLICT,
        ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_GATEWAY,
    }
}

/// For every path that leads nowhere.
pub(super) async fn not_found() -> Problem {
    HostError::new(
        ErrorCode::NotFound,
        "The console has no page at this address.",
        "Check the address, or begin at the connections.",
    )
    .into()
}

/// A page of a few words.
pub(super) fn plain(status: StatusCode, title: &str, text: &str) -> Response {
    let content = html! {
        div.narrow {
            h1 { (title) }
            p { (text) }
        }
    };
    let page = document(title, &html! { main #main { (content) } });
    (status, Html(page.into_string())).into_response()
}

fn frame(
    shared: Option<&Shared>,
    notice: Option<&Notice>,
    title: &str,
    area: Area,
    content: &Markup,
) -> Markup {
    let here = |link: Area| (area == link).then_some("page");
    document(
        title,
        &html! {
            a.skip href="#main" { "Skip to the content" }
            header.top {
                a.brand href="/connections" {
                    img src="/assets/icon.svg" alt="" width="28" height="28";
                    span { "Sovrium " span.soft { "connections" } }
                }
                nav aria-label="Main" {
                    a href="/connections" aria-current=[here(Area::Connections)] { "Connections" }
                    a href="/events" aria-current=[here(Area::Events)] { "Events" }
                    a href="/guide" aria-current=[here(Area::Guide)] { "Setup guide" }
                }
            }
            @if shared.is_some_and(|shared| shared.demo.is_some()) {
                aside.demo aria-label="Demo" {
                    "This is a demo against a simulator: nothing here is the real Calendly. "
                    a href="/guide" { "The guide has the values to enter." }
                }
            }
            main #main tabindex="-1" {
                @match notice {
                    Some(Notice::Done(text)) => p.notice role="status" { (text) },
                    Some(Notice::Failed(error)) => (alert(error)),
                    None => {}
                }
                (content)
            }
        },
    )
}

fn document(title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · Sovrium connections" }
                link rel="icon" href="/assets/icon.svg" type="image/svg+xml";
                link rel="stylesheet" href=(assets::style());
                script src=(assets::script()) defer {}
            }
            body { (body) }
        }
    }
}
