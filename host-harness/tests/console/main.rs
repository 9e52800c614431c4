//! The console over real sockets: who may do what, what is said when something is wrong, that no
//! secret reaches a page, and how long pages take. What people see is tested in a browser (`e2e/`).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "how a test fails")]

mod access;
mod connecting;
mod pages;
mod speed;
mod world;
