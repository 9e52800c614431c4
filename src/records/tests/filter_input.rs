//! What a filter has to look like.

use super::*;
use crate::records::filter::{Filter, json_schema};

/// Reads a filter, or says what is wrong: pointer and rule.
pub(super) fn parse<'a>(
    fields: &'a Fields,
    filter: &Value,
) -> std::result::Result<Filter<'a>, Vec<String>> {
    let mut found = Vec::new();
    let parsed = Filter::parse(fields, filter, "/config/filter", &mut found);
    match parsed {
        Some(filter) if found.is_empty() => Ok(filter),
        _ => Err(found.iter().map(|one| format!("{} {}", one.pointer, one.rule)).collect()),
    }
}

#[test]
fn all_that_is_wrong_with_a_filter_is_told_at_once() {
    let fields = Fields::known(table("contacts"));
    let broken = |filter: Value| parse(&fields, &filter).unwrap_err().join(", ");
    let at = "/config/filter";
    assert_eq!(broken(json!(5)), format!("{at} type"));
    assert_eq!(broken(json!({"and": []})), format!("{at}/and type"));
    assert_eq!(broken(json!({"or": {}})), format!("{at}/or type"));
    let joined = json!({"and": [{"field": "name", "operator": "isNull"}], "field": "name"});
    assert_eq!(broken(joined), format!("{at}/and type"));
    assert_eq!(broken(json!({})), format!("{at}/field required, {at}/operator enum"));
    let nested = json!({"and": [
        {"field": "nam", "operator": "equals", "value": "a"},
        {"field": "name", "operator": "like", "value": "a"},
        {"field": "name", "operator": "equals", "value": 1, "case": true},
        {"or": [{"field": "created_at", "operator": "lessThan", "value": "today"}]},
    ]});
    let expected = format!(
        "{at}/and/0/field field, {at}/and/1/operator enum, {at}/and/2/case additionalProperties, \
         {at}/and/2/value type, {at}/and/3/or/0/value type"
    );
    assert_eq!(broken(nested), expected);
    let slash = json!({"field": "name", "operator": "isNull", "a/b": 1});
    assert_eq!(broken(slash), format!("{at}/a~1b additionalProperties"));
}

#[test]
fn an_operand_has_to_fit_the_field_and_the_operator() {
    let bad = [
        ("event_types", "duration", "equals", json!("30")),
        ("event_types", "duration", "in", json!(30)),
        ("event_types", "duration", "in", json!([30, "a"])),
        ("event_types", "active", "equals", json!("true")),
        ("event_types", "duration_options", "contains", json!("30")),
        ("contacts", "name", "greaterThan", Value::Null),
        ("contacts", "name", "contains", json!(["a"])),
        ("contacts", "created_at", "equals", json!("2026-11-24")),
        ("contacts", "name", "isNull", json!(true)),
    ];
    for (of, field, operator, value) in bad {
        let fields = Fields::known(table(of));
        let test = json!({"field": field, "operator": operator, "value": value});
        let broken = parse(&fields, &test).unwrap_err();
        assert_eq!(broken, ["/config/filter/value type"], "{test}");
    }
}

#[test]
fn no_test_is_taken_that_can_never_hold() {
    let operators = json_schema()["anyOf"][0]["properties"]["operator"]["enum"].clone();
    // A value of each kind, and what one would ask of it.
    let kinds = [
        ("contacts", "name", json!("a"), json!("a")),
        ("contacts", "other_emails", json!(["a"]), json!("a")),
        ("event_types", "duration", json!(2), json!(2)),
        ("event_types", "duration_options", json!([2]), json!(2)),
        ("event_types", "active", json!(true), json!(true)),
        ("event_types", "locations", json!([{"kind": "a"}]), json!("a")),
        ("scheduled_events", "location", json!({"type": "a"}), json!("a")),
    ];
    let mut never = Vec::new();
    for (of, field, value, operand) in kinds {
        let fields = Fields::known(table(of));
        for operator in operators.as_array().unwrap().iter().filter_map(Value::as_str) {
            let negated = operator.starts_with("not") || operator.starts_with("is");
            let ordered = operator == "greaterThan" || operator == "lessThan";
            if negated || ordered {
                continue;
            }
            let operand = if operator == "in" { json!([operand]) } else { operand.clone() };
            let test = json!({"field": field, "operator": operator, "value": operand});
            let taken = parse(&fields, &test);
            if taken.is_ok_and(|filter| !filter.holds(&json!({"fields": {field: value}}))) {
                never.push(format!("{of}.{field} = {value} {operator} {operand}"));
            }
        }
    }
    assert_eq!(never, Vec::<String>::new());
}

#[test]
fn the_published_operators_are_the_platforms() {
    let schema = json_schema();
    let names = &schema["anyOf"][0]["properties"]["operator"]["enum"];
    let expected = json!([
        "equals",
        "notEquals",
        "contains",
        "notContains",
        "startsWith",
        "endsWith",
        "greaterThan",
        "greaterThanOrEqual",
        "lessThan",
        "lessThanOrEqual",
        "isEmpty",
        "isNotEmpty",
        "isNull",
        "isNotNull",
        "matches",
        "in",
    ]);
    assert_eq!(*names, expected);
}
