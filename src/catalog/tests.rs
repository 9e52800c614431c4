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
    assert_eq!(TABLES.len(), 30);
    assert!(TABLES.is_sorted_by(|left, right| left.name < right.name));
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
    for table in TABLES {
        let has_all = table.bases.iter().all(|base| base.verbs == Verbs::of(&Verb::ALL));
        assert_eq!(has_all, table.way_out.is_empty(), "{}", table.name);
        assert!(has_all || table.way_out.ends_with('.'), "{}", table.name);
    }
}

#[test]
fn a_field_is_good_for_something() {
    for (table, field) in fields() {
        let written = field.on_create != Need::No || field.on_update != Need::No;
        let filtered = !field.pushdown.is_empty();
        assert!(field.read.is_some() || written || filtered, "{table}.{}", field.name);
        // What the resource does not have Calendly alone can sort by, and the connector has to
        // check the order of pages that it joins.
        assert!(field.read.is_some() || !field.sorts, "{table}.{}", field.name);
        // Nor can a query use what only a single record has.
        assert!(field.listed || !(filtered || field.sorts), "{table}.{}", field.name);
        if let Some(pointer) = field.read {
            assert!(pointer.is_empty() || pointer.starts_with('/'), "{table}.{}", field.name);
        }
    }
}

#[test]
fn a_verb_is_offered_where_there_is_a_way_to_do_it() {
    for table in TABLES {
        assert!(!table.bases.is_empty(), "{}", table.name);
        for base in table.bases {
            assert_ne!(base.verbs, Verbs::NONE, "{}", table.name);
        }
        assert_eq!(table.offers(Verb::Query), table.listing.is_some(), "{}", table.name);
        assert_eq!(table.offers(Verb::Create), table.create.is_some(), "{}", table.name);
        assert_eq!(table.offers(Verb::Update), table.update.is_some(), "{}", table.name);
        assert_eq!(table.offers(Verb::Delete), table.delete.is_some(), "{}", table.name);
        let has_uri = matches!(table.identity, Identity::Uri(_));
        let needs_uri = table.offers(Verb::Get) || table.delete.is_some();
        assert!(has_uri || !needs_uri, "{}", table.name);
        for (verb, need) in [(Verb::Create, on_create as fn(_) -> _), (Verb::Update, on_update)] {
            let takes = table.fields.iter().any(|field| need(field) != Need::No);
            assert_eq!(table.offers(verb), takes, "{} {}", table.name, verb.name());
        }
    }
}

fn on_create(field: &Field) -> Need {
    field.on_create
}

fn on_update(field: &Field) -> Need {
    field.on_update
}

#[test]
fn reading_and_writing_have_their_scopes() {
    for table in TABLES {
        let reads = table.offers(Verb::Query) || table.offers(Verb::Get);
        let writes =
            [Verb::Create, Verb::Update, Verb::Delete].iter().any(|verb| table.offers(*verb));
        assert_eq!(reads, !table.read_scopes.is_empty(), "{}", table.name);
        assert_eq!(writes, !table.write_scopes.is_empty(), "{}", table.name);
    }
}

#[test]
fn a_base_stands_once_in_a_table() {
    for table in TABLES {
        let kinds: BTreeSet<_> = table.bases.iter().map(|base| base.kind.name()).collect();
        assert_eq!(kinds.len(), table.bases.len(), "{}", table.name);
    }
}

#[test]
fn what_lists_the_records_knows_the_fields() {
    for table in TABLES {
        let has = |name: &str| {
            let mut fields = table.fields.iter();
            fields.any(|field| field.name == name && field.read.is_some() && field.listed)
        };
        let Some(listing) = &table.listing else {
            let used = |field: &Field| field.sorts || !field.pushdown.is_empty();
            assert!(!table.fields.iter().any(used), "{}", table.name);
            continue;
        };
        assert!(listing.order.is_none_or(|(name, _)| has(name)), "{}", table.name);
        assert!(listing.window.is_none_or(|window| has(window.field)), "{}", table.name);
        assert!(listing.each.is_none_or(|(name, _)| has(name)), "{}", table.name);
        assert!(table.parent().is_none_or(|parent| has(parent.field)), "{}", table.name);
    }
}

#[test]
fn what_stands_for_an_id_is_read_by_a_field() {
    for table in TABLES {
        let Identity::Parts(pointers) = table.identity else { continue };
        for pointer in pointers {
            let reads = |field: &&Field| match field.read {
                Some("") => pointer.strip_prefix('/') == Some(field.name),
                read => read == Some(*pointer),
            };
            let field = table.fields.iter().find(reads);
            assert!(field.is_some_and(|field| table.listing.is_none() || !field.nullable));
        }
    }
}

#[test]
fn a_reference_is_to_a_table_that_there_is() {
    for (of, field) in fields() {
        if let Kind::Reference(name) = field.kind {
            assert!(table(name).is_some(), "{of}.{}", field.name);
        }
        let is_one = matches!(field.codec, Codec::Uri | Codec::InviteeUri);
        assert!(!is_one || matches!(field.kind, Kind::Reference(_)), "{of}.{}", field.name);
        let is_list = matches!(field.codec, Codec::ContactUris | Codec::UserUris);
        assert!(!is_list || field.kind == Kind::Texts, "{of}.{}", field.name);
    }
}

#[test]
fn a_reference_is_to_the_collection_in_which_the_table_is() {
    for (of, field) in fields() {
        if let (Kind::Reference(name), Codec::Uri) = (field.kind, field.codec) {
            let Identity::Uri(names) = table(name).unwrap().identity else { panic!("{of}") };
            assert_eq!(names, [name], "{of}.{}", field.name);
        }
    }
}

#[test]
fn what_a_lost_create_is_found_by_is_written_and_read() {
    for table in TABLES {
        let (written, read) = match table.create.map(|create| create.lost) {
            Some(Lost::Listed(name)) => (name, name),
            Some(Lost::ListedAs(written, read)) => (written, read),
            _ => continue,
        };
        let field = table.fields.iter().find(|field| field.name == read).unwrap();
        assert_eq!(field.on_create, Need::Required, "{}", table.name);
        let place = if field.write.is_empty() { &[field.name] } else { field.write };
        assert_eq!(place, [written], "{}", table.name);
        assert!(table.listing.is_some() && field.read == Some(""), "{}", table.name);
    }
}

#[test]
fn fields_that_are_shared_are_those_that_were_meant() {
    const OWN: [Field; 1] = [Field::new("a", "A", Kind::Text)];
    const SHARED: [Field; 1] = [Field::new("b", "B", Kind::Text)
        .required()
        .updatable()
        .filtered(&[Pushdown::Equals("b")])
        .sorted()
        .written_to(&["c"])];
    let fields = field::join::<2>(&OWN, &field::read_only(SHARED));
    assert_eq!(fields.map(|field| field.name), ["a", "b"]);
    let Field { on_create, on_update, pushdown, sorts, write, read, .. } = fields[1];
    assert_eq!((on_create, on_update, sorts), (Need::No, Need::No, false));
    assert!(pushdown.is_empty() && write.is_empty() && read == Some(""));
}

#[test]
fn a_role_is_for_writing_alone_or_for_both() {
    let base = InBase::organization(&Verb::ALL);
    let roles = |base: InBase| Verb::ALL.map(|verb| base.role_for(verb).name());
    assert_eq!(roles(base.by(Role::Admin)), ["admin"; 5]);
    let base = InBase::organization(&Verb::ALL);
    assert_eq!(roles(base.written_by(Role::Admin)), ["user", "user", "admin", "admin", "admin"]);
}

#[test]
fn what_can_be_written_has_a_place_of_its_own_in_the_body() {
    for table in TABLES {
        let written = table
            .fields
            .iter()
            .filter(|field| field.on_create != Need::No || field.on_update != Need::No);
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
