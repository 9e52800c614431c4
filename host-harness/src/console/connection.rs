//! One connection: what it is, what it may do, and what a person can do with it.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::{get, post};
use maud::{Markup, html};
use serde_json::{Map, Value, json};

use super::forms::{Fields, Posted, Visit};
use super::layout::{Area, Problem};
use super::new_connection::redirect_uri;
use super::parts::{Field, action, csrf, heading, messages, moment, summary};
use super::{CALLBACK, Shared, connections};
use crate::budget::{Budget, BudgetView};
use crate::error::{ErrorCode, HostError, Violation};
use crate::host::{ConnectionView, GrantView, Revoked};
use crate::store::OutstandingRevocation;
use crate::timestamp;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/connections/{id}", get(overview))
        .route("/connections/{id}/rename", post(rename))
        .route("/connections/{id}/credentials", post(update_credentials))
        .route("/connections/{id}/signing-key", post(set_signing_key))
        .route("/connections/{id}/test", post(test))
        .route("/connections/{id}/rotate", post(rotate))
        .route("/connections/{id}/disconnect", post(disconnect))
        .route("/connections/{id}/remove", get(confirm_removal).post(remove))
        .route("/connections/{id}/retry-revocations", post(retry_revocations))
}

/// The id in a path; what is no number is the id of no connection.
pub(super) fn id_of(text: &str) -> Result<u64, HostError> {
    let id = text.parse::<u64>().ok().filter(|id| id.to_string() == text);
    id.ok_or_else(|| {
        HostError::new(
            ErrorCode::NotFound,
            "There is no connection of that number.",
            "List the connections to see their numbers.",
        )
    })
}

async fn overview(Path(id): Path<String>, visit: Visit) -> Result<Response, Problem> {
    let connection = visit.shared.host.connection(id_of(&id)?).await?;
    let content = page(&visit.shared, &connection, &Wrong::default()).await?;
    Ok(visit.page(&connection.name, Area::Connections, &content))
}

/// What was wrong with one of the page's forms.
#[derive(Default)]
struct Wrong<'a> {
    form: &'static str,
    fields: Fields,
    error: Option<&'a HostError>,
}

impl Wrong<'_> {
    fn error_of(&self, form: &str) -> Option<&HostError> {
        self.error.filter(|_| self.form == form)
    }

    fn messages(&self, form: &str, pointer: &str) -> Vec<String> {
        self.error_of(form).map(|error| messages(&error.violations, pointer)).unwrap_or_default()
    }

    fn text<'a>(&'a self, form: &str, name: &str, present: &'a str) -> &'a str {
        if self.form == form { self.fields.text(name) } else { present }
    }
}

/// The page again, with what is wrong with the form.
async fn refused(
    posted: &Posted,
    id: u64,
    form: &'static str,
    error: &HostError,
) -> Result<Response, Problem> {
    let connection = posted.shared.host.connection(id).await?;
    let wrong = Wrong { form, fields: posted.fields.clone(), error: Some(error) };
    let content = page(&posted.shared, &connection, &wrong).await?;
    Ok(posted.refused(error, &connection.name, Area::Connections, &content))
}

async fn page(
    shared: &Shared,
    connection: &ConnectionView,
    wrong: &Wrong<'_>,
) -> Result<Markup, HostError> {
    let now = shared.host.clock().now_ms();
    let queued = shared.host.store().revocations_of(connection.id).await?;
    let budget = shared.host.budget(connection.id, Budget::Api);
    let pulse = shared.host.store().pulse(Some(connection.id)).await?;
    Ok(html! {
        (heading(connection, ""))
        div data-live="state" data-live-source={ "/live?connection=" (connection.id) }
            data-live-version=(pulse) {
            (state(shared, connection, now))
            (grant(connection.grant.as_ref(), now))
            (limits(&budget, now))
            (revocations(shared, connection.id, &queued, now))
        }
        div.columns {
            (name_form(shared, connection, wrong))
            (credentials_form(shared, connection, wrong))
            (signing_key_form(shared, connection, wrong))
        }
        (removal(shared, connection))
    })
}

fn state(shared: &Shared, connection: &ConnectionView, now: u64) -> Markup {
    let ConnectionView { id, state, .. } = connection;
    html! {
        section.card {
            h2 { "Status" }
            p { (meaning(state)) }
            @if let Some(error) = connection.last_error.as_ref() {
                p.error { "Last problem: " (error.message) " " span.soft { "(" (error.code) ")" } }
            }
            @if let Some(warning) = &connection.warning { p.warning { (warning) } }
            (connections::actions(shared, connection, ""))
            dl.facts {
                div { dt { "ID" } dd { (id) } }
                div { dt { "Created" } dd { (moment(connection.created_at, now)) } }
                div { dt { "Last changed" } dd { (moment(connection.updated_at, now)) } }
                div {
                    dt { "Last activity" }
                    dd {
                        @match connection.last_activity_at {
                            Some(at) => (moment(at, now)),
                            None => "never",
                        }
                    }
                }
                div { dt { "For the platform" } dd { code { (connection.platform.status) } } }
            }
            (paste_form(shared, connection))
        }
    }
}

fn meaning(state: &str) -> &'static str {
    match state {
        "configured" => "The credentials are saved. Connect it, and allow access at Calendly.",
        "connected" => "Calendly gave access. Automations can use this connection.",
        "disconnected" => {
            "It was disconnected, and its access was given back. Re-connect to use it again."
        }
        _ => {
            "Calendly no longer accepts it. Check the credentials if they are what is wrong, then \
             re-connect."
        }
    }
}

/// For those whose browser comes back to another place than this console.
fn paste_form(shared: &Shared, connection: &ConnectionView) -> Markup {
    let configured = connection.configuration["redirectUri"].as_str();
    let elsewhere = configured.filter(|uri| *uri != format!("{}{CALLBACK}", shared.origin));
    html! {
        @if let Some(uri) = elsewhere {
            details {
                summary { "The browser comes back to another address" }
                p.small {
                    "After you allowed access, the browser goes to " code { (uri) } ", which is not \
                     this console. Paste the address that it ended at."
                }
                form.stack method="post" action={ "/connections/" (connection.id) "/callback" } {
                    (csrf(shared))
                    (Field {
                        id: "callback", name: "callback", label: "Address", hint: "",
                        required: true, errors: &[],
                    }.text(""))
                    button type="submit" { "Finish connecting" }
                }
            }
        }
    }
}

fn grant(grant: Option<&GrantView>, now: u64) -> Markup {
    html! {
        section.card {
            h2 { "Access" }
            @match grant {
                None => p.soft { "No access has been granted yet." },
                Some(grant) => {
                    dl.facts {
                        div { dt { "Granted" } dd { (moment(grant.obtained_at, now)) } }
                        div {
                            dt { "Access token expires" }
                            dd {
                                @match grant.access_expires_at {
                                    Some(at) => {
                                        (moment(at, now))
                                        span.soft { ", and is renewed by itself" }
                                    }
                                    None => "never",
                                }
                            }
                        }
                        @if let Some(at) = grant.refresh_expires_at {
                            div { dt { "Known lifetime of the refresh token" } dd { (moment(at, now)) } }
                        }
                        @if let Some(owner) = &grant.owner {
                            div { dt { "Calendly user" } dd { code { (owner) } } }
                        }
                        @if let Some(organization) = &grant.organization {
                            div { dt { "Organization" } dd { code { (organization) } } }
                        }
                    }
                    h3 { "Scopes granted" }
                    ul.chips {
                        @for scope in &grant.scopes { li { code { (scope) } } }
                    }
                }
            }
        }
    }
}

fn limits(budget: &BudgetView, now: u64) -> Markup {
    html! {
        section.card {
            h2 { "Rate budget" }
            dl.facts {
                div {
                    dt { "In the last " (seconds(budget.ceiling.window_ms)) }
                    dd { (budget.sent) " of " (budget.ceiling.requests) " requests" }
                }
                div { dt { "Waiting for their turn" } dd { (budget.waiting) } }
                @if let Some(limit) = budget.service_limit {
                    div {
                        dt { "Calendly allows" }
                        dd { (limit.requests) " requests in " (seconds(limit.window_ms)) }
                    }
                }
                @if let Some((remaining, ends_at)) = budget.service_remaining {
                    div {
                        dt { "Left, by Calendly's count" }
                        dd { (remaining) ", counted anew " (timestamp::relative(ends_at, now)) }
                    }
                }
                @if let Some(until) = budget.paused_until {
                    div { dt { "Paused for Calendly" } dd { "goes on " (moment(until, now)) } }
                }
            }
        }
    }
}

fn seconds(ms: u64) -> String {
    match ms / 1_000 {
        1 => "second".to_owned(),
        count => format!("{count} seconds"),
    }
}

fn revocations(shared: &Shared, id: u64, queued: &[OutstandingRevocation], now: u64) -> Markup {
    html! {
        @if !queued.is_empty() {
            section.card {
                h2 { "Queued revocations" }
                p {
                    "Access that was given back here, and that Calendly has yet to be told about. It \
                     is tried again by itself."
                }
                ul {
                    @for revocation in queued {
                        li {
                            "Queued " (moment(revocation.created_at, now)) ", tried "
                            (revocation.attempts) " times, "
                            @if revocation.given_up_at.is_some() {
                                strong { "given up" }
                            } @else {
                                "next " (moment(revocation.next_attempt_at, now))
                            }
                            @if let Some(why) = &revocation.last_error { ". " (why) }
                        }
                    }
                }
                (action(shared, &format!("/connections/{id}/retry-revocations"), "Try again now", "", ""))
            }
        }
    }
}

fn name_form(shared: &Shared, connection: &ConnectionView, wrong: &Wrong<'_>) -> Markup {
    let errors = wrong.messages("rename", "/name");
    let field = Field {
        id: "name",
        name: "name",
        label: "Name",
        hint: "",
        required: true,
        errors: &errors,
    };
    html! {
        section.card {
            h2 #rename { "Rename" }
            @if let Some(error) = wrong.error_of("rename") {
                (summary(error, |violation| (violation.pointer == "/name").then(|| "name".to_owned())))
            }
            form.stack method="post" action={ "/connections/" (connection.id) "/rename" } novalidate {
                (csrf(shared))
                (field.text(wrong.text("rename", "name", &connection.name)))
                button type="submit" { "Save name" }
            }
        }
    }
}

fn credentials_form(shared: &Shared, connection: &ConnectionView, wrong: &Wrong<'_>) -> Markup {
    const FORM: &str = "credentials";
    let by_token = connection.configuration.get("personalAccessToken").is_some();
    let client_id = connection.configuration["clientId"].as_str().unwrap_or_default();
    let id_errors = wrong.messages(FORM, "/clientId");
    let secret_errors = wrong.messages(FORM, "/clientSecret");
    let token_errors = wrong.messages(FORM, "/personalAccessToken");
    html! {
        section.card {
            h2 #credentials { "Credentials" }
            @if let Some(error) = wrong.error_of(FORM) { (summary(error, credential_field)) }
            dl.facts {
                @if by_token {
                    div { dt { "Personal access token" } dd { code { "***" } } }
                } @else {
                    div { dt { "Client ID" } dd { code { (client_id) } } }
                    div { dt { "Client secret" } dd { code { "***" } } }
                }
            }
            form.stack method="post" action={ "/connections/" (connection.id) "/credentials" } novalidate {
                (csrf(shared))
                @if by_token {
                    (Field {
                        id: "token", name: "token", label: "Personal access token",
                        hint: "The new one.", required: true, errors: &token_errors,
                    }.secret())
                } @else {
                    (Field {
                        id: "client-id", name: "clientId", label: "Client ID", hint: "",
                        required: true, errors: &id_errors,
                    }.text(wrong.text(FORM, "clientId", client_id)))
                    (Field {
                        id: "client-secret", name: "clientSecret", label: "Client secret",
                        hint: "Leave it empty to keep the present one.", required: false,
                        errors: &secret_errors,
                    }.secret())
                }
                button type="submit" { "Update credentials" }
            }
            @if !by_token {
                details {
                    summary { "What Calendly has to know of this console" }
                    (redirect_uri(shared))
                }
            }
            @if connection.user_actions.contains(&"test") {
                details {
                    summary { "Somebody may have seen the tokens" }
                    p.small {
                        "Replaces the tokens by new ones, and has Calendly end the old access token. \
                         Nobody has to allow anything again."
                    }
                    (action(shared, &format!("/connections/{}/rotate", connection.id), "Replace tokens", "", ""))
                }
            }
        }
    }
}

fn credential_field(violation: &Violation) -> Option<String> {
    let id = match violation.pointer.as_str() {
        "/clientId" => "client-id",
        "/clientSecret" => "client-secret",
        "/personalAccessToken" => "token",
        _ => return None,
    };
    Some(id.to_owned())
}

fn signing_key_form(shared: &Shared, connection: &ConnectionView, wrong: &Wrong<'_>) -> Markup {
    const FORM: &str = "signing-key";
    let has = |name: &str| connection.configuration.get(name).is_some();
    let errors = wrong.messages(FORM, "/webhookSigningKey");
    let field = Field {
        id: "signing-key",
        name: "key",
        label: "New signing key",
        hint: "From your OAuth app at Calendly, shown there once. The one before is taken until you \
               say that it is no longer used.",
        required: true,
        errors: &errors,
    };
    html! {
        section.card {
            h2 #webhook-signing-key { "Webhook signing key" }
            @if let Some(error) = wrong.error_of(FORM) {
                (summary(error, |violation| {
                    (violation.pointer == "/webhookSigningKey").then(|| "signing-key".to_owned())
                }))
            }
            dl.facts {
                div {
                    dt { "Key" }
                    dd { @if has("webhookSigningKey") { code { "***" } } @else { "none: every webhook is refused" } }
                }
                @if has("previousWebhookSigningKey") {
                    div { dt { "Key before" } dd { code { "***" } } }
                }
            }
            form.stack method="post" action={ "/connections/" (connection.id) "/signing-key" } novalidate {
                (csrf(shared))
                (field.secret())
                button type="submit" name="do" value="set" { "Save signing key" }
            }
            @if has("previousWebhookSigningKey") {
                form method="post" action={ "/connections/" (connection.id) "/signing-key" } {
                    (csrf(shared))
                    button type="submit" name="do" value="forget-previous" { "Forget the key before" }
                }
            }
        }
    }
}

fn removal(_: &Shared, connection: &ConnectionView) -> Markup {
    html! {
        section.card {
            h2 { "Remove" }
            p { "Gives the access back to Calendly and deletes the connection with all that is stored of it." }
            a.button.danger href={ "/connections/" (connection.id) "/remove" } { "Remove connection" }
        }
    }
}

async fn rename(Path(id): Path<String>, posted: Posted) -> Result<Response, Problem> {
    let id = id_of(&id)?;
    match posted.shared.host.rename_connection(id, posted.fields.text("name")).await {
        Ok(connection) => {
            let text = format!("It is called {} now.", connection.name);
            Ok(posted.done(&format!("/connections/{id}"), text))
        }
        Err(error) => refused(&posted, id, "rename", &error).await,
    }
}

async fn update_credentials(Path(id): Path<String>, posted: Posted) -> Result<Response, Problem> {
    let id = id_of(&id)?;
    let host = &posted.shared.host;
    let before = host.connection(id).await?;
    let mut changes = Map::new();
    for (name, property) in [
        ("clientId", "clientId"),
        ("clientSecret", "clientSecret"),
        ("token", "personalAccessToken"),
    ] {
        let value = posted.fields.get(name).map(str::trim);
        let keeps = name == "clientSecret" && value == Some("");
        if let Some(value) = value.filter(|_| !keeps) {
            changes.insert(property.to_owned(), value.into());
        }
    }
    match host.change_connection(id, &Value::Object(changes).to_string()).await {
        Ok(after) if after.updated_at == before.updated_at && after.state == before.state => {
            Ok(posted.done(&format!("/connections/{id}"), "The credentials are as they were."))
        }
        Ok(after) => {
            let next = if after.user_actions.contains(&"reconnect") {
                "Re-connect it now."
            } else if after.user_actions.contains(&"connect") {
                "Connect it now."
            } else {
                "Test it to see that they work."
            };
            let text = format!("The credentials are updated. {next}");
            Ok(posted.done(&format!("/connections/{id}"), text))
        }
        Err(error) => refused(&posted, id, "credentials", &error).await,
    }
}

async fn set_signing_key(Path(id): Path<String>, posted: Posted) -> Result<Response, Problem> {
    let id = id_of(&id)?;
    let (changes, text) = if posted.fields.text("do") == "forget-previous" {
        (json!({ "previousWebhookSigningKey": null }), "The key before is no longer taken.")
    } else {
        let key = posted.fields.text("key").trim();
        (json!({ "webhookSigningKey": key }), "The webhook signing key is saved.")
    };
    match posted.shared.host.change_connection(id, &changes.to_string()).await {
        Ok(_) => Ok(posted.done(&format!("/connections/{id}"), text)),
        Err(error) => refused(&posted, id, "signing-key", &error).await,
    }
}

async fn test(Path(id): Path<String>, posted: Posted) -> Result<Response, Problem> {
    let id = id_of(&id)?;
    let path = format!("/connections/{id}");
    Ok(match posted.shared.host.test(id).await {
        Ok(account) => posted
            .done(&path, format!("It works: connected as {} ({}).", account.name, account.email)),
        Err(error) => posted.failed(&path, error),
    })
}

async fn rotate(Path(id): Path<String>, posted: Posted) -> Result<Response, Problem> {
    let id = id_of(&id)?;
    let path = format!("/connections/{id}");
    Ok(match posted.shared.host.rotate_connection(id).await {
        Ok(rotated) => {
            posted.done(&path, format!("The tokens are replaced. {}", told(&rotated.tokens)))
        }
        Err(error) => posted.failed(&path, error),
    })
}

async fn disconnect(Path(id): Path<String>, posted: Posted) -> Result<Response, Problem> {
    let id = id_of(&id)?;
    let path = format!("/connections/{id}");
    Ok(match posted.shared.host.disconnect(id).await {
        Ok(done) => posted.done(
            &path,
            format!("{} is disconnected. {}", done.connection.name, told(&done.tokens)),
        ),
        Err(error) => posted.failed(&path, error),
    })
}

/// What became of the tokens.
fn told(tokens: &Revoked) -> String {
    match (&tokens.reason, tokens.queued) {
        (Some(reason), true) => format!(
            "Calendly could not be told yet: {} It is tried again by itself.",
            reason.message
        ),
        (Some(reason), false) => format!("Calendly could not be told: {}", reason.message),
        (None, _) if tokens.revoked > 0 => "Calendly ended its tokens.".to_owned(),
        (None, _) => "There were no tokens to end.".to_owned(),
    }
}

async fn confirm_removal(Path(id): Path<String>, visit: Visit) -> Result<Response, Problem> {
    let connection = visit.shared.host.connection(id_of(&id)?).await?;
    let title = format!("Remove {}?", connection.name);
    let content = html! {
        div.narrow {
            h1 { (title) }
            p {
                "Calendly is told to end the connection's tokens. Its credentials, events and poll \
                 states are deleted here. Automations that use connection " (connection.id) " fail \
                 from then on. This cannot be undone."
            }
            div.actions {
                (action(&visit.shared, &format!("/connections/{id}/remove"), "Remove", &connection.name, "danger"))
                a.button href={ "/connections/" (id) } { "Keep it" }
            }
        }
    };
    Ok(visit.page(&title, Area::Connections, &content))
}

async fn remove(Path(id): Path<String>, posted: Posted) -> Result<Response, Problem> {
    let id = id_of(&id)?;
    Ok(match posted.shared.host.remove_connection(id).await {
        Ok(removed) => posted.done(
            "/connections",
            format!("{} is removed. {}", removed.name, told(&removed.tokens)),
        ),
        Err(error) => posted.failed(&format!("/connections/{id}"), error),
    })
}

async fn retry_revocations(Path(id): Path<String>, posted: Posted) -> Result<Response, Problem> {
    let id = id_of(&id)?;
    let summary = posted.shared.host.retry_revocations().await?;
    let text = format!("{} revoked, {} still outstanding.", summary.done, summary.outstanding);
    Ok(posted.done(&format!("/connections/{id}"), text))
}
