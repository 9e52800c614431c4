//! Both tokens are revoked when a connection is disconnected or removed; what the service could
//! not be told is kept, shown and tried again.

use host_harness::error::ErrorCode;
use host_harness::host::RetrySummary;
use host_harness::simulator::{Fault, FaultKind};
use serde_json::json;

use crate::support::value_of;
use crate::support::world::{EVERYTHING, World};

const REVOKE: &str = "/oauth/revoke";

/// The service cannot be reached for so many revocations.
fn down(world: &World, requests: u32) {
    let cut = Fault::once(FaultKind::DropBeforeHandling).on("POST", REVOKE);
    world.simulator.inject(cut.times(requests));
}

/// The tokens that the service was told to revoke.
fn revoked(world: &World) -> Vec<String> {
    let requests = world.simulator.requests();
    let told = requests.iter().filter(|one| one.path == REVOKE && one.status == Some(200));
    let mut tokens: Vec<_> = told.map(|one| value_of(&one.body, "token")).collect();
    tokens.sort();
    tokens.dedup();
    tokens
}

#[tokio::test]
async fn disconnecting_revokes_both_tokens() {
    let world = World::connected().await;
    let ended = world.host.disconnect(1).await.unwrap();
    assert_eq!((ended.tokens.revoked, ended.tokens.queued), (2, false));
    assert_eq!(ended.tokens.reason, None);
    assert_eq!((ended.connection.state, ended.connection.grant), ("disconnected", None));
    assert_eq!(world.sent(), [format!("POST {REVOKE}"), format!("POST {REVOKE}")]);
    assert_eq!(revoked(&world).len(), 2);
    assert_eq!(world.host.store().grant(1).await.unwrap(), None);
    let error = world.run("listBases", json!({})).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::ReauthorizationRequired);
    assert_eq!(world.sent().len(), 2);
}

#[tokio::test]
async fn removing_revokes_both_tokens() {
    let world = World::connected().await;
    let removed = world.host.remove_connection(1).await.unwrap();
    assert_eq!((removed.tokens.revoked, removed.tokens.queued), (2, false));
    assert_eq!(revoked(&world).len(), 2);
}

#[tokio::test]
async fn removing_what_was_never_connected_tells_the_service_nothing() {
    let world = World::new().await;
    world.create(1, "Marketing").await;
    let removed = world.host.remove_connection(1).await.unwrap();
    assert_eq!((removed.tokens.revoked, removed.tokens.reason), (0, None));
    assert!(world.sent().is_empty());
}

#[tokio::test]
async fn a_token_the_service_no_longer_knows_counts_as_revoked() {
    let world = World::connected().await;
    world.simulator.revoke_grants();
    let ended = world.host.disconnect(1).await.unwrap();
    assert_eq!((ended.tokens.revoked, ended.tokens.queued), (2, false));
}

#[tokio::test]
async fn a_revocation_waits_in_the_queue_while_the_service_is_down() {
    let world = World::connected().await;
    down(&world, 2);
    let ended = world.host.disconnect(1).await.unwrap();
    assert_eq!((ended.tokens.revoked, ended.tokens.queued), (0, true));
    assert_eq!(ended.tokens.reason.unwrap().code, ErrorCode::Network);
    // The connection is disconnected all the same, and says that something is left to do.
    let view = world.connection(1).await;
    assert_eq!(
        (view.state, view.grant.is_none(), view.queued_revocations),
        ("disconnected", true, 1)
    );
    assert_eq!(revoked(&world), [] as [String; 0]);

    // Still down: it stays, with one more attempt on record.
    down(&world, 2);
    let outstanding = RetrySummary { done: 0, outstanding: 1 };
    assert_eq!(world.host.retry_revocations().await.unwrap(), outstanding);
    let queued = world.host.queued_revocations().await.unwrap();
    assert_eq!((queued.len(), queued[0].attempts), (1, 2));
    assert!(queued[0].last_error.is_some());

    // Up again, in another process: told, and out of the queue.
    let restarted = world.another_host().await;
    let done = RetrySummary { done: 1, outstanding: 0 };
    assert_eq!(restarted.retry_revocations().await.unwrap(), done);
    assert_eq!(revoked(&world).len(), 2);
    assert_eq!(world.host.queued_revocations().await.unwrap(), []);
    assert_eq!(world.connection(1).await.queued_revocations, 0);
    let nothing = RetrySummary::default();
    assert_eq!(world.host.retry_revocations().await.unwrap(), nothing);
}

#[tokio::test]
async fn a_queued_revocation_outlives_its_connection() {
    let world = World::connected().await;
    down(&world, 2);
    let removed = world.host.remove_connection(1).await.unwrap();
    assert!(removed.tokens.queued);
    assert_eq!(world.host.connections().await.unwrap(), []);
    assert_eq!(world.host.queued_revocations().await.unwrap()[0].connection.name, "Marketing");
    let done = RetrySummary { done: 1, outstanding: 0 };
    assert_eq!(world.host.retry_revocations().await.unwrap(), done);
    assert_eq!(revoked(&world).len(), 2);
}

#[tokio::test]
async fn one_token_that_could_not_be_revoked_is_enough_to_try_again() {
    let world = World::connected().await;
    world.simulator.inject(Fault::status(503).on("POST", REVOKE));
    let ended = world.host.disconnect(1).await.unwrap();
    assert_eq!((ended.tokens.revoked, ended.tokens.queued), (1, true));
    assert_eq!(ended.tokens.reason.unwrap().code, ErrorCode::UpstreamUnavailable);
    let done = RetrySummary { done: 1, outstanding: 0 };
    assert_eq!(world.host.retry_revocations().await.unwrap(), done);
    assert_eq!(revoked(&world).len(), 2);
}

#[tokio::test]
async fn a_queued_revocation_does_not_touch_the_grant_that_came_after_it() {
    let world = World::connected().await;
    down(&world, 2);
    world.host.disconnect(1).await.unwrap();
    world.connect(1, EVERYTHING).await;
    let grant = world.host.store().grant(1).await.unwrap();
    let done = RetrySummary { done: 1, outstanding: 0 };
    assert_eq!(world.host.retry_revocations().await.unwrap(), done);
    assert_eq!(world.host.store().grant(1).await.unwrap(), grant);
    world.host.test(1).await.unwrap();
}

#[tokio::test]
async fn a_client_the_service_does_not_accept_leaves_the_revocation_in_the_queue() {
    let world = World::connected().await;
    world.simulator.inject(Fault::status(403).on("POST", REVOKE).times(2));
    let ended = world.host.disconnect(1).await.unwrap();
    assert!(ended.tokens.queued);
    assert_eq!(ended.tokens.reason.unwrap().code, ErrorCode::InvalidClient);
}
