//! The Calendly connector: a plugin as one WebAssembly component that implements the contract in
//! `wit/`.
//!
//! Layers, from outside in; `ARCHITECTURE.md` says more about them:
//!
//! 1. `component` (wasm only): the exports and imports of the contract, nothing else
//! 2. [`manifest`], [`connection`], [`lifecycle`], [`oauth`], [`operations`], [`webhooks`],
//!    [`changes`]: the use cases
//! 3. [`records`]: queries and writes over the catalog
//! 4. [`catalog`]: Calendly's tables as data
//! 5. [`api`]: Calendly over HTTP
//! 6. [`vault`]: sealed secrets
//! 7. [`host`]: what the host provides, as traits

#![deny(unsafe_code)]
#![cfg_attr(
    any(test, fuzzing),
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::needless_pass_by_value,
        reason = "a test fails by panicking, and may be plain about values"
    )
)]

pub mod api;
pub mod catalog;
pub mod changes;
#[cfg(target_family = "wasm")]
mod component;
pub mod connection;
pub mod contract;
pub mod error;
pub mod host;
pub mod instant;
mod json;
pub mod lifecycle;
pub mod manifest;
pub mod oauth;
pub mod operations;
#[cfg(any(test, fuzzing))]
pub mod properties;
pub mod records;
mod redact;
pub mod secret;
pub mod shape;
mod text;
pub mod vault;
pub mod webhooks;
