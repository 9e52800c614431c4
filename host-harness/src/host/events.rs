//! Events: webhooks taken in, polls made, and what they tell handed over to targets.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::transition::needs_a_person;
use super::{Host, LOCAL_DEADLINE};
use crate::bindings::exports::sovrium::connector::triggers::Event;
use crate::error::{ErrorCode, HostError, Retry};
use crate::store::{ConnectionRow, DueHandover, NewEvent, PendingDelivery};
use crate::targets::Target;
use crate::timestamp;

/// No delivery of the service's comes near this.
pub const LARGEST_WEBHOOK: usize = 1 << 20;

/// How long reading what an event lacks may take.
const COMPLETE_DEADLINE: Duration = Duration::from_secs(60);

/// How long a poll may take, waiting for the rate limits included.
const POLL_DEADLINE: Duration = Duration::from_secs(300);

/// How long after a failure something is tried again; after the last one it is given up.
const PAUSES_MS: [u64; 2] = [1_000, 10_000];

/// Whoever tells a target has this long before somebody else does: longer than targets may take.
const CLAIMED_FOR_MS: u64 = 90_000;

/// A webhook request that is the service's own, kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// Whether it was kept before, and is not kept again.
    pub is_repeated: bool,
}

/// Why a webhook request was not kept.
#[derive(Clone, Debug, PartialEq)]
pub struct RefusedWebhook {
    /// The status to answer with.
    pub status: u16,
    /// The reason it is counted under.
    pub reason: String,
    /// What is wrong, for whoever runs the host.
    pub error: HostError,
}

/// What a poll did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PollDone {
    /// How many events are new.
    pub new: usize,
    /// Whether to poll again at once.
    pub more: bool,
}

impl Host {
    /// Verifies a webhook request for the connection and keeps it, durably when this returns. What
    /// is refused is counted.
    pub async fn receive_webhook(
        &self,
        id: u64,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
        tolerance: Duration,
    ) -> Result<Received, RefusedWebhook> {
        let row = self.row(id).await.map_err(|error| RefusedWebhook {
            status: if error.code == ErrorCode::NotFound { 404 } else { 500 },
            reason: "unknown-connection".to_owned(),
            error,
        })?;
        if body.len() > LARGEST_WEBHOOK {
            return Err(self.refuse_large_webhook(id).await);
        }
        let tolerance_ms = u32::try_from(tolerance.as_millis()).unwrap_or(u32::MAX);
        let context = self.context(Some(id), LOCAL_DEADLINE);
        let component = &self.0.component;
        let answer = component.receive(context, row.connection, headers, body, tolerance_ms).await;
        let delivery = match answer.map_err(HostError::from).and_then(|answer| Ok(answer?)) {
            Ok(delivery) => delivery,
            Err(error) => return Err(self.refuse_webhook(id, error).await),
        };
        let events = Value::Array(delivery.events.iter().map(|event| stored(id, event)).collect());
        match self.store().keep_delivery(id, delivery.id, events).await {
            Ok(kept) => Ok(Received { is_repeated: !kept }),
            Err(error) => {
                Err(RefusedWebhook { status: 500, reason: "store".to_owned(), error: error.into() })
            }
        }
    }

    /// Counts a webhook request whose body was not even read to its end.
    pub async fn refuse_large_webhook(&self, id: u64) -> RefusedWebhook {
        let error = HostError::new(
            ErrorCode::InvalidInput,
            "The webhook request is larger than 1 MB.",
            "Nothing of the service's is; see who sends it.",
        );
        self.refused(id, 413, "too-large", error).await
    }

    async fn refuse_webhook(&self, id: u64, error: HostError) -> RefusedWebhook {
        let reason = error.detail.as_ref().and_then(|detail| detail["reason"].as_str());
        let (status, reason) = match error.code {
            ErrorCode::SignatureInvalid => (401, reason.unwrap_or("signature").to_owned()),
            ErrorCode::InvalidInput => (400, "unreadable".to_owned()),
            code => (500, code.as_str().to_owned()),
        };
        self.refused(id, status, &reason, error).await
    }

    async fn refused(
        &self,
        id: u64,
        status: u16,
        reason: &str,
        error: HostError,
    ) -> RefusedWebhook {
        if let Err(error) = self.store().count_refused_webhook(id, reason.to_owned()).await {
            tracing::warn!(connection = id, %error, "a refused webhook was not counted");
        }
        tracing::info!(connection = id, reason, "a webhook request was refused");
        RefusedWebhook { status, reason: reason.to_owned(), error }
    }

    /// Works through the inbox: what each delivery means is stored once, for these targets. Returns
    /// how many events are new. What cannot be read now is tried again later, and stored without
    /// after the last try.
    pub async fn process_inbox(&self, targets: &[Target]) -> Result<usize, HostError> {
        let mut new = 0;
        loop {
            let pending = self.store().pending_deliveries().await?;
            if pending.is_empty() {
                return Ok(new);
            }
            for delivery in pending {
                new += self.process(delivery, targets).await?;
            }
        }
    }

    async fn process(
        &self,
        delivery: PendingDelivery,
        targets: &[Target],
    ) -> Result<usize, HostError> {
        let row = self.row(delivery.connection).await?;
        let mut events = Vec::new();
        for event in delivery.events.as_array().map_or(&[][..], Vec::as_slice) {
            let event = match self.completed(&row, event).await {
                Ok(event) => event,
                Err(error) => match PAUSES_MS.get(delivery.attempts as usize) {
                    Some(pause) if error.retry != Retry::Never => {
                        let (connection, code) = (delivery.connection, error.code.as_str());
                        tracing::warn!(connection, code, "an event could not be completed yet");
                        let until = self.clock().now_ms().saturating_add(*pause);
                        self.store().postpone_delivery(delivery.number, until).await?;
                        return Ok(0);
                    }
                    _ => event.clone(),
                },
            };
            events.push(new_event(event, targets));
        }
        Ok(self.store().process_delivery(delivery, events).await?)
    }

    /// The event with what the service left out of it.
    async fn completed(&self, row: &ConnectionRow, event: &Value) -> Result<Value, HostError> {
        if event["incomplete"] != true {
            return Ok(event.clone());
        }
        let id = row.connection.id;
        let context = self.context(Some(id), COMPLETE_DEADLINE);
        let connection = row.connection.clone();
        let answer = self.0.component.complete(context, connection, read(event)).await;
        match answer.map_err(HostError::from).and_then(|answer| Ok(answer?)) {
            Ok(event) => Ok(stored(id, &event)),
            Err(error) => Err(error),
        }
    }

    /// Looks once for what happened to a table's records, as `triggers.poll` has it, and stores
    /// events and state together.
    pub async fn poll(
        &self,
        id: u64,
        request: &Value,
        targets: &[Target],
    ) -> Result<PollDone, HostError> {
        let row = self.row(id).await?;
        let request = request.to_string();
        let before = self.store().poll_state(id, request.clone()).await?;
        let context = self.context(Some(id), POLL_DEADLINE);
        let connection = row.connection.clone();
        let answer =
            self.0.component.poll(context, connection, request.clone(), before.clone()).await;
        let polled = match answer.map_err(HostError::from).and_then(|answer| Ok(answer?)) {
            Ok(polled) => polled,
            Err(error) if needs_a_person(error.code) => {
                return Err(self.after_failure(&row, error).await);
            }
            Err(error) => return Err(error),
        };
        let mut events = Vec::new();
        for event in &polled.events {
            let event = stored(id, event);
            // What cannot be completed is told without: the next poll would not find it again.
            let event = self.completed(&row, &event).await.unwrap_or(event);
            events.push(new_event(event, targets));
        }
        let kept = self.store().keep_polled(id, request, before, polled.state, events).await?;
        self.store().note_activity(id, Ok(())).await?;
        Ok(PollDone { new: kept.unwrap_or_default(), more: polled.more && kept.is_some() })
    }

    /// Tells the targets what they are due. Each try is counted before it is made; after three an
    /// event is a dead letter. Returns how many were taken.
    pub async fn hand_over_due(&self, targets: &[Target]) -> Result<usize, HostError> {
        let mut taken = 0;
        for target in targets {
            loop {
                let due = self.store().due_handovers(target.name().to_owned()).await?;
                if due.is_empty() {
                    break;
                }
                // What happened to a record is told in order: nothing goes past what was not taken.
                let mut waiting = BTreeSet::new();
                for handover in due {
                    let record = (handover.connection, handover.event["recordId"].to_string());
                    if waiting.contains(&record) {
                        continue;
                    }
                    if self.hand_over(target, handover).await? {
                        taken += 1;
                    } else {
                        waiting.insert(record);
                    }
                }
            }
        }
        Ok(taken)
    }

    async fn hand_over(&self, target: &Target, due: DueHandover) -> Result<bool, HostError> {
        let store = self.store();
        let until = self.clock().now_ms().saturating_add(CLAIMED_FOR_MS);
        if !store.claim_handover(due.number, due.attempts, until).await? {
            return Ok(false);
        }
        match target.tell(&due.id, &due.event).await {
            Ok(()) => {
                store.end_handover(due.number).await?;
                Ok(true)
            }
            Err(why) => {
                let pause = PAUSES_MS.get(due.attempts as usize);
                let next = pause.map(|pause| self.clock().now_ms().saturating_add(*pause));
                let (target, last) = (target.name(), next.is_none());
                tracing::warn!(target, why, last, "an event was not taken");
                store.postpone_handover(due.number, why, next).await?;
                Ok(false)
            }
        }
    }
}

fn new_event(event: Value, targets: &[Target]) -> NewEvent {
    let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
    let trigger = text("trigger");
    let wants = |target: &&Target| target.wants(&trigger);
    let targets = targets.iter().filter(wants).map(|target| target.name().to_owned()).collect();
    NewEvent { id: text("id"), trigger, targets, event }
}

/// An event as it is stored, and as targets get it.
fn stored(connection: u64, event: &Event) -> Value {
    let document = |text: &Option<String>| -> Value {
        text.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    };
    json!({
        "id": event.id,
        "connection": connection,
        "trigger": event.trigger,
        "tableId": event.table_id,
        "recordId": event.record_id,
        "record": document(&event.record),
        "occurredAt": timestamp::rfc3339_ms(event.occurred_at),
        "occurredAtMs": event.occurred_at,
        "bookingId": event.booking_id,
        "previousId": event.previous_id,
        "incomplete": event.incomplete,
        "raw": document(&event.raw),
    })
}

/// The same, the other way round.
fn read(event: &Value) -> Event {
    let text = |name: &str| event[name].as_str().map(str::to_owned);
    let document = |name: &str| Some(&event[name]).filter(|it| !it.is_null()).map(Value::to_string);
    Event {
        id: text("id").unwrap_or_default(),
        trigger: text("trigger").unwrap_or_default(),
        table_id: text("tableId"),
        record_id: text("recordId"),
        record: document("record"),
        occurred_at: event["occurredAtMs"].as_u64().unwrap_or_default(),
        booking_id: text("bookingId"),
        previous_id: text("previousId"),
        incomplete: event["incomplete"] == true,
        raw: document("raw"),
    }
}
