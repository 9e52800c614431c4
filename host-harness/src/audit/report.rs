//! What is to be said of a connection's requests and events.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{AuditEvent, AuditedRequest, EventKind, Finding, unusual};
use crate::store::{Store, StoreError};
use crate::timestamp;

/// What a connection did since some moment, and what of it is unusual.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AuditReport {
    /// The connection.
    pub connection: u64,
    /// The moment, in Unix milliseconds.
    #[serde(serialize_with = "timestamp::serialize")]
    pub since: u64,
    /// What was before, with which the rest is compared.
    pub past: Past,
    /// All requests since.
    pub total: Count,
    /// How many there were of each outcome: a status, or why there was no answer.
    pub outcomes: BTreeMap<String, u64>,
    /// What is unusual.
    pub findings: Vec<Finding>,
    /// The requests of each operation, the most frequent first.
    pub operations: Vec<Count>,
    /// The requests to each method and path, the most frequent first.
    pub paths: Vec<Count>,
    /// The last events since, the latest first.
    pub events: Vec<AuditEvent>,
    /// The last requests since, the latest first.
    pub requests: Vec<AuditedRequest>,
}

/// What is known of the time before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Past {
    /// How many requests there were.
    pub requests: u64,
    /// When the first of them was.
    #[serde(serialize_with = "timestamp::serialize_option")]
    pub since: Option<u64>,
}

/// Requests that have something in common.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Count {
    /// What they have in common.
    pub name: String,
    /// How many there are.
    pub requests: u64,
    /// How many of them came to nothing.
    pub failed: u64,
    /// The share of these, from 0 to 1.
    pub error_rate: f64,
    /// How long one took on average.
    pub average_ms: u64,
    /// The bytes sent.
    pub sent_bytes: u64,
    /// The bytes received.
    pub received_bytes: u64,
}

impl AuditReport {
    /// The report on a connection since a moment, with no more than `limit` requests and as many
    /// events. None if nothing was ever recorded of it.
    pub async fn read(
        store: &Store,
        connection: u64,
        since: u64,
        limit: usize,
    ) -> Result<Option<Self>, StoreError> {
        let (requests, events) = store.audit_of(connection).await?;
        let known = !requests.is_empty() || events.iter().any(|it| it.connection.is_some());
        Ok(known.then(|| Self::new(connection, requests, events, since, limit)))
    }

    /// The report on a connection of which nothing was recorded.
    pub(crate) fn empty(connection: u64, since: u64) -> Self {
        Self::new(connection, Vec::new(), Vec::new(), since, 0)
    }

    fn new(
        connection: u64,
        mut requests: Vec<AuditedRequest>,
        mut events: Vec<AuditEvent>,
        since: u64,
        limit: usize,
    ) -> Self {
        // Stable: what has the same time stays in the order in which it was recorded.
        requests.sort_by_key(|request| request.at);
        events.sort_by_key(|event| event.at);
        // An earlier connection that had the same id is nobody's past.
        let began = events.iter().rev().find(|event| event.is(EventKind::Created));
        let began = began.map_or(0, |event| event.at);
        let lived = requests.partition_point(|it| it.at < began);
        let own_events = events.partition_point(|it| it.at < began);
        let own = requests.get(lived..).unwrap_or_default();
        let findings = unusual(own, events.get(own_events..).unwrap_or_default(), since);
        let before = own.partition_point(|it| it.at < since);
        let past = Past {
            requests: before as u64,
            since: own.first().filter(|_| before > 0).map(|it| it.at),
        };
        requests.drain(..requests.partition_point(|it| it.at < since));
        events.drain(..events.partition_point(|it| it.at < since));
        let mut outcomes = BTreeMap::new();
        for request in &requests {
            *outcomes.entry(request.outcome()).or_default() += 1;
        }
        Self {
            connection,
            since,
            past,
            total: Count::of("all".to_owned(), &requests),
            outcomes,
            findings,
            operations: counts(&requests, |it| it.operation.clone()),
            paths: counts(&requests, |it| format!("{} {}", it.method, it.path)),
            events: events.into_iter().rev().take(limit).collect(),
            requests: requests.into_iter().rev().take(limit).collect(),
        }
    }
}

impl Count {
    fn of<'a>(name: String, requests: impl IntoIterator<Item = &'a AuditedRequest>) -> Self {
        let mut count = Self { name, ..Self::default() };
        let mut took: u64 = 0;
        for request in requests {
            count.requests += 1;
            count.failed += u64::from(request.failed());
            count.sent_bytes = count.sent_bytes.saturating_add(request.sent_bytes);
            count.received_bytes = count.received_bytes.saturating_add(request.received_bytes);
            took = took.saturating_add(request.duration_ms);
        }
        count.average_ms = took.checked_div(count.requests).unwrap_or_default();
        #[expect(clippy::cast_precision_loss, reason = "a share; there are no 2^52 requests")]
        if count.requests > 0 {
            count.error_rate = count.failed as f64 / count.requests as f64;
        }
        count
    }
}

fn counts(requests: &[AuditedRequest], name: impl Fn(&AuditedRequest) -> String) -> Vec<Count> {
    let mut groups = BTreeMap::<String, Vec<&AuditedRequest>>::new();
    for request in requests {
        groups.entry(name(request)).or_default().push(request);
    }
    let mut counts: Vec<_> =
        groups.into_iter().map(|(name, these)| Count::of(name, these)).collect();
    // Stable: those that are as frequent stay in order of their names.
    counts.sort_by_key(|count| std::cmp::Reverse(count.requests));
    counts
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::audit::{Failure, FindingKind};

    const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

    fn request(at: u64, operation: &str, path: &str, status: u16) -> AuditedRequest {
        AuditedRequest {
            connection: Some(1),
            operation: operation.to_owned(),
            method: "GET".to_owned(),
            path: path.to_owned(),
            at,
            duration_ms: 100,
            status: Some(status),
            failure: None,
            sent_bytes: 3,
            received_bytes: 10,
            rate_remaining: None,
            rate_reset_seconds: None,
            request_id: None,
        }
    }

    #[test]
    fn requests_are_counted_since_the_moment_and_the_last_ones_shown() {
        let requests = vec![
            request(5, "a", "/x", 200),
            request(20, "a", "/x", 200),
            request(10, "a", "/x", 404),
            request(30, "b", "/x", 200),
            AuditedRequest {
                status: None,
                failure: Some(Failure::TimedOut),
                duration_ms: 400,
                ..request(40, "a", "/y", 0)
            },
        ];
        let report = AuditReport::new(1, requests, Vec::new(), 10, 2);
        assert_eq!(report.past, Past { requests: 1, since: Some(5) });
        assert_eq!((report.total.requests, report.total.failed), (4, 2));
        assert!((report.total.error_rate - 0.5).abs() < 1e-9);
        assert_eq!((report.total.sent_bytes, report.total.received_bytes), (12, 40));
        let counted = |counts: &[Count]| -> Vec<(String, u64, u64, u64)> {
            let row = |it: &Count| (it.name.clone(), it.requests, it.failed, it.average_ms);
            counts.iter().map(row).collect()
        };
        assert_eq!(
            counted(&report.operations),
            [("a".to_owned(), 3, 2, 200), ("b".to_owned(), 1, 0, 100)]
        );
        assert_eq!(
            counted(&report.paths),
            [("GET /x".to_owned(), 3, 1, 100), ("GET /y".to_owned(), 1, 1, 400)]
        );
        let outcomes = [("200", 2), ("404", 1), ("timed-out", 1)];
        assert_eq!(report.outcomes, outcomes.map(|(name, it)| (name.to_owned(), it)).into());
        let shown: Vec<_> = report.requests.iter().map(|it| it.at).collect();
        assert_eq!(shown, [40, 30]);
    }

    #[test]
    fn an_earlier_connection_with_the_same_id_is_nobodys_past() {
        let old = (0..100).map(|index| request(index * DAY_MS, "a", "/x", 200));
        let new = request(200 * DAY_MS, "b", "/x", 200);
        let requests: Vec<_> = old.chain([new]).collect();
        let created = |day| {
            let name = EventKind::Created.as_str().to_owned();
            AuditEvent::new(day * DAY_MS, Some(1), name, Value::Null)
        };
        let report = |events| AuditReport::new(1, requests.clone(), events, 150 * DAY_MS, 10);
        let same = report(vec![created(0)]);
        assert_eq!(same.findings[0].kind, FindingKind::NewOperation);
        let another = report(vec![created(0), created(199)]);
        assert_eq!((another.findings, another.past), (vec![], Past::default()));
        assert_eq!(another.total.requests, 1);
    }
}
