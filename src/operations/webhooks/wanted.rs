//! What a config wants to be told of: kinds of event, in one or two subscriptions.

use serde_json::{Map, Value};

use crate::catalog::BaseKind;
use crate::error::{Violation, violation};
use crate::json;
use crate::operations::input;
use crate::text::{join, list};
use crate::webhooks::{Change, KINDS, Kind, kinds_of};

/// One subscription.
pub(super) struct Part {
    /// The URL that Calendly is to call.
    pub(super) url: String,
    /// What it is to tell there.
    pub(super) kinds: Vec<&'static Kind>,
}

impl Part {
    /// The names of the events, as Calendly takes them.
    pub(super) fn events(&self) -> Vec<&'static str> {
        let mut names = Vec::new();
        for kind in &self.kinds {
            names.push(kind.name);
        }
        names
    }
}

/// The subscriptions that a config wants. Calendly takes submissions of routing forms in a
/// subscription of their own only, and a URL once only: the second one's URL tells them apart.
pub(super) fn parts(
    config: &Map<String, Value>,
    base: BaseKind,
) -> Result<Vec<Part>, Vec<Violation>> {
    let mut broken = Vec::new();
    let url = input::text(config, "url");
    if !is_url(url) {
        let message = "'url' must be an http or https URL, without user name or fragment";
        broken.push(violation("/config/url", "format", message));
    }
    let kinds = kinds(config, &mut broken);
    for kind in &kinds {
        if !kind.bases.contains(&base) {
            let bases = join(kind.bases.iter().map(|base| base.name()), " or ");
            let message = format!("Calendly tells {} of the base of a {bases} only", kind.name);
            broken.push(violation("/config/baseId", "base", &message));
        }
    }
    if !broken.is_empty() {
        return Err(broken);
    }
    let (mut main, mut apart) = (Vec::new(), Vec::new());
    for kind in kinds {
        if kind.name == APART { apart.push(kind) } else { main.push(kind) }
    }
    let mut parts = Vec::new();
    if main.is_empty() {
        parts.push(Part { url: url.to_owned(), kinds: apart });
    } else {
        parts.push(Part { url: url.to_owned(), kinds: main });
        if !apart.is_empty() {
            let mark = if url.contains('?') { '&' } else { '?' };
            parts.push(Part { url: format!("{url}{mark}part=routing_forms"), kinds: apart });
        }
    }
    Ok(parts)
}

/// That it can be reached is Calendly's to say; here, that it is a URL.
fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
    !host.is_empty()
        && !host.contains('@')
        && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#')
}

/// The kinds of event: by the triggers' names, or by what happens to a table's records.
pub(super) fn kinds(
    config: &Map<String, Value>,
    broken: &mut Vec<Violation>,
) -> Vec<&'static Kind> {
    let named = config.get("events").unwrap_or(&Value::Null);
    let mut found = Vec::new();
    for (index, name) in json::texts_in(named).into_iter().enumerate() {
        let kinds = match json::text(config, "tableId") {
            Some(table) => of_table(table, name),
            None => match kinds_of(name) {
                kinds if kinds.is_empty() => Err(unknown()),
                kinds => Ok(kinds),
            },
        };
        match kinds {
            Err(message) => {
                broken.push(violation(&format!("/config/events/{index}"), "event", &message));
            }
            Ok(kinds) => {
                for kind in kinds {
                    if !found.contains(&kind) {
                        found.push(kind);
                    }
                }
            }
        }
    }
    found
}

/// What Calendly tells of a change to a table's records.
fn of_table(table: &str, name: &str) -> Result<Vec<&'static Kind>, String> {
    let Some(change) = Change::ALL.into_iter().find(|change| change.name() == name) else {
        return Err("With a table, events are created, updated and deleted".to_owned());
    };
    let (mut kinds, mut others) = (Vec::new(), Vec::new());
    for kind in KINDS {
        for (of, what) in kind.changes {
            if *of == table && *what == change {
                kinds.push(kind);
            } else if *of == table && !others.contains(&what.name()) {
                others.push(what.name());
            }
        }
    }
    if !kinds.is_empty() {
        return Ok(kinds);
    }
    Err(if others.is_empty() {
        format!("Calendly has no events for {table}: use polling")
    } else {
        let others = list(others);
        format!("Calendly tells of {table} only {others}: for {name}, use polling")
    })
}

fn unknown() -> String {
    let mut names = vec!["booking.created", "booking.rescheduled", "booking.canceled"];
    for kind in KINDS {
        names.push(kind.name);
    }
    format!("There is no such event; there are {}", list(names))
}

const APART: &str = "routing_form_submission.created";
