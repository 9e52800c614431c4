use super::*;
use crate::host::fake::HUSH;

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
fn a_page_that_calendly_forgot_is_told_apart() {
    let (host, connection) = three_contacts();
    let client = client(&host, &connection);
    let cursor = cursor_of(&client, &Query { page_size: 2, ..everything() });
    host.answer(GET_DEFINITIONS, 200, json!({"collection": []}));
    let details = json!([{"parameter": "page_token", "message": "is invalid"}]);
    host.answer("GET /contacts", 400, json!({"title": "Invalid Argument", "details": details}));
    let query = Query { cursor: Some(&cursor), page_size: 2, ..everything() };
    let error = ask(&client, &place("contacts"), &query).unwrap_err();
    assert_eq!(error.code, ErrorCode::Rejected);
    assert!(error.message.contains("too old") && error.next_step.contains("without a cursor"));
}
