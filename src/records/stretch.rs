//! What Calendly lists for a few days at once, for a stretch of any length: all that touches it.
//!
//! A query of the table finds what *begins* in a stretch; here, what began before it counts too.

use serde_json::Value;

use super::page::Page;
use super::window::{Bounds, cut};
use crate::api::{Call, Client};
use crate::catalog::Table;
use crate::error::{Error, Result};
use crate::instant::Instant;

/// Reads the stretch in windows, several at once. `whose` is the parameter that names the owner.
///
/// # Errors
/// `invalid-input` about `/config/filter` when the stretch is too long; what any read can end in.
pub fn stretch(
    client: &Client<'_>,
    table: &'static Table,
    whose: &(&'static str, String),
    from: Instant,
    to: Instant,
) -> Result<Vec<Value>> {
    let listing = table.listing.as_ref();
    let (Some(listing), Some(window)) = (listing, listing.and_then(|listing| listing.window))
    else {
        return Err(Error::internal("The table is not listed by stretches of time."));
    };
    let bounds = Bounds { from: Some(from), to: Some(to) };
    let windows = cut(window, bounds, client.host.now())
        .map_err(|broken| Error::invalid_input(vec![broken]))?;
    let mut calls = Vec::new();
    for window in &windows {
        let query = vec![
            whose.clone(),
            ("start_time", window.from.to_string()),
            ("end_time", window.to.to_string()),
        ];
        calls.push(Call::get(listing.path).with_query(query).needing(table.read_scopes));
    }
    let (mut all, mut before) = (Vec::new(), Vec::new());
    for (window, answer) in windows.iter().zip(client.send_all(&calls)?) {
        let listed = Page::of(answer, listing.item)?.resources;
        for item in &listed {
            // What reaches over the cut was listed on its other side, too.
            if !(begins(item).is_none_or(|at| at <= window.from) && before.contains(item)) {
                all.push(item.clone());
            }
        }
        before = listed;
    }
    Ok(all)
}

/// When it begins, its buffer included.
fn begins(item: &Value) -> Option<Instant> {
    let at = |name: &str| item[name].as_str().and_then(Instant::parse);
    at("buffered_start_time").or_else(|| at("start_time"))
}
