//! Available and busy times.

use super::*;

fn value(sent: &crate::host::fake::Sent, name: &str) -> String {
    sent.query().into_iter().find(|(of, _)| of == name).unwrap().1
}

#[test]
fn available_times_are_read_in_windows_of_31_days() {
    let (host, connection) = connected();
    host.serve(|_, sent| {
        assert_eq!(sent.path(), "/event_type_available_times");
        assert_eq!(value(sent, "event_type"), uri("event_types", "E1"));
        // Both ends of a window belong to it, here.
        let times = ["start_time", "end_time"].map(|name| json!({"start_time": value(sent, name)}));
        Ok(reply(200, json!({ "collection": times })))
    });
    let config = json!({
        "eventType": "E1",
        "startTime": "2026-12-01T00:00:00Z",
        "endTime": "2027-02-10T00:00:00Z",
    });
    let answer = run(&host, &connection, "findAvailableTimes", config).unwrap();
    assert_eq!(host.batches(), [3]);
    let times: Vec<_> = answer["times"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["start_time"].as_str().unwrap())
        .collect();
    // 71 days: no time twice, and none at the end.
    let expected = ["2026-12-01", "2026-12-10", "2027-01-10"];
    assert_eq!(times, expected.map(|day| format!("{day}T00:00:00.000000Z")));
}

#[test]
fn busy_times_are_the_users_own_unless_another_is_named() {
    for (user, expected) in [
        (Value::Null, USER.to_owned()),
        (json!("U2"), uri("users", "U2")),
        (json!(uri("users", "U2")), uri("users", "U2")),
    ] {
        let (host, connection) = connected();
        let busy = json!({"type": "reserved", "start_time": "2026-12-01T10:00:00.000000Z"});
        host.answer("GET /user_busy_times", 200, json!({"collection": [busy]}));
        let mut config =
            json!({"startTime": "2026-12-01T00:00:00Z", "endTime": "2026-12-02T00:00:00Z"});
        if !user.is_null() {
            config["user"] = user;
        }
        let answer = run(&host, &connection, "findBusyTimes", config).unwrap();
        assert_eq!(answer["busyTimes"], json!([busy]));
        assert_eq!(value(&host.sent()[0], "user"), expected);
    }
}

#[test]
fn what_is_wrong_is_told_at_once_before_anything_is_sent() {
    let (host, connection) = connected();
    let config = json!({"eventType": USER, "startTime": "soon", "endTime": "2026-12-01"});
    let found = wrong(run(&host, &connection, "findAvailableTimes", config));
    let expected =
        ["/config/eventType format", "/config/startTime format", "/config/endTime format"];
    assert_eq!(found, expected);
    let config = json!({"startTime": "2026-12-02T00:00:00Z", "endTime": "2026-12-02T00:00:00Z"});
    assert_eq!(wrong(run(&host, &connection, "findBusyTimes", config)), ["/config/endTime after"]);
    let config = json!({"startTime": "2026-12-02T00:00:00Z", "endTime": "9999-12-02T00:00:00Z"});
    let found = wrong(run(&host, &connection, "findBusyTimes", config));
    assert_eq!(found, ["/config/endTime maximum"]);
    assert!(host.sent().is_empty());
}
