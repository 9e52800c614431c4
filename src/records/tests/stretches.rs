//! Stretches of time that Calendly lists in windows.

use super::*;
use crate::instant::Instant;

fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

fn busy(from: &str, to: &str) -> Value {
    json!({"type": "external", "start_time": from, "end_time": to})
}

fn read(host: &FakeHost, connection: &Connection, from: &str, to: &str) -> Result<Vec<Value>> {
    let whose = ("user", USER.to_owned());
    stretch(&client(host, connection), table("busy_times"), &whose, at(from), at(to))
}

/// The two bounds of each request.
fn windows(host: &FakeHost) -> Vec<(String, String)> {
    let bound =
        |sent: &Sent, name: &str| sent.query().into_iter().find(|(of, _)| of == name).unwrap().1;
    let all = host.sent();
    all.iter().map(|sent| (bound(sent, "start_time"), bound(sent, "end_time"))).collect()
}

#[test]
fn a_long_one_is_cut_and_read_at_once() {
    let (host, connection) = connected();
    host.serve(|_, sent| {
        assert_eq!(sent.path(), "/user_busy_times");
        assert!(sent.query().contains(&("user".to_owned(), USER.to_owned())));
        Ok(reply(200, json!({"collection": []})))
    });
    let found = read(&host, &connection, "2026-12-01T00:00:00Z", "2026-12-20T00:00:00Z").unwrap();
    assert!(found.is_empty());
    assert_eq!(host.batches(), [3]);
    let windows = windows(&host);
    assert_eq!(windows[0].0, "2026-12-01T00:00:00.000000Z");
    assert_eq!(windows[2].1, "2026-12-20T00:00:00.000000Z");
    for (left, right) in windows.iter().zip(&windows[1..]) {
        assert_eq!(left.1, right.0, "no gap and no overlap");
    }
    for (from, to) in &windows {
        assert!(at(from) < at(to) && at(to) <= at(from).plus_ms(7 * 86_400_000), "{from} {to}");
    }
}

#[test]
fn what_reaches_over_a_cut_comes_once_and_what_is_twice_there_comes_twice() {
    let (host, connection) = connected();
    let over = busy("2026-12-07T23:00:00.000000Z", "2026-12-16T01:00:00.000000Z");
    let twice = busy("2026-12-09T10:00:00.000000Z", "2026-12-09T11:00:00.000000Z");
    let all = [over, twice.clone(), twice];
    let listed = all.clone();
    host.serve(move |_, sent| {
        let bound =
            |name: &str| at(&sent.query().into_iter().find(|(of, _)| of == name).unwrap().1);
        let overlaps = |item: &&Value| {
            at(item["start_time"].as_str().unwrap()) < bound("end_time")
                && at(item["end_time"].as_str().unwrap()) > bound("start_time")
        };
        let found: Vec<_> = listed.iter().filter(overlaps).cloned().collect();
        Ok(reply(200, json!({ "collection": found })))
    });
    let found = read(&host, &connection, "2026-12-01T00:00:00Z", "2026-12-22T00:00:00Z").unwrap();
    assert_eq!(found, all);
}

#[test]
fn the_past_is_not_asked_for() {
    let (host, connection) = connected();
    host.answer("GET /user_busy_times", 200, json!({"collection": []}));
    read(&host, &connection, "2020-01-01T00:00:00Z", "2026-11-25T00:00:00Z").unwrap();
    let from = at(&windows(&host)[0].0);
    assert!(from > Instant::from_unix_ms(START), "{from}");
    read(&host, &connection, "2020-01-01T00:00:00Z", "2020-02-01T00:00:00Z").unwrap();
    assert_eq!(host.sent().len(), 1);
}
