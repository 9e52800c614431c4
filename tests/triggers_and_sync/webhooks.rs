//! Webhooks and polling together: whatever gets lost, repeated or turned round on the way, each
//! thing that happened is told once.

use std::collections::BTreeSet;
use std::time::Duration;

use host_harness::host::Host;
use host_harness::serve::take_webhooks;
use host_harness::simulator::{AccountSize, Person, Simulator, WebhookFault, WebhookFaultKind};
use host_harness::store::{EventFilter, StoredEvent};
use host_harness::targets::Target;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::histories::Dice;
use crate::support::world::World;

const SCOPES: &[&str] =
    &["schema.bases:read", "data.records:read", "data.records:write", "webhook:manage"];

/// A host that takes webhooks at a real socket.
pub(crate) struct Scene {
    pub(crate) world: World,
    pub(crate) url: String,
    /// Stops the server when dropped.
    _stop: watch::Sender<bool>,
}

impl Scene {
    pub(crate) async fn new(seed: u64) -> Self {
        let small = AccountSize { scheduled_events: 8, contacts: 25, event_types: 6 };
        let world = World::connected_with_scopes(
            |options| {
                options.seed = seed;
                options.size = small;
                options.requests_per_minute = Some(0);
            },
            SCOPES,
        )
        .await;
        let key = json!({ "webhookSigningKey": Simulator::WEBHOOK_SIGNING_KEY }).to_string();
        world.host.change_connection(1, &key).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/webhooks/1", listener.local_addr().unwrap());
        let (stop, stopped) = watch::channel(false);
        let tolerance = Duration::from_secs(180);
        tokio::spawn(take_webhooks(listener, world.host.clone(), tolerance, stopped));
        Self { world, url, _stop: stop }
    }

    async fn subscribe(&self, events: &[&str]) -> Value {
        let config = json!({ "baseId": "me", "url": self.url, "events": events });
        self.world.answer("subscribeWebhook", config).await
    }

    /// Calendly sends what is due, and what fails again until it is through.
    async fn deliver(&self) {
        loop {
            self.world.simulator.deliver_due().await;
            match self.world.simulator.next_delivery_in() {
                None => return,
                Some(wait) => self.world.home.clock.advance(wait),
            }
        }
    }

    pub(crate) async fn poll(&self, host: &Host, table: &str, targets: &[Target]) {
        let request = json!({
            "baseId": "me", "tableId": table, "events": ["created", "updated"],
            "lookbackDays": 1_000, "horizonDays": 1_000,
        });
        while host.poll(1, &request, targets).await.unwrap().more {}
    }

    async fn stored(&self) -> Vec<StoredEvent> {
        let filter = EventFilter { limit: 10_000, ..EventFilter::default() };
        self.world.host.store().events(filter).await.unwrap()
    }

    async fn ids(&self, prefix: &str) -> BTreeSet<String> {
        let events = self.stored().await.into_iter().map(|event| event.id);
        events.filter(|id| id.starts_with(prefix)).collect()
    }

    /// Books a meeting; answers the invitee's URI.
    async fn book(&self, number: usize) -> String {
        let event_type = self.world.simulator.event_type_uri("30 Minute Meeting").unwrap();
        let fields = json!({
            "event_type": event_type,
            "start_time": self.world.simulator.free_start_time(Person::Owner),
            "name": "Guest", "email": format!("guest-{number}@example.com"),
            "timezone": "Europe/Paris",
        });
        let config = json!({ "baseId": "me", "tableId": "invitees", "fields": fields });
        let record = self.world.record("createRecord", config).await;
        record["uri"].as_str().unwrap().to_owned()
    }
}

/// The record id of an invitee's URI.
fn id(uri: &str) -> String {
    let mut segments = uri.rsplit('/');
    let (invitee, _, event) = (segments.next(), segments.next(), segments.next());
    format!("{}/{}", event.unwrap(), invitee.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_a_move_and_a_cancellation_arrive_as_one_event_each() {
    let scene = Scene::new(1).await;
    let answer = scene.subscribe(&["booking.created", "booking.rescheduled"]).await;
    assert_eq!(answer["subscriptions"][0]["outcome"], "created");
    let answer = scene.subscribe(&["booking.created", "booking.rescheduled"]).await;
    assert_eq!(answer["subscriptions"][0]["outcome"], "unchanged");

    let first = scene.book(1).await;
    let start = scene.world.simulator.free_start_time(Person::Owner);
    let second = scene.world.simulator.reschedule(&first, &start).unwrap();
    let start = scene.world.simulator.free_start_time(Person::Owner);
    let third = scene.world.simulator.reschedule(&second, &start).unwrap();
    scene.world.simulator.cancel_as_invitee(&third, Some("ill")).unwrap();
    scene.deliver().await;
    // Nothing is told before it is worked on, and nothing twice.
    assert!(scene.ids("").await.is_empty());
    assert!(scene.world.host.process_inbox(&[]).await.unwrap() > 0);
    assert_eq!(scene.world.host.process_inbox(&[]).await.unwrap(), 0);
    let expected = BTreeSet::from([
        format!("booking.created/{}", id(&first)),
        format!("booking.rescheduled/{}", id(&first)),
        format!("booking.rescheduled/{}", id(&second)),
        format!("booking.canceled/{}", id(&third)),
    ]);
    assert_eq!(scene.ids("booking.").await, expected);
    for event in scene.stored().await {
        if event.trigger.starts_with("booking.") {
            assert_eq!(event.event["bookingId"], *id(&first), "{}", event.id);
            assert_eq!(event.event["incomplete"], false);
        }
    }
    for entry in std::fs::read_dir(scene.world.home.folder()).unwrap() {
        let (path, key) = (entry.unwrap().path(), Simulator::WEBHOOK_SIGNING_KEY.as_bytes());
        let Ok(bytes) = std::fs::read(&path) else { continue };
        let found = bytes.windows(key.len()).any(|window| window == key);
        assert!(!found, "the signing key stands in {}", path.display());
    }
    let moved = format!("booking.rescheduled/{}", id(&second));
    let moved = scene.world.host.store().events_of_id(moved).await.unwrap().remove(0);
    assert_eq!(moved.event["recordId"], *id(&third));
    assert_eq!(moved.event["previousId"], *id(&second));
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_happens_on_the_way_each_thing_is_told_once() {
    for seed in 1..=4 {
        history(seed).await;
    }
}

/// A random history of bookings and contacts. Deliveries are lost, repeated and turned round;
/// another process works on the same inbox; what webhooks lose, polls find.
async fn history(seed: u64) {
    let scene = Scene::new(seed).await;
    let mut dice = Dice(seed);
    scene.subscribe(&["booking.created", "booking.canceled", "contact.created"]).await;
    let other = scene.world.another_host().await;
    for table in ["invitees", "contacts"] {
        scene.poll(&scene.world.host, table, &[]).await;
    }
    let (mut bookings, mut contacts) = (BTreeSet::new(), BTreeSet::new());
    let mut active: Vec<String> = Vec::new();
    for number in 0..16 {
        let fault = match dice.below(8) {
            0 | 1 => Some(WebhookFaultKind::Lose),
            2 => Some(WebhookFaultKind::Duplicate),
            3 => Some(WebhookFaultKind::LoseAnswer),
            4 => Some(WebhookFaultKind::Reverse),
            _ => None,
        };
        let loses = fault == Some(WebhookFaultKind::Lose);
        if let Some(kind) = fault {
            scene.world.simulator.webhook_fault(WebhookFault::once(kind));
        }
        let chosen = dice.one(&active).map(str::to_owned);
        match (dice.below(6), chosen) {
            (0, Some(invitee)) => {
                scene.world.simulator.cancel_as_invitee(&invitee, None).unwrap();
                active.retain(|one| *one != invitee);
                bookings.insert(format!("booking.canceled/{}", id(&invitee)));
            }
            (1 | 2, Some(invitee)) => {
                let start = scene.world.simulator.free_start_time(Person::Owner);
                let moved = scene.world.simulator.reschedule(&invitee, &start).unwrap();
                active.retain(|one| *one != invitee);
                active.push(moved);
                bookings.insert(format!("booking.rescheduled/{}", id(&invitee)));
            }
            (3, _) => {
                let fields = json!({ "name": "New", "email": format!("new-{number}@x.example") });
                let config = json!({ "baseId": "me", "tableId": "contacts", "fields": fields });
                let record = scene.world.record("createRecord", config).await;
                let id = record["id"].as_str().unwrap();
                contacts.insert(format!("record.created/contacts/{id}"));
            }
            _ => {
                let invitee = scene.book(number).await;
                bookings.insert(format!("booking.created/{}", id(&invitee)));
                active.push(invitee);
            }
        }
        if dice.below(2) == 0 || loses {
            scene.deliver().await;
        }
        // Either process may find the inbox, both at once included.
        if dice.below(2) == 0 {
            let (here, there) =
                tokio::join!(scene.world.host.process_inbox(&[]), other.process_inbox(&[]));
            assert!(here.is_ok() && there.is_ok());
        }
        // A poll sees what is there now: what was lost is looked for before it changes again.
        if dice.below(3) == 0 || loses {
            let host = if dice.below(2) == 0 { &other } else { &scene.world.host };
            for table in ["invitees", "contacts"] {
                scene.poll(host, table, &[]).await;
            }
        }
    }
    scene.deliver().await;
    scene.world.host.process_inbox(&[]).await.unwrap();
    assert_eq!(scene.ids("booking.").await, bookings, "seed {seed}");
    assert_eq!(scene.ids("record.created/contacts/").await, contacts, "seed {seed}");
    // Polling once more finds nothing that was not told.
    let before = scene.stored().await.len();
    for table in ["invitees", "contacts"] {
        scene.poll(&scene.world.host, table, &[]).await;
    }
    let after = scene.stored().await;
    assert_eq!(after.len(), before, "seed {seed}: {:?}", after.first().map(|event| &event.id));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_that_calendly_gave_up_is_made_again_and_polling_fills_the_gap() {
    let scene = Scene::new(1).await;
    scene.poll(&scene.world.host, "invitees", &[]).await;
    let events = ["booking.created", "booking.canceled"];
    let old = scene.subscribe(&events).await["subscriptions"][0]["webhook"]["id"].clone();
    // For a day nothing can be delivered: the connection has lost its key.
    let no_key = json!({ "webhookSigningKey": null }).to_string();
    scene.world.host.change_connection(1, &no_key).await.unwrap();
    let invitee = scene.book(1).await;
    scene.deliver().await;
    let refused = scene.world.host.store().refused_webhooks().await.unwrap();
    assert_eq!((&*refused[0].reason, refused.len()), ("no-key", 1));
    assert!(refused[0].count > 20, "{refused:?}");
    let key = json!({ "webhookSigningKey": Simulator::WEBHOOK_SIGNING_KEY }).to_string();
    scene.world.host.change_connection(1, &key).await.unwrap();

    let config = json!({ "baseId": "me", "url": scene.url, "events": events });
    let verified = scene.world.answer("verifyWebhook", config.clone()).await;
    assert_eq!(verified["verified"], false);
    let broken = verified["links"].as_array().unwrap().iter();
    let broken: Vec<_> = broken.filter(|link| link["holds"] == false).collect();
    assert_eq!(broken[0]["link"], "state");
    let answer = scene.subscribe(&events).await;
    let ensured = &answer["subscriptions"][0];
    assert_eq!(ensured["outcome"], "replaced");
    assert_ne!(ensured["webhook"]["id"], old);
    assert!(ensured["missedSince"].is_string(), "{ensured}");
    assert_eq!(scene.world.answer("verifyWebhook", config).await["verified"], true);

    // The gap is filled by a poll, and what comes now by webhook.
    scene.poll(&scene.world.host, "invitees", &[]).await;
    let other = scene.book(2).await;
    scene.deliver().await;
    scene.world.host.process_inbox(&[]).await.unwrap();
    scene.poll(&scene.world.host, "invitees", &[]).await;
    let expected = [&invitee, &other].map(|uri| format!("booking.created/{}", id(uri)));
    assert_eq!(scene.ids("booking.").await, BTreeSet::from(expected));
}
