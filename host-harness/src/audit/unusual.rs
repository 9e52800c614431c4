//! What a connection does now that it never did before.
//!
//! Everything is compared with the connection's own past and with nothing else. A connection that
//! has hardly any past yet is told only of refusals that repeat.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::bursts::{Rule, Usual, bursts};
use super::{AuditEvent, AuditedRequest, EventKind, Reach};
use crate::timestamp::{self, rfc3339};

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
const DAY_MS: u64 = 24 * HOUR_MS;

/// A past that can be compared with has so many requests …
const PAST_REQUESTS: usize = 20;
/// … and began at least so long before.
const PAST_SPAN_MS: u64 = DAY_MS;

/// One query over the invitees of many events sends dozens of requests in a minute; below these
/// rates nothing is remarkable.
const PER_MINUTE: Rule = Rule { span_ms: MINUTE_MS, at_least: 60 };
const PER_HOUR: Rule = Rule { span_ms: HOUR_MS, at_least: 300 };

/// One refusal is ordinary: an access token ended early and was refreshed. So is a second.
const REFUSALS: Rule = Rule { span_ms: HOUR_MS, at_least: 3 };

/// Something unusual.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// What kind of thing it is.
    pub kind: FindingKind,
    /// What it is, in a few words.
    pub what: String,
    /// When it began, in Unix milliseconds.
    #[serde(serialize_with = "timestamp::serialize")]
    pub from: u64,
    /// When it was last seen.
    #[serde(serialize_with = "timestamp::serialize")]
    pub to: u64,
    /// How often.
    pub count: usize,
    /// What it is compared with.
    pub compared_with: String,
}

/// The kinds of unusual things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FindingKind {
    /// Requests were refused with 401 or 403, again and again.
    Refused,
    /// Far more requests than usual in a minute or in an hour.
    Burst,
    /// A grant of a user who had given none before.
    NewOwner,
    /// A grant with scopes that the connection did not have before.
    NewScope,
    /// An operation that was never used before.
    NewOperation,
    /// A method and path that were never used before.
    NewPath,
}

/// What is unusual from `since` on, compared with what was before, in order of time.
///
/// Requests and events are those of one connection, in order of time.
#[must_use]
pub fn unusual(requests: &[AuditedRequest], events: &[AuditEvent], since: u64) -> Vec<Finding> {
    let (before, now) = requests.split_at(requests.partition_point(|it| it.at < since));
    let past = Compared { requests: before.len(), since: before.first().map(|first| first.at) };
    let mut findings = refusals(requests, since, past);
    if past.is_enough(since) {
        findings.extend(rates(requests, since, past));
        findings.extend(grants(events, since));
        findings.extend(novelties(before, now, past));
    }
    findings.sort_by_key(|finding| (finding.from, finding.kind));
    findings
}

/// The past that something is compared with.
#[derive(Clone, Copy, Debug)]
struct Compared {
    requests: usize,
    since: Option<u64>,
}

impl Compared {
    /// Whether there is enough of it for anything to be unusual.
    fn is_enough(self, until: u64) -> bool {
        self.requests >= PAST_REQUESTS
            && self.since.is_some_and(|since| until.saturating_sub(since) >= PAST_SPAN_MS)
    }

    /// What was before, and in how many requests.
    fn with(self, what: &str) -> String {
        match self.since {
            Some(since) => {
                format!("{what} in {} since {}", counted(self.requests, "request"), rfc3339(since))
            }
            None => "nothing: there was no request before".to_owned(),
        }
    }
}

fn refusals(requests: &[AuditedRequest], since: u64, past: Compared) -> Vec<Finding> {
    let refused: Vec<_> = requests.iter().filter(|request| request.refused()).collect();
    let times: Vec<_> = refused.iter().map(|request| request.at).collect();
    let (usual, bursts) = bursts(&times, since, REFUSALS);
    let finding = |from: u64, to: u64| {
        let these = refused.iter().filter(|it| (from..=to).contains(&it.at));
        let mut by_kind = BTreeMap::<(Option<u16>, &str, &str), usize>::new();
        for it in these {
            *by_kind.entry((it.status, it.method.as_str(), it.path.as_str())).or_default() += 1;
        }
        let count = by_kind.values().sum();
        let kinds = by_kind.iter().map(|((status, method, path), count)| {
            format!("{count} × {} {method} {path}", status.unwrap_or_default())
        });
        Finding {
            kind: FindingKind::Refused,
            what: format!("refused again and again: {}", kinds.collect::<Vec<_>>().join(", ")),
            from,
            to,
            count,
            compared_with: past.with(&format!("at most {} refused in an hour", usual.busiest)),
        }
    };
    bursts.into_iter().map(|burst| finding(burst.from, burst.to)).collect()
}

fn rates(requests: &[AuditedRequest], since: u64, past: Compared) -> Vec<Finding> {
    let times: Vec<_> = requests.iter().map(|request| request.at).collect();
    let mut findings = Vec::new();
    for (span, rule) in [("minute", PER_MINUTE), ("hour", PER_HOUR)] {
        let (Usual { busiest, median }, bursts) = bursts(&times, since, rule);
        findings.extend(bursts.into_iter().map(|burst| Finding {
            kind: FindingKind::Burst,
            what: format!("{} within a {span}", counted(burst.peak, "request")),
            from: burst.from,
            to: burst.to,
            count: burst.peak,
            compared_with:
                past.with(&format!("at most {busiest} within a {span}, {median} as a rule,")),
        }));
    }
    findings
}

/// Every owner and scope is new once; a grant that only takes scopes away is not unusual.
fn grants(events: &[AuditEvent], since: u64) -> Vec<Finding> {
    let grants = events.iter().filter(|event| event.is(EventKind::GrantStored));
    let reaches = grants.filter_map(|event| Some((event.at, Reach::in_detail(&event.detail)?)));
    let (mut owners, mut scopes) = (BTreeSet::new(), BTreeSet::new());
    let mut findings = Vec::new();
    for (earlier, (at, reach)) in reaches.enumerate() {
        let finding = |kind, what, count, before: &BTreeSet<String>| Finding {
            kind,
            what,
            from: at,
            to: at,
            count,
            compared_with: format!("{}: {}", counted(earlier, "earlier grant"), joined(before)),
        };
        let is_judged = at >= since && earlier > 0;
        let owner = reach.owner.filter(|owner| !owners.contains(owner));
        if let Some(owner) = &owner
            && is_judged
            && !owners.is_empty()
        {
            let what = format!("connected as another user: {owner}");
            findings.push(finding(FindingKind::NewOwner, what, 1, &owners));
        }
        let new: BTreeSet<_> =
            reach.scopes.into_iter().filter(|scope| !scopes.contains(scope)).collect();
        if is_judged && !new.is_empty() {
            let what = format!("granted more: {}", joined(&new));
            findings.push(finding(FindingKind::NewScope, what, new.len(), &scopes));
        }
        owners.extend(owner);
        scopes.extend(new);
    }
    findings
}

/// Operations and paths that are used for the first time. A path that only new operations use is
/// told with them.
fn novelties(before: &[AuditedRequest], now: &[AuditedRequest], past: Compared) -> Vec<Finding> {
    let known_operations: BTreeSet<_> = before.iter().map(|it| &*it.operation).collect();
    let known_paths: BTreeSet<_> = before.iter().map(path_of).collect();
    let mut operations = BTreeMap::<_, Vec<_>>::new();
    let mut paths = BTreeMap::<_, Vec<_>>::new();
    for request in now {
        if !known_operations.contains(&*request.operation) {
            operations.entry(&*request.operation).or_default().push(request);
        } else if !known_paths.contains(&path_of(request)) {
            paths.entry(path_of(request)).or_default().push(request);
        }
    }
    let finding = |kind, what, these: &[&AuditedRequest], compared_with| Finding {
        kind,
        what,
        from: these.first().map_or(0, |first| first.at),
        to: these.last().map_or(0, |last| last.at),
        count: these.len(),
        compared_with,
    };
    let mut findings = Vec::new();
    for (operation, these) in operations {
        let sent: BTreeSet<_> =
            these.iter().map(|it| format!("{} {}", it.method, it.path)).collect();
        let what = format!("first use of {operation}: {}", joined(&sent));
        let known = past.with(&format!("{} used", counted(known_operations.len(), "operation")));
        findings.push(finding(FindingKind::NewOperation, what, &these, known));
    }
    for ((method, path), these) in paths {
        let by: BTreeSet<_> = these.iter().map(|it| it.operation.clone()).collect();
        let what = format!("first use of {method} {path}, by {}", joined(&by));
        let known = past.with(&format!("{} used", counted(known_paths.len(), "path")));
        findings.push(finding(FindingKind::NewPath, what, &these, known));
    }
    findings
}

fn path_of(request: &AuditedRequest) -> (&str, &str) {
    (&request.method, &request.path)
}

fn joined(texts: &BTreeSet<String>) -> String {
    texts.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// `1 request`, `2 requests`.
fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// 2026-11-24T10:00:00Z
    const NOW: u64 = 1_795_514_400_000;

    fn at(at: u64) -> AuditedRequest {
        AuditedRequest {
            connection: Some(1),
            operation: "calendly.queryRecords".to_owned(),
            method: "GET".to_owned(),
            path: "/event_types".to_owned(),
            at,
            duration_ms: 80,
            status: Some(200),
            failure: None,
            sent_bytes: 0,
            received_bytes: 900,
            rate_remaining: None,
            rate_reset_seconds: None,
            request_id: None,
        }
    }

    /// A month in which twice a day a few requests were sent within a minute.
    fn ordinary_past() -> Vec<AuditedRequest> {
        let rounds = (0..60).map(|round| NOW - 30 * DAY_MS + round * 12 * HOUR_MS);
        let times = rounds.flat_map(|began| (0..5).map(move |index| began + index * 1_000));
        times.filter(|time| *time < NOW).map(at).collect()
    }

    /// So many requests, one every `step_ms`, after `NOW`.
    fn now(count: u64, step_ms: u64) -> impl Iterator<Item = AuditedRequest> {
        (0..count).map(move |index| at(NOW + index * step_ms))
    }

    fn with_past(now: impl IntoIterator<Item = AuditedRequest>) -> Vec<Finding> {
        let requests: Vec<_> = ordinary_past().into_iter().chain(now).collect();
        unusual(&requests, &[], NOW)
    }

    fn kinds(findings: &[Finding]) -> Vec<FindingKind> {
        findings.iter().map(|finding| finding.kind).collect()
    }

    fn grant(at: u64, owner: Option<&str>, scopes: &[&str]) -> AuditEvent {
        let detail = json!({ "owner": owner, "scopes": scopes });
        AuditEvent::new(at, Some(1), EventKind::GrantStored.as_str().to_owned(), detail)
    }

    #[test]
    fn more_of_the_same_is_not_unusual() {
        assert_eq!(with_past([]), []);
        assert_eq!(with_past(now(59, 1)), []);
        assert_eq!(with_past(now(290, 10_000)), []);
    }

    #[test]
    fn a_burst_in_a_minute_and_in_an_hour_says_what_is_usual() {
        let found = with_past(now(120, 200));
        let [burst] = &*found else { panic!("{found:?}") };
        assert_eq!((burst.kind, burst.count), (FindingKind::Burst, 120));
        assert_eq!((burst.from, burst.to), (NOW, NOW + 119 * 200));
        assert_eq!(burst.what, "120 requests within a minute");
        assert_eq!(
            burst.compared_with,
            "at most 5 within a minute, 3 as a rule, in 300 requests since 2026-10-25T10:00:00Z"
        );
        // 4 a minute, but hour after hour.
        let found = with_past(now(1_000, 10_000));
        let [burst] = &*found else { panic!("{found:?}") };
        assert_eq!((burst.count, burst.to), (360, NOW + 999 * 10_000));
        assert!(burst.what.ends_with("within a hour"), "{burst:?}");
    }

    #[test]
    fn a_busy_connection_may_be_busy() {
        let past = (0..400).map(|index| at(NOW - 2 * DAY_MS + index * 200));
        let requests: Vec<_> = past.chain(now(400, 200)).collect();
        assert_eq!(unusual(&requests, &[], NOW), []);
    }

    #[test]
    fn refusals_that_repeat_are_told_with_and_without_a_past() {
        let refused = |count: u64, status| {
            now(count, 1_000).map(move |it| AuditedRequest { status: Some(status), ..it })
        };
        for status in [401, 403] {
            assert_eq!(with_past(refused(2, status)), []);
            let found = with_past(refused(3, status));
            let [finding] = &*found else { panic!("{found:?}") };
            assert_eq!((finding.kind, finding.count), (FindingKind::Refused, 3));
            assert_eq!((finding.from, finding.to), (NOW, NOW + 2_000));
            assert!(finding.what.contains(&format!("3 × {status} GET /event_types")));
            assert!(finding.compared_with.starts_with("at most 0 refused in an hour in 300 req"));
        }
        let young: Vec<_> = refused(3, 401).collect();
        let found = unusual(&young, &[], NOW);
        assert_eq!(kinds(&found), [FindingKind::Refused]);
        assert_eq!(found[0].compared_with, "nothing: there was no request before");
        // Other refusals are something else.
        assert_eq!(with_past(refused(50, 404)), []);
        // One in a while is a token that ended early.
        let rare =
            (0..10).map(|index| AuditedRequest { status: Some(401), ..at(NOW + index * HOUR_MS) });
        assert_eq!(with_past(rare), []);
    }

    #[test]
    fn refusals_that_are_usual_are_not_told_until_they_are_many_more() {
        let refused = |at_ms| AuditedRequest { status: Some(403), ..at(at_ms) };
        let past = (0..10).flat_map(|day| {
            (0..4).map(move |index| refused(NOW - (10 - day) * DAY_MS + index * MINUTE_MS))
        });
        let past: Vec<_> = past.collect();
        let found = |count| {
            let now = (0..count).map(|index| refused(NOW + index));
            unusual(&past.iter().cloned().chain(now).collect::<Vec<_>>(), &[], NOW)
        };
        assert_eq!(found(8), []);
        assert_eq!(kinds(&found(9)), [FindingKind::Refused]);
    }

    #[test]
    fn the_first_use_of_an_operation_or_path_is_told() {
        let delete = AuditedRequest {
            operation: "calendly.deleteRecord".to_owned(),
            method: "DELETE".to_owned(),
            path: "/contacts/{id}".to_owned(),
            ..at(NOW + 5)
        };
        let users = AuditedRequest { path: "/users/me".to_owned(), ..at(NOW + 7) };
        let found = with_past([delete, users.clone(), users]);
        let [operation, path] = &*found else { panic!("{found:?}") };
        assert_eq!((operation.kind, operation.count), (FindingKind::NewOperation, 1));
        assert_eq!((operation.from, operation.to), (NOW + 5, NOW + 5));
        assert_eq!(operation.what, "first use of calendly.deleteRecord: DELETE /contacts/{id}");
        assert!(operation.compared_with.starts_with("1 operation used in 300 requests since"));
        assert_eq!((path.kind, path.count), (FindingKind::NewPath, 2));
        assert_eq!(path.what, "first use of GET /users/me, by calendly.queryRecords");
        // Another method is another path.
        let post = AuditedRequest { method: "POST".to_owned(), ..at(NOW) };
        assert_eq!(kinds(&with_past([post])), [FindingKind::NewPath]);
    }

    #[test]
    fn another_owner_and_more_scopes_are_told_once() {
        let past = ordinary_past();
        let judged = |events: &[AuditEvent]| unusual(&past, events, NOW);
        let began = grant(NOW - 30 * DAY_MS, Some("users/A"), &["users:read", "contacts:read"]);
        assert_eq!(judged(std::slice::from_ref(&began)), []);
        // The same again, and less.
        let less = grant(NOW + 1, Some("users/A"), &["users:read"]);
        let again = grant(NOW + 2, Some("users/A"), &["contacts:read", "users:read"]);
        assert_eq!(judged(&[began.clone(), less, again]), []);
        // Nobody said whose it is.
        assert_eq!(judged(&[began.clone(), grant(NOW + 1, None, &["users:read"])]), []);

        let other = grant(NOW + 1, Some("users/B"), &["users:read"]);
        let found = judged(&[began.clone(), other.clone(), other]);
        let [finding] = &*found else { panic!("{found:?}") };
        assert_eq!((finding.kind, finding.from), (FindingKind::NewOwner, NOW + 1));
        assert_eq!(finding.what, "connected as another user: users/B");
        assert_eq!(finding.compared_with, "1 earlier grant: users/A");

        let more = grant(NOW + 1, Some("users/A"), &["users:read", "contacts:write", "b"]);
        let found = judged(&[began.clone(), more]);
        let [finding] = &*found else { panic!("{found:?}") };
        assert_eq!((finding.kind, finding.count), (FindingKind::NewScope, 2));
        assert_eq!(finding.what, "granted more: b, contacts:write");
        assert_eq!(finding.compared_with, "1 earlier grant: contacts:read, users:read");

        // What changed before the moment is past.
        let early = grant(NOW - DAY_MS, Some("users/B"), &["users:read"]);
        assert_eq!(judged(&[began, early]), []);
    }

    #[test]
    fn a_young_connection_has_no_usual() {
        let delete =
            |at_ms| AuditedRequest { operation: "calendly.deleteRecord".to_owned(), ..at(at_ms) };
        let events =
            [grant(NOW - HOUR_MS, Some("a"), &["s"]), grant(NOW + 1, Some("b"), &["s", "t"])];
        // Nothing before; little before; much before, but only for an hour.
        let nothing: Vec<AuditedRequest> = Vec::new();
        let little: Vec<_> = (0..19).map(|day| at(NOW - (20 - day) * DAY_MS)).collect();
        let recent: Vec<_> = (0..100).map(|index| at(NOW - HOUR_MS + index)).collect();
        for past in [nothing, little, recent] {
            let requests: Vec<_> =
                past.into_iter().chain((0..500).map(|it| delete(NOW + it))).collect();
            assert_eq!(unusual(&requests, &events, NOW), []);
        }
        // The same with enough of a past.
        let past = (0..20).map(|day| at(NOW - (20 - day) * DAY_MS));
        let requests: Vec<_> = past.chain((0..500).map(|it| delete(NOW + it))).collect();
        let found = unusual(&requests, &events, NOW);
        assert_eq!(
            kinds(&found).into_iter().collect::<BTreeSet<_>>(),
            [
                FindingKind::Burst,
                FindingKind::NewOwner,
                FindingKind::NewScope,
                FindingKind::NewOperation
            ]
            .into()
        );
    }
}
