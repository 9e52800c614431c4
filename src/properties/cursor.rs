//! The cursor parser.

use serde_json::{Value, json};

use super::run;
use crate::connection::Connection;
use crate::error::{ErrorCode, Result};
use crate::host::Response;
use crate::host::fake::{FakeHost, Sent, connected, reply};
use crate::vault::{Slot, open, seal};

/// Any bytes as a cursor: none is accepted but what was sealed. Any bytes as what a cursor has
/// inside, as another version of the connector might have sealed it: it is refused, or the query
/// goes on to a valid answer.
pub fn open_any_cursor(bytes: &[u8]) {
    for walk in WALKS {
        let asked = Asked::of(walk);
        asked.refuses(bytes);
        asked.goes_on_with(bytes);
    }
}

/// A query whose first page has been answered.
struct Asked {
    host: FakeHost,
    connection: Connection,
    walk: Walk,
    /// The cursor to its second page.
    cursor: String,
    /// What the cursor is bound to.
    fingerprint: Value,
}

impl Asked {
    fn of(walk: Walk) -> Self {
        let (host, connection) = connected();
        host.serve(|host, sent| {
            // Without this, reading what never ends would take forever.
            host.advance(1_000);
            Ok(page(sent))
        });
        let mut asked =
            Self { host, connection, walk, cursor: String::new(), fingerprint: Value::Null };
        let first = asked.query(None).expect("the first page");
        let cursor = first["cursor"].as_str().expect("a second page");
        let plain = open(&asked.host, asked.connection.id, Slot::Cursor, cursor).expect("sealed");
        let inside: Value = serde_json::from_slice(&plain).expect("JSON");
        asked.fingerprint = inside[0].clone();
        asked.cursor = cursor.to_owned();
        let second = asked.query(Some(cursor)).expect("the second page");
        assert_ne!(first["records"], second["records"]);
        asked
    }

    fn query(&self, cursor: Option<&str>) -> Result<Value> {
        let Walk { table, sort } = self.walk;
        let mut config = json!({ "baseId": "me", "tableId": table, "pageSize": 2 });
        if let Some(field) = sort {
            config["sort"] = json!([{ "field": field }]);
        }
        if let Some(cursor) = cursor {
            config["cursor"] = cursor.into();
        }
        run(&self.host, &self.connection, "queryRecords", &config)
    }

    /// Neither the bytes themselves, nor a cursor with one of them in it, nor one of its starts.
    fn refuses(&self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        let at = bytes.iter().copied().map(usize::from).sum::<usize>() % self.cursor.len();
        let (before, after) = self.cursor.split_at(at);
        let with = text.chars().next().unwrap_or_default();
        let changed = format!("{before}{with}{}", &after[1..]);
        for made_up in [&*text, &*changed, before].into_iter().filter(|text| !text.is_empty()) {
            if made_up == self.cursor {
                continue;
            }
            let refusal = self.query(Some(made_up)).expect_err("nobody sealed this");
            assert_eq!(refusal.code, ErrorCode::InvalidInput, "{made_up}: {refusal:?}");
            assert_eq!(refusal.violations[0].pointer, "/config/cursor", "{made_up}");
        }
    }

    /// The bytes as all that is inside, and what they are in JSON as what follows a query: another
    /// one, and this one.
    fn goes_on_with(&self, bytes: &[u8]) {
        self.refuses_sealed(bytes);
        let Ok(Value::Array(parts)) = serde_json::from_slice(bytes) else { return };
        let inside = |query: Value| {
            let parts = [query].into_iter().chain(parts.iter().cloned());
            Value::Array(parts.collect()).to_string().into_bytes()
        };
        self.refuses_sealed(&inside("another query".into()));
        // What it ends in is checked there; it is nobody's defect.
        let ended = self.query(Some(&self.seal(&inside(self.fingerprint.clone()))));
        assert!(ended.err().is_none_or(|error| error.code != ErrorCode::Internal));
    }

    fn refuses_sealed(&self, inside: &[u8]) {
        let refusal = self.query(Some(&self.seal(inside))).expect_err("of no query");
        assert_eq!(refusal.code, ErrorCode::InvalidInput, "{refusal:?}");
    }

    fn seal(&self, inside: &[u8]) -> String {
        seal(&self.host, self.connection.id, Slot::Cursor, inside).expect("a usable key")
    }
}

/// A way to go through records.
#[derive(Clone, Copy)]
struct Walk {
    table: &'static str,
    sort: Option<&'static str>,
}

/// Through one collection, below many parents, and in an order that the connector makes.
const WALKS: [Walk; 3] = [
    Walk { table: "scheduled_events", sort: None },
    Walk { table: "invitees", sort: None },
    Walk { table: "contacts", sort: Some("name") },
];

/// A page of five resources, as Calendly answers it; a token is where its page begins.
fn page(sent: &Sent) -> Response {
    let path = sent.path();
    if path == "/contacts/custom_field_definitions" {
        return reply(200, json!({ "collection": [] }));
    }
    let (mut from, mut count) = (0, 20);
    for (name, value) in sent.query() {
        let number = value.parse();
        match (&*name, number) {
            ("count", Ok(number @ 1..=100)) => count = number,
            ("page_token", Ok(number @ 1..RESOURCES)) => from = number,
            ("count" | "page_token", _) => {
                let message = "The supplied parameters are invalid.";
                let details = json!([{ "parameter": name, "message": "is not valid" }]);
                let body =
                    json!({ "title": "Invalid Argument", "message": message, "details": details });
                return reply(400, body);
            }
            _ => {}
        }
    }
    let to = (from + count).min(RESOURCES);
    let resource = |number: usize| json!({ "uri": format!("https://api.calendly.com{path}/R{number}"), "name": format!("N{number}") });
    let resources: Vec<_> = (from..to).map(resource).collect();
    let next = (to < RESOURCES).then(|| to.to_string());
    reply(200, json!({ "collection": resources, "pagination": { "next_page_token": next } }))
}

const RESOURCES: usize = 5;
