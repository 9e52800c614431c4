//! The simulator, asked over HTTP as anybody would ask it.

mod booking;
mod contacts;
mod event_types;
mod faults;
mod oauth;
mod organization;
mod paging;
mod rates;
mod scheduled_events;
mod support;
mod tokens;
