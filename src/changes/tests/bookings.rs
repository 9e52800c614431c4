//! What becomes of a booking.

use super::*;

/// An invitee of a meeting of their own; `more` are further attributes.
fn invitee(account: &Account, id: &str, created: i64, updated: i64, more: Value) {
    account.meeting(&format!("E{id}"), created, updated, DAY);
    let path = format!("/scheduled_events/E{id}/invitees");
    let mut resource = json!({
        "uri": named(id), "event": uri("scheduled_events", &format!("E{id}")),
        "email": "ann@x.io", "status": "active", "rescheduled": false, "old_invitee": null,
        "new_invitee": null, "created_at": at(created), "updated_at": at(updated),
    });
    for (name, value) in more.as_object().unwrap() {
        resource[name] = value.clone();
    }
    account.put(&path, resource);
}

fn named(id: &str) -> String {
    uri(&format!("scheduled_events/E{id}/invitees"), id)
}

fn moved_to(account: &Account, id: &str, created: i64, updated: i64, old: Value, new: &str) {
    let more = json!({
        "status": "canceled", "rescheduled": true, "old_invitee": old, "new_invitee": named(new),
    });
    invitee(account, id, created, updated, more);
}

fn poller(account: &Account) -> Poller {
    Poller::of(account, request("invitees", &["created", "updated"]))
}

fn bookings(events: &[Event]) -> Vec<&Event> {
    events.iter().filter(|event| event.trigger.starts_with("booking.")).collect()
}

fn summary(events: &[Event]) -> Vec<(&str, &str, Option<&str>, bool)> {
    bookings(events)
        .into_iter()
        .map(|event| {
            let previous = event.previous_id.as_deref();
            (&*event.id, event.booking_id.as_deref().unwrap(), previous, event.incomplete)
        })
        .collect()
}

#[test]
fn a_booking_is_created_once_and_canceled_once() {
    let account = Account::default();
    invitee(&account, "OLD", -9_000, -9_000, json!({}));
    let mut poller = poller(&account);
    assert!(poller.all().is_empty());
    invitee(&account, "A", 10, 10, json!({}));
    let events = poller.all();
    let ids: Vec<_> = events.iter().map(|event| &*event.id).collect();
    assert_eq!(ids, ["record.created/invitees/EA/A", "booking.created/EA/A"]);
    assert_eq!(summary(&events), [("booking.created/EA/A", "EA/A", None, false)]);
    assert_eq!(events[1].record_id.as_deref(), Some("EA/A"));
    let record: Value = serde_json::from_str(events[1].record.as_deref().unwrap()).unwrap();
    assert_eq!(record["fields"]["start_time"], at(DAY), "with what stands in the meeting");
    // Another change is none of the booking.
    invitee(&account, "A", 10, 20, json!({"name": "Ann"}));
    assert!(bookings(&poller.all()).is_empty());
    for (updated, fires) in [(30, true), (40, false)] {
        invitee(&account, "A", 10, updated, json!({"status": "canceled"}));
        let events = poller.all();
        assert_eq!(bookings(&events).len(), usize::from(fires), "{events:?}");
        if fires {
            assert_eq!(summary(&events), [("booking.canceled/EA/A", "EA/A", None, false)]);
        }
    }
}

#[test]
fn a_move_is_one_event_and_the_booking_stays_the_same() {
    let account = Account::default();
    invitee(&account, "A", -9_000, -9_000, json!({}));
    let mut poller = poller(&account);
    poller.all();
    moved_to(&account, "A", -9_000, 10, Value::Null, "B");
    invitee(&account, "B", 10, 10, json!({"old_invitee": named("A")}));
    let events = poller.all();
    assert_eq!(summary(&events), [("booking.rescheduled/EA/A", "EA/A", Some("EA/A"), false)]);
    assert_eq!(bookings(&events)[0].record_id.as_deref(), Some("EB/B"));
    // Where the chain began is not seen again.
    moved_to(&account, "B", 10, 20, named("A").into(), "C");
    invitee(&account, "C", 20, 20, json!({"old_invitee": named("B")}));
    let events = poller.all();
    assert_eq!(summary(&events), [("booking.rescheduled/EB/B", "EA/A", Some("EB/B"), true)]);
    assert!(poller.all().is_empty());
}

#[test]
fn several_moves_between_two_polls_are_a_chain() {
    let account = Account::default();
    let mut poller = poller(&account);
    poller.all();
    moved_to(&account, "A", 5, 10, Value::Null, "B");
    moved_to(&account, "B", 10, 20, named("A").into(), "C");
    invitee(&account, "C", 20, 20, json!({"old_invitee": named("B")}));
    let expected = [
        ("booking.rescheduled/EA/A", "EA/A", Some("EA/A"), false),
        ("booking.rescheduled/EB/B", "EA/A", Some("EB/B"), false),
    ];
    assert_eq!(summary(&poller.all()), expected);
}

#[test]
fn the_half_of_a_move_that_is_seen_tells_it_and_the_other_does_not_repeat_it() {
    let account = Account::default();
    invitee(&account, "A", -9_000, -9_000, json!({}));
    let mut poller = poller(&account);
    poller.all();
    moved_to(&account, "A", -9_000, 10, Value::Null, "B");
    let events = poller.all();
    assert_eq!(summary(&events), [("booking.rescheduled/EA/A", "EA/A", Some("EA/A"), true)]);
    assert_eq!(bookings(&events)[0].record_id.as_deref(), Some("EA/A"));
    invitee(&account, "B", 10, 10, json!({"old_invitee": named("A")}));
    let events = poller.all();
    assert_eq!(events.len(), 1, "the record is new, the move is told: {events:?}");
    assert_eq!(events[0].id, "record.created/invitees/EB/B");
    moved_to(&account, "A", -9_000, 30, Value::Null, "B");
    assert!(bookings(&poller.all()).is_empty());
}

#[test]
fn a_move_whose_old_half_does_not_pass_the_filter_is_told_by_the_new_one() {
    let account = Account::default();
    invitee(&account, "A", -9_000, -9_000, json!({}));
    let mut poller = poller(&account);
    poller.request["filter"] = json!({"field": "status", "operator": "equals", "value": "active"});
    poller.all();
    moved_to(&account, "A", -9_000, 10, Value::Null, "B");
    assert!(poller.all().is_empty());
    invitee(&account, "B", 10, 10, json!({"old_invitee": named("A")}));
    let events = poller.all();
    assert_eq!(summary(&events), [("booking.rescheduled/EA/A", "EA/A", Some("EA/A"), true)]);
}

#[test]
fn a_filter_can_be_about_the_meeting() {
    let account = Account::default();
    let mut poller = poller(&account);
    let early = json!({"field": "start_time", "operator": "lessThan", "value": at(DAY)});
    poller.request["filter"] = early;
    poller.all();
    invitee(&account, "A", 10, 10, json!({}));
    assert!(poller.all().is_empty());
    account.meeting("EB", 20, 20, DAY - 1);
    account.put(
        "/scheduled_events/EB/invitees",
        json!({"uri": named("B"), "status": "active", "created_at": at(20), "updated_at": at(20)}),
    );
    assert_eq!(bookings(&poller.all()).len(), 1);
}

#[test]
fn invitees_that_name_each_other_in_a_circle_end() {
    let account = Account::default();
    let mut poller = poller(&account);
    poller.all();
    moved_to(&account, "A", 10, 10, named("B").into(), "B");
    moved_to(&account, "B", 10, 10, named("A").into(), "A");
    let events = poller.all();
    assert_eq!(bookings(&events).len(), 2);
    assert!(bookings(&events).iter().all(|event| event.incomplete));
}
