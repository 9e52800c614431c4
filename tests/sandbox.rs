//! What the connector cannot do, and what a call of it cannot do to another: the compiled
//! component in a host whose service misbehaves.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::needless_pass_by_value,
    clippy::panic,
    reason = "a test stops at the first surprise, and `json!` makes values"
)]

mod support;

use std::future::pending;
use std::sync::Arc;
use std::time::{Duration, Instant};

use host_harness::clock::{Clock, SharedClock, Sleep};
use host_harness::engine::{ConnectorComponent, EngineOptions};
use host_harness::error::ErrorCode;
use host_harness::host::{Host, HostOptions};
use host_harness::keyring::{EncryptionKey, Keyring};
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::home::{Home, NOW_MS, component, options};
use crate::support::service::{Service, tokens};
use crate::support::{MINUTE, component_path};

fn event_types() -> Value {
    json!({ "baseId": "me", "tableId": "event_types" })
}

fn no_event_types() -> Value {
    json!({ "collection": [], "pagination": { "next_page_token": null } })
}

/// A server that would like to be sent something.
async fn stranger() -> MockServer {
    let stranger = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200)).mount(&stranger).await;
    stranger
}

async fn assert_undisturbed(stranger: &MockServer) {
    let received = stranger.received_requests().await.unwrap();
    assert!(received.is_empty(), "{received:?}");
}

#[tokio::test]
async fn a_component_that_wants_to_go_elsewhere_is_not_run() {
    let home = Home::new();
    let keyring = Keyring::new(vec![EncryptionKey::new([7; 32])]);
    let mut options = HostOptions::new(keyring);
    options.http.allowed_origins.pop_last();
    let store = home.store(Arc::new(home.clock.clone()));
    let error = Host::new(component(), store, options).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Internal);
    assert!(error.message.contains("https://auth.calendly.com"), "{}", error.message);
}

#[tokio::test]
async fn the_component_asks_for_two_origins_and_no_more() {
    let home = Home::new();
    let host = home.host("http://127.0.0.1:9").await;
    let origins = host.manifest().await.unwrap().origins;
    assert_eq!(origins, ["https://api.calendly.com", "https://auth.calendly.com"]);
}

#[tokio::test]
async fn a_redirected_read_is_an_error_and_goes_nowhere() {
    let (service, stranger) = (Service::connected().await, stranger().await);
    for status in [301, 302, 303, 307, 308] {
        let target = format!("{}/event_types", stranger.uri());
        let answer = ResponseTemplate::new(status).insert_header("location", &*target);
        service.responds("GET", "/event_types", answer).await;
        let error = service.run("queryRecords", event_types()).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::UpstreamUnavailable, "{status}");
        assert!(error.message.contains(&status.to_string()), "{}", error.message);
        service.server.reset().await;
    }
    assert_undisturbed(&stranger).await;
}

#[tokio::test]
async fn a_redirected_token_request_takes_no_secret_along() {
    let (service, stranger) = (Service::start().await, stranger().await);
    service.create(1).await;
    for status in [302, 307, 308] {
        let target = format!("{}/oauth/token", stranger.uri());
        let answer = ResponseTemplate::new(status).insert_header("location", &*target);
        service.responds("POST", "/oauth/token", answer).await;
        service.connect(1, "code").await.unwrap_err();
        let view = service.host.connection(1).await.unwrap();
        assert_eq!((view.state, view.grant), ("error", None), "{status}");
        service.server.reset().await;
    }
    assert_undisturbed(&stranger).await;
}

#[tokio::test]
async fn a_page_link_of_the_service_leads_nowhere_else() {
    let (service, stranger) = (Service::connected().await, stranger().await);
    let link = format!("{}/event_types?page_token=p2", stranger.uri());
    let pagination = json!({ "next_page": link, "next_page_token": "p2" });
    let first = json!({ "collection": [], "pagination": pagination });
    service.answers_once("GET", "/event_types", 200, first).await;
    service.answers("GET", "/event_types", 200, no_event_types()).await;
    service.run("queryRecords", event_types()).await.unwrap();
    assert_eq!(service.lines().await.len(), 2);
    // Nor does a resource's own URI, whatever host it names.
    service.server.reset().await;
    let event = json!({ "uri": format!("{}/scheduled_events/E1", stranger.uri()) });
    let events = json!({ "collection": [event], "pagination": {} });
    service.answers("GET", "/scheduled_events", 200, events).await;
    service.answers("GET", "/scheduled_events/E1/invitees", 200, no_event_types()).await;
    let invitees = json!({ "baseId": "me", "tableId": "invitees" });
    service.run("queryRecords", invitees).await.unwrap();
    assert_eq!(service.lines().await.len(), 2);
    assert_undisturbed(&stranger).await;
}

#[tokio::test]
async fn pages_that_run_in_a_circle_end() {
    let service = Service::connected().await;
    let circle = json!({ "collection": [], "pagination": { "next_page_token": "p2" } });
    service.answers("GET", "/event_types", 200, circle).await;
    let error = service.run("queryRecords", event_types()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::UpstreamUnavailable);
    assert_eq!(service.lines().await.len(), 2);
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_not_taken() {
    let service = Service::connected_with(|options| options.http.body_cap = 64 * 1024).await;
    let huge = ResponseTemplate::new(200).set_body_bytes(vec![b' '; 64 * 1024 + 1]);
    service.responds("GET", "/event_types", huge.clone()).await;
    let error = service.run("queryRecords", event_types()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::UpstreamUnavailable);
    assert!(error.message.contains("65536 bytes"), "{}", error.message);
    // Asking again would bring the same.
    assert_eq!(service.lines().await.len(), 1);

    // The most that is taken is taken.
    service.server.reset().await;
    let mut whole = no_event_types().to_string().into_bytes();
    whole.resize(64 * 1024, b' ');
    let whole = ResponseTemplate::new(200).set_body_bytes(whole);
    service.responds("GET", "/event_types", whole).await;
    service.run("queryRecords", event_types()).await.unwrap();
}

#[tokio::test]
async fn a_write_whose_answer_is_too_large_is_looked_up_and_not_sent_again() {
    let service = Service::connected_with(|options| options.http.body_cap = 64 * 1024).await;
    let huge = ResponseTemplate::new(201).set_body_bytes(vec![b' '; 64 * 1024 + 1]);
    service.responds("POST", "/event_types", huge).await;
    service.answers("GET", "/event_types", 200, no_event_types()).await;
    let mut config = event_types();
    config["fields"] = json!({ "Name": "Intro" });
    service.run("createRecord", config).await.unwrap_err();
    let lines = service.lines().await;
    let (write, looks) = lines.split_first().unwrap();
    assert_eq!(write, "POST /event_types");
    assert!(!looks.is_empty(), "nobody looked");
    assert!(looks.iter().all(|line| line.starts_with("GET /event_types?")), "{lines:?}");
}

#[tokio::test]
async fn an_answer_nested_without_end_harms_its_own_call_alone() {
    let service = Service::connected().await;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let deep = ResponseTemplate::new(200).set_body_bytes(deep.into_bytes());
    service.responds("GET", "/event_types", deep).await;
    let error = service.run("queryRecords", event_types()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::UpstreamUnavailable);
    service.server.reset().await;
    service.answers("GET", "/event_types", 200, no_event_types()).await;
    service.run("queryRecords", event_types()).await.unwrap();
}

#[tokio::test]
async fn an_input_nested_without_end_is_refused() {
    let service = Service::connected().await;
    let deep = format!("{}1{}", r#"{"and":["#.repeat(50_000), "]}".repeat(50_000));
    let config = r#""config":{"baseId":"me","tableId":"event_types","filter""#;
    let action =
        format!(r#"{{"action":"calendly.queryRecords","connection":1,{config}:{deep}}}}}"#);
    let error = service.host.run(&action, MINUTE).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidInput, "{error:?}");
    assert_eq!(service.lines().await, [] as [&str; 0]);
    assert_eq!(service.host.connection(1).await.unwrap().state, "connected");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_waits_for_ever_is_cut_and_others_go_on() {
    let service = Service::connected().await;
    service.create(2).await;
    service.answers("POST", "/oauth/token", 200, tokens()).await;
    service.connect(2, "code").await.unwrap();
    let limited = ResponseTemplate::new(429).insert_header("retry-after", "0");
    service.responds("GET", "/event_types", limited).await;
    service.answers("GET", "/users/me", 200, json!({ "resource": { "uri": "u" } })).await;
    let clock = Stuck(service.home.clock.now_ms());
    let stuck = hasty_host(&service, Arc::new(clock)).await;

    let began = Instant::now();
    let waiting = {
        let host = stuck.clone();
        let action =
            json!({ "action": "calendly.queryRecords", "connection": 1, "config": event_types() });
        // Longer than the pause before the next try, which never ends here.
        tokio::spawn(async move { host.run(&action.to_string(), Duration::from_millis(600)).await })
    };
    for _ in 0..5 {
        stuck.test(2).await.unwrap();
    }
    assert!(!waiting.is_finished(), "{:?}", began.elapsed());
    let error = waiting.await.unwrap().unwrap_err();
    assert_eq!(error.code, ErrorCode::DeadlineExceeded, "{error:?}");
    // Nothing of the cut call is left behind.
    let lease = stuck.store().acquire_lease(1, MINUTE, Duration::ZERO).await.unwrap();
    assert!(lease.is_some());
    assert_eq!(stuck.connection(1).await.unwrap().state, "connected");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_that_outlasts_its_call_is_not_cut_and_its_tokens_are_kept() {
    let service = Service::connected().await;
    service.home.clock.advance(Duration::from_secs(7_200));
    // Far more than the call may take; what the service answers cannot be had a second time.
    let slow = ResponseTemplate::new(200).set_body_json(tokens());
    service.responds("POST", "/oauth/token", slow.set_delay(Duration::from_millis(400))).await;
    service.answers("GET", "/event_types", 200, no_event_types()).await;
    let hasty = hasty_host(&service, Arc::new(service.home.clock.clone())).await;
    let action =
        json!({ "action": "calendly.queryRecords", "connection": 1, "config": event_types() });
    let outcome = hasty.run(&action.to_string(), Duration::from_millis(100)).await;
    if let Err(error) = outcome {
        assert_eq!(error.code, ErrorCode::DeadlineExceeded, "{error:?}");
    }
    let stored = service.host.store().grant(1).await.unwrap().unwrap();
    assert_eq!(stored.grant.refresh_started_at, None);
    assert_eq!(stored.grant.obtained_at, service.home.clock.now_ms());
    service.run("queryRecords", event_types()).await.unwrap();
    let lines = service.lines().await;
    assert_eq!(lines.iter().filter(|line| *line == "POST /oauth/token").count(), 1, "{lines:?}");
}

/// A host on the service's database that gives its calls little time to end by themselves.
async fn hasty_host(service: &Service, clock: SharedClock) -> Host {
    let engine = EngineOptions { grace: Duration::from_millis(50), ..EngineOptions::default() };
    let component = ConnectorComponent::load(&component_path(), engine).unwrap();
    let store = service.home.store(clock);
    Host::new(component, store, options(&service.server.uri())).await.unwrap()
}

/// A clock that stands still, and on which sleeps never end.
struct Stuck(u64);

impl Clock for Stuck {
    fn now_ms(&self) -> u64 {
        assert!(self.0 >= NOW_MS);
        self.0
    }

    fn sleep(&self, _: Duration) -> Sleep {
        Box::pin(pending())
    }
}
