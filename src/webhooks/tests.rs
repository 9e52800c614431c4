mod bookings;
mod deliveries;
mod manifest;
mod signature;

use serde_json::{Value, json};

use super::*;
use crate::error::ErrorCode;
use crate::host::Clock as _;
use crate::host::fake::{FakeHost, connected};
use crate::vault::{Slot, seal};

const KEY: &str = "signing-key-of-the-app";
const MINUTE: u32 = 60_000;
const TOLERANCE: u32 = 180_000;

/// A connected host and a connection with these signing keys.
fn signed_by(keys: [Option<&str>; 2]) -> (FakeHost, Connection) {
    let (host, mut connection) = connected();
    let [present, previous] = keys
        .map(|key| key.map(|key| seal(&host, 1, Slot::WebhookSigningKey, key.as_bytes()).unwrap()));
    connection.webhook_signing_key = present;
    connection.previous_webhook_signing_key = previous;
    (host, connection)
}

/// The tag, by another implementation than the connector's.
fn tag(key: &str, time: &str, body: &[u8]) -> String {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, key.as_bytes());
    let signed = [time.as_bytes(), b".", body].concat();
    let tag = ring::hmac::sign(&key, &signed);
    tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn header(value: &str) -> Vec<(String, String)> {
    vec![("Calendly-Webhook-Signature".to_owned(), value.to_owned())]
}

/// What a delivery with this event and payload means.
fn told(event: &str, payload: &Value) -> Delivery {
    let (host, connection) = signed_by([Some(KEY), None]);
    let body = json!({
        "event": event,
        "created_at": "2026-11-24T10:00:00.123456Z",
        "created_by": uri("users", "U1"),
        "payload": payload,
    })
    .to_string();
    let time = (host.now() / 1_000).to_string();
    let headers = header(&format!("t={time},v1={}", tag(KEY, &time, body.as_bytes())));
    receive(&host, &connection, &headers, body.as_bytes(), TOLERANCE).unwrap()
}

fn uri(collection: &str, id: &str) -> String {
    format!("https://api.calendly.com/{collection}/{id}")
}

fn invitee_uri(event: &str, invitee: &str) -> String {
    uri("scheduled_events", &format!("{event}/invitees/{invitee}"))
}

/// An invitee as webhooks tell them, active and booked once, with these members changed.
fn invitee(event: &str, id: &str, changed: Value) -> Value {
    let mut invitee = json!({
        "uri": invitee_uri(event, id),
        "event": uri("scheduled_events", event),
        "name": "Ada", "email": "ada@x.io", "status": "active", "timezone": "Europe/Paris",
        "rescheduled": false, "old_invitee": null, "new_invitee": null, "no_show": null,
        "created_at": "2026-11-24T09:59:00.000001Z", "updated_at": "2026-11-24T09:59:00.000002Z",
        "scheduled_event": {
            "uri": uri("scheduled_events", event), "name": "Chat", "status": "active",
            "start_time": "2026-12-01T09:00:00.000000Z",
            "event_type": uri("event_types", "T1"),
            "invitees_counter": {"total": 1, "active": 1, "limit": 1},
            "created_at": "2026-11-24T09:59:00.000000Z",
            "updated_at": "2026-11-24T09:59:00.000003Z",
        },
    });
    for (name, value) in changed.as_object().unwrap() {
        invitee[name] = value.clone();
    }
    invitee
}

/// The ids of what a delivery means, in order.
fn ids(delivery: &Delivery) -> Vec<&str> {
    delivery.events.iter().map(|event| &*event.id).collect()
}

fn record(event: &Event) -> Value {
    serde_json::from_str(event.record.as_deref().unwrap_or("null")).unwrap()
}
