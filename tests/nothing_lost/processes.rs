//! Many calls in many processes, one refresh token.

use std::time::Duration;

use host_harness::clock::Clock as _;
use host_harness::crash_point::CrashPoint;
use host_harness::host::Host;
use tokio::net::TcpListener;

use crate::child::{Act, CALLS, LONG, Stepping, USE, starter};
use crate::scene::Scene;
use crate::support::MINUTE;

const PROCESSES: usize = 8;

/// All processes call at the same moment, and every call succeeds.
async fn all_succeed(scene: &Scene) {
    let start = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = start.local_addr().unwrap().to_string();
    let children: Vec<_> = (0..PROCESSES).map(|_| starter(scene, &address)).collect();
    let mut ready = Vec::new();
    while ready.len() < PROCESSES {
        ready.push(tokio::time::timeout(MINUTE, start.accept()).await.unwrap().unwrap());
    }
    drop(ready);
    for child in children {
        let ended = tokio::task::spawn_blocking(|| child.wait_with_output()).await.unwrap();
        let ended = ended.unwrap();
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stdout));
    }
}

fn answered(scene: &Scene, path: &str, status: u16) -> usize {
    let requests = scene.simulator.requests();
    requests.iter().filter(|one| one.path == path && one.status == Some(status)).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_calls_of_eight_processes_with_an_expired_token_make_one_refresh() {
    let scene = Scene::connected(Duration::ZERO).await;
    let before = scene.host.store().grant(1).await.unwrap().unwrap();
    scene.advance(7_200);
    all_succeed(&scene).await;
    assert_eq!(scene.times("POST", "/oauth/token"), 1);
    // Nobody sent the old token.
    assert_eq!(answered(&scene, "/event_types", 200), PROCESSES * CALLS);
    assert_eq!(scene.simulator.requests().len(), 1 + PROCESSES * CALLS);
    let after = scene.host.store().grant(1).await.unwrap().unwrap();
    // The intent, and the new tokens.
    assert_eq!(after.version, before.version + 2);
    assert_eq!(after.grant.refresh_started_at, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_calls_of_eight_processes_whose_token_is_refused_make_one_refresh() {
    let scene = Scene::connected(Duration::ZERO).await;
    scene.simulator.expire_access_tokens();
    all_succeed(&scene).await;
    assert_eq!(scene.times("POST", "/oauth/token"), 1);
    assert_eq!(answered(&scene, "/event_types", 200), PROCESSES * CALLS);
}

/// A refresh in a process that stops at the `nth` of these points, the first being 1.
async fn paused(scene: &Scene, point: CrashPoint, nth: usize) -> Stepping {
    let mut owner = Stepping::start(scene, Act::Use);
    tokio::task::spawn_blocking(move || {
        let mut left = nth;
        loop {
            let stop = owner.next_stop();
            assert!(stop.is_some(), "{point:?} was not reached {nth} times");
            left -= usize::from(stop == Some(point));
            if left == 0 {
                return owner;
            }
            owner.go_on();
        }
    })
    .await
    .unwrap()
}

/// Lets it go on to its end.
async fn woken(mut owner: Stepping) {
    tokio::task::spawn_blocking(move || {
        owner.go_on();
        while owner.next_stop().is_some() {
            owner.go_on();
        }
    })
    .await
    .unwrap();
}

/// The host of another process, after the lease of the one that is paused has run out.
async fn another_refreshed(scene: &Scene) -> Host {
    scene.advance(61);
    let other = scene.restarted().await;
    other.run(USE, LONG).await.unwrap();
    other
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_owner_that_wakes_late_spends_nothing() {
    for (point, nth) in [(CrashPoint::LeaseTaken, 1), (CrashPoint::GrantSwapping, 1)] {
        let scene = Scene::connected(Duration::ZERO).await;
        scene.advance(7_200);
        let owner = paused(&scene, point, nth).await;
        assert_eq!(scene.times("POST", "/oauth/token"), 0);
        let other = another_refreshed(&scene).await;
        let stored = scene.host.store().grant(1).await.unwrap();
        woken(owner).await;
        // One refresh, and that was the other's.
        assert_eq!(scene.times("POST", "/oauth/token"), 1, "{point:?}");
        assert_eq!(scene.host.store().grant(1).await.unwrap(), stored, "{point:?}");
        other.run(USE, LONG).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_owner_that_wakes_late_overwrites_nothing() {
    // The service answers the second refresh with the pair of the first, or with other ones.
    let scene = Scene::connected(LONG).await;
    scene.advance(7_200);
    let owner = paused(&scene, CrashPoint::Answered, 1).await;
    assert_eq!(scene.times("POST", "/oauth/token"), 1);
    let other = another_refreshed(&scene).await;
    let stored = scene.host.store().grant(1).await.unwrap();
    woken(owner).await;
    assert_eq!(scene.host.store().grant(1).await.unwrap(), stored);
    other.run(USE, LONG).await.unwrap();
    assert!(Some(scene.clock.now_ms()) < stored.unwrap().grant.access_expires_at);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_owner_that_wakes_late_to_a_refusal_does_not_end_the_newer_grant() {
    let scene = Scene::connected(Duration::ZERO).await;
    scene.advance(7_200);
    // Before the request: its refresh token is spent by the time that it arrives.
    let owner = paused(&scene, CrashPoint::Sending, 1).await;
    let other = another_refreshed(&scene).await;
    let stored = scene.host.store().grant(1).await.unwrap();
    woken(owner).await;
    assert_eq!(answered(&scene, "/oauth/token", 200), 1);
    assert_eq!(answered(&scene, "/oauth/token", 400), 1);
    assert_eq!(scene.host.store().grant(1).await.unwrap(), stored);
    assert_eq!(other.connection(1).await.unwrap().state, "connected");
    other.run(USE, LONG).await.unwrap();
}
