//! The filter parser.

#![no_main]

use calendly_connector::properties::parse_any_filter;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| parse_any_filter(bytes));
