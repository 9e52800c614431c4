//! People, contact lists, transcripts, webhooks and deletions.

use super::*;

#[test]
fn the_current_user_is_a_record() {
    let (host, connection) = connected();
    let user = json!({"uri": USER, "name": "Ada", "slug": "ada"});
    host.answer("GET /users/me", 200, json!({ "resource": user }));
    let answer = run(&host, &connection, "getCurrentUser", json!({})).unwrap();
    assert_eq!(answer["record"]["tableId"], "users");
    assert_eq!(answer["record"]["fields"]["slug"], "ada");
}

#[test]
fn an_organization_is_read_by_default_the_users_own() {
    let (host, connection) = connected();
    let organization = json!({"uri": ORGANIZATION, "plan": "teams"});
    let body = json!({ "resource": organization });
    host.answer("GET /organizations/BBBBBBBBBBBBBBBB", 200, body.clone());
    let answer = run(&host, &connection, "getOrganization", json!({})).unwrap();
    assert_eq!(answer, json!({ "organization": organization }));
    host.answer("GET /organizations/O2", 200, body);
    let config = json!({"organization": uri("organizations", "O2")});
    run(&host, &connection, "getOrganization", config).unwrap();
    let config = json!({"organization": USER});
    let found = wrong(run(&host, &connection, "getOrganization", config));
    assert_eq!(found, ["/config/organization format"]);
}

#[test]
fn members_are_invited_and_removed() {
    let (host, connection) = connected();
    let line = "POST /organizations/BBBBBBBBBBBBBBBB/invitations";
    let invitation = json!({"uri": format!("{ORGANIZATION}/invitations/N1")});
    host.answer(line, 201, json!({ "resource": invitation }));
    let config = json!({"email": "bo@x.io"});
    let answer = run(&host, &connection, "inviteMember", config).unwrap();
    assert_eq!(answer["record"]["id"], "BBBBBBBBBBBBBBBB/N1");
    let found = wrong(run(&host, &connection, "inviteMember", json!({"email": "bo"})));
    assert_eq!(found, ["/config/email type"]);
    host.answer("DELETE /organization_memberships/M1", 204, Value::Null);
    let config = json!({"membership": uri("organization_memberships", "M1")});
    let answer = run(&host, &connection, "removeMember", config).unwrap();
    assert_eq!(answer, json!({"id": "M1", "effect": "deleted"}));
    let found = wrong(run(&host, &connection, "removeMember", json!({"membership": USER})));
    assert_eq!(found, ["/config/membership record"]);
    let config = json!({"membership": "M1", "dryRun": true});
    let answer = run(&host, &connection, "removeMember", config).unwrap();
    assert_eq!(answer["request"]["method"], "DELETE");
}

#[test]
fn a_transcript_is_read_wrapped_or_not() {
    let (host, connection) = connected();
    let transcript = json!({"uri": uri("meeting_recaps", "R1/transcript"), "text": "Ada: Hello"});
    let line = "GET /meeting_recaps/R1/transcript";
    host.answer(line, 200, json!({ "resource": transcript })).answer(line, 200, transcript.clone());
    for recap in ["R1".to_owned(), uri("meeting_recaps", "R1")] {
        let answer = run(&host, &connection, "getTranscript", json!({ "recap": recap })).unwrap();
        assert_eq!(answer, transcript);
    }
    let found = wrong(run(&host, &connection, "getTranscript", json!({"recap": "../x"})));
    assert_eq!(found, ["/config/recap record"]);
}

#[test]
fn contacts_are_put_on_a_list_and_taken_off() {
    let (host, connection) = connected();
    let result = json!({"added": 1, "invalid": 1});
    let answer = json!({"resource": {"uri": "x"}, "membership_result": result});
    let add = "POST /contact_lists/L1/memberships";
    // Doing it twice is doing it once, so a lost answer is no riddle.
    host.fail(add, TransportError::TimedOut).answer(add, 200, answer.clone());
    let config = json!({"list": "L1", "contacts": ["C1", uri("contacts", "C2")]});
    let added = run(&host, &connection, "addToContactList", config.clone()).unwrap();
    assert_eq!(added, json!({ "result": result }));
    let contacts = json!({"contacts": [uri("contacts", "C1"), uri("contacts", "C2")]});
    assert_eq!(host.sent()[0].json(), contacts);
    host.answer("POST /contact_lists/L1/memberships/removal", 200, answer);
    run(&host, &connection, "removeFromContactList", config).unwrap();
    let sent = host.sent().len();
    let config = json!({"list": USER, "contacts": ["C1", "a/b", USER]});
    let found = wrong(run(&host, &connection, "addToContactList", config));
    let expected =
        ["/config/list record", "/config/contacts/1 format", "/config/contacts/2 format"];
    assert_eq!(found, expected);
    let config = json!({"list": "L1", "contacts": []});
    let found = wrong(run(&host, &connection, "addToContactList", config));
    assert_eq!(found, ["/config/contacts minItems"]);
    assert_eq!(host.sent().len(), sent);
}

#[test]
fn data_is_deleted_after_a_check_and_never_twice() {
    let (host, connection) = connected();
    let line = "POST /data_compliance/deletion/invitees";
    host.answer(line, 202, json!({}));
    let config = json!({"emails": ["ada@x.io"]});
    let answer = run(&host, &connection, "deleteInviteeData", config.clone()).unwrap();
    assert_eq!(answer, json!({"accepted": true}));
    assert_eq!(host.sent()[0].json(), config);
    host.fail(line, TransportError::TimedOut);
    let error = run(&host, &connection, "deleteInviteeData", config).unwrap_err();
    assert_eq!(error.code, ErrorCode::OutcomeUnknown);
    let found =
        wrong(run(&host, &connection, "deleteInviteeData", json!({"emails": ["a", "b@x"]})));
    assert_eq!(found, ["/config/emails/0 format"]);
    host.on("POST /data_compliance/deletion/events", |_, sent| {
        let (start, end) = ("2024-11-01T00:00:00.000000Z", "2026-11-01T00:00:00.000000Z");
        assert_eq!(sent.json(), json!({"start_time": start, "end_time": end}));
        Ok(reply(202, json!({})))
    });
    let stretch = |from: &str, to: &str| {
        let config = json!({"startTime": format!("{from}Z"), "endTime": format!("{to}Z")});
        run(&host, &connection, "deleteEventData", config)
    };
    stretch("2024-11-01T00:00:00", "2026-11-01T00:00:00").unwrap();
    let future = wrong(stretch("2026-11-01T00:00:00", "2026-12-01T00:00:00"));
    assert_eq!(future, ["/config/endTime past"]);
    let long = wrong(stretch("2024-01-01T00:00:00", "2026-11-01T00:00:00"));
    assert_eq!(long, ["/config/endTime maximum"]);
}

#[test]
fn a_webhook_is_sampled_for_a_base() {
    let (host, connection) = connected();
    let sample = json!({"event": "invitee.created", "payload": {}});
    let line = |rest: &str| {
        format!("GET /sample_webhook_data?event=invitee.created&organization={ORGANIZATION}&{rest}")
    };
    host.answer(&line(&format!("scope=user&user={USER}")), 200, sample.clone());
    host.answer(&line("scope=organization"), 200, sample.clone());
    let group = uri("groups", "G1");
    host.answer(&line(&format!("scope=group&group={group}")), 200, sample.clone());
    for base in ["me", "organization", "group:G1"] {
        let config = json!({"event": "invitee.created", "baseId": base});
        let answer = run(&host, &connection, "sampleWebhook", config).unwrap();
        assert_eq!(answer, json!({ "sample": sample }));
    }
    let config = json!({"event": "invitee.created", "baseId": "everybody"});
    let found = wrong(run(&host, &connection, "sampleWebhook", config));
    assert_eq!(found, ["/config/baseId base"]);
}
