use super::*;
use crate::records::fields::FieldRef;

fn definition(id: &str, label: &str, kind: &str) -> Value {
    let uri = format!("https://api.calendly.com{DEFINITIONS}/{id}");
    json!({"uri": uri, "label": label, "field_type": kind})
}

fn status() -> Value {
    let mut status = definition("F1", "Status", "single_select");
    status["options"] = json!([
        {"uuid": "O1", "label": "Active"},
        {"uuid": "O2", "label": "Lost"},
        {"uuid": "O3", "label": "LOST"},
    ]);
    status
}

fn discovered(host: &FakeHost, connection: &Connection, definitions: Value) -> Fields {
    host.answer(GET_DEFINITIONS, 200, json!({ "collection": definitions }));
    Fields::discover(&client(host, connection), table("contacts")).unwrap()
}

/// The fields of an account with these custom ones.
fn fields(definitions: Value) -> Fields {
    let (host, connection) = connected();
    discovered(&host, &connection, definitions)
}

fn key(fields: &Fields, name: &str) -> std::result::Result<String, String> {
    fields.resolve(name).map(|field| field.key().to_owned())
}

fn custom<'a>(fields: &'a Fields, name: &str) -> &'a crate::records::custom_fields::CustomField {
    match fields.resolve(name).unwrap() {
        FieldRef::Custom(field) => field,
        FieldRef::Known(field) => panic!("{} is no custom field", field.name),
    }
}

#[test]
fn a_custom_field_is_addressed_by_label_in_any_case_or_by_id() {
    let fields = fields(json!([status(), definition("F2", "Größe", "number")]));
    for name in ["Status", "status", "STATUS", "custom:F1"] {
        assert_eq!(key(&fields, name).unwrap(), "Status", "{name}");
    }
    assert_eq!(key(&fields, "GRÖßE").unwrap(), "Größe");
    assert!(key(&fields, "custom:F9").is_err() && key(&fields, "F1").is_err());
    let unknown = key(&fields, "Stat").unwrap_err();
    assert!(unknown.contains("'Stat'") && unknown.contains("Status") && unknown.contains("email"));
}

#[test]
fn labels_that_differ_in_case_alone_are_ambiguous() {
    let fields =
        fields(json!([definition("F1", "Tier", "text"), definition("F2", "TIER", "text")]));
    let problem = key(&fields, "tier").unwrap_err();
    assert_eq!(problem, "The label 'tier' is ambiguous; say custom:F1 or custom:F2");
    assert!(key(&fields, "Tier").is_err(), "not even the exact one");
    assert_eq!(key(&fields, "custom:F2").unwrap(), "custom:F2");
}

#[test]
fn a_custom_field_does_not_hide_a_field_of_the_table() {
    let fields = fields(json!([
        definition("F1", "email", "text"),
        definition("F2", "Time zone", "text"),
        definition("F3", "job_title", "text"),
    ]));
    assert_eq!(key(&fields, "email").unwrap(), "email");
    assert_eq!(key(&fields, "job_title").unwrap(), "job_title");
    let problem = key(&fields, "Time Zone").unwrap_err();
    assert_eq!(problem, "The label 'Time Zone' is ambiguous; say timezone or custom:F2");
    for (id, name) in [("custom:F1", "email"), ("custom:F3", "job_title")] {
        assert_eq!(key(&fields, id).unwrap(), id);
        assert!(matches!(fields.resolve(name), Ok(FieldRef::Known(_))));
    }
    let resource = json!({
        "uri": uri("contacts", "C1"),
        "emails": [{"email": "a@x", "is_primary": true}],
        "custom_fields": [{"uri": format!("https://api.calendly.com{DEFINITIONS}/F1"), "value": "mine"}],
    });
    let record = record::of(&fields, &resource, None).unwrap();
    assert_eq!(record["fields"]["email"], "a@x");
    assert_eq!(record["fields"]["custom:F1"], "mine");
}

#[test]
fn every_custom_field_can_be_addressed_by_the_key_it_is_listed_under() {
    let fields = fields(json!([
        definition("F1", "custom:F2", "text"),
        definition("F2", "Tier", "text"),
        definition("F3", "custom:", "text"),
    ]));
    for field in fields.describe().iter().filter(|field| field["custom"] == true) {
        let name = field["name"].as_str().unwrap();
        assert_eq!(custom(&fields, name).label, field["label"], "{name}");
    }
}

#[test]
fn the_kinds_of_custom_fields_have_their_platform_types() {
    let kinds = [
        ("text", "single-line-text"),
        ("number", "decimal"),
        ("currency", "decimal"),
        ("boolean", "checkbox"),
        ("date", "date"),
        ("tags", "array"),
        ("invitee_question", "single-line-text"),
        ("something_new", "single-line-text"),
    ];
    for (kind, platform_type) in kinds {
        let fields = fields(json!([definition("F1", "Extra", kind)]));
        let described = fields.describe().pop().unwrap();
        assert_eq!(described["type"], platform_type, "{kind}");
        assert_eq!((&described["custom"], &described["nullable"]), (&json!(true), &json!(true)));
    }
    let described = fields(json!([status()])).describe().pop().unwrap();
    assert_eq!(described["type"], "single-select");
    assert_eq!(described["options"], json!(["Active", "Lost", "LOST"]));
    assert_eq!(described["schema"]["enum"], json!(["Active", "Lost", "LOST", null]));
}

#[test]
fn an_option_is_shown_by_its_label_and_written_by_its_id() {
    let fields = fields(json!([status()]));
    let field = custom(&fields, "Status");
    assert_eq!(field.decode(&json!("O2")), "Lost");
    assert_eq!(field.decode(&json!("O9")), "O9", "an option that is new");
    assert_eq!(field.decode(&Value::Null), Value::Null);
    assert_eq!(field.encode(&json!("Active")).unwrap(), "O1");
    assert_eq!(field.encode(&json!("ACTIVE")).unwrap(), "O1");
    assert_eq!(field.encode(&json!("O1")).unwrap(), "O1");
    assert_eq!(field.encode(&json!("LOST")).unwrap(), "O3", "the exact label first");
    assert_eq!(field.encode(&json!("Lost")).unwrap(), "O2");
    assert_eq!(field.encode(&Value::Null).unwrap(), Value::Null);
    assert_eq!(field.encode(&json!("Won")).unwrap_err(), "one of Active, Lost, LOST");
    assert_eq!(field.encode(&json!(1)).unwrap_err(), "a text");
}

#[test]
fn an_option_that_could_be_two_is_not_guessed() {
    let fields = fields(json!([status()]));
    let written = custom(&fields, "Status").encode(&json!("lost"));
    assert!(written.is_err(), "'lost' is Lost or LOST, and {written:?} is written");
}

#[test]
fn values_keep_their_kinds() {
    let fields = fields(json!([
        definition("F1", "Score", "number"),
        definition("F2", "Vip", "boolean"),
        definition("F3", "Since", "date"),
        definition("F4", "Tags", "tags"),
    ]));
    let good = [
        ("Score", json!(1.5)),
        ("Vip", json!(false)),
        ("Since", json!("2026-12-01")),
        ("Tags", json!(["a"])),
    ];
    for (name, value) in good {
        assert_eq!(custom(&fields, name).encode(&value).unwrap(), value);
    }
    let bad = [
        ("Score", json!("1")),
        ("Vip", json!(0)),
        ("Since", json!("01/12/2026")),
        ("Tags", json!("a")),
    ];
    for (name, value) in bad {
        assert!(custom(&fields, name).encode(&value).is_err(), "{name}");
    }
}

#[test]
fn the_briefs_own_example_creates_a_contact_with_a_status() {
    let (host, connection) = connected();
    host.answer(GET_DEFINITIONS, 200, json!({"collection": [status()]}));
    host.on("POST /contacts", |_, sent| {
        let expected = json!({
            "name": "John Doe",
            "emails": [{"email": "john@example.com", "is_primary": true}],
            "custom_fields": [{"uuid": "F1", "value": "O1"}],
        });
        assert_eq!(sent.json(), expected);
        let mut resource = expected;
        resource["uri"] = uri("contacts", "C1").into();
        resource["custom_fields"] =
            json!([{"uri": format!("https://api.calendly.com{DEFINITIONS}/F1"), "value": "O1"}]);
        Ok(reply(201, json!({ "resource": resource })))
    });
    let fields =
        given(json!({"Name": "John Doe", "Email": "john@example.com", "Status": "Active"}));
    let record = create(&client(&host, &connection), &place("contacts"), &fields).unwrap();
    assert_eq!(record["id"], "C1");
    assert_eq!(record["fields"]["Status"], "Active");
    assert_eq!(record["fields"]["email"], "john@example.com");
}

#[test]
fn a_field_given_by_two_of_its_names_is_given_twice() {
    let (host, connection) = connected();
    host.answer(GET_DEFINITIONS, 200, json!({"collection": [status()]}));
    let fields = given(json!({"Status": "Active", "custom:F1": "Lost", "status": null}));
    let error = update(&client(&host, &connection), &place("contacts"), "C1", &fields).unwrap_err();
    let rules: Vec<_> = violations(&error).into_iter().map(|(_, rule, _)| rule).collect();
    assert_eq!(rules, ["uniqueItems", "uniqueItems"]);
}
