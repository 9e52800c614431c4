//! Invitees stand below each scheduled event.

use super::*;

/// A host with events, each with so many invitees.
fn events(counts: &[usize]) -> (FakeHost, Connection) {
    let (host, connection) = connected();
    let counts = counts.to_vec();
    let events: Vec<_> = (0..counts.len())
        .map(|event| json!({"uri": uri("scheduled_events", &format!("E{event}"))}))
        .collect();
    host.serve(move |_, sent| {
        let path = sent.path();
        if path == "/scheduled_events" {
            return Ok(page(sent, &events));
        }
        let event = path.strip_prefix("/scheduled_events/E").unwrap();
        let event: usize = event.strip_suffix("/invitees").unwrap().parse().unwrap();
        let invitee = |number: usize| {
            let id = format!("E{event}/invitees/I{number}");
            json!({"uri": uri("scheduled_events", &id), "name": format!("{}", number % 7)})
        };
        Ok(page(sent, &(0..counts[event]).map(invitee).collect::<Vec<_>>()))
    });
    (host, connection)
}

fn expected(counts: &[usize]) -> Vec<String> {
    let of = |(event, count): (usize, &usize)| {
        (0..*count).map(move |number| format!("E{event}/I{number}")).collect::<Vec<_>>()
    };
    counts.iter().enumerate().flat_map(of).collect()
}

#[test]
fn all_invitees_of_all_events_are_found_whatever_the_page_size() {
    let mut counts = vec![1; 30];
    counts[0] = 0;
    counts[4] = 3;
    counts[11] = 230;
    counts[25] = 0;
    counts[29] = 2;
    for size in [1, 4, 7, 100, 1_000] {
        let (host, connection) = events(&counts);
        let client = client(&host, &connection);
        let all = read_all_pages(&client, &place("invitees"), &[size], &everything());
        assert_eq!(all, expected(&counts), "by {size}");
    }
}

#[test]
fn two_events_may_give_the_same_page_token() {
    let counts = [150, 150];
    let (host, connection) = events(&counts);
    let client = client(&host, &connection);
    let all = read_all_pages(&client, &place("invitees"), &[1_000], &everything());
    assert_eq!(all, expected(&counts));
}

#[test]
fn events_are_read_five_at_once() {
    let (host, connection) = events(&[1; 12]);
    let page = ask(&client(&host, &connection), &place("invitees"), &everything());
    assert_eq!(ids(&page.unwrap()).len(), 12);
    assert_eq!(host.batches(), [5, 5, 2]);
}

#[test]
fn sorting_is_over_the_invitees_of_all_events() {
    let (host, connection) = events(&[9, 9, 9]);
    let client = client(&host, &connection);
    // Calendly could sort each event's invitees, which sorts nothing.
    for field in ["name", "created_at"] {
        let sort = [json!({"field": field, "direction": "desc"})];
        let query = Query { sort: &sort, ..everything() };
        let all = read_all_pages(&client, &place("invitees"), &[4], &query);
        assert_eq!(all.len(), 27);
        let mut ids = expected(&[9, 9, 9]);
        let name = |id: &String| id[4..].parse::<i64>().unwrap() % 7;
        ids.sort_by_key(
            |id| if field == "name" { (-name(id), id.clone()) } else { (0, id.clone()) },
        );
        assert_eq!(all, ids, "{field}");
    }
}

#[test]
fn one_event_is_asked_for_by_itself() {
    let (host, connection) = connected();
    let line = "GET /scheduled_events/E1/invitees?status=active&sort=created_at:desc&count=100";
    for value in ["E1", "https://api.calendly.com/scheduled_events/E1"] {
        host.answer(line, 200, json!({"collection": []}));
        let filter = json!({"and": [
            {"field": "event", "operator": "equals", "value": value},
            {"field": "status", "operator": "equals", "value": "active"},
        ]});
        let sort = [json!({"field": "created_at", "direction": "desc"})];
        let query = Query { filter: Some(&filter), sort: &sort, ..everything() };
        ask(&client(&host, &connection), &place("invitees"), &query).unwrap();
    }
}

#[test]
fn an_event_that_is_one_of_two_alternatives_is_not_asked_for_by_itself() {
    let (host, connection) = connected();
    host.answer(
        &format!("GET /scheduled_events?sort=start_time:asc&user={USER}&count=20"),
        200,
        json!({"collection": []}),
    );
    let event = |id: &str| json!({"field": "event", "operator": "equals", "value": id});
    let filter = json!({"or": [event("E1"), event("E2")]});
    let query = Query { filter: Some(&filter), ..everything() };
    ask(&client(&host, &connection), &place("invitees"), &query).unwrap();
}

#[test]
fn calendly_finds_the_events_of_an_invitee() {
    let (host, connection) = connected();
    let line = format!(
        "GET /scheduled_events?invitee_email=a@x.io&sort=start_time:asc&user={USER}&count=20"
    );
    host.answer(&line, 200, json!({"collection": [{"uri": uri("scheduled_events", "E1")}]}));
    host.answer(
        "GET /scheduled_events/E1/invitees?email=a@x.io&sort=created_at:asc&count=100",
        200,
        json!({"collection": [
            {"uri": uri("scheduled_events", "E1/invitees/I1"), "email": "a@x.io"},
            {"uri": uri("scheduled_events", "E1/invitees/I2"), "email": "aa@x.io"},
        ]}),
    );
    let filter = json!({"field": "email", "operator": "equals", "value": "a@x.io"});
    let query = Query { filter: Some(&filter), ..everything() };
    let page = ask(&client(&host, &connection), &place("invitees"), &query).unwrap();
    assert_eq!(ids(&page), ["E1/I1"], "what Calendly finds too much is left out here");
}

#[test]
fn an_event_whose_uri_leads_elsewhere_is_not_followed() {
    let (host, connection) = connected();
    host.answer("GET /scheduled_events", 200, json!({"collection": [{"uri": "https://x/%2e%2e"}]}));
    let client = client(&host, &connection);
    let error = ask(&client, &place("invitees"), &everything()).unwrap_err();
    assert_eq!(error.code, ErrorCode::Internal);
}
