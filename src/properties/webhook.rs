//! The reader of webhook requests.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

use crate::error::ErrorCode;
use crate::host::Clock as _;
use crate::host::fake::{FakeHost, HUSH, connected};
use crate::vault::{Slot, seal};
use crate::webhooks::receive;

/// Any bytes as a header's value: nothing is let in that way. Any bytes as a body that is signed: it
/// is told as events, each with an id of its own and with what stands in the body, or refused.
pub fn receive_any_webhook(bytes: &[u8]) {
    let (host, mut connection) = connected();
    let key = seal(&host, 1, Slot::WebhookSigningKey, KEY.as_bytes()).expect("a usable key");
    connection.webhook_signing_key = Some(key);
    let receive = |value: &str, body: &[u8]| {
        let headers = [("calendly-webhook-signature".to_owned(), value.to_owned())];
        receive(&host, &connection, &headers, body, 180_000)
    };
    let made_up = String::from_utf8_lossy(bytes);
    let refusal = receive(&made_up, BODY).expect_err("nobody signed this");
    assert_eq!(refusal.code, ErrorCode::SignatureInvalid, "{made_up}: {refusal:?}");

    let signed = receive(&signature(&host, bytes), bytes);
    let told = format!("{signed:?}");
    assert!(!told.contains(KEY) && !told.contains(HUSH), "a secret in {told}");
    let delivery = match signed {
        Ok(delivery) => delivery,
        Err(refusal) => {
            assert_eq!(refusal.code, ErrorCode::InvalidInput, "{refusal:?}");
            return;
        }
    };
    assert_eq!(delivery.events[0].id, delivery.id);
    for (index, event) in delivery.events.iter().enumerate() {
        assert_eq!(event.raw.as_deref().map(str::as_bytes), Some(bytes));
        let earlier = &delivery.events[..index];
        assert!(earlier.iter().all(|other| other.id != event.id), "{} comes twice", event.id);
        if let Some(record) = &event.record {
            let record: Value = serde_json::from_str(record).expect("a record is JSON");
            assert_eq!(record["tableId"].as_str(), event.table_id.as_deref(), "{record}");
            assert_eq!(record["id"].as_str(), event.record_id.as_deref(), "{record}");
        }
    }
}

fn signature(host: &FakeHost, body: &[u8]) -> String {
    let time = (host.now() / 1_000).to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(KEY.as_bytes()).expect("a key of any length");
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(body);
    let tag = mac.finalize().into_bytes();
    let digits: String = tag.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={time},v1={digits}")
}

const KEY: &str = "signing-key-that-must-not-be-seen";
const BODY: &[u8] = br#"{"event": "x", "created_at": "2026-11-24T10:00:00Z", "payload": {}}"#;
