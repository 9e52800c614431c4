//! Moves told in two halves, in any order, and chains of them.

use super::*;

/// The two halves of the move of an invitee (event, invitee) to another.
fn halves(old: (&str, &str), new: (&str, &str), before: Option<(&str, &str)>) -> [Delivery; 2] {
    let before = before.map(|(event, id)| invitee_uri(event, id));
    let gone = json!({
        "status": "canceled", "rescheduled": true,
        "new_invitee": invitee_uri(new.0, new.1), "old_invitee": before,
    });
    let come = json!({ "old_invitee": invitee_uri(old.0, old.1) });
    [
        told("invitee.canceled", &invitee(old.0, old.1, gone)),
        told("invitee.created", &invitee(new.0, new.1, come)),
    ]
}

/// An invitee's event and own id, and those of the one before.
type Link = (&'static str, &'static str, Option<(&'static str, &'static str)>);

/// A host where these invitees can be read, each with the one before.
fn knowing(invitees: &[Link]) -> (FakeHost, Connection) {
    let (host, connection) = connected();
    let mut there = Vec::new();
    for (event, id, before) in invitees {
        let before = before.map(|(event, id)| invitee_uri(event, id));
        let mut resource = invitee(event, id, json!({ "old_invitee": before }));
        let event_resource = resource.as_object_mut().unwrap().remove("scheduled_event").unwrap();
        there.push((format!("/scheduled_events/{event}/invitees/{id}"), resource));
        there.push((format!("/scheduled_events/{event}"), event_resource));
    }
    host.serve(move |_, sent| {
        let found = there.iter().find(|(path, _)| path == sent.path());
        let missing = json!({"title": "Resource Not Found", "message": "Not there."});
        Ok(found.map_or_else(
            || crate::host::fake::reply(404, missing),
            |(_, resource)| crate::host::fake::reply(200, json!({ "resource": resource })),
        ))
    });
    (host, connection)
}

fn bookings(delivery: &Delivery) -> Vec<&Event> {
    delivery.events.iter().filter(|event| event.trigger.starts_with("booking.")).collect()
}

#[test]
fn both_halves_of_a_move_are_the_same_event() {
    let [gone, come] = halves(("E1", "I1"), ("E2", "I2"), None);
    for half in [&gone, &come] {
        let events = bookings(half);
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].id, "booking.rescheduled/E1/I1");
        assert_eq!(events[0].previous_id.as_deref(), Some("E1/I1"));
        assert!(events[0].incomplete);
    }
    // Completed, each tells the same, whichever came.
    let completed = [gone, come].map(|half| {
        let (host, connection) = knowing(&[("E1", "I1", None), ("E2", "I2", Some(("E1", "I1")))]);
        complete(&host, &connection, bookings(&half)[0].clone(), MINUTE).unwrap()
    });
    for event in &completed {
        assert_eq!(event.record_id.as_deref(), Some("E2/I2"));
        assert_eq!(event.booking_id.as_deref(), Some("E1/I1"));
        assert!(!event.incomplete);
        assert_eq!(record(event)["fields"]["start_time"], "2026-12-01T09:00:00.000000Z");
    }
    assert_eq!(record(&completed[0]), record(&completed[1]));
}

#[test]
fn a_chain_of_moves_keeps_the_first_ones_id() {
    let chain =
        [("E1", "I1", None), ("E2", "I2", Some(("E1", "I1"))), ("E3", "I3", Some(("E2", "I2")))];
    let [gone, come] = halves(("E2", "I2"), ("E3", "I3"), Some(("E1", "I1")));
    for half in [gone, come] {
        let (host, connection) = knowing(&chain);
        let event = complete(&host, &connection, bookings(&half)[0].clone(), MINUTE).unwrap();
        assert_eq!(event.id, "booking.rescheduled/E2/I2");
        assert_eq!(event.booking_id.as_deref(), Some("E1/I1"));
    }
    let canceled = json!({"status": "canceled", "old_invitee": invitee_uri("E2", "I2")});
    let delivery = told("invitee.canceled", &invitee("E3", "I3", canceled));
    let (host, connection) = knowing(&chain);
    let event = complete(&host, &connection, bookings(&delivery)[0].clone(), MINUTE).unwrap();
    assert_eq!(
        (&*event.id, event.booking_id.as_deref()),
        ("booking.canceled/E3/I3", Some("E1/I1"))
    );
}

#[test]
fn what_is_gone_meanwhile_ends_the_chain_and_is_no_error() {
    let [gone, come] = halves(("E1", "I1"), ("E2", "I2"), None);
    for half in [gone, come] {
        let (host, connection) = knowing(&[]);
        let told = bookings(&half)[0].clone();
        let event = complete(&host, &connection, told.clone(), MINUTE).unwrap();
        assert_eq!((event.record, event.booking_id), (told.record, Some("E1/I1".to_owned())));
        assert!(!event.incomplete);
    }
}

#[test]
fn a_chain_that_goes_in_circles_ends() {
    let circle = [("E1", "I1", Some(("E2", "I2"))), ("E2", "I2", Some(("E1", "I1")))];
    let [_, come] = halves(("E1", "I1"), ("E2", "I2"), None);
    let (host, connection) = connected();
    host.serve(move |_, sent| {
        let (event, id, before) = circle[usize::from(sent.path().contains("/E2/"))];
        let before = before.map(|(event, id)| invitee_uri(event, id));
        let resource = invitee(event, id, json!({ "old_invitee": before }));
        Ok(crate::host::fake::reply(200, json!({ "resource": resource })))
    });
    let event = complete(&host, &connection, bookings(&come)[0].clone(), MINUTE).unwrap();
    assert!(!event.incomplete);
    assert_eq!(host.sent().len(), 32);
}

#[test]
fn booked_and_canceled_are_told_only_when_that_is_what_happened() {
    let told_by = |name: &str, changed: Value| {
        let delivery = told(name, &invitee("E1", "I1", changed));
        bookings(&delivery).iter().map(|event| event.trigger.clone()).collect::<Vec<_>>()
    };
    let canceled = json!({"status": "canceled"});
    assert_eq!(told_by("invitee.created", json!({})), ["booking.created"]);
    assert_eq!(told_by("invitee.canceled", canceled), ["booking.canceled"]);
    // Asked to choose another time, and yet to do so: neither.
    let asked = json!({"status": "canceled", "rescheduled": true});
    assert_eq!(told_by("invitee.canceled", asked), [""; 0]);
    assert_eq!(told_by("invitee_no_show.created", json!({"no_show": {}})), [""; 0]);
}

#[test]
fn an_event_that_lacks_nothing_comes_back_as_it_is_without_a_request() {
    let (host, connection) = connected();
    let delivery = told("invitee.created", &invitee("E1", "I1", json!({})));
    for event in delivery.events {
        assert_eq!(complete(&host, &connection, event.clone(), MINUTE).unwrap(), event);
    }
    assert_eq!(host.sent().len(), 0);
}
