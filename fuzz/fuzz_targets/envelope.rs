//! The envelope opener.

#![no_main]

use calendly_connector::properties::open_any_envelope;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| open_any_envelope(bytes));
