//! A copy of a table, kept with its cursor.

use std::collections::BTreeMap;

use host_harness::simulator::{AccountSize, Plan, Resource, SimulatorOptions};
use serde_json::{Value, json};

use crate::support::world::{EVERYTHING, World};

/// The rows of a copy and its cursor, which are stored together.
#[derive(Clone, Default)]
pub(crate) struct Copy {
    pub(crate) rows: BTreeMap<String, Value>,
    pub(crate) cursor: Value,
    /// Whether the last answer was the end.
    pub(crate) is_done: bool,
}

impl Copy {
    /// Pulls once, and stores what came.
    pub(crate) async fn pull(
        &mut self,
        world: &World,
        base: &str,
        table: &str,
        limit: u64,
    ) -> usize {
        let mut config = json!({ "baseId": base, "tableId": table, "limit": limit });
        if !self.cursor.is_null() {
            config["cursor"] = self.cursor.clone();
        }
        let mut answer = world.answer("pullChanges", config).await;
        let changes = answer["changes"].as_array_mut().unwrap();
        assert!(changes.len() <= usize::try_from(limit).unwrap());
        for change in &mut *changes {
            let id = change["id"].as_str().unwrap().to_owned();
            match change["kind"].as_str() {
                Some("deleted") => drop(self.rows.remove(&id)),
                _ => drop(self.rows.insert(id, change["record"].take())),
            }
        }
        let count = changes.len();
        self.is_done = answer["more"] == false;
        self.cursor = answer["cursor"].take();
        count
    }

    /// Pulls until a scan that began now is at its end.
    pub(crate) async fn catch_up(&mut self, world: &World, base: &str, table: &str) {
        for _ in 0..2 {
            loop {
                self.pull(world, base, table, 100).await;
                if self.is_done {
                    break;
                }
            }
        }
    }
}

/// The table as a query has it.
pub(crate) async fn table(world: &World, base: &str, table: &str) -> BTreeMap<String, Value> {
    let config = json!({ "baseId": base, "tableId": table });
    let (records, _) = world.query(config).await;
    let id = |record: &Value| record["id"].as_str().unwrap().to_owned();
    records.into_iter().map(|record| (id(&record), record)).collect()
}

#[tokio::test]
async fn two_thousand_meetings_are_pulled_and_then_only_what_changed() {
    let world = World::connected_with(|options| {
        options.size = AccountSize { scheduled_events: 2_000, ..AccountSize::default() };
        options.requests_per_minute = Some(0);
    })
    .await;
    let (base, name) = ("organization", "scheduled_events");
    let mut copy = Copy::default();
    let mut calls = 0;
    while !copy.is_done {
        copy.pull(&world, base, name, 100).await;
        calls += 1;
    }
    let meetings = world.count(Resource::ScheduledEvents);
    assert!(meetings >= 2_000 && calls <= meetings / 100 + 2, "{calls} calls");
    assert!(copy.rows == table(&world, base, name).await, "the copy is another table");
    let length = copy.cursor.as_str().unwrap().len();
    assert!(length * 3 / 4 <= meetings * 24 + 500, "{length}");
    world.simulator.clear_requests();
    assert_eq!(copy.pull(&world, base, name, 100).await, 0);
    assert!(copy.is_done && world.sent().iter().all(|line| line.contains("min_start_time=")));
    let upcoming = copy.rows.values().find(|record| {
        let fields = &record["fields"];
        fields["status"] == "active" && fields["start_time"].as_str() > Some("2026-11-25")
    });
    let id = upcoming.unwrap()["id"].as_str().unwrap().to_owned();
    let config = json!({ "baseId": base, "tableId": name, "recordId": id });
    world.answer("deleteRecord", config).await;
    assert_eq!(copy.pull(&world, base, name, 100).await, 1);
    assert_eq!(copy.rows[&id]["fields"]["status"], "canceled");
    assert!(copy.rows == table(&world, base, name).await, "the copy is another table");
}

#[tokio::test]
async fn every_table_that_can_be_queried_can_be_copied() {
    let change = |options: &mut SimulatorOptions| {
        options.size = AccountSize { scheduled_events: 6, contacts: 25, event_types: 6 };
        options.plan = Plan::Enterprise;
        options.requests_per_minute = Some(0);
    };
    let scopes = [EVERYTHING, &["activity_log:read", "outgoing_communications:read"]].concat();
    let world = World::connected_with_scopes(change, &scopes).await;
    let bases = ["organization", "me"];
    let manifest = world.host.manifest().await.unwrap();
    let mut copied = 0;
    for known in manifest.tables {
        let name = &*known.name;
        if name == "busy_times" || name == "available_times" {
            continue;
        }
        let Some(base) = bases.into_iter().find(|base| {
            let kind = if *base == "me" { "user" } else { "organization" };
            let verbs = known.bases.iter().find(|base| base.kind == kind);
            verbs.is_some_and(|base| base.verbs.iter().any(|verb| verb == "query"))
        }) else {
            continue;
        };
        let mut copy = Copy::default();
        copy.catch_up(&world, base, name).await;
        let all = table(&world, base, name).await;
        assert_eq!(copy.rows, all, "{name}");
        copied += usize::from(!all.is_empty());
    }
    assert!(copied >= 20, "{copied} tables");
}
