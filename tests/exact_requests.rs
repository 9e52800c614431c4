//! The requests that every operation on every table sends, byte by byte: method, path, query,
//! headers and body.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::needless_pass_by_value,
    clippy::panic,
    reason = "a test stops at the first surprise, and `json!` makes values"
)]

mod support;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::service::{ACCESS_TOKEN, ORGANIZATION, Sent, Service, USER, tokens};

const API: &str = "https://api.calendly.com";
const STATUS_FIELD: &str = "https://api.calendly.com/contacts/custom_field_definitions/F1";
const USER_QUERY: &str = "user=https%3A%2F%2Fapi.calendly.com%2Fusers%2FUSER";
const ORGANIZATION_QUERY: &str =
    "organization=https%3A%2F%2Fapi.calendly.com%2Forganizations%2FORG";

/// A request of the API: its line, and its body if it has one.
type Expected = (&'static str, Option<Value>);

/// An answer: what is asked, what comes back.
type Answer = (&'static str, &'static str, u16, Value);

/// Runs an operation and compares what it sends.
async fn assert_sends(
    operation: &str,
    config: Value,
    answers: Vec<Answer>,
    expected: &[Expected],
) -> Value {
    let service = Service::connected().await;
    // Of several answers to the same request each is given once, in this order.
    for (method, path, status, body) in answers {
        service.answers_once(method, path, status, body).await;
    }
    let answer = service.run(operation, config.clone()).await;
    let answer = answer.unwrap_or_else(|error| panic!("{operation} {config}: {error:#?}"));
    assert_requests(&service.sent().await, expected);
    answer
}

fn assert_requests(sent: &[Sent], expected: &[Expected]) {
    let lines: Vec<_> = sent.iter().map(|request| &*request.line).collect();
    let expected_lines: Vec<_> = expected.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, expected_lines);
    for (request, (line, body)) in sent.iter().zip(expected) {
        let sent_body = match &*request.body {
            "" => None,
            text => Some(serde_json::from_str::<Value>(text).unwrap()),
        };
        assert_eq!(sent_body, *body, "{line}");
        let mut headers = request.headers.clone();
        assert!(headers.remove("host").is_some_and(|host| host.starts_with("127.0.0.1:")));
        let length = headers.remove("content-length");
        assert_eq!(length, body.as_ref().map(|_| request.body.len().to_string()), "{line}");
        assert_eq!(headers, api_headers(body.is_some()), "{line}");
    }
}

fn api_headers(with_body: bool) -> BTreeMap<String, String> {
    let agent = concat!("sovrium-host/", env!("CARGO_PKG_VERSION"));
    let mut headers = vec![
        ("accept", "application/json".to_owned()),
        ("authorization", format!("Bearer {ACCESS_TOKEN}")),
        ("user-agent", agent.to_owned()),
    ];
    if with_body {
        headers.push(("content-type", "application/json".to_owned()));
    }
    headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn page(resources: &[Value], next: Option<&str>) -> Value {
    let pagination = json!({
        "count": resources.len(), "next_page": next, "previous_page": null,
        "next_page_token": next, "previous_page_token": null,
    });
    json!({ "collection": resources, "pagination": pagination })
}

fn definitions() -> Answer {
    let options = json!([{ "uuid": "O1", "label": "Active" }, { "uuid": "O2", "label": "Lead" }]);
    let status = json!({
        "uri": STATUS_FIELD, "label": "Status", "field_type": "single_select", "options": options,
    });
    ("GET", "/contacts/custom_field_definitions", 200, page(&[status], None))
}

fn contact() -> Value {
    json!({
        "uri": format!("{API}/contacts/C1"),
        "name": "John Doe",
        "emails": [
            { "email": "john@example.com", "is_primary": true },
            { "email": "j@home.example", "is_primary": false },
        ],
        "phone_numbers": [],
        "custom_fields": [{ "uri": STATUS_FIELD, "label": "Status", "value": "O1" }],
        "created_at": "2026-11-01T00:00:00.000000Z",
        "updated_at": "2026-11-01T00:00:00.000000Z",
    })
}

fn event_type() -> Value {
    json!({ "uri": format!("{API}/event_types/T1"), "name": "Intro", "active": true })
}

fn event(id: &str) -> Value {
    json!({ "uri": format!("{API}/scheduled_events/{id}"), "name": "Intro", "status": "active" })
}

fn invitee(event: &str, id: &str) -> Value {
    let uri = format!("{API}/scheduled_events/{event}/invitees/{id}");
    json!({ "uri": uri, "email": "john@example.com", "created_at": "2026-11-01T00:00:00Z" })
}

fn resource(resource: Value) -> Value {
    json!({ "resource": resource })
}

const DEFINITIONS: Expected = ("GET /contacts/custom_field_definitions", None);

#[tokio::test]
async fn list_bases() {
    let user = json!({ "uri": USER, "name": "Example Host" });
    let organization = json!({ "uri": ORGANIZATION, "name": "Northwind" });
    let group = json!({ "uri": format!("{API}/groups/G1"), "name": "Sales" });
    let answer = assert_sends(
        "listBases",
        json!({}),
        vec![
            ("GET", "/users/USER", 200, resource(user)),
            ("GET", "/organizations/ORG", 200, resource(organization)),
            ("GET", "/groups", 200, page(&[group], None)),
        ],
        &[
            ("GET /users/USER", None),
            ("GET /organizations/ORG", None),
            (
                "GET /groups?organization=https%3A%2F%2Fapi.calendly.com%2Forganizations%2FORG\
                 &count=100",
                None,
            ),
        ],
    )
    .await;
    assert_eq!(answer["bases"][2]["id"], "group:G1");
}

#[tokio::test]
async fn list_tables() {
    let config = json!({ "baseId": "me" });
    assert_sends("listTables", config, vec![definitions()], &[DEFINITIONS]).await;
}

#[tokio::test]
async fn contacts_query_with_everything_that_calendly_does_itself() {
    let test = |field: &str, operator: &str, value: Value| json!({ "field": field, "operator": operator, "value": value });
    let filter = json!({ "and": [
        test("name", "contains", json!("Doe & Söhne")),
        test("email", "in", json!(["a+b@example.com", "c@example.com"])),
        test("timezone", "equals", json!("Europe/Berlin")),
        test("job_title", "startsWith", json!("Head of")),
        test("company", "endsWith", json!("Ltd")),
        test("country", "in", json!(["DE", "US"])),
        test("state", "equals", json!("Hamburg")),
        test("city", "equals", json!("Hamburg")),
        // What Calendly does not filter by stays here.
        test("linkedin", "isNull", Value::Null),
    ]});
    let config = json!({
        "baseId": "me",
        "tableId": "contacts",
        "filter": filter,
        "sort": [
            { "field": "updated_at", "direction": "desc" },
            { "field": "created_at", "direction": "asc" },
        ],
        "fields": ["name"],
    });
    let expected = "GET /contacts?name=Doe+%26+S%C3%B6hne\
                    &email=a%2Bb%40example.com%2Cc%40example.com&timezone=Europe%2FBerlin\
                    &job_title=Head+of&company=Ltd&country=DE%2CUS&state=Hamburg&city=Hamburg\
                    &sort=updated_at%3Adesc%2Ccreated_at%3Aasc&count=100";
    let answers = vec![("GET", "/contacts", 200, page(&[], None))];
    assert_sends("queryRecords", config, answers, &[(expected, None)]).await;
}

#[tokio::test]
async fn contacts_query_repeats_its_parameters_on_every_page() {
    let config = json!({
        "baseId": "me", "tableId": "contacts", "pageSize": 2, "fields": ["name"],
        "sort": [{ "field": "created_at" }],
    });
    let answers = vec![
        ("GET", "/contacts", 200, page(&[contact()], Some("next/page=2"))),
        ("GET", "/contacts", 200, page(&[contact()], None)),
    ];
    let expected = [
        ("GET /contacts?sort=created_at%3Aasc&count=2", None),
        ("GET /contacts?sort=created_at%3Aasc&count=2&page_token=next%2Fpage%3D2", None),
    ];
    let answer = assert_sends("queryRecords", config, answers, &expected).await;
    assert_eq!(answer["records"].as_array().unwrap().len(), 2);
    assert_eq!(answer["complete"], true);
}

#[tokio::test]
async fn contacts_get() {
    let config = json!({ "baseId": "me", "tableId": "contacts", "recordId": "C1" });
    let answers = vec![definitions(), ("GET", "/contacts/C1", 200, resource(contact()))];
    let expected = [DEFINITIONS, ("GET /contacts/C1", None)];
    let answer = assert_sends("getRecord", config, answers, &expected).await;
    assert_eq!(answer["record"]["fields"]["Status"], "Active");
    assert_eq!(answer["record"]["fields"]["other_emails"], json!(["j@home.example"]));
}

#[tokio::test]
async fn contacts_create() {
    let fields = json!({
        "Name": "John Doe",
        "Email": "john@example.com",
        "Other emails": ["j@home.example"],
        "Phone numbers": ["+1 2025550123"],
        "Time zone": "Europe/Berlin",
        "Job title": "Head of Sales",
        "Company": "Doe Ltd",
        "Country": "DE",
        "State": "Hamburg",
        "City": "Hamburg",
        "LinkedIn": "https://linkedin.example/in/john",
        "Status": "active",
    });
    let body = json!({
        "name": "John Doe",
        "emails": [
            { "email": "john@example.com", "is_primary": true },
            { "email": "j@home.example", "is_primary": false },
        ],
        "phone_numbers": [{ "phone_number": "+1 2025550123" }],
        "timezone": "Europe/Berlin",
        "job_title": "Head of Sales",
        "company": "Doe Ltd",
        "country": "DE",
        "state": "Hamburg",
        "city": "Hamburg",
        "linkedin": "https://linkedin.example/in/john",
        "custom_fields": [{ "uuid": "F1", "value": "O1" }],
    });
    let config = json!({ "baseId": "me", "tableId": "contacts", "fields": fields });
    let answers = vec![definitions(), ("POST", "/contacts", 201, resource(contact()))];
    let expected = [DEFINITIONS, ("POST /contacts", Some(body))];
    assert_sends("createRecord", config, answers, &expected).await;
}

#[tokio::test]
async fn contacts_update() {
    let place = json!({ "baseId": "me", "tableId": "contacts", "recordId": "C1" });
    let with = |fields: Value| {
        let mut config = place.clone();
        config["fields"] = fields;
        config
    };
    let answer = ("PATCH", "/contacts/C1", 200, resource(contact()));
    let body = json!({ "company": null, "custom_fields": [{ "uuid": "F1", "value": "O2" }] });
    let config = with(json!({ "company": null, "custom:F1": "Lead" }));
    let expected = [DEFINITIONS, ("PATCH /contacts/C1", Some(body))];
    assert_sends("updateRecord", config, vec![definitions(), answer.clone()], &expected).await;

    // Calendly overwrites all addresses, so the others are read first.
    let body = json!({ "emails": [
        { "email": "new@example.com", "is_primary": true },
        { "email": "j@home.example", "is_primary": false },
    ]});
    let current = ("GET", "/contacts/C1", 200, resource(contact()));
    let expected = [DEFINITIONS, ("GET /contacts/C1", None), ("PATCH /contacts/C1", Some(body))];
    let config = with(json!({ "Email": "new@example.com" }));
    assert_sends("updateRecord", config, vec![definitions(), current, answer], &expected).await;
}

#[tokio::test]
async fn contacts_delete() {
    let uri = format!("{API}/contacts/C1");
    let config = json!({ "baseId": "me", "tableId": "contacts", "recordId": uri });
    let answers = vec![("DELETE", "/contacts/C1", 204, Value::Null)];
    let answer =
        assert_sends("deleteRecord", config, answers, &[("DELETE /contacts/C1", None)]).await;
    assert_eq!(answer, json!({ "id": "C1", "effect": "deleted" }));
}

#[tokio::test]
async fn event_types_query() {
    let filter = json!({ "and": [
        { "field": "active", "operator": "equals", "value": false },
        { "field": "admin_managed", "operator": "equals", "value": true },
    ]});
    let config = json!({
        "baseId": "organization", "tableId": "event_types", "filter": filter,
        "sort": [{ "field": "name", "direction": "desc" }, { "field": "position" }],
    });
    let expected = format!(
        "GET /event_types?active=false&admin_managed=true\
         &sort=name%3Adesc%2Cposition%3Aasc&{ORGANIZATION_QUERY}&count=100"
    );
    let answers = vec![("GET", "/event_types", 200, page(&[], None))];
    assert_sends("queryRecords", config, answers, &[(&*expected.leak(), None)]).await;
}

#[tokio::test]
async fn event_types_get() {
    let config = json!({ "baseId": "me", "tableId": "event_types", "recordId": "T1" });
    let answers = vec![("GET", "/event_types/T1", 200, resource(event_type()))];
    assert_sends("getRecord", config, answers, &[("GET /event_types/T1", None)]).await;
}

#[tokio::test]
async fn event_types_create() {
    let fields = json!({
        "Name": "Intro",
        "Active": true,
        "Duration (minutes)": 45,
        "Duration options (minutes)": [30, 45],
        "Description": "Hello",
        "Color": "#0069ff",
        "Language": "de",
        "Locations": [{ "kind": "zoom_conference" }],
        "Start time increment (minutes)": 15,
        "Buffer before (minutes)": 10,
        "Buffer after (minutes)": null,
    });
    let body = json!({
        "owner": USER,
        "name": "Intro",
        "active": true,
        "duration": 45,
        "duration_options": [30, 45],
        "description": "Hello",
        "color": "#0069ff",
        "locale": "de",
        "locations": [{ "kind": "zoom_conference" }],
        "start_time_increment": 15,
        "before_buffer": 10,
        "after_buffer": null,
    });
    let config = json!({ "baseId": "me", "tableId": "event_types", "fields": fields });
    let answers = vec![("POST", "/event_types", 201, resource(event_type()))];
    assert_sends("createRecord", config, answers, &[("POST /event_types", Some(body))]).await;
}

#[tokio::test]
async fn event_types_update() {
    let config = json!({
        "baseId": "me", "tableId": "event_types", "recordId": "T1",
        "fields": { "active": false, "description_plain": null },
    });
    let body = json!({ "active": false, "description": null });
    let answers = vec![("PATCH", "/event_types/T1", 200, resource(event_type()))];
    assert_sends("updateRecord", config, answers, &[("PATCH /event_types/T1", Some(body))]).await;
}

#[tokio::test]
async fn scheduled_events_query() {
    let test = |field: &str, operator: &str, value: &str| json!({ "field": field, "operator": operator, "value": value });
    let filter = json!({ "and": [
        test("status", "equals", "active"),
        test("start_time", "greaterThan", "2026-12-01T09:00:00+01:00"),
        test("start_time", "lessThanOrEqual", "2026-12-31T23:59:59Z"),
        test("invitee_email", "equals", "john@example.com"),
    ]});
    let config = json!({
        "baseId": "me", "tableId": "scheduled_events", "filter": filter,
        "sort": [{ "field": "start_time" }],
    });
    // A second wider on each side: whether Calendly's bounds are part of the window is not said.
    let expected = format!(
        "GET /scheduled_events?status=active\
         &min_start_time=2026-12-01T07%3A59%3A59.000000Z\
         &max_start_time=2027-01-01T00%3A00%3A00.000000Z\
         &invitee_email=john%40example.com&sort=start_time%3Aasc&{USER_QUERY}&count=100"
    );
    let answers = vec![("GET", "/scheduled_events", 200, page(&[], None))];
    assert_sends("queryRecords", config, answers, &[(&*expected.leak(), None)]).await;
}

#[tokio::test]
async fn scheduled_events_of_a_colleague_and_of_a_group_name_the_organization_too() {
    for (base, anchor) in [
        ("user:COLLEAGUE", "user=https%3A%2F%2Fapi.calendly.com%2Fusers%2FCOLLEAGUE"),
        ("group:G1", "group=https%3A%2F%2Fapi.calendly.com%2Fgroups%2FG1"),
    ] {
        let config = json!({ "baseId": base, "tableId": "scheduled_events", "pageSize": 5 });
        let anchors = format!("{ORGANIZATION_QUERY}&{anchor}");
        let expected = format!("GET /scheduled_events?sort=start_time%3Aasc&{anchors}&count=5");
        let answers = vec![("GET", "/scheduled_events", 200, page(&[], None))];
        assert_sends("queryRecords", config, answers, &[(&*expected.leak(), None)]).await;
    }
}

#[tokio::test]
async fn scheduled_events_get() {
    let config = json!({ "baseId": "me", "tableId": "scheduled_events", "recordId": "E1" });
    let answers = vec![("GET", "/scheduled_events/E1", 200, resource(event("E1")))];
    assert_sends("getRecord", config, answers, &[("GET /scheduled_events/E1", None)]).await;
}

#[tokio::test]
async fn scheduled_events_update_and_delete_cancel() {
    let place = json!({ "baseId": "me", "tableId": "scheduled_events", "recordId": "E1" });
    let canceled = ("POST", "/scheduled_events/E1/cancellation", 201, resource(json!({})));
    let read = ("GET", "/scheduled_events/E1", 200, resource(event("E1")));
    let cancel = |body: Value| ("POST /scheduled_events/E1/cancellation", Some(body));

    let mut config = place.clone();
    config["fields"] = json!({ "status": "canceled", "cancel_reason": "Fog" });
    let expected = [cancel(json!({ "reason": "Fog" })), ("GET /scheduled_events/E1", None)];
    assert_sends("updateRecord", config, vec![canceled.clone(), read], &expected).await;

    let expected = [cancel(json!({}))];
    assert_sends("deleteRecord", place.clone(), vec![canceled.clone()], &expected).await;

    let mut config = place;
    config["reason"] = "Fog".into();
    let expected = [cancel(json!({ "reason": "Fog" }))];
    assert_sends("deleteRecord", config, vec![canceled], &expected).await;
}

#[tokio::test]
async fn invitees_query_reads_the_events_and_then_what_is_below_them() {
    let filter = json!({ "and": [
        { "field": "email", "operator": "equals", "value": "john@example.com" },
        { "field": "status", "operator": "equals", "value": "active" },
    ]});
    let config = json!({ "baseId": "me", "tableId": "invitees", "filter": filter });
    let service = Service::connected().await;
    let events = page(&[event("E1"), event("E2")], Some("p2"));
    service.answers_once("GET", "/scheduled_events", 200, events).await;
    service.answers("GET", "/scheduled_events", 200, page(&[event("E3")], None)).await;
    for id in ["E1", "E2", "E3"] {
        let path = format!("/scheduled_events/{id}/invitees");
        service.answers("GET", &path, 200, page(&[], None)).await;
    }
    service.run("queryRecords", config).await.unwrap();
    let mut sent = service.sent().await;
    // The two below the first page go out at the same time.
    sent[1..3].sort_by(|left, right| left.line.cmp(&right.line));
    let by_email = "invitee_email=john%40example.com&sort=start_time%3Aasc";
    let outer = format!("GET /scheduled_events?{by_email}&{USER_QUERY}&count=20");
    let inner = |id: &str| {
        let query = "email=john%40example.com&status=active&sort=created_at%3Aasc&count=100";
        format!("GET /scheduled_events/{id}/invitees?{query}")
    };
    let lines =
        [outer.clone(), inner("E1"), inner("E2"), format!("{outer}&page_token=p2"), inner("E3")];
    let expected = lines.map(|line| (&*line.leak(), None));
    assert_requests(&sent, &expected);
}

#[tokio::test]
async fn invitees_query_of_one_event() {
    let filter = json!({ "field": "event", "operator": "equals", "value": "E1" });
    let config = json!({
        "baseId": "me", "tableId": "invitees", "filter": filter,
        "sort": [{ "field": "created_at", "direction": "desc" }],
    });
    let expected = "GET /scheduled_events/E1/invitees?sort=created_at%3Adesc&count=100";
    let answers = vec![("GET", "/scheduled_events/E1/invitees", 200, page(&[], None))];
    assert_sends("queryRecords", config, answers, &[(expected, None)]).await;
}

#[tokio::test]
async fn invitees_get() {
    let uri = format!("{API}/scheduled_events/E1/invitees/I1");
    for id in ["E1/I1", &uri] {
        let config = json!({ "baseId": "me", "tableId": "invitees", "recordId": id });
        let path = "/scheduled_events/E1/invitees/I1";
        let answers = vec![("GET", path, 200, resource(invitee("E1", "I1")))];
        let expected = [("GET /scheduled_events/E1/invitees/I1", None)];
        assert_sends("getRecord", config, answers, &expected).await;
    }
}

#[tokio::test]
async fn invitees_create() {
    let tracking = json!({
        "utm_campaign": "spring", "utm_source": null, "utm_medium": null, "utm_content": null,
        "utm_term": null, "salesforce_uuid": null,
    });
    let answers = json!([{ "question": "Why?", "answer": "Because", "position": 0 }]);
    let location = json!({ "kind": "physical", "location": "Hamburg" });
    let fields = json!({
        "Event type": "T1",
        "Start": "2026-12-01T09:00:00+01:00",
        "Name": "John Doe",
        "First name": "John",
        "Last name": "Doe",
        "Email": "john@example.com",
        "Time zone": "Europe/Berlin",
        "Text reminder number": "+1 2025550123",
        "Location": location,
        "Guests' emails": ["guest@example.com"],
        "Answers": answers,
        "Tracking": tracking,
    });
    let body = json!({
        "event_type": format!("{API}/event_types/T1"),
        "start_time": "2026-12-01T08:00:00.000000Z",
        "invitee": {
            "name": "John Doe",
            "first_name": "John",
            "last_name": "Doe",
            "email": "john@example.com",
            "timezone": "Europe/Berlin",
            "text_reminder_number": "+1 2025550123",
        },
        "location": location,
        "event_guests": ["guest@example.com"],
        "questions_and_answers": answers,
        "tracking": tracking,
    });
    let config = json!({ "baseId": "me", "tableId": "invitees", "fields": fields });
    let event_type = json!({
        "uri": format!("{API}/event_types/T1"),
        "active": true,
        "pooling_type": null,
        "locations": [{ "kind": "physical", "location": "Hamburg" }],
        "custom_questions": [{
            "name": "Why?", "type": "text", "position": 0, "enabled": true, "required": true,
            "answer_choices": [], "include_other": false,
        }],
    });
    let answers = vec![
        ("GET", "/event_types/T1", 200, resource(event_type)),
        ("POST", "/invitees", 201, resource(invitee("E1", "I1"))),
    ];
    let expected = [("GET /event_types/T1", None), ("POST /invitees", Some(body))];
    assert_sends("createRecord", config, answers, &expected).await;
}

#[tokio::test]
async fn book_meeting() {
    let config = json!({
        "eventType": "T1",
        "startTime": "2026-12-01T10:00:00+01:00",
        "email": "john@example.com",
        "name": "John Doe",
        "timezone": "Europe/Berlin",
        "location": { "kind": "zoom_conference" },
    });
    let mut event_type = event_type();
    event_type["locations"] = json!([{ "kind": "zoom_conference" }, { "kind": "physical" }]);
    let answers = vec![
        ("GET", "/event_types/T1", 200, resource(event_type)),
        ("POST", "/invitees", 201, resource(invitee("E1", "I1"))),
    ];
    let body = json!({
        "event_type": format!("{API}/event_types/T1"),
        "start_time": "2026-12-01T09:00:00.000000Z",
        "invitee": { "email": "john@example.com", "name": "John Doe", "timezone": "Europe/Berlin" },
        "location": { "kind": "zoom_conference" },
    });
    let expected = [("GET /event_types/T1", None), ("POST /invitees", Some(body))];
    let answer = assert_sends("bookMeeting", config.clone(), answers, &expected).await;
    assert_eq!(answer["record"]["id"], "E1/I1");
    // Tried alone it ends with the question what the event type demands.
    let mut dry = config;
    dry["dryRun"] = true.into();
    let mut event_type = self::event_type();
    event_type["locations"] = json!([{ "kind": "zoom_conference" }]);
    let answers = vec![("GET", "/event_types/T1", 200, resource(event_type))];
    let answer = assert_sends("bookMeeting", dry, answers, &[("GET /event_types/T1", None)]).await;
    assert_eq!(answer["request"]["url"], format!("{API}/invitees"));
}

#[tokio::test]
async fn mark_and_clear_no_show() {
    let mark = json!({ "uri": format!("{API}/invitee_no_shows/N1"), "created_at": "2026-11-24T10:00:00Z" });
    let path = "/scheduled_events/E1/invitees/I1";
    let read = ("GET /scheduled_events/E1/invitees/I1", None);
    let config = json!({ "invitee": "E1/I1" });
    let answers = vec![
        ("GET", path, 200, resource(invitee("E1", "I1"))),
        ("POST", "/invitee_no_shows", 201, resource(mark.clone())),
    ];
    let body = json!({ "invitee": format!("{API}{path}") });
    let expected = [read.clone(), ("POST /invitee_no_shows", Some(body))];
    assert_sends("markNoShow", config.clone(), answers, &expected).await;
    let mut marked = invitee("E1", "I1");
    marked["no_show"] = mark;
    let answers = vec![
        ("GET", path, 200, resource(marked)),
        ("DELETE", "/invitee_no_shows/N1", 204, Value::Null),
    ];
    let expected = [read, ("DELETE /invitee_no_shows/N1", None)];
    assert_sends("clearNoShow", config, answers, &expected).await;
}

#[tokio::test]
async fn find_times() {
    let none = || json!({ "collection": [] });
    let config = json!({
        "eventType": "T1", "startTime": "2026-12-01T00:00:00Z", "endTime": "2027-01-02T00:00:00Z",
    });
    let path = "/event_type_available_times";
    let answers = vec![("GET", path, 200, none()), ("GET", path, 200, none())];
    let event_type = "event_type=https%3A%2F%2Fapi.calendly.com%2Fevent_types%2FT1";
    let lines = [
        format!(
            "GET {path}?{event_type}&start_time=2026-12-01T00%3A00%3A00.000000Z\
             &end_time=2026-12-02T00%3A00%3A00.000000Z"
        ),
        format!(
            "GET {path}?{event_type}&start_time=2026-12-02T00%3A00%3A00.000000Z\
             &end_time=2027-01-02T00%3A00%3A00.000000Z"
        ),
    ];
    let service = Service::connected().await;
    for (method, path, status, body) in answers {
        service.answers_once(method, path, status, body).await;
    }
    let answer = service.run("findAvailableTimes", config).await.unwrap();
    assert_eq!(answer, json!({ "times": [] }));
    // They are sent at once, so that they arrive in any order.
    let mut sent = service.lines().await;
    sent.sort();
    assert_eq!(sent, lines);
}

#[tokio::test]
async fn change_a_contact_list() {
    for (operation, line) in [
        ("addToContactList", "POST /contact_lists/L1/memberships"),
        ("removeFromContactList", "POST /contact_lists/L1/memberships/removal"),
    ] {
        let config = json!({ "list": "L1", "contacts": ["C1", format!("{API}/contacts/C2")] });
        let result = json!({ "invalid": 0 });
        let path = line.strip_prefix("POST ").unwrap();
        let answers = vec![("POST", path, 200, json!({ "membership_result": result }))];
        let contacts = json!([format!("{API}/contacts/C1"), format!("{API}/contacts/C2")]);
        let expected = [(line, Some(json!({ "contacts": contacts })))];
        let answer = assert_sends(operation, config, answers, &expected).await;
        assert_eq!(answer, json!({ "result": result }), "{operation}");
    }
}

#[tokio::test]
async fn create_records() {
    let config = json!({ "baseId": "me", "tableId": "contacts", "records": [
        { "fields": { "Name": "John", "Email": "john@example.com", "Status": "Active" } },
        { "fields": { "Name": "Jane" } },
        { "fields": { "Name": "Jim", "Email": "jim@example.com" } },
    ] });
    let answers = vec![
        definitions(),
        ("POST", "/contacts", 201, resource(contact())),
        ("POST", "/contacts", 409, json!({ "message": "The resource already exists" })),
    ];
    let emails = |email: &str| json!([{ "email": email, "is_primary": true }]);
    let john = json!({
        "name": "John", "emails": emails("john@example.com"),
        "custom_fields": [{ "uuid": "F1", "value": "O1" }],
    });
    let jim = json!({ "name": "Jim", "emails": emails("jim@example.com") });
    let expected = [DEFINITIONS, ("POST /contacts", Some(john)), ("POST /contacts", Some(jim))];
    let answer = assert_sends("createRecords", config, answers, &expected).await;
    assert_eq!((&answer["succeeded"], &answer["failed"]), (&json!(1), &json!(2)));
}

#[tokio::test]
async fn test_of_a_connection() {
    let service = Service::connected().await;
    let me = json!({
        "uri": USER, "name": "Example Host", "email": "host@example.com",
        "current_organization": ORGANIZATION, "timezone": "Europe/Berlin",
    });
    service.answers("GET", "/users/me", 200, resource(me)).await;
    let account = service.host.test(1).await.unwrap();
    assert_eq!((&*account.uri, &*account.organization), (USER, ORGANIZATION));
    assert_eq!((&*account.name, &*account.email), ("Example Host", "host@example.com"));
    assert_requests(&service.sent().await, &[("GET /users/me", None)]);
}

#[tokio::test]
async fn the_account_is_asked_for_when_the_grant_does_not_name_it() {
    let service = Service::start().await;
    service.create(1).await;
    let mut anonymous = tokens();
    let members = anonymous.as_object_mut().unwrap();
    members.remove("owner");
    members.remove("organization");
    service.answers("POST", "/oauth/token", 200, anonymous).await;
    service.connect(1, "code").await.unwrap();
    service.server.reset().await;
    let me = json!({ "uri": USER, "current_organization": ORGANIZATION });
    service.answers("GET", "/users/me", 200, resource(me)).await;
    service.answers("GET", "/event_types", 200, page(&[], None)).await;
    let config = json!({ "baseId": "me", "tableId": "event_types" });
    service.run("queryRecords", config).await.unwrap();
    let query = format!("GET /event_types?sort=name%3Aasc&{USER_QUERY}&count=100");
    assert_requests(&service.sent().await, &[("GET /users/me", None), (&*query.leak(), None)]);
}

#[tokio::test]
async fn what_calendly_added_since_is_passed_on() {
    let mut newer = event("E1");
    newer["mood"] = json!({ "level": 5 });
    newer["status"] = "postponed".into();
    let config = json!({ "baseId": "me", "tableId": "scheduled_events", "recordId": "E1" });
    let answers = vec![("GET", "/scheduled_events/E1", 200, resource(newer))];
    let expected = [("GET /scheduled_events/E1", None)];
    let answer = assert_sends("getRecord", config, answers, &expected).await;
    assert_eq!(answer["record"]["fields"]["mood"], json!({ "level": 5 }));
    assert_eq!(answer["record"]["fields"]["status"], "postponed");
}
