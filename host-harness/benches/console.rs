//! How long the console takes for each kind of page, with 1,000 connections and 10,000 requests in
//! the audit. Run with `cargo bench -p host-harness`.

#![allow(
    missing_docs,
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark stops at the first surprise, and uses a part of the tests' world"
)]

#[path = "../tests/console/world.rs"]
mod world;

use criterion::{Criterion, criterion_group, criterion_main};
use tokio::runtime::Runtime;

use crate::world::{PAGES, World};

fn pages(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let world = runtime.block_on(World::crowded());
    let console = runtime.block_on(world.console());
    for path in PAGES {
        criterion.bench_function(path, |bencher| {
            bencher.iter(|| {
                let (status, _) = runtime.block_on(console.page(path));
                assert_eq!(status, 200);
            });
        });
    }
}

criterion_group!(benches, pages);
criterion_main!(benches);
