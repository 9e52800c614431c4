use proptest::prelude::*;

use super::*;
use crate::host::fake::HUSH;
use crate::vault::{Slot, open, seal};

/// A host whose account has three contacts, and no custom field.
fn three_contacts() -> (FakeHost, Connection) {
    let (host, connection) = connected();
    let contacts: Vec<_> = ["C1", "C2", "C3"]
        .map(|id| json!({"uri": uri("contacts", id), "name": id, "city": "Oslo"}))
        .to_vec();
    host.serve(move |_, sent| {
        Ok(if sent.path() == DEFINITIONS {
            reply(200, json!({"collection": []}))
        } else {
            page(sent, &contacts)
        })
    });
    (host, connection)
}

fn cursor_of(client: &Client<'_>, query: &Query<'_>) -> String {
    let answer = ask(client, &place("contacts"), query).unwrap();
    answer["cursor"].as_str().unwrap().to_owned()
}

fn refused(client: &Client<'_>, place: &Place, query: &Query<'_>) -> String {
    let error = ask(client, place, query).unwrap_err();
    let [(pointer, rule, message)] = violations(&error)[..] else { panic!("{error:?}") };
    assert_eq!((pointer, rule), ("/config/cursor", "cursor"));
    message.to_owned()
}

#[test]
fn a_cursor_is_sealed_and_goes_on_where_the_page_ended() {
    let (host, connection) = three_contacts();
    let client = client(&host, &connection);
    let query = Query { page_size: 2, ..everything() };
    let cursor = cursor_of(&client, &query);
    assert!(cursor.starts_with("v2:key-1:") && !cursor.contains(HUSH));
    let query = Query { cursor: Some(&cursor), ..query };
    let rest = ask(&client, &place("contacts"), &query).unwrap();
    assert_eq!((ids(&rest), &rest["complete"]), (vec!["C3".to_owned()], &json!(true)));
}

#[test]
fn a_cursor_belongs_to_its_query() {
    let (host, connection) = three_contacts();
    let client = client(&host, &connection);
    let filter = json!({"field": "city", "operator": "equals", "value": "Oslo"});
    let sort = [json!({"field": "name"})];
    let mine = Query { filter: Some(&filter), sort: &sort, page_size: 2, ..everything() };
    let cursor = cursor_of(&client, &mine);
    let other_filter = json!({"field": "city", "operator": "equals", "value": "Rome"});
    let other_sort = [json!({"field": "name", "direction": "desc"})];
    let others = [
        (place("contacts"), Query { filter: Some(&other_filter), ..mine }),
        (place("contacts"), Query { filter: None, ..mine }),
        (place("contacts"), Query { sort: &other_sort, ..mine }),
        (place("contacts"), Query { sort: &[], ..mine }),
        (Place { base: Base::OwnOrganization, ..place("contacts") }, Query { ..mine }),
    ];
    for (place, query) in others {
        let query = Query { cursor: Some(&cursor), ..query };
        assert!(refused(&client, &place, &query).contains("another query"));
    }
    let wanted = ["name".to_owned()];
    let again = Query { fields: Some(&wanted), cursor: Some(&cursor), ..mine };
    let page = ask(&client, &place("contacts"), &again).unwrap();
    assert_eq!(ids(&page), ["C3"], "the fields wanted may change on the way");
}

#[test]
fn a_cursor_belongs_to_its_table() {
    let (host, connection) = three_contacts();
    let client = client(&host, &connection);
    let cursor = cursor_of(&client, &Query { page_size: 2, ..everything() });
    let query = Query { cursor: Some(&cursor), ..everything() };
    assert!(refused(&client, &place("event_types"), &query).contains("another query"));
}

#[test]
fn a_cursor_belongs_to_its_connection() {
    let (host, connection) = three_contacts();
    let cursor = cursor_of(&client(&host, &connection), &Query { page_size: 2, ..everything() });
    let other = Connection { id: 2, ..connection };
    connect(&host, &other);
    let query = Query { cursor: Some(&cursor), ..everything() };
    let message = refused(&client(&host, &other), &place("contacts"), &query);
    assert!(message.contains("not a cursor of this connection"));
}

#[test]
fn a_made_up_cursor_is_refused() {
    let (host, connection) = three_contacts();
    let client = client(&host, &connection);
    let cursor = cursor_of(&client, &Query { page_size: 2, ..everything() });
    let last = if cursor.ends_with('A') { "B" } else { "A" };
    let tampered = format!("{}{last}", &cursor[..cursor.len() - 1]);
    let tokens = host.stored(1).unwrap().grant.tokens;
    for made_up in ["x", "v2:key-1:AAAA", &tampered, &cursor[..cursor.len() - 4], &tokens] {
        let query = Query { cursor: Some(made_up), ..everything() };
        let message = refused(&client, &place("contacts"), &query);
        assert!(message.contains("not a cursor"), "{made_up}");
    }
}

#[test]
fn a_cursor_of_another_form_is_refused() {
    let (host, connection) = three_contacts();
    let client = client(&host, &connection);
    let sort = [json!({"field": "name"})];
    // In Calendly's order, and in one that is made here.
    let orders: [&[Value]; 2] = [&[], &sort];
    let query = |sort| Query { page_size: 2, sort, ..everything() };
    let insides = orders.map(|sort| {
        let plain = open(&host, 1, Slot::Cursor, &cursor_of(&client, &query(sort))).unwrap();
        serde_json::from_slice::<Vec<Value>>(&plain).unwrap()
    });
    for (own, other) in [(0, 1), (1, 0)] {
        let mut inside = insides[other].clone();
        inside[0] = insides[own][0].clone();
        let plain = Value::Array(inside).to_string();
        let cursor = seal(&host, 1, Slot::Cursor, plain.as_bytes()).unwrap();
        let query = Query { cursor: Some(&cursor), ..query(orders[own]) };
        assert!(refused(&client, &place("contacts"), &query).contains("another version"));
    }
}

#[test]
fn a_page_that_calendly_forgot_is_told_apart() {
    let (host, connection) = connected();
    let types: Vec<_> =
        ["E1", "E2", "E3"].map(|id| json!({"uri": uri("event_types", id)})).to_vec();
    host.serve(move |_, sent| Ok(page(sent, &types)));
    let client = client(&host, &connection);
    let two = Query { page_size: 2, ..everything() };
    let cursor = ask(&client, &place("event_types"), &two).unwrap()["cursor"].clone();
    host.serve(|_, _| Ok(stale()));
    let query = Query { cursor: cursor.as_str(), ..two };
    // They are in the order of their names, and nobody knows how Calendly orders names.
    let error = ask(&client, &place("event_types"), &query).unwrap_err();
    assert_eq!(error.code, ErrorCode::Rejected);
    assert!(error.message.contains("too old") && error.next_step.contains("without a cursor"));
}

/// What Calendly answers to a page token that is too old.
fn stale() -> Response {
    let details = json!([{"parameter": "page_token", "message": "is invalid"}]);
    reply(400, json!({"title": "Invalid Argument", "details": details}))
}

/// A host whose account has events at these hours, in the order of their hours. It answers no
/// page token that was issued more than `lives` requests ago.
fn forgetful(hours: &[u64], lives: usize) -> (FakeHost, Connection) {
    let (host, connection) = connected();
    let mut events: Vec<_> = hours
        .iter()
        .enumerate()
        .map(|(number, hour)| {
            let uri = uri("scheduled_events", &format!("E{number:03}"));
            json!({"uri": uri, "start_time": format!("2026-12-01T{hour:02}:00:00.000000Z")})
        })
        .collect();
    events.sort_by_key(|event| event["start_time"].as_str().unwrap().to_owned());
    let requests = std::cell::Cell::new(0);
    host.serve(move |_, sent| {
        let number = requests.get() + 1;
        requests.set(number);
        let (mut from, mut count, mut since) = (0, 20, String::new());
        for (name, value) in sent.query() {
            match &*name {
                "count" => count = value.parse().unwrap(),
                "min_start_time" => since = value,
                "page_token" => {
                    let (offset, issued) = value.split_once('|').unwrap();
                    if number - issued.parse::<usize>().unwrap() > lives {
                        return Ok(stale());
                    }
                    from = offset.parse().unwrap();
                }
                _ => {}
            }
        }
        let late = |event: &&Value| event["start_time"].as_str().unwrap() >= &*since;
        let events: Vec<_> = events.iter().filter(late).cloned().collect();
        let to = (from + count).min(events.len());
        let next = (to < events.len()).then(|| format!("{to}|{number}"));
        let next = json!({"next_page_token": next});
        Ok(reply(200, json!({"collection": events[from..to], "pagination": next})))
    });
    (host, connection)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    #[test]
    fn a_page_that_calendly_forgot_is_found_again_by_the_time_it_is_ordered_by(
        hours in proptest::collection::vec(0_u64..24, 1..120),
        size in 1_usize..60,
        lives in 0_usize..2,
    ) {
        let (host, connection) = forgetful(&hours, lives);
        let client = client(&host, &connection);
        let mut all = read_all_pages(&client, &place("scheduled_events"), &[size], &everything());
        let count = all.len();
        all.sort();
        all.dedup();
        prop_assert_eq!((all.len(), count), (hours.len(), hours.len()));
    }
}

#[test]
fn what_came_before_a_forgotten_page_is_not_read_again() {
    let hours: Vec<_> = (0..24).collect();
    let (host, connection) = forgetful(&hours, 0);
    let client = client(&host, &connection);
    let two = Query { page_size: 2, ..everything() };
    let cursor = ask(&client, &place("scheduled_events"), &two).unwrap()["cursor"].clone();
    let query = Query { cursor: cursor.as_str(), ..two };
    let page = ask(&client, &place("scheduled_events"), &query).unwrap();
    assert_eq!(ids(&page), ["E002", "E003"]);
    let again = &host.sent_lines()[2];
    assert!(again.contains("min_start_time=2026-12-01T00:59:59.000000Z"), "{again}");
}
