//! What Calendly answers.

#![no_main]

use calendly_connector::properties::decode_any_answer;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| decode_any_answer(bytes));
