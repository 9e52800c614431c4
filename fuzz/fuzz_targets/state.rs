//! The reader of a poll's state.

#![no_main]

use calendly_connector::properties::read_any_state;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| read_any_state(bytes));
