//! The demo's events: told by webhook, and a table copied.

use std::time::Duration;

use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::script::Script;
use super::story::{book, list, text};
use super::{CONNECTION, Stage, no_stage, unexpected};
use crate::error::HostError;
use crate::serve::take_webhooks;
use crate::simulator::{Person, Simulator};
use crate::store::EventFilter;
use crate::table_copy::{Pulled, Source};

/// How old a signature may be.
const TOLERANCE: Duration = Duration::from_secs(180);

/// A subscription, and what comes of a booking that is moved.
pub(super) async fn be_told(stage: &Stage, script: &mut Script<'_>) -> Result<(), HostError> {
    script.step("Webhooks: the connection gets the app's signing key, the host listens");
    let key = json!({ "webhookSigningKey": Simulator::WEBHOOK_SIGNING_KEY });
    let view = stage.host.change_connection(CONNECTION, &key.to_string()).await?;
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|error| no_stage(&error))?;
    let address = listener.local_addr().map_err(|error| no_stage(&error))?;
    let (_stop, stopped) = watch::channel(false);
    tokio::spawn(take_webhooks(listener, stage.host.clone(), TOLERANCE, stopped));
    let url = format!("http://{address}/webhooks/{CONNECTION}");
    script.tell(&url);
    script.expect(view.configuration["webhookSigningKey"] == "***", "the key shows as ***")?;

    script.step("Subscribing twice is subscribing once");
    let events = ["booking.created", "booking.rescheduled", "booking.canceled"];
    let config = json!({ "baseId": "me", "url": url, "events": events });
    for expected in ["created", "unchanged"] {
        let answer = stage.operation("calendly.subscribeWebhook", config.clone()).await?;
        let subscription = &answer["subscriptions"][0];
        let told = list(&subscription["webhook"]["fields"]["events"]).iter().map(text);
        let told = format!("{expected}: {}", told.collect::<Vec<_>>().join(", "));
        script.expect(subscription["outcome"] == expected, &told)?;
    }

    script.step("A meeting is booked, then moved by its invitee; Calendly tells it in three parts");
    let invitee = book(stage, script).await?;
    let start_time = stage.simulator.free_start_time(Person::Owner);
    let moved = stage.simulator.reschedule(text(&invitee["uri"]), &start_time);
    if let Err(refusal) = moved {
        return Err(unexpected(&refusal.message));
    }
    script.tell(&format!("moved to {start_time}"));
    for delivery in stage.simulator.deliver_due().await {
        let status = delivery.status.map_or_else(String::new, |status| status.to_string());
        script.tell(&format!("POST {}: {status}", delivery.event));
    }

    script.step("Verified and stored, they are one booking and one move");
    stage.host.process_inbox(&[]).await?;
    let filter = EventFilter { limit: 100, ..EventFilter::default() };
    let mut stored = stage.host.store().events(filter).await?;
    stored.reverse();
    stored.retain(|event| event.trigger.starts_with("booking."));
    for event in &stored {
        script.tell(&format!("{} of booking {}", event.trigger, text(&event.event["bookingId"])));
    }
    let triggers: Vec<_> = stored.iter().map(|event| &*event.trigger).collect();
    script.expect(
        triggers == ["booking.created", "booking.rescheduled"]
            && stored.iter().all(|event| event.event["bookingId"] == invitee["id"]),
        "in order, each once",
    )
}

/// A table of two thousand meetings in an SQLite file, and one change of it.
pub(super) async fn copy(stage: &Stage, script: &mut Script<'_>) -> Result<(), HostError> {
    script.step("Sync: the organization's meetings become a table of an SQLite file");
    let path = stage.folder.path().join("copy.db");
    let source = Source {
        connection: CONNECTION,
        base: "organization".to_owned(),
        table: "scheduled_events".to_owned(),
    };
    let mut copy = stage.host.open_copy(&path, source).await?;
    let mut all = Pulled::default();
    loop {
        let (pulled, more) = stage.host.pull_page(&mut copy).await?;
        all = all.and(pulled);
        if !more {
            break;
        }
    }
    let count = copy.count()?;
    script.expect(count >= 2_000 && all.created == count, &format!("{count} rows"))?;

    script.step("One more meeting, and the copy follows");
    book(stage, script).await?;
    let mut all = Pulled::default();
    loop {
        let (pulled, more) = stage.host.pull_page(&mut copy).await?;
        all = all.and(pulled);
        if !more {
            break;
        }
    }
    let told = format!("{} created, {} updated, {} deleted", all.created, all.updated, all.deleted);
    script.expect(all.created == 1 && all.updated == 0 && all.deleted == 0, &told)
}
