//! One record: seen, made, changed, deleted.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;
use maud::{Markup, html};
use serde_json::{Map, Value};

use super::Shared;
use super::fields::{control, emptied, read, shown};
use super::forms::{Fields, Posted, Visit};
use super::layout::{Area, Problem};
use super::parts::{Field, alert, copy, csrf, messages, segment, summary};
use super::records::Place;
use crate::error::{ErrorCode, HostError, Violation};

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        // No record's id is a hyphen.
        .route("/connections/{id}/data/{base}/{table}/-/new", get(new).post(create))
        .route("/connections/{id}/data/{base}/{table}/{record}", get(see))
        .route("/connections/{id}/data/{base}/{table}/{record}/edit", get(edit).post(update))
        .route("/connections/{id}/data/{base}/{table}/{record}/delete", get(confirm).post(delete))
}

type TablePath = Path<(String, String, String)>;
type RecordPath = Path<(String, String, String, String)>;

async fn see(
    Path((id, base, table, record)): RecordPath,
    visit: Visit,
) -> Result<Response, Problem> {
    let place = Place::find(&visit, &id, base, &table).await?;
    let found = find(&visit, &place, &record).await?;
    let path = format!("{}/{}", place.path(), segment(&record));
    let title = title(&place, &found);
    let content = html! {
        (place.crumbs(true))
        div.heading {
            h2 { (title) }
            div.actions {
                @if place.offers("update") { a.button.primary href={ (path) "/edit" } { "Edit" } }
                @if place.offers("delete") { a.button.danger href={ (path) "/delete" } { "Delete record" } }
                (copy("Copy as JSON", "", &format!("{found:#}")))
            }
        }
        dl.record {
            @for field in place.fields() {
                @let name = field["name"].as_str().unwrap_or_default();
                @if let Some(value) = found["fields"].get(name) {
                    div {
                        dt { (field["label"].as_str().unwrap_or_default()) }
                        dd { (whole(value)) }
                    }
                }
            }
            div { dt { "Record ID" } dd { code { (found["id"].as_str().unwrap_or_default()) } } }
        }
    };
    Ok(visit.page(&title, Area::Connections, &content))
}

/// The record; a page says why it cannot be read.
async fn find(visit: &Visit, place: &Place, record: &str) -> Result<Value, Problem> {
    let mut config = place.config();
    config["recordId"] = record.into();
    match visit.shared.run(place.connection.id, "calendly.getRecord", &config).await {
        Ok(answer) => Ok(answer["record"].clone()),
        Err(error) => {
            let content = html! { (place.crumbs(true)) (alert(&error)) };
            Err(visit.instead(place.name(), &content))
        }
    }
}

/// What a record is called.
fn title(place: &Place, record: &Value) -> String {
    let named = |name: &str| record["fields"][name].as_str().filter(|text| !text.is_empty());
    let name = named("name").or_else(|| named("email")).or(record["id"].as_str());
    format!("{} in {}", name.unwrap_or("Record"), place.name())
}

/// A value with all that is in it.
fn whole(value: &Value) -> Markup {
    match value {
        Value::String(text) => html! { span.pre { (text) } },
        Value::Array(items) if items.iter().all(Value::is_string) && !items.is_empty() => html! {
            ul.plain { @for item in items { li { (item.as_str().unwrap_or_default()) } } }
        },
        Value::Array(items) if items.is_empty() => html! { span.soft { "–" } },
        Value::Array(_) | Value::Object(_) => html! { pre tabindex="0" { (format!("{value:#}")) } },
        other => super::parts::value(other),
    }
}

async fn new(Path((id, base, table)): TablePath, visit: Visit) -> Result<Response, Problem> {
    let shared = &visit.shared;
    let place = Place::find(&visit, &id, base, &table).await?;
    let content = form(shared, &place, &Form::New, &Fields::default(), None);
    Ok(visit.page(&format!("New record in {}", place.name()), Area::Connections, &content))
}

async fn edit(
    Path((id, base, table, record)): RecordPath,
    visit: Visit,
) -> Result<Response, Problem> {
    let shared = &visit.shared;
    let place = Place::find(&visit, &id, base, &table).await?;
    let found = find(&visit, &place, &record).await?;
    let title = title(&place, &found);
    let mut values = Fields::default();
    for field in place.fields() {
        let name = field["name"].as_str().unwrap_or_default();
        let value = shown(&field["schema"], &found["fields"][name]);
        values.0.push((format!("f:{name}"), value.clone()));
        values.0.push((format!("o:{name}"), value));
    }
    let content = form(shared, &place, &Form::Edit { record, title: title.clone() }, &values, None);
    Ok(visit.page(&format!("Edit {title}"), Area::Connections, &content))
}

/// What a form is for.
enum Form {
    New,
    Edit { record: String, title: String },
}

impl Form {
    /// The member of a field that says whether the form has it.
    fn member(&self) -> &'static str {
        match self {
            Self::New => "onCreate",
            Self::Edit { .. } => "onUpdate",
        }
    }

    /// The fields that can be entered, those that have to be first.
    fn fields<'a>(&self, place: &'a Place) -> Vec<&'a Value> {
        let of = |wanted: &'static str| {
            place.fields().iter().filter(move |field| field[self.member()] == wanted)
        };
        of("required").chain(of("optional")).collect()
    }
}

fn form(
    shared: &Shared,
    place: &Place,
    kind: &Form,
    values: &Fields,
    error: Option<&HostError>,
) -> Markup {
    let fields = kind.fields(place);
    let (heading, path) = match kind {
        Form::New => (format!("New record in {}", place.name()), format!("{}/-/new", place.path())),
        Form::Edit { record, title } => {
            (format!("Edit {title}"), format!("{}/{}/edit", place.path(), segment(record)))
        }
    };
    let id_of = |name: &str| {
        let index = fields.iter().position(|field| field["name"] == *name);
        index.map(|index| format!("field-{index}"))
    };
    let back = match kind {
        Form::New => place.path(),
        Form::Edit { record, .. } => format!("{}/{}", place.path(), segment(record)),
    };
    html! {
        (place.crumbs(true))
        h2 { (heading) }
        @if let Some(error) = error {
            @if error.violations.is_empty() {
                (alert(error))
            } @else {
                (summary(error, |violation| id_of(&field_name(&violation.pointer)?)))
            }
        }
        form.stack.narrow method="post" action=(path) novalidate {
            (csrf(shared))
            @for (index, field) in fields.iter().enumerate() {
                @let name = field["name"].as_str().unwrap_or_default();
                @let errors = wrong(error, name);
                (control(&field["schema"], &Field {
                    id: &format!("field-{index}"),
                    name: &format!("f:{name}"),
                    label: field["label"].as_str().unwrap_or_default(),
                    hint: "",
                    required: field[kind.member()] == "required",
                    errors: &errors,
                }, values.text(&format!("f:{name}"))))
                @if matches!(kind, Form::Edit { .. }) {
                    input type="hidden" name={ "o:" (name) } value=(values.text(&format!("o:{name}")));
                }
            }
            div.actions {
                button.primary type="submit" { "Save record" }
                a.button href=(back) { "Cancel" }
            }
        }
    }
}

/// The field that a pointer leads to.
fn field_name(pointer: &str) -> Option<String> {
    let rest =
        pointer.strip_prefix("/config/fields/").or_else(|| pointer.strip_prefix("/fields/"))?;
    let name = rest.split('/').next().unwrap_or_default();
    Some(name.replace("~1", "/").replace("~0", "~"))
}

fn wrong(error: Option<&HostError>, name: &str) -> Vec<String> {
    let Some(error) = error else { return Vec::new() };
    let escaped = name.replace('~', "~0").replace('/', "~1");
    let mut found = messages(&error.violations, &format!("/config/fields/{escaped}"));
    found.extend(messages(&error.violations, &format!("/fields/{escaped}")));
    found
}

/// What was entered, by field. When the record is changed, only what is not as it was.
fn entered(kind: &Form, place: &Place, posted: &Fields) -> Result<Map<String, Value>, HostError> {
    let mut entered = Map::new();
    let mut violations = Vec::new();
    for field in kind.fields(place) {
        let name = field["name"].as_str().unwrap_or_default();
        let schema = &field["schema"];
        let text = posted.text(&format!("f:{name}"));
        let before = posted.get(&format!("o:{name}"));
        let same = |before: &str| before.replace("\r\n", "\n") == text.replace("\r\n", "\n");
        if before.is_some_and(same) {
            continue;
        }
        match read(schema, text) {
            Ok(Some(value)) => {
                entered.insert(name.to_owned(), value);
            }
            Ok(None) if before.is_some() => {
                entered.insert(name.to_owned(), emptied(schema));
            }
            // The connector says the same, once there is a field at all.
            Ok(None) if field[kind.member()] == "required" => {
                let message = format!("The field '{name}' is required");
                violations.push(violation(name, "required", message));
            }
            Ok(None) => {}
            Err(message) => violations.push(violation(name, "type", message)),
        }
    }
    if violations.is_empty() {
        return Ok(entered);
    }
    Err(HostError::new(
        ErrorCode::InvalidInput,
        "The record is not valid.",
        "Correct what is marked, then save again.",
    )
    .with_violations(violations))
}

/// Something that is wrong with a field.
fn violation(name: &str, rule: &str, message: String) -> Violation {
    let pointer = format!("/fields/{}", name.replace('~', "~0").replace('/', "~1"));
    Violation { pointer, rule: rule.to_owned(), message }
}

/// The table, for a form that was sent.
async fn posted_place(
    posted: &Posted,
    id: &str,
    base: String,
    table: &str,
) -> Result<Place, Problem> {
    let connection = posted.shared.host.connection(super::connection::id_of(id)?).await?;
    let table = posted.shared.table(connection.id, &base, table).await?;
    Ok(Place { connection, base, table })
}

async fn create(Path((id, base, table)): TablePath, posted: Posted) -> Result<Response, Problem> {
    let place = posted_place(&posted, &id, base, &table).await?;
    let outcome = async {
        let mut config = place.config();
        config["fields"] = entered(&Form::New, &place, &posted.fields)?.into();
        posted.shared.run(place.connection.id, "calendly.createRecord", &config).await
    };
    match outcome.await {
        Ok(answer) => {
            let record = answer["record"]["id"].as_str().filter(|_| place.offers("get"));
            let path = record
                .map_or_else(|| place.path(), |id| format!("{}/{}", place.path(), segment(id)));
            Ok(posted.done(&path, "The record is created."))
        }
        Err(error) => {
            let title = format!("New record in {}", place.name());
            let content = form(&posted.shared, &place, &Form::New, &posted.fields, Some(&error));
            Ok(posted.refused(&error, &title, Area::Connections, &content))
        }
    }
}

async fn update(
    Path((id, base, table, record)): RecordPath,
    posted: Posted,
) -> Result<Response, Problem> {
    let place = posted_place(&posted, &id, base, &table).await?;
    let path = format!("{}/{}", place.path(), segment(&record));
    let kind = Form::Edit { record: record.clone(), title: place.name().to_owned() };
    let outcome = async {
        let fields = entered(&kind, &place, &posted.fields)?;
        if fields.is_empty() {
            return Ok(false);
        }
        let mut config = place.config();
        config["recordId"] = record.clone().into();
        config["fields"] = fields.into();
        posted.shared.run(place.connection.id, "calendly.updateRecord", &config).await?;
        Ok(true)
    };
    match outcome.await {
        Ok(true) => Ok(posted.done(&path, "The record is saved.")),
        Ok(false) => Ok(posted.done(&path, "Nothing was different, so nothing was saved.")),
        Err(error) => {
            let title = format!("Edit {}", place.name());
            let content = form(&posted.shared, &place, &kind, &posted.fields, Some(&error));
            Ok(posted.refused(&error, &title, Area::Connections, &content))
        }
    }
}

async fn confirm(
    Path((id, base, table, record)): RecordPath,
    visit: Visit,
) -> Result<Response, Problem> {
    let shared = &visit.shared;
    let place = Place::find(&visit, &id, base, &table).await?;
    let cancels = place.id() == "scheduled_events";
    let path = format!("{}/{}", place.path(), segment(&record));
    let title = if cancels { "Cancel this meeting?" } else { "Delete this record?" };
    let content = html! {
        (place.crumbs(true))
        div.narrow {
            h2 { (title) }
            p {
                @if cancels {
                    "Calendly cancels the meeting for everybody who takes part, and tells them."
                } @else {
                    "Calendly deletes it. This cannot be undone."
                }
            }
            p { code { (place.id()) " " (record) } }
            form.stack method="post" action={ (path) "/delete" } {
                (csrf(shared))
                @if cancels {
                    (Field {
                        id: "reason", name: "reason", label: "Reason", hint: "The invitees read it.",
                        required: false, errors: &[],
                    }.text(""))
                }
                div.actions {
                    button.danger type="submit" {
                        @if cancels { "Cancel the meeting" } @else { "Delete record" }
                    }
                    a.button href=(path) { "Keep it" }
                }
            }
        }
    };
    Ok(visit.page(title, Area::Connections, &content))
}

async fn delete(
    Path((id, base, table, record)): RecordPath,
    posted: Posted,
) -> Result<Response, Problem> {
    let place = posted_place(&posted, &id, base, &table).await?;
    let mut config = place.config();
    config["recordId"] = record.clone().into();
    let reason = posted.fields.text("reason").trim();
    if !reason.is_empty() {
        config["reason"] = reason.into();
    }
    Ok(match posted.shared.run(place.connection.id, "calendly.deleteRecord", &config).await {
        Ok(answer) if answer["effect"] == "canceled" => {
            posted.done(&place.path(), "The meeting is canceled.")
        }
        Ok(_) => posted.done(&place.path(), "The record is deleted."),
        Err(error) => posted.failed(&format!("{}/{}", place.path(), segment(&record)), error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_leads_to_a_field() {
        assert_eq!(field_name("/config/fields/Deal value"), Some("Deal value".to_owned()));
        assert_eq!(field_name("/config/fields/a~1b/0"), Some("a/b".to_owned()));
        assert_eq!(field_name("/config/tableId"), None);
    }
}
