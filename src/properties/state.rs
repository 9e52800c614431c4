//! The reader of a poll's state.

use serde_json::{Value, json};

use super::check_error;
use crate::changes::{check, poll};
use crate::error::ErrorCode;
use crate::host::Response;
use crate::host::fake::{connected, reply};

/// Any bytes as a poll's state: they are refused. Any bytes as what a state has inside, as another
/// version of the connector might have written it: it is refused, or the poll goes on to a state
/// that is good for the next one.
pub fn read_any_state(bytes: &[u8]) {
    for (table, events) in POLLS {
        let request = json!({ "baseId": "me", "tableId": table, "events": events });
        let (host, connection) = connected();
        host.serve(|host, sent| {
            // Without this, reading what never ends would take forever.
            host.advance(1_000);
            Ok(page(sent.path()))
        });
        let ask = |state: Option<&[u8]>| {
            let polled = poll(&host, &connection, &request.to_string(), state, 60_000);
            if let Err(error) = &polled {
                check_error(error, &with_state(&request));
            }
            polled
        };
        let first = ask(None).expect("a first poll");
        assert!(first.events.is_empty(), "{:?}", first.events);
        if bytes != first.state {
            let refusal = ask(Some(bytes)).expect_err("no such state was written");
            assert_eq!(refusal.code, ErrorCode::InvalidInput, "{refusal:?}");
        }
        let mut binding = [0; 16];
        binding.copy_from_slice(&first.state[1..17]);
        let inside = [&first.state[..17], &check(&binding, bytes), bytes].concat();
        match ask(Some(&inside)) {
            Ok(second) => drop(ask(Some(&second.state)).expect("a good state")),
            Err(refusal) => assert_eq!(refusal.code, ErrorCode::InvalidInput, "{refusal:?}"),
        }
    }
}

/// The document as far as violations can point into it.
fn with_state(request: &Value) -> Value {
    let mut document = request.clone();
    document["state"] = "".into();
    document
}

/// A page of five resources, or one resource.
fn page(path: &str) -> Response {
    if path == "/contacts/custom_field_definitions" {
        return reply(200, json!({ "collection": [] }));
    }
    let times = |uri: String| {
        let time = "2026-11-24T10:00:00.000000Z";
        json!({ "uri": uri, "start_time": time, "created_at": time, "updated_at": time })
    };
    if path.split('/').count() == 3 {
        return reply(200, json!({ "resource": times(format!("https://api.calendly.com{path}")) }));
    }
    let uri = |number: usize| format!("https://api.calendly.com{path}/R{number}");
    let resources: Vec<_> = (0..5).map(|number| times(uri(number))).collect();
    reply(200, json!({ "collection": resources }))
}

/// In the order of changes; as a whole, with whole ids; within a window, below parents.
const POLLS: [(&str, &[&str]); 3] = [
    ("contacts", &["created", "updated"]),
    ("contacts", &["created", "updated", "deleted"]),
    ("invitees", &["created", "updated"]),
];
