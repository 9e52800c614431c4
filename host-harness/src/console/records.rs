//! A table's records: filtered, sorted, a page at a time.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;
use maud::{Markup, html};
use serde_json::{Value, json};

use super::Shared;
use super::bases::connect_first;
use super::connection::id_of;
use super::fields::read;
use super::forms::{Fields, Visit};
use super::layout::{Area, Problem};
use super::parts::{alert, heading, segment, value};
use crate::host::ConnectionView;

/// How many records a page shows.
const PAGE_SIZE: u64 = 25;

/// How many columns a page shows; a record's own page shows all.
const COLUMNS: usize = 6;

/// How many tests a filter may have here.
const TESTS: usize = 3;

/// What a filter can ask, with the words for it. The schema of the operation says more; these are
/// those that a person needs.
const OPERATORS: [(&str, &str); 12] = [
    ("equals", "is"),
    ("notEquals", "is not"),
    ("contains", "contains"),
    ("notContains", "does not contain"),
    ("startsWith", "starts with"),
    ("endsWith", "ends with"),
    ("greaterThan", "is more than / after"),
    ("greaterThanOrEqual", "is at least / from"),
    ("lessThan", "is less than / before"),
    ("lessThanOrEqual", "is at most / until"),
    ("isEmpty", "is empty"),
    ("isNotEmpty", "is not empty"),
];

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/connections/{id}/data/{base}/{table}", get(records))
}

/// Where a table is.
pub(super) struct Place {
    pub(super) connection: ConnectionView,
    pub(super) base: String,
    pub(super) table: Value,
}

impl Place {
    /// Looks it up. Where that is not possible, a page says what to do first, or what went wrong.
    pub(super) async fn find(
        visit: &Visit,
        id: &str,
        base: String,
        table: &str,
    ) -> Result<Self, Problem> {
        let shared = &visit.shared;
        let connection = shared.host.connection(id_of(id)?).await?;
        let why = match connect_first(shared, &connection) {
            Some(first) => first,
            None => match shared.table(connection.id, &base, table).await {
                Ok(table) => return Ok(Self { connection, base, table }),
                Err(error) => alert(&error),
            },
        };
        let content = html! { (heading(&connection, "/data")) (why) };
        Err(visit.instead(&connection.name, &content))
    }

    /// The table's page.
    pub(super) fn path(&self) -> String {
        let Self { connection, base, .. } = self;
        format!("/connections/{}/data/{}/{}", connection.id, segment(base), segment(self.id()))
    }

    pub(super) fn id(&self) -> &str {
        self.table["id"].as_str().unwrap_or_default()
    }

    pub(super) fn name(&self) -> &str {
        self.table["name"].as_str().unwrap_or_default()
    }

    pub(super) fn offers(&self, verb: &str) -> bool {
        self.table["verbs"].as_array().is_some_and(|verbs| verbs.iter().any(|it| it == verb))
    }

    pub(super) fn fields(&self) -> &[Value] {
        self.table["fields"].as_array().map_or(&[], Vec::as_slice)
    }

    /// The config of an operation on the table.
    pub(super) fn config(&self) -> Value {
        json!({ "baseId": self.base, "tableId": self.id() })
    }

    /// The way to the table, above the page's own heading.
    pub(super) fn crumbs(&self, to_table: bool) -> Markup {
        let Self { connection, base, .. } = self;
        let data = format!("/connections/{}/data", connection.id);
        html! {
            (heading(connection, "/data"))
            p.crumbs {
                a href=(data) { "Bases" } " / "
                a href={ (data) "/" (segment(base)) } { (base) }
                @if to_table { " / " a href=(self.path()) { (self.name()) } }
            }
        }
    }
}

async fn records(
    Path((id, base, table)): Path<(String, String, String)>,
    visit: Visit,
) -> Result<Response, Problem> {
    let shared = &visit.shared;
    let place = Place::find(&visit, &id, base, &table).await?;
    let columns = columns(&place);
    let found = if place.offers("query") {
        let query = query(&place, &columns, &visit.query);
        Some(shared.run(place.connection.id, "calendly.queryRecords", &query).await)
    } else {
        None
    };
    let content = html! {
        (place.crumbs(false))
        div.heading {
            h2 { (place.name()) }
            @if place.offers("create") {
                a.button.primary href={ (place.path()) "/-/new" } { "New record" }
            }
        }
        p.soft { (place.table["description"].as_str().unwrap_or_default()) }
        @match found {
            None => p.empty { "Calendly lists no records of this table." },
            Some(found) => {
                (query_form(&place, &visit.query))
                @match found {
                    Ok(answer) => (page(&place, &columns, &answer, &visit.query)),
                    Err(error) => (alert(&error)),
                }
            }
        }
    };
    let title = format!("{} of {}", place.name(), place.base);
    Ok(visit.page(&title, Area::Connections, &content))
}

/// The fields that the page shows: those that say most, which the catalog names first.
fn columns(place: &Place) -> Vec<&Value> {
    let shown = |field: &&Value| {
        field["listed"] == true && field["readable"] == true && field["onlyWhenNamed"] == false
    };
    let plain =
        |field: &&Value| !matches!(field["type"].as_str(), Some("json" | "long-text" | "array"));
    let listed = || place.fields().iter().filter(shown);
    let plain: Vec<_> = listed().filter(plain).take(COLUMNS).collect();
    if plain.is_empty() { listed().take(COLUMNS).collect() } else { plain }
}

fn query(place: &Place, columns: &[&Value], asked: &Fields) -> Value {
    let mut query = place.config();
    query["pageSize"] = PAGE_SIZE.into();
    query["fields"] = columns.iter().map(|field| field["name"].clone()).collect();
    if let Some(cursor) = asked.get("cursor").filter(|cursor| !cursor.is_empty()) {
        query["cursor"] = cursor.into();
    }
    if let Some(sort) = asked.get("sort").filter(|sort| !sort.is_empty()) {
        let direction = if asked.text("direction") == "desc" { "desc" } else { "asc" };
        query["sort"] = json!([{ "field": sort, "direction": direction }]);
    }
    let tests = tests(place, asked);
    match tests.len() {
        0 => {}
        1 => query["filter"] = tests.into_iter().next().unwrap_or_default(),
        _ => query["filter"] = json!({ "and": tests }),
    }
    query
}

/// The filter's tests, as the operation takes them.
fn tests(place: &Place, asked: &Fields) -> Vec<Value> {
    let mut tests = Vec::new();
    for (name, operator, text) in rows(asked) {
        let field = place.fields().iter().find(|field| field["name"] == *name);
        let (Some(field), false) = (field, name.is_empty()) else { continue };
        let mut test = json!({ "field": name, "operator": operator });
        if !matches!(operator, "isEmpty" | "isNotEmpty") {
            // What is no number where one is wanted is the connector's to refuse.
            let value = read(element(&field["schema"]), text);
            test["value"] = value.ok().flatten().unwrap_or_else(|| text.into());
        }
        tests.push(test);
    }
    tests
}

/// What a test compares with: of a list, one of its items.
fn element(schema: &Value) -> &Value {
    if schema["items"].is_object() { &schema["items"] } else { schema }
}

fn rows(asked: &Fields) -> impl Iterator<Item = (&str, &str, &str)> {
    let operators = asked.all("operator").chain(std::iter::repeat("equals"));
    let values = asked.all("value").chain(std::iter::repeat(""));
    asked
        .all("field")
        .zip(operators)
        .zip(values)
        .map(|((field, operator), value)| (field, operator, value))
        .take(TESTS)
}

fn query_form(place: &Place, asked: &Fields) -> Markup {
    let mut rows: Vec<_> = rows(asked).filter(|(field, ..)| !field.is_empty()).collect();
    if rows.len() < TESTS {
        rows.push(("", "equals", ""));
    }
    let is_filtered = rows.len() > 1 || !asked.text("sort").is_empty();
    let fields =
        |property: &'static str| place.fields().iter().filter(move |field| field[property] == true);
    let option = |field: &Value, chosen: &str| {
        let name = field["name"].as_str().unwrap_or_default();
        html! {
            option value=(name) selected[name == chosen] {
                (field["label"].as_str().unwrap_or_default())
            }
        }
    };
    html! {
        form.toolbar method="get" action=(place.path()) {
            @for (index, (field, operator, value)) in rows.iter().enumerate() {
                fieldset.inline {
                    legend.hidden { "Filter " (index + 1) }
                    div.field {
                        label for={ "field-" (index) } { "Field" }
                        select id={ "field-" (index) } name="field" {
                            option value="" { "–" }
                            @for known in fields("filterable") { (option(known, field)) }
                        }
                    }
                    div.field {
                        label for={ "operator-" (index) } { "Operator" }
                        select id={ "operator-" (index) } name="operator" {
                            @for (known, words) in OPERATORS {
                                option value=(known) selected[known == *operator] { (words) }
                            }
                        }
                    }
                    div.field {
                        label for={ "value-" (index) } { "Value" }
                        input type="text" id={ "value-" (index) } name="value" value=(value) autocomplete="off";
                    }
                }
            }
            fieldset.inline {
                legend.hidden { "Order" }
                div.field {
                    label for="sort" { "Sort by" }
                    select id="sort" name="sort" {
                        option value="" { "Calendly's own order" }
                        @for known in fields("sortable") { (option(known, asked.text("sort"))) }
                    }
                }
                div.field {
                    label for="direction" { "Direction" }
                    select id="direction" name="direction" {
                        option value="asc" { "ascending" }
                        option value="desc" selected[asked.text("direction") == "desc"] { "descending" }
                    }
                }
            }
            div.actions {
                button type="submit" { "Apply" }
                @if is_filtered { a.button href=(place.path()) { "Clear" } }
            }
        }
    }
}

fn page(place: &Place, columns: &[&Value], answer: &Value, asked: &Fields) -> Markup {
    let records = answer["records"].as_array().map_or(&[][..], Vec::as_slice);
    let failed = answer["failed"].as_array().map_or(0, Vec::len);
    let link = |record: &Value| {
        let id = record["id"].as_str().filter(|id| !id.is_empty())?;
        place.offers("get").then(|| format!("{}/{}", place.path(), segment(id)))
    };
    html! {
        @if failed > 0 { p.warning { (failed) " records could not be read." } }
        @if records.is_empty() {
            p.empty { "No records." }
        } @else {
            div.scroll role="region" aria-label=(place.name()) tabindex="0" {
                table {
                    thead {
                        tr {
                            @for field in columns {
                                th scope="col" { (field["label"].as_str().unwrap_or_default()) }
                            }
                        }
                    }
                    tbody {
                        @for record in records {
                            tr {
                                @for (index, field) in columns.iter().enumerate() {
                                    @let name = field["name"].as_str().unwrap_or_default();
                                    @let content = value(&record["fields"][name]);
                                    @match link(record).filter(|_| index == 0) {
                                        Some(link) => th scope="row" { a href=(link) { (content) } },
                                        None => td { (content) },
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
        @let cursor = answer["cursor"].as_str();
        @let first = asked.text("cursor").is_empty();
        @if cursor.is_some() || !first {
            nav.pages aria-label="Pages" {
                @if !first { a.button href={ (place.path()) "?" (asked.with("cursor", None)) } { "First page" } }
                span { (records.len()) " records on this page" }
                @if let Some(cursor) = cursor {
                    a.button href={ (place.path()) "?" (asked.with("cursor", Some(cursor))) } { "Next page" }
                }
            }
        }
    }
}
