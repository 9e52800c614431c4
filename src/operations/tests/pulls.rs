//! Copies of a table: what comes to them.

use std::cell::RefCell;
use std::rc::Rc;

use super::*;

/// Contacts that change, in the order of their ids.
type Contacts = Rc<RefCell<Vec<Value>>>;

fn contact(id: &str, name: &str) -> Value {
    let time = "2026-11-01T00:00:00.000000Z";
    json!({"uri": uri("contacts", id), "name": name, "created_at": time, "updated_at": time})
}

/// A host whose account has these contacts, on pages of the size asked for.
fn with(contacts: &Contacts) -> (FakeHost, Connection) {
    let (host, connection) = connected();
    let contacts = Rc::clone(contacts);
    host.serve(move |_, sent| {
        let contacts = contacts.borrow();
        let (mut from, mut count) = (0, 20);
        for (name, value) in sent.query() {
            match &*name {
                "count" => count = value.parse().unwrap(),
                "page_token" => from = value.parse().unwrap(),
                _ => {}
            }
        }
        let path = sent.path();
        if let Some(id) = path.strip_prefix("/contacts/").filter(|id| id.starts_with('C')) {
            let found = contacts.iter().find(|one| one["uri"] == uri("contacts", id).as_str());
            return Ok(match found {
                Some(found) => reply(200, json!({"resource": found})),
                None => reply(404, json!({"title": "Resource Not Found", "message": "Gone."})),
            });
        }
        if path != "/contacts" {
            return Ok(reply(200, json!({"collection": []})));
        }
        let to = (from + count).min(contacts.len());
        let next = (to < contacts.len()).then(|| to.to_string());
        let next = json!({"next_page_token": next});
        Ok(reply(200, json!({"collection": contacts[from..to], "pagination": next})))
    });
    (host, connection)
}

fn pull(host: &FakeHost, connection: &Connection, limit: u64, cursor: &Value) -> Result<Value> {
    let mut config = json!({"baseId": "me", "tableId": "contacts", "limit": limit});
    if !cursor.is_null() {
        config["cursor"] = cursor.clone();
    }
    run(host, connection, "pullChanges", config)
}

/// The changes of an answer, as `kind id name`.
fn told(answer: &Value) -> Vec<String> {
    let one = |change: &Value| {
        let name = change["record"]["fields"]["name"].as_str().unwrap_or("-");
        format!("{} {} {name}", change["kind"].as_str().unwrap(), change["id"].as_str().unwrap())
    };
    answer["changes"].as_array().unwrap().iter().map(one).collect()
}

#[test]
fn everything_comes_first_and_then_what_changed_in_any_way() {
    let contacts: Contacts = Rc::default();
    contacts.borrow_mut().extend(["C1", "C2", "C3"].map(|id| contact(id, "old")));
    let (host, connection) = with(&contacts);
    let first = pull(&host, &connection, 2, &Value::Null).unwrap();
    assert_eq!(told(&first), ["created C1 old", "created C2 old"]);
    assert_eq!(first["more"], true);
    let second = pull(&host, &connection, 2, &first["cursor"]).unwrap();
    assert_eq!(
        (told(&second), &second["more"]),
        (vec!["created C3 old".to_owned()], &json!(false))
    );
    // Without a new `updated_at`.
    contacts.borrow_mut()[1] = contact("C2", "new");
    contacts.borrow_mut().remove(0);
    contacts.borrow_mut().push(contact("C4", "new"));
    let third = pull(&host, &connection, 100, &second["cursor"]).unwrap();
    let changes = ["updated C2 new", "created C4 new", "deleted C1 -"];
    assert_eq!(
        (told(&third), &third["more"]),
        (changes.map(str::to_owned).to_vec(), &json!(false))
    );
    let fourth = pull(&host, &connection, 100, &third["cursor"]).unwrap();
    assert_eq!((told(&fourth), &fourth["more"]), (vec![], &json!(false)));
}

#[test]
fn the_same_cursor_tells_the_same_again() {
    let contacts: Contacts = Rc::default();
    contacts.borrow_mut().extend(["C1", "C2", "C3"].map(|id| contact(id, "old")));
    let (host, connection) = with(&contacts);
    let first = pull(&host, &connection, 1, &Value::Null).unwrap();
    let second = pull(&host, &connection, 100, &first["cursor"]).unwrap();
    let again = pull(&host, &connection, 100, &first["cursor"]).unwrap();
    assert_eq!(told(&second), told(&again));
    contacts.borrow_mut().clear();
    for _ in 0..2 {
        let gone = pull(&host, &connection, 100, &second["cursor"]).unwrap();
        assert_eq!(told(&gone), ["deleted C1 -", "deleted C2 -", "deleted C3 -"]);
    }
}

#[test]
fn many_deletions_come_in_several_calls() {
    let contacts: Contacts = Rc::default();
    contacts.borrow_mut().extend((0..25).map(|number| contact(&format!("C{number:02}"), "x")));
    let (host, connection) = with(&contacts);
    let mut cursor = pull(&host, &connection, 100, &Value::Null).unwrap()["cursor"].clone();
    contacts.borrow_mut().clear();
    let (mut deleted, mut calls) = (0, 0);
    loop {
        let answer = pull(&host, &connection, 10, &cursor).unwrap();
        deleted += told(&answer).iter().filter(|told| told.starts_with("deleted")).count();
        calls += 1;
        cursor = answer["cursor"].clone();
        if answer["more"] == false {
            break;
        }
    }
    assert_eq!((deleted, calls), (25, 3));
}

#[test]
fn a_cursor_has_twenty_four_bytes_for_a_record() {
    let size = |count: usize| {
        let contacts: Contacts = Rc::default();
        let id = |number| format!("C1234567-{number:07}");
        contacts.borrow_mut().extend((0..count).map(|number| contact(&id(number), "x")));
        let (host, connection) = with(&contacts);
        let answer = pull(&host, &connection, 100, &Value::Null).unwrap();
        answer["cursor"].as_str().unwrap().len() * 3 / 4
    };
    let (none, some) = (size(0), size(90));
    assert!(none < 300 && (some - none).abs_diff(90 * 24) < 4, "{none} {some}");
}

#[test]
fn a_cursor_of_something_else_is_refused() {
    let contacts: Contacts = Rc::default();
    let (host, connection) = with(&contacts);
    let page = json!({"baseId": "me", "tableId": "contacts", "pageSize": 1});
    contacts.borrow_mut().extend(["C1", "C2"].map(|id| contact(id, "old")));
    let query = run(&host, &connection, "queryRecords", page).unwrap()["cursor"].clone();
    let mine = pull(&host, &connection, 1, &Value::Null).unwrap()["cursor"].clone();
    for made_up in ["x", query.as_str().unwrap(), &mine.as_str().unwrap()[..40]] {
        let refusal = pull(&host, &connection, 1, &made_up.into());
        assert_eq!(wrong(refusal), ["/config/cursor cursor"], "{made_up}");
    }
    let config = json!({"baseId": "organization", "tableId": "contacts", "cursor": mine});
    assert_eq!(wrong(run(&host, &connection, "pullChanges", config)), ["/config/cursor cursor"]);
}

#[test]
fn meetings_all_come_once_and_then_those_that_may_still_change() {
    let (host, connection) = connected();
    host.serve(|_, sent| {
        assert_eq!(sent.path(), "/scheduled_events");
        Ok(reply(200, json!({"collection": []})))
    });
    let mut config = json!({"baseId": "me", "tableId": "scheduled_events"});
    config["cursor"] =
        run(&host, &connection, "pullChanges", config.clone()).unwrap()["cursor"].take();
    config["lookbackDays"] = json!(2);
    run(&host, &connection, "pullChanges", config).unwrap();
    let lines = host.sent_lines();
    assert!(!lines[0].contains("min_start_time") && !lines[1].contains("max_start_time"));
    assert!(lines[1].contains("min_start_time=2026-11-22T10:29:59.000000Z"), "{}", lines[1]);
}
