//! What a filter keeps.

use super::filter_input::parse;
use super::*;

/// Whether a record with that value of the field passes.
fn passes(of: &str, field: &str, value: &Value, operator: &str, operand: &Value) -> bool {
    let fields = Fields::known(table(of));
    let mut test = json!({"field": field, "operator": operator});
    if !operand.is_null() || matches!(operator, "equals" | "notEquals") {
        test["value"] = operand.clone();
    }
    let filter = parse(&fields, &test).unwrap_or_else(|broken| panic!("{test}: {broken:?}"));
    filter.holds(&json!({"fields": {field: value}}))
}

/// Rows of: value, operator, operand, whether it holds.
fn hold(of: &str, field: &str, rows: &[(Value, &str, Value, bool)]) {
    for (value, operator, operand, expected) in rows {
        let found = passes(of, field, value, operator, operand);
        assert_eq!(found, *expected, "{of}.{field} = {value} {operator} {operand}");
    }
}

#[test]
fn texts_are_compared_as_people_read_them() {
    hold(
        "contacts",
        "name",
        &[
            (json!("Ada"), "equals", json!("Ada"), true),
            (json!("Ada"), "equals", json!("ada"), false),
            (json!("Ada"), "notEquals", json!("Ada"), false),
            (json!("Ada"), "notEquals", json!("Bo"), true),
            (json!("Ada Lovelace"), "contains", json!("LOVE"), true),
            (json!("Ada Lovelace"), "contains", json!("hate"), false),
            (json!("ÉMILE"), "contains", json!("émi"), true),
            (json!("Ada"), "notContains", json!("d"), false),
            (json!("Ada"), "notContains", json!("x"), true),
            (json!("Ada Lovelace"), "startsWith", json!("ada"), true),
            (json!("Ada Lovelace"), "startsWith", json!("love"), false),
            (json!("Ada Lovelace"), "endsWith", json!("LACE"), true),
            (json!("Ada Lovelace"), "endsWith", json!("ada"), false),
            (json!("b"), "greaterThan", json!("A"), true),
            (json!("a"), "greaterThan", json!("B"), false),
            (json!("a"), "greaterThanOrEqual", json!("a"), true),
            (json!("a"), "lessThan", json!("a"), false),
            (json!("a"), "lessThanOrEqual", json!("a"), true),
            (json!("Ada"), "in", json!(["Bo", "Ada"]), true),
            (json!("Ada"), "in", json!(["Bo"]), false),
            (json!("Ada"), "in", json!([]), false),
            (json!(""), "isEmpty", Value::Null, true),
            (json!(""), "isNull", Value::Null, false),
            (json!("a"), "isNotEmpty", Value::Null, true),
            (json!("a"), "isNotNull", Value::Null, true),
        ],
    );
}

#[test]
fn null_is_empty_equals_null_and_is_in_no_order() {
    let null = || Value::Null;
    hold(
        "contacts",
        "name",
        &[
            (null(), "equals", null(), true),
            (json!("a"), "equals", null(), false),
            (null(), "equals", json!("a"), false),
            (null(), "notEquals", json!("a"), true),
            (null(), "notEquals", null(), false),
            (null(), "contains", json!("a"), false),
            (null(), "notContains", json!("a"), true),
            (null(), "startsWith", json!(""), false),
            (null(), "greaterThan", json!("a"), false),
            (null(), "lessThan", json!("a"), false),
            (null(), "in", json!(["a"]), false),
            (null(), "isEmpty", null(), true),
            (null(), "isNotEmpty", null(), false),
            (null(), "isNull", null(), true),
            (null(), "isNotNull", null(), false),
        ],
    );
}

#[test]
fn addresses_are_the_same_in_any_case() {
    hold(
        "contacts",
        "email",
        &[
            (json!("Ada@Example.com"), "equals", json!("ada@example.COM"), true),
            (json!("ada@example.com"), "notEquals", json!("ADA@example.com"), false),
            (json!("ada@example.com"), "in", json!(["x@y", "ADA@EXAMPLE.COM"]), true),
            (json!("ada@example.com"), "endsWith", json!("@example.com"), true),
            (json!("ada@example.com"), "equals", json!("bo@example.com"), false),
        ],
    );
}

#[test]
fn moments_are_compared_as_moments() {
    let at = || json!("2026-11-24T10:30:00.000000Z");
    hold(
        "contacts",
        "created_at",
        &[
            (at(), "equals", json!("2026-11-24T11:30:00+01:00"), true),
            (at(), "notEquals", json!("2026-11-24T11:30:00+01:00"), false),
            (at(), "in", json!(["2026-11-24T05:30:00-05:00"]), true),
            (at(), "greaterThan", json!("2026-11-24T11:29:59+01:00"), true),
            (at(), "greaterThan", json!("2026-11-24T10:30:00Z"), false),
            (at(), "greaterThanOrEqual", json!("2026-11-24T10:30:00Z"), true),
            // As a text it would be the other way round.
            (at(), "lessThan", json!("2026-11-24T09:30:00-02:00"), true),
            (at(), "lessThanOrEqual", json!("2026-11-24T10:29:59.999999Z"), false),
        ],
    );
}

#[test]
fn numbers_booleans_choices_and_references_are_compared_by_what_they_mean() {
    hold(
        "event_types",
        "duration",
        &[
            (json!(30), "equals", json!(30), true),
            (json!(30.0), "equals", json!(30), true),
            (json!(100), "greaterThan", json!(20), true),
            (json!(-1), "lessThan", json!(0), true),
            (json!(30), "in", json!([15, 30]), true),
            (json!(0), "isEmpty", Value::Null, false),
        ],
    );
    hold(
        "event_types",
        "active",
        &[
            (json!(true), "equals", json!(true), true),
            (json!(false), "notEquals", json!(true), true),
            (json!(false), "isEmpty", Value::Null, false),
        ],
    );
    hold(
        "event_types",
        "kind",
        &[
            (json!("solo"), "equals", json!("solo"), true),
            // Calendly adds to its lists.
            (json!("trio"), "equals", json!("trio"), true),
            (json!("solo"), "in", json!(["group", "trio"]), false),
        ],
    );
    hold(
        "scheduled_events",
        "event_type",
        &[
            (json!("https://api.calendly.com/event_types/E1"), "equals", json!("E1"), true),
            (json!("https://calendly.com/event_types/E1"), "equals", json!("E1"), true),
            (
                json!("https://api.calendly.com/event_types/E1"),
                "in",
                json!(["https://api.calendly.com/event_types/E1"]),
                true,
            ),
            (json!("https://api.calendly.com/event_types/E1"), "equals", json!("1"), false),
        ],
    );
}

#[test]
fn lists_are_tested_by_their_items() {
    hold(
        "contacts",
        "other_emails",
        &[
            (json!(["a@x", "b@x"]), "contains", json!("b@x"), true),
            (json!(["a@x", "b@x"]), "contains", json!("b@"), false),
            (json!(["a@x"]), "notContains", json!("b@x"), true),
            (json!([]), "contains", json!("b@x"), false),
            (json!([]), "isEmpty", Value::Null, true),
            (json!([]), "isNull", Value::Null, false),
            (json!(["a"]), "isNotEmpty", Value::Null, true),
        ],
    );
    hold(
        "event_types",
        "duration_options",
        &[
            (json!([15, 30]), "contains", json!(30), true),
            (json!([15, 30]), "contains", json!(3), false),
            (json!([15, 30]), "notContains", json!(45), true),
        ],
    );
    hold("scheduled_events", "location", &[(json!({}), "isEmpty", Value::Null, true)]);
}

#[test]
fn filters_nest() {
    let fields = Fields::known(table("contacts"));
    let is =
        |field: &str, value: &str| json!({"field": field, "operator": "equals", "value": value});
    let filter = json!({"and": [
        {"or": [is("name", "Ada"), is("name", "Bo")]},
        {"or": [{"and": [is("city", "Paris"), is("state", "IDF")]}, is("city", "Rome")]},
    ]});
    let filter = parse(&fields, &filter).unwrap();
    let holds = |name: &str, city: &str, state: &str| {
        filter.holds(&json!({"fields": {"name": name, "city": city, "state": state}}))
    };
    assert!(holds("Ada", "Paris", "IDF") && holds("Bo", "Rome", ""));
    assert!(!holds("Ada", "Paris", "") && !holds("Cy", "Rome", "") && !holds("Bo", "Oslo", "IDF"));
}
