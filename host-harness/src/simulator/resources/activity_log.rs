//! The activity log: who did what in the organization.

use serde_json::{Map, Value, json};

use super::activity_search::Search;
use super::organizations::require_anchor;
use crate::simulator::account::Account;
use crate::simulator::answer::Outcome;
use crate::simulator::call::{Call, Endpoint};
use crate::simulator::errors::{ApiError, Violations};
use crate::simulator::paging::{check_at_most, page_of_at_most};
use crate::simulator::sorting::{Key, Row, Sorting};
use crate::simulator::time_range::TimeRange;
use crate::simulator::timestamp::Timestamp;
use crate::simulator::uris::{id_of, uri};

/// How lists in the query are written is not documented: both ways are understood.
pub(crate) const ENDPOINTS: &[Endpoint] =
    &[Endpoint::get("/activity_log_entries", "activity_log:read", list).query(&[
        "organization",
        "search_term",
        "actor",
        "actor[]",
        "sort",
        "sort[]",
        "min_occurred_at",
        "max_occurred_at",
        "page_token",
        "count",
        "namespace",
        "namespace[]",
        "action",
        "action[]",
    ])];

const MOST_ROWS: usize = 1_000;
const LONGEST_SEARCH: usize = 300;
const SORT_FIELDS: [&str; 5] =
    ["action", "actor.display_name", "actor.uri", "namespace", "occurred_at"];

/// Something that happened.
#[derive(Debug)]
pub(crate) struct ActivityLogEntry {
    pub(crate) id: String,
    pub(crate) occurred_at: Timestamp,
    pub(crate) actor: Actor,
    pub(crate) namespace: &'static str,
    pub(crate) action: &'static str,
    pub(crate) details: Map<String, Value>,
}

/// Who did it, as it was then.
#[derive(Clone, Debug)]
pub(crate) enum Actor {
    System,
    User {
        uri: String,
        name: String,
        email: String,
        role: &'static str,
        /// The URI and the name of the group, and what the user is there.
        group: Option<(String, String, &'static str)>,
    },
}

impl Actor {
    fn name(&self) -> &str {
        match self {
            Self::System => "Calendly System",
            Self::User { name, .. } => name,
        }
    }

    fn uri(&self) -> &str {
        match self {
            Self::System => "",
            Self::User { uri, .. } => uri,
        }
    }

    fn resource(&self, organization: &str) -> Value {
        match self {
            Self::System => json!({ "type": "System", "display_name": self.name() }),
            Self::User { uri, name, email, role, group } => {
                let mut actor = json!({
                    "uri": uri,
                    "type": "User",
                    "organization": { "uri": organization, "role": role },
                    "display_name": name,
                    "alternative_identifier": email,
                });
                if let Some((uri, name, role)) = group {
                    actor["group"] = json!({ "uri": uri, "name": name, "role": role });
                }
                actor
            }
        }
    }
}

impl Row for ActivityLogEntry {
    fn id(&self) -> &str {
        &self.id
    }

    fn key(&self, field: &str) -> Key<'_> {
        match field {
            "action" => Key::Text(self.action),
            "actor.display_name" => Key::Text(self.actor.name()),
            "actor.uri" => Key::Text(self.actor.uri()),
            "namespace" => Key::Text(self.namespace),
            _ => Key::Number(self.occurred_at.micros()),
        }
    }
}

impl ActivityLogEntry {
    fn full_name(&self) -> String {
        format!("{}.{}", self.namespace, self.action)
    }

    fn resource(&self, organization: &str) -> Value {
        json!({
            "occurred_at": self.occurred_at.with_millis(),
            "actor": self.actor.resource(organization),
            "details": self.details,
            "fully_qualified_name": self.full_name(),
            "uri": uri("activity_log_entries", &self.id),
            "namespace": self.namespace,
            "action": self.action,
            "organization": organization,
        })
    }

    /// What is searched. The documentation does not say what is.
    fn texts(&self) -> Vec<String> {
        let mut texts = vec![self.actor.name().to_owned(), self.full_name()];
        if let Actor::User { email, .. } = &self.actor {
            texts.push(email.clone());
        }
        texts.extend(self.details.values().filter_map(Value::as_str).map(str::to_owned));
        texts
    }
}

fn list(call: &Call, account: &mut Account) -> Outcome {
    account.organization.plan.require_enterprise()?;
    let mut violations = Violations::default();
    let organization = call.reference("organization", "organizations", &mut violations);
    require_anchor(call, &["organization"], &mut violations);
    let filter = Filter::of(call, &mut violations);
    let sorting = sorting(call, &mut violations);
    check_at_most(MOST_ROWS, call, &mut violations);
    violations.check()?;
    account.check_organization(organization.unwrap_or_default())?;
    if !account.is_admin(&call.caller) {
        return Err(ApiError::NO_ACCESS);
    }

    let rows: Vec<_> = account.activity_log.iter().filter(|entry| filter.matches(entry)).collect();
    let last = rows.iter().map(|entry| entry.occurred_at).max();
    let organization = uri("organizations", &account.organization.id);
    let show = |entry: &ActivityLogEntry| entry.resource(&organization);
    let all = rows.iter().copied();
    let page = page_of_at_most(MOST_ROWS, call, Violations::default(), all, &sorting, show)?;
    Ok(page
        .beside("last_event_time", json!(last.map(Timestamp::with_millis)))
        .beside("total_count", rows.len().into())
        // From how many on they are not counted is not known. The log here is short.
        .beside("exceeds_max_total_count", false.into()))
}

fn sorting(call: &Call, violations: &mut Violations) -> Sorting {
    let terms = all_of(call, ["sort", "sort[]"]);
    let terms = terms.iter().flat_map(|terms| terms.split(','));
    let newest_first = Sorting::descending("occurred_at");
    if terms.clone().next().is_none() {
        return newest_first;
    }
    Sorting::parse(terms, &SORT_FIELDS, violations).unwrap_or(newest_first)
}

/// Every value of a list in the query.
fn all_of<'a>(call: &'a Call, [name, bracketed]: [&str; 2]) -> Vec<&'a str> {
    [call.parameters(name), call.parameters(bracketed)].concat()
}

/// What the entries have to be like: of the values of a list one has to fit.
struct Filter<'a> {
    search: Option<Search>,
    actors: Vec<&'a str>,
    namespaces: Vec<&'a str>,
    actions: Vec<&'a str>,
    time: TimeRange,
}

impl<'a> Filter<'a> {
    fn of(call: &'a Call, violations: &mut Violations) -> Self {
        let actors = all_of(call, ["actor", "actor[]"]);
        if actors.iter().any(|actor| id_of(actor, "users").is_none()) {
            violations.add("actor", "is invalid");
        }
        Self {
            search: search(call, violations),
            actors,
            namespaces: all_of(call, ["namespace", "namespace[]"]),
            actions: all_of(call, ["action", "action[]"]),
            time: TimeRange::of(call, "min_occurred_at", "max_occurred_at", violations),
        }
    }

    fn matches(&self, entry: &ActivityLogEntry) -> bool {
        let among = |values: &[&str], value| values.is_empty() || values.contains(&value);
        among(&self.actors, entry.actor.uri())
            && among(&self.namespaces, entry.namespace)
            && among(&self.actions, entry.action)
            && self.time.encloses(entry.occurred_at)
            && self.search.as_ref().is_none_or(|search| search.finds(&entry.texts()))
    }
}

fn search(call: &Call, violations: &mut Violations) -> Option<Search> {
    let term = call.parameter("search_term")?;
    if term.chars().count() > LONGEST_SEARCH {
        violations.add("search_term", format!("size cannot be greater than {LONGEST_SEARCH}"));
        return None;
    }
    let search = Search::parse(term);
    if search.is_none() {
        violations.add("search_term", "is invalid");
    }
    search
}
