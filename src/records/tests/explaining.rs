//! A query's plan, answered instead of records.

use super::*;

#[test]
fn a_plan_says_what_is_asked_of_calendly_and_what_is_done_here_and_reads_nothing() {
    let (host, connection) = connected();
    let filter = json!({"and": [
        {"field": "email", "operator": "equals", "value": "a@x.io"},
        {"field": "start_time", "operator": "greaterThan", "value": "2026-12-01T00:00:00Z"},
        {"field": "name", "operator": "contains", "value": "Ada"},
    ]});
    let sort = [json!({"field": "name"})];
    let query = Query { filter: Some(&filter), sort: &sort, explain: true, ..everything() };
    let answer = ask(&client(&host, &connection), &place("invitees"), &query).unwrap();
    assert!(host.sent().is_empty());
    assert_eq!((&answer["records"], &answer["complete"]), (&json!([]), &json!(false)));
    let plan = &answer["plan"];
    let urls: Vec<_> = plan["requests"].as_array().unwrap().iter().map(|one| &one["url"]).collect();
    let events = urls[0].as_str().unwrap();
    for part in
        ["/scheduled_events?", "invitee_email=a%40x.io", "min_start_time=2026-11-30", "count=20"]
    {
        assert!(events.contains(part), "{events}");
    }
    let invitees = "https://api.calendly.com/scheduled_events/ID/invitees?email=a%40x.io&count=100";
    assert_eq!(urls[1], invitees);
    assert_eq!(plan["requests"][1]["each"], "each page of each of /scheduled_events");
    let at = |index: usize| json!(format!("/config/filter/and/{index}"));
    assert_eq!(plan["pushed"], json!([at(0), at(1)]));
    assert_eq!(plan["checkedHere"], json!([at(2)]));
    assert_eq!(plan["order"], "here, of all records");
    assert_eq!(plan["mostRecords"], 10_000);
}

#[test]
fn a_plan_knows_the_most_requests() {
    let (host, connection) = connected();
    host.answer(GET_DEFINITIONS, 200, json!({"collection": []}));
    let most = |table: &str, query: Query<'_>| {
        let query = Query { explain: true, ..query };
        let answer = ask(&client(&host, &connection), &place(table), &query).unwrap();
        answer["plan"]["mostRequests"].as_u64().unwrap()
    };
    assert_eq!(most("contacts", Query { page_size: 250, ..everything() }), 3);
    host.answer(GET_DEFINITIONS, 200, json!({"collection": []}));
    assert_eq!(most("contacts", Query { page_size: 5, ..everything() }), 1);
    let filter = json!({"field": "name", "operator": "isNotNull"});
    assert_eq!(most("event_types", Query { filter: Some(&filter), ..everything() }), 100);
}
