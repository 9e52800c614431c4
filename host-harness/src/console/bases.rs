//! The bases that a connection can read, and the tables in one of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;
use maud::{Markup, html};
use serde_json::{Value, json};

use super::Shared;
use super::connection::id_of;
use super::forms::Visit;
use super::layout::{Area, Problem};
use super::parts::{action, alert, heading, segment};
use crate::error::{ErrorCode, HostError};
use crate::host::ConnectionView;

/// How long it is remembered which tables there are. People look at several pages in a row, and
/// each request counts against the account's limit.
const REMEMBERED_MS: u64 = 30_000;

/// The tables of bases, as they were last seen.
#[derive(Default)]
pub(super) struct Tables(Mutex<HashMap<Base, Seen>>);

/// A connection and a base of it.
type Base = (u64, String);

/// When, and what.
type Seen = (u64, Arc<Value>);

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/connections/{id}/data", get(bases))
        .route("/connections/{id}/data/{base}", get(tables))
}

impl Shared {
    /// The tables of a base, as the operation `calendly.listTables` answers them.
    pub(super) async fn tables(&self, id: u64, base: &str) -> Result<Arc<Value>, HostError> {
        let now = self.host.clock().now_ms();
        let key = (id, base.to_owned());
        let fresh = |seen: u64| now.saturating_sub(seen) < REMEMBERED_MS;
        let known = self.tables.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some((_, tables)) = known.filter(|(seen, _)| fresh(*seen)) {
            return Ok(tables);
        }
        let answer = self.run(id, "calendly.listTables", &json!({ "baseId": base })).await?;
        let tables = Arc::new(answer["tables"].clone());
        let mut known = self.tables.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, (seen, _)| fresh(*seen));
        known.insert(key, (now, Arc::clone(&tables)));
        Ok(tables)
    }

    /// One table of a base.
    pub(super) async fn table(&self, id: u64, base: &str, table: &str) -> Result<Value, HostError> {
        let tables = self.tables(id, base).await?;
        let found = tables.as_array().and_then(|all| all.iter().find(|it| it["id"] == *table));
        found.cloned().ok_or_else(|| {
            HostError::new(
                ErrorCode::NotFound,
                format!("There is no table {table}."),
                "Choose one of the base's tables.",
            )
        })
    }
}

/// Whether a connection can be used; if not, what to do first.
pub(super) fn connect_first(shared: &Shared, connection: &ConnectionView) -> Option<Markup> {
    if connection.grant.is_some() && connection.state == "connected" {
        return None;
    }
    let label = if connection.user_actions.contains(&"connect") { "Connect" } else { "Re-connect" };
    Some(html! {
        section.card.welcome {
            h2 { "Not connected" }
            p { "Connect it first: Calendly then lets it read and change data." }
            (action(shared, &format!("/connections/{}/connect", connection.id), label, &connection.name, "primary"))
        }
    })
}

async fn bases(Path(id): Path<String>, visit: Visit) -> Result<Response, Problem> {
    let shared = &visit.shared;
    let id = id_of(&id)?;
    let connection = shared.host.connection(id).await?;
    let content = match connect_first(shared, &connection) {
        Some(first) => first,
        None => match shared.run(id, "calendly.listBases", &json!({})).await {
            Ok(answer) => base_list(id, &answer["bases"]),
            Err(error) => alert(&error),
        },
    };
    let content = html! {
        (heading(&connection, "/data"))
        h2 { "Bases" }
        (content)
    };
    Ok(visit.page(&format!("Data of {}", connection.name), Area::Connections, &content))
}

fn base_list(id: u64, bases: &Value) -> Markup {
    let text = |base: &Value, name: &str| base[name].as_str().unwrap_or_default().to_owned();
    html! {
        p.soft { "Whose records can be read: yours, your organization's, your groups'." }
        ul.tiles {
            @for base in bases.as_array().map_or(&[][..], Vec::as_slice) {
                @let base_id = text(base, "id");
                li {
                    a href={ "/connections/" (id) "/data/" (segment(&base_id)) } { (text(base, "name")) }
                    span.soft { (text(base, "kind")) }
                    code.small { (base_id) }
                }
            }
        }
    }
}

async fn tables(
    Path((id, base)): Path<(String, String)>,
    visit: Visit,
) -> Result<Response, Problem> {
    let shared = &visit.shared;
    let id = id_of(&id)?;
    let connection = shared.host.connection(id).await?;
    let content = match connect_first(shared, &connection) {
        Some(first) => first,
        None => match shared.tables(id, &base).await {
            Ok(tables) => table_list(id, &base, &tables),
            Err(error) => alert(&error),
        },
    };
    let content = html! {
        (heading(&connection, "/data"))
        p.crumbs { a href={ "/connections/" (id) "/data" } { "Bases" } }
        h2 { "Tables of " code { (base) } }
        (content)
    };
    Ok(visit.page(&format!("Tables of {base}"), Area::Connections, &content))
}

fn table_list(id: u64, base: &str, tables: &Value) -> Markup {
    let tables = tables.as_array().map_or(&[][..], Vec::as_slice);
    let usable = |table: &&Value| table["verbs"].as_array().is_some_and(|verbs| !verbs.is_empty());
    let (here, elsewhere): (Vec<_>, Vec<_>) = tables.iter().partition(usable);
    let path = format!("/connections/{id}/data/{}", segment(base));
    html! {
        ul.tiles {
            @for table in here {
                li {
                    a href={ (path) "/" (table["id"].as_str().unwrap_or_default()) } {
                        (table["name"].as_str().unwrap_or_default())
                    }
                    span.soft { (table["description"].as_str().unwrap_or_default()) }
                    span.small {
                        @for verb in table["verbs"].as_array().into_iter().flatten() {
                            span.chip { (verb.as_str().unwrap_or_default()) } " "
                        }
                        @if table["plan"] != "free" {
                            span.chip.plan { (table["plan"].as_str().unwrap_or_default()) " plan" }
                        }
                    }
                }
            }
        }
        @if !elsewhere.is_empty() {
            details {
                summary { (elsewhere.len()) " tables are in other bases" }
                ul {
                    @for table in elsewhere {
                        li {
                            (table["name"].as_str().unwrap_or_default()) ": "
                            (table["wayOut"].as_str().filter(|it| !it.is_empty()).unwrap_or("look in the organization's base."))
                        }
                    }
                }
            }
        }
    }
}
