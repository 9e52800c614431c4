//! From the authorize URL to the stored grant.

use host_harness::bindings::exports::sovrium::connector::oauth::AuthorizeRequest;
use host_harness::clock::Clock as _;
use host_harness::error::ErrorCode;
use host_harness::host::ConnectRequest;
use host_harness::simulator::{Decision, Person, decide};
use serde_json::json;

use crate::support::home::NOW_MS;
use crate::support::world::{EVERYTHING, World};
use crate::support::{MINUTE, value_of};

/// What is asked for when nobody says what for: reading.
const READING: &str = "users:read organizations:read groups:read availability:read \
                       event_types:read contacts:read scheduled_events:read locations:read \
                       meeting_recaps:read routing_forms:read shares:read webhooks:read";

fn request(scopes: &[&str], operations: &[&str], tables: &[&str]) -> ConnectRequest {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    ConnectRequest {
        scopes: owned(scopes),
        operations: owned(operations),
        tables: owned(tables),
        ..ConnectRequest::default()
    }
}

#[tokio::test]
async fn the_authorize_url_has_every_parameter_once() {
    let world = World::new().await;
    world.create(1, "Marketing").await;
    let pending = world.host.begin_connect(1, ConnectRequest::default()).await.unwrap();
    let url = &pending.url;
    assert!(url.starts_with("https://auth.calendly.com/oauth/authorize?"), "{url}");
    assert_eq!(value_of(url, "response_type"), "code");
    assert_eq!(value_of(url, "client_id"), "sim_client_7f3a");
    assert_eq!(value_of(url, "redirect_uri"), pending.redirect_uri);
    assert_eq!(value_of(url, "scope"), READING);
    assert_eq!(value_of(url, "code_challenge_method"), "S256");
    // 256 random bits in base64url, of which no two are alike.
    assert_eq!(value_of(url, "code_challenge").len(), 43);
    let state = value_of(url, "state");
    let (connection, random) = state.split_once('.').unwrap();
    assert_eq!((connection, random.len()), ("1", 43));
    assert_eq!(url.matches('&').count(), 6, "{url}");
    assert_eq!(pending.expires_at, NOW_MS + 10 * 60 * 1_000);
    let again = world.host.begin_connect(1, ConnectRequest::default()).await.unwrap();
    assert_ne!(value_of(&again.url, "state"), value_of(url, "state"));
    assert_ne!(value_of(&again.url, "code_challenge"), value_of(url, "code_challenge"));
    assert!(world.sent().is_empty(), "{:?}", world.sent());
}

#[tokio::test]
async fn scopes_are_asked_for_in_either_vocabulary_and_no_more_than_needed() {
    let world = World::new().await;
    world.create(1, "Marketing").await;
    let cases = [
        (request(&["schema.bases:read"], &[], &[]), "users:read organizations:read groups:read"),
        (
            request(&["data.records:read"], &[], &[]),
            // Nothing of what needs the Enterprise plan.
            "availability:read organizations:read event_types:read contacts:read groups:read \
             scheduled_events:read locations:read meeting_recaps:read routing_forms:read \
             shares:read users:read webhooks:read",
        ),
        (
            request(&["data.records:read"], &[], &["activity_log", "routing_forms"]),
            "users:read activity_log:read routing_forms:read",
        ),
        (
            request(&["data.records:write"], &[], &[]),
            "users:read availability:write contacts:write event_types:write \
             scheduled_events:write meeting_recaps:write organizations:write \
             scheduling_links:write shares:write webhooks:write",
        ),
        (request(&["data.records:write"], &[], &["contacts"]), "users:read contacts:write"),
        (
            request(&["webhook:manage"], &[], &[]),
            "users:read webhooks:read webhooks:write scheduled_events:read event_types:read \
             contacts:read routing_forms:read meeting_recaps:read",
        ),
        (request(&["shares:read"], &[], &[]), "users:read shares:read"),
        (request(&[], &["calendly.queryRecords"], &["contacts"]), "users:read contacts:read"),
        (
            request(&[], &["calendly.createRecord"], &["invitees"]),
            // The event type's rules are read before a booking.
            "users:read scheduled_events:write scheduled_events:read event_types:read",
        ),
        (request(&[], &["calendly.listBases"], &[]), "users:read organizations:read groups:read"),
    ];
    for (request, expected) in cases {
        let pending = world.host.begin_connect(1, request.clone()).await.unwrap();
        assert_eq!(pending.scopes.join(" "), expected, "{request:?}");
        assert_eq!(value_of(&pending.url, "scope"), expected, "{request:?}");
    }
}

#[tokio::test]
async fn a_request_for_what_does_not_exist_is_refused_with_everything_that_is_wrong() {
    let world = World::new().await;
    world.create(1, "Marketing").await;
    let mut wrong = request(&["users:write"], &["calendly.dropTable"], &["tblDEF456"]);
    wrong.redirect_uri = Some("http://example.com/callback".to_owned());
    let error = world.host.begin_connect(1, wrong).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidInput);
    let pointers: Vec<_> = error.violations.iter().map(|one| &*one.pointer).collect();
    assert_eq!(pointers, ["/tables/0", "/operations/0", "/scopes/0", "/redirectUri"]);
}

#[tokio::test]
async fn a_completed_authorization_is_stored_with_owner_organization_and_scopes() {
    let world = World::new().await;
    world.create(1, "Marketing").await;
    let view = world.connect(1, EVERYTHING).await;
    assert_eq!(view.state, "connected");
    let grant = view.grant.unwrap();
    assert_eq!(grant.owner, Some(world.simulator.user_uri(Person::Owner)));
    assert_eq!(grant.organization, Some(world.simulator.organization_uri()));
    assert!(grant.scopes.iter().any(|scope| scope == "contacts:write"), "{grant:?}");
    assert_eq!(grant.obtained_at, NOW_MS);
    assert_eq!(grant.access_expires_at, Some(NOW_MS + 7_200_000));
    let account = world.host.test(1).await.unwrap();
    assert_eq!(Some(account.uri), grant.owner);
    assert_eq!(Some(account.organization), grant.organization);
    assert_eq!(account.timezone, "Europe/Berlin");
}

#[tokio::test]
async fn scopes_that_the_person_declined_are_reported_as_missing() {
    let world = World::new().await;
    world.create(1, "Marketing").await;
    let request = request(EVERYTHING, &[], &[]);
    let context = || world.host.context(Some(1), MINUTE);
    let row = world.host.store().connection(1).await.unwrap().unwrap();
    let ask = AuthorizeRequest {
        redirect_uri: None,
        scopes: request.scopes,
        operations: Vec::new(),
        tables: Vec::new(),
    };
    let component = world.host.component();
    let pending = component.authorize(context(), row.connection.clone(), ask).await;
    let pending = pending.unwrap().unwrap();
    let only = ["users:read", "contacts:write"].map(str::to_owned).to_vec();
    let url = world.simulator.map(&pending.url);
    let callback = decide(&url, Decision::AllowOnly(only)).await.unwrap();
    let summary = component.exchange(context(), row.connection, pending.pending, callback).await;
    let summary = summary.unwrap().unwrap();
    assert_eq!(summary.scopes, ["users:read", "contacts:write"]);
    // Writing contacts includes reading them, so only the rest is missing.
    let missing = "organizations:read groups:read availability:read event_types:read \
                   scheduled_events:read locations:read meeting_recaps:read routing_forms:read \
                   shares:read webhooks:read availability:write event_types:write \
                   scheduled_events:write meeting_recaps:write organizations:write \
                   scheduling_links:write shares:write webhooks:write";
    assert_eq!(summary.missing_scopes.join(" "), missing);
}

#[tokio::test]
async fn what_a_grant_lacks_is_named_when_it_is_needed() {
    let world = World::new().await;
    world.create(1, "Marketing").await;
    let only = Decision::AllowOnly(vec!["users:read".to_owned(), "contacts:read".to_owned()]);
    let callback = world.callback(1, EVERYTHING, only).await;
    let view = world.host.finish_connect(&callback).await.unwrap();
    assert_eq!(view.grant.unwrap().scopes, ["users:read", "contacts:read"]);
    let fields = json!({ "Name": "John Doe", "Email": "john@example.com" });
    let create = json!({ "baseId": "me", "tableId": "contacts", "fields": fields });
    let error = world.run("createRecord", create).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::InsufficientScope);
    let detail = error.detail.unwrap();
    assert_eq!(detail["required"], json!(["contacts:write"]));
    assert_eq!(detail["granted"], json!(["users:read", "contacts:read"]));
    assert_eq!(detail["missing"], json!(["contacts:write"]));
    assert!(error.next_step.contains("contacts:write"), "{}", error.next_step);
    // It is no reason to distrust the grant.
    assert_eq!(world.connection(1).await.state, "connected");
}

#[tokio::test]
async fn a_flow_begun_before_a_restart_ends_after_it() {
    let world = World::new().await;
    world.create(1, "Marketing").await;
    let callback = world.callback(1, EVERYTHING, Decision::Allow).await;
    let restarted = world.another_host().await;
    let view = restarted.finish_connect(&callback).await.unwrap();
    assert_eq!(view.state, "connected");
    // The process that began it knows that it is over.
    let replay = world.host.finish_connect(&callback).await.unwrap_err();
    assert_eq!(replay.detail.unwrap()["reason"], "replayed");
}

#[tokio::test]
async fn connecting_takes_one_request_and_waits_for_nothing() {
    let world = World::new().await;
    world.create(1, "Marketing").await;
    world.connect(1, EVERYTHING).await;
    assert_eq!(world.token_requests(), 1);
    assert_eq!(world.home.clock.now_ms(), NOW_MS);
}
