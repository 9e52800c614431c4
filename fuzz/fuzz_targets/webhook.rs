//! The reader of webhook requests.

#![no_main]

use calendly_connector::properties::receive_any_webhook;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| receive_any_webhook(bytes));
