//! The properties in the ordinary test run: on the seeds of the fuzz targets, on mutations of them,
//! and on any bytes. Every run tries the same.

use std::fs;
use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{RngSeed, TestRunner};

use super::*;

#[test]
fn an_envelope_opens_only_as_it_was_sealed_and_where() {
    holds("envelope", open_any_envelope);
}

#[test]
fn a_connection_is_accepted_as_its_schema_says() {
    holds("connection", validate_any_connection);
}

#[test]
fn a_filter_is_read_as_its_schema_says() {
    holds("filter", parse_any_filter);
}

#[test]
fn a_cursor_is_accepted_only_if_it_was_sealed() {
    holds("cursor", open_any_cursor);
}

#[test]
fn a_state_is_accepted_only_if_it_was_written() {
    holds("state", read_any_state);
}

#[test]
fn no_answer_breaks_the_contract() {
    holds("answer", decode_any_answer);
}

#[test]
fn a_webhook_is_let_in_only_if_it_was_signed_and_is_told_or_refused() {
    holds("webhook", receive_any_webhook);
}

/// Tries the property on what the target's seeds are, and on what becomes of them.
fn holds(target: &str, property: fn(&[u8])) {
    let seeds = seeds(target);
    assert!(seeds.len() > 2, "{target} has hardly any seeds");
    seeds.iter().for_each(|seed| property(seed));
    let config = ProptestConfig {
        cases: 256,
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let mut runner = TestRunner::new(config.clone());
    let mutated = (select(seeds), vec(mutation(), 1..6)).prop_map(|(seed, mutations)| {
        mutations.into_iter().fold(seed, |bytes, mutation| mutation.of(bytes))
    });
    runner
        .run(&mutated, |bytes| {
            property(&bytes);
            Ok(())
        })
        .expect("mutated seeds");
    let mut runner = TestRunner::new(config);
    let any = vec(any::<u8>(), 0..200);
    runner
        .run(&any, |bytes| {
            property(&bytes);
            Ok(())
        })
        .expect("any bytes");
}

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let mut paths: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| fs::read(path).unwrap()).collect()
}

/// A change of some bytes.
#[derive(Clone, Debug)]
enum Mutation {
    Replace(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    Repeat(Index, usize),
}

impl Mutation {
    fn of(self, mut bytes: Vec<u8>) -> Vec<u8> {
        match self {
            Self::Replace(at, byte) if !bytes.is_empty() => {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            Self::Insert(at, more) => {
                let at = at.index(bytes.len() + 1);
                bytes.splice(at..at, more);
            }
            Self::Remove(at, length) => {
                let at = at.index(bytes.len() + 1);
                bytes.drain(at..bytes.len().min(at + length));
            }
            Self::Repeat(at, length) => {
                let at = at.index(bytes.len() + 1);
                let again = bytes[at..bytes.len().min(at + length)].to_vec();
                bytes.splice(at..at, again);
            }
            Self::Replace(..) => {}
        }
        bytes
    }
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let word = select(&WORDS[..]).prop_map(|word| word.as_bytes().to_vec());
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Mutation::Replace(at, byte)),
        (any::<Index>(), word).prop_map(|(at, word)| Mutation::Insert(at, word)),
        (any::<Index>(), 1..20_usize).prop_map(|(at, length)| Mutation::Remove(at, length)),
        (any::<Index>(), 1..20_usize).prop_map(|(at, length)| Mutation::Repeat(at, length)),
    ]
}

/// What means something in one input or another.
const WORDS: [&str; 13] =
    ["null", "{}", "[]", "\"\"", "-1", "1e300", "\\u0000", "\u{fffd}", "/", "~", ":", "\n", "$"];
