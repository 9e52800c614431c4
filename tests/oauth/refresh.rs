//! Tokens are replaced before they expire and once when they are refused; only the service's
//! word that a grant is over ends it.

use std::collections::BTreeMap;
use std::time::Duration;

use host_harness::bindings::sovrium::connector::grant_store::StoredGrant;
use host_harness::error::{ErrorCode, HostError, Retry};
use host_harness::simulator::{Fault, FaultKind};
use serde_json::json;

use crate::support::service::{REFRESH_TOKEN, Service, tokens};
use crate::support::world::World;
use crate::support::{MINUTE, value_of};

const LIFETIME_S: u64 = 7_200;

/// Uses the connection: one request, and what it takes to be allowed to send it.
async fn use_once(world: &World) -> Result<(), HostError> {
    world.host.test(1).await.map(drop)
}

async fn expired() -> World {
    let world = World::connected().await;
    world.advance(LIFETIME_S);
    world
}

/// The next use works, with the tokens there are or with new ones.
async fn assert_still_connected(world: &World) {
    let view = world.connection(1).await;
    assert_eq!(view.state, "connected");
    assert_eq!(view.grant.unwrap().refused, None);
    use_once(world).await.unwrap();
    let stored = world.host.store().grant(1).await.unwrap().unwrap();
    assert_eq!(stored.grant.refresh_started_at, None);
}

#[tokio::test]
async fn tokens_are_replaced_a_minute_before_they_expire_and_not_before() {
    let world = World::connected().await;
    let before = world.host.store().grant(1).await.unwrap().unwrap();
    world.advance(LIFETIME_S - 61);
    use_once(&world).await.unwrap();
    assert_eq!(world.sent(), ["GET /users/me"]);

    world.advance(1);
    world.simulator.clear_requests();
    use_once(&world).await.unwrap();
    assert_eq!(world.sent(), ["POST /oauth/token", "GET /users/me"]);
    let after = world.host.store().grant(1).await.unwrap().unwrap();
    assert!(after.version > before.version);
    assert_ne!(after.grant.tokens, before.grant.tokens);
    let end = |stored: &StoredGrant| stored.grant.access_expires_at.unwrap();
    let gained = end(&after) - end(&before);
    assert_eq!(gained, (LIFETIME_S - 60) * 1_000);
    // The rest of the grant is what it was.
    assert_eq!(after.grant.scopes, before.grant.scopes);
    assert_eq!(after.grant.owner, before.grant.owner);
    assert_eq!(after.grant.organization, before.grant.organization);

    // And again, with the new refresh token.
    world.advance(LIFETIME_S);
    use_once(&world).await.unwrap();
    assert_eq!(world.token_requests(), 2);
}

#[tokio::test]
async fn a_refused_access_token_is_replaced_and_the_request_sent_again() {
    let world = World::connected().await;
    world.simulator.expire_access_tokens();
    use_once(&world).await.unwrap();
    assert_eq!(world.sent(), ["GET /users/me", "POST /oauth/token", "GET /users/me"]);
    let statuses: Vec<_> = world.simulator.requests().iter().map(|one| one.status).collect();
    assert_eq!(statuses, [Some(401), Some(200), Some(200)]);
}

#[tokio::test]
async fn a_write_with_a_refused_access_token_takes_place_once() {
    let world = World::connected().await;
    world.simulator.expire_access_tokens();
    let fields = json!({ "Name": "John Doe", "Email": "john@example.com" });
    let config = json!({ "baseId": "me", "tableId": "contacts", "fields": fields });
    world.answer("createRecord", config).await;
    let posts = world.sent().into_iter().filter(|line| line == "POST /contacts").count();
    // The definitions were asked for first, and found out.
    assert_eq!((posts, world.token_requests()), (1, 1));
}

#[tokio::test]
async fn tokens_are_replaced_once_even_if_the_new_ones_are_refused_too() {
    let service = Service::connected().await;
    service.answers("GET", "/users/me", 401, json!({ "title": "Unauthenticated" })).await;
    let fresh = json!({ "access_token": "a2", "refresh_token": "r2", "expires_in": 7_200 });
    service.answers("POST", "/oauth/token", 200, fresh).await;
    let error = service.host.test(1).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::ReauthorizationRequired);
    let lines = service.lines().await;
    assert_eq!(lines, ["GET /users/me", "POST /oauth/token", "GET /users/me"]);
    assert_eq!(service.host.connection(1).await.unwrap().state, "error");
}

#[tokio::test]
async fn a_grant_that_is_over_is_said_to_be_and_not_tried_again() {
    let world = expired().await;
    world.simulator.revoke_grants();
    let error = use_once(&world).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::ReauthorizationRequired);
    assert_eq!(error.retry, Retry::Never);
    assert!(error.next_step.starts_with("Re-connect"), "{}", error.next_step);
    let view = world.connection(1).await;
    assert_eq!((view.state, view.platform.row_action), ("error", "reconnect"));
    assert_eq!(view.grant.unwrap().refused.as_deref(), Some("invalid_grant"));
    assert_eq!(world.sent(), ["POST /oauth/token"]);
    // Never a silent loop: further calls send nothing.
    let again = world.run("listBases", json!({})).await.unwrap_err();
    assert_eq!(again.code, ErrorCode::ReauthorizationRequired);
    assert_eq!(world.sent(), ["POST /oauth/token"]);
}

#[tokio::test]
async fn a_rate_limit_at_the_token_endpoint_does_not_end_the_grant() {
    let world = expired().await;
    world.simulator.inject(Fault::status(429).on("POST", "/oauth/token"));
    let error = use_once(&world).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::RateLimited);
    let Retry::AfterMs(wait) = error.retry else { panic!("{error:?}") };
    world.advance(wait.div_ceil(1_000));
    assert_still_connected(&world).await;
}

#[tokio::test]
async fn a_short_rate_limit_at_the_token_endpoint_is_waited_for() {
    let world = expired().await;
    let headers = BTreeMap::from([("x-ratelimit-reset".to_owned(), "7".to_owned())]);
    let limited = FaultKind::Status { code: 429, body: None, headers };
    world.simulator.inject(Fault::once(limited).on("POST", "/oauth/token"));
    use_once(&world).await.unwrap();
    let sent = world.sent();
    assert_eq!(sent, ["POST /oauth/token", "POST /oauth/token", "GET /users/me"]);
    assert_still_connected(&world).await;
}

#[tokio::test]
async fn a_failing_token_endpoint_does_not_end_the_grant() {
    let world = expired().await;
    world.simulator.inject(Fault::status(503).on("POST", "/oauth/token").times(4));
    let error = use_once(&world).await.unwrap_err();
    assert_eq!((error.code, error.retry), (ErrorCode::UpstreamUnavailable, Retry::Backoff));
    assert_eq!(world.token_requests(), 4);
    assert_still_connected(&world).await;
}

#[tokio::test]
async fn a_client_secret_that_is_no_longer_right_is_for_a_person_and_does_not_end_the_grant() {
    let world = expired().await;
    world.simulator.inject(Fault::status(401).on("POST", "/oauth/token"));
    let error = use_once(&world).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidClient);
    assert_eq!(world.token_requests(), 1);
    // The state that offers what the person has to do.
    let view = world.connection(1).await;
    assert_eq!(
        (view.state, &*view.user_actions),
        ("error", &["update-credentials", "reconnect"][..])
    );
    assert_eq!(view.last_error.unwrap().code, "invalid-client");
    assert_eq!(view.grant.unwrap().refused, None);
    // The grant was not thrown away: should the service change its mind, it works.
    world.answer("listBases", json!({})).await;
    assert_eq!(world.token_requests(), 2);
}

#[tokio::test]
async fn any_other_refusal_of_the_token_endpoint_does_not_end_the_grant() {
    let world = expired().await;
    for code in [400, 403, 404, 415] {
        world.simulator.inject(Fault::status(code).on("POST", "/oauth/token"));
        let error = use_once(&world).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::Rejected, "{code}");
    }
    assert_still_connected(&world).await;
}

#[tokio::test]
async fn a_refresh_that_never_arrived_is_sent_again() {
    let world = expired().await;
    world.simulator.inject(Fault::once(FaultKind::DropBeforeHandling).on("POST", "/oauth/token"));
    use_once(&world).await.unwrap();
    assert_eq!(world.token_requests(), 2);
    assert_still_connected(&world).await;
}

#[tokio::test]
async fn an_unreachable_token_endpoint_is_a_network_error_and_the_grant_stays() {
    let world = expired().await;
    let cut = Fault::once(FaultKind::DropBeforeHandling).on("POST", "/oauth/token");
    world.simulator.inject(cut.times(4));
    let error = use_once(&world).await.unwrap_err();
    assert_eq!((error.code, error.retry), (ErrorCode::Network, Retry::Backoff));
    // That a refresh was begun and not ended is on record.
    let stored = world.host.store().grant(1).await.unwrap().unwrap();
    assert!(stored.grant.refresh_started_at.is_some());
    assert_still_connected(&world).await;
}

#[tokio::test]
async fn a_refresh_whose_answer_was_lost_ends_in_a_clear_error() {
    let world = expired().await;
    // The service spends a refresh token once and forgives nothing.
    world.simulator.inject(Fault::once(FaultKind::DropAfterHandling).on("POST", "/oauth/token"));
    let error = use_once(&world).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::ReauthorizationRequired);
    assert_eq!(world.token_requests(), 2);
    assert_eq!(world.connection(1).await.state, "error");
}

#[tokio::test]
async fn a_refresh_whose_answer_was_lost_is_made_good_where_the_service_has_a_grace_period() {
    let grace = Duration::from_secs(30);
    let world = World::connected_with(|options| options.refresh_grace = grace).await;
    world.advance(LIFETIME_S);
    world.simulator.inject(Fault::once(FaultKind::DropAfterHandling).on("POST", "/oauth/token"));
    use_once(&world).await.unwrap();
    assert_eq!(world.token_requests(), 2);
    assert_still_connected(&world).await;
}

#[tokio::test]
async fn an_answer_without_a_refresh_token_leaves_the_old_one_in_use() {
    let service = Service::connected().await;
    service.answers("GET", "/users/me", 200, json!({ "resource": { "uri": "u" } })).await;
    let fresh = json!({ "access_token": "a2", "expires_in": 7_200 });
    service.answers("POST", "/oauth/token", 200, fresh).await;
    for _ in 0..2 {
        service.home.clock.advance(Duration::from_secs(LIFETIME_S));
        service.host.test(1).await.unwrap();
    }
    let sent = service.sent().await;
    let refreshes: Vec<_> = sent.iter().filter(|one| one.line == "POST /oauth/token").collect();
    assert_eq!(refreshes.len(), 2);
    for refresh in refreshes {
        assert_eq!(value_of(&refresh.body, "refresh_token"), REFRESH_TOKEN);
    }
    // What the answer does not say stays as it was.
    let grant = service.host.connection(1).await.unwrap().grant.unwrap();
    assert_eq!(grant.owner.as_deref(), tokens()["owner"].as_str());
    assert_eq!(grant.scopes, ["default"]);
}

#[tokio::test]
async fn an_answer_that_makes_no_sense_does_not_end_the_grant() {
    let world = expired().await;
    for body in ["", "<html>", "[]", "{}", r#"{"access_token": 7}"#] {
        let kind =
            FaultKind::Status { code: 200, body: Some(body.to_owned()), headers: BTreeMap::new() };
        // What cannot be read is asked for again, four times in all; what can is not.
        let tries = if matches!(body, "" | "<html>") { 4 } else { 1 };
        world.simulator.clear_requests();
        world.simulator.inject(Fault::once(kind).times(tries).on("POST", "/oauth/token"));
        let error = use_once(&world).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::UpstreamUnavailable, "{body}");
        assert_eq!(world.sent().len(), tries as usize, "{body}");
        assert_eq!(world.connection(1).await.state, "connected", "{body}");
        // The token endpoint has a limit of its own.
        world.advance(60);
    }
    assert_still_connected(&world).await;
}

#[tokio::test]
async fn tokens_can_be_replaced_on_request() {
    let world = World::connected().await;
    let before = world.host.store().grant(1).await.unwrap().unwrap();
    let context = world.host.context(Some(1), MINUTE);
    let row = world.host.store().connection(1).await.unwrap().unwrap();
    let summary = world.host.component().refresh(context, row.connection).await;
    let summary = summary.unwrap().unwrap();
    assert_eq!(summary.scopes, before.grant.scopes);
    assert_eq!(world.sent(), ["POST /oauth/token"]);
    let after = world.host.store().grant(1).await.unwrap().unwrap();
    assert_ne!(after.grant.tokens, before.grant.tokens);
    use_once(&world).await.unwrap();
}
