//! Two judges of a connection's configuration, the connector and the JSON Schema it publishes, see
//! the same documents: those of `schema/connections.json`, and a great many random ones.

#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

mod support;

use std::cell::RefCell;
use std::collections::BTreeSet;

use jsonschema::Validator;
use jsonschema::error::ValidationErrorKind;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::support::instance::Instance;

/// A document of the table, as text, and what is wrong with it.
struct Case {
    name: String,
    document: String,
    violations: Vec<Expected>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Expected {
    pointer: String,
    rule: String,
    message: String,
}

/// Where a document breaks which rule.
type Faults = BTreeSet<(String, String)>;

#[test]
fn every_document_of_the_table_gets_its_violations() {
    let mut instance = Instance::new();
    let mut wrong = Vec::new();
    for case in cases() {
        let mut found = violations(&mut instance, &case.document);
        found.sort();
        let mut expected = case.violations;
        expected.sort();
        if found != expected {
            wrong.push(format!("{}: found {found:#?}, expected {expected:#?}", case.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_published_schema_finds_the_same_faults() {
    let schema = published_schema(&mut Instance::new());
    for case in cases() {
        let expected = case.violations.into_iter();
        let expected = expected.map(|violation| (violation.pointer, violation.rule)).collect();
        assert_agreement(&expected, &faults(&schema, &case.document), &case.name);
    }
}

#[test]
fn connector_and_schema_agree_on_random_documents() {
    let mut instance = Instance::new();
    let schema = published_schema(&mut instance);
    let instance = RefCell::new(instance);
    let mut runner = TestRunner::new(Config { cases: 2_000, ..Config::default() });
    let outcome = runner.run(&document(), |document| {
        let document = document.to_string();
        let found = violations(&mut instance.borrow_mut(), &document).into_iter();
        let found = found.map(|violation| (violation.pointer, violation.rule)).collect();
        assert_agreement(&found, &faults(&schema, &document), &document);
        Ok(())
    });
    outcome.expect("agreement");
}

#[test]
fn the_published_schema_is_valid_and_says_its_draft() {
    let text = Instance::new().describe().connection_schema;
    let schema: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert!(jsonschema::draft202012::meta::is_valid(&schema));
}

/// The table. A case holds its document as `document`, or as `text` where JSON will not do.
fn cases() -> Vec<Case> {
    let table = serde_json::from_str(include_str!("schema/connections.json")).expect("JSON");
    let Value::Array(cases) = table else { unreachable!("the table is a list") };
    cases.iter().map(case).collect()
}

fn case(case: &Value) -> Case {
    let text = |of: &Value, name: &str| of[name].as_str().expect(name).to_owned();
    let violations = case["violations"].as_array().expect("violations").iter();
    let violations = violations.map(|violation| Expected {
        pointer: text(violation, "pointer"),
        rule: text(violation, "rule"),
        message: text(violation, "message"),
    });
    Case {
        name: text(case, "name"),
        document: match case.get("document") {
            Some(document) => document.to_string(),
            None => text(case, "text"),
        },
        violations: violations.collect(),
    }
}

fn published_schema(instance: &mut Instance) -> Validator {
    let schema = serde_json::from_str(&instance.describe().connection_schema).expect("JSON");
    jsonschema::draft202012::new(&schema).expect("a schema")
}

fn violations(instance: &mut Instance, document: &str) -> Vec<Expected> {
    let violations = instance.validate(document).into_iter();
    let violations = violations.map(|violation| Expected {
        pointer: violation.pointer,
        rule: violation.rule,
        message: violation.message,
    });
    violations.collect()
}

/// What the independent validator finds. It points at the object where a property is missing or
/// too many; the connector, at the property.
fn faults(schema: &Validator, document: &str) -> Faults {
    let Ok(document) = serde_json::from_str(document) else {
        return Faults::from([(String::new(), "json".to_owned())]);
    };
    let mut faults = Faults::new();
    for error in schema.iter_errors(&document) {
        let place = error.instance_path().as_str();
        let rule = error.kind().keyword();
        let mut add = |pointer: String| {
            faults.insert((pointer, rule.to_owned()));
        };
        match error.kind() {
            ValidationErrorKind::Required { property } => {
                add(child(place, property.as_str().expect("a property's name")));
            }
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                unexpected.iter().for_each(|property| add(child(place, property)));
            }
            _ => add(place.to_owned()),
        }
    }
    faults
}

/// A JSON pointer one step further.
fn child(pointer: &str, property: &str) -> String {
    format!("{pointer}/{}", property.replace('~', "~0").replace('/', "~1"))
}

/// Both blame the same places. Where a value breaks several rules at once, such as an empty name
/// the minimum length and the pattern, the connector names one that the schema names too.
fn assert_agreement(connector: &Faults, schema: &Faults, document: &str) {
    let places = |faults: &Faults| -> BTreeSet<String> {
        faults.iter().map(|(pointer, _)| pointer.clone()).collect()
    };
    assert!(
        places(connector) == places(schema) && connector.is_subset(schema),
        "the connector finds {connector:?}, the schema {schema:?} in {document}",
    );
}

/// Connections with every property good, bad or absent.
fn document() -> impl Strategy<Value = Value> {
    let properties = [
        ("type", any_of(&[json!("calendly"), json!("Calendly"), json!(null)])),
        ("id", id()),
        ("name", mostly(prop_oneof![r"\PC{0,3}", r"\s{0,3}", r"\PC{98,102}"])),
        ("clientId", mostly(".{0,2}")),
        ("clientSecret", mostly(".{0,2}")),
        ("scopes", scopes()),
        ("redirectUri", mostly(redirect_uri())),
        ("personalAccessToken", mostly(r"[a-zA-Z0-9._~+/=\n*-]{0,3}")),
        ("color", other()),
    ];
    let properties = properties.map(|(name, value)| {
        // Half of the connections have the way to connect that leaves no room for the other.
        let often = if name == "personalAccessToken" { 0.5 } else { 0.9 };
        proptest::option::weighted(often, value).prop_map(move |value| (name.to_owned(), value))
    });
    properties.to_vec().prop_map(|properties| {
        properties.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    })
}

fn id() -> BoxedStrategy<Value> {
    let small = (-1..3_i64).prop_map(Value::from);
    let integer = any::<i64>().prop_map(Value::from);
    // Not any number: the component's JSON reader, made small, is exact for up to 15 digits with a
    // fraction, so it takes some of 16 digits, such as 1992460925999501.0, for no whole number.
    let fraction = (-1e9..1e9).prop_map(Value::from);
    let whole = (-1e9..1e9).prop_map(|number: f64| Value::from(number.trunc()));
    let vast = (1e17..1e300).prop_map(Value::from);
    prop_oneof![small, integer, fraction, whole, vast, other()].boxed()
}

fn scopes() -> BoxedStrategy<Value> {
    let scope = any_of(&[json!("users:read"), json!("webhook:manage"), json!("x"), json!(1)]);
    let list = proptest::collection::vec(scope, 0..4).prop_map(Value::from);
    prop_oneof![4 => list, 1 => other()].boxed()
}

/// These texts, now and then another value.
fn mostly(text: impl Strategy<Value = String> + 'static) -> BoxedStrategy<Value> {
    prop_oneof![8 => text.prop_map(Value::from), 1 => other()].boxed()
}

/// A value of whatever type.
fn other() -> BoxedStrategy<Value> {
    any_of(&[json!(null), json!(true), json!(7), json!(""), json!([]), json!({})])
}

fn any_of(values: &[Value]) -> BoxedStrategy<Value> {
    proptest::sample::select(values.to_vec()).boxed()
}

/// Strings that are redirect URIs, or nearly.
fn redirect_uri() -> impl Strategy<Value = String> {
    let scheme = prop_oneof![4 => "https?://", 1 => "ftp://|https?:/|//|"];
    let user = prop_oneof![8 => Just(""), 1 => Just("user@"), 1 => Just("u:p@")];
    let host = prop_oneof![
        3 => r"[a-zA-Z0-9._-]{1,8}",
        2 => r"[0-9]{1,3}(\.[0-9]{1,3}){3}",
        3 => Just("localhost".to_owned()),
        2 => Just("127.0.0.1".to_owned()),
        2 => Just("[::1]".to_owned()),
        1 => r"\PC{0,3}",
    ];
    let port = prop_oneof![4 => Just(String::new()), 4 => ":[0-9]{1,5}", 1 => ":[0-9a]{0,6}"];
    let rest = prop_oneof![
        2 => Just(String::new()),
        4 => "/[ -~]{0,4}",
        4 => r"/[a-z/%0-9A-F]{0,6}(\?[a-z=&?/]{0,4})?",
        1 => r"[?#/\\]\PC{0,2}",
    ];
    (scheme, user, host, port, rest)
        .prop_map(|(scheme, user, host, port, rest)| format!("{scheme}{user}{host}{port}{rest}"))
}
