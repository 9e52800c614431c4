//! `audit`

use clap::Args;

use super::environment::GlobalOptions;
use super::table::aligned;
use super::terminal::Answer;
use crate::audit::{AuditEvent, AuditReport, AuditedRequest, Count, Finding};
use crate::error::HostError;
use crate::timestamp::{relative, rfc3339};

#[derive(Args)]
pub(super) struct Options {
    /// The connection's id
    id: u64,
    /// Look at what happened since then: 90m, 24h, 7d back, or a moment such as
    /// 2026-11-24T09:00:00Z. What was before is the past that it is compared with
    #[arg(long, value_name = "MOMENT", default_value = "24h", value_parser = since)]
    since: Since,
    /// How many requests and events to list, the latest ones; all are counted
    #[arg(long, value_name = "COUNT", default_value_t = 20)]
    limit: usize,
}

/// Since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Since {
    /// So many milliseconds ago.
    Ago(u64),
    /// A moment, in Unix milliseconds.
    At(u64),
}

/// Needs neither the keys nor the component: what was recorded can be read when nothing else works.
pub(super) async fn run(options: Options, global: &GlobalOptions) -> Result<Answer, HostError> {
    let store = global.open_store()?;
    let now = store.clock().now_ms();
    let since = match options.since {
        Since::Ago(back) => now.saturating_sub(back),
        Since::At(moment) => moment,
    };
    let Options { id, limit, .. } = options;
    let report = AuditReport::read(&store, id, since, limit).await?;
    let report = match report {
        Some(report) => report,
        None if store.connection(id).await?.is_some() => AuditReport::empty(id, since),
        None => return Err(HostError::unknown_connection(id)),
    };
    Answer::new(&report, text(&report, now))
}

fn since(text: &str) -> Result<Since, String> {
    if let Ok(back) = humantime::parse_duration(text) {
        return Ok(Since::Ago(millis(back)));
    }
    let moment = humantime::parse_rfc3339_weak(text)
        .ok()
        .and_then(|moment| moment.duration_since(std::time::UNIX_EPOCH).ok());
    let moment = moment.ok_or("write 24h, 7d or 2026-11-24T09:00:00Z")?;
    Ok(Since::At(millis(moment)))
}

fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn text(report: &AuditReport, now: u64) -> String {
    let mut parts = vec![summary(report, now), findings(&report.findings)];
    if report.total.requests > 0 {
        parts.push(counts("OPERATION", &report.operations));
        parts.push(counts("PATH", &report.paths));
        parts.push(requests(&report.requests));
    }
    if !report.events.is_empty() {
        parts.push(events(&report.events));
    }
    parts.join("\n\n")
}

fn summary(report: &AuditReport, now: u64) -> String {
    let AuditReport { connection, since, total, past, outcomes, .. } = report;
    let mut text = format!(
        "Connection {connection} since {} ({}): {} requests, {} failed ({}).",
        rfc3339(*since),
        relative(*since, now),
        total.requests,
        total.failed,
        percent(total),
    );
    if !outcomes.is_empty() {
        let outcomes: Vec<_> =
            outcomes.iter().map(|(outcome, count)| format!("{count} × {outcome}")).collect();
        text += &format!("\nOutcomes: {}.", outcomes.join(", "));
    }
    text += &match past.since {
        Some(since) => format!("\nIts past: {} requests since {}.", past.requests, rfc3339(since)),
        None => "\nIts past: nothing that was recorded.".to_owned(),
    };
    text
}

fn findings(findings: &[Finding]) -> String {
    if findings.is_empty() {
        return "Nothing unusual.".to_owned();
    }
    let header = ["UNUSUAL", "COUNT", "FROM", "TO", "COMPARED WITH"];
    let rows = findings.iter().map(|finding| {
        [
            finding.what.clone(),
            finding.count.to_string(),
            rfc3339(finding.from),
            rfc3339(finding.to),
            finding.compared_with.clone(),
        ]
    });
    with_header(header, rows)
}

fn counts(of: &str, counts: &[Count]) -> String {
    let header = [of, "REQUESTS", "FAILED", "ERRORS", "AVERAGE", "SENT", "RECEIVED"];
    let rows = counts.iter().map(|count| {
        [
            count.name.clone(),
            count.requests.to_string(),
            count.failed.to_string(),
            percent(count),
            format!("{} ms", count.average_ms),
            count.sent_bytes.to_string(),
            count.received_bytes.to_string(),
        ]
    });
    with_header(header, rows)
}

fn requests(requests: &[AuditedRequest]) -> String {
    let header = [
        "WHEN",
        "OPERATION",
        "REQUEST",
        "OUTCOME",
        "TOOK",
        "SENT",
        "RECEIVED",
        "LEFT",
        "RESET",
        "REQUEST ID",
    ];
    let rows = requests.iter().map(|request| {
        [
            rfc3339(request.at),
            request.operation.clone(),
            format!("{} {}", request.method, request.path),
            request.outcome(),
            format!("{} ms", request.duration_ms),
            request.sent_bytes.to_string(),
            request.received_bytes.to_string(),
            request.rate_remaining.map_or_else(String::new, |left| left.to_string()),
            request.rate_reset_seconds.map_or_else(String::new, |in_s| format!("{in_s} s")),
            request.request_id.clone().unwrap_or_default(),
        ]
    });
    with_header(header, rows)
}

fn events(events: &[AuditEvent]) -> String {
    let header = ["WHEN", "EVENT", "SECRETS READ", "SECRETS WRITTEN", "DETAIL"];
    let rows = events.iter().map(|event| {
        let detail = &event.detail;
        [
            rfc3339(event.at),
            event.event.clone(),
            event.read.join(", "),
            event.written.join(", "),
            if detail.is_null() { String::new() } else { detail.to_string() },
        ]
    });
    with_header(header, rows)
}

fn with_header<const COLUMNS: usize>(
    header: [&str; COLUMNS],
    rows: impl Iterator<Item = [String; COLUMNS]>,
) -> String {
    aligned(std::iter::once(header.map(str::to_owned)).chain(rows).collect())
}

fn percent(count: &Count) -> String {
    format!("{:.1} %", count.error_rate * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_time_back_or_a_time_of_day() {
        assert_eq!(since("24h"), Ok(Since::Ago(86_400_000)));
        assert_eq!(since("1h 30m"), Ok(Since::Ago(5_400_000)));
        assert_eq!(since("7d"), Ok(Since::Ago(604_800_000)));
        assert_eq!(since("2026-11-24T10:00:00Z"), Ok(Since::At(1_795_514_400_000)));
        assert_eq!(since("2026-11-24 10:00:00"), Ok(Since::At(1_795_514_400_000)));
        for other in ["", "yesterday", "24", "-1h", "1960-01-01T00:00:00Z"] {
            assert!(since(other).is_err(), "{other}");
        }
    }
}
