//! A query needs the memory of a page, not of a table.

use std::path::Path;
use std::time::Duration;

use host_harness::engine::{ConnectorComponent, EngineOptions};
use host_harness::host::Host;
use host_harness::simulator::AccountSize;
use host_harness::store::Store;
use serde_json::{Value, json};
use std::sync::Arc;

use crate::support::component_path;
use crate::support::home::options;
use crate::support::world::World;

const SIXTEEN_MEGABYTES: usize = 16_000_000;
const EVENTS: usize = 10_000;

/// The world's host again, with no more memory for a call.
async fn small_host(world: &World) -> Host {
    let engine = EngineOptions {
        cache: Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled")),
        memory_bytes: SIXTEEN_MEGABYTES,
        ..EngineOptions::default()
    };
    let component = ConnectorComponent::load(&component_path(), engine).unwrap();
    let clock = Arc::new(world.home.clock.clone());
    let store = Store::open(&world.home.folder().join("sovrium.db"), clock).unwrap();
    Host::new(component, store, options(world.simulator.origin())).await.unwrap()
}

#[tokio::test]
async fn ten_thousand_events_are_read_in_sixteen_megabytes() {
    let world = World::connected_with(|options| {
        options.size = AccountSize { scheduled_events: EVENTS, ..AccountSize::default() };
        options.requests_per_minute = Some(0);
    })
    .await;
    let host = small_host(&world).await;
    let run = async |more: Value| {
        let mut config = json!({ "baseId": "organization", "tableId": "scheduled_events" });
        for (name, value) in more.as_object().unwrap() {
            config[name] = value.clone();
        }
        let action = json!({
            "action": "calendly.queryRecords", "connection": 1, "config": config,
        });
        let answer = host.run(&action.to_string(), Duration::from_secs(3_600)).await.unwrap();
        serde_json::from_str::<Value>(&answer).unwrap()
    };
    // The largest answer there is.
    let page = run(json!({ "pageSize": 1_000 })).await;
    assert_eq!(page["records"].as_array().unwrap().len(), 1_000);
    // All of them read in one call, and none kept.
    let none = json!({ "field": "name", "operator": "equals", "value": "no such name" });
    let page = run(json!({ "filter": none })).await;
    assert_eq!(page["records"], json!([]));
    // All of them read in one call, and as many kept as there can be.
    let sort = json!([{ "field": "end_time", "direction": "desc" }]);
    let page = run(json!({ "sort": sort, "pageSize": 1_000 })).await;
    let records = page["records"].as_array().unwrap();
    assert_eq!((records.len(), &page["complete"]), (1_000, &json!(false)));
}
