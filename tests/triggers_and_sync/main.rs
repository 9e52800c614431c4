//! Triggers with and without webhooks, and copies of tables in step with Calendly: the compiled component in
//! a host, against the simulator.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::needless_pass_by_value,
    clippy::panic,
    reason = "a test stops at the first surprise, and `json!` makes values"
)]

mod copies;
mod handover;
mod histories;
mod polling;
mod pushes;
#[path = "../support/mod.rs"]
mod support;
mod triggers;
mod webhooks;
