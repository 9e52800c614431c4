//! Scopes: the brief's four names, Calendly's own, and what an operation needs.

use crate::catalog::{self, Plan, Table, Verb};
use crate::contract::manifest::Scope;
use crate::operations;
use crate::text::owned;

/// The brief's names, with what each allows.
const BRIEF: &[(&str, &str)] = &[
    (BASES_READ, "See which users, organizations and groups the account can read."),
    (RECORDS_READ, "Read the records of every table that needs no Enterprise plan."),
    (RECORDS_WRITE, "Create, change and delete records where Calendly offers it."),
    (WEBHOOK_MANAGE, "Subscribe to record changes, and read what they are about."),
];

const BASES_READ: &str = "schema.bases:read";
const RECORDS_READ: &str = "data.records:read";
const RECORDS_WRITE: &str = "data.records:write";
const WEBHOOK_MANAGE: &str = "webhook:manage";

/// Every scope that can be asked for: the brief's four, then Calendly's 24.
pub const ALL_NAMES: &[&str] = &[
    BASES_READ,
    RECORDS_READ,
    RECORDS_WRITE,
    WEBHOOK_MANAGE,
    "activity_log:read",
    "availability:read",
    "availability:write",
    "contacts:read",
    "contacts:write",
    "data_compliance:write",
    "event_types:read",
    "event_types:write",
    "groups:read",
    "locations:read",
    "meeting_recaps:read",
    "meeting_recaps:write",
    "organizations:read",
    "organizations:write",
    "outgoing_communications:read",
    "routing_forms:read",
    "scheduled_events:read",
    "scheduled_events:write",
    "scheduling_links:write",
    "shares:read",
    "shares:write",
    "users:read",
    "webhooks:read",
    "webhooks:write",
];

/// Whose account it is.
const ACCOUNT: &str = "users:read";

/// Who can be read: what [`BASES_READ`] stands for.
const BASES: &[&str] = &[ACCOUNT, "organizations:read", "groups:read"];

/// What can be booked.
const EVENT_TYPES: &[&str] = &["event_types:read"];

/// Subscriptions, and the read scope of each event family (Calendly asks for both).
const WEBHOOKS: &[&str] = &[
    "webhooks:read",
    "webhooks:write",
    "scheduled_events:read",
    "event_types:read",
    "contacts:read",
    "routing_forms:read",
    "meeting_recaps:read",
];

/// The brief's scopes as the manifest lists them.
#[must_use]
pub fn described() -> Vec<Scope> {
    let describe = |(name, description): &(&str, &str)| Scope {
        name: (*name).to_owned(),
        description: (*description).to_owned(),
        expands_to: owned(&expand_one(name, &[])),
    };
    BRIEF.iter().map(describe).collect()
}

/// Calendly's scopes for names in either vocabulary, each once, in order. `tables` narrows what
/// the brief's record scopes stand for; empty means all.
#[must_use]
pub fn expand(names: &[String], tables: &[&'static Table]) -> Vec<String> {
    let mut scopes = Vec::new();
    for name in names {
        add(&mut scopes, &expand_one(name, tables));
    }
    owned(&scopes)
}

/// Calendly's scopes for reading, which is what is asked for when nobody says what for.
#[must_use]
pub fn reading(tables: &[&'static Table]) -> Vec<String> {
    expand(&[BASES_READ.to_owned(), RECORDS_READ.to_owned()], tables)
}

/// The scopes with the one that tells whose account it is, which every grant needs.
#[must_use]
pub fn with_account(mut scopes: Vec<String>) -> Vec<String> {
    if !allows(&scopes, ACCOUNT) {
        scopes.insert(0, ACCOUNT.to_owned());
    }
    scopes
}

/// The least scopes that a list of operations on a list of tables (empty for all) needs.
#[must_use]
pub fn least(
    operations: &[&'static operations::Operation],
    tables: &[&'static Table],
) -> Vec<String> {
    let mut scopes = vec![ACCOUNT];
    for operation in operations {
        match operation.access {
            operations::Access::Bases => add(&mut scopes, BASES),
            operations::Access::Schema => {
                for table in all_or(tables).iter().filter(|table| table.fields_are_discovered) {
                    add(&mut scopes, table.read_scopes);
                }
            }
            operations::Access::Records(verb) => add_verb(&mut scopes, tables, verb),
            operations::Access::Writing => {
                for verb in [Verb::Create, Verb::Update, Verb::Delete] {
                    add_verb(&mut scopes, tables, verb);
                }
            }
            operations::Access::Scopes(needed) => add(&mut scopes, needed),
        }
    }
    owned(&scopes)
}

/// What doing that with records of the tables needs.
fn add_verb(scopes: &mut Vec<&'static str>, tables: &[&'static Table], verb: Verb) {
    for table in all_or(tables).iter().filter(|table| table.offers(verb)) {
        add(scopes, table.scopes(verb));
        if verb == Verb::Query {
            add_reading(scopes, table);
        }
        // What is written is read back, and a lost answer is looked up.
        add(scopes, table.read_scopes);
        if verb == Verb::Create && table.create.is_some_and(|create| create.books) {
            // What the event type demands is checked first.
            add(scopes, EVENT_TYPES);
        }
    }
}

/// Whether a grant allows what a scope allows. `:write` includes `:read` of the same domain;
/// grants from before Calendly had scopes say `default` and allow everything.
#[must_use]
pub fn allows(granted: &[String], scope: &str) -> bool {
    let write = scope.strip_suffix(":read").map(|domain| format!("{domain}:write"));
    granted.iter().any(|has| has == scope || has == "default" || Some(has) == write.as_ref())
}

fn expand_one(name: &str, tables: &[&'static Table]) -> Vec<&'static str> {
    let mut scopes = Vec::new();
    match name {
        BASES_READ => add(&mut scopes, BASES),
        RECORDS_READ => {
            for table in all_or(tables) {
                // Whose plan has no such table should not be asked for its scope.
                if !tables.is_empty() || table.plan != Plan::Enterprise {
                    add_reading(&mut scopes, table);
                }
            }
        }
        RECORDS_WRITE => {
            for table in all_or(tables) {
                for verb in [Verb::Create, Verb::Update, Verb::Delete] {
                    if table.offers(verb) {
                        add(&mut scopes, table.scopes(verb));
                    }
                }
            }
        }
        WEBHOOK_MANAGE => add(&mut scopes, WEBHOOKS),
        calendly => scopes.extend(ALL_NAMES.iter().find(|known| **known == calendly)),
    }
    scopes
}

const fn all_or<'a>(tables: &'a [&'static Table]) -> &'a [&'static Table] {
    if tables.is_empty() { catalog::TABLES } else { tables }
}

/// What is listed below something else needs that listed, too.
fn add_reading(scopes: &mut Vec<&'static str>, table: &Table) {
    add(scopes, table.read_scopes);
    if let Some(parent) = table.parent() {
        add(scopes, parent.scopes);
    }
}

fn add(scopes: &mut Vec<&'static str>, more: &[&'static str]) {
    for scope in more {
        if !scopes.contains(scope) {
            scopes.push(scope);
        }
    }
}
