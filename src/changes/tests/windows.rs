//! Meetings are read within a window around now.

use super::*;

#[test]
fn a_meeting_that_only_comes_within_reach_is_not_told_but_one_made_since_is() {
    let account = Account::default();
    account.meeting("OLD", -DAY, -DAY, 61 * DAY);
    let mut poller = Poller::of(&account, request("scheduled_events", &["created", "updated"]));
    assert_eq!(poller.ids(), [""; 0]);
    account.meeting("FAR", 3_600, 3_600, 61 * DAY);
    account.meeting("NEAR", 3_600, 3_600, 30 * DAY);
    assert_eq!(poller.ids(), ["record.created/scheduled_events/NEAR"]);
    poller.advance(2);
    assert_eq!(poller.ids(), ["record.created/scheduled_events/FAR"]);
    account.meeting("OLD", -DAY, DAY, 61 * DAY);
    assert_eq!(poller.ids(), [format!("record.updated/scheduled_events/OLD/{}", at(DAY))]);
    let lines = poller.host.sent_lines();
    assert!(lines[0].contains("min_start_time=") && lines[0].contains("max_start_time="));
}

#[test]
fn a_meeting_that_was_not_seen_at_once_is_told() {
    let account = Account::default();
    let mut poller = Poller::of(&account, request("scheduled_events", &["created"]));
    poller.all();
    account.meeting("LATE", -DAY, -DAY, DAY);
    assert_eq!(poller.ids(), ["record.created/scheduled_events/LATE"]);
}

#[test]
fn meetings_that_are_over_are_forgotten() {
    let account = Account::default();
    for number in 0..100 {
        account.meeting(&format!("M{number:02}"), -DAY, -DAY, 3_600);
    }
    let mut poller = Poller::of(&account, request("scheduled_events", &["created", "updated"]));
    poller.all();
    let full = poller.state.as_ref().unwrap().len();
    poller.advance(3);
    assert_eq!(poller.ids(), [""; 0]);
    assert_eq!(poller.ids(), [""; 0]);
    let empty = poller.state.as_ref().unwrap().len();
    assert_eq!(full - empty, 100 * 16);
}

#[test]
fn what_a_scan_did_not_come_by_is_still_known_in_the_next_one() {
    let account = Account::default();
    account.meeting("A", -DAY, -DAY, DAY);
    let mut poller = Poller::of(&account, request("scheduled_events", &["created", "updated"]));
    poller.all();
    account.drop("/scheduled_events", &uri("scheduled_events", "A"));
    assert_eq!(poller.ids(), [""; 0]);
    account.meeting("A", -DAY, -DAY, DAY);
    assert_eq!(poller.ids(), [""; 0]);
}

#[test]
fn how_far_to_look_can_be_said() {
    let account = Account::default();
    let mut wanted = request("scheduled_events", &["created"]);
    wanted["lookbackDays"] = json!(0);
    wanted["horizonDays"] = json!(2.0);
    let mut poller = Poller::of(&account, wanted);
    poller.all();
    account.meeting("PAST", 0, 0, -3_600);
    account.meeting("SOON", 0, 0, DAY);
    account.meeting("FAR", 0, 0, 3 * DAY);
    assert_eq!(poller.ids(), ["record.created/scheduled_events/SOON"]);
}
