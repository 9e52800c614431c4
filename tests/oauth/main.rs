//! OAuth 2.0 end to end: the compiled component in a host, against the simulator where a story is
//! told, against a mock where every byte counts.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::needless_pass_by_value,
    clippy::panic,
    reason = "a test stops at the first surprise, and `json!` makes values"
)]

mod callbacks;
mod concurrency;
mod connect;
mod personal_access_token;
mod refresh;
mod revocation;
#[path = "../support/mod.rs"]
mod support;
mod token_requests;
