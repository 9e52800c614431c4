//! Events as they come: by webhook, or found by polling.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::{get, post};
use maud::{Markup, html};
use serde_json::{Value, json};

use super::Shared;
use super::bases::connect_first;
use super::connection::id_of;
use super::forms::{Fields, Posted, Visit};
use super::layout::{Area, Problem};
use super::parts::{Field, action, alert, copy, csrf, heading, messages, moment};
use crate::error::{ErrorCode, HostError};
use crate::host::ConnectionView;
use crate::serve::Poll;
use crate::store::{EventFilter, StoredEvent};

/// How many events a page shows.
const SHOWN: usize = 50;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/events", get(all))
        .route("/events/{number}", get(one))
        .route("/events/{number}/replay", post(replay))
        .route("/connections/{id}/events", get(of_connection))
        .route("/connections/{id}/subscribe", post(subscribe))
        .route("/connections/{id}/poll", post(poll))
}

async fn all(visit: Visit) -> Result<Response, Problem> {
    let shared = &visit.shared;
    let trigger = visit.query.text("trigger").to_owned();
    let dead = visit.query.get("dead").is_some();
    let is_filtered = dead || !trigger.is_empty();
    let events = shared
        .host
        .store()
        .events(EventFilter {
            connection: None,
            trigger: Some(trigger.clone()).filter(|trigger| !trigger.is_empty()),
            dead,
            limit: SHOWN,
        })
        .await?;
    let refused = shared.host.store().refused_webhooks().await?;
    // A filter is a look at what was; what comes meanwhile may not pass it.
    let source = if is_filtered { None } else { Some("/live/events".to_owned()) };
    let last = shared.host.store().last_event().await?;
    let content = html! {
        h1 { "Events" }
        p.soft { "What Calendly told by webhook, and what polling found. New ones appear by themselves." }
        form.toolbar method="get" action="/events" {
            div.field {
                label for="trigger" { "Trigger" }
                select id="trigger" name="trigger" {
                    option value="" { "All" }
                    @for known in triggers(shared) {
                        option value=(known) selected[known == trigger] { (known) }
                    }
                }
            }
            div.choice {
                input type="checkbox" id="dead" name="dead" value="on" checked[dead];
                label for="dead" { "Only those that a target did not take" }
            }
            button type="submit" { "Show" }
        }
        (table(&events, shared.host.clock().now_ms(), true, source, last))
        @if !refused.is_empty() {
            section.card {
                h2 { "Refused webhooks" }
                ul {
                    @for row in &refused {
                        li {
                            a href={ "/connections/" (row.connection) } { "Connection " (row.connection) }
                            ": " (row.count) " times " code { (row.reason) } ", last "
                            (moment(row.last_at, shared.host.clock().now_ms()))
                            ". " (remedy(&row.reason))
                        }
                    }
                }
            }
        }
    };
    Ok(visit.page("Events", Area::Events, &content))
}

/// What to do about refused webhooks.
fn remedy(reason: &str) -> &'static str {
    match reason {
        "no-key" => "Save the webhook signing key on the connection's page.",
        "stale" | "future" => "Look at this machine's clock, and at how long the way here takes.",
        "mismatch" => "If it is Calendly who sends them, the signing key is another app's.",
        _ => "Calendly sends nothing like this; see who does.",
    }
}

fn triggers(shared: &Shared) -> Vec<&str> {
    let all = shared.manifest["triggers"].as_array();
    all.into_iter().flatten().filter_map(|trigger| trigger["name"].as_str()).collect()
}

fn table(
    events: &[StoredEvent],
    now: u64,
    with_connection: bool,
    source: Option<String>,
    last: i64,
) -> Markup {
    html! {
        div.scroll role="region" aria-label="Events" tabindex="0" {
            table #events data-events=[source] data-after=(last) {
                thead {
                    tr {
                        th scope="col" { "When" }
                        th scope="col" { "Trigger" }
                        th scope="col" { "About" }
                        @if with_connection { th scope="col" { "Connection" } }
                        th scope="col" { "Came by" }
                        th scope="col" { "Handed over" }
                    }
                }
                tbody { @for event in events { (row(event, now, with_connection)) } }
            }
        }
        @if events.is_empty() {
            p.empty #no-events { "No events yet." }
        }
        p.hidden #new-events aria-live="polite" {}
    }
}

/// An event in the table.
pub(super) fn row(event: &StoredEvent, now: u64, with_connection: bool) -> Markup {
    html! {
        tr {
            td { (moment(event.stored_at, now)) }
            th scope="row" {
                a href={ "/events/" (event.number) } { (event.trigger) span.hidden { " number " (event.number) } }
            }
            td { (about(&event.event)) }
            @if with_connection {
                td { a href={ "/connections/" (event.connection) "/events" } { (event.connection) } }
            }
            td { (event.source) }
            td { (handed_over(event)) }
        }
    }
}

/// Whom or what an event is about, in a few words.
fn about(event: &Value) -> Markup {
    let fields = &event["record"]["fields"];
    let named = ["name", "email", "first_name"]
        .iter()
        .find_map(|name| fields[*name].as_str().filter(|text| !text.is_empty()));
    match (named, event["recordId"].as_str()) {
        (Some(name), _) => html! { (name) },
        (None, Some(id)) => html! { code.small { (id) } },
        (None, None) => html! { span.soft { "–" } },
    }
}

fn handed_over(event: &StoredEvent) -> Markup {
    let states: BTreeSet<_> = event.handovers.iter().map(|it| it.state.as_str()).collect();
    html! {
        @if states.is_empty() {
            span.soft { "no target" }
        } @else {
            @for state in states { span.badge data-state=(state) { (state) } " " }
        }
    }
}

async fn find(shared: &Shared, number: &str) -> Result<StoredEvent, HostError> {
    let found = match number.parse() {
        Ok(number) => shared.host.store().event(number).await?,
        Err(_) => None,
    };
    found.ok_or_else(|| {
        HostError::new(
            ErrorCode::NotFound,
            "There is no event of that number, or it was so long ago that it is gone.",
            "Look at the list of events.",
        )
    })
}

async fn one(Path(number): Path<String>, visit: Visit) -> Result<Response, Problem> {
    let shared = &visit.shared;
    let event = find(shared, &number).await?;
    let now = shared.host.clock().now_ms();
    let json = format!("{:#}", event.event);
    let content = html! {
        p.crumbs { a href="/events" { "Events" } }
        h1 { (event.trigger) }
        dl.facts {
            div { dt { "Event ID" } dd { code { (event.id) } } }
            div { dt { "Connection" } dd { a href={ "/connections/" (event.connection) } { (event.connection) } } }
            div { dt { "Stored" } dd { (moment(event.stored_at, now)) } }
            div { dt { "Came by" } dd { (event.source) } }
        }
        @if event.handovers.is_empty() {
            p.soft { "No target was to be told of it. Start the console with --target or --command to hand events over." }
        } @else {
            section.card {
                h2 { "Handed over" }
                ul {
                    @for handover in &event.handovers {
                        li {
                            code { (handover.target) } ": "
                            span.badge data-state=(handover.state) { (handover.state) }
                            " after " (handover.attempts) " tries"
                            @if let Some(why) = &handover.last_error { ". " (why) }
                        }
                    }
                }
                (action(shared, &format!("/events/{number}/replay"), "Hand over again", "", ""))
            }
        }
        section.card {
            div.heading {
                h2 { "As targets get it" }
                (copy("Copy as JSON", "", &json))
            }
            pre tabindex="0" { (json) }
        }
    };
    Ok(visit.page(&event.trigger, Area::Events, &content))
}

async fn replay(Path(number): Path<String>, posted: Posted) -> Result<Response, Problem> {
    let event = find(&posted.shared, &number).await?;
    posted.shared.host.store().replay_event(event.id).await?;
    Ok(posted.done(&format!("/events/{number}"), "It is handed over again."))
}

async fn of_connection(Path(id): Path<String>, visit: Visit) -> Result<Response, Problem> {
    let connection = visit.shared.host.connection(id_of(&id)?).await?;
    let content = page(&visit.shared, &connection, &Fields::default(), "", None).await?;
    let title = format!("Events of {}", connection.name);
    Ok(visit.page(&title, Area::Connections, &content))
}

async fn page(
    shared: &Shared,
    connection: &ConnectionView,
    fields: &Fields,
    form: &str,
    error: Option<&HostError>,
) -> Result<Markup, HostError> {
    let id = connection.id;
    let store = shared.host.store();
    let last = store.last_event().await?;
    let filter = EventFilter { connection: Some(id), limit: SHOWN, ..EventFilter::default() };
    let events = store.events(filter).await?;
    let of = |wanted: &str| error.filter(|_| form == wanted);
    let first = connect_first(shared, connection);
    Ok(html! {
        (heading(connection, "/events"))
        @match first {
            Some(first) => (first),
            None => {
                div.columns {
                    (subscribe_form(shared, connection, fields, of("subscribe")))
                    (poll_form(shared, id, fields, of("poll")))
                }
            }
        }
        h2 { "Events" }
        (table(&events, shared.host.clock().now_ms(), false, Some(format!("/live/events?connection={id}")), last))
    })
}

/// The triggers that webhooks tell. Those of records in general are left out: subscribing takes
/// them with a table, and then they are the table's own.
fn by_webhook(shared: &Shared) -> impl Iterator<Item = &Value> {
    let all = shared.manifest["triggers"].as_array().into_iter().flatten();
    all.filter(|trigger| {
        let name = trigger["name"].as_str().unwrap_or_default();
        let told = trigger["webhookEvents"].as_array().is_some_and(|it| !it.is_empty());
        told && !name.starts_with("record.")
    })
}

fn subscribe_form(
    shared: &Shared,
    connection: &ConnectionView,
    fields: &Fields,
    error: Option<&HostError>,
) -> Markup {
    let id = connection.id;
    let url = format!("{}/webhooks/{id}", shared.origin);
    let url = fields.get("url").unwrap_or(&url);
    let wrong =
        |pointer: &str| error.map(|error| messages(&error.violations, pointer)).unwrap_or_default();
    let (base_errors, url_errors, event_errors) =
        (wrong("/config/baseId"), wrong("/config/url"), wrong("/config/events"));
    let has_key = connection.configuration.get("webhookSigningKey").is_some();
    let chosen = |name: &str| fields.all("event").any(|known| known == name);
    html! {
        section.card {
            h2 { "Subscribe to webhooks" }
            @if let Some(error) = error { (alert(error)) }
            @if !has_key {
                p.warning {
                    "There is no webhook signing key yet, so every webhook would be refused. "
                    a href={ "/connections/" (id) "#webhook-signing-key" } { "Save it first." }
                }
            }
            form.stack method="post" action={ "/connections/" (id) "/subscribe" } novalidate {
                (csrf(shared))
                (Field {
                    id: "subscribe-base", name: "baseId", label: "Base",
                    hint: "me, organization, or a group's id.", required: true, errors: &base_errors,
                }.text(fields.get("baseId").unwrap_or("me")))
                (Field {
                    id: "url", name: "url", label: "URL",
                    hint: "Calendly calls it, so it has to be reached from the internet by HTTPS.",
                    required: true, errors: &url_errors,
                }.text(url))
                fieldset.many aria-describedby=[(!event_errors.is_empty()).then_some("event-error")] {
                    legend { "Events" }
                    @for trigger in by_webhook(shared) {
                        @let name = trigger["name"].as_str().unwrap_or_default();
                        div.choice {
                            input type="checkbox" id={ "event-" (name) } name="event" value=(name)
                                checked[chosen(name)];
                            label for={ "event-" (name) } { (name) }
                        }
                    }
                    @if !event_errors.is_empty() { p.error #event-error { (event_errors.join(". ")) } }
                }
                button type="submit" { "Subscribe" }
            }
        }
    }
}

async fn subscribe(Path(id): Path<String>, posted: Posted) -> Result<Response, Problem> {
    let id = id_of(&id)?;
    let Posted { shared, fields } = &posted;
    let events: Vec<_> = fields.all("event").collect();
    let config = json!({
        "baseId": fields.text("baseId").trim(),
        "url": fields.text("url").trim(),
        "events": events,
    });
    match shared.run(id, "calendly.subscribeWebhook", &config).await {
        Ok(answer) => {
            let outcomes = answer["subscriptions"].as_array().into_iter().flatten();
            let outcomes: Vec<_> = outcomes.filter_map(|it| it["outcome"].as_str()).collect();
            let text = match outcomes.as_slice() {
                ["unchanged", ..] if outcomes.iter().all(|it| *it == "unchanged") => {
                    "It was subscribed already.".to_owned()
                }
                _ => format!("Calendly will tell. Subscriptions: {}.", outcomes.join(", ")),
            };
            Ok(posted.done(&format!("/connections/{id}/events"), text))
        }
        Err(error) => refused(&posted, id, "subscribe", &error).await,
    }
}

fn poll_form(shared: &Shared, id: u64, fields: &Fields, error: Option<&HostError>) -> Markup {
    let tables: Vec<_> = shared.manifest["tables"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|table| {
            table["verbs"].as_array().is_some_and(|verbs| verbs.iter().any(|it| it == "query"))
        })
        .filter_map(|table| {
            Some((table["name"].as_str()?.to_owned(), table["label"].as_str()?.to_owned()))
        })
        .collect();
    let is_fresh = fields.get("tableId").is_none();
    html! {
        section.card {
            h2 { "Poll" }
            @if let Some(error) = error { (alert(error)) }
            p.soft {
                "Looks at Calendly for what has changed since the last poll. The first one only remembers \
                 what is there."
            }
            form.stack method="post" action={ "/connections/" (id) "/poll" } novalidate {
                (csrf(shared))
                (Field {
                    id: "poll-base", name: "baseId", label: "Base", hint: "", required: true, errors: &[],
                }.text(fields.get("baseId").unwrap_or("me")))
                (Field {
                    id: "poll-table", name: "tableId", label: "Table", hint: "", required: true, errors: &[],
                }.select(&tables, fields.get("tableId").unwrap_or("contacts")))
                fieldset {
                    legend { "Look for records that were" }
                    @for (event, first) in [("created", true), ("updated", true), ("deleted", false)] {
                        div.choice {
                            input type="checkbox" id={ "poll-" (event) } name="event" value=(event)
                                checked[if is_fresh { first } else { fields.all("event").any(|it| it == event) }];
                            label for={ "poll-" (event) } { (event) }
                        }
                    }
                }
                button type="submit" { "Poll now" }
            }
        }
    }
}

async fn poll(Path(id): Path<String>, posted: Posted) -> Result<Response, Problem> {
    let id = id_of(&id)?;
    let Posted { shared, fields } = &posted;
    let events: Vec<_> = fields.all("event").collect();
    let request = json!({
        "baseId": fields.text("baseId").trim(),
        "tableId": fields.text("tableId"),
        "events": events,
    });
    let first = shared.host.store().poll_state(id, request.to_string()).await?.is_none();
    match shared.events.poll(&Poll { connection: id, request }).await {
        Ok(done) => {
            let text = match (first, done.new) {
                (true, 0) => {
                    "What is there is remembered. The next poll tells what has changed.".to_owned()
                }
                (false, 0) => "Nothing has changed since the last poll.".to_owned(),
                (_, 1) => "1 new event.".to_owned(),
                (_, count) => format!("{count} new events."),
            };
            let more = if done.more { " There is more: poll again." } else { "" };
            Ok(posted.done(&format!("/connections/{id}/events"), format!("{text}{more}")))
        }
        Err(error) => refused(&posted, id, "poll", &error).await,
    }
}

async fn refused(
    posted: &Posted,
    id: u64,
    form: &str,
    error: &HostError,
) -> Result<Response, Problem> {
    let connection = posted.shared.host.connection(id).await?;
    let content = page(&posted.shared, &connection, &posted.fields, form, Some(error)).await?;
    let title = format!("Events of {}", connection.name);
    Ok(posted.refused(error, &title, Area::Connections, &content))
}
