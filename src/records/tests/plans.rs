//! What of a query Calendly is asked to do itself.

use super::*;
use crate::records::filter::Filter;
use crate::records::plan::plan;
use crate::records::sort;

/// The parameters, `name=value`, in order; or the violations.
fn planned(of: &str, filter: Value, sort: Value) -> Result<Vec<String>, Vec<String>> {
    let fields = Fields::known(table(of));
    let mut found = Vec::new();
    let filter = Filter::parse(&fields, &filter, "/config/filter", &mut found);
    let sort = sort.as_array().cloned().unwrap_or_default();
    let keys = sort::parse(&fields, &sort, &mut found);
    let plan = plan(filter.as_ref(), &keys, &mut found);
    if !found.is_empty() {
        return Err(found.iter().map(|one| format!("{} {}", one.pointer, one.message)).collect());
    }
    let mut asked: Vec<_> =
        plan.filters.iter().map(|(name, value)| format!("{name}={value}")).collect();
    asked.extend(plan.sort.map(|sort| format!("sort={sort}")));
    let parents = plan.parent_filters.iter().map(|(name, value)| format!("events:{name}={value}"));
    asked.extend(parents);
    asked.extend(plan.parent_sort.map(|sort| format!("events:sort={sort}")));
    Ok(asked)
}

fn test(field: &str, operator: &str, value: Value) -> Value {
    json!({"field": field, "operator": operator, "value": value})
}

fn asks(of: &str, filter: Value, expected: &[&str]) {
    assert_eq!(planned(of, filter.clone(), Value::Null).unwrap(), expected, "{of} {filter}");
}

#[test]
fn contacts_are_found_by_calendly() {
    asks("contacts", test("Email", "equals", json!("a@x.io")), &["email=a@x.io"]);
    asks("contacts", test("email", "in", json!(["a@x.io", "b@x.io"])), &["email=a@x.io,b@x.io"]);
    asks("contacts", test("country", "equals", json!("FR")), &["country=FR"]);
    for operator in ["equals", "contains", "startsWith", "endsWith"] {
        asks("contacts", test("name", operator, json!("Ada")), &["name=Ada"]);
    }
    for operator in ["notEquals", "notContains", "greaterThan", "lessThanOrEqual"] {
        asks("contacts", test("name", operator, json!("Ada")), &[]);
    }
    asks("contacts", json!({"field": "name", "operator": "isNull"}), &[]);
    asks("contacts", test("email", "contains", json!("a@")), &[]);
    asks("contacts", test("linkedin", "equals", json!("https://x")), &[]);
}

#[test]
fn what_calendly_would_split_or_ignore_is_not_given_to_it() {
    asks("contacts", test("name", "contains", json!("Lovelace, Ada")), &[]);
    asks("contacts", test("city", "equals", json!("")), &[]);
    asks("contacts", test("state", "in", json!(["a,b", "c"])), &[]);
    asks("contacts", test("state", "in", json!([])), &[]);
    asks("contacts", test("name", "equals", Value::Null), &[]);
}

#[test]
fn events_are_found_by_calendly() {
    asks("scheduled_events", test("status", "equals", json!("active")), &["status=active"]);
    let given = json!("2026-12-01T10:00:00+01:00");
    // A second wider, because nothing says whether the bounds belong to the window.
    let from = "min_start_time=2026-12-01T08:59:59.000000Z";
    let to = "max_start_time=2026-12-01T09:00:01.000000Z";
    for operator in ["greaterThan", "greaterThanOrEqual"] {
        asks("scheduled_events", test("start_time", operator, given.clone()), &[from]);
    }
    for operator in ["lessThan", "lessThanOrEqual"] {
        asks("scheduled_events", test("start_time", operator, given.clone()), &[to]);
    }
    asks("scheduled_events", test("start_time", "equals", given.clone()), &[from, to]);
    asks("scheduled_events", test("end_time", "lessThan", given), &[]);
    let invitee = test("invitee_email", "equals", json!("a@x.io"));
    asks("scheduled_events", invitee, &["invitee_email=a@x.io"]);
}

#[test]
fn event_types_and_invitees_are_found_by_calendly() {
    asks("event_types", test("active", "equals", json!(false)), &["active=false"]);
    asks("event_types", test("admin_managed", "equals", json!(true)), &["admin_managed=true"]);
    asks("event_types", test("active", "notEquals", json!(true)), &[]);
    asks("event_types", test("name", "equals", json!("Intro")), &[]);
    let expected = ["email=a@x.io", "events:invitee_email=a@x.io"];
    asks("invitees", test("email", "equals", json!("a@x.io")), &expected);
    asks("invitees", test("event_status", "equals", json!("active")), &["events:status=active"]);
    let since = test("start_time", "greaterThan", json!("2026-12-01T00:00:00Z"));
    asks("invitees", since, &["events:min_start_time=2026-11-30T23:59:59.000000Z"]);
    asks("invitees", test("status", "equals", json!("canceled")), &["status=canceled"]);
}

#[test]
fn only_what_has_to_hold_is_given_to_calendly() {
    let name = || test("name", "equals", json!("Ada"));
    let city = || test("city", "equals", json!("Paris"));
    asks("contacts", json!({"and": [name(), {"and": [city()]}]}), &["name=Ada", "city=Paris"]);
    asks("contacts", json!({"or": [name(), city()]}), &[]);
    asks("contacts", json!({"and": [{"or": [name(), city()]}, city()]}), &["city=Paris"]);
    // One value to a parameter; the connector makes the other test.
    let two = json!({"and": [name(), test("name", "contains", json!("d"))]});
    asks("contacts", two, &["name=Ada"]);
    let between = json!({"and": [
        test("start_time", "greaterThan", json!("2026-12-01T00:00:00Z")),
        test("start_time", "lessThan", json!("2026-12-02T00:00:00Z")),
    ]});
    let expected = [
        "min_start_time=2026-11-30T23:59:59.000000Z",
        "max_start_time=2026-12-02T00:00:01.000000Z",
    ];
    asks("scheduled_events", between, &expected);
}

#[test]
fn what_records_do_not_have_calendly_alone_can_test() {
    let email = || test("invitee_email", "equals", json!("a@x.io"));
    let refused = [
        json!({"or": [email(), test("status", "equals", json!("active"))]}),
        test("invitee_email", "contains", json!("a@")),
        test("invitee_email", "notEquals", json!("a@x.io")),
        test("invitee_email", "equals", json!("")),
        json!({"and": [email(), test("invitee_email", "equals", json!("b@x.io"))]}),
    ];
    for filter in refused {
        let broken = planned("scheduled_events", filter.clone(), Value::Null).unwrap_err();
        assert!(broken[0].contains("'invitee_email' can be tested once"), "{filter} {broken:?}");
    }
    let broken = planned("invitees", test("event_guests", "contains", json!("a")), Value::Null);
    assert!(broken.unwrap_err()[0].contains("'event_guests' cannot be filtered by"));
}

#[test]
fn calendly_sorts_when_it_can_sort_by_every_key() {
    let sort = |of: &str, keys: Value| {
        planned(of, json!({"and": [test("name", "notEquals", json!("x"))]}), keys)
    };
    let by = |field: &str, direction: &str| json!({"field": field, "direction": direction});
    let one = sort("contacts", json!([by("created_at", "desc")])).unwrap();
    assert_eq!(one, ["sort=created_at:desc"]);
    let two = sort("event_types", json!([by("name", "asc"), by("Position", "desc")])).unwrap();
    assert_eq!(two, ["sort=name:asc,position:desc"]);
    let mixed = sort("event_types", json!([by("name", "asc"), by("duration", "asc")])).unwrap();
    assert_eq!(mixed, Vec::<String>::new());
    assert_eq!(sort("contacts", json!([by("name", "asc")])).unwrap(), Vec::<String>::new());
    let events = sort("invitees", json!([by("start_time", "desc")])).unwrap();
    assert_eq!(events, ["events:sort=start_time:desc"]);
    let both = sort("invitees", json!([by("start_time", "asc"), by("created_at", "asc")]));
    assert_eq!(both.unwrap(), Vec::<String>::new(), "events at the same time would not be joined");
}
