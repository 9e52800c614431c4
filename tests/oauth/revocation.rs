//! Both tokens are revoked when a connection is disconnected or removed; what the service could
//! not be told is kept, shown and tried again.

use host_harness::error::ErrorCode;
use host_harness::host::RetrySummary;
use host_harness::simulator::{Fault, FaultKind};
use host_harness::store::{Along, Place};
use serde_json::json;

use crate::support::world::{EVERYTHING, World};
use crate::support::{MINUTE, value_of};

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

#[tokio::test]
async fn a_revocation_is_tried_again_with_growing_pauses_and_given_up_after_a_day() {
    let world = World::connected().await;
    down(&world, 100);
    world.host.disconnect(1).await.unwrap();
    let (mut tries, mut minutes) = (1, 0);
    while world.host.queued_revocations().await.unwrap()[0].given_up_at.is_none() {
        world.advance(60);
        minutes += 1;
        let tried = world.host.retry_due_revocations().await.unwrap();
        assert_eq!(tried.done, 0);
        tries += tried.outstanding;
        assert!(minutes < 2_000, "it is never given up");
    }
    assert_eq!((tries, minutes), (12, 1 + 2 + 4 + 8 + 16 + 32 + 64 + 128 + 256 + 360 + 360));
    let given_up = &world.host.queued_revocations().await.unwrap()[0];
    assert!(given_up.last_error.is_some());
    assert_eq!(world.connection(1).await.queued_revocations, 1);
    world.advance(100 * 24 * 3_600);
    let nothing = RetrySummary::default();
    assert_eq!(world.host.retry_due_revocations().await.unwrap(), nothing);
    // A person can have it tried once more, or forget it.
    let outstanding = RetrySummary { done: 0, outstanding: 1 };
    assert_eq!(world.host.retry_revocations().await.unwrap(), outstanding);
    assert_eq!(world.host.forget_given_up_revocations().await.unwrap(), 1);
    assert_eq!(world.host.queued_revocations().await.unwrap(), []);
}

#[tokio::test]
async fn a_client_that_is_refused_ends_the_tries_until_its_secret_is_corrected() {
    let world = World::connected().await;
    world.simulator.inject(Fault::status(403).on("POST", REVOKE).times(2));
    world.host.disconnect(1).await.unwrap();
    let queued = &world.host.queued_revocations().await.unwrap()[0];
    assert!(queued.given_up_at.is_some() && queued.last_error.is_some(), "{queued:?}");
    world.advance(24 * 3_600);
    assert_eq!(world.host.retry_due_revocations().await.unwrap(), RetrySummary::default());
    let done = RetrySummary { done: 1, outstanding: 0 };
    assert_eq!(world.host.retry_revocations().await.unwrap(), done);
}

#[tokio::test]
async fn what_a_process_left_behind_between_removal_and_revocation_is_revoked_by_the_next() {
    let world = World::connected().await;
    let store = world.host.store();
    let grant = store.grant(1).await.unwrap().unwrap().grant;
    // The envelope that the component makes, from a revocation that does not come through.
    down(&world, 2);
    world.host.disconnect(1).await.unwrap();
    let queued = world.host.queued_revocations().await.unwrap();
    store.remove_revocation(queued[0].id).await.unwrap();
    let fence = store.acquire_lease(1, MINUTE, MINUTE).await.unwrap().unwrap();
    let version = store.swap_grant(1, fence, None, Some(grant)).await.unwrap().unwrap();
    // What the component writes before it revokes; then the process ends.
    let outstanding = Some(queued[0].outstanding.clone());
    let along = Along { outstanding, ..Along::default() };
    store.replace_grant(1, fence, Some(version), None, along).await.unwrap().unwrap();

    let next = world.another_host().await;
    assert_eq!(next.retry_due_revocations().await.unwrap(), RetrySummary::default());
    world.advance(180);
    let done = RetrySummary { done: 1, outstanding: 0 };
    assert_eq!(next.retry_due_revocations().await.unwrap(), done);
    assert_eq!(revoked(&world).len(), 2);
}

#[tokio::test]
async fn a_swap_that_is_refused_queues_nothing() {
    let world = World::connected().await;
    let store = world.host.store();
    let fence = store.acquire_lease(1, MINUTE, MINUTE).await.unwrap().unwrap();
    let along = Along { outstanding: Some("sealed".to_owned()), ..Along::default() };
    store.replace_grant(1, fence, None, None, along.clone()).await.unwrap().unwrap_err();
    store.replace_grant(1, fence + 1, None, None, along).await.unwrap().unwrap_err();
    assert_eq!(store.revocations().await.unwrap(), []);
}

#[tokio::test]
async fn tokens_that_a_reconnect_replaces_are_revoked() {
    let world = World::connected().await;
    world.advance(7_200);
    world.simulator.inject(Fault::status(401).on("POST", "/oauth/token"));
    world.run("listBases", json!({})).await.unwrap_err();
    assert_eq!(world.connection(1).await.state, "error");
    world.connect(1, EVERYTHING).await;
    assert_eq!(revoked(&world).len(), 2);
    assert_eq!(world.host.queued_revocations().await.unwrap(), []);
    world.host.test(1).await.unwrap();
}

#[tokio::test]
async fn rotating_replaces_the_tokens_and_revokes_the_access_token_before() {
    let world = World::connected().await;
    let before = world.host.store().sealed().await.unwrap();
    let rotated = world.host.rotate_connection(1).await.unwrap();
    assert_eq!((rotated.tokens.revoked, rotated.tokens.queued), (1, false));
    assert_eq!((rotated.connection.state, revoked(&world).len()), ("connected", 1));
    let after = world.host.store().sealed().await.unwrap();
    assert!(before.iter().all(|old| after.iter().all(|new| {
        new.envelope != old.envelope
            || old.connection != 1
            || matches!(old.place, Place::PendingAuthorization(_))
    })));
    assert_eq!(world.token_requests(), 1);
    world.run("listBases", json!({})).await.unwrap();

    // The service is down for the revocation alone: the new tokens work, the old one is queued.
    down(&world, 1);
    let rotated = world.host.rotate_connection(1).await.unwrap();
    assert!(rotated.tokens.queued && rotated.tokens.reason.is_some());
    let done = RetrySummary { done: 1, outstanding: 0 };
    assert_eq!(world.host.retry_revocations().await.unwrap(), done);
    assert_eq!(revoked(&world).len(), 2);
    world.host.test(1).await.unwrap();
}
