use std::cmp::Ordering;

use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::records::sort::{self, Key};

fn order_of(
    keys: &[Key<'_>],
    left: &(Vec<Value>, String),
    right: &(Vec<Value>, String),
) -> Ordering {
    sort::order(keys, (&left.0, &left.1), (&right.0, &right.1))
}

/// Sorts values of one field, all ids being the same, and returns them.
fn sorted(of: &str, field: &str, direction: &str, values: Vec<Value>) -> Vec<Value> {
    let fields = Fields::known(table(of));
    let mut found = Vec::new();
    let sort = [json!({"field": field, "direction": direction})];
    let keys = sort::parse(&fields, &sort, &mut found);
    assert!(found.is_empty());
    let mut rows: Vec<_> = values.into_iter().map(|value| (vec![value], String::new())).collect();
    rows.sort_by(|left, right| order_of(&keys, left, right));
    rows.into_iter().flat_map(|(values, _)| values).collect()
}

#[test]
fn null_is_last_in_both_directions() {
    let values = || vec![json!(2), Value::Null, json!(10), json!(-1)];
    let up = sorted("event_types", "position", "asc", values());
    assert_eq!(up, [json!(-1), json!(2), json!(10), Value::Null]);
    let down = sorted("event_types", "position", "desc", values());
    assert_eq!(down, [json!(10), json!(2), json!(-1), Value::Null]);
}

#[test]
fn texts_sort_without_case_and_moments_as_moments() {
    let texts = ["b", "A", "a", "Ä", "C"].map(Value::from).to_vec();
    let up = sorted("contacts", "name", "asc", texts);
    assert_eq!(up, ["A", "a", "b", "C", "Ä"].map(Value::from));
    let moments = ["2026-01-02T00:00:00+02:00", "2026-01-01T22:30:00Z", "2026-01-01T21:59:59Z"];
    let up = sorted("contacts", "created_at", "asc", moments.map(Value::from).to_vec());
    assert_eq!(up, [moments[2], moments[0], moments[1]].map(Value::from));
    let flags = vec![json!(true), json!(false)];
    assert_eq!(sorted("event_types", "active", "asc", flags), [json!(false), json!(true)]);
}

#[test]
fn a_direction_left_out_is_ascending_and_the_id_decides_last() {
    let fields = Fields::known(table("contacts"));
    let sort = [json!({"field": "City"}), json!({"field": "name", "direction": "desc"})];
    let keys = sort::parse(&fields, &sort, &mut Vec::new());
    let row = |city: &str, name: &str, id: &str| (vec![city.into(), name.into()], id.to_owned());
    let less = |left, right| assert_eq!(order_of(&keys, &left, &right), Ordering::Less);
    less(row("Oslo", "a", "9"), row("Rome", "z", "1"));
    less(row("Oslo", "z", "9"), row("Oslo", "a", "1"));
    less(row("Oslo", "z", "1"), row("Oslo", "z", "2"));
}

#[test]
fn a_field_that_cannot_be_sorted_by_is_refused() {
    let fields = Fields::known(table("scheduled_events"));
    let mut found = Vec::new();
    let sort = [
        json!({"field": "start_time"}),
        json!({"field": "nope"}),
        json!({"field": "invitee_email"}),
    ];
    assert_eq!(sort::parse(&fields, &sort, &mut found).len(), 1);
    let places: Vec<_> = found.iter().map(|one| (&*one.pointer, &*one.rule)).collect();
    assert_eq!(places, [("/config/sort/1/field", "field"), ("/config/sort/2/field", "field")]);
}

fn a_row() -> impl Strategy<Value = (Vec<Value>, String)> {
    let moments = ["2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", "2026-01-02T00:00:00Z"];
    let text = select(vec![json!("a"), json!("A"), json!("b"), json!("é"), json!(""), Value::Null]);
    let number = select(vec![json!(1), json!(1.0), json!(1.5), json!(-2), Value::Null]);
    let moment =
        select(moments.map(Value::from).into_iter().chain([Value::Null]).collect::<Vec<_>>());
    let flag = select(vec![json!(true), json!(false), Value::Null]);
    let id = select(vec!["1", "2", "3"]).prop_map(str::to_owned);
    ((text, number, moment, flag).prop_map(|(a, b, c, d)| vec![a, b, c, d]), id)
}

proptest! {
    #[test]
    fn the_order_is_total(rows in proptest::collection::vec(a_row(), 3), down: [bool; 4]) {
        let fields = Fields::known(table("event_types"));
        let names = ["name", "position", "created_at", "active"];
        let sort: Vec<_> = names.iter().zip(down).map(|(name, down)| {
            json!({"field": name, "direction": if down { "desc" } else { "asc" }})
        }).collect();
        let keys = sort::parse(&fields, &sort, &mut Vec::new());
        let order = |left: usize, right: usize| order_of(&keys, &rows[left], &rows[right]);
        prop_assert_eq!(order(0, 1), order(1, 0).reverse());
        prop_assert_eq!(order(0, 0), Ordering::Equal);
        if order(0, 1).is_le() && order(1, 2).is_le() {
            prop_assert!(order(0, 2).is_le());
        }
    }
}

#[test]
fn the_order_is_total_even_over_values_of_another_kind() {
    let fields = Fields::known(table("contacts"));
    let keys = sort::parse(&fields, &[json!({"field": "name"})], &mut Vec::new());
    let rows: Vec<_> = [(json!("b"), "1"), (json!(5), "2"), (json!("a"), "3")]
        .into_iter()
        .map(|(value, id)| (vec![value], id.to_owned()))
        .collect();
    for [first, second, third] in [[0, 1, 2], [1, 2, 0], [2, 0, 1]] {
        let before = |left: usize, right: usize| order_of(&keys, &rows[left], &rows[right]).is_lt();
        let circle = before(first, second) && before(second, third) && before(third, first);
        assert!(!circle, "each of three comes before the next, in a circle");
    }
}
