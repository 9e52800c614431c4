//! The contract's own types, generated from `wit/`.
//!
//! The core uses the plain records among them as they are, natively too; only types that can hold
//! a secret have a counterpart of their own (see [`crate::host`]), because generated types print
//! all they hold.

#![allow(
    missing_docs,
    unreachable_pub,
    unsafe_code,
    clippy::all,
    reason = "generated code; the documentation is in wit/"
)]

wit_bindgen::generate!({
    world: "connector",
    path: "wit",
    additional_derives: [PartialEq, Eq],
    pub_export_macro: true,
});

pub use exports::sovrium::connector::{lifecycle, manifest, oauth, triggers, vault};
pub use sovrium::connector::{
    authorizations, clock, grant_store, http, keys, log, random, request_budget, types,
};
