//! Operations, run by hand: a form from the operation's schema, and the same call as JSON.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;
use maud::{Markup, html};
use serde_json::{Map, Value, json};

use super::Shared;
use super::bases::connect_first;
use super::connection::id_of;
use super::fields::{control, read};
use super::forms::{Fields, Posted, Visit};
use super::layout::{Area, Problem};
use super::parts::{Field, alert, copy, csrf, heading, messages, summary};
use crate::error::{ErrorCode, HostError, Violation};
use crate::host::ConnectionView;

/// What every operation's name begins with.
const FAMILY: &str = "calendly.";

/// The base that a form begins with: everybody has it.
const FIRST_BASE: &str = "me";

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/connections/{id}/operations", get(list))
        .route("/connections/{id}/operations/{name}", get(form).post(run))
}

fn operations(shared: &Shared) -> &[Value] {
    shared.manifest["operations"].as_array().map_or(&[], Vec::as_slice)
}

fn operation<'a>(shared: &'a Shared, name: &str) -> Result<&'a Value, HostError> {
    let full = format!("{FAMILY}{name}");
    operations(shared).iter().find(|known| known["name"] == *full).ok_or_else(|| {
        HostError::new(
            ErrorCode::NotFound,
            format!("There is no operation {full}."),
            "Choose one from the list of operations.",
        )
    })
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

async fn list(Path(id): Path<String>, visit: Visit) -> Result<Response, Problem> {
    let shared = &visit.shared;
    let connection = shared.host.connection(id_of(&id)?).await?;
    let group = |writes: bool, title: &str| {
        let these = operations(shared).iter().filter(move |it| it["writes"] == writes);
        html! {
            h2 { (title) }
            ul.tiles {
                @for operation in these {
                    @let name = text(operation, "name");
                    li {
                        a href={ "/connections/" (id) "/operations/" (name.strip_prefix(FAMILY).unwrap_or(name)) } {
                            (text(operation, "label"))
                        }
                        span.soft { (text(operation, "description")) }
                        code.small { (name) }
                    }
                }
            }
        }
    };
    let content = html! {
        (heading(&connection, "/operations"))
        p.soft { "What automations can do with this connection. Try it here first." }
        (group(false, "Read"))
        (group(true, "Change something"))
    };
    let title = format!("Operations of {}", connection.name);
    Ok(visit.page(&title, Area::Connections, &content))
}

async fn form(Path((id, name)): Path<(String, String)>, visit: Visit) -> Result<Response, Problem> {
    let shared = &visit.shared;
    let connection = shared.host.connection(id_of(&id)?).await?;
    let operation = operation(shared, &name)?;
    let mut fields = visit.query.clone();
    fields.0.push(("f:baseId".to_owned(), FIRST_BASE.to_owned()));
    let content = page(shared, &connection, operation, &fields, None, &html! {});
    Ok(visit.page(text(operation, "label"), Area::Connections, &content))
}

async fn run(
    Path((id, name)): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, Problem> {
    let Posted { shared, fields } = &posted;
    let connection = shared.host.connection(id_of(&id)?).await?;
    let operation = operation(shared, &name)?;
    let title = text(operation, "label");
    let outcome = async {
        let config = config(operation, fields)?;
        if fields.text("do") == "show" {
            return Ok(None);
        }
        shared.run(connection.id, text(operation, "name"), &config).await.map(Some)
    };
    match outcome.await {
        Ok(answer) => {
            let result = answer.map_or_else(|| html! {}, |answer| result(&answer));
            let content = page(shared, &connection, operation, fields, None, &result);
            Ok(posted.answered(title, Area::Connections, &content))
        }
        Err(error) => {
            // The state may have changed along with the failure.
            let connection = shared.host.connection(connection.id).await?;
            let content = page(shared, &connection, operation, fields, Some(&error), &html! {});
            Ok(posted.refused(&error, title, Area::Connections, &content))
        }
    }
}

fn result(answer: &Value) -> Markup {
    let json = format!("{answer:#}");
    html! {
        section.card #result role="status" {
            div.heading {
                h2 { "Result" }
                (copy("Copy", "result", &json))
            }
            pre tabindex="0" { (json) }
        }
    }
}

/// The operation's input as it was entered.
fn config(operation: &Value, fields: &Fields) -> Result<Value, HostError> {
    let (config, violations) = entered(operation, fields);
    if violations.is_empty() {
        return Ok(config);
    }
    Err(HostError::new(
        ErrorCode::InvalidInput,
        "The input is not valid.",
        "Correct what is marked, then run it again.",
    )
    .with_violations(violations))
}

fn entered(operation: &Value, fields: &Fields) -> (Value, Vec<Violation>) {
    let mut config = Map::new();
    let mut violations = Vec::new();
    for (name, schema) in properties(operation) {
        match read(schema, fields.text(&format!("f:{name}"))) {
            Ok(Some(value)) => {
                config.insert(name.to_owned(), value);
            }
            Ok(None) => {}
            Err(message) => violations.push(Violation {
                pointer: format!("/config/{name}"),
                rule: "type".to_owned(),
                message,
            }),
        }
    }
    (config.into(), violations)
}

/// The input's properties, those that are required first.
fn properties(operation: &Value) -> Vec<(&str, &Value)> {
    let properties = operation["inputSchema"]["properties"].as_object();
    let all = || properties.into_iter().flatten().map(|(name, schema)| (name.as_str(), schema));
    let required = |name: &str| is_required(operation, name);
    all()
        .filter(|(name, _)| required(name))
        .chain(all().filter(|(name, _)| !required(name)))
        .collect()
}

fn is_required(operation: &Value, name: &str) -> bool {
    let required = operation["inputSchema"]["required"].as_array();
    required.is_some_and(|names| names.iter().any(|known| known == name))
}

/// The property that a pointer leads to, as the id of its field.
fn field_of(operation: &Value, pointer: &str) -> Option<String> {
    let name = pointer.strip_prefix("/config/")?.split('/').next()?;
    let index = properties(operation).iter().position(|(known, _)| *known == name)?;
    Some(format!("field-{index}"))
}

fn page(
    shared: &Shared,
    connection: &ConnectionView,
    operation: &Value,
    fields: &Fields,
    error: Option<&HostError>,
    result: &Markup,
) -> Markup {
    let name = text(operation, "name");
    let short = name.strip_prefix(FAMILY).unwrap_or(name);
    let path = format!("/connections/{}/operations", connection.id);
    let (config, _) = entered(operation, fields);
    let call = json!({ "action": name, "connection": connection.id, "config": config });
    let call = format!("{call:#}");
    let none = Vec::new();
    let violations = error.map_or(&none, |error| &error.violations);
    html! {
        (heading(connection, "/operations"))
        p.crumbs { a href=(path) { "Operations" } }
        h2 { (text(operation, "label")) " " code.small { (name) } }
        p {
            (text(operation, "description"))
            @if operation["writes"] == true { " " span.chip.plan { "changes something" } }
        }
        @if let Some(first) = connect_first(shared, connection) { (first) }
        @if let Some(error) = error {
            @if violations.is_empty() {
                (alert(error))
            } @else {
                (summary(error, |violation| field_of(operation, &violation.pointer)))
            }
        }
        (result)
        div.columns {
            section.card {
                h3 { "Input" }
                form.stack method="post" action={ (path) "/" (short) } novalidate {
                    (csrf(shared))
                    @if properties(operation).is_empty() { p.soft { "It needs none." } }
                    @for (index, (name, schema)) in properties(operation).into_iter().enumerate() {
                        @let errors = messages(violations, &format!("/config/{name}"));
                        (control(schema, &Field {
                            id: &format!("field-{index}"),
                            name: &format!("f:{name}"),
                            label: name,
                            hint: text(schema, "description"),
                            required: is_required(operation, name),
                            errors: &errors,
                        }, fields.text(&format!("f:{name}"))))
                    }
                    div.actions {
                        button.primary type="submit" name="do" value="run" { "Run" }
                        button type="submit" name="do" value="show" { "Show as JSON" }
                    }
                }
            }
            section.card {
                div.heading {
                    h3 { "The same in an automation" }
                    (copy("Copy as JSON", "", &call))
                }
                pre #call tabindex="0" { (call) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation() -> Value {
        json!({ "inputSchema": {
            "required": ["size"],
            "properties": {
                "name": { "type": "string" },
                "size": { "type": "integer" },
            },
        } })
    }

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        Fields(pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect())
    }

    #[test]
    fn a_form_is_an_input() {
        let read = config(&operation(), &fields(&[("f:size", "7"), ("f:name", "")])).unwrap();
        assert_eq!(read, json!({ "size": 7 }));
        let error = config(&operation(), &fields(&[("f:size", "x")])).unwrap_err();
        assert_eq!(error.violations[0].pointer, "/config/size");
    }

    #[test]
    fn what_is_required_comes_first() {
        let operation = operation();
        let names: Vec<_> = properties(&operation).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["size", "name"]);
        assert_eq!(field_of(&operation, "/config/name/0"), Some("field-1".to_owned()));
        assert_eq!(field_of(&operation, "/connection"), None);
    }
}
