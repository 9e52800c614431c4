//! The contract in `wit/` as Rust types and traits.

#![expect(missing_docs, reason = "generated; the documentation is in the WIT files")]

wasmtime::component::bindgen!({
    path: "../wit",
    world: "connector",
    imports: { default: async | trappable },
    exports: { default: async },
    additional_derives: [PartialEq, Eq],
});
