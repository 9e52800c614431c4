//! A dry run checks everything and writes nothing, and the request it shows is the very request
//! that is sent without it.

use std::collections::BTreeSet;

use host_harness::error::ErrorCode;
use host_harness::simulator::{Person, Simulator};
use serde_json::{Value, json};

use crate::capabilities;
use crate::named::body;
use crate::support::world::World;

const API: &str = "https://api.calendly.com";
const SIGNING_KEY: &str = "a-signing-key-nobody-should-read";

async fn everything() -> World {
    let mut scopes = capabilities::SCOPES.to_vec();
    scopes.push("data_compliance:write");
    World::connected_with_scopes(|options| options.requests_per_minute = Some(0), &scopes).await
}

/// Tries a write, then makes it, and compares what was shown with what was sent.
async fn is_shown_as_sent(world: &World, operation: &str, config: &Value) {
    world.simulator.clear_requests();
    let mut dry = config.clone();
    dry["dryRun"] = true.into();
    let tried = world.answer(operation, dry).await;
    let sent = world.simulator.requests();
    assert!(sent.iter().all(|one| one.method == "GET"), "{operation} {config}: {sent:?}");
    assert_eq!(tried["dryRun"], true, "{operation}");
    let members: Vec<_> = tried.as_object().unwrap().keys().collect();
    assert_eq!(members, ["dryRun", "request"], "{operation}: {tried}");
    let text = tried.to_string();
    for secret in [SIGNING_KEY, Simulator::CLIENT_SECRET, "Bearer", "authorization"] {
        assert!(!text.contains(secret), "{operation}: {text}");
    }
    let shown = &tried["request"];

    world.simulator.clear_requests();
    let done = world.answer(operation, config.clone()).await;
    assert!(done.get("dryRun").is_none() && done.get("request").is_none(), "{operation}: {done}");
    let requests = world.simulator.requests();
    let mut writes = requests.iter().filter(|request| request.method != "GET");
    let (Some(write), None) = (writes.next(), writes.next()) else {
        panic!("{operation} {config}: {requests:?}")
    };
    let status = write.status.unwrap();
    assert!((200..300).contains(&status), "{operation} {config}: {status}");
    assert_eq!(shown["method"], write.method, "{operation} {config}");
    let mark = if write.query.is_empty() { "" } else { "?" };
    assert_eq!(shown["url"], format!("{API}{}{mark}{}", write.path, write.query), "{operation}");
    let mut sent = body(write);
    if let Some(secret) = sent.get_mut("signing_key") {
        assert_eq!(*secret, SIGNING_KEY);
        *secret = "***".into();
    }
    assert_eq!(shown["body"], sent, "{operation} {config}");
}

/// What the simulator lists there.
async fn uris(world: &World, path: &str) -> Vec<String> {
    let listed = world.look(path).await;
    let listed = listed["collection"].as_array().unwrap_or_else(|| panic!("{path}: {listed}"));
    listed.iter().map(|one| one["uri"].as_str().unwrap().to_owned()).collect()
}

fn week() -> Value {
    ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]
        .iter()
        .map(|day| json!({ "type": "wday", "wday": day, "intervals": [] }))
        .collect()
}

/// What of the account is written to.
struct Account {
    event_type: String,
    contacts: Vec<String>,
    /// Meetings yet to come.
    events: Vec<String>,
    /// Invitees of meetings that are over, none of them marked.
    invitees: Vec<String>,
    lists: Vec<String>,
    schedule: String,
    recaps: Vec<String>,
    shares: Vec<String>,
    invitations: Vec<String>,
    times: Vec<String>,
}

impl Account {
    async fn of(world: &World) -> Self {
        let (owner, organization) =
            (world.simulator.user_uri(Person::Owner), world.simulator.organization_uri());
        let events = format!("/scheduled_events?organization={organization}&status=active&count=9");
        let over = uris(world, &format!("{events}&max_start_time=2026-11-20T00:00:00Z")).await;
        let mut invitees = Vec::new();
        for event in over {
            let listed = world.look(&format!("{event}/invitees?status=active")).await;
            let unmarked = listed["collection"].as_array().unwrap().iter();
            let unmarked = unmarked.filter(|one| one["no_show"].is_null()).take(1);
            invitees.extend(unmarked.map(|one| one["uri"].as_str().unwrap().to_owned()));
        }
        let shares = world.look(&format!("/shares?user={owner}&count=100")).await;
        let shares = shares["collection"].as_array().unwrap().iter();
        let active = shares.filter(|one| one["status"] == "active");
        let event_type = world.simulator.event_type_uri("30 Minute Meeting").unwrap();
        let times = world
            .look(&format!(
                "/event_type_available_times?event_type={event_type}\
                 &start_time=2026-12-01T00:00:00Z&end_time=2026-12-20T00:00:00Z"
            ))
            .await;
        // Far enough apart that one does not take the next.
        let times = times["collection"].as_array().unwrap().iter().step_by(3);
        let pending = format!("{}/invitations?status=pending", organization);
        let schedules = format!("/user_availability_schedules?user={owner}");
        Self {
            contacts: uris(world, "/contacts?count=9").await,
            events: uris(world, &format!("{events}&min_start_time=2026-11-26T00:00:00Z")).await,
            invitees,
            lists: uris(world, "/contact_lists?type=static_list").await,
            schedule: uris(world, &schedules).await.remove(0),
            recaps: uris(world, "/meeting_recaps").await,
            shares: active.map(|one| one["uri"].as_str().unwrap().to_owned()).collect(),
            invitations: uris(world, &pending).await,
            times: times.map(|one| one["start_time"].as_str().unwrap().to_owned()).collect(),
            event_type,
        }
    }

    fn booking(&self, turn: usize) -> Value {
        json!({
            "event_type": self.event_type, "start_time": self.times[turn], "name": "Ada",
            "email": "ada@example.com", "timezone": "Europe/Paris",
            "event_guests": ["bob@example.com"],
        })
    }

    fn event_type_id(&self) -> &str {
        self.event_type.rsplit('/').next().unwrap()
    }
}

/// The id of the record that a query of the table finds first.
async fn id(world: &World, table: &str) -> String {
    let query = json!({ "baseId": "me", "tableId": table, "pageSize": 1 });
    let page = world.answer("queryRecords", query).await;
    page["records"][0]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn every_operation_that_writes_can_be_tried() {
    let world = everything().await;
    let account = Account::of(&world).await;
    let Account { event_type, contacts, events, invitees, .. } = &account;
    let members = format!(
        "/organization_memberships?role=user&organization={}",
        world.simulator.organization_uri()
    );
    let member = uris(&world, &members).await.remove(0);
    let webhook = json!({
        "baseId": "me", "tableId": "webhook_subscriptions",
        "fields": { "callback_url": "https://example.com/end", "events": ["contact.created"] },
    });
    let webhook = world.record("createRecord", webhook).await;
    let list = &account.lists[0];
    let place = |table: &str, more: Value| {
        let mut config = json!({ "baseId": "me", "tableId": table });
        config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        config
    };
    let cases = [
        (
            "createRecord",
            place(
                "contacts",
                json!({ "fields": {
                "Name": "Ada", "Email": "ada@example.com", "Seats": 3, "Status": "Lead",
            } }),
            ),
        ),
        (
            "updateRecord",
            // One address of several: the others are read, and sent again.
            place(
                "contacts",
                json!({
                    "recordId": contacts[0], "fields": { "Email": "new@example.com" },
                }),
            ),
        ),
        ("deleteRecord", place("contacts", json!({ "recordId": contacts[1] }))),
        (
            "bookMeeting",
            json!({
                "eventType": event_type, "startTime": account.times[0], "email": "ada@example.com",
                "name": "Ada", "timezone": "Europe/Paris",
            }),
        ),
        ("cancelEvent", json!({ "event": events[0], "reason": "Fog" })),
        ("markNoShow", json!({ "invitee": invitees[0] })),
        ("clearNoShow", json!({ "invitee": invitees[0] })),
        ("createSchedulingLink", json!({ "eventType": event_type })),
        (
            "createShare",
            json!({
                "eventType": event_type, "name": "x", "periodType": "moving", "maxBookingTime": 9,
            }),
        ),
        ("inviteMember", json!({ "email": "new@example.com" })),
        ("addToContactList", json!({ "list": list, "contacts": [contacts[2], contacts[3]] })),
        ("removeFromContactList", json!({ "list": list, "contacts": [contacts[2]] })),
        ("deleteInviteeData", json!({ "emails": ["ada@example.com"] })),
        (
            "deleteEventData",
            json!({ "startTime": "2026-01-01T00:00:00Z", "endTime": "2026-02-01T00:00:00+01:00" }),
        ),
        ("removeMember", json!({ "membership": member })),
        ("unsubscribeWebhook", json!({ "webhook": webhook["id"] })),
    ];
    let mut tried: BTreeSet<_> = cases.iter().map(|(name, _)| format!("calendly.{name}")).collect();
    for (operation, config) in cases {
        is_shown_as_sent(&world, operation, &config).await;
    }
    // The batches have tests of their own, and so has what makes sure of subscriptions.
    tried.extend(
        ["createRecords", "updateRecords", "deleteRecords", "pushChanges", "subscribeWebhook"]
            .map(|it| format!("calendly.{it}")),
    );
    let manifest = world.host.manifest().await.unwrap();
    let writing: BTreeSet<_> =
        manifest.operations.into_iter().filter(|it| it.writes).map(|it| it.name).collect();
    assert_eq!(tried, writing);
    // What only reads takes no dry run.
    let error = world.run("getCurrentUser", json!({ "dryRun": true })).await.unwrap_err();
    assert_eq!(error.violations[0].pointer, "/config/dryRun");
}

/// A write of every table's every verb, each to something else.
async fn writes_of_tables(
    world: &World,
    account: &Account,
) -> Vec<(&'static str, &'static str, Value)> {
    let Account { event_type, contacts, events, invitees, .. } = account;
    let availability = id(world, "event_type_availability").await;
    let limits = id(world, "meeting_limits").await;
    let mark = json!({
        "baseId": "me", "tableId": "invitee_no_shows", "fields": { "invitee": invitees[1] },
    });
    let mark = world.record("createRecord", mark).await["id"].take();
    let subscription = json!({
        "baseId": "me", "tableId": "webhook_subscriptions",
        "fields": { "callback_url": "https://example.com/old", "events": ["contact.created"] },
    });
    let subscription = world.record("createRecord", subscription).await["id"].take();
    let custom_field = json!({
        "label": "Size", "field_type": "single_select",
        "options": [{ "label": "S" }, { "label": "L" }],
    });
    let schedule = json!({ "name": "New", "timezone": "Europe/Paris", "rules": week() });
    let one_off = json!({
        "name": "Once", "duration": 25,
        "date_setting": { "type": "days_in_future", "days": 5, "only_weekdays": false },
    });
    let webhook = json!({
        "callback_url": "https://example.com/hook", "events": ["contact.created"],
        "signing_key": SIGNING_KEY,
    });
    let hours = json!([{
        "type": "wday", "wday": "friday", "intervals": [{ "from": "09:00", "to": "10:00" }],
    }]);
    let update = |id: &str, fields: Value| json!({ "recordId": id, "fields": fields });
    let create = |fields: Value| json!({ "fields": fields });
    let delete = |id: &str| json!({ "recordId": id });
    vec![
        ("contacts", "create", create(json!({ "Name": "Bob", "Email": "bob@example.com" }))),
        ("contacts", "update", update(&contacts[4], json!({ "City": "Rome", "Status": null }))),
        ("contacts", "delete", delete(&contacts[5])),
        ("contact_custom_fields", "create", create(custom_field)),
        ("contact_lists", "create", create(json!({ "name": "New", "contacts": [contacts[6]] }))),
        ("contact_lists", "update", update(&account.lists[1], json!({ "name": "Renamed" }))),
        (
            "contact_notes",
            "create",
            create(json!({ "contact": contacts[6], "title": "x", "body": "y" })),
        ),
        ("event_types", "create", create(json!({ "name": "New", "active": true }))),
        (
            "event_types",
            "update",
            update(event_type, json!({ "description_plain": "Hello", "duration_options": null })),
        ),
        (
            "event_type_availability",
            "update",
            update(&availability, json!({ "timezone": "Europe/Paris", "rules": hours })),
        ),
        ("availability_schedules", "create", create(schedule)),
        (
            "availability_schedules",
            "update",
            update(&account.schedule, json!({ "timezone": "Europe/Rome" })),
        ),
        ("meeting_limits", "update", update(&limits, json!({ "daily_limit": null }))),
        (
            "scheduled_events",
            "update",
            update(&events[1], json!({ "status": "canceled", "cancel_reason": "Ill" })),
        ),
        ("scheduled_events", "delete", json!({ "recordId": events[2], "reason": "Fog" })),
        ("invitees", "create", create(account.booking(1))),
        ("invitees", "update", update(&invitees[2], json!({ "no_show": true }))),
        ("invitee_no_shows", "create", create(json!({ "invitee": invitees[3] }))),
        ("invitee_no_shows", "delete", delete(mark.as_str().unwrap())),
        ("scheduling_links", "create", create(json!({ "event_type": account.event_type_id() }))),
        ("one_off_event_types", "create", create(one_off)),
        ("shares", "create", create(json!({ "event_type": event_type, "duration": 25 }))),
        ("shares", "update", update(&account.shares[0], json!({ "name": null, "duration": 20 }))),
        ("shares", "delete", delete(&account.shares[1])),
        ("organization_invitations", "create", create(json!({ "email": "c@example.com" }))),
        ("organization_invitations", "delete", delete(&account.invitations[0])),
        ("webhook_subscriptions", "create", create(webhook)),
        ("webhook_subscriptions", "delete", delete(subscription.as_str().unwrap())),
        ("meeting_recaps", "update", update(&account.recaps[0], json!({ "summary_md": "Good." }))),
        ("meeting_recaps", "delete", delete(&account.recaps[1])),
    ]
}

#[tokio::test]
async fn every_write_of_every_table_can_be_tried() {
    let world = everything().await;
    let account = Account::of(&world).await;
    let mut cases = writes_of_tables(&world, &account).await;
    let members = format!(
        "/organization_memberships?role=user&organization={}",
        world.simulator.organization_uri()
    );
    let member = json!({ "recordId": uris(&world, &members).await.remove(0) });
    cases.push(("organization_memberships", "delete", member));

    let mut claimed = BTreeSet::new();
    for base in ["me", "organization"] {
        let listed = world.answer("listTables", json!({ "baseId": base })).await;
        for table in listed["tables"].as_array().unwrap() {
            for (kind, verbs) in table["bases"].as_object().unwrap() {
                let verbs = verbs.as_array().unwrap().iter().map(|verb| verb.as_str().unwrap());
                let writes = verbs.filter(|verb| !["query", "get"].contains(verb));
                let name = table["id"].as_str().unwrap().to_owned();
                claimed.extend(writes.map(|verb| (name.clone(), verb.to_owned())));
                assert!(["user", "organization", "group"].contains(&&**kind));
            }
        }
    }
    let tried: BTreeSet<_> =
        cases.iter().map(|(table, verb, _)| ((*table).to_owned(), (*verb).to_owned())).collect();
    assert_eq!(tried, claimed);

    for (table, verb, more) in cases {
        let in_organization = table.starts_with("organization_");
        let base = if in_organization { "organization" } else { "me" };
        let mut config = json!({ "baseId": base, "tableId": table });
        config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        is_shown_as_sent(&world, &format!("{verb}Record"), &config).await;
    }
}

#[tokio::test]
async fn a_batch_that_is_tried_shows_each_request() {
    let world = everything().await;
    let account = Account::of(&world).await;
    let Account { contacts, events, invitees, .. } = &account;
    let fields = |fields: Value| json!({ "fields": fields });
    let update = |id: &str, fields: Value| json!({ "recordId": id, "fields": fields });
    let contact =
        |name: &str| fields(json!({ "Name": name, "Email": format!("{name}@example.com") }));
    let subscription = |path: &str| {
        fields(json!({
            "callback_url": format!("https://example.com/{path}"), "events": ["contact.created"],
            "signing_key": SIGNING_KEY,
        }))
    };
    for (operation, table, records, reads) in [
        // Once what fields there are; once what the event type demands.
        ("createRecords", "contacts", vec![contact("a"), contact("b"), contact("c")], 1),
        (
            "createRecords",
            "invitees",
            vec![fields(account.booking(0)), fields(account.booking(1))],
            1,
        ),
        ("createRecords", "webhook_subscriptions", vec![subscription("a"), subscription("b")], 0),
        (
            "updateRecords",
            "contacts",
            vec![
                update(&contacts[0], json!({ "City": "Rome" })),
                update(&contacts[1], json!({ "Seats": 5 })),
            ],
            1,
        ),
        (
            "updateRecords",
            "invitees",
            vec![
                update(&invitees[0], json!({ "no_show": true })),
                update(&invitees[1], json!({ "no_show": true })),
            ],
            2,
        ),
        (
            "deleteRecords",
            "scheduled_events",
            vec![json!({ "recordId": events[0] }), json!({ "recordId": events[1], "reason": "x" })],
            0,
        ),
    ] {
        let mut config = json!({ "baseId": "me", "tableId": table, "records": records });
        config["dryRun"] = true.into();
        world.simulator.clear_requests();
        let tried = world.answer(operation, config.clone()).await;
        let sent = world.simulator.requests();
        assert!(sent.iter().all(|one| one.method == "GET"), "{operation} {table}: {sent:?}");
        assert_eq!(sent.len(), reads, "{operation} {table}: {sent:?}");
        assert_eq!((&tried["dryRun"], &tried["failed"]), (&json!(true), &json!(0)), "{tried}");
        assert!(!tried.to_string().contains(SIGNING_KEY));

        world.simulator.clear_requests();
        config.as_object_mut().unwrap().remove("dryRun");
        let done = world.answer(operation, config).await;
        assert_eq!((done.get("dryRun"), &done["failed"]), (None, &json!(0)), "{done}");
        let requests = world.simulator.requests();
        let writes: Vec<_> = requests.iter().filter(|request| request.method != "GET").collect();
        let results = tried["results"].as_array().unwrap();
        assert_eq!(writes.len(), results.len(), "{operation} {table}");
        for (write, result) in writes.iter().zip(results) {
            let shown = &result["request"];
            assert_eq!(shown["method"], write.method);
            assert_eq!(shown["url"], format!("{API}{}", write.path));
            let mut sent = body(write);
            if let Some(secret) = sent.get_mut("signing_key") {
                *secret = "***".into();
            }
            assert_eq!(shown["body"], sent, "{operation} {table}");
        }
    }
}

#[tokio::test]
async fn what_is_so_already_is_shown_as_no_request() {
    let world = everything().await;
    let invitee = Account::of(&world).await.invitees.remove(0);
    world.simulator.clear_requests();
    let config = json!({ "invitee": invitee, "dryRun": true });
    let answer = world.answer("clearNoShow", config).await;
    assert_eq!(answer, json!({ "dryRun": true, "request": null }));
    let update = json!({
        "baseId": "me", "tableId": "invitees", "recordId": invitee, "dryRun": true,
        "fields": { "no_show": false },
    });
    let answer = world.answer("updateRecord", update).await;
    assert_eq!(answer, json!({ "dryRun": true, "request": null }));
    assert!(world.sent().iter().all(|line| line.starts_with("GET ")), "{:?}", world.sent());
}

#[tokio::test]
async fn what_could_not_be_sent_cannot_be_tried() {
    let world = everything().await;
    let event_type = world.simulator.event_type_uri("discovery call").unwrap();
    for (operation, config, code) in [
        (
            "createRecord",
            json!({ "baseId": "me", "tableId": "contacts", "fields": { "name": "x" } }),
            ErrorCode::InvalidInput,
        ),
        (
            // A question that has to be answered.
            "bookMeeting",
            json!({
                "eventType": event_type, "startTime": "2026-12-24T13:00:00Z", "name": "Ada",
                "email": "ada@example.com", "timezone": "UTC",
            }),
            ErrorCode::InvalidInput,
        ),
        (
            "deleteRecord",
            json!({ "baseId": "me", "tableId": "event_types", "recordId": "E1" }),
            ErrorCode::Unsupported,
        ),
        (
            "createRecord",
            json!({ "baseId": "user:other", "tableId": "contacts", "fields": {
                "name": "x", "email": "x@example.com",
            } }),
            ErrorCode::InvalidInput,
        ),
    ] {
        let mut tried = config.clone();
        tried["dryRun"] = true.into();
        let tried = world.run(operation, tried).await.unwrap_err();
        let done = world.run(operation, config.clone()).await.unwrap_err();
        assert_eq!(tried.code, code, "{operation} {config}");
        assert_eq!(
            (tried.code, tried.message, tried.violations),
            (done.code, done.message, done.violations),
            "{operation} {config}"
        );
    }
    assert!(world.sent().iter().all(|line| line.starts_with("GET ")), "{:?}", world.sent());
}
