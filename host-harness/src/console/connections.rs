//! The connections, a page at a time.

use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use maud::{Markup, html};

use super::Shared;
use super::forms::{Posted, Visit};
use super::layout::{Area, Problem};
use super::parts::{action, badge, copy, moment};
use crate::host::{ConnectionPage, ConnectionView};
use crate::store::ConnectionQuery;

/// How many connections a page shows.
const PAGE_SIZE: u64 = 25;

/// The states, in the order of a connection's life.
const STATES: [&str; 4] = ["configured", "connected", "disconnected", "error"];

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/", get(async || axum::response::Redirect::to("/connections")))
        .route("/connections", get(list))
        .route("/revocations/retry", post(retry_revocations))
        .route("/revocations/forget", post(forget_revocations))
}

async fn list(visit: Visit) -> Result<Response, Problem> {
    let shared = &visit.shared;
    let state = visit.query.text("state").to_owned();
    let search = visit.query.text("search").to_owned();
    let page = visit.query.text("page").parse::<u64>().unwrap_or(1).clamp(1, 1_000_000);
    let found = shared
        .host
        .connection_page(ConnectionQuery {
            search: search.clone(),
            state: Some(state.clone()).filter(|state| STATES.contains(&state.as_str())),
            offset: (page - 1) * PAGE_SIZE,
            limit: PAGE_SIZE,
        })
        .await?;
    let total: u64 = found.by_state.values().sum();
    let given_up = shared.host.queued_revocations().await?;
    let given_up = given_up.iter().filter(|queued| queued.given_up_at.is_some()).count();
    let pulse = shared.host.store().pulse(None).await?;
    let content = html! {
        div.heading {
            h1 { "Connections" }
            a.button.primary href="/connections/new" { "Add connection" }
        }
        @if total == 0 {
            (welcome())
        } @else {
            (search_form(&found, &search, &state, total))
            div data-live="connections" data-live-source="/live" data-live-version=(pulse) {
                @if found.connections.is_empty() {
                    p.empty { "No connection matches. " a href="/connections" { "Show all" } }
                } @else {
                    (table(shared, &found.connections))
                }
            }
            (pages(&visit, page, found.matching))
        }
        @if given_up > 0 { (abandoned(shared, given_up)) }
    };
    Ok(visit.page("Connections", Area::Connections, &content))
}

fn welcome() -> Markup {
    html! {
        section.card.welcome {
            h2 { "No connection yet" }
            p {
                "A connection lets your apps read and change what is in a Calendly account: its \
                 meetings, contacts, event types and more."
            }
            p {
                a.button.primary href="/connections/new" { "Add your first connection" }
                " "
                a.button href="/guide" { "Read the setup guide" }
            }
        }
    }
}

fn search_form(found: &ConnectionPage, search: &str, state: &str, total: u64) -> Markup {
    html! {
        form.toolbar role="search" method="get" action="/connections" {
            div.field {
                label for="search" { "Search" }
                input type="search" id="search" name="search" value=(search) autocomplete="off"
                    placeholder="Name, client ID or number";
            }
            div.field {
                label for="state" { "State" }
                select id="state" name="state" {
                    option value="" { "All (" (total) ")" }
                    @for known in STATES {
                        option value=(known) selected[known == state] {
                            (known) " (" (found.by_state.get(known).copied().unwrap_or_default()) ")"
                        }
                    }
                }
            }
            button type="submit" { "Show" }
        }
    }
}

fn table(shared: &Shared, connections: &[ConnectionView]) -> Markup {
    let now = shared.host.clock().now_ms();
    html! {
        div.scroll role="region" aria-label="Connections" tabindex="0" {
            table.stacked {
                thead {
                    tr {
                        th scope="col" { "ID" }
                        th scope="col" { "Name" }
                        th scope="col" { "State" }
                        th scope="col" { "Last activity" }
                        th scope="col" { "Actions" }
                    }
                }
                tbody {
                    @for connection in connections { (row(shared, connection, now)) }
                }
            }
        }
    }
}

fn row(shared: &Shared, connection: &ConnectionView, now: u64) -> Markup {
    let ConnectionView { id, name, state, .. } = connection;
    html! {
        tr {
            td.number data-label="ID" { (id) }
            th scope="row" data-label="Name" {
                a href={ "/connections/" (id) } { (name) }
                @if let Some(error) = connection.last_error.as_ref().filter(|_| *state == "error") {
                    p.small.error { (error.message) }
                }
                @if let Some(warning) = &connection.warning { p.small.warning { (warning) } }
            }
            td data-label="State" { (badge(state)) }
            td data-label="Last activity" {
                @match connection.last_activity_at {
                    Some(at) => (moment(at, now)),
                    None => span.soft { "never" },
                }
            }
            td data-label="Actions" { (actions(shared, connection, "small")) }
        }
    }
}

/// What can be done with a connection in its state.
pub(super) fn actions(shared: &Shared, connection: &ConnectionView, class: &str) -> Markup {
    let ConnectionView { id, name, .. } = connection;
    let path = format!("/connections/{id}");
    let link = shared.link(connection);
    html! {
        div.actions {
            @for known in &connection.user_actions {
                @match *known {
                    "connect" => (action(shared, &format!("{path}/connect"), "Connect", name, &format!("primary {class}"))),
                    "reconnect" => (action(shared, &format!("{path}/connect"), "Re-connect", name, &format!("primary {class}"))),
                    "disconnect" => (action(shared, &format!("{path}/disconnect"), "Disconnect", name, class)),
                    "test" => (action(shared, &format!("{path}/test"), "Test", name, class)),
                    "update-credentials" => a class={ "button " (class) } href={ (path) "#credentials" } {
                        "Update credentials" span.hidden { " " (name) }
                    },
                    _ => {}
                }
            }
            (copy("Copy link", name, &link))
        }
    }
}

fn pages(visit: &Visit, page: u64, matching: u64) -> Markup {
    let last = matching.div_ceil(PAGE_SIZE).max(1);
    let link =
        |page: u64| format!("/connections?{}", visit.query.with("page", Some(&page.to_string())));
    html! {
        @if last > 1 {
            nav.pages aria-label="Pages" {
                @if page > 1 { a.button href=(link(page - 1)) { "Previous page" } }
                span { "Page " (page) " of " (last) ", " (matching) " connections" }
                @if page < last { a.button href=(link(page + 1)) { "Next page" } }
            }
        }
    }
}

fn abandoned(shared: &Shared, count: usize) -> Markup {
    let (noun, them) = if count == 1 { ("revocation", "it") } else { ("revocations", "them") };
    html! {
        section.card {
            h2 { "Tokens that Calendly was never told about" }
            p {
                (count) " " (noun) " had to be given up: Calendly could not be reached for most of a \
                 day, or no longer knows the app. Try again, or end the access at Calendly under \
                 Integrations & apps and forget " (them) " here."
            }
            div.actions {
                (action(shared, "/revocations/retry", "Try again", "to revoke", "primary"))
                (action(shared, "/revocations/forget", "Forget", "what was given up", "danger"))
            }
        }
    }
}

async fn retry_revocations(posted: Posted) -> Result<Response, Problem> {
    let summary = posted.shared.host.retry_revocations().await?;
    let text = format!("{} revoked, {} still outstanding.", summary.done, summary.outstanding);
    Ok(posted.done("/connections", text))
}

async fn forget_revocations(posted: Posted) -> Result<Response, Problem> {
    let count = posted.shared.host.forget_given_up_revocations().await?;
    Ok(posted.done("/connections", format!("{count} forgotten.")))
}
