//! What a page hears while it is open: server-sent events.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Query, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::get;
use serde::Deserialize;
use tokio::sync::{mpsc, watch};
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;

use super::Shared;
use super::events::row;
use crate::store::StoreError;

/// How often it is looked whether there is anything new. Other processes change things, too.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// How many events are told at a time.
const AT_A_TIME: u64 = 50;

pub(super) fn routes(stop: watch::Receiver<bool>) -> Router<Arc<Shared>> {
    let changes = {
        let stop = stop.clone();
        move |state, query| changes(state, query, stop)
    };
    Router::new()
        .route("/live", get(changes))
        .route("/live/events", get(move |state, query| events(state, query, stop)))
}

#[derive(Deserialize)]
struct What {
    connection: Option<u64>,
    #[serde(default)]
    after: i64,
}

type Told = Result<Event, Infallible>;

async fn changes(
    State(shared): State<Arc<Shared>>,
    Query(what): Query<What>,
    stop: watch::Receiver<bool>,
) -> Sse<impl Stream<Item = Told>> {
    stream(shared, Watched::Changes { connection: what.connection, told: None }, stop)
}

async fn events(
    State(shared): State<Arc<Shared>>,
    Query(what): Query<What>,
    stop: watch::Receiver<bool>,
) -> Sse<impl Stream<Item = Told>> {
    let last = what.after;
    stream(shared, Watched::Events { connection: what.connection, last }, stop)
}

/// What a page watches.
enum Watched {
    /// Connections: `changed`, with a version, whenever something that is shown of them has changed.
    /// A page has the version that it was made with, so nothing in between is missed.
    Changes { connection: Option<u64>, told: Option<String> },
    /// Events: `event`, with a table's row, for every one that comes.
    Events { connection: Option<u64>, last: i64 },
}

impl Watched {
    /// What there is to say since the last look.
    async fn look(&mut self, shared: &Shared) -> Result<Vec<Event>, StoreError> {
        let store = shared.host.store();
        match self {
            Self::Changes { connection, told } => {
                let pulse = store.pulse(*connection).await?;
                if told.as_ref() == Some(&pulse) {
                    return Ok(Vec::new());
                }
                let event = Event::default().event("changed").data(&pulse);
                *told = Some(pulse);
                Ok(vec![event])
            }
            Self::Events { connection, last } => {
                let new = store.events_after(*last, *connection, AT_A_TIME).await?;
                let now = shared.host.clock().now_ms();
                let mut told = Vec::new();
                for event in &new {
                    *last = event.number;
                    let row = row(event, now, connection.is_none()).into_string();
                    let number = event.number.to_string();
                    told.push(Event::default().event("event").id(number).data(row));
                }
                Ok(told)
            }
        }
    }
}

/// Looks again and again, as long as the browser listens and the console runs.
fn stream(
    shared: Arc<Shared>,
    mut watched: Watched,
    mut stop: watch::Receiver<bool>,
) -> Sse<impl Stream<Item = Told>> {
    let (sender, receiver) = mpsc::channel(16);
    tokio::spawn(async move {
        loop {
            match watched.look(&shared).await {
                Ok(events) => {
                    for event in events {
                        if sender.send(Ok(event)).await.is_err() {
                            return;
                        }
                    }
                }
                Err(error) => tracing::warn!(%error, "a page could not be told what is new"),
            }
            tokio::select! {
                () = shared.host.clock().sleep(LOOK_EVERY) => {}
                () = sender.closed() => return,
                _ = stop.wait_for(|stop| *stop) => return,
            }
        }
    });
    Sse::new(ReceiverStream::new(receiver)).keep_alive(KeepAlive::default())
}
