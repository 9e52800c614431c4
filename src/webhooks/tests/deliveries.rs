//! Every kind of delivery, and what is none.

use super::*;

fn contact(id: &str) -> Value {
    json!({
        "uri": uri("contacts", id), "creation_source": "api", "name": "Bo",
        "emails": [{"email": "bo@x.io", "is_primary": true}],
        "created_at": "2026-11-01T00:00:00.000000Z", "updated_at": "2026-11-02T00:00:00.000001Z",
        "next_meeting_date": null,
    })
}

/// The delivery of each kind, by Calendly's documented shapes.
fn payload(kind: &str) -> Value {
    let recap = json!({
        "uri": uri("meeting_recaps", "R1"), "summary_md": "We met.",
        "transcript": uri("meeting_recaps", "R1/transcript"),
        "created_at": "2026-11-24T09:00:00.000000Z", "updated_at": "2026-11-24T09:30:00.000000Z",
    });
    let meeting = json!({"uri": uri("scheduled_events", "E1"), "name": "Chat",
        "start_time": "2026-11-24T08:00:00Z", "end_time": "2026-11-24T08:30:00Z",
        "location": {"type": "zoom"}, "attendees": []});
    match kind {
        "invitee.created" => invitee("E1", "I1", json!({})),
        "invitee.canceled" => invitee("E1", "I1", json!({"status": "canceled"})),
        "invitee_no_show.created" => invitee(
            "E1",
            "I1",
            json!({"no_show": {
                "uri": uri("invitee_no_shows", "N1"), "created_at": "2026-11-24T10:00:00.000000Z",
            }}),
        ),
        "invitee_no_show.deleted" => invitee("E1", "I1", json!({})),
        "routing_form_submission.created" => json!({
            "uri": uri("routing_form_submissions", "S1"),
            "routing_form": uri("routing_forms", "F1"), "questions_and_answers": [],
            "created_at": "2026-11-24T09:59:59Z", "updated_at": "2026-11-24T09:59:59Z",
        }),
        "contact.deleted" => json!({"user_uuid": "U1", "contact": {
            "uri": uri("contacts", "C1"), "deleted_at": "2026-11-24T10:00:00Z",
        }}),
        "meeting_recap.deleted" => json!({"recap": {
            "uri": uri("meeting_recaps", "R1"), "deleted_at": "2026-11-24T10:00:00Z",
        }}),
        _ if kind.starts_with("contact.") => json!({"user_uuid": "U1", "contact": contact("C1")}),
        _ if kind.starts_with("meeting_recap.") => json!({"event": meeting, "recap": recap}),
        _ => json!({
            "uri": uri("event_types", "T1"), "name": "Chat", "active": true,
            "created_at": "2026-11-01T00:00:00.000000Z",
            "updated_at": "2026-11-03T00:00:00.000000Z",
        }),
    }
}

#[test]
fn every_kind_is_told_in_calendlys_words_and_in_the_connectors() {
    let at = "2026-11-24T10:00:00.123456Z";
    let updated = "2026-11-24T09:59:00.000002Z";
    let expected: &[(&str, &[String])] = &[
        (
            "invitee.created",
            &[
                format!("invitee.created/I1/{at}"),
                "booking.created/E1/I1".to_owned(),
                "record.created/invitees/E1/I1".to_owned(),
                "record.created/scheduled_events/E1".to_owned(),
            ],
        ),
        (
            "invitee.canceled",
            &[
                format!("invitee.canceled/I1/{at}"),
                "booking.canceled/E1/I1".to_owned(),
                format!("record.updated/invitees/E1/I1/{updated}"),
                "record.updated/scheduled_events/E1/2026-11-24T09:59:00.000003Z".to_owned(),
            ],
        ),
        (
            "invitee_no_show.created",
            &[
                format!("invitee_no_show.created/I1/{at}"),
                format!("record.updated/invitees/E1/I1/{updated}"),
                "record.created/invitee_no_shows/N1".to_owned(),
            ],
        ),
        (
            "invitee_no_show.deleted",
            &[
                format!("invitee_no_show.deleted/I1/{at}"),
                format!("record.updated/invitees/E1/I1/{updated}"),
                format!("record.deleted/invitee_no_shows/I1/{at}"),
            ],
        ),
        (
            "event_type.created",
            &[format!("event_type.created/T1/{at}"), "record.created/event_types/T1".to_owned()],
        ),
        (
            "event_type.updated",
            &[
                format!("event_type.updated/T1/{at}"),
                "record.updated/event_types/T1/2026-11-03T00:00:00.000000Z".to_owned(),
            ],
        ),
        (
            "event_type.deleted",
            &[format!("event_type.deleted/T1/{at}"), "record.deleted/event_types/T1".to_owned()],
        ),
        (
            "meeting_recap.created",
            &[
                format!("meeting_recap.created/R1/{at}"),
                "record.created/meeting_recaps/R1".to_owned(),
            ],
        ),
        (
            "meeting_recap.updated",
            &[
                format!("meeting_recap.updated/R1/{at}"),
                "record.updated/meeting_recaps/R1/2026-11-24T09:30:00.000000Z".to_owned(),
            ],
        ),
        (
            "meeting_recap.deleted",
            &[
                format!("meeting_recap.deleted/R1/{at}"),
                "record.deleted/meeting_recaps/R1".to_owned(),
            ],
        ),
        (
            "routing_form_submission.created",
            &[
                format!("routing_form_submission.created/S1/{at}"),
                "record.created/routing_form_submissions/S1".to_owned(),
            ],
        ),
        (
            "contact.created",
            &[format!("contact.created/C1/{at}"), "record.created/contacts/C1".to_owned()],
        ),
        (
            "contact.updated",
            &[
                format!("contact.updated/C1/{at}"),
                "record.updated/contacts/C1/2026-11-02T00:00:00.000001Z".to_owned(),
            ],
        ),
        (
            "contact.deleted",
            &[format!("contact.deleted/C1/{at}"), "record.deleted/contacts/C1".to_owned()],
        ),
    ];
    assert_eq!(expected.len(), KINDS.len());
    for (kind, wanted) in expected {
        let delivery = told(kind, &payload(kind));
        assert_eq!((&*delivery.event, &*delivery.id), (*kind, &*wanted[0]));
        assert_eq!(ids(&delivery), *wanted, "{kind}");
        assert_eq!(delivery.created_at, 1_795_514_400_123);
        for event in &delivery.events {
            let raw: Value = serde_json::from_str(event.raw.as_deref().unwrap()).unwrap();
            assert_eq!(raw["payload"], payload(kind), "{}", event.id);
            assert_eq!(event.occurred_at, delivery.created_at);
            assert!(!event.incomplete, "{}", event.id);
            let record = record(event);
            assert_eq!(record["tableId"].as_str(), event.table_id.as_deref(), "{}", event.id);
            assert_eq!(record["id"].as_str(), event.record_id.as_deref(), "{}", event.id);
        }
    }
}

#[test]
fn a_record_is_as_the_api_has_it_but_for_what_was_not_told() {
    let delivery = told("invitee.created", &payload("invitee.created"));
    let told_record = record(&delivery.events[2]);
    assert_eq!(told_record["fields"]["email"], "ada@x.io");
    assert_eq!(told_record["fields"]["start_time"], "2026-12-01T09:00:00.000000Z");
    assert_eq!(told_record["fields"]["event_name"], "Chat");
    assert_eq!(told_record["fields"]["no_show"], false);
    assert_eq!(told_record["createdTime"], "2026-11-24T09:59:00.000001Z");
    assert!(told_record["fields"].get("payment").is_none(), "{told_record}");
    assert!(told_record["fields"].get("scheduled_event").is_none(), "{told_record}");
    let delivery = told("meeting_recap.created", &payload("meeting_recap.created"));
    let recap = record(&delivery.events[1]);
    assert_eq!(recap["fields"]["summary_md"], "We met.");
    assert_eq!(recap["fields"]["event"], uri("scheduled_events", "E1"));
    assert_eq!(recap["fields"]["name"], "Chat");
    let delivery = told("contact.deleted", &payload("contact.deleted"));
    let gone = json!({"id": "C1", "tableId": "contacts", "uri": uri("contacts", "C1")});
    assert_eq!(record(&delivery.events[1]), gone);
    let delivery = told("invitee_no_show.deleted", &payload("invitee_no_show.deleted"));
    assert_eq!(record(&delivery.events[2])["invitee"], invitee_uri("E1", "I1"));
}

#[test]
fn a_second_invitee_changes_the_event_and_makes_none() {
    let mut payload = invitee("E1", "I2", json!({}));
    payload["scheduled_event"]["invitees_counter"] = json!({"total": 2, "active": 2, "limit": 5});
    let delivery = told("invitee.created", &payload);
    let last = ids(&delivery).pop().unwrap().to_owned();
    assert_eq!(last, "record.updated/scheduled_events/E1/2026-11-24T09:59:00.000003Z");
}

#[test]
fn what_is_not_known_is_a_trigger_of_its_own_name() {
    let delivery = told("poll.closed", &json!({"uri": uri("polls", "P1"), "votes": 3}));
    assert_eq!(ids(&delivery), ["poll.closed/P1/2026-11-24T10:00:00.123456Z"]);
    let event = &delivery.events[0];
    assert_eq!((&*event.trigger, &event.table_id, &event.record), ("poll.closed", &None, &None));
    // Without a URI it is told apart by all that it says.
    let [one, other] = [1, 2].map(|votes| told("poll.closed", &json!({"votes": votes})).id);
    assert_ne!(one, other);
    assert_eq!(one, told("poll.closed", &json!({"votes": 1})).id);
    // A payload of a form that is not documented is told as it is.
    for payload in [json!(null), json!([]), json!({"uri": 5}), json!({"contact": "C1"})] {
        let delivery = told("contact.created", &payload);
        assert_eq!(delivery.events.len(), 1, "{payload}");
        assert_eq!(delivery.events[0].record, None);
    }
}

#[test]
fn what_is_signed_and_no_delivery_is_refused() {
    let (host, connection) = signed_by([Some(KEY), None]);
    let time = (host.now() / 1_000).to_string();
    for body in [
        &b""[..],
        b"{",
        b"[]",
        b"\xff",
        br#"{"event": 1, "created_at": "2026-11-24T10:00:00Z"}"#,
        br#"{"event": "a b", "created_at": "2026-11-24T10:00:00Z"}"#,
        br#"{"event": "x"}"#,
        br#"{"event": "x", "created_at": "now"}"#,
    ] {
        let headers = header(&format!("t={time},v1={}", tag(KEY, &time, body)));
        let error = receive(&host, &connection, &headers, body, TOLERANCE).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidInput, "{}", String::from_utf8_lossy(body));
    }
}

#[test]
fn a_contacts_own_fields_are_asked_for_later() {
    let (host, connection) = connected();
    let mut contact = contact("C1");
    let field = uri("contacts/custom_field_definitions", "F1");
    contact["custom_fields"] = json!([{"uri": field, "label": "Status", "value": "Lead"}]);
    let delivery = told("contact.updated", &json!({"contact": contact}));
    assert!(delivery.events.iter().all(|event| event.incomplete));
    let definitions =
        json!({"collection": [{"uri": field, "label": "Status", "field_type": "text"}]});
    host.answer("GET /contacts/custom_field_definitions", 200, definitions);
    let event = complete(&host, &connection, delivery.events[1].clone(), MINUTE).unwrap();
    assert!(!event.incomplete);
    let fields = record(&event)["fields"].clone();
    assert!(fields.as_object().unwrap().values().any(|value| value == "Lead"), "{fields}");
}
