//! A personal access token as the other way to connect: from its sealing to the hand that has to
//! delete it, and over to OAuth and back without losing the connection.

use std::fs;

use host_harness::error::ErrorCode;
use host_harness::host::{ConnectRequest, ConnectionView};
use host_harness::simulator::{Fault, Person, Simulator};
use serde_json::json;

use crate::support::world::{EVERYTHING, World};

const DAY_S: u64 = 24 * 60 * 60;

/// A connection with a token of these scopes, which is not connected yet.
async fn configured(scopes: &[&str]) -> (World, String) {
    let world = World::new().await;
    let token = world.simulator.issue_personal_access_token(Person::Owner, scopes);
    let document = json!({
        "type": "calendly", "id": 1, "name": "Marketing", "personalAccessToken": token,
    });
    let created = world.host.create_connection(&document.to_string()).await.unwrap();
    assert_eq!((created.state, created.grant), ("configured", None));
    let mut masked = document;
    masked["personalAccessToken"] = "***".into();
    assert_eq!(created.configuration, masked);
    assert!(world.sent().is_empty());
    (world, token)
}

async fn connected(scopes: &[&str]) -> (World, String) {
    let (world, token) = configured(scopes).await;
    world.host.connect_with_token(1).await.unwrap();
    world.simulator.clear_requests();
    (world, token)
}

fn shown(view: &ConnectionView) -> (&str, &[&'static str], &str) {
    (view.state, &view.user_actions, view.platform.status)
}

/// Replaces the token, or the way to connect.
async fn give(world: &World, changes: serde_json::Value) -> ConnectionView {
    world.host.change_connection(1, &changes.to_string()).await.unwrap()
}

fn by_client() -> serde_json::Value {
    json!({
        "clientId": Simulator::CLIENT_ID,
        "clientSecret": Simulator::CLIENT_SECRET,
        "redirectUri": "http://localhost:8976/oauth/calendly/callback",
        "personalAccessToken": null,
    })
}

fn by_token(token: &str) -> serde_json::Value {
    json!({ "clientId": null, "clientSecret": null, "personalAccessToken": token })
}

#[tokio::test]
async fn a_token_connects_without_anybody_being_asked_and_is_never_refreshed() {
    let (world, token) = configured(&["default"]).await;
    let view = world.host.connect_with_token(1).await.unwrap();
    assert_eq!(shown(&view), ("connected", &["disconnect", "test"][..], "active"));
    assert_eq!(world.sent(), ["GET /users/me"]);
    let grant = view.grant.unwrap();
    assert_eq!((grant.access_expires_at, grant.refresh_expires_at), (None, None));
    assert_eq!(grant.owner, Some(world.simulator.user_uri(Person::Owner)));
    assert_eq!(grant.organization, Some(world.simulator.organization_uri()));

    // Years later, and after everything that ends an access token of an app.
    world.advance(1_000 * DAY_S);
    world.simulator.expire_access_tokens();
    assert!(world.host.test(1).await.unwrap().email.contains('@'));
    world.answer("listBases", json!({})).await;
    let contact = json!({
        "baseId": "me", "tableId": "contacts",
        "fields": { "Name": "Ada", "Email": "ada@example.com" },
    });
    world.record("createRecord", contact).await;
    let view = world.connection(1).await;
    assert_eq!(shown(&view), ("connected", &["disconnect", "test"][..], "active"));
    assert_eq!(view.warning, None);
    assert_eq!(world.token_requests(), 0);
    assert!(!format!("{view:?}").contains(&token));
    for file in fs::read_dir(world.home.folder()).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(token.len()).any(|at| at == token.as_bytes()), "stored in plain");
    }
}

#[tokio::test]
async fn a_token_that_is_refused_asks_for_a_new_one_which_mends_it() {
    let (world, _) = connected(&["default"]).await;
    // Its maker deletes it.
    world.simulator.revoke_grants();
    let error = world.run("listBases", json!({})).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::ReauthorizationRequired);
    assert!(error.next_step.starts_with("Make a new token at Calendly"), "{}", error.next_step);
    let view = world.connection(1).await;
    assert_eq!(shown(&view), ("error", &["update-credentials", "reconnect"][..], "expired"));
    assert_eq!(view.grant.unwrap().refused.as_deref(), Some("invalid_token"));
    // It is not tried over and over.
    let sent = world.sent().len();
    world.run("listBases", json!({})).await.unwrap_err();
    assert_eq!((world.sent().len(), world.token_requests()), (sent, 0));
    // To re-connect with the same one is in vain.
    let error = world.host.connect_with_token(1).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::ReauthorizationRequired);
    assert_eq!(world.connection(1).await.state, "error");

    let token = world.simulator.issue_personal_access_token(Person::Owner, &["default"]);
    let view = give(&world, json!({ "personalAccessToken": token })).await;
    assert_eq!(shown(&view), ("configured", &["connect"][..], "expired"));
    assert_eq!(world.host.connect_with_token(1).await.unwrap().state, "connected");
    world.answer("listBases", json!({})).await;
}

#[tokio::test]
async fn a_failure_of_the_service_says_nothing_about_the_token() {
    let (world, _) = configured(&["default"]).await;
    world.simulator.inject(Fault::status(503).times(4));
    let error = world.host.connect_with_token(1).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::UpstreamUnavailable);
    let view = world.connection(1).await;
    assert_eq!((view.state, view.grant), ("configured", None));
    assert_eq!(view.last_error.unwrap().code, "upstream-unavailable");
    assert_eq!(world.host.connect_with_token(1).await.unwrap().last_error, None);
}

#[tokio::test]
async fn what_a_token_does_not_reach_is_tried_and_the_missing_scope_named() {
    let (world, _) = connected(&["users:read"]).await;
    let query = json!({ "baseId": "me", "tableId": "contacts" });
    let error = world.run("queryRecords", query).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::InsufficientScope);
    assert_eq!(error.detail.unwrap()["missing"], json!(["contacts:read"]));
    assert!(error.next_step.contains("personal access token"), "{}", error.next_step);
    assert_eq!(world.connection(1).await.state, "connected");
}

#[tokio::test]
async fn disconnecting_and_removing_say_that_the_token_is_to_be_deleted_by_hand() {
    let (world, _) = connected(&["default"]).await;
    let ended = world.host.disconnect(1).await.unwrap();
    assert_eq!((ended.connection.state, ended.connection.grant), ("disconnected", None));
    let reason = ended.tokens.reason.unwrap();
    assert_eq!((ended.tokens.revoked, ended.tokens.queued), (0, false));
    assert_eq!(reason.code, ErrorCode::Unsupported);
    assert!(reason.next_step.contains("Integrations, API & Webhooks"), "{}", reason.next_step);
    let error = world.run("listBases", json!({})).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::ReauthorizationRequired);
    // The connection keeps it: to re-connect, it is not asked for again.
    assert_eq!(world.host.connect_with_token(1).await.unwrap().state, "connected");

    let removed = world.host.remove_connection(1).await.unwrap();
    assert_eq!(removed.tokens.reason.unwrap().code, ErrorCode::Unsupported);
    assert_eq!(world.host.queued_revocations().await.unwrap(), []);
    let sent = world.sent();
    assert!(sent.iter().all(|line| line == "GET /users/me"), "{sent:?}");
}

#[tokio::test]
async fn nothing_is_authorized_refreshed_or_rotated() {
    let (world, _) = configured(&["default"]).await;
    let refused = world.host.begin_connect(1, ConnectRequest::default()).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Unsupported);
    world.host.connect_with_token(1).await.unwrap();
    let again = world.host.connect_with_token(1).await.unwrap_err();
    assert_eq!(again.code, ErrorCode::Conflict);
    let rotated = world.host.rotate_connection(1).await.unwrap_err();
    assert_eq!(rotated.code, ErrorCode::Unsupported);
    assert_eq!(world.connection(1).await.state, "connected");
    world.host.test(1).await.unwrap();
    assert_eq!(world.token_requests(), 0);
}

#[tokio::test]
async fn a_connection_goes_over_to_oauth_and_back_and_stays_the_same_connection() {
    let (world, token) = connected(&["default"]).await;
    let before = world.connection(1).await;
    // Not while it is in use.
    let refused = world.host.change_connection(1, &by_client().to_string()).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Conflict);
    assert!(refused.message.contains("go over to another way to connect"), "{}", refused.message);
    assert_eq!(world.connection(1).await, before);

    world.host.disconnect(1).await.unwrap();
    assert_eq!(give(&world, by_client()).await.state, "configured");
    let connected = world.connect(1, EVERYTHING).await;
    assert_eq!((connected.id, &connected.name), (1, &before.name));
    assert_eq!(connected.created_at, before.created_at);
    assert!(connected.configuration.get("personalAccessToken").is_none());
    assert!(connected.grant.unwrap().access_expires_at.is_some());
    world.answer("listBases", json!({})).await;
    let (_, events) = world.host.store().audit_of(1).await.unwrap();
    let connects = events.iter().filter(|one| one.event == "connection.connected").count();
    assert_eq!(connects, 2, "the history is one");

    world.host.disconnect(1).await.unwrap();
    let view = give(&world, by_token(&token)).await;
    assert_eq!(view.state, "configured");
    assert_eq!(view.configuration["redirectUri"], by_client()["redirectUri"], "kept for later");
    assert_eq!(world.host.connect_with_token(1).await.unwrap().state, "connected");
    world.answer("listBases", json!({})).await;
}

#[tokio::test]
async fn going_over_to_a_token_revokes_what_oauth_has_left() {
    let world = World::connected().await;
    // The client secret is refused, which leaves the grant as it is.
    world.advance(7_200);
    world.simulator.inject(Fault::status(401).on("POST", "/oauth/token"));
    world.run("listBases", json!({})).await.unwrap_err();
    let view = world.connection(1).await;
    assert!(view.state == "error" && view.grant.is_some());
    assert_eq!(world.simulator.living_grants(), 1);
    let token = world.simulator.issue_personal_access_token(Person::Owner, &["default"]);
    let view = give(&world, by_token(&token)).await;
    assert_eq!((view.state, view.grant), ("configured", None));
    assert_eq!(world.simulator.living_grants(), 1, "the token's own");
    world.host.connect_with_token(1).await.unwrap();
    world.answer("listBases", json!({})).await;
}

#[tokio::test]
async fn an_authorization_that_comes_back_too_late_changes_nothing() {
    let world = World::new().await;
    world.create(1, "Marketing").await;
    let late = world.callback(1, &[], host_harness::simulator::Decision::Allow).await;
    let token = world.simulator.issue_personal_access_token(Person::Owner, &["default"]);
    assert_eq!(give(&world, by_token(&token)).await.state, "configured");
    let refused = world.host.finish_connect(&late).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::InvalidState);
    assert_eq!(world.connection(1).await.state, "configured");
    assert_eq!(world.token_requests(), 0);
    assert_eq!(world.host.connect_with_token(1).await.unwrap().state, "connected");
}

#[tokio::test]
async fn a_token_is_sealed_anew_with_the_keys() {
    let (world, _) = connected(&["default"]).await;
    let row = world.host.store().connection(1).await.unwrap().unwrap();
    let before = row.connection.personal_access_token.clone().unwrap();
    let keys = world.host.keys().await.unwrap();
    assert_eq!((keys[0].seals.personal_access_tokens, keys[0].seals.client_secrets), (1, 0));
    let place = host_harness::store::Place::PersonalAccessToken;
    let sealed = world.host.store().sealed().await.unwrap();
    let sealed = sealed.into_iter().find(|one| one.place == place).unwrap();
    assert_eq!(sealed.envelope, before);
    let context = world.host.context(Some(1), crate::support::MINUTE);
    let slot = sealed.slot();
    let anew = world.host.component().reseal(context, 1, slot, before).await.unwrap().unwrap();
    assert!(world.host.store().replace_sealed(sealed, anew).await.unwrap());
    world.host.disconnect(1).await.unwrap();
    assert_eq!(world.host.connect_with_token(1).await.unwrap().state, "connected");
}
