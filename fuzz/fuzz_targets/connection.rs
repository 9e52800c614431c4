//! The connection schema.

#![no_main]

use calendly_connector::properties::validate_any_connection;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| validate_any_connection(bytes));
