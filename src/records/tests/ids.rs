use super::*;
use crate::records::record::{id, id_of, path};

const HYPHENATED: &str = "0cb4b1f2-37ae-4f0b-9c5e-2a8f7f8a1c11";
const OLD: &str = "GBGBDCAADAEDCRZ2";

#[test]
fn a_record_is_named_by_the_ids_of_its_uri() {
    for of in [HYPHENATED, OLD] {
        assert_eq!(id(table("contacts"), &uri("contacts", of)).as_deref(), Some(of));
        assert_eq!(path(table("contacts"), of).unwrap(), format!("/contacts/{of}"));
        let by_uri = path(table("contacts"), &uri("contacts", of)).unwrap();
        assert_eq!(by_uri, format!("/contacts/{of}"));
    }
    let both = format!("{OLD}/{HYPHENATED}");
    let invitee = uri("scheduled_events", &format!("{OLD}/invitees/{HYPHENATED}"));
    assert_eq!(id(table("invitees"), &invitee), Some(both.clone()));
    let expected = format!("/scheduled_events/{OLD}/invitees/{HYPHENATED}");
    assert_eq!(path(table("invitees"), &both).unwrap(), expected);
    assert_eq!(path(table("invitees"), &invitee).unwrap(), expected);
}

#[test]
fn what_is_not_a_text_is_no_time_and_no_uri_of_a_record() {
    let (host, connection) = connected();
    let client = client(&host, &connection);
    let event_type = uri("event_types", OLD);
    for (created, updated) in
        [(json!(5), json!({})), (json!(true), json!("")), (json!([]), json!(0))]
    {
        let resource = json!({"uri": event_type, "created_at": created, "updated_at": updated});
        host.answer(&format!("GET /event_types/{OLD}"), 200, json!({"resource": resource}));
        let record = get(&client, &place("event_types"), OLD, None).unwrap();
        assert_eq!((&record["createdTime"], &record["updatedTime"]), (&Value::Null, &Value::Null));
        // Passed on as they came.
        assert_eq!(
            (&record["fields"]["created_at"], &record["uri"]),
            (&created, &json!(event_type))
        );
    }
}

#[test]
fn an_id_has_something_in_it() {
    let links = table("scheduling_links");
    let link = |url: &str| id_of(links, &json!({"booking_url": url}));
    assert_eq!(link("https://calendly.com/d/abc-def").as_deref(), Some("abc-def"));
    assert_eq!((link(""), link("https://calendly.com/d/")), (None, None));
}

#[test]
fn what_has_no_readable_uri_failed_without_one() {
    let (host, connection) = connected();
    host.serve(|_, _| Ok(reply(200, json!({"collection": [{"uri": 5}, {"uri": "x"}, {}]}))));
    let page = ask(&client(&host, &connection), &place("event_types"), &everything()).unwrap();
    let failed: Vec<_> =
        page["failed"].as_array().unwrap().iter().map(|one| (&one["id"], &one["uri"])).collect();
    let (none, text) = (Value::Null, json!("x"));
    assert_eq!(failed, [(&none, &none), (&text, &text), (&none, &none)]);
}

#[test]
fn a_uri_of_another_collection_names_no_record() {
    let wrong = [
        uri("users", OLD),
        uri("scheduled_events", &format!("{OLD}/invitees/{HYPHENATED}")),
        "https://api.calendly.com/contacts".to_owned(),
        "https://api.calendly.com/contacts/a b".to_owned(),
        format!("https://api.calendly.com/contacts/{OLD}?x=1"),
        "https://".to_owned(),
    ];
    for uri in wrong {
        assert_eq!(id(table("contacts"), &uri), None, "{uri}");
        assert!(path(table("contacts"), &uri).is_err(), "{uri}");
    }
    let without_event = uri("invitees", OLD);
    assert!(path(table("invitees"), &without_event).is_err());
}

#[test]
fn no_id_leads_to_another_path() {
    let bad = [
        "",
        ".",
        "..",
        "../users/me",
        "a/b",
        "a/../b",
        "%2e%2e",
        "a%2Fb",
        "a?b",
        "a#b",
        "a b",
        "a\\b",
        "a\n",
        "é",
        "a.b",
        "custom_field_definitions",
        "/a",
        "a/",
        "http://api.calendly.com/contacts/a",
        "https://api.calendly.com/contacts/..",
        "https://api.calendly.com/contacts/a%2Fb",
    ];
    for id in bad {
        let error = path(table("contacts"), id).unwrap_err();
        assert_eq!(violations(&error)[0].0, "/config/recordId", "{id:?}");
    }
    for id in ["a", "a/b/c", "a/..", "../a", "a//b", "/a/b", "a/%2e"] {
        assert!(path(table("invitees"), id).is_err(), "{id:?}");
    }
    assert!(path(table("contacts"), &"a".repeat(129)).is_err());
}

#[test]
fn old_uris_have_other_hosts_prefixes_and_names() {
    for old in ["https://calendly.com/api/v2/contact/", "https://api.calendly.com/contacts/"] {
        assert_eq!(id(table("contacts"), &format!("{old}{OLD}")).as_deref(), Some(OLD));
    }
    let fields = Fields::known(table("contacts"));
    let resource = json!({"uri": format!("https://calendly.com/address_book/{OLD}")});
    assert_eq!(record::of(&fields, &resource, None).unwrap()["id"], OLD);
}

#[test]
fn a_wrong_id_is_refused_before_anything_is_sent() {
    let (host, connection) = connected();
    let client = client(&host, &connection);
    let place = place("scheduled_events");
    let fields = given(json!({"status": "canceled"}));
    assert!(get(&client, &place, "../users/me", None).is_err());
    assert!(update(&client, &place, "a/cancellation", &fields).is_err());
    assert!(delete(&client, &place, "..", None).is_err());
    assert!(host.sent().is_empty());
}

#[test]
fn a_record_has_its_fields_and_what_calendly_added_since() {
    let fields = Fields::known(table("scheduled_events"));
    let resource = json!({
        "uri": uri("scheduled_events", OLD),
        "name": "Intro",
        "location": {"type": "zoom", "join_url": "https://zoom.us/j/1"},
        "invitees_counter": {"total": 3, "active": 2, "limit": 5},
        "created_at": "2026-01-01T00:00:00.000000Z",
        "updated_at": "2026-01-02T00:00:00.000000Z",
        "mood": {"color": "blue"},
    });
    let record = record::of(&fields, &resource, None).unwrap();
    assert_eq!(record["id"], OLD);
    assert_eq!(record["tableId"], "scheduled_events");
    assert_eq!(record["createdTime"], "2026-01-01T00:00:00.000000Z");
    assert_eq!(record["updatedTime"], "2026-01-02T00:00:00.000000Z");
    let fields = record["fields"].as_object().unwrap();
    assert_eq!(fields["join_url"], "https://zoom.us/j/1");
    assert_eq!(fields["invitees_active"], 2);
    assert_eq!(fields["cancel_reason"], Value::Null);
    assert_eq!(fields["mood"], json!({"color": "blue"}));
    assert!(!fields.contains_key("uri") && !fields.contains_key("invitee_email"));
    assert!(!fields.contains_key("invitees_counter") && !fields.contains_key("cancellation"));
}

#[test]
fn a_contacts_addresses_and_numbers_become_plain_lists() {
    let fields = Fields::known(table("contacts"));
    let of = |emails: Value| {
        let phones = json!([{"phone_number": "+331"}, {"phone_number": "+332"}]);
        let resource =
            json!({"uri": uri("contacts", OLD), "emails": emails, "phone_numbers": phones});
        record::of(&fields, &resource, None).unwrap()["fields"].clone()
    };
    let email = |email: &str, is_primary: bool| json!({"email": email, "is_primary": is_primary});
    let two = of(json!([email("a@x", false), email("b@x", true)]));
    assert_eq!((&two["email"], &two["other_emails"]), (&json!("b@x"), &json!(["a@x"])));
    assert_eq!(two["phone_numbers"], json!(["+331", "+332"]));
    let unmarked = of(json!([{"email": "a@x"}, {"email": "b@x"}]));
    assert_eq!((&unmarked["email"], &unmarked["other_emails"]), (&json!("a@x"), &json!(["b@x"])));
    let none = of(json!([]));
    assert_eq!((&none["email"], &none["other_emails"]), (&Value::Null, &json!([])));
}

#[test]
fn a_resource_without_a_uri_is_no_record() {
    let fields = Fields::known(table("contacts"));
    for resource in [json!({}), json!({"uri": 5}), json!({"uri": "contacts"}), Value::Null] {
        let error = record::of(&fields, &resource, None).unwrap_err();
        assert_eq!(error.code, ErrorCode::Internal, "{resource}");
    }
}
