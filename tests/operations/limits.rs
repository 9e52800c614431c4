//! The rate limits: the connector's own and the service's, waited for in virtual time.

use std::time::Duration;

use host_harness::clock::Clock as _;
use host_harness::error::{ErrorCode, Retry};
use host_harness::simulator::{Fault, Person, Plan, Resource};
use serde_json::{Value, json};

use crate::support::home::NOW_MS;
use crate::support::world::World;

fn elapsed_ms(world: &World) -> u64 {
    world.home.clock.now_ms() - NOW_MS
}

fn one_request() -> Value {
    json!({ "baseId": "me", "tableId": "event_types" })
}

fn statuses(world: &World) -> Vec<Option<u16>> {
    world.simulator.requests().iter().map(|request| request.status).collect()
}

#[tokio::test]
async fn a_rate_limit_is_waited_for_and_the_request_sent_again() {
    let world = World::connected().await;
    world.simulator.inject(Fault::status(429).on("GET", "/event_types"));
    let action =
        json!({ "action": "calendly.queryRecords", "connection": 1, "config": one_request() });
    // Longer than the minute that the service's window lasts.
    world.host.run(&action.to_string(), Duration::from_secs(120)).await.unwrap();
    assert_eq!(statuses(&world), [Some(429), Some(200)]);
    assert!(elapsed_ms(&world) >= 60_000 - 1_000, "{}", elapsed_ms(&world));
}

#[tokio::test]
async fn a_write_that_met_a_rate_limit_takes_place_once() {
    let world = World::connected().await;
    let before = world.count(Resource::Contacts);
    world.simulator.inject(Fault::status(429).on("POST", "/contacts"));
    let fields = json!({ "Name": "John Doe", "Email": "john@example.com" });
    let config = json!({ "baseId": "me", "tableId": "contacts", "fields": fields });
    let action = json!({ "action": "calendly.createRecord", "connection": 1, "config": config });
    world.host.run(&action.to_string(), Duration::from_secs(120)).await.unwrap();
    assert_eq!(world.count(Resource::Contacts), before + 1);
    assert_eq!(statuses(&world), [Some(200), Some(429), Some(201)]);
}

#[tokio::test]
async fn a_rate_limit_that_outlasts_the_deadline_is_an_error_that_says_when_to_come_back() {
    let world = World::connected().await;
    world.simulator.inject(Fault::status(429).on("GET", "/event_types"));
    let action =
        json!({ "action": "calendly.queryRecords", "connection": 1, "config": one_request() });
    let deadline = Duration::from_secs(10);
    let error = world.host.run(&action.to_string(), deadline).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::RateLimited);
    assert_eq!(error.platform_code, Some("rate_limited"));
    let Retry::AfterMs(wait) = error.retry else { panic!("{error:?}") };
    assert!(elapsed_ms(&world) < 10_000, "nobody waited in vain");
    // Nothing is sent before that, and after it everything is well.
    let early = world.host.run(&action.to_string(), deadline).await.unwrap_err();
    assert_eq!(early.code, ErrorCode::RateLimited);
    assert_eq!(world.sent().len(), 1);
    world.advance(wait.div_ceil(1_000));
    world.host.run(&action.to_string(), deadline).await.unwrap();
}

#[tokio::test]
async fn no_more_than_five_requests_go_out_in_a_second() {
    let world = World::connected().await;
    for _ in 0..5 {
        world.answer("queryRecords", one_request()).await;
    }
    assert_eq!(elapsed_ms(&world), 0);
    for _ in 0..6 {
        world.answer("queryRecords", one_request()).await;
    }
    let elapsed = elapsed_ms(&world);
    assert!((2_000..3_000).contains(&elapsed), "{elapsed}");
}

#[tokio::test]
async fn the_services_own_limit_is_obeyed_before_it_has_to_refuse() {
    let world = World::connected_with(|options| options.requests_per_minute = Some(7)).await;
    for _ in 0..16 {
        world.answer("queryRecords", one_request()).await;
    }
    assert_eq!(statuses(&world), [Some(200); 16]);
    assert!(elapsed_ms(&world) >= 2 * 60_000 - 1_000, "{}", elapsed_ms(&world));
}

#[tokio::test]
async fn bookings_have_a_limit_of_their_own() {
    let world = World::connected_with(|options| options.plan = Plan::Teams).await;
    let before = world.count(Resource::ScheduledEvents);
    let mut waited = 0;
    for _ in 0..11 {
        waited = elapsed_ms(&world);
        let fields = json!({
            "event_type": world.simulator.event_type_uri("30 Minute Meeting").unwrap(),
            "start_time": world.simulator.free_start_time(Person::Owner),
            "name": "John Doe", "email": "john@example.com", "timezone": "UTC",
        });
        let config = json!({ "baseId": "me", "tableId": "invitees", "fields": fields });
        let action =
            json!({ "action": "calendly.createRecord", "connection": 1, "config": config });
        world.host.run(&action.to_string(), Duration::from_secs(120)).await.unwrap();
    }
    assert_eq!(world.count(Resource::ScheduledEvents), before + 11);
    // Each reads its event type's rules before.
    assert_eq!(statuses(&world), [Some(200), Some(201)].repeat(11));
    // Ten at once as far as bookings go; the eleventh waited for the minute to end.
    assert!(waited < 10_000, "{waited}");
    assert!(elapsed_ms(&world) >= 59_000, "{}", elapsed_ms(&world));
}

#[tokio::test]
async fn a_call_ends_within_its_deadline() {
    let world = World::connected().await;
    world.simulator.inject(Fault::status(503).on("GET", "/event_types").times(4));
    let action =
        json!({ "action": "calendly.queryRecords", "connection": 1, "config": one_request() });
    let error = world.host.run(&action.to_string(), Duration::from_millis(400)).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::UpstreamUnavailable);
    assert!(elapsed_ms(&world) <= 400, "{}", elapsed_ms(&world));
}
