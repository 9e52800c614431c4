//! The state that is handed out and in.

use std::collections::BTreeMap;

use proptest::collection::btree_map;
use proptest::prelude::*;

use super::*;
use crate::catalog;
use crate::changes::known::Known;

/// A state after a poll of 100 contacts.
fn polled() -> Poller {
    let account = Account::default();
    for number in 0..100 {
        account.contact(&format!("C{number:02}"), -90_000, -90_000);
    }
    let mut poller = Poller::of(&account, request("contacts", &["created", "deleted"]));
    poller.all();
    poller
}

fn is_refused(poller: &Poller, state: &[u8]) -> bool {
    let request = poller.request.to_string();
    match poll(&poller.host, &poller.connection, &request, Some(state), MINUTE) {
        Err(error) => {
            assert_eq!((error.code, error.violations.len()), (ErrorCode::InvalidInput, 1));
            error.violations[0].pointer == "/state"
        }
        Ok(_) => false,
    }
}

#[test]
fn a_state_that_is_cut_off_changed_or_longer_is_refused() {
    let poller = polled();
    let state = poller.state.clone().unwrap();
    assert_eq!(state[0], 1, "the version");
    assert!(!is_refused(&poller, &state));
    for length in 0..state.len() {
        assert!(is_refused(&poller, &state[..length]), "{length}");
    }
    for at in 0..state.len() {
        let mut changed = state.clone();
        changed[at] ^= 1;
        assert!(is_refused(&poller, &changed), "{at}");
    }
    assert!(is_refused(&poller, &[&state[..], &[0]].concat()));
}

#[test]
fn a_state_of_another_request_or_connection_is_refused() {
    let mut poller = polled();
    let state = poller.state.clone().unwrap();
    let before = poller.request.clone();
    for (name, value) in [
        ("baseId", json!("organization")),
        ("tableId", json!("event_types")),
        ("events", json!(["updated", "deleted"])),
        ("filter", json!({"field": "name", "operator": "isNotNull"})),
        ("horizonDays", json!(61)),
    ] {
        poller.request[name] = value;
        assert!(is_refused(&poller, &state), "{name}");
        poller.request = before.clone();
    }
    poller.request["events"] = json!(["deleted", "created"]);
    assert!(!is_refused(&poller, &state), "their order does not matter");
    let other = Connection { id: 2, ..poller.connection.clone() };
    connect(&poller.host, &other);
    poller.connection = other;
    assert!(is_refused(&poller, &state));
}

#[test]
fn a_record_takes_sixteen_bytes() {
    let size = |count: i64, events: &[&str], table: &str, updated: i64| {
        let account = Account::default();
        for number in 0..count {
            let id = format!("01234567-89ab-cdef-0123-{number:012x}");
            account.contact(&id, -90_000, updated);
            account.meeting(&format!("MEETING{number:09}"), -90_000, updated, DAY);
        }
        let mut poller = Poller::of(&account, request(table, events));
        poller.all();
        poller.state.unwrap().len()
    };
    let both = &["created", "updated"][..];
    for (events, table) in [(both, "contacts"), (both, "scheduled_events")] {
        let constant = size(0, events, table, 0);
        assert!(constant < 200, "{constant}");
        assert_eq!(size(250, events, table, 0) - constant, 250 * 16, "{table}");
    }
    // Whole ids, and a stamp more for what changed just before the newest.
    let constant = size(0, &["deleted"], "contacts", 0);
    assert_eq!(size(250, &["deleted"], "contacts", 0) - constant, 250 * 24);
    let account = Account::default();
    for number in 0..250 {
        let id = format!("01234567-89ab-cdef-0123-{number:012x}");
        account.contact(&id, -90_000, -number * 1_000);
    }
    let mut poller = Poller::of(&account, request("contacts", &["deleted"]));
    poller.all();
    assert_eq!(poller.state.unwrap().len() - constant, 250 * 16 + 8);
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        "[0-9A-F]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        "[A-Z0-9]{16}",
        "[A-Z]{0,40}/[a-z-]{0,40}",
        "\\PC{0,40}",
    ]
}

fn group() -> impl Strategy<Value = BTreeMap<String, Option<u64>>> {
    btree_map(key(), any::<Option<u64>>(), 0..8)
}

proptest! {
    #[test]
    fn what_is_known_reads_back_the_same(
        seen in group(),
        missed in group(),
        position in any::<Option<String>>(),
        numbers in any::<[u64; 5]>(),
    ) {
        let mut known = Known { whole: true, ..Known::default() };
        for (key, stamp) in missed {
            known.see(key, stamp);
        }
        known.finish();
        for (key, stamp) in seen {
            known.see(key, stamp);
        }
        let [began, last, start, mark, newest] = numbers;
        let position = position.into();
        let state = State { began, last, start, mark, newest, position, known };
        let bytes = state.write(&[7; 16]);
        prop_assert_eq!(State::read(&bytes, &[7; 16], any_ids(), true), Some(state));
        prop_assert_eq!(State::read(&bytes, &[8; 16], any_ids(), true), None);
    }

    #[test]
    fn any_bytes_are_read_without_panic(body in proptest::collection::vec(any::<u8>(), 0..300), whole: bool) {
        let mut bytes = vec![1];
        bytes.extend([7; 16]);
        bytes.extend(check(&[7; 16], &body));
        bytes.extend(&body);
        if let Some(state) = State::read(&bytes, &[7; 16], any_ids(), whole) {
            prop_assert_eq!(State::read(&state.write(&[7; 16]), &[7; 16], any_ids(), whole), Some(state));
        }
    }
}

/// A table whose ids can be any text.
fn any_ids() -> &'static Table {
    let table = catalog::table("busy_times").unwrap();
    assert!(matches!(table.identity, catalog::Identity::Parts(_)));
    table
}

#[test]
fn whole_ids_are_ids_of_the_tables_records() {
    let read = |id: &str| {
        let mut state = State::new(true);
        state.known.see(id.to_owned(), None);
        let bytes = state.write(&[7; 16]);
        let table = catalog::table("contacts").unwrap();
        State::read(&bytes, &[7; 16], table, true).is_some()
    };
    assert!(read("R1") && read("bc51993d-eccb-4373-8beb-80f301653f49"));
    for other in ["", "R\u{6}", "a/b", "..", "https://api.calendly.com/contacts/R1"] {
        assert!(!read(other), "{other}");
    }
}
