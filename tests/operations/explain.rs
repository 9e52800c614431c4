//! What a query's plan says is what the query then sends, and it is as little as there can be.

use host_harness::simulator::{Person, RecordedRequest};
use serde_json::{Value, json};

use crate::capabilities;
use crate::support::pairs;
use crate::support::world::World;

const API: &str = "https://api.calendly.com";
const DEFINITIONS: &str = "/contacts/custom_field_definitions";

/// A query, and how many requests it takes at least.
struct Case {
    base: &'static str,
    table: &'static str,
    more: Value,
    least: usize,
}

fn case(base: &'static str, table: &'static str, more: Value, least: usize) -> Case {
    Case { base, table, more, least }
}

fn test(field: &str, operator: &str, value: impl Into<Value>) -> Value {
    json!({ "field": field, "operator": operator, "value": value.into() })
}

fn filter(filter: Value) -> Value {
    json!({ "filter": filter, "pageSize": 1_000 })
}

fn all(tests: &[Value]) -> Value {
    filter(json!({ "and": tests }))
}

/// The account of the tests: 240 contacts; 60 events, all in the organization, each with invitees;
/// two members; six event types.
fn cases(world: &World, event: &str, contact: &str, form: &str) -> Vec<Case> {
    let event_type = world.simulator.event_type_uri("30 Minute Meeting").unwrap();
    let whole = || json!({ "pageSize": 1_000 });
    let (after, before) = ("2026-11-24T00:00:00Z", "2026-12-04T00:00:00Z");
    vec![
        // No more than the page that is asked for.
        case("me", "contacts", json!({ "fields": ["name"], "pageSize": 10 }), 1),
        // 240 in pages of 100.
        case("me", "contacts", json!({ "fields": ["name"], "pageSize": 1_000 }), 3),
        // The same, and once which fields there are.
        case("me", "contacts", filter(test("Status", "equals", "Active")), 4),
        // One of those lists of values that Calendly takes; sorted here.
        case(
            "me",
            "contacts",
            json!({
                "fields": ["city", "name"], "sort": [{ "field": "city" }, { "field": "name" }],
                "filter": test("country", "in", json!(["DE", "FR"])), "pageSize": 5,
            }),
            1,
        ),
        // Three things that Calendly does itself.
        case(
            "organization",
            "scheduled_events",
            json!({
                "filter": { "and": [
                    test("status", "equals", "active"),
                    test("start_time", "greaterThanOrEqual", after),
                ] },
                "sort": [{ "field": "start_time", "direction": "desc" }],
                "pageSize": 5,
            }),
            1,
        ),
        // 60 in a page of 100, although the connector filters.
        case("organization", "scheduled_events", filter(test("name", "contains", "call")), 1),
        case("me", "event_types", all(&[test("active", "equals", true)]), 1),
        // Pages of 20 events, 60 of them, each read once.
        case("organization", "invitees", whole(), 3 + 60),
        // Named by its event: nothing else is read.
        case("me", "invitees", filter(test("event", "equals", event)), 1),
        // Calendly has it by e-mail address, status and role.
        case(
            "organization",
            "organization_memberships",
            filter(test("role", "equals", "owner")),
            1,
        ),
        case(
            "organization",
            "organization_invitations",
            all(&[test("status", "equals", "pending"), test("email", "isNotNull", Value::Null)]),
            1,
        ),
        case("organization", "groups", whole(), 1),
        case("organization", "group_relationships", whole(), 1),
        // One form's, and all forms' below a page of forms.
        case(
            "organization",
            "routing_form_submissions",
            filter(test("routing_form", "equals", form)),
            1,
        ),
        // One status of three, and all three.
        case("me", "meeting_recaps", filter(test("status", "equals", "Available")), 1),
        case("me", "meeting_recaps", whole(), 3),
        // 31 days at once, and 7.
        case(
            "me",
            "available_times",
            all(&[
                test("event_type", "equals", event_type.clone()),
                test("start_time", "lessThan", before),
            ]),
            1,
        ),
        case("me", "busy_times", filter(test("start_time", "lessThan", before)), 2),
        case("me", "webhook_subscriptions", whole(), 1),
        case(
            "organization",
            "activity_log",
            filter(test("occurred_at", "greaterThan", "2026-11-01T00:00:00Z")),
            1,
        ),
        // Those of each of the two members, who are listed first.
        case("organization", "availability_schedules", whole(), 1 + 2),
        // Ten contacts at once: 240 in pages of 20.
        case("me", "contact_notes", filter(test("contact", "equals", contact)), 1),
        case("me", "contact_notes", whole(), 12 + 24),
        case("me", "event_type_hosts", filter(test("event_type", "equals", event_type)), 1),
        case("me", "users", whole(), 1),
        case("organization", "users", whole(), 1),
        case("me", "shares", whole(), 1),
        case("organization", "outgoing_communications", whole(), 1),
    ]
}

/// Whether a request is the one that a plan shows. What lies below something else is shown below
/// `ID`.
fn is_shown(request: &RecordedRequest, shown: &Value) -> bool {
    let url = shown["url"].as_str().unwrap().strip_prefix(API).unwrap();
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let same = |sent: &str, shown: &str| match shown
        .strip_prefix(API)
        .unwrap_or(shown)
        .split_once("/ID")
    {
        None => sent == shown,
        Some((before, after)) => {
            let rest = sent.strip_prefix(API).unwrap_or(sent).strip_prefix(before);
            rest.and_then(|rest| rest.strip_prefix('/')?.strip_suffix(after))
                .is_some_and(|id| !id.is_empty() && !id.contains('/'))
        }
    };
    let mut sent = pairs(&request.query);
    sent.retain(|(name, _)| name != "page_token");
    // A few are asked for together where Calendly takes a few.
    sent.dedup_by(|left, right| left.0 == right.0 && left.0 == "contact");
    let shown = pairs(query);
    same(&request.path, path)
        && sent.len() == shown.len()
        && sent.iter().zip(&shown).all(|((name, value), (shown_name, shown_value))| {
            name == shown_name && same(value, shown_value)
        })
}

#[tokio::test]
async fn the_plan_is_what_is_then_sent() {
    let world = World::connected_with_scopes(
        |options| options.requests_per_minute = Some(0),
        capabilities::SCOPES,
    )
    .await;
    let organization = world.simulator.organization_uri();
    let first = async |path: String| {
        let found = world.look(&path).await["collection"][0]["uri"].take();
        found.as_str().unwrap().to_owned()
    };
    let user = world.simulator.user_uri(Person::Owner);
    let event = first(format!("/scheduled_events?user={user}")).await;
    let note = json!({ "baseId": "me", "tableId": "contact_notes", "pageSize": 1 });
    let note = world.answer("queryRecords", note).await;
    let contact = note["records"][0]["fields"]["contact"].as_str().unwrap().to_owned();
    let form = first(format!("/routing_forms?organization={organization}")).await;

    let mut wrong = Vec::new();
    for case in cases(&world, &event, &contact, &form) {
        wrong.extend(differences(&world, &case).await);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What a query sends otherwise than its plan says.
async fn differences(world: &World, case: &Case) -> Vec<String> {
    let Case { base, table, more, least } = case;
    let mut config = json!({ "baseId": base, "tableId": table });
    config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let mut explained = config.clone();
    explained["explain"] = true.into();
    world.simulator.clear_requests();
    let mut plan = world.answer("queryRecords", explained).await;
    let sent = world.simulator.requests();
    assert!(sent.iter().all(|one| one.path == DEFINITIONS), "{config}: {sent:?}");
    assert_eq!(plan["records"], json!([]));
    let plan = plan["plan"].take();

    world.simulator.clear_requests();
    let page = world.answer("queryRecords", config.clone()).await;
    assert!(!page["records"].as_array().unwrap().is_empty(), "{config}");
    let requests = world.simulator.requests();
    assert!(requests.iter().all(|request| request.status == Some(200)), "{requests:?}");
    let mut wrong = Vec::new();
    if requests.len() != *least {
        wrong.push(format!("{config}: {} requests, not {least}", requests.len()));
    }
    let shown = plan["requests"].as_array().unwrap();
    let reads: Vec<_> = requests.iter().filter(|one| one.path != DEFINITIONS).collect();
    for request in &reads {
        let line = format!("{}?{}", request.path, request.query);
        let Some(found) = shown.iter().find(|shown| is_shown(request, shown)) else {
            wrong.push(format!("{config}: {line} is not in the plan: {shown:#?}"));
            continue;
        };
        let each = found["each"].as_str().unwrap();
        if line.contains("page_token=") && !each.starts_with("each page") {
            wrong.push(format!("{config}: {line} is a page, but said to be {each}"));
        }
    }
    for shown in shown {
        if !reads.iter().any(|request| is_shown(request, shown)) {
            wrong.push(format!("{config}: {shown} was not sent, but {:#?}", world.sent()));
        }
    }
    let most = plan["mostRequests"].as_u64().unwrap();
    if reads.len() as u64 > most {
        wrong.push(format!("{config}: {} requests, but {most} at most", reads.len()));
    }
    assert_eq!(plan["mostRecords"], 10_000);
    wrong
}

#[tokio::test]
async fn what_calendly_does_and_what_is_done_here_is_said() {
    let world = World::connected().await;
    let email = test("email", "equals", "a@example.com");
    for (base, table, more, pushed, here, order) in [
        (
            "organization",
            "scheduled_events",
            json!({
                "filter": { "and": [
                    test("status", "equals", "active"),
                    test("name", "contains", "call"),
                    { "or": [test("invitees_total", "equals", 1), test("status", "equals", "x")] },
                ] },
                "sort": [{ "field": "start_time" }],
            }),
            vec!["/config/filter/and/0"],
            vec!["/config/filter/and/1", "/config/filter/and/2/or/0", "/config/filter/and/2/or/1"],
            "by Calendly",
        ),
        (
            "me",
            "contacts",
            json!({ "filter": email, "sort": [{ "field": "name" }] }),
            vec!["/config/filter"],
            vec![],
            "here, of all records",
        ),
        ("me", "groups", json!({}), vec![], vec![], "as it comes"),
        (
            "me",
            "contacts",
            json!({ "filter": test("Status", "equals", "Active") }),
            vec![],
            vec!["/config/filter"],
            "as it comes",
        ),
    ] {
        let base = if table == "groups" { "organization" } else { base };
        let mut config = json!({ "baseId": base, "tableId": table, "explain": true });
        config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = world.answer("queryRecords", config.clone()).await;
        let plan = &answer["plan"];
        assert_eq!(plan["pushed"], json!(pushed), "{config}");
        assert_eq!(plan["checkedHere"], json!(here), "{config}");
        assert_eq!(plan["order"], order, "{config}");
        assert_eq!((&answer["records"], &answer["cursor"]), (&json!([]), &Value::Null));
    }
}

#[tokio::test]
async fn a_query_that_is_refused_is_not_explained() {
    let world = World::connected().await;
    let config = json!({
        "baseId": "me", "tableId": "event_types", "explain": true,
        "filter": test("nothing", "equals", 1), "sort": [{ "field": "locations" }],
    });
    let explained = world.run("queryRecords", config.clone()).await.unwrap_err();
    let mut plain = config;
    plain["explain"] = false.into();
    let refused = world.run("queryRecords", plain).await.unwrap_err();
    assert_eq!((explained.code, &explained.violations), (refused.code, &refused.violations));
    assert_eq!(explained.violations.len(), 2, "{:?}", explained.violations);
    assert!(world.sent().is_empty());
}
