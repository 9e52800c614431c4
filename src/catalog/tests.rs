mod documented;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;
use crate::oauth::scopes::ALL_NAMES;
use crate::text::fold;

/// Every field of every table, with the table's name.
fn fields() -> impl Iterator<Item = (&'static str, &'static Field)> {
    TABLES.iter().flat_map(|table| table.fields.iter().map(|field| (table.name, field)))
}

#[test]
fn every_table_is_found_by_its_name() {
    for of in TABLES {
        assert_eq!(table(of.name).unwrap().name, of.name);
        assert!(of.description.ends_with('.') && !of.label.is_empty(), "{}", of.name);
    }
    let names: Vec<_> = TABLES.iter().map(|table| table.name).collect();
    assert_eq!(names, ["contacts", "event_types", "invitees", "scheduled_events"]);
    assert!(table("Contacts").is_none() && table("").is_none());
}

#[test]
fn a_table_names_and_labels_each_field_differently() {
    for table in TABLES {
        let names: BTreeSet<_> = table.fields.iter().map(|field| field.name).collect();
        assert_eq!(names.len(), table.fields.len(), "{}", table.name);
        let labels: BTreeSet<_> = table.fields.iter().map(|field| fold(field.label)).collect();
        assert_eq!(labels.len(), table.fields.len(), "{}", table.name);
    }
}

#[test]
fn no_label_is_another_fields_name() {
    for table in TABLES {
        for field in table.fields {
            let taken =
                |other: &&Field| other.name != field.name && other.name == fold(field.label);
            let taken = table.fields.iter().find(taken);
            assert!(taken.is_none(), "{}: {} is {taken:?}", table.name, field.label);
        }
    }
}

#[test]
fn every_scope_is_one_of_calendlys() {
    for table in TABLES {
        for scope in table.read_scopes.iter().chain(table.write_scopes) {
            assert!(ALL_NAMES.contains(scope), "{}: {scope}", table.name);
        }
        assert!(table.read_scopes.iter().all(|scope| scope.ends_with(":read")));
        assert!(table.write_scopes.iter().all(|scope| scope.ends_with(":write")));
    }
}

#[test]
fn a_table_that_lacks_a_verb_says_what_to_do_instead() {
    let lacking = |table: &&&Table| table.verbs().count() < Verb::ALL.len();
    for table in TABLES.iter().filter(lacking) {
        assert!(table.way_out.ends_with('.'), "{}", table.name);
    }
}

#[test]
fn a_field_is_good_for_something() {
    for (table, field) in fields() {
        let written = field.on_create != Need::No || field.on_update;
        let filtered = !field.pushdown.is_empty();
        assert!(field.read.is_some() || written || filtered, "{table}.{}", field.name);
        // What the resource does not have Calendly alone can sort by, and the connector has to
        // check the order of pages that it joins.
        assert!(field.read.is_some() || !field.sorts, "{table}.{}", field.name);
        if let Some(pointer) = field.read {
            assert!(pointer.is_empty() || pointer.starts_with('/'), "{table}.{}", field.name);
        }
    }
}

#[test]
fn what_can_be_written_has_a_place_of_its_own_in_the_body() {
    for table in TABLES {
        let written =
            table.fields.iter().filter(|field| field.on_create != Need::No || field.on_update);
        let places: Vec<_> = written
            .filter(|field| !matches!(field.codec, Codec::PrimaryEmail | Codec::OtherEmails))
            .map(
                |field| {
                    if field.write.is_empty() { vec![field.name] } else { field.write.to_vec() }
                },
            )
            .collect();
        let distinct: BTreeSet<_> = places.iter().collect();
        assert_eq!(distinct.len(), places.len(), "{}", table.name);
    }
}

#[test]
fn a_verb_says_what_it_asks_of_the_scopes() {
    let contacts = table("contacts").unwrap();
    for verb in Verb::ALL {
        let scopes = contacts.scopes(verb);
        let writes = matches!(verb, Verb::Create | Verb::Update | Verb::Delete);
        assert_eq!(scopes, if writes { ["contacts:write"] } else { ["contacts:read"] });
    }
}

/// A value of each kind, values that are none, and its schema and platform type.
#[test]
fn every_kind_knows_its_values() {
    let cases: [(Kind, &str, &str, Value, &[Value]); 16] = [
        (Kind::Text, "string", "single-line-text", json!(""), &[json!(1), json!([])]),
        (Kind::LongText, "string", "long-text", json!("a\nb"), &[json!(true)]),
        (
            Kind::Email,
            "string",
            "email",
            json!("a@b"),
            &[json!("a"), json!("@b"), json!("a@"), json!("a@b@c"), json!("a @b"), json!(1)],
        ),
        (Kind::Url, "string", "url", json!("https://a"), &[json!(1)]),
        (Kind::Phone, "string", "phone-number", json!("+33"), &[json!(33)]),
        (Kind::Integer, "integer", "integer", json!(-3), &[json!(1.5), json!("3")]),
        (Kind::Number, "number", "decimal", json!(1.5), &[json!("1.5")]),
        (Kind::Boolean, "boolean", "checkbox", json!(false), &[json!("false"), json!(0)]),
        (
            Kind::DateTime,
            "string",
            "datetime",
            json!("2026-11-24T10:30:00+01:00"),
            &[json!("2026-11-24"), json!("2026-11-24T10:30:00"), json!(1)],
        ),
        (Kind::Date, "string", "date", json!("2026-02-28"), &[json!("2026-02-29"), json!(1)]),
        (Kind::Choice(&["a", "b"]), "string", "single-select", json!("b"), &[json!("c")]),
        (Kind::Reference("users"), "string", "single-line-text", json!("x"), &[json!({})]),
        (Kind::Texts, "array", "array", json!(["a"]), &[json!("a"), json!([1])]),
        (Kind::Integers, "array", "array", json!([1, 2]), &[json!([1.5]), json!(1)]),
        (Kind::Objects, "array", "json", json!([{}]), &[json!({}), json!([1])]),
        (Kind::Object, "object", "json", json!({}), &[json!([]), json!("{}")]),
    ];
    for (kind, json_type, platform_type, good, bad) in cases {
        assert_eq!(kind.json_schema(false)["type"], json_type, "{kind:?}");
        assert_eq!(kind.json_schema(true)["type"], json!([json_type, "null"]), "{kind:?}");
        assert_eq!(kind.platform_type(), platform_type, "{kind:?}");
        assert_eq!(kind.demand(&good), None, "{kind:?} {good}");
        for value in bad.iter().chain([&Value::Null]) {
            assert!(kind.demand(value).is_some(), "{kind:?} {value}");
        }
    }
    assert_eq!(Kind::Choice(&["a", "b"]).demand(&json!("c")).unwrap(), "one of a, b");
}

#[test]
fn a_whole_number_may_be_written_as_a_float() {
    assert_eq!(Kind::Integer.demand(&json!(30.0)), None, "1.0 is a JSON Schema integer");
}
