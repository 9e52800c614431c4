//! How long pages take when there is much to show.

use std::time::{Duration, Instant};

use crate::world::{PAGES, World};

const LIMIT: Duration = Duration::from_millis(50);

/// `host-harness/benches/console.rs` gives the figures. Here the best of several tries has to be
/// below the limit, which a busy machine does not change, but work that grows with what is stored
/// does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_takes_less_than_fifty_milliseconds() {
    let world = World::crowded().await;
    let console = world.console().await;
    for path in PAGES {
        let mut best = Duration::MAX;
        for _ in 0..10 {
            let begun = Instant::now();
            let (status, _) = console.page(path).await;
            best = best.min(begun.elapsed());
            assert_eq!(status, 200, "{path}");
        }
        assert!(best < LIMIT, "{path} takes {best:?}");
    }
}
