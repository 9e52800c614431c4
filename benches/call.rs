//! What the host pays for a call, and for loading the component. Run with `cargo bench`.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark stops at the first surprise; criterion's macros document nothing"
)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, criterion_group, criterion_main};
use host_harness::engine::{ConnectorComponent, EngineOptions};
use host_harness::host::Host;
use tokio::runtime::Runtime;

use crate::support::home::Home;
use crate::support::{MINUTE, component_path};

/// The example of the document that describes the connection.
const CONNECTION: &str = r#"{
  "type": "calendly",
  "id": 1,
  "name": "Marketing Calendly Workspace",
  "clientId": "calendly_client_xyz789",
  "clientSecret": "secret_calendly_abc123"
}"#;

/// A host that sends nothing anywhere, and the runtime it lives on.
struct Bench {
    runtime: Runtime,
    host: Host,
    _home: Home,
}

impl Bench {
    fn new() -> Self {
        let (runtime, home) = (Runtime::new().unwrap(), Home::new());
        let host = runtime.block_on(home.host("http://127.0.0.1:9"));
        Self { runtime, host, _home: home }
    }
}

fn calls(criterion: &mut Criterion) {
    let Bench { runtime, host, _home } = Bench::new();
    let context = || host.context(None, MINUTE);
    criterion.bench_function("validate a connection, fresh instance", |bencher| {
        bencher.iter(|| {
            let call = host.component().validate(context(), CONNECTION.to_owned());
            let violations = runtime.block_on(call).unwrap();
            assert!(violations.is_empty());
        });
    });
    criterion.bench_function("describe", |bencher| {
        bencher.iter(|| {
            let manifest = runtime.block_on(host.component().describe(context()));
            black_box(manifest.unwrap());
        });
    });
}

fn loading(criterion: &mut Criterion) {
    let path = component_path();
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled-bench");
    let options = EngineOptions { cache: Some(cache), ..EngineOptions::default() };
    // The first one compiles.
    ConnectorComponent::load(&path, options.clone()).unwrap();
    criterion.bench_function("load precompiled component", |bencher| {
        bencher.iter(|| ConnectorComponent::load(&path, options.clone()).unwrap());
    });
}

criterion_group!(benches, calls, loading);
criterion_main!(benches);
