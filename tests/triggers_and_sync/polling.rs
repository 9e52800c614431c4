//! Polling, as a host does it: the state is stored together with the events.

use host_harness::bindings::exports::sovrium::connector::triggers::{Event, Polled};
use serde_json::Value;

use crate::support::MINUTE;
use crate::support::world::World;

/// A trigger that polls with connection 1.
pub(crate) struct Trigger {
    request: Value,
    pub(crate) state: Option<Vec<u8>>,
}

impl Trigger {
    pub(crate) fn of(request: Value) -> Self {
        Self { request, state: None }
    }

    /// Polls once. Whoever loses the answer polls again with the same state.
    pub(crate) async fn ask(&self, world: &World) -> Polled {
        let row = world.host.store().connection(1).await.unwrap().unwrap();
        let context = world.host.context(Some(1), MINUTE);
        let (request, state) = (self.request.to_string(), self.state.clone());
        let polled = world.host.component().poll(context, row.connection, request, state);
        polled.await.unwrap().unwrap()
    }

    /// Polls until there is no more, and keeps the state.
    pub(crate) async fn all(&mut self, world: &World) -> Vec<Event> {
        let mut events = Vec::new();
        loop {
            let polled = self.ask(world).await;
            self.state = Some(polled.state);
            events.extend(polled.events);
            if !polled.more {
                return events;
            }
        }
    }

    /// The ids of what fires, in order of the alphabet.
    pub(crate) async fn ids(&mut self, world: &World) -> Vec<String> {
        let mut ids: Vec<_> = self.all(world).await.into_iter().map(|event| event.id).collect();
        ids.sort();
        ids
    }
}
