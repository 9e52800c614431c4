//! `events …`

use clap::Subcommand;
use serde_json::json;

use super::environment::GlobalOptions;
use super::table::aligned;
use super::terminal::Answer;
use crate::error::{ErrorCode, HostError};
use crate::store::{EventFilter, RefusedWebhooks, StoredEvent};
use crate::timestamp::{relative, rfc3339};

#[derive(Subcommand)]
pub(super) enum Command {
    /// List the newest events, and the webhook requests that were refused
    List {
        /// Of this connection
        #[arg(value_name = "ID")]
        id: Option<u64>,
        /// Of this trigger, such as booking.created
        #[arg(long)]
        trigger: Option<String>,
        /// Only those that a target did not take
        #[arg(long)]
        dead: bool,
        /// So many
        #[arg(long, value_name = "COUNT", default_value_t = 20)]
        limit: usize,
    },
    /// Show an event whole
    Show {
        /// Its id
        #[arg(value_name = "EVENT")]
        id: String,
    },
    /// Have the targets told again, by the server that runs or the next one
    Replay {
        /// The event's id
        #[arg(value_name = "EVENT", required_unless_present = "dead")]
        id: Option<String>,
        /// All that a target did not take
        #[arg(long, conflicts_with = "id")]
        dead: bool,
    },
}

/// Needs neither the keys nor the component.
pub(super) async fn run(command: Command, global: &GlobalOptions) -> Result<Answer, HostError> {
    let store = global.open_store()?;
    let now = store.clock().now_ms();
    match command {
        Command::List { id, trigger, dead, limit } => {
            let filter = EventFilter { connection: id, trigger, dead, limit };
            let events = store.events(filter).await?;
            let mut refused = store.refused_webhooks().await?;
            refused.retain(|one| id.is_none_or(|id| one.connection == id));
            let text = list(&events, &refused, now);
            Answer::new(json!({ "events": events, "refused": refused }), text)
        }
        Command::Show { id } => {
            let events = store.events_of_id(id.clone()).await?;
            if events.is_empty() {
                return Err(unknown(&id));
            }
            let events = serde_json::to_value(&events).unwrap_or_default();
            Ok(Answer::document(events))
        }
        Command::Replay { id: Some(id), .. } => {
            if store.events_of_id(id.clone()).await?.is_empty() {
                return Err(unknown(&id));
            }
            let count = store.replay_event(id).await?;
            replayed(count)
        }
        Command::Replay { id: None, .. } => replayed(store.revive_handovers().await?),
    }
}

fn replayed(count: usize) -> Result<Answer, HostError> {
    let text = match count {
        0 => "No target is to be told of it again.".to_owned(),
        1 => "1 target is told again by the server that runs, or the next one.".to_owned(),
        _ => format!("{count} targets are told again by the server that runs, or the next one."),
    };
    Answer::new(json!({ "replayed": count }), text)
}

fn unknown(id: &str) -> HostError {
    HostError::new(
        ErrorCode::NotFound,
        format!("There is no event '{id}'."),
        "Run sovrium-host events list to see which there are.",
    )
}

fn list(events: &[StoredEvent], refused: &[RefusedWebhooks], now: u64) -> String {
    let mut text = if events.is_empty() {
        "There are no events.".to_owned()
    } else {
        let header = ["CONNECTION", "STORED", "BY", "TRIGGER", "TARGETS", "EVENT"];
        let rows = events.iter().map(|event| {
            [
                event.connection.to_string(),
                relative(event.stored_at, now),
                event.source.clone(),
                event.trigger.clone(),
                targets(event),
                event.id.clone(),
            ]
        });
        aligned(std::iter::once(header.map(str::to_owned)).chain(rows).collect())
    };
    if !refused.is_empty() {
        text.push_str("\n\nWebhook requests that were refused, and not stored:\n");
        let header = ["CONNECTION", "WHY", "COUNT", "LAST"];
        let rows = refused.iter().map(|one| {
            let last = format!("{} ({})", rfc3339(one.last_at), relative(one.last_at, now));
            [one.connection.to_string(), one.reason.clone(), one.count.to_string(), last]
        });
        text.push_str(&aligned(std::iter::once(header.map(str::to_owned)).chain(rows).collect()));
    }
    text
}

/// How many targets were told, wait, or did not take it.
fn targets(event: &StoredEvent) -> String {
    let counts = ["done", "waiting", "dead"].map(|state| {
        let count = event.handovers.iter().filter(|handover| handover.state == state).count();
        (count > 0).then(|| format!("{count} {state}"))
    });
    let counts: Vec<_> = counts.into_iter().flatten().collect();
    if counts.is_empty() { "–".to_owned() } else { counts.join(", ") }
}
