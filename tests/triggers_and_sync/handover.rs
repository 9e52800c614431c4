//! Webhooks at the socket, and events on their way to targets.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use host_harness::clock::Clock as _;
use host_harness::simulator::Simulator;
use host_harness::store::{EventFilter, StoredEvent};
use host_harness::targets::Target;
use ring::hmac;
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers};

use crate::webhooks::Scene;

const HEADER: &str = "Calendly-Webhook-Signature";

/// A delivery about a contact, made so many seconds after the hour.
fn delivery(contact: &str, second: u32) -> String {
    let uri = format!("https://api.calendly.com/contacts/{contact}");
    let at = format!("2026-11-24T09:00:{second:02}.000000Z");
    let contact = json!({ "uri": uri, "name": contact, "updated_at": at });
    json!({
        "event": "contact.updated", "created_at": at, "created_by": "x",
        "payload": { "user_uuid": "U1", "contact": contact },
    })
    .to_string()
}

/// The header's value for a body that is signed then, in Unix seconds.
fn signature(body: &str, seconds: u64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, Simulator::WEBHOOK_SIGNING_KEY.as_bytes());
    let tag = hmac::sign(&key, format!("{seconds}.{body}").as_bytes());
    let digits: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={seconds},v1={digits}")
}

impl Scene {
    fn now(&self) -> u64 {
        self.world.home.clock.now_ms() / 1_000
    }

    /// Posts to the server, and answers status and document.
    async fn post(&self, path: &str, body: String, signature: Option<String>) -> (u16, Value) {
        let address = self.url.trim_start_matches("http://").split('/').next().unwrap().to_owned();
        let signature =
            signature.map_or_else(String::new, |value| format!("{HEADER}: {value}\r\n"));
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{signature}\
             content-length: {}\r\n\r\n",
            body.len()
        );
        let ask = move || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(head.as_bytes()).unwrap();
            // A server that has read enough may close before all is written.
            let _ = stream.write_all(body.as_bytes());
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer);
            let answer = String::from_utf8(answer).unwrap();
            let status = answer[9..12].parse().unwrap();
            let document = answer.split_once("\r\n\r\n").unwrap().1;
            (status, serde_json::from_str(document).unwrap_or_default())
        };
        tokio::task::spawn_blocking(ask).await.unwrap()
    }

    /// Posts a delivery as Calendly does.
    async fn tell(&self, body: String) -> (u16, Value) {
        let signature = signature(&body, self.now());
        self.post("/webhooks/1", body, Some(signature)).await
    }

    async fn of_trigger(&self, trigger: &str) -> Vec<StoredEvent> {
        let trigger = Some(trigger.to_owned());
        let filter = EventFilter { trigger, limit: 100, ..EventFilter::default() };
        self.world.host.store().events(filter).await.unwrap()
    }

    /// Hands over what is due, then what will be, until nothing is.
    async fn hand_over(&self, targets: &[Target]) {
        loop {
            self.world.host.hand_over_due(targets).await.unwrap();
            let mut next = None::<u64>;
            for target in targets {
                let store = self.world.host.store();
                let at = store.next_handover_at(target.name().to_owned()).await.unwrap();
                next = next.into_iter().chain(at).min();
            }
            let Some(next) = next else { return };
            let wait = next.saturating_sub(self.world.home.clock.now_ms());
            self.world.home.clock.advance(Duration::from_millis(wait));
        }
    }
}

fn target(server: &MockServer) -> Target {
    Target::url(server.uri().parse().unwrap()).unwrap().on(vec!["record.*".to_owned()])
}

/// What a target got: the ids of the events, in order.
async fn got(server: &MockServer) -> Vec<String> {
    let requests = server.received_requests().await.unwrap();
    let id = |request: &Request| {
        let event: Value = serde_json::from_slice(&request.body).unwrap();
        let header = request.headers.get("x-sovrium-event-id").unwrap().to_str().unwrap();
        assert_eq!(event["id"], header);
        event["record"]["fields"]["name"].as_str().unwrap().to_owned()
    };
    requests.iter().map(id).collect()
}

async fn fails(server: &MockServer, times: u64) {
    let post = || Mock::given(matchers::method("POST"));
    if times > 0 {
        let failure = post().respond_with(ResponseTemplate::new(500)).up_to_n_times(times);
        failure.mount(server).await;
    }
    post().respond_with(ResponseTemplate::new(204)).mount(server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_signed_now_is_taken_and_the_rest_is_counted() {
    let scene = Scene::new(1).await;
    let body = delivery("C1", 1);
    let (now, good) = (scene.now(), signature(&body, scene.now()));
    let ok = json!({ "success": true });
    assert_eq!(scene.post("/webhooks/1", body.clone(), Some(good.clone())).await, (200, ok));
    let repeated = json!({ "success": true, "deduplicated": true });
    assert_eq!(scene.post("/webhooks/1", body.clone(), Some(good.clone())).await, (200, repeated));

    for path in ["/webhooks/11", "/webhooks/01", "/webhooks/+1", "/webhooks/x", "/webhooks/1/"] {
        let (status, _) = scene.post(path, body.clone(), Some(good.clone())).await;
        assert_eq!(status, 404, "{path}");
    }
    let (status, refusal) = scene.post("/webhooks/1", body.clone(), None).await;
    assert_eq!((status, &refusal["error"]), (401, &json!("unauthorized")));
    for (value, expected) in [
        (signature(&body, now - 181), 401),
        (signature(&body, now + 60), 401),
        (signature("another body", now), 401),
        ("t=1".to_owned(), 401),
    ] {
        let (status, again) = scene.post("/webhooks/1", body.clone(), Some(value)).await;
        // Whoever sent it is not told what was wrong.
        assert_eq!((status, &again), (expected, &refusal));
    }
    let nonsense = "{\"event\": 1}".to_owned();
    assert_eq!(scene.tell(nonsense).await.0, 400);
    let large = "x".repeat((1 << 20) + 1);
    assert_eq!(scene.tell(large).await.0, 413);
    let refused = scene.world.host.store().refused_webhooks().await.unwrap();
    let counts: Vec<_> = refused.iter().map(|one| (&*one.reason, one.count)).collect();
    let expected = [
        ("future", 1),
        ("malformed", 1),
        ("mismatch", 1),
        ("missing", 1),
        ("stale", 1),
        ("too-large", 1),
        ("unreadable", 1),
    ];
    assert_eq!(counts, expected);
    assert_eq!(scene.world.host.process_inbox(&[]).await.unwrap(), 2, "the one that was taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_is_processed_by_whichever_process_comes() {
    let scene = Scene::new(1).await;
    assert_eq!(scene.tell(delivery("C1", 1)).await.0, 200);
    // The process ends here; another one opens the same database.
    let other = scene.world.another_host().await;
    assert_eq!(other.process_inbox(&[]).await.unwrap(), 2);
    assert_eq!(scene.world.host.process_inbox(&[]).await.unwrap(), 0);
    let told = scene.of_trigger("record.updated").await.remove(0);
    assert_eq!((told.connection, &*told.source), (1, "webhook"));
    assert_eq!(told.event["record"]["fields"]["name"], "C1");
    assert_eq!(told.event["raw"]["event"], "contact.updated");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_is_told_three_times_then_has_a_dead_letter_and_holds_nobody_up() {
    let scene = Scene::new(1).await;
    let (broken, good) = (MockServer::start().await, MockServer::start().await);
    fails(&broken, 3).await;
    fails(&good, 0).await;
    let targets = [target(&broken), target(&good)];
    scene.tell(delivery("C1", 1)).await;
    scene.world.host.process_inbox(&targets).await.unwrap();
    let began = scene.now();
    scene.hand_over(&targets).await;
    assert_eq!((got(&broken).await.len(), got(&good).await.len()), (3, 1));
    assert_eq!(scene.now() - began, 11, "after 1 s and after 10 s");
    let event = scene.of_trigger("record.updated").await.remove(0);
    let state = |of: &StoredEvent, target: &Target| {
        let found = of.handovers.iter().find(|one| one.target == target.name()).unwrap();
        (found.state.clone(), found.attempts, found.last_error.clone())
    };
    let dead = ("dead".to_owned(), 3, Some("it answered 500".to_owned()));
    assert_eq!(state(&event, &targets[0]), dead);
    assert_eq!(state(&event, &targets[1]), ("done".to_owned(), 1, None));
    let filter = EventFilter { dead: true, limit: 10, ..EventFilter::default() };
    assert_eq!(scene.world.host.store().events(filter).await.unwrap().len(), 1);
    // The raw event was for nobody.
    assert_eq!(scene.of_trigger("contact.updated").await[0].handovers, []);

    // It outlives what is forgotten; replayed, it arrives.
    scene.world.advance(31 * 24 * 60 * 60);
    scene.world.host.store().forget_old_events().await.unwrap();
    assert_eq!(scene.of_trigger("contact.updated").await.len(), 0);
    assert_eq!(scene.world.host.store().revive_handovers().await.unwrap(), 1);
    scene.hand_over(&targets).await;
    assert_eq!((got(&broken).await.len(), got(&good).await.len()), (4, 1));
    let event = scene.of_trigger("record.updated").await.remove(0);
    assert_eq!(state(&event, &targets[0]).0, "done");
    // All targets can be told again, by the event's id.
    assert_eq!(scene.world.host.store().replay_event(event.id).await.unwrap(), 2);
    scene.hand_over(&targets).await;
    assert_eq!((got(&broken).await.len(), got(&good).await.len()), (5, 2));
    scene.world.advance(31 * 24 * 60 * 60);
    scene.world.host.store().forget_old_events().await.unwrap();
    assert_eq!(scene.of_trigger("record.updated").await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_a_record_keep_their_order_and_others_do_not_wait() {
    let scene = Scene::new(1).await;
    let server = MockServer::start().await;
    fails(&server, 1).await;
    let targets = [target(&server)];
    for (contact, second) in [("C1", 1), ("C1", 2), ("C2", 3)] {
        scene.tell(delivery(contact, second)).await;
    }
    scene.world.host.process_inbox(&targets).await.unwrap();
    scene.hand_over(&targets).await;
    // The first try fails, C2 goes past, then C1's come in their order.
    let got = got(&server).await;
    assert_eq!(got.iter().filter(|name| *name == "C2").count(), 1);
    let requests = server.received_requests().await.unwrap();
    let of_c1: Vec<_> = requests
        .iter()
        .map(|request| serde_json::from_slice::<Value>(&request.body).unwrap())
        .filter(|event| event["recordId"] == "C1")
        .map(|event| event["record"]["updatedTime"].as_str().unwrap()[17..19].to_owned())
        .collect();
    assert_eq!(of_c1, ["01", "01", "02"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_connection_goes_all_that_was_told_for_it() {
    let scene = Scene::new(1).await;
    let server = MockServer::start().await;
    fails(&server, 9).await;
    let targets = [target(&server)];
    scene.tell(delivery("C1", 1)).await;
    scene.world.host.process_inbox(&targets).await.unwrap();
    scene.hand_over(&targets).await;
    scene.tell(delivery("C1", 2)).await;
    scene.post("/webhooks/1", String::new(), None).await;
    scene.poll(&scene.world.host, "contacts", &targets).await;
    scene.world.host.remove_connection(1).await.unwrap();
    let store = scene.world.host.store();
    assert_eq!(store.events(EventFilter { limit: 9, ..EventFilter::default() }).await.unwrap(), []);
    assert_eq!(store.pending_deliveries().await.unwrap(), []);
    assert_eq!(store.refused_webhooks().await.unwrap(), []);
    assert_eq!(store.next_handover_at(targets[0].name().to_owned()).await.unwrap(), None);
    assert_eq!(scene.tell(delivery("C1", 3)).await.0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poll_stores_events_and_state_together_and_only_from_the_state_it_began_with() {
    let scene = Scene::new(1).await;
    let store = scene.world.host.store();
    let keep = async |before: Option<&[u8]>, state: &[u8], id: &str| {
        let event = host_harness::store::NewEvent {
            id: id.to_owned(),
            trigger: "record.created".to_owned(),
            event: json!({ "id": id }),
            targets: Vec::new(),
        };
        let (request, state) = ("{}".to_owned(), state.to_owned());
        let before = before.map(<[u8]>::to_owned);
        store.keep_polled(1, request, before, state, vec![event]).await.unwrap()
    };
    assert_eq!(keep(None, b"1", "a").await, Some(1));
    // Two that began together: the second one changes nothing.
    assert_eq!(keep(Some(b"1"), b"2", "b").await, Some(1));
    assert_eq!(keep(Some(b"1"), b"3", "c").await, None);
    assert_eq!(keep(None, b"4", "d").await, None);
    assert_eq!(store.poll_state(1, "{}".to_owned()).await.unwrap().as_deref(), Some(&b"2"[..]));
    // What was told before is not told again.
    assert_eq!(keep(Some(b"2"), b"5", "a").await, Some(0));
    let ids: Vec<_> =
        scene.of_trigger("record.created").await.into_iter().map(|event| event.id).collect();
    assert_eq!(ids, ["b", "a"]);
}
