use super::*;
use crate::host::Budget;

const NO_CUSTOM_FIELDS: fn() -> Value = || json!({"collection": []});

/// A contact with two addresses, the second being the primary one.
fn contact() -> Value {
    json!({
        "uri": uri("contacts", "C1"),
        "name": "Ada",
        "emails": [
            {"email": "old@x.io", "is_primary": false},
            {"email": "ada@x.io", "is_primary": true},
            {"email": "work@x.io", "is_primary": false},
        ],
        "created_at": "2026-11-24T10:30:01.000000Z",
    })
}

/// The body of the one PATCH that updating the contact leads to.
fn patched(host: &FakeHost, connection: &Connection, fields: Value) -> Value {
    host.answer("PATCH /contacts/C1", 200, json!({"resource": contact()}));
    update(&client(host, connection), &place("contacts"), "C1", &given(fields)).unwrap();
    host.sent().last().unwrap().json()
}

fn emails(addresses: &[&str]) -> Value {
    let email = |(at, email): (usize, &&str)| json!({"email": email, "is_primary": at == 0});
    addresses.iter().enumerate().map(email).collect()
}

fn broken(result: Result<Value>) -> Vec<String> {
    let error = result.unwrap_err();
    violations(&error).iter().map(|(place, rule, _)| format!("{place} {rule}")).collect()
}

#[test]
fn a_new_primary_address_leaves_the_other_ones() {
    let (host, connection) = connected();
    host.answer(GET_DEFINITIONS, 200, NO_CUSTOM_FIELDS());
    host.answer("GET /contacts/C1", 200, json!({"resource": contact()}));
    let body = patched(&host, &connection, json!({"email": "new@x.io"}));
    assert_eq!(body, json!({"emails": emails(&["new@x.io", "old@x.io", "work@x.io"])}));
}

#[test]
fn new_other_addresses_leave_the_primary_one() {
    let (host, connection) = connected();
    host.answer(GET_DEFINITIONS, 200, NO_CUSTOM_FIELDS());
    host.answer("GET /contacts/C1", 200, json!({"resource": contact()}));
    let body = patched(&host, &connection, json!({"other_emails": ["b@x.io"]}));
    assert_eq!(body, json!({"emails": emails(&["ada@x.io", "b@x.io"])}));
}

#[test]
fn another_address_that_becomes_the_primary_one_is_named_once() {
    let (host, connection) = connected();
    host.answer(GET_DEFINITIONS, 200, NO_CUSTOM_FIELDS());
    host.answer("GET /contacts/C1", 200, json!({"resource": contact()}));
    let body = patched(&host, &connection, json!({"email": "Work@x.io"}));
    assert_eq!(body, json!({"emails": emails(&["Work@x.io", "old@x.io"])}));
}

#[test]
fn all_addresses_together_need_no_look_at_the_old_ones() {
    let (host, connection) = connected();
    host.answer(GET_DEFINITIONS, 200, NO_CUSTOM_FIELDS());
    let fields = json!({"email": "a@x.io", "other_emails": ["b@x.io"], "phone_numbers": ["+331"]});
    let body = patched(&host, &connection, fields);
    let expected = json!({"emails": emails(&["a@x.io", "b@x.io"]), "phone_numbers": [{"phone_number": "+331"}]});
    assert_eq!(body, expected);
}

#[test]
fn only_what_is_given_is_sent_and_null_clears() {
    let (host, connection) = connected();
    host.answer(GET_DEFINITIONS, 200, NO_CUSTOM_FIELDS());
    let body = patched(&host, &connection, json!({"Job title": null, "city": "Oslo"}));
    assert_eq!(body, json!({"job_title": null, "city": "Oslo"}));
}

#[test]
fn all_that_is_wrong_with_the_fields_is_told_at_once_and_nothing_is_written() {
    let (host, connection) = connected();
    let client = client(&host, &connection);
    let fields = given(json!({
        "nope/~": 1,
        "email": "no address",
        "Name": "Ada",
        "name": "Bo",
        "created_at": "2026-01-01T00:00:00Z",
        "phone_numbers": null,
    }));
    host.answer(GET_DEFINITIONS, 200, NO_CUSTOM_FIELDS());
    let mut found = broken(create(&client, &place("contacts"), &fields));
    found.sort();
    let expected = [
        "/config/fields/created_at readOnly",
        "/config/fields/email type",
        "/config/fields/name uniqueItems",
        "/config/fields/nope~1~0 field",
        "/config/fields/phone_numbers type",
    ];
    assert_eq!(found, expected);
    // What is wrong whatever the custom fields are is told without asking for them.
    let found = broken(create(&client, &place("contacts"), &given(json!({"city": "Oslo"}))));
    assert_eq!(found, ["/config/fields/name required", "/config/fields/email required"]);
    let nothing = json!({
        "action": "calendly.updateRecord",
        "connection": 1,
        "config": {"baseId": "me", "tableId": "contacts", "recordId": "C1", "fields": {}},
    });
    let found = broken(crate::operations::run(&host, &connection, &nothing.to_string(), 9_000));
    assert_eq!(found, ["/config/fields minProperties"]);
}

#[test]
fn a_contact_whose_answer_was_lost_is_looked_up() {
    let (host, connection) = connected();
    let fields = given(json!({"name": "Ada", "email": "ada@x.io"}));
    let create = || create(&client(&host, &connection), &place("contacts"), &fields);
    let script = |looks: usize, status: u16, found: Value| {
        host.answer(GET_DEFINITIONS, 200, NO_CUSTOM_FIELDS());
        host.fail("POST /contacts", TransportError::TimedOut);
        for _ in 0..looks {
            host.answer("GET /contacts?email=ada@x.io", status, found.clone());
        }
    };
    script(1, 200, json!({"collection": [contact()]}));
    assert_eq!(create().unwrap()["id"], "C1");
    script(3, 200, json!({"collection": []}));
    assert_eq!(create().unwrap_err().code, ErrorCode::Network);
    // One that was there before may be the reason why this one came to nothing, or not.
    let mut earlier = contact();
    earlier["created_at"] = "2026-11-24T10:00:00.000000Z".into();
    script(1, 200, json!({"collection": [earlier]}));
    assert_eq!(create().unwrap_err().code, ErrorCode::OutcomeUnknown);
    script(1, 403, json!({}));
    assert_eq!(create().unwrap_err().code, ErrorCode::OutcomeUnknown);
    let posts = host.sent_lines().iter().filter(|line| *line == "POST /contacts").count();
    assert_eq!(posts, 4);
}

#[test]
fn an_event_type_whose_answer_was_lost_is_looked_up_by_owner_and_name() {
    let (host, connection) = connected();
    let fields = given(json!({"name": "Intro"}));
    let line = format!("GET /event_types?user={USER}&sort=created_at:desc");
    let named = |name: &str, created_at: &str| json!({"uri": uri("event_types", name), "name": name, "created_at": created_at});
    let (new, old) = ("2026-11-24T10:30:05.000000Z", "2026-11-20T10:30:05.000000Z");
    let create = || create(&client(&host, &connection), &place("event_types"), &fields);
    host.fail("POST /event_types", TransportError::TimedOut);
    let both = [named("Other", new), named("Intro", new)];
    host.answer(&line, 200, json!({ "collection": both }));
    assert_eq!(create().unwrap()["id"], "Intro");
    host.fail("POST /event_types", TransportError::TimedOut);
    host.answer(&line, 200, json!({"collection": [named("Intro", old)]}));
    assert_eq!(create().unwrap_err().code, ErrorCode::OutcomeUnknown);
}

#[test]
fn an_event_type_is_created_for_the_bases_user() {
    let (host, connection) = connected();
    let fields =
        given(json!({"name": "Intro", "Duration (minutes)": 30, "description_plain": "Hi"}));
    let resource = json!({"uri": uri("event_types", "E1"), "name": "Intro"});
    host.answer("POST /event_types", 201, json!({ "resource": resource }));
    let client = client(&host, &connection);
    create(&client, &place("event_types"), &fields).unwrap();
    let expected = json!({"name": "Intro", "duration": 30, "description": "Hi", "owner": USER});
    assert_eq!(host.sent()[0].json(), expected);
    assert_eq!(host.acquired()[0].0, Budget::Api);
    let organization = Place { base: Base::OwnOrganization, table: table("event_types") };
    let found = broken(create(&client, &organization, &fields));
    assert_eq!(found, ["/config/baseId base"]);
}

#[test]
fn updating_and_deleting_an_event_both_cancel_it() {
    let (host, connection) = connected();
    let client = client(&host, &connection);
    let line = "POST /scheduled_events/S1/cancellation";
    let event = json!({"uri": uri("scheduled_events", "S1"), "status": "canceled"});
    host.answer(line, 201, json!({"resource": {}}));
    host.answer("GET /scheduled_events/S1", 200, json!({ "resource": event }));
    let fields = given(json!({"status": "canceled", "Cancel reason": "Rain"}));
    let record = update(&client, &place("scheduled_events"), "S1", &fields).unwrap();
    assert_eq!(record["fields"]["status"], "canceled");
    assert_eq!(host.sent()[0].json(), json!({"reason": "Rain"}));
    host.answer(line, 201, json!({"resource": {}}));
    let by_uri = uri("scheduled_events", "S1");
    let deleted = delete(&client, &place("scheduled_events"), &by_uri, None).unwrap();
    assert_eq!(deleted, json!({"id": "S1", "effect": "canceled"}));
    assert_eq!(host.sent()[2].json(), json!({}));
}

#[test]
fn an_event_can_be_changed_in_no_other_way() {
    let (host, connection) = connected();
    let client = client(&host, &connection);
    for fields in [json!({"status": "active"}), json!({"cancel_reason": "Rain"})] {
        let found = broken(update(&client, &place("scheduled_events"), "S1", &given(fields)));
        assert_eq!(found, ["/config/fields/status const"]);
    }
    let fields = given(json!({"name": "New"}));
    let found = broken(update(&client, &place("scheduled_events"), "S1", &fields));
    assert_eq!(found, ["/config/fields/name readOnly"]);
}

#[test]
fn a_cancellation_whose_answer_was_lost_is_looked_up() {
    let (host, connection) = connected();
    let client = client(&host, &connection);
    let cancel = || delete(&client, &place("scheduled_events"), "S1", Some("Rain"));
    let script = |status: u16, found: Value| {
        host.fail("POST /scheduled_events/S1/cancellation", TransportError::TimedOut);
        host.answer("GET /scheduled_events/S1", status, found);
    };
    script(200, json!({"resource": {"status": "canceled"}}));
    assert_eq!(cancel().unwrap()["effect"], "canceled");
    script(200, json!({"resource": {"status": "active"}}));
    assert_eq!(cancel().unwrap_err().code, ErrorCode::Network);
    script(403, json!({}));
    assert_eq!(cancel().unwrap_err().code, ErrorCode::OutcomeUnknown);
    let posts = host.sent_lines().iter().filter(|line| line.starts_with("POST")).count();
    assert_eq!(posts, 3);
}

#[test]
fn a_contact_is_truly_deleted() {
    let (host, connection) = connected();
    host.answer("DELETE /contacts/C1", 204, Value::Null);
    let deleted = delete(&client(&host, &connection), &place("contacts"), "C1", None).unwrap();
    assert_eq!(deleted, json!({"id": "C1", "effect": "deleted"}));
}

#[test]
fn a_verb_that_a_table_lacks_is_refused_with_a_way_out() {
    let (host, connection) = connected();
    let client = client(&host, &connection);
    let fields = given(json!({"name": "x"}));
    let refused = [
        create(&client, &place("scheduled_events"), &fields),
        update(&client, &place("invitees"), "S1/I1", &fields),
        delete(&client, &place("invitees"), "S1/I1", None),
        delete(&client, &place("event_types"), "E1", None),
    ];
    for (result, table) in
        refused.into_iter().zip(["scheduled_events", "invitees", "invitees", "event_types"])
    {
        let error = result.unwrap_err();
        assert_eq!(error.code, ErrorCode::Unsupported);
        assert_eq!(error.next_step, super::table(table).way_out);
        assert_eq!(error.detail.as_ref().unwrap()["table"], table);
    }
    assert!(host.sent().is_empty());
}

#[test]
fn a_record_is_read_with_the_fields_wanted() {
    let (host, connection) = connected();
    let client = client(&host, &connection);
    host.answer(GET_DEFINITIONS, 200, NO_CUSTOM_FIELDS());
    host.answer("GET /contacts/C1", 200, json!({"resource": contact()}));
    let wanted = ["Email".to_owned(), "name".to_owned()];
    let record = get(&client, &place("contacts"), "C1", Some(&wanted)).unwrap();
    assert_eq!(record["fields"], json!({"name": "Ada", "email": "ada@x.io"}));
    host.answer("GET /scheduled_events/S1/invitees/I1", 404, json!({}));
    let error = get(&client, &place("invitees"), "S1/I1", None).unwrap_err();
    assert_eq!(error.code, ErrorCode::NotFound);
}
