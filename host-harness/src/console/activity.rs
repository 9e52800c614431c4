//! What a connection sent, what was done with it, and what of it is unusual.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;
use maud::{Markup, html};

use super::Shared;
use super::chart;
use super::connection::id_of;
use super::forms::Visit;
use super::layout::{Area, Problem};
use super::parts::{heading, moment};
use crate::audit::{AuditEvent, AuditReport, AuditedRequest, Count};
use crate::timestamp;

const HOUR_MS: u64 = 60 * 60 * 1_000;

/// What can be looked at: its name, its words, how long it is, how long a bar is.
const SPANS: [(&str, &str, u64, u64); 3] = [
    ("hour", "Last hour", HOUR_MS, HOUR_MS / 60),
    ("day", "Last day", 24 * HOUR_MS, HOUR_MS / 2),
    ("month", "Last 30 days", 30 * 24 * HOUR_MS, 12 * HOUR_MS),
];

/// How many requests and events are shown.
const SHOWN: usize = 50;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/connections/{id}/activity", get(activity))
}

async fn activity(Path(id): Path<String>, visit: Visit) -> Result<Response, Problem> {
    let host = &visit.shared.host;
    let id = id_of(&id)?;
    let connection = host.connection(id).await?;
    let chosen = visit.query.text("span");
    let (name, words, length, step) =
        SPANS.into_iter().find(|(name, ..)| *name == chosen).unwrap_or(SPANS[1]);
    let now = host.clock().now_ms();
    let since = now.saturating_sub(length);
    let traffic = host.store().traffic(id, since, step).await?;
    let report = AuditReport::read(host.store(), id, since, SHOWN).await?;
    let report = report.unwrap_or_else(|| AuditReport::empty(id, since));
    let label = format!(
        "{}: {} requests, {} of them failed.",
        words, report.total.requests, report.total.failed
    );
    let content = html! {
        (heading(&connection, "/activity"))
        nav.choices aria-label="Time" {
            @for (span, words, ..) in SPANS {
                a href={ "?span=" (span) } aria-current=[(span == name).then_some("true")] { (words) }
            }
        }
        section.card {
            h2 { "Requests" }
            (chart::bars(&traffic, &label, &timestamp::relative(since, now)))
            ul.chips {
                @for (outcome, count) in &report.outcomes { li { (outcome) ": " strong { (count) } } }
            }
        }
        section.card {
            h2 { "Unusual" }
            @if report.findings.is_empty() {
                p.soft { "Nothing is unusual." }
            } @else {
                ul {
                    @for finding in &report.findings {
                        li.warning {
                            (finding.what) ", " (finding.count) " times since "
                            (moment(finding.from, now)) " (" (finding.compared_with) ")"
                        }
                    }
                }
            }
        }
        (counts("By operation", &report.operations))
        (events(&report.events, now))
        (requests(&report.requests, now))
    };
    Ok(visit.page(&format!("Activity of {}", connection.name), Area::Connections, &content))
}

fn counts(title: &str, counts: &[Count]) -> Markup {
    html! {
        @if !counts.is_empty() {
            section.card {
                h2 { (title) }
                div.scroll role="region" aria-label=(title) tabindex="0" {
                    table {
                        thead {
                            tr {
                                th scope="col" { "Operation" }
                                th.number scope="col" { "Requests" }
                                th.number scope="col" { "Failed" }
                                th.number scope="col" { "On average" }
                            }
                        }
                        tbody {
                            @for count in counts {
                                tr {
                                    th scope="row" { code { (count.name) } }
                                    td.number { (count.requests) }
                                    td.number { (count.failed) }
                                    td.number { (count.average_ms) " ms" }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn events(events: &[AuditEvent], now: u64) -> Markup {
    html! {
        section.card {
            h2 { "What was done" }
            @if events.is_empty() {
                p.soft { "Nothing in this time." }
            } @else {
                ul.log {
                    @for event in events { li { (moment(event.at, now)) " " code { (event.event) } } }
                }
            }
        }
    }
}

fn requests(requests: &[AuditedRequest], now: u64) -> Markup {
    html! {
        section.card {
            h2 { "Last requests" }
            @if requests.is_empty() {
                p.soft { "Nothing was sent in this time." }
            } @else {
                div.scroll role="region" aria-label="Last requests" tabindex="0" {
                    table {
                        thead {
                            tr {
                                th scope="col" { "When" }
                                th scope="col" { "Request" }
                                th scope="col" { "For" }
                                th scope="col" { "Outcome" }
                                th.number scope="col" { "Took" }
                                th.number scope="col" { "Received" }
                                th.number scope="col" { "Left" }
                            }
                        }
                        tbody {
                            @for request in requests {
                                tr {
                                    td { (moment(request.at, now)) }
                                    td { code { (request.method) " " (request.path) } }
                                    td { code { (request.operation) } }
                                    td class=[request.failed().then_some("error")] { (request.outcome()) }
                                    td.number { (request.duration_ms) " ms" }
                                    td.number { (request.received_bytes) " B" }
                                    td.number {
                                        @if let Some(left) = request.rate_remaining { (left) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
