use jsonschema::Validator;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value, json};

use super::*;
use crate::error::Violation;
use crate::operations::OPERATIONS;

const ITEM: Object =
    Object { properties: &[Property::required("a/b~c", FILLED, "A name.")], open: false };

/// One property of every shape.
const EVERYTHING: Object = Object {
    properties: &[
        Property::required("digit", Shape::Integer { minimum: 1, maximum: 9 }, "Any digit."),
        Property::optional("flag", Shape::Boolean, "A flag."),
        Property::optional("count", Shape::Integer { minimum: -2, maximum: 3 }, "A number."),
        Property::optional(
            "text",
            Shape::Text(Text { min_length: 2, max_length: 3, ..Text::ANY }),
            "A text.",
        ),
        Property::optional(
            "fixed",
            Shape::Text(Text { constant: Some("x"), ..Text::ANY }),
            "One text.",
        ),
        Property::optional("choice", one_of(&["asc", "desc"]), "A choice."),
        Property::optional(
            "ruled",
            Shape::Text(Text {
                rule: Some(TextRule {
                    pattern: "^a",
                    holds: |text| text.starts_with('a'),
                    demand: "a text that begins with a",
                }),
                ..Text::ANY
            }),
            "A text with a rule.",
        ),
        Property::optional(
            "list",
            Shape::List(List { min_items: 1, max_items: 2, unique: true, ..List::of(&TEXT) }),
            "A list.",
        ),
        Property::optional("map", Shape::Map { min_properties: 1 }, "A map."),
        Property::optional("maybe", Shape::Nullable(&FILLED), "A text or null."),
        Property::optional("items", list_of(&Shape::Object(&ITEM)), "Objects."),
        Property::optional("any", Shape::Any, "Anything."),
    ],
    open: false,
};

fn check(object: &Object, value: &Value) -> Vec<Violation> {
    let mut found = Vec::new();
    object.check(value, "", &mut found);
    found
}

fn places(object: &Object, value: &Value) -> Vec<String> {
    let place = |broken: &Violation| format!("{} {}", broken.pointer, broken.rule);
    check(object, value).iter().map(place).collect()
}

fn judge(document: &Value) -> Validator {
    jsonschema::validator_for(document).expect("a JSON Schema")
}

#[test]
fn each_rule_is_broken_by_its_name() {
    let cases = [
        (json!({}), "/digit required"),
        (json!([]), " type"),
        (json!({"digit": 1, "flag": 0}), "/flag type"),
        (json!({"digit": 1, "count": "1"}), "/count type"),
        (json!({"digit": 1, "count": 1.5}), "/count type"),
        (json!({"digit": 1, "count": -3}), "/count minimum"),
        (json!({"digit": 1, "count": -1e300}), "/count minimum"),
        (json!({"digit": 1, "count": 4.0}), "/count maximum"),
        (json!({"digit": 1, "count": u64::MAX}), "/count maximum"),
        (json!({"digit": 1, "text": "é"}), "/text minLength"),
        (json!({"digit": 1, "text": "éééé"}), "/text maxLength"),
        (json!({"digit": 1, "fixed": "y"}), "/fixed const"),
        (json!({"digit": 1, "fixed": 5}), "/fixed const"),
        (json!({"digit": 1, "choice": "up"}), "/choice enum"),
        (json!({"digit": 1, "ruled": "ba"}), "/ruled pattern"),
        (json!({"digit": 1, "list": []}), "/list minItems"),
        (json!({"digit": 1, "list": ["a", "b", "c"]}), "/list maxItems"),
        (json!({"digit": 1, "list": ["a", "a"]}), "/list uniqueItems"),
        (json!({"digit": 1, "list": {}}), "/list type"),
        (json!({"digit": 1, "map": {}}), "/map minProperties"),
        (json!({"digit": 1, "map": []}), "/map type"),
        (json!({"digit": 1, "maybe": ""}), "/maybe minLength"),
        (json!({"digit": 1, "more": 1}), "/more additionalProperties"),
    ];
    let judge = judge(&EVERYTHING.schema_document("Everything"));
    for (value, expected) in cases {
        assert_eq!(places(&EVERYTHING, &value), [expected], "{value}");
        assert!(!judge.is_valid(&value), "the published schema accepts {value}");
    }
    let good = json!({
        "digit": 5, "flag": true, "count": 3.0, "text": "éé", "fixed": "x", "choice": "asc",
        "ruled": "a", "list": ["a", "b"], "map": {"k": 1}, "maybe": null, "items": [],
    });
    assert_eq!(places(&EVERYTHING, &good), Vec::<String>::new());
    assert!(judge.is_valid(&good));
}

#[test]
fn pointers_are_escaped() {
    let value = json!({"digit": 1, "items": [{"a/b~c": "x"}, {"a/b~c": ""}, {"": 1, "~/": 2}]});
    let expected = [
        "/items/1/a~1b~0c minLength",
        "/items/2/a~1b~0c required",
        "/items/2/ additionalProperties",
        "/items/2/~0~1 additionalProperties",
    ];
    assert_eq!(places(&EVERYTHING, &value), expected);
    assert!(value.pointer("/items/1/a~1b~0c").is_some(), "as RFC 6901 has it");
}

#[test]
fn the_same_words_serve_every_shape() {
    let message = |value: Value| check(&EVERYTHING, &value)[0].message.clone();
    assert_eq!(message(json!({})), "'digit' is required");
    assert_eq!(message(json!(1)), "The document must be an object");
    assert_eq!(message(json!({"digit": 1, "flag": 1})), "'flag' must be true or false");
    assert_eq!(message(json!({"digit": 1, "choice": "up"})), "'choice' must be one of asc, desc");
    assert_eq!(message(json!({"digit": 1, "list": [1]})), "This item must be a text");
    let ruled = message(json!({"digit": 1, "ruled": "b"}));
    assert_eq!(ruled, "'ruled' must be a text that begins with a");
}

#[test]
fn a_property_has_its_own_words_and_what_is_inside_of_it_has_not() {
    const WORDED: Object = Object {
        properties: &[Property::required("list", list_of(&TEXT), "A list.")
            .worded(&[("type", "Lists only"), ("required", "A list, please")])],
        open: true,
    };
    let message = |value: Value| check(&WORDED, &value)[0].message.clone();
    assert_eq!(message(json!({})), "A list, please");
    assert_eq!(message(json!({"list": 1})), "Lists only");
    assert_eq!(message(json!({"list": [1]})), "This item must be a text");
    assert_eq!(places(&WORDED, &json!({"list": [], "more": 1})), Vec::<String>::new());
}

#[test]
fn a_schema_is_a_document_of_its_own() {
    let query = OPERATIONS.iter().find(|of| of.name == "calendly.queryRecords").unwrap();
    let document = query.input.schema_document("Query");
    assert_eq!(document["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert_eq!(document["title"], "Query");
    assert_eq!(document["properties"]["filter"]["$ref"], "#/$defs/filter");
    let judge = judge(&document);
    let with = |filter: Value| {
        judge.is_valid(&json!({"baseId": "me", "tableId": "contacts", "filter": filter}))
    };
    assert!(with(json!({"field": "Name", "operator": "equals", "value": 1})));
    assert!(with(json!({"and": [{"or": [{"field": "a", "operator": "isNull"}]}]})));
    assert!(!with(json!({"field": "Name", "operator": "like", "value": 1})));
    assert!(!with(json!({"and": []})));
    assert!(!with(json!({"and": [{"field": "Name"}]})));
}

/// A value that now and then fits some shape.
fn a_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-4_i64..1_002).prop_map(Value::from),
        select(vec![json!(1.0), json!(0.5), json!(1e300), json!(-1e300), json!(u64::MAX)]),
        select(vec!["", "a", "aé", "asc", "desc", "x", "me", "calendly.getRecord", "éééé"])
            .prop_map(Value::from),
        select(vec![10_000_usize, 10_001]).prop_map(|length| "é".repeat(length).into()),
    ];
    leaf.prop_recursive(3, 24, 12, |inner| {
        let members = select(vec!["field", "direction", "a/b~c", "k"]).prop_map(str::to_owned);
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..12).prop_map(Value::from),
            proptest::collection::btree_map(members, inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// An object of some of these properties, and now and then another.
fn an_object(names: &[&'static str]) -> impl Strategy<Value = Value> + use<> {
    let (names, all) = (names.to_vec(), names.len());
    (subsequence(names, 0..=all), any::<u8>()).prop_flat_map(|(mut names, more)| {
        if more < 20 {
            names.push("more");
        }
        let values = proptest::collection::vec(a_value(), names.len());
        values.prop_map(move |values| {
            let names = names.iter().map(|name| (*name).to_owned());
            Value::Object(names.zip(values).collect::<Map<_, _>>())
        })
    })
}

/// The verdict of the shape is the verdict of what it publishes, and no value is blamed twice.
fn agree(object: &Object, judge: &Validator, value: &Value) -> Result<(), TestCaseError> {
    let places = places(object, value);
    prop_assert_eq!(places.is_empty(), judge.is_valid(value), "{} {:?}", value, places);
    let mut pointers: Vec<_> = check(object, value).into_iter().map(|one| one.pointer).collect();
    let all = pointers.len();
    pointers.sort();
    pointers.dedup();
    // A list that is too long and says something twice is wrong in two ways.
    let twice = places.iter().filter(|place| place.ends_with("uniqueItems")).count();
    prop_assert!(pointers.len() + twice >= all, "{:?}", places);
    Ok(())
}

#[test]
fn what_is_checked_is_what_is_published() {
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(600));
    let named = OPERATIONS.iter().map(|of| (of.name, of.input));
    for (name, object) in named.chain([("everything", &EVERYTHING)]) {
        let mut document = object.schema_document(name);
        // Filters depend on the table; the records check them.
        document["properties"].as_object_mut().unwrap().remove("filter");
        let names: Vec<_> = object.properties.iter().map(|property| property.name).collect();
        let names: Vec<_> = names.into_iter().filter(|name| *name != "filter").collect();
        let judge = judge(&document);
        runner
            .run(&prop_oneof![4 => an_object(&names).boxed(), 1 => a_value().boxed()], |value| {
                agree(object, &judge, &value)
            })
            .unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}
