//! Every operation on every table: the compiled component in a host, against the simulator. Each
//! accepted input and each answer is held against the JSON Schemas that the manifest publishes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::needless_pass_by_value,
    clippy::panic,
    reason = "a test stops at the first surprise, and `json!` makes values"
)]

mod aliases;
mod bases;
mod batch;
mod booking_rules;
mod capabilities;
mod contacts;
mod cursors;
mod dry_run;
mod economy;
mod event_types;
mod explain;
mod forbidden;
mod invitees;
mod limits;
mod lost_answers;
mod memory;
mod named;
mod planner;
mod queries;
mod refusals;
mod scheduled_events;
#[path = "../support/mod.rs"]
mod support;
mod tables;
