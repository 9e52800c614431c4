//! What fires, and what does not.

use super::*;

#[test]
fn the_first_poll_fires_nothing_and_later_ones_fire_each_version_once() {
    let account = Account::default();
    account.contact("A", -1_000, -1_000);
    account.contact("B", -2_000, -500);
    let mut poller = Poller::of(&account, request("contacts", &["created", "updated"]));
    assert_eq!(poller.ids(), [""; 0]);
    account.contact("A", -1_000, 60);
    account.contact("C", 30, 30);
    let events = poller.all();
    let [created, updated] = &events[..] else { panic!("{events:?}") };
    assert_eq!(created.id, "record.created/contacts/C");
    assert_eq!(updated.id, format!("record.updated/contacts/A/{}", at(60)));
    assert_eq!((&*created.trigger, &*updated.trigger), ("record.created", "record.updated"));
    assert_eq!(created.occurred_at, START + 30_000);
    assert_eq!(updated.occurred_at, START + 60_000);
    assert_eq!(updated.table_id.as_deref(), Some("contacts"));
    assert_eq!(updated.record_id.as_deref(), Some("A"));
    let record: Value = serde_json::from_str(updated.record.as_deref().unwrap()).unwrap();
    assert_eq!((&record["id"], &record["fields"]["email"]), (&json!("A"), &json!("A@x.io")));
    assert!(!updated.incomplete && updated.raw.is_none() && updated.booking_id.is_none());
    assert_eq!(poller.ids(), [""; 0]);
}

#[test]
fn a_poll_of_a_sorted_table_that_finds_nothing_new_is_one_request() {
    let account = Account::default();
    for number in 0..500 {
        account.contact(&format!("C{number:03}"), -number * 3_600, -number * 3_600);
    }
    let mut poller = Poller::of(&account, request("contacts", &["created", "updated"]));
    assert_eq!(poller.requests(), 1);
    assert_eq!(poller.requests(), 1);
    assert!(poller.state.unwrap().len() < 400, "only what may still change its place is kept");
}

#[test]
fn a_change_of_the_same_moment_or_seen_late_is_not_missed() {
    let account = Account::default();
    account.contact("A", 0, 0);
    let mut poller = Poller::of(&account, request("contacts", &["created", "updated"]));
    poller.all();
    account.contact("B", 0, 0);
    account.contact("C", -300, -300);
    assert_eq!(poller.ids(), ["record.created/contacts/C", "record.created/contacts/B"]);
    assert_eq!(poller.ids(), [""; 0]);
}

#[test]
fn what_was_created_and_changed_between_two_polls_is_created() {
    let account = Account::default();
    let mut poller = Poller::of(&account, request("contacts", &["created", "updated"]));
    poller.all();
    account.contact("A", 10, 20);
    assert_eq!(poller.ids(), ["record.created/contacts/A"]);
    account.contact("A", 10, 30);
    assert_eq!(poller.ids(), [format!("record.updated/contacts/A/{}", at(30))]);
}

#[test]
fn only_the_kinds_asked_for_fire() {
    let account = Account::default();
    account.contact("A", 0, 0);
    let mut poller = Poller::of(&account, request("contacts", &["updated"]));
    poller.all();
    account.contact("B", 10, 10);
    assert_eq!(poller.ids(), [""; 0]);
    account.contact("B", 10, 20);
    assert_eq!(poller.ids(), [format!("record.updated/contacts/B/{}", at(20))]);
}

#[test]
fn only_records_that_pass_the_filter_fire() {
    let account = Account::default();
    account.contact("A", 0, 0);
    let mut wanted = request("contacts", &["created", "updated"]);
    wanted["filter"] = json!({"field": "name", "operator": "endsWith", "value": " 20"});
    let mut poller = Poller::of(&account, wanted);
    poller.all();
    account.contact("A", 0, 10);
    account.contact("B", 10, 10);
    account.contact("C", 20, 20);
    assert_eq!(poller.ids(), ["record.created/contacts/C"]);
    // Now it passes, now it does not, and now again.
    account.contact("B", 10, 20);
    assert_eq!(poller.ids(), [format!("record.updated/contacts/B/{}", at(20))]);
    account.contact("C", 20, 30);
    assert_eq!(poller.ids(), [""; 0]);
    account.contact("C", 20, 31);
    assert_eq!(poller.ids(), [""; 0]);
}

#[test]
fn a_deletion_is_told_when_calendly_says_so_too() {
    let account = Account::default();
    for id in ["A", "B", "C"] {
        account.contact(id, -7_200, -7_200);
    }
    let mut poller = Poller::of(&account, request("contacts", &["created", "updated", "deleted"]));
    poller.all();
    // One is gone from the list alone.
    account.drop("/contacts", &uri("contacts", "A"));
    account.drop("/contacts", &uri("contacts", "B"));
    account.put("/elsewhere", json!({"uri": uri("contacts", "B")}));
    account.contact("D", 10, 10);
    let events = poller.all();
    let ids: Vec<_> = events.iter().map(|event| &*event.id).collect();
    assert_eq!(ids, ["record.deleted/contacts/A", "record.created/contacts/D"]);
    let record: Value = serde_json::from_str(events[0].record.as_deref().unwrap()).unwrap();
    let identity = json!({"id": "A", "tableId": "contacts", "uri": uri("contacts", "A")});
    assert_eq!((record, events[0].occurred_at), (identity, START));
    assert_eq!(poller.ids(), [""; 0]);
    account.contact("D", 10, 20);
    assert_eq!(poller.ids(), [format!("record.updated/contacts/D/{}", at(20))]);
}

#[test]
fn a_record_that_does_not_say_when_it_changed_is_told_by_what_is_in_it() {
    let account = Account::default();
    let team = |name: &str| json!({"uri": uri("teams", "T"), "name": name});
    account.put("/teams", team("one"));
    let mut poller = Poller::of(&account, request("teams", &["created", "updated"]));
    assert_eq!(poller.ids(), [""; 0]);
    account.put("/teams", team("two"));
    let ids = poller.ids();
    let version = ids[0].strip_prefix("record.updated/teams/T/").unwrap();
    assert!(version.len() == 16 && version.bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert_eq!(poller.ids(), [""; 0]);
    account.put("/teams", json!({"uri": uri("teams", "U"), "name": "three"}));
    assert_eq!(poller.ids(), ["record.created/teams/U"]);
}

#[test]
fn many_changes_come_in_several_polls_each_once() {
    for events in [&["created", "updated"][..], &["created", "updated", "deleted"]] {
        let account = Account::default();
        for number in 0..1_200 {
            account.contact(&format!("C{number:04}"), -90_000, -90_000 + number);
        }
        let mut poller = Poller::of(&account, request("contacts", events));
        poller.all();
        for number in 0..1_200 {
            account.contact(&format!("C{number:04}"), -90_000, number);
        }
        let first = poller.once();
        assert_eq!((first.events.len(), first.more), (500, true));
        // In between one of them changes again, and is told again.
        account.contact("C1199", -90_000, 5_000);
        let mut ids: Vec<_> = first.events.into_iter().map(|event| event.id).collect();
        ids.extend(poller.ids());
        ids.extend(poller.ids());
        assert!(ids.contains(&format!("record.updated/contacts/C1199/{}", at(5_000))));
        let count = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), count, "none came twice");
        assert!(count == 1_200 || count == 1_201, "{count}");
    }
}

#[test]
fn a_place_that_calendly_forgot_costs_nothing_and_repeats_nothing() {
    let account = Account::default();
    for number in 0..700 {
        account.contact(&format!("C{number:03}"), -90_000, -90_000);
    }
    let wanted = request("contacts", &["created", "updated", "deleted"]);
    let mut poller = Poller::of(&account, wanted);
    poller.all();
    for number in 0..700 {
        account.contact(&format!("C{number:03}"), -90_000, number);
    }
    let mut ids: Vec<_> = poller.once().events.into_iter().map(|event| event.id).collect();
    let mut binding = Binding::default();
    binding.copy_from_slice(&poller.state.as_ref().unwrap()[1..17]);
    let table = crate::catalog::table("contacts").unwrap();
    let kept = poller.state.as_ref().unwrap();
    let mut state = State::read(kept, &binding, table, true).unwrap();
    // Without what the place could be found again by.
    state.position = json!(["stale", 100, "", null, null, null, null, false, null]);
    poller.state = Some(state.write(&binding));
    ids.extend(poller.ids());
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 700);
    assert_eq!(poller.ids(), [""; 0]);
}

#[test]
fn a_poll_that_runs_out_of_time_goes_on_in_the_next_one() {
    let account = Account::default();
    for number in 0..900 {
        account.contact(&format!("C{number:03}"), -90_000, -90_000);
    }
    let mut poller = Poller::of(&account, request("contacts", &["created", "updated", "deleted"]));
    let slow = account.clone();
    poller.host.serve(move |host, sent| {
        host.advance(11_000);
        Ok(slow.answer(sent))
    });
    let first = poller.once();
    assert!(first.more && first.events.is_empty());
    assert_eq!(poller.ids(), [""; 0]);
    account.contact("C000", -90_000, 10);
    account.drop("/contacts", &uri("contacts", "C899"));
    let mut ids = poller.ids();
    ids.sort();
    let updated = format!("record.updated/contacts/C000/{}", at(10));
    assert_eq!(ids, ["record.deleted/contacts/C899", &*updated]);
}

#[test]
fn a_poll_that_fails_changes_nothing() {
    let account = Account::default();
    account.contact("A", 0, 0);
    let mut poller = Poller::of(&account, request("contacts", &["created"]));
    poller.all();
    account.contact("B", 10, 10);
    let refuse = crate::host::fake::reply(403, json!({"message": "no"}));
    poller.host.on("GET /contacts", move |_, _| Ok(refuse));
    assert_eq!(poller.try_once().unwrap_err().code, ErrorCode::PermissionDenied);
    assert_eq!(poller.ids(), ["record.created/contacts/B"]);
}
