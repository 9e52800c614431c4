//! The mark of an invitee who did not come.

use super::*;

const READ: &str = "GET /scheduled_events/S1/invitees/I1";
const MARK: &str = "POST /invitee_no_shows";
const CLEAR: &str = "DELETE /invitee_no_shows/N1";
const AT: &str = "2026-11-24T10:30:01.000000Z";

fn invitee(marked: bool) -> Value {
    let mark = json!({"uri": uri("invitee_no_shows", "N1"), "created_at": AT});
    let mark = if marked { mark } else { Value::Null };
    let uri = uri("scheduled_events", "S1/invitees/I1");
    json!({"resource": {"uri": uri, "email": "ada@x.io", "no_show": mark}})
}

fn set(host: &FakeHost, connection: &Connection, no_show: bool) -> Result<Value> {
    let fields = given(json!({ "no_show": no_show }));
    update(&client(host, connection), &place("invitees"), "S1/I1", &fields)
}

fn mark() -> Value {
    let invitee = uri("scheduled_events", "S1/invitees/I1");
    json!({"uri": uri("invitee_no_shows", "N1"), "invitee": invitee, "created_at": AT})
}

#[test]
fn it_is_set_and_cleared() {
    let (host, connection) = connected();
    host.answer(READ, 200, invitee(false));
    host.answer(MARK, 201, json!({"resource": mark()}));
    let record = set(&host, &connection, true).unwrap();
    assert_eq!(record["fields"]["no_show"], true);
    assert_eq!(record["fields"]["no_show_at"], AT);
    let expected = json!({"invitee": uri("scheduled_events", "S1/invitees/I1")});
    assert_eq!(host.sent()[1].json(), expected);
    host.answer(READ, 200, invitee(true)).answer(CLEAR, 204, Value::Null);
    let record = set(&host, &connection, false).unwrap();
    assert_eq!((&record["fields"]["no_show"], &record["id"]), (&json!(false), &json!("S1/I1")));
}

#[test]
fn what_is_so_already_is_not_sent() {
    let (host, connection) = connected();
    for no_show in [true, false] {
        host.answer(READ, 200, invitee(no_show));
        assert_eq!(set(&host, &connection, no_show).unwrap()["fields"]["no_show"], no_show);
        host.answer(READ, 200, invitee(no_show));
        let fields = given(json!({ "no_show": no_show }));
        let change = Change::Update("S1/I1", &fields);
        let write = prepare(&client(&host, &connection), &place("invitees"), change).unwrap();
        assert_eq!(write.preview(), json!({"dryRun": true, "request": null}));
    }
    assert!(host.sent_lines().iter().all(|line| line == READ));
}

#[test]
fn a_lost_answer_is_looked_up_at_the_invitee() {
    let (host, connection) = connected();
    host.answer(READ, 200, invitee(false));
    host.fail(MARK, TransportError::TimedOut);
    host.answer(READ, 200, invitee(false)).answer(READ, 200, invitee(true));
    assert_eq!(set(&host, &connection, true).unwrap()["fields"]["no_show"], true);
    host.answer(READ, 200, invitee(false));
    host.fail(MARK, TransportError::TimedOut);
    for _ in 0..3 {
        host.answer(READ, 200, invitee(false));
    }
    assert_eq!(set(&host, &connection, true).unwrap_err().code, ErrorCode::Network);
    // Clearing twice is clearing once, so it is sent again.
    host.answer(READ, 200, invitee(true));
    host.fail(CLEAR, TransportError::TimedOut).answer(CLEAR, 404, json!({}));
    assert_eq!(set(&host, &connection, false).unwrap()["fields"]["no_show"], false);
    let posts = host.sent_lines().iter().filter(|line| *line == MARK).count();
    assert_eq!(posts, 2);
}

#[test]
fn as_a_record_of_its_own_it_is_found_again_too() {
    let (host, connection) = connected();
    host.fail(MARK, TransportError::TimedOut).answer(READ, 200, invitee(true));
    let fields = given(json!({"invitee": "S1/I1"}));
    let client = client(&host, &connection);
    let record = create(&client, &place("invitee_no_shows"), &fields).unwrap();
    assert_eq!(record["id"], "N1");
    assert_eq!(record["fields"]["invitee"], uri("scheduled_events", "S1/invitees/I1"));
    let fields = given(json!({"invitee": "I1"}));
    let error = create(&client, &place("invitee_no_shows"), &fields).unwrap_err();
    assert_eq!(violations(&error)[0].0, "/config/fields/invitee");
}

#[test]
fn nothing_else_of_an_invitee_can_be_changed() {
    let (host, connection) = connected();
    let client = client(&host, &connection);
    for (fields, place_and_rule) in [
        (json!({"name": "Bo"}), ("/config/fields/name", "readOnly")),
        (json!({"no_show": "yes"}), ("/config/fields/no_show", "type")),
        (json!({"no_show": null}), ("/config/fields/no_show", "type")),
    ] {
        let error = update(&client, &place("invitees"), "S1/I1", &given(fields)).unwrap_err();
        let found: Vec<_> = violations(&error).iter().map(|one| (one.0, one.1)).collect();
        assert_eq!(found, [place_and_rule]);
    }
    assert!(host.sent().is_empty());
}
