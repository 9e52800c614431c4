//! Nothing is lost when processes race, crash, and Calendly misbehaves. Children of these tests are
//! real processes, each of which runs this program again.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::needless_pass_by_value,
    clippy::panic,
    reason = "a test stops at the first surprise, and `json!` makes values"
)]

mod child;
mod clocks;
mod crashes;
mod faults;
mod processes;
mod rate;
mod scene;
#[path = "../support/mod.rs"]
mod support;
