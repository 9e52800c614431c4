mod account;
mod bookings;
mod requests;
mod states;
mod triggers;
mod windows;

use serde_json::{Value, json};

use super::*;
use crate::contract::triggers::Event;
use crate::error::ErrorCode;
use crate::host::fake::{FakeHost, START, connect};
use account::Account;

const MINUTE: u32 = 60_000;

/// The one who polls, and keeps the state.
struct Poller {
    host: FakeHost,
    connection: Connection,
    request: Value,
    state: Option<Vec<u8>>,
}

impl Poller {
    fn of(account: &Account, request: Value) -> Self {
        let (host, connection) = account.host();
        Self { host, connection, request, state: None }
    }

    /// Polls once; the state is kept.
    fn once(&mut self) -> Polled {
        let polled = self.try_once().unwrap();
        self.state = Some(polled.state.clone());
        polled
    }

    fn try_once(&self) -> Result<Polled> {
        let request = self.request.to_string();
        poll(&self.host, &self.connection, &request, self.state.as_deref(), MINUTE)
    }

    /// Polls until there is no more.
    fn all(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        for _ in 0..1_000 {
            let polled = self.once();
            events.extend(polled.events);
            if !polled.more {
                return events;
            }
        }
        panic!("the polls do not end");
    }

    /// The ids of the events until there is no more.
    fn ids(&mut self) -> Vec<String> {
        self.all().into_iter().map(|event| event.id).collect()
    }

    /// Lets days pass; the grant is a new one then.
    fn advance(&self, days: u64) {
        self.host.advance(days * 86_400_000);
        connect(&self.host, &self.connection);
    }

    /// How many requests a poll sends.
    fn requests(&mut self) -> usize {
        let before = self.host.sent_lines().len();
        self.once();
        self.host.sent_lines().len() - before
    }
}

fn request(table: &str, events: &[&str]) -> Value {
    json!({"baseId": "me", "tableId": table, "events": events})
}

/// What Calendly writes for a moment, so many seconds after the tests begin.
fn at(seconds: i64) -> String {
    crate::instant::Instant::from_unix_ms(START).plus_ms(seconds * 1_000).to_string()
}

fn uri(collection: &str, id: &str) -> String {
    format!("https://api.calendly.com/{collection}/{id}")
}

const DAY: i64 = 86_400;
