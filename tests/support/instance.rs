//! An instance of the component whose host offers nothing: every import is a trap. What works here
//! needs no network, no clock, no key and no store.

use host_harness::bindings::Connector;
use host_harness::bindings::exports::sovrium::connector::manifest::Manifest;
use host_harness::bindings::sovrium::connector::types::Violation;
use tokio::runtime::Runtime;
use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, Store};

/// The instance.
pub(crate) struct Instance {
    runtime: Runtime,
    store: Store<()>,
    connector: Connector,
}

impl Instance {
    /// Instantiates the component under test.
    pub(crate) fn new() -> Self {
        let engine = Engine::default();
        let path = super::component_path();
        let component = Component::from_file(&engine, path).expect("a valid component");
        let mut linker = Linker::new(&engine);
        linker.define_unknown_imports_as_traps(&component).expect("imports that can be traps");

        let runtime = Runtime::new().expect("a runtime");
        let mut store = Store::new(&engine, ());
        let connector = Connector::instantiate_async(&mut store, &component, &linker);
        let connector = runtime.block_on(connector).expect("an instance");
        Self { runtime, store, connector }
    }

    /// Calls `manifest.describe`.
    pub(crate) fn describe(&mut self) -> Manifest {
        let manifest = self.connector.sovrium_connector_manifest();
        let call = manifest.call_describe(&mut self.store);
        self.runtime.block_on(call).expect("no trap")
    }

    /// Calls `connections.validate`.
    pub(crate) fn validate(&mut self, document: &str) -> Vec<Violation> {
        let document = document.to_owned();
        let connections = self.connector.sovrium_connector_connections();
        let call = connections.call_validate(&mut self.store, &document);
        self.runtime.block_on(call).expect("no trap")
    }
}
