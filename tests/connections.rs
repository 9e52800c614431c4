//! The three acceptance scenarios of the connection, and its states with what a person can do in
//! each: the compiled component in a host, against the simulator.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::needless_pass_by_value,
    clippy::panic,
    reason = "a test stops at the first surprise, and `json!` makes values"
)]

mod support;

use host_harness::error::ErrorCode;
use host_harness::host::{ConnectRequest, ConnectionView};
use host_harness::simulator::{Decision, Simulator, decide};
use serde_json::{Value, json};

use crate::support::world::{EVERYTHING, World, document};
use crate::support::{value_of, violations};

/// The example of the document that describes the connection, word for word.
const EXAMPLE: &str = r#"{
  "type": "calendly",
  "id": 1,
  "name": "Marketing Calendly Workspace",
  "clientId": "calendly_client_xyz789",
  "clientSecret": "secret_calendly_abc123"
}"#;

const DAY_S: u64 = 24 * 60 * 60;

/// State, user actions, and the platform's status and row action.
fn shown(view: &ConnectionView) -> (&str, &[&'static str], (&str, &str)) {
    let platform = (view.platform.status, view.platform.row_action);
    (view.state, &view.user_actions, platform)
}

const CONFIGURED: (&str, &[&str], (&str, &str)) =
    ("configured", &["connect"], ("expired", "connect"));
const CONNECTED: (&str, &[&str], (&str, &str)) =
    ("connected", &["disconnect", "test"], ("active", "disconnect"));
const DISCONNECTED: (&str, &[&str], (&str, &str)) =
    ("disconnected", &["reconnect"], ("expired", "reconnect"));
const ERROR: (&str, &[&str], (&str, &str)) =
    ("error", &["update-credentials", "reconnect"], ("expired", "reconnect"));

/// The document of a valid connection with one property replaced, or left out.
fn with(property: &str, value: Option<Value>) -> String {
    let mut document: Value = serde_json::from_str(EXAMPLE).unwrap();
    let members = document.as_object_mut().unwrap();
    match value {
        Some(value) => members.insert(property.to_owned(), value),
        None => members.remove(property),
    };
    document.to_string()
}

#[tokio::test]
async fn conn_calendly_001_create_calendly_connection_with_valid_oauth_credentials() {
    let world = World::new().await;
    assert_eq!(world.host.validate(EXAMPLE).await.unwrap(), []);
    let created = world.host.create_connection(EXAMPLE).await.unwrap();
    assert_eq!(created.id, 1);
    assert_eq!(created.name, "Marketing Calendly Workspace");
    assert_eq!(shown(&created), CONFIGURED);
    assert_eq!(created.grant, None);
    let mut masked: Value = serde_json::from_str(EXAMPLE).unwrap();
    masked["clientSecret"] = "***".into();
    assert_eq!(created.configuration, masked);
    assert_eq!(world.host.connections().await.unwrap(), [created]);
    assert!(world.sent().is_empty(), "{:?}", world.sent());

    // The OAuth flow can be initiated, and leads to a connection that works.
    let redirect_uri = "https://yourdomain.com/oauth/calendly/callback";
    let request =
        ConnectRequest { redirect_uri: Some(redirect_uri.to_owned()), ..ConnectRequest::default() };
    let pending = world.host.begin_connect(1, request).await.unwrap();
    let (endpoint, _) = pending.url.split_once('?').unwrap();
    assert_eq!(endpoint, "https://auth.calendly.com/oauth/authorize");
    assert_eq!(value_of(&pending.url, "client_id"), Simulator::EXAMPLE_CLIENT_ID);
    assert_eq!(value_of(&pending.url, "redirect_uri"), redirect_uri);
    let url = world.simulator.map(&pending.url);
    let callback = decide(&url, Decision::Allow).await.unwrap();
    let connected = world.host.finish_connect(&callback).await.unwrap();
    assert_eq!(shown(&connected), CONNECTED);
    assert!(world.host.test(1).await.unwrap().email.contains('@'));
}

#[tokio::test]
async fn conn_calendly_002_reject_calendly_connection_with_invalid_credentials() {
    let world = World::new().await;
    let id = "ID must be a positive integer";
    let name = "Connection name must be at least 1 character";
    let secret = "Client secret is required and cannot be empty";
    let kind = "Type must be exactly 'calendly'";
    let cases = [
        ("clientId", Some(json!("")), "Client ID must be at least 1 character"),
        ("clientId", None, "Client ID is required"),
        ("clientId", Some(json!(7)), "Client ID must be a text"),
        ("clientSecret", Some(json!("")), secret),
        ("clientSecret", None, secret),
        (
            "clientSecret",
            Some(json!("***")),
            "Client secret must be the secret itself, not its mask ***",
        ),
        ("clientSecret", Some(json!(null)), "Client secret must be a text"),
        ("id", Some(json!(0)), id),
        ("id", Some(json!(-1)), id),
        ("id", Some(json!(1.5)), id),
        ("id", Some(json!("1")), id),
        ("id", Some(json!(9_007_199_254_740_992_u64)), "ID must not exceed 9007199254740991"),
        ("id", None, "ID is required"),
        ("name", Some(json!("")), name),
        ("name", Some(json!(" \t\u{3000}")), name),
        ("name", Some(json!("x".repeat(101))), "Connection name must not exceed 100 characters"),
        ("name", None, "Connection name is required"),
        ("type", Some(json!("Calendly")), kind),
        ("type", Some(json!("calendly-connection")), kind),
        ("type", None, "Type is required"),
    ];
    for (property, value, message) in cases {
        let document = with(property, value);
        let error = world.host.create_connection(&document).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidConnection, "{document}");
        assert_eq!(error.platform_code, Some("validation_failed"));
        let pointer = format!("/{property}");
        assert_eq!(violations(&error), [(&*pointer, message)], "{document}");
        let found = world.host.validate(&document).await.unwrap();
        assert_eq!(found, error.violations, "{document}");
    }
    assert_eq!(world.host.connections().await.unwrap(), []);
    assert!(world.sent().is_empty(), "{:?}", world.sent());
}

#[tokio::test]
async fn conn_calendly_002_reject_a_document_with_all_its_violations_at_once() {
    let world = World::new().await;
    world.create(1, "Taken").await;
    let document = json!({
        "type": "airtable",
        "id": 1,
        "name": "Taken",
        "clientId": "",
        "clientSecret": "",
        "scopes": ["everything"],
        "redirectUri": "http://example.com/",
        "token": "t",
    });
    let error = world.host.create_connection(&document.to_string()).await;
    let error = error.unwrap_err();
    let pointers: Vec<_> = violations(&error).into_iter().map(|(pointer, _)| pointer).collect();
    let expected = [
        "/clientId",
        "/clientSecret",
        "/id",
        "/name",
        "/redirectUri",
        "/scopes/0",
        "/token",
        "/type",
    ];
    assert_eq!(pointers, expected);
    let unique = |pointer| (pointer, "unique");
    let rules = error.violations.iter().map(|violation| (&*violation.pointer, &*violation.rule));
    let taken: Vec<_> = rules.filter(|(_, rule)| *rule == "unique").collect();
    assert_eq!(taken, [unique("/id"), unique("/name")]);
    for text in ["", "{", "[]", "\u{0}", "{\"id\": 1"] {
        let error = world.host.create_connection(text).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidConnection, "{text}");
        assert_eq!(violations(&error).len(), 1, "{text}");
    }
    assert_eq!(world.host.connections().await.unwrap().len(), 1);
}

#[tokio::test]
async fn conn_calendly_002_reject_an_id_or_a_name_that_is_taken() {
    let world = World::new().await;
    world.create(1, "Marketing").await;
    let same_id = world.host.create_connection(&document(1, "Sales")).await;
    let same_id = same_id.unwrap_err();
    let unique_id = ("/id", "Connection ID must be unique");
    assert_eq!(violations(&same_id), [unique_id]);
    let same_name = world.host.create_connection(&document(2, "Marketing")).await;
    let same_name = same_name.unwrap_err();
    let unique_name = ("/name", "Connection name must be unique");
    assert_eq!(violations(&same_name), [unique_name]);
    let connections = world.host.connections().await.unwrap();
    let names: Vec<_> = connections.iter().map(|one| (one.id, &*one.name)).collect();
    assert_eq!(names, [(1, "Marketing")]);
}

#[tokio::test]
async fn conn_calendly_002_reject_an_invalid_client_secret_when_connecting() {
    let world = World::new().await;
    let mut wrong: Value = serde_json::from_str(&document(1, "Marketing")).unwrap();
    wrong["clientSecret"] = "rotated since".into();
    let created = world.host.create_connection(&wrong.to_string()).await;
    assert_eq!(shown(&created.unwrap()), CONFIGURED);

    let callback = world.callback(1, &[], Decision::Allow).await;
    let refused = world.host.finish_connect(&callback).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::InvalidClient);
    assert_eq!(refused.platform_code, Some("connection_misconfigured"));
    assert_eq!(refused.next_step, "Update the connection's credentials, then re-connect.");
    assert_eq!(refused.detail.unwrap()["error"], "invalid_client");
    let view = world.connection(1).await;
    assert_eq!(shown(&view), ERROR);
    assert_eq!(view.grant, None);
    assert_eq!(view.last_error.unwrap().code, "invalid-client");

    // The prompt is to update the credentials, which mends it.
    let secret = json!({ "clientSecret": Simulator::CLIENT_SECRET });
    let mended = world.host.change_connection(1, &secret.to_string()).await;
    assert_eq!(shown(&mended.unwrap()), CONFIGURED);
    assert_eq!(shown(&world.connect(1, &[]).await), CONNECTED);
}

#[tokio::test]
async fn conn_calendly_002_reject_an_invalid_client_id_when_connecting() {
    let world = World::new().await;
    let mut unknown: Value = serde_json::from_str(&document(1, "Marketing")).unwrap();
    unknown["clientId"] = "nobody".into();
    let created = world.host.create_connection(&unknown.to_string()).await;
    created.unwrap();
    // The person sees the service's own page; the app may also be told so.
    let url = world.begin(1, &[]).await;
    let page = decide(&url, Decision::Allow).await.unwrap_err();
    assert!(page.to_string().contains("not registered"), "{page}");
    let state = value_of(&url, "state");
    let callback = format!("?error=unauthorized_client&state={state}");
    let refused = world.host.finish_connect(&callback).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::InvalidClient);
    assert_eq!(shown(&world.connection(1).await), ERROR);
}

#[tokio::test]
async fn conn_calendly_003_update_calendly_connection_name() {
    let world = World::connected().await;
    world.create(2, "Sales").await;
    let store = world.host.store();
    let row = store.connection(1).await.unwrap().unwrap();
    let grant = store.grant(1).await.unwrap();

    let renamed = world.host.rename_connection(1, "Märketing 🚀").await.unwrap();
    assert_eq!(renamed.name, "Märketing 🚀");
    assert_eq!(renamed.configuration["name"], "Märketing 🚀");
    assert_eq!(shown(&renamed), CONNECTED);

    // Credentials, state and tokens are what they were, and work.
    let after = store.connection(1).await.unwrap().unwrap();
    assert_eq!(after.connection.client_secret, row.connection.client_secret);
    assert_eq!(after.connection.client_id, row.connection.client_id);
    assert_eq!(after.connection.redirect_uri, row.connection.redirect_uri);
    assert_eq!(after.state, row.state);
    assert_eq!(store.grant(1).await.unwrap(), grant);
    world.host.test(1).await.unwrap();
    assert_eq!(world.sent(), ["GET /users/me"]);
}

#[tokio::test]
async fn conn_calendly_003_update_refuses_a_name_that_is_invalid_or_taken() {
    let world = World::connected().await;
    world.create(2, "Sales").await;
    let long = "x".repeat(101);
    for (name, message) in [
        ("", "Connection name must be at least 1 character"),
        ("  ", "Connection name must be at least 1 character"),
        (&long, "Connection name must not exceed 100 characters"),
        ("Sales", "Connection name must be unique"),
    ] {
        let error = world.host.rename_connection(1, name).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidConnection, "{name}");
        assert_eq!(violations(&error), [("/name", message)], "{name}");
    }
    assert_eq!(world.connection(1).await.name, "Marketing");
    // Its own name is not taken.
    let same = world.host.rename_connection(1, "Marketing").await.unwrap();
    assert_eq!(same.name, "Marketing");
    let unknown = world.host.rename_connection(7, "Support").await;
    let unknown = unknown.unwrap_err();
    assert_eq!(unknown.code, ErrorCode::NotFound);
    assert_eq!(unknown.platform_code, Some("connection_not_found"));
}

#[tokio::test]
async fn id_and_type_never_change() {
    let world = World::new().await;
    world.create(1, "Marketing").await;
    let changes = r#"{"id": 2, "type": "airtable", "name": ""}"#;
    let error = world.host.change_connection(1, changes).await.unwrap_err();
    let expected = [
        ("/id", "ID is immutable and cannot be changed"),
        ("/name", "Connection name must be at least 1 character"),
        ("/type", "Connection type cannot be changed. Create a new connection instead."),
    ];
    assert_eq!(violations(&error), expected);
    let same = r#"{"id": 1, "type": "calendly", "name": "Sales"}"#;
    let renamed = world.host.change_connection(1, same).await.unwrap();
    assert_eq!((renamed.id, &*renamed.name), (1, "Sales"));
}

#[tokio::test]
async fn every_state_offers_the_actions_of_the_documents_table() {
    let world = World::new().await;
    assert_eq!(shown(&world.create(1, "Marketing").await), CONFIGURED);
    // Beginning changes nothing yet.
    let callback = world.callback(1, EVERYTHING, Decision::Allow).await;
    assert_eq!(shown(&world.connection(1).await), CONFIGURED);
    let connected = world.host.finish_connect(&callback).await.unwrap();
    assert_eq!(shown(&connected), CONNECTED);

    let disconnected = world.host.disconnect(1).await.unwrap().connection;
    assert_eq!(shown(&disconnected), DISCONNECTED);
    assert_eq!(disconnected.grant, None);
    assert_eq!(shown(&world.connect(1, EVERYTHING).await), CONNECTED);

    // The account's owner withdraws the grant; the next use finds out.
    world.simulator.revoke_grants();
    let refused = world.host.test(1).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::ReauthorizationRequired);
    let view = world.connection(1).await;
    assert_eq!(shown(&view), ERROR);
    assert_eq!(view.last_error.unwrap().code, "reauthorization-required");
    let again = world.connect(1, EVERYTHING).await;
    assert_eq!(shown(&again), CONNECTED);
    assert_eq!(again.last_error, None);

    // Both ways out of an error: the other one is to update the credentials.
    world.simulator.revoke_grants();
    world.host.test(1).await.unwrap_err();
    let secret = json!({ "clientSecret": Simulator::CLIENT_SECRET });
    let updated = world.host.change_connection(1, &secret.to_string()).await;
    assert_eq!(shown(&updated.unwrap()), CONFIGURED);
}

#[tokio::test]
async fn what_a_state_does_not_offer_is_refused_by_name() {
    let world = World::new().await;
    world.create(1, "Marketing").await;
    let refusal = |error: host_harness::error::HostError| {
        assert_eq!(error.code, ErrorCode::Conflict, "{error:?}");
        (error.message, error.next_step)
    };
    let refused = |message: &str, next: &str| {
        let next = format!("What can be done now: {next}.");
        (message.to_owned(), next)
    };
    let test = refusal(world.host.test(1).await.unwrap_err());
    let expected = "A connection that is configured cannot be tested.";
    assert_eq!(test, refused(expected, "Connect"));
    let disconnect = refusal(world.host.disconnect(1).await.unwrap_err());
    let expected = "A connection that is configured cannot be disconnected.";
    assert_eq!(disconnect, refused(expected, "Connect"));

    world.connect(1, EVERYTHING).await;
    let grant = world.host.store().grant(1).await.unwrap();
    let connect = world.host.begin_connect(1, ConnectRequest::default());
    let expected = "A connection that is connected cannot begin to connect.";
    let connect = refusal(connect.await.unwrap_err());
    assert_eq!(connect, refused(expected, "Disconnect, Test"));
    for changes in [r#"{"clientSecret": "new"}"#, r#"{"clientId": "new"}"#] {
        let update = world.host.change_connection(1, changes).await;
        let expected = "A connection that is connected cannot have its credentials updated.";
        let update = refusal(update.unwrap_err());
        assert_eq!(update, refused(expected, "Disconnect, Test"));
    }
    // The mask stands for the secret there is.
    let masked = r#"{"clientSecret": "***", "name": "Sales"}"#;
    world.host.change_connection(1, masked).await.unwrap();
    assert_eq!(world.host.store().grant(1).await.unwrap(), grant);
    world.host.test(1).await.unwrap();

    world.host.disconnect(1).await.unwrap();
    let test = refusal(world.host.test(1).await.unwrap_err());
    let expected = "A connection that is disconnected cannot be tested.";
    assert_eq!(test, refused(expected, "Re-connect"));
}

#[tokio::test]
async fn the_platform_calls_it_active_while_its_refresh_token_lives() {
    let world = World::connected().await;
    // The access token is long over, which is no reason for concern.
    world.advance(3 * 60 * 60);
    assert_eq!(shown(&world.connection(1).await), CONNECTED);
    // 90 days is what the document says where the service says nothing.
    let grant = world.connection(1).await.grant.unwrap();
    assert_eq!(world.connection(1).await.warning, None);
    let lifetime = grant.refresh_expires_at.unwrap() - grant.obtained_at;
    assert_eq!(lifetime, 90 * DAY_S * 1_000);

    world.advance(83 * DAY_S - 3 * 60 * 60);
    let soon = world.connection(1).await;
    assert_eq!(soon.platform.status, "expiring-soon");
    assert_eq!(soon.platform.row_action, "disconnect");
    let warning = soon.warning.unwrap();
    assert!(warning.starts_with("The known lifetime of its refresh token ends at 2027-02-22T"));
    // A use renews the tokens, and with them the time.
    world.host.test(1).await.unwrap();
    assert_eq!(shown(&world.connection(1).await), CONNECTED);

    world.advance(90 * DAY_S);
    let over = world.connection(1).await;
    assert_eq!(over.platform.status, "expired");
    let warning = over.warning.unwrap();
    assert!(warning.starts_with("The known lifetime of its refresh token ended at "), "{warning}");
    // The one thing, besides a test, that can be done while the state is connected.
    assert_eq!(over.platform.row_action, "disconnect");
}

#[tokio::test]
async fn a_removed_connection_is_gone_and_its_id_can_be_used_again() {
    let world = World::connected().await;
    let removed = world.host.remove_connection(1).await.unwrap();
    assert_eq!((removed.id, &*removed.name), (1, "Marketing"));
    assert_eq!(world.host.connections().await.unwrap(), []);
    let error = world.host.connection(1).await.unwrap_err();
    assert_eq!(error.platform_code, Some("connection_not_found"));
    let run = world.run("listBases", json!({})).await.unwrap_err();
    assert_eq!(run.code, ErrorCode::NotFound);

    let created = world.create(1, "Marketing").await;
    assert_eq!(shown(&created), CONFIGURED);
    assert_eq!(created.grant, None);
    let run = world.run("listBases", json!({})).await.unwrap_err();
    assert_eq!(run.code, ErrorCode::ReauthorizationRequired);
}

#[tokio::test]
async fn what_is_stored_survives_a_restart() {
    let world = World::connected().await;
    world.host.rename_connection(1, "Sales").await.unwrap();
    let before = world.connection(1).await;
    let restarted = world.another_host().await;
    assert_eq!(restarted.connection(1).await.unwrap(), before);
    // Nobody is there to consent: a background run has its token all the same.
    let action = r#"{"action": "calendly.listBases", "connection": 1, "config": {}}"#;
    restarted.run(action, support::MINUTE).await.unwrap();
}
