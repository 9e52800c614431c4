use std::collections::BTreeSet;

use crate::catalog;
use crate::oauth::scopes::{ALL_NAMES, allows, described, expand, least, reading};
use crate::operations::{OPERATIONS, operation};

fn expanded(name: &str, tables: &[&str]) -> String {
    let tables: Vec<_> = tables.iter().map(|name| catalog::table(name).unwrap()).collect();
    expand(&[name.to_owned()], &tables).join(" ")
}

#[test]
fn the_briefs_four_names_stand_for_calendlys_scopes() {
    assert_eq!(expanded("schema.bases:read", &[]), "users:read organizations:read groups:read");
    // Not those of the tables that need an Enterprise plan.
    let read = "availability:read organizations:read event_types:read contacts:read groups:read \
                scheduled_events:read locations:read meeting_recaps:read routing_forms:read \
                shares:read users:read webhooks:read";
    assert_eq!(expanded("data.records:read", &[]), read);
    let write = "availability:write contacts:write event_types:write scheduled_events:write \
                 meeting_recaps:write organizations:write scheduling_links:write shares:write \
                 webhooks:write";
    assert_eq!(expanded("data.records:write", &[]), write);
    let webhooks = "webhooks:read webhooks:write scheduled_events:read event_types:read \
                    contacts:read routing_forms:read meeting_recaps:read";
    assert_eq!(expanded("webhook:manage", &[]), webhooks);
}

#[test]
fn tables_narrow_what_the_record_scopes_stand_for() {
    assert_eq!(expanded("data.records:read", &["invitees"]), "scheduled_events:read");
    assert_eq!(expanded("data.records:write", &["contacts"]), "contacts:write");
    assert_eq!(expanded("data.records:read", &["activity_log"]), "activity_log:read");
    let with_parents = "locations:read organizations:read";
    assert_eq!(expanded("data.records:read", &["locations"]), with_parents);
    assert_eq!(expanded("schema.bases:read", &["contacts"]).split(' ').count(), 3);
    assert_eq!(expanded("shares:write", &["contacts"]), "shares:write");
}

#[test]
fn names_of_both_vocabularies_mix_and_none_is_asked_for_twice() {
    let names = ["contacts:read", "data.records:read", "contacts:read"].map(str::to_owned);
    let tables = ["contacts", "invitees"].map(|name| catalog::table(name).unwrap());
    assert_eq!(expand(&names, &tables), ["contacts:read", "scheduled_events:read"]);
    assert_eq!(expand(&["unknown".to_owned()], &[]), Vec::<String>::new());
}

#[test]
fn nobody_saying_otherwise_means_reading() {
    let expected = "users:read organizations:read groups:read availability:read event_types:read \
                    contacts:read scheduled_events:read locations:read meeting_recaps:read \
                    routing_forms:read shares:read webhooks:read";
    assert_eq!(reading(&[]).join(" "), expected);
}

#[test]
fn an_operation_on_a_table_needs_these_scopes_and_no_more() {
    // What `users:read` comes before; `-` where the table does not have the verb.
    let expected = [
        ("calendly.queryRecords", "contacts", "contacts:read"),
        ("calendly.getRecord", "event_types", "event_types:read"),
        ("calendly.queryRecords", "invitees", "scheduled_events:read"),
        ("calendly.queryRecords", "scheduled_events", "scheduled_events:read"),
        ("calendly.createRecord", "contacts", "contacts:write contacts:read"),
        ("calendly.updateRecord", "contacts", "contacts:write contacts:read"),
        ("calendly.deleteRecord", "contacts", "contacts:write contacts:read"),
        ("calendly.createRecord", "event_types", "event_types:write event_types:read"),
        ("calendly.deleteRecord", "event_types", "-"),
        (
            "calendly.createRecord",
            "invitees",
            "scheduled_events:write scheduled_events:read event_types:read",
        ),
        ("calendly.updateRecords", "invitees", "scheduled_events:write scheduled_events:read"),
        ("calendly.deleteRecord", "invitees", "-"),
        ("calendly.queryRecords", "locations", "locations:read organizations:read"),
        ("calendly.queryRecords", "routing_form_submissions", "routing_forms:read"),
        ("calendly.queryRecords", "scheduling_links", "-"),
        ("calendly.cancelEvent", "contacts", "scheduled_events:write scheduled_events:read"),
        ("calendly.getCurrentUser", "contacts", "-"),
        ("calendly.deleteInviteeData", "contacts", "data_compliance:write"),
        ("calendly.createRecord", "scheduled_events", "-"),
        (
            "calendly.deleteRecord",
            "scheduled_events",
            "scheduled_events:write scheduled_events:read",
        ),
        ("calendly.listTables", "contacts", "contacts:read"),
        ("calendly.listTables", "invitees", "-"),
        ("calendly.listBases", "contacts", "organizations:read groups:read"),
    ];
    for (name, table, scopes) in expected {
        let operations = [operation(name).unwrap()];
        let found = least(&operations, &[catalog::table(table).unwrap()]).join(" ");
        let expected =
            if scopes == "-" { "users:read".to_owned() } else { format!("users:read {scopes}") };
        assert_eq!(found, expected, "{name} on {table}");
    }
}

#[test]
fn all_operations_together_need_each_scope_once() {
    let operations: Vec<_> = OPERATIONS.iter().collect();
    let found = least(&operations, &[]);
    let distinct: BTreeSet<_> = found.iter().collect();
    assert_eq!(distinct.len(), found.len());
    assert_eq!(found.len(), ALL_NAMES.len() - 4, "{found:?}");
}

#[test]
fn a_write_scope_allows_reading_and_default_allows_everything() {
    let has = |granted: &[&str], scope| {
        let granted: Vec<_> = granted.iter().map(|scope| (*scope).to_owned()).collect();
        allows(&granted, scope)
    };
    assert!(has(&["contacts:read"], "contacts:read"));
    assert!(has(&["contacts:write"], "contacts:read"));
    assert!(has(&["default"], "activity_log:read"));
    assert!(!has(&["contacts:read"], "contacts:write"));
    assert!(!has(&["contacts:write"], "users:read"));
    assert!(!has(&[], "users:read"));
}

#[test]
fn every_scope_of_calendly_can_be_asked_for() {
    let calendly = "users:read organizations:read organizations:write groups:read \
        event_types:read event_types:write availability:read availability:write locations:read \
        scheduled_events:read scheduled_events:write scheduling_links:write shares:read \
        shares:write routing_forms:read webhooks:read webhooks:write contacts:read \
        contacts:write meeting_recaps:read meeting_recaps:write activity_log:read \
        data_compliance:write outgoing_communications:read";
    let brief = "schema.bases:read data.records:read data.records:write webhook:manage";
    let expected: BTreeSet<_> = calendly.split_whitespace().chain(brief.split(' ')).collect();
    assert_eq!(expected.len(), 28);
    assert_eq!(ALL_NAMES.iter().copied().collect::<BTreeSet<_>>(), expected);
    assert_eq!(ALL_NAMES.len(), 28);
}

#[test]
fn the_manifest_says_what_the_briefs_names_stand_for() {
    for scope in described() {
        assert_eq!(scope.expands_to.join(" "), expanded(&scope.name, &[]), "{}", scope.name);
        assert!(scope.description.ends_with('.'));
    }
    assert_eq!(described().len(), 4);
}
