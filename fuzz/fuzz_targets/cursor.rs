//! The cursor parser.

#![no_main]

use calendly_connector::properties::open_any_cursor;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| open_any_cursor(bytes));
