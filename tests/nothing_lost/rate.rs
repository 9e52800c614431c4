//! Five requests in any second and no more, however many callers there are, and whatever they had
//! to wait for before.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use host_harness::clock::{Clock, Sleep};
use serde_json::json;
use tokio::task::JoinSet;
use wiremock::{MockServer, Request, Respond, ResponseTemplate};

use crate::support::home::{Home, NOW_MS};
use crate::support::service::{Service, tokens};

const CALLERS: usize = 50;

/// A virtual clock that stands still while a request that was let through is on its way, so that
/// the service sees it at the moment at which it was let through.
#[derive(Clone, Default)]
struct Patient(Arc<Shared>);

#[derive(Default)]
struct Shared {
    passed_ms: AtomicU64,
    /// The moments at which requests to the API arrived.
    arrivals: Mutex<Vec<u64>>,
    /// How many windows are over.
    windows: AtomicUsize,
    /// While tokens are renewed, nobody's request is on its way, and time flies.
    renewing: AtomicBool,
}

impl Patient {
    fn arrived(&self) -> usize {
        self.0.arrivals.lock().unwrap().len()
    }

    fn advance(&self, ms: u64) {
        self.0.passed_ms.fetch_add(ms, Ordering::SeqCst);
    }

    fn passed_ms(&self) -> u64 {
        self.0.passed_ms.load(Ordering::SeqCst)
    }
}

impl Clock for Patient {
    fn now_ms(&self) -> u64 {
        NOW_MS + self.passed_ms()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        let clock = self.clone();
        let end = self.passed_ms() + u64::try_from(duration.as_millis()).unwrap();
        Box::pin(async move {
            if duration < Duration::from_millis(100) {
                // Who waits for a lease looks again and again, which is nothing to be counted.
                return tokio::task::yield_now().await;
            }
            if !clock.0.renewing.load(Ordering::SeqCst) {
                let over = clock.0.windows.fetch_add(1, Ordering::SeqCst) + 1;
                while clock.arrived() < 5 * over {
                    tokio::task::yield_now().await;
                }
            }
            clock.0.passed_ms.fetch_max(end, Ordering::SeqCst);
            tokio::task::yield_now().await;
        })
    }
}

/// The API, which notes when it was asked.
struct Noting(Patient);

impl Respond for Noting {
    fn respond(&self, _: &Request) -> ResponseTemplate {
        let now = self.0.passed_ms();
        self.0.0.arrivals.lock().unwrap().push(now);
        ResponseTemplate::new(200).set_body_json(json!({ "resource": { "uri": "u" } }))
    }
}

/// A token endpoint that takes ten seconds, of which others may make use.
struct Slow(Patient);

impl Respond for Slow {
    fn respond(&self, _: &Request) -> ResponseTemplate {
        let (began, real) = (self.0.passed_ms(), Instant::now());
        while self.0.passed_ms() < began + 10_000 && real.elapsed() < Duration::from_millis(300) {
            std::thread::yield_now();
        }
        self.0.advance(10_000);
        self.0.0.renewing.store(false, Ordering::SeqCst);
        ResponseTemplate::new(200).set_body_json(tokens())
    }
}

async fn connected(clock: &Patient) -> Service {
    let (server, home) = (MockServer::start().await, Home::new());
    let host = home.host_on(Arc::new(clock.clone()), &server.uri(), |_| {}).await;
    let service = Service { server, host, home };
    service.create(1).await;
    service.answers("POST", "/oauth/token", 200, tokens()).await;
    service.connect(1, "default").await.unwrap();
    service.server.reset().await;
    service.responds("GET", "/users/me", Noting(clock.clone())).await;
    service
}

/// All call at once; each is served, and not too many at a time.
async fn all_are_served(service: &Service, clock: &Patient) {
    let mut calls = JoinSet::new();
    for _ in 0..CALLERS {
        let host = service.host.clone();
        calls.spawn(async move { host.test(1).await });
    }
    while let Some(call) = calls.join_next().await {
        call.unwrap().unwrap();
    }
    let arrivals = clock.0.arrivals.lock().unwrap().clone();
    assert_eq!(arrivals.len(), CALLERS);
    for (index, from) in arrivals.iter().enumerate() {
        let in_window = arrivals[index..].iter().take_while(|at| **at <= from + 1_000).count();
        assert!(in_window <= 5, "{in_window} requests in the second from {from}: {arrivals:?}");
    }
    // And no slower than need be.
    assert_eq!(arrivals[CALLERS - 1] - arrivals[0], 9 * 1_001);
}

#[tokio::test]
async fn fifty_callers_send_five_requests_in_any_second_and_none_starves() {
    let clock = Patient::default();
    let service = connected(&clock).await;
    all_are_served(&service, &clock).await;
}

#[tokio::test]
async fn fifty_callers_who_waited_for_new_tokens_do_not_all_send_at_once() {
    let clock = Patient::default();
    let service = connected(&clock).await;
    service.responds("POST", "/oauth/token", Slow(clock.clone())).await;
    clock.advance(7_200_000);
    clock.0.renewing.store(true, Ordering::SeqCst);
    all_are_served(&service, &clock).await;
    let refreshes = service.lines().await.into_iter().filter(|line| line.starts_with("POST"));
    assert_eq!(refreshes.count(), 1);
}
