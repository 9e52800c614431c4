//! A host for connector components.
//!
//! A connector is a WebAssembly component that implements the contract in `wit/` and has no
//! authority of its own. This crate gives it what it imports, keeps what it must remember, and
//! offers the connection's whole life as [`host::Host`].
//!
//! ```no_run
//! # async fn example() -> Result<(), host_harness::error::HostError> {
//! use std::path::Path;
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use host_harness::clock::SystemClock;
//! use host_harness::engine::{ConnectorComponent, EngineOptions};
//! use host_harness::host::{Host, HostOptions};
//! use host_harness::keyring::Keyring;
//! use host_harness::random::system_random;
//! use host_harness::store::Store;
//!
//! let component =
//!     ConnectorComponent::load(Path::new("calendly-connector.wasm"), EngineOptions::default())?;
//! let store = Store::open(Path::new("sovrium.db"), Arc::new(SystemClock))?;
//! let keys = Path::new("sovrium.key");
//! let keyring = Keyring::from_environment_or_file(keys, &system_random(), &store).await?;
//! let host = Host::new(component, store, HostOptions::new(keyring)).await?;
//!
//! let action = r#"{"action": "calendly.listBases", "connection": 1, "config": {}}"#;
//! let bases = host.run(action, Duration::from_secs(30)).await?;
//! # drop(bases);
//! # Ok(())
//! # }
//! ```

#![deny(unsafe_code)]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "how a test fails")
)]
#![allow(
    clippy::result_large_err,
    reason = "errors are rare and for people; a box would only hide their fields"
)]

pub mod audit;
pub mod bindings;
pub mod budget;
pub mod cli;
pub mod clock;
pub mod console;
pub mod crash_point;
pub mod engine;
pub mod error;
pub mod host;
pub mod http;
pub mod imports;
pub mod keyring;
pub mod origin;
mod printable;
mod private_file;
pub mod random;
pub mod serve;
pub mod simulator;
pub mod store;
pub mod table_copy;
pub mod targets;
pub mod timestamp;

/// The README's example compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
