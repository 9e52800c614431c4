//! The planner against a reference that reads a whole table and then filters and sorts it: the
//! answers are the same, whatever Calendly was asked to do itself.

use std::cmp::Ordering;

use host_harness::simulator::AccountSize;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use tokio::runtime::Handle;

use crate::support::world::{World, ids};

/// Tables of every way there is to list records, each with what a query of it has to say.
const TABLES: [(&str, &str); 9] = [
    ("me", "contacts"),
    ("me", "event_types"),
    ("organization", "scheduled_events"),
    ("me", "invitees"),
    ("organization", "organization_memberships"),
    ("organization", "routing_form_submissions"),
    ("organization", "availability_schedules"),
    ("me", "meeting_recaps"),
    ("organization", "activity_log"),
];

/// A table read whole: its fields as listed, and all of its records.
struct Whole {
    base: &'static str,
    name: &'static str,
    /// Name, platform type.
    fields: Vec<(String, String)>,
    sortable: Vec<String>,
    records: Vec<Value>,
}

impl Whole {
    async fn read(world: &World, base: &'static str, name: &'static str) -> Self {
        let listed = world.answer("listTables", json!({ "baseId": base })).await;
        let tables = listed["tables"].as_array().unwrap();
        let table = tables.iter().find(|table| table["id"] == name).unwrap();
        let text = |field: &Value, key: &str| field[key].as_str().unwrap().to_owned();
        let (mut fields, mut sortable) = (Vec::new(), Vec::new());
        for field in table["fields"].as_array().unwrap() {
            if field["listed"] == true {
                fields.push((text(field, "name"), text(field, "type")));
                if field["sortable"] == true {
                    sortable.push(text(field, "name"));
                }
            }
        }
        let names: Vec<_> = fields.iter().map(|(name, _)| name).collect();
        let query = json!({ "baseId": base, "tableId": name, "fields": names, "pageSize": 1_000 });
        let (records, _) = world.query(query).await;
        assert!(records.len() > 1, "too few {name} to say anything: {}", records.len());
        Self { base, name, fields, sortable, records }
    }

    /// The values that a field has, each once.
    fn values(&self, field: &str) -> Vec<&Value> {
        let mut values = Vec::new();
        for record in &self.records {
            let value = &record["fields"][field];
            if !values.contains(&value) {
                values.push(value);
            }
        }
        values
    }
}

/// One test, in numbers that a table makes a filter of.
#[derive(Clone, Debug)]
struct Pick {
    field: Index,
    operator: Index,
    value: Index,
    other: Index,
}

fn pick() -> impl Strategy<Value = Pick> {
    (any::<Index>(), any::<Index>(), any::<Index>(), any::<Index>())
        .prop_map(|(field, operator, value, other)| Pick { field, operator, value, other })
}

/// A filter's form, its tests not yet made.
#[derive(Clone, Debug)]
enum Form {
    Test(Pick),
    And(Vec<Form>),
    Or(Vec<Form>),
}

fn form() -> impl Strategy<Value = Form> {
    pick().prop_map(Form::Test).prop_recursive(2, 6, 3, |inner| {
        let some = proptest::collection::vec(inner, 1..4);
        // More often than not all have to hold, which is what can be given to Calendly.
        prop_oneof![
            3 => some.clone().prop_map(Form::And),
            1 => some.prop_map(Form::Or),
        ]
    })
}

/// The operators that a value of that platform type can be tested with.
fn operators(of: &str) -> &'static [&'static str] {
    match of {
        "json" => &["isNull", "isNotNull", "isEmpty", "isNotEmpty"],
        "array" => &["isNull", "isEmpty", "isNotEmpty"],
        "integer" | "decimal" => {
            &["equals", "notEquals", "greaterThan", "lessThanOrEqual", "in", "isNull"]
        }
        "checkbox" => &["equals", "notEquals", "isNull"],
        "datetime" | "date" => &[
            "equals",
            "notEquals",
            "greaterThan",
            "greaterThanOrEqual",
            "lessThan",
            "lessThanOrEqual",
            "in",
            "isNull",
        ],
        _ => &[
            "equals",
            "notEquals",
            "contains",
            "notContains",
            "startsWith",
            "endsWith",
            "greaterThan",
            "lessThan",
            "matches",
            "in",
            "isEmpty",
            "isNotEmpty",
            "isNotNull",
        ],
    }
}

impl Form {
    fn filter(&self, whole: &Whole) -> Value {
        let all = |parts: &[Self]| parts.iter().map(|part| part.filter(whole)).collect::<Value>();
        match self {
            Self::And(parts) => json!({ "and": all(parts) }),
            Self::Or(parts) => json!({ "or": all(parts) }),
            Self::Test(pick) => pick.filter(whole),
        }
    }
}

impl Pick {
    fn filter(&self, whole: &Whole) -> Value {
        let (field, of) = self.field.get(&whole.fields);
        let operator = *self.operator.get(operators(of));
        let values: Vec<_> =
            whole.values(field).into_iter().filter(|value| !value.is_null()).collect();
        if operator.starts_with("is") {
            return json!({ "field": field, "operator": operator });
        }
        if values.is_empty() {
            return json!({ "field": field, "operator": "isNull" });
        }
        let (value, other) = (*self.value.get(&values), *self.other.get(&values));
        let value = match (operator, value.as_str()) {
            ("in", _) => json!([value, other]),
            ("contains" | "notContains", Some(text)) => part(text, 1, 4).to_uppercase().into(),
            ("startsWith", Some(text)) => part(text, 0, 2).to_lowercase().into(),
            ("endsWith", Some(text)) => {
                let ending: Vec<_> = text.chars().rev().take(2).collect();
                ending.into_iter().rev().collect::<String>().into()
            }
            ("matches", Some(text)) => format!("^.?[{}]", letters(text)).into(),
            _ => value.clone(),
        };
        json!({ "field": field, "operator": operator, "value": value })
    }
}

fn part(text: &str, from: usize, length: usize) -> String {
    text.chars().skip(from).take(length).collect()
}

/// A few letters of a text, fit for a class of a pattern.
fn letters(text: &str) -> String {
    let letters: String = text.chars().filter(char::is_ascii_alphanumeric).take(3).collect();
    if letters.is_empty() { "a".to_owned() } else { letters }
}

/// Whether a record passes a filter: the reference.
fn passes(whole: &Whole, filter: &Value, record: &Value) -> bool {
    if let Some(parts) = filter["and"].as_array() {
        return parts.iter().all(|part| passes(whole, part, record));
    }
    if let Some(parts) = filter["or"].as_array() {
        return parts.iter().any(|part| passes(whole, part, record));
    }
    let name = filter["field"].as_str().unwrap();
    let of = &*whole.fields.iter().find(|(field, _)| field == name).unwrap().1;
    let (value, operand) = (&record["fields"][name], &filter["value"]);
    let equals = |left: &Value, right: &Value| match (left.as_str(), right.as_str()) {
        (Some(left), Some(right)) if of == "email" => left.eq_ignore_ascii_case(right),
        _ => left == right,
    };
    let has = |test: fn(&str, &str) -> bool| match (value.as_str(), operand.as_str()) {
        (Some(text), Some(part)) => test(&text.to_lowercase(), &part.to_lowercase()),
        _ => false,
    };
    let is = |wanted: &[Ordering]| !value.is_null() && wanted.contains(&compared(value, operand));
    let is_empty = match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    };
    match filter["operator"].as_str().unwrap() {
        "equals" => equals(value, operand),
        "notEquals" => !equals(value, operand),
        "contains" => has(|text, part| text.contains(part)),
        "notContains" => !has(|text, part| text.contains(part)),
        "startsWith" => has(|text, part| text.starts_with(part)),
        "endsWith" => has(|text, part| text.ends_with(part)),
        "greaterThan" => is(&[Ordering::Greater]),
        "greaterThanOrEqual" => is(&[Ordering::Greater, Ordering::Equal]),
        "lessThan" => is(&[Ordering::Less]),
        "lessThanOrEqual" => is(&[Ordering::Less, Ordering::Equal]),
        "isEmpty" => is_empty,
        "isNotEmpty" => !is_empty,
        "isNull" => value.is_null(),
        "isNotNull" => !value.is_null(),
        // The patterns here are one class after one character at most.
        "matches" => value.as_str().is_some_and(|text| {
            let class = operand.as_str().unwrap().strip_prefix("^.?[").unwrap();
            text.chars().take(2).any(|letter| class.trim_end_matches(']').contains(letter))
        }),
        "in" => operand.as_array().unwrap().iter().any(|choice| equals(value, choice)),
        other => panic!("no reference for {other}"),
    }
}

/// The order of two values. Calendly's times are all written alike, so they compare as texts.
fn compared(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::String(left), Value::String(right)) => {
            left.to_lowercase().cmp(&right.to_lowercase()).then_with(|| left.cmp(right))
        }
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (left, right) => left.as_f64().unwrap().total_cmp(&right.as_f64().unwrap()),
    }
}

/// Whether a record may come before another: the reference.
fn in_order(keys: &[(String, bool)], left: &Value, right: &Value) -> bool {
    for (field, descending) in keys {
        let (left, right) = (&left["fields"][field], &right["fields"][field]);
        let order = match (left.is_null(), right.is_null()) {
            (true, true) => Ordering::Equal,
            (true, false) => return false,
            (false, true) => return true,
            (false, false) if *descending => compared(right, left),
            (false, false) => compared(left, right),
        };
        if order.is_ne() {
            return order.is_lt();
        }
    }
    true
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_what_a_look_at_the_whole_table_would_give() {
    let size = AccountSize { event_types: 12, scheduled_events: 60, contacts: 150 };
    let world = World::connected_with_scopes(
        |options| {
            options.size = size;
            options.requests_per_minute = Some(0);
        },
        &["schema.bases:read", "data.records:read", "activity_log:read"],
    )
    .await;
    let mut tables = Vec::new();
    for (base, name) in TABLES {
        tables.push(Whole::read(&world, base, name).await);
    }
    let query = (
        0..tables.len(),
        proptest::option::weighted(0.9, form()),
        proptest::collection::vec((any::<Index>(), any::<bool>()), 0..3),
        select(vec![1_usize, 3, 20, 100, 1_000]),
    );
    let check = |(table, form, keys, size): (usize, Option<Form>, Vec<(Index, bool)>, usize)| {
        let whole = &tables[table];
        let filter = form.map(|form| form.filter(whole));
        let keys: Vec<_> =
            keys.iter().map(|(key, down)| (key.get(&whole.sortable).clone(), *down)).collect();
        let fields: Vec<_> = whole.fields.iter().map(|(name, _)| name).collect();
        let mut config = json!({
            "baseId": whole.base, "tableId": whole.name, "fields": fields, "pageSize": size,
        });
        if let Some(filter) = &filter {
            config["filter"] = filter.clone();
        }
        for (field, down) in &keys {
            let key = json!({ "field": field, "direction": if *down { "desc" } else { "asc" } });
            let keys = config.as_object_mut().unwrap().entry("sort").or_insert(json!([]));
            keys.as_array_mut().unwrap().push(key);
        }
        let (found, _) =
            tokio::task::block_in_place(|| Handle::current().block_on(world.query(config.clone())));
        let passing =
            |record: &&Value| filter.as_ref().is_none_or(|filter| passes(whole, filter, record));
        let mut expected: Vec<_> =
            whole.records.iter().filter(passing).map(|record| &record["id"]).collect();
        let mut got: Vec<_> = found.iter().map(|record| &record["id"]).collect();
        expected.sort_by_key(|id| id.as_str());
        got.sort_by_key(|id| id.as_str());
        prop_assert_eq!(got, expected, "{}", config);
        for pair in found.windows(2) {
            prop_assert!(in_order(&keys, &pair[0], &pair[1]), "{} {:?}", config, ids(pair));
        }
        Ok(())
    };
    let mut runner = TestRunner::new(Config {
        cases: 300,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(20_261_124),
        ..Config::default()
    });
    if let Err(failure) = runner.run(&query, check) {
        panic!("{failure}");
    }
}
