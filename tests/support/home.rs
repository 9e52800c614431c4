//! What a host needs around it: a database, keys, a clock that the test moves.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use host_harness::clock::{SharedClock, VirtualClock};
use host_harness::engine::{ConnectorComponent, EngineOptions};
use host_harness::host::{Host, HostOptions};
use host_harness::keyring::{EncryptionKey, Keyring};
use host_harness::origin::OriginMap;
use host_harness::store::Store;

use super::folder::Folder;

/// 2026-11-24T10:00:00Z, a Tuesday.
pub(crate) const NOW_MS: u64 = 1_795_514_400_000;

/// The key that every host of the tests seals with.
pub(crate) const KEY: [u8; 32] = *b"a key of 32 bytes for the tests!";

/// A database and a clock. Every host made from it is what another process would be.
pub(crate) struct Home {
    pub(crate) clock: VirtualClock,
    folder: Folder,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self { clock: VirtualClock::at(NOW_MS), folder: Folder::new() }
    }

    /// The folder that holds everything the host keeps.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A host whose requests to Calendly go to `origin`.
    pub(crate) async fn host(&self, origin: &str) -> Host {
        self.host_with(origin, |_| {}).await
    }

    pub(crate) async fn host_with(
        &self,
        origin: &str,
        change: impl FnOnce(&mut HostOptions),
    ) -> Host {
        self.host_on(Arc::new(self.clock.clone()), origin, change).await
    }

    /// The same on another clock than this home's.
    pub(crate) async fn host_on(
        &self,
        clock: SharedClock,
        origin: &str,
        change: impl FnOnce(&mut HostOptions),
    ) -> Host {
        let mut options = options(origin);
        change(&mut options);
        let host = Host::new(component(), self.store(clock), options).await;
        host.expect("a host")
    }

    pub(crate) fn store(&self, clock: SharedClock) -> Store {
        Store::open(&self.folder().join("sovrium.db"), clock).expect("a store")
    }
}

/// Options of a host whose requests to Calendly go to `origin`.
pub(crate) fn options(origin: &str) -> HostOptions {
    let map = ["https://api.calendly.com", "https://auth.calendly.com"]
        .map(|from| format!("{from}={origin}"));
    let map = OriginMap::parse(map).expect("an origin map");
    let keyring = Keyring::new(vec![EncryptionKey::new(KEY)]);
    HostOptions::new(keyring).with_origin_map(map)
}

/// The component, compiled once for all tests of a file.
pub(crate) fn component() -> ConnectorComponent {
    static COMPONENT: OnceLock<ConnectorComponent> = OnceLock::new();
    let load = || {
        let options = EngineOptions {
            cache: Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled")),
            ..EngineOptions::default()
        };
        ConnectorComponent::load(&super::component_path(), options).expect("a component")
    };
    COMPONENT.get_or_init(load).clone()
}
