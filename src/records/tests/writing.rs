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
    let error = create(&client, &organization, &fields).unwrap_err();
    assert_eq!(error.code, ErrorCode::Unsupported);
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
        delete(&client, &place("invitees"), "S1/I1", None),
        delete(&client, &place("event_types"), "E1", None),
    ];
    for (result, table) in refused.into_iter().zip(["scheduled_events", "invitees", "event_types"])
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

#[test]
fn what_a_base_is_besides_the_fields_goes_into_the_body() {
    let (host, connection) = connected();
    let client = client(&host, &connection);
    let webhook =
        given(json!({"callback_url": "https://x.io/hook", "events": ["invitee.created"]}));
    let group = uri("groups", "G1");
    let organization = crate::host::fake::ORGANIZATION;
    let bases = [
        (Base::Me, json!({"scope": "user", "user": USER})),
        (Base::OwnOrganization, json!({"scope": "organization"})),
        (Base::parse("group:G1").unwrap(), json!({"scope": "group", "group": group})),
    ];
    for (base, more) in bases {
        host.on("POST /webhook_subscriptions", move |_, sent| {
            let mut expected = json!({
                "url": "https://x.io/hook",
                "events": ["invitee.created"],
                "organization": organization,
            });
            expected.as_object_mut().unwrap().extend(given(more));
            assert_eq!(sent.json(), expected);
            let resource = json!({"uri": uri("webhook_subscriptions", "W1")});
            Ok(reply(201, json!({ "resource": resource })))
        });
        let place = Place { base, table: table("webhook_subscriptions") };
        assert_eq!(create(&client, &place, &webhook).unwrap()["id"], "W1");
    }
    let invitation = given(json!({"email": "bo@x.io"}));
    host.on("POST /organizations/BBBBBBBBBBBBBBBB/invitations", |_, sent| {
        assert_eq!(sent.json(), json!({"email": "bo@x.io"}));
        let uri = format!("{}/invitations/N1", crate::host::fake::ORGANIZATION);
        Ok(reply(201, json!({"resource": {"uri": uri, "email": "bo@x.io"}})))
    });
    let base = Base::OwnOrganization;
    let place = Place { base, table: table("organization_invitations") };
    assert_eq!(create(&client, &place, &invitation).unwrap()["id"], "BBBBBBBBBBBBBBBB/N1");
}

#[test]
fn a_scheduling_link_is_a_record_without_a_uri() {
    let (host, connection) = connected();
    host.on("POST /scheduling_links", |_, sent| {
        let owner = uri("event_types", "E1");
        let expected = json!({"max_event_count": 1, "owner": owner, "owner_type": "EventType"});
        assert_eq!(sent.json(), expected);
        let link = json!({"booking_url": "https://calendly.com/d/abc-def", "owner": owner});
        Ok(reply(201, json!({ "resource": link })))
    });
    let fields = given(json!({"event_type": "E1"}));
    let record = create(&client(&host, &connection), &place("scheduling_links"), &fields).unwrap();
    assert_eq!((&record["id"], &record["uri"]), (&json!("abc-def"), &Value::Null));
    assert_eq!(record["fields"]["booking_url"], "https://calendly.com/d/abc-def");
}

#[test]
fn what_stands_beside_a_new_resource_is_passed_on() {
    let (host, connection) = connected();
    let result = json!({"added": 1, "invalid": 1});
    let list = json!({"uri": uri("contact_lists", "L1"), "name": "Friends"});
    let answer = json!({"resource": list, "membership_result": result});
    host.answer("POST /contact_lists", 201, answer);
    let fields = given(json!({"name": "Friends", "contacts": ["C1", uri("contacts", "C2")]}));
    let record = create(&client(&host, &connection), &place("contact_lists"), &fields).unwrap();
    assert_eq!(record["fields"]["membership_result"], result);
    let contacts = [uri("contacts", "C1"), uri("contacts", "C2")];
    assert_eq!(host.sent()[0].json(), json!({"name": "Friends", "contacts": contacts}));
}

#[test]
fn a_record_without_a_path_is_changed_by_parameters() {
    let (host, connection) = connected();
    let client = client(&host, &connection);
    host.on(&format!("PATCH /user_meeting_limits?user={USER}"), |_, sent| {
        assert_eq!(sent.json(), json!({"daily_limit": 3, "weekly_limit": null}));
        Ok(reply(200, json!({"resource": {"daily_limit": 3}})))
    });
    let fields = given(json!({"daily_limit": 3.0, "weekly_limit": null}));
    let id = "AAAAAAAAAAAAAAAA";
    let record = update(&client, &place("meeting_limits"), id, &fields).unwrap();
    assert_eq!((&record["id"], &record["fields"]["user"]), (&json!(id), &json!(USER)));
    let event_type = uri("event_types", "E1");
    let line = format!("PATCH /event_type_availability_schedules?event_type={event_type}");
    host.on(&line, |_, sent| {
        let user = uri("users", "U2");
        let rule = json!({"timezone": "Europe/Paris", "rules": [], "user": user});
        assert_eq!(sent.json(), json!({"availability_rule": rule}));
        Ok(reply(200, json!({"resource": {"availability_rule": rule}})))
    });
    let fields = given(json!({"timezone": "Europe/Paris", "rules": []}));
    let record = update(&client, &place("event_type_availability"), "E1/U2", &fields).unwrap();
    assert_eq!(record["id"], "E1/U2");
    let found = broken(update(&client, &place("event_type_availability"), "E1", &fields));
    assert_eq!(found, ["/config/recordId record"]);
    let found =
        broken(update(&client, &place("meeting_limits"), "..", &given(json!({"daily_limit": 1}))));
    assert_eq!(found, ["/config/recordId record"]);
}

#[test]
fn what_every_change_must_have_is_asked_for() {
    let (host, connection) = connected();
    let client = client(&host, &connection);
    let fields = given(json!({"rules": []}));
    let found = broken(update(&client, &place("event_type_availability"), "E1/U1", &fields));
    assert_eq!(found, ["/config/fields/timezone required"]);
}

#[test]
fn null_goes_back_to_what_a_reference_stood_for() {
    let (host, connection) = connected();
    let share = json!({"uri": uri("shares", "S1")});
    host.answer("PATCH /shares/S1", 200, json!({ "resource": share }));
    let fields = given(json!({"contact": null, "name": null}));
    update(&client(&host, &connection), &place("shares"), "S1", &fields).unwrap();
    assert_eq!(host.sent()[0].json(), json!({"contact": null, "name": null}));
}

#[test]
fn a_schedule_is_created_for_nobody_else() {
    let (host, connection) = connected();
    let fields = given(json!({"name": "Mornings", "timezone": "Europe/Paris", "rules": []}));
    let base = Base::parse("user:SOMEBODYELSE").unwrap();
    let place = Place { base, table: table("availability_schedules") };
    let found = broken(create(&client(&host, &connection), &place, &fields));
    assert_eq!(found, ["/config/baseId base"]);
}

#[test]
fn a_write_that_is_only_tried_is_shown_and_not_sent() {
    let (host, connection) = connected();
    let client = client(&host, &connection);
    let preview =
        |place: &Place, change: Change<'_>| prepare(&client, place, change).unwrap().preview();
    let event_type = given(json!({"name": "Intro"}));
    let expected = json!({"dryRun": true, "request": {
        "method": "POST",
        "url": "https://api.calendly.com/event_types",
        "body": {"name": "Intro", "owner": USER},
    }});
    assert_eq!(preview(&place("event_types"), Change::Create(&event_type)), expected);
    let expected = json!({"dryRun": true, "request": {
        "method": "DELETE",
        "url": "https://api.calendly.com/contacts/C1",
        "body": null,
    }});
    assert_eq!(preview(&place("contacts"), Change::Delete("C1", None)), expected);
    let limits = given(json!({"daily_limit": null}));
    let shown = preview(&place("meeting_limits"), Change::Update("U1", &limits));
    let url = "https://api.calendly.com/user_meeting_limits?user=https%3A%2F%2Fapi.calendly.com%2Fusers%2FU1";
    assert_eq!(
        (&shown["request"]["url"], &shown["request"]["method"]),
        (&json!(url), &json!("PATCH"))
    );
    let webhook = given(json!({
        "callback_url": "https://x.io/hook",
        "events": ["invitee.created"],
        "signing_key": "hush-signing-key",
    }));
    let shown = preview(&place("webhook_subscriptions"), Change::Create(&webhook));
    assert_eq!(shown["request"]["body"]["signing_key"], "***");
    assert!(!shown.to_string().contains("hush"), "{shown}");
    assert!(host.sent().is_empty());
}
