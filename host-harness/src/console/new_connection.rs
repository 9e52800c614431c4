//! A connection is added.

use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use maud::{Markup, html};
use serde_json::{Map, Value, json};

use super::forms::{Fields, Posted, Visit};
use super::layout::{Area, Problem};
use super::parts::{Field, copy, csrf, messages, summary};
use super::{CALLBACK, Shared};
use crate::error::{HostError, Violation};

const TITLE: &str = "Add connection";

/// What a connection may be allowed to do, in the brief's three steps.
const SCOPES: [(&str, &str, &[&str], &str); 2] = [
    (
        "read",
        "Read-only",
        &["schema.bases:read", "data.records:read"],
        "See bases, tables and records: meetings, invitees, contacts, event types and more. Nothing \
         can be changed.",
    ),
    (
        "write",
        "Read and write",
        &["schema.bases:read", "data.records:read", "data.records:write"],
        "Also create, change and delete records where Calendly offers it, such as contacts, and book \
         or cancel meetings.",
    ),
];

/// What webhooks need besides.
const WEBHOOKS: &str = "webhook:manage";

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/connections/new", get(form).post(create))
}

async fn form(visit: Visit) -> Result<Response, Problem> {
    let id = visit.shared.host.store().next_connection_id().await?;
    let mut fields = visit.query.clone();
    fields.0.push(("id".to_owned(), id.to_string()));
    fields.0.push(("access".to_owned(), "read".to_owned()));
    let content = page(&visit.shared, &fields, None);
    Ok(visit.page(TITLE, Area::Connections, &content))
}

async fn create(posted: Posted) -> Response {
    let Posted { shared, fields } = &posted;
    match shared.host.create_connection(&document(fields).to_string()).await {
        Ok(connection) => posted.done(
            &format!("/connections/{}", connection.id),
            format!("{} is saved. Connect it now to use it.", connection.name),
        ),
        Err(error) => {
            let content = page(shared, fields, Some(&error));
            posted.refused(&error, TITLE, Area::Connections, &content)
        }
    }
}

fn by_token(fields: &Fields) -> bool {
    fields.text("method") == "token"
}

/// The document that the form describes; what is wrong with it is the connector's to say.
fn document(fields: &Fields) -> Value {
    let mut document = Map::new();
    document.insert("type".to_owned(), fields.text("type").into());
    let id = fields.text("id").trim();
    // What is no number is left as it is, to be refused as that.
    document.insert("id".to_owned(), id.parse::<u64>().map_or_else(|_| id.into(), Value::from));
    document.insert("name".to_owned(), fields.text("name").into());
    if by_token(fields) {
        document.insert("personalAccessToken".to_owned(), fields.text("token").trim().into());
        return document.into();
    }
    document.insert("clientId".to_owned(), fields.text("clientId").trim().into());
    document.insert("clientSecret".to_owned(), fields.text("clientSecret").trim().into());
    document.insert("scopes".to_owned(), scopes(fields));
    document.into()
}

fn scopes(fields: &Fields) -> Value {
    let chosen = SCOPES.iter().find(|(name, ..)| *name == fields.text("access"));
    let mut scopes: Vec<_> = chosen.map_or(&SCOPES[0], |it| it).2.to_vec();
    if fields.get("webhooks").is_some() {
        scopes.push(WEBHOOKS);
    }
    json!(scopes)
}

/// The field that a violation is about, by its id on the page.
fn field_of(violation: &Violation) -> Option<String> {
    let id = match violation.pointer.as_str() {
        "/type" => "type",
        "/id" => "id",
        "/name" => "name",
        "/clientId" => "client-id",
        "/clientSecret" => "client-secret",
        "/personalAccessToken" => "token",
        _ => return None,
    };
    Some(id.to_owned())
}

fn page(shared: &Shared, fields: &Fields, error: Option<&HostError>) -> Markup {
    let none = Vec::new();
    let violations = error.map_or(&none, |error| &error.violations);
    let field = |id: &'static str, pointer: &str| {
        let (label, hint) =
            WORDS.iter().find(|(known, ..)| *known == id).map_or(("", ""), |it| (it.1, it.2));
        (id, label, hint, messages(violations, pointer))
    };
    let text = |id, name: &'static str, pointer: &str| {
        let (id, label, hint, errors) = field(id, pointer);
        Field { id, name, label, hint, required: true, errors: &errors }.text(fields.text(name))
    };
    let secret = |id, name: &'static str, pointer: &str| {
        let (id, label, hint, errors) = field(id, pointer);
        Field { id, name, label, hint, required: true, errors: &errors }.secret()
    };
    let errors = messages(violations, "/type");
    let kind = Field {
        id: "type",
        name: "type",
        label: "Type",
        hint: "",
        required: true,
        errors: &errors,
    };
    html! {
        p.crumbs { a href="/connections" { "Connections" } }
        h1 { (TITLE) }
        @if let Some(error) = error { (summary(error, field_of)) }
        form.stack.narrow method="post" action="/connections/new" novalidate {
            (csrf(shared))
            (kind.select(&[("calendly".to_owned(), "calendly".to_owned())], "calendly"))
            (text("id", "id", "/id"))
            (text("name", "name", "/name"))
            @if by_token(fields) {
                input type="hidden" name="method" value="token";
                (secret("token", "token", "/personalAccessToken"))
                p.small { a href="/connections/new" { "Use an OAuth app instead" } }
            } @else {
                (text("client-id", "clientId", "/clientId"))
                (secret("client-secret", "clientSecret", "/clientSecret"))
                @if error.is_some() {
                    p.small.soft { "Secrets are not kept in forms: enter it again." }
                }
                (access(fields))
                (redirect_uri(shared))
                p.small { a href="/connections/new?method=token" { "Use a personal access token instead" } }
            }
            div.actions {
                button.primary type="submit" { "Save" }
                a.button href="/connections" { "Cancel" }
            }
        }
    }
}

const WORDS: [(&str, &str, &str); 5] = [
    (
        "id",
        "ID",
        "A number of your choice. It never changes, and automations name the connection by it.",
    ),
    ("name", "Name", "What people call it, such as Marketing Calendly."),
    (
        "client-id",
        "Client ID",
        "From your OAuth app at Calendly. The setup guide says how to make one.",
    ),
    (
        "client-secret",
        "Client secret",
        "From the same place. It is stored encrypted and never shown again.",
    ),
    (
        "token",
        "Personal access token",
        "From Calendly, Integrations & apps, API and webhooks. It is stored encrypted and never shown again.",
    ),
];

fn access(fields: &Fields) -> Markup {
    html! {
        fieldset {
            legend { "What it may do" }
            @for (value, label, scopes, meaning) in SCOPES {
                div.choice {
                    input type="radio" id={ "access-" (value) } name="access" value=(value)
                        checked[fields.text("access") == value]
                        aria-describedby={ "access-" (value) "-hint" };
                    div {
                        label for={ "access-" (value) } { (label) }
                        p.hint id={ "access-" (value) "-hint" } {
                            (meaning) " " code { (scopes.join(" ")) }
                        }
                    }
                }
            }
            div.choice {
                input type="checkbox" id="webhooks" name="webhooks" value="on"
                    checked[fields.get("webhooks").is_some()] aria-describedby="webhooks-hint";
                div {
                    label for="webhooks" { "Webhooks" }
                    p.hint id="webhooks-hint" {
                        "Also be told by Calendly as soon as something happens. " code { (WEBHOOKS) }
                    }
                }
            }
        }
    }
}

/// Where the service sends the browser back to, to be copied.
pub(super) fn redirect_uri(shared: &Shared) -> Markup {
    let uri = format!("{}{CALLBACK}", shared.origin);
    html! {
        div.field {
            label for="redirect-uri" { "Redirect URI" }
            p.hint id="redirect-uri-hint" { "Enter exactly this in your OAuth app at Calendly." }
            div.joined {
                input type="text" id="redirect-uri" value=(uri) readonly
                    aria-describedby="redirect-uri-hint";
                (copy("Copy", "redirect URI", &uri))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        Fields(pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect())
    }

    #[test]
    fn a_form_is_a_document() {
        let form = fields(&[
            ("type", "calendly"),
            ("id", " 7 "),
            ("name", "Marketing"),
            ("clientId", "a"),
            ("clientSecret", "b"),
            ("access", "write"),
            ("webhooks", "on"),
        ]);
        let scopes =
            ["schema.bases:read", "data.records:read", "data.records:write", "webhook:manage"];
        let expected = json!({
            "type": "calendly", "id": 7, "name": "Marketing", "clientId": "a", "clientSecret": "b",
            "scopes": scopes,
        });
        assert_eq!(document(&form), expected);
        let form = fields(&[("id", "x"), ("method", "token"), ("token", "t")]);
        let expected = json!({ "type": "", "id": "x", "name": "", "personalAccessToken": "t" });
        assert_eq!(document(&form), expected);
    }
}
