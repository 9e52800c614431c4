mod bases;
mod below_events;
mod booking;
mod booking_rules;
mod cursors;
mod custom_fields;
mod explaining;
mod fans;
mod filter_input;
mod filters;
mod ids;
mod lost;
mod no_shows;
mod paging;
mod plans;
mod sorting;
mod stretches;
mod windows;
mod writing;

use serde_json::{Map, Value, json};

use super::query as ask;
use super::*;
use crate::catalog;
use crate::connection::Connection;
use crate::host::fake::{FakeHost, START, Sent, USER, connect, connected, reply};
use crate::host::{Response, TransportError};

/// Where the account's custom fields are defined.
const DEFINITIONS: &str = "/contacts/custom_field_definitions";
const GET_DEFINITIONS: &str = "GET /contacts/custom_field_definitions";

fn client<'a>(host: &'a FakeHost, connection: &'a Connection) -> Client<'a> {
    Client::new(host, connection, START + 600_000)
}

fn table(name: &str) -> &'static Table {
    catalog::table(name).unwrap()
}

/// The table in the base of who granted.
fn place(name: &str) -> Place {
    Place { base: Base::Me, table: table(name) }
}

fn uri(collection: &str, id: &str) -> String {
    format!("https://api.calendly.com/{collection}/{id}")
}

/// A query as people begin it: everything, by 100.
fn everything<'q>() -> Query<'q> {
    Query { filter: None, sort: &[], fields: None, page_size: 100, cursor: None, explain: false }
}

/// Pointer, rule and message of every violation of an error.
fn violations(error: &Error) -> Vec<(&str, &str, &str)> {
    assert_eq!(error.code, ErrorCode::InvalidInput, "{error:?}");
    let all = error.violations.iter();
    all.map(|one| (&*one.pointer, &*one.rule, &*one.message)).collect()
}

fn create(client: &Client<'_>, place: &Place, fields: &Map<String, Value>) -> Result<Value> {
    prepare(client, place, Change::Create(fields))?.perform(client)
}

fn update(
    client: &Client<'_>,
    place: &Place,
    id: &str,
    fields: &Map<String, Value>,
) -> Result<Value> {
    prepare(client, place, Change::Update(id, fields))?.perform(client)
}

fn delete(client: &Client<'_>, place: &Place, id: &str, reason: Option<&str>) -> Result<Value> {
    prepare(client, place, Change::Delete(id, reason))?.perform(client)
}

fn given(fields: Value) -> Map<String, Value> {
    crate::json::members(fields)
}

fn ids(page: &Value) -> Vec<String> {
    let records = page["records"].as_array().unwrap();
    records.iter().map(|record| record["id"].as_str().unwrap().to_owned()).collect()
}

/// One page of a collection, as Calendly answers it. Page tokens are good for the query that they
/// were issued for, whatever its page size.
fn page(sent: &Sent, resources: &[Value]) -> Response {
    let (mut from, mut count, mut query) = (0, 20, Vec::new());
    for (name, value) in sent.query() {
        match &*name {
            "count" => count = value.parse().unwrap(),
            "page_token" => {
                let (offset, of) = value.split_once('|').unwrap();
                from = offset.parse().unwrap();
                query.push(format!("!{of}"));
            }
            _ => query.push(format!("{name}={value}")),
        }
    }
    assert!((1..=100).contains(&count), "count {count}");
    let token_of = query.iter().find_map(|part| part.strip_prefix('!').map(str::to_owned));
    query.retain(|part| !part.starts_with('!'));
    let query = query.join("&");
    assert!(token_of.is_none_or(|of| of == query), "a token of another query");
    let to = (from + count).min(resources.len());
    let next = (to < resources.len()).then(|| format!("{to}|{query}"));
    reply(200, json!({"collection": resources[from..to], "pagination": {"next_page_token": next}}))
}

/// Follows the cursors of a query to its end, and returns the ids of all pages.
fn read_all_pages(
    client: &Client<'_>,
    place: &Place,
    sizes: &[usize],
    query: &Query<'_>,
) -> Vec<String> {
    let (mut all, mut cursor): (Vec<String>, Option<String>) = (Vec::new(), None);
    for turn in 0.. {
        assert!(turn < 1_000, "the pages do not end");
        let page_size = sizes[turn % sizes.len()];
        let query = Query { page_size, cursor: cursor.as_deref(), ..*query };
        let page = ask(client, place, &query).unwrap();
        assert!(page["records"].as_array().unwrap().len() <= page_size);
        assert_eq!(page["complete"], page["cursor"].is_null());
        all.extend(ids(&page));
        cursor = page["cursor"].as_str().map(str::to_owned);
        if cursor.is_none() {
            break;
        }
    }
    all
}
