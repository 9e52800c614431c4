//! The request budget keeps the limits, in the order of coming, in virtual time.

#![allow(clippy::unwrap_used, reason = "how a test fails")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use host_harness::budget::{Budget, Ceilings, Observation, RequestBudget};
use host_harness::clock::{Clock as _, VirtualClock};

const START_MS: u64 = 1_700_000_000_000;
const LONG: Duration = Duration::from_secs(600);

fn budget_at(clock: &VirtualClock) -> RequestBudget {
    RequestBudget::new(Arc::new(clock.clone()), Ceilings::default())
}

#[tokio::test]
async fn fifty_callers_never_exceed_five_in_any_second_and_keep_their_order() {
    let clock = VirtualClock::at(START_MS);
    let budget = budget_at(&clock);
    let sent = Arc::new(Mutex::new(Vec::new()));
    let callers: Vec<_> = (0..50)
        .map(|caller| {
            let (budget, sent, clock) = (budget.clone(), Arc::clone(&sent), clock.clone());
            tokio::spawn(async move {
                budget.acquire(1, Budget::Api, Duration::from_secs(10)).await.unwrap();
                sent.lock().unwrap().push((caller, clock.now_ms()));
            })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap();
    }

    let sent = sent.lock().unwrap();
    let order: Vec<_> = sent.iter().map(|(caller, _)| *caller).collect();
    assert_eq!(order, (0..50).collect::<Vec<_>>());
    for (index, (_, from)) in sent.iter().enumerate() {
        let in_window = sent[index..].iter().take_while(|(_, at)| *at <= from + 1_000).count();
        assert!(in_window <= 5, "{in_window} requests in the second from {from}");
    }
    // And no slower than need be: ten windows' worth takes nine windows.
    assert_eq!(sent.last().unwrap().1 - START_MS, 9 * 1_001);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_limit_holds_across_threads_in_real_time() {
    let clock = Arc::new(host_harness::clock::SystemClock);
    let budget = RequestBudget::new(clock, Ceilings::default());
    let began = std::time::Instant::now();
    let callers: Vec<_> = (0..8)
        .map(|_| {
            let budget = budget.clone();
            tokio::spawn(async move { budget.acquire(1, Budget::Api, LONG).await })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap().unwrap();
    }
    assert!(began.elapsed() >= Duration::from_millis(1_000));
}

#[tokio::test]
async fn connections_and_budgets_do_not_share_their_limits() {
    let clock = VirtualClock::at(START_MS);
    let budget = budget_at(&clock);
    for connection in 1..=3 {
        for _ in 0..5 {
            budget.acquire(connection, Budget::Api, Duration::ZERO).await.unwrap();
        }
        assert!(budget.acquire(connection, Budget::Api, Duration::ZERO).await.is_err());
        for _ in 0..8 {
            budget.acquire(connection, Budget::Token, Duration::ZERO).await.unwrap();
        }
        assert!(budget.acquire(connection, Budget::Token, Duration::ZERO).await.is_err());
    }
    assert_eq!(clock.now_ms(), START_MS);
}

#[tokio::test]
async fn bookings_have_their_own_limit_and_count_as_ordinary_requests() {
    let clock = VirtualClock::at(START_MS);
    let budget = budget_at(&clock);
    for _ in 0..3 {
        budget.acquire(1, Budget::Api, Duration::ZERO).await.unwrap();
    }
    for _ in 0..2 {
        budget.acquire(1, Budget::Booking, Duration::ZERO).await.unwrap();
    }
    // Five went out in this second. What cannot be sent takes nothing of the scarcer budget.
    for _ in 0..20 {
        let room = budget.acquire(1, Budget::Booking, Duration::ZERO).await;
        assert_eq!(room, Err(1_001));
        assert_eq!(budget.acquire(1, Budget::Api, Duration::ZERO).await, Err(1_001));
    }
    for _ in 0..8 {
        budget.acquire(1, Budget::Booking, Duration::from_secs(10)).await.unwrap();
    }
    assert_eq!(clock.now_ms(), START_MS + 2 * 1_001);
    budget.acquire(1, Budget::Booking, LONG).await.unwrap();
    assert_eq!(clock.now_ms(), START_MS + 60_001);
}

#[tokio::test]
async fn a_refused_caller_learns_when_there_is_room_and_takes_none() {
    let clock = VirtualClock::at(START_MS);
    let budget = budget_at(&clock);
    for _ in 0..5 {
        budget.acquire(1, Budget::Api, Duration::ZERO).await.unwrap();
    }
    let room_in = budget.acquire(1, Budget::Api, Duration::from_millis(400)).await.unwrap_err();
    assert_eq!(room_in, 1_001);
    clock.advance(Duration::from_millis(room_in));
    for _ in 0..5 {
        budget.acquire(1, Budget::Api, Duration::ZERO).await.unwrap();
    }
}

#[tokio::test]
async fn a_pause_holds_back_everything() {
    let clock = VirtualClock::at(START_MS);
    let budget = budget_at(&clock);
    let pause = Observation { pause_ms: Some(30_000), ..Observation::default() };
    budget.observe(1, Budget::Api, pause);
    budget.acquire(1, Budget::Api, LONG).await.unwrap();
    assert_eq!(clock.now_ms(), START_MS + 30_000);
}

#[tokio::test]
async fn nothing_is_sent_before_the_service_begins_a_new_window() {
    let clock = VirtualClock::at(START_MS);
    let budget = budget_at(&clock);
    let exhausted =
        Observation { remaining: Some(0), reset_seconds: Some(42), ..Observation::default() };
    budget.observe(1, Budget::Api, exhausted);
    assert_eq!(budget.acquire(1, Budget::Api, Duration::from_secs(41)).await, Err(42_000));
    budget.acquire(1, Budget::Api, LONG).await.unwrap();
    assert_eq!(clock.now_ms(), START_MS + 42_000);
}

#[tokio::test]
async fn a_caller_that_goes_away_gives_its_place_back() {
    let clock = Arc::new(host_harness::clock::SystemClock);
    let budget = RequestBudget::new(clock, Ceilings::default());
    for _ in 0..5 {
        budget.acquire(1, Budget::Api, Duration::ZERO).await.unwrap();
    }
    // Five give up waiting; were their places kept, the next would wait for two windows.
    for _ in 0..5 {
        let waiting = budget.acquire(1, Budget::Api, LONG);
        assert!(tokio::time::timeout(Duration::from_millis(1), waiting).await.is_err());
    }
    let room_in = budget.acquire(1, Budget::Api, Duration::ZERO).await.unwrap_err();
    assert!(room_in <= 1_001, "{room_in}");
}
