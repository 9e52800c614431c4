//! Pages of pages: nothing is left out, nothing comes twice, whatever sizes are asked for.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

/// A host whose account has these contacts.
fn contacts(resources: Vec<Value>) -> (FakeHost, Connection) {
    let (host, connection) = connected();
    host.serve(move |_, sent| {
        Ok(match sent.path() {
            DEFINITIONS => reply(200, json!({"collection": []})),
            "/contacts" => page(sent, &resources),
            path => panic!("not expected: {path}"),
        })
    });
    (host, connection)
}

fn contact(number: usize, name: Option<&str>, city: &str) -> Value {
    json!({"uri": uri("contacts", &format!("C{number:04}")), "name": name, "city": city})
}

fn numbered(count: usize) -> Vec<Value> {
    (0..count).map(|number| contact(number, Some("x"), "Oslo")).collect()
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("C{number:04}")).collect()
}

#[test]
fn a_page_without_a_filter_reads_no_more_than_it_answers() {
    let (host, connection) = contacts(numbered(250));
    let query = Query { page_size: 7, ..everything() };
    let page = ask(&client(&host, &connection), &place("contacts"), &query).unwrap();
    assert_eq!(ids(&page), names(7));
    assert_eq!(host.sent_lines()[1..], ["GET /contacts?sort=created_at:asc&count=7".to_owned()]);
}

#[test]
fn all_pages_together_are_the_collection() {
    for (count, size) in [(0, 10), (1, 1), (10, 10), (20, 10), (205, 100), (205, 1_000), (250, 130)]
    {
        let (host, connection) = contacts(numbered(count));
        let client = client(&host, &connection);
        let all = read_all_pages(&client, &place("contacts"), &[size], &everything());
        assert_eq!(all, names(count), "{count} by {size}");
    }
}

#[test]
fn a_page_size_may_change_on_the_way() {
    for sizes in [[150, 10, 100], [10, 150, 1], [130, 120, 7]] {
        let (host, connection) = contacts(numbered(420));
        let client = client(&host, &connection);
        let all = read_all_pages(&client, &place("contacts"), &sizes, &everything());
        let first_wrong = all.iter().zip(&names(420)).position(|(found, right)| found != right);
        assert_eq!((all.len(), first_wrong), (420, None), "{sizes:?}");
    }
}

#[test]
fn a_filter_reads_on_until_the_page_is_full() {
    let resources: Vec<_> = (0..230)
        .map(|number| contact(number, Some("x"), if number % 50 == 3 { "Rome" } else { "Oslo" }))
        .collect();
    let (host, connection) = contacts(resources);
    let filter = json!({"field": "city", "operator": "notEquals", "value": "Oslo"});
    let query = Query { filter: Some(&filter), ..everything() };
    let client = client(&host, &connection);
    let all = read_all_pages(&client, &place("contacts"), &[2], &query);
    assert_eq!(all, ["C0003", "C0053", "C0103", "C0153", "C0203"]);
    let pages = host.sent_lines().into_iter().filter(|line| line.starts_with("GET /contacts?"));
    assert!(pages.into_iter().all(|line| line.contains("count=100")));
}

#[test]
fn fields_wanted_are_the_fields_answered_and_no_custom_field_is_asked_for_in_vain() {
    let (host, connection) = contacts(numbered(2));
    let client = client(&host, &connection);
    let wanted = ["city".to_owned(), "name".to_owned()];
    let query = Query { fields: Some(&wanted), ..everything() };
    let page = ask(&client, &place("contacts"), &query).unwrap();
    assert_eq!(page["records"][0]["fields"], json!({"city": "Oslo", "name": "x"}));
    assert_eq!(host.sent_lines(), ["GET /contacts?sort=created_at:asc&count=100"]);
    let wanted = ["City".to_owned()];
    let query = Query { fields: Some(&wanted), ..everything() };
    let page = ask(&client, &place("contacts"), &query).unwrap();
    assert_eq!(page["records"][0]["fields"], json!({"city": "Oslo"}));
    assert_eq!(host.sent().len(), 3, "a label may be a custom field's");
}

#[test]
fn all_that_is_wrong_with_a_query_is_told_at_once_and_nothing_is_read() {
    let (host, connection) = contacts(numbered(2));
    let filter = json!({"field": "nope", "operator": "equals", "value": 1});
    let sort = [json!({"field": "neither"})];
    let wanted = ["name".to_owned(), "nor".to_owned()];
    let query = Query { filter: Some(&filter), sort: &sort, fields: Some(&wanted), ..everything() };
    let error = ask(&client(&host, &connection), &place("contacts"), &query).unwrap_err();
    let places: Vec<_> = violations(&error).into_iter().map(|(place, ..)| place).collect();
    assert_eq!(places, ["/config/filter/field", "/config/sort/0/field", "/config/fields/1"]);
    assert_eq!(host.sent_lines(), [GET_DEFINITIONS]);
}

#[test]
fn what_calendly_filters_and_sorts_is_asked_of_it_and_the_base_is_named() {
    let (host, connection) = connected();
    let line = format!("GET /event_types?active=true&sort=position:desc&user={USER}&count=100");
    host.answer(&line, 200, json!({"collection": []}));
    let filter = json!({"field": "active", "operator": "equals", "value": true});
    let sort = [json!({"field": "position", "direction": "desc"})];
    let query = Query { filter: Some(&filter), sort: &sort, ..everything() };
    let page = ask(&client(&host, &connection), &place("event_types"), &query);
    assert_eq!(page.unwrap(), json!({"complete": true, "records": [], "cursor": null}));
}

#[test]
fn pages_that_run_in_a_circle_are_noticed() {
    let (host, connection) = connected();
    host.serve(|_, _| {
        let next = json!({"next_page_token": "again"});
        Ok(reply(200, json!({"collection": [], "pagination": next})))
    });
    let error = ask(&client(&host, &connection), &place("event_types"), &everything());
    assert_eq!(error.unwrap_err().code, ErrorCode::UpstreamUnavailable);
    assert!(host.sent().len() <= 3);
}

#[test]
fn pages_that_go_on_without_a_record_are_noticed() {
    let (host, connection) = connected();
    let number = std::cell::Cell::new(0);
    host.serve(move |_, _| {
        number.set(number.get() + 1);
        let next = json!({"next_page_token": format!("T{}", number.get())});
        Ok(reply(200, json!({"collection": [], "pagination": next})))
    });
    let error = ask(&client(&host, &connection), &place("event_types"), &everything());
    let error = error.unwrap_err();
    assert_eq!(error.code, ErrorCode::UpstreamUnavailable);
    assert!(error.message.contains("without a record") && host.sent().len() < 20);
}

#[test]
fn a_record_that_cannot_be_read_costs_no_other_its_place() {
    let mut resources = numbered(5);
    resources[1] = json!({"uri": "https://api.calendly.com/", "name": "x"});
    resources[3] = json!("no resource");
    let (host, connection) = contacts(resources);
    let client = client(&host, &connection);
    for sort in [vec![], vec![json!({"field": "name"})]] {
        let query = Query { sort: &sort, ..everything() };
        let page = ask(&client, &place("contacts"), &query).unwrap();
        assert_eq!(ids(&page), ["C0000", "C0002", "C0004"]);
        let failed = page["failed"].as_array().unwrap();
        assert_eq!(failed.len(), 2);
        assert_eq!(failed[0]["uri"], "https://api.calendly.com/");
        assert!(failed[1]["problem"].as_str().unwrap().contains("without an id"));
    }
}

#[test]
fn a_list_without_a_collection_is_not_an_empty_list() {
    let (host, connection) = connected();
    host.serve(|_, _| Ok(reply(200, json!({"pagination": {}}))));
    let client = client(&host, &connection);
    let error = ask(&client, &place("event_types"), &everything()).unwrap_err();
    assert_eq!(error.code, ErrorCode::UpstreamUnavailable);
}

#[test]
fn a_call_reads_ten_thousand_resources_and_says_so() {
    let (host, connection) = contacts(numbered(10_050));
    let client = client(&host, &connection);
    let filter = json!({"field": "city", "operator": "equals", "value": "Rome"});
    let query = Query { filter: Some(&filter), ..everything() };
    let first = ask(&client, &place("contacts"), &query).unwrap();
    assert_eq!((&first["stopped"], &first["complete"]), (&json!("read-limit"), &json!(false)));
    assert_eq!(host.sent().len(), 101);
    let cursor = first["cursor"].as_str();
    let last = ask(&client, &place("contacts"), &Query { cursor, ..query }).unwrap();
    assert_eq!((last.get("stopped"), &last["complete"]), (None, &json!(true)));

    let sort = [json!({"field": "name"})];
    let query = Query { sort: &sort, ..everything() };
    let error = ask(&client, &place("contacts"), &query).unwrap_err();
    assert_eq!(error.code, ErrorCode::Unsupported, "half an order would be wrong");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn sorting_here_page_by_page_is_sorting(
        names in proptest::collection::vec(proptest::option::of("[a-cA-C]{0,2}"), 0..230),
        sizes in proptest::collection::vec(1_usize..60, 1..4),
        down: bool,
        keep: bool,
    ) {
        let cities = ["Oslo", "Rome", "oslo"];
        let resources: Vec<_> = names.iter().enumerate()
            // In an order that has nothing to do with the ids.
            .map(|(at, name)| contact(at * 37 % 1_000, name.as_deref(), cities[at % 3]))
            .collect();
        let kept = |row: &&Value| !keep || row["city"] != "Rome";
        let mut expected: Vec<_> = resources.iter().filter(kept).map(|row| {
            let id = row["uri"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
            (row["name"].as_str().map(|name| (name.to_lowercase(), name.to_owned())), id)
        }).collect();
        expected.sort_by(|(left, left_id), (right, right_id)| {
            let by_name = match (left, right) {
                (Some(left), Some(right)) if down => right.cmp(left),
                (Some(left), Some(right)) => left.cmp(right),
                (left, right) => left.is_none().cmp(&right.is_none()),
            };
            by_name.then_with(|| left_id.cmp(right_id))
        });
        let expected: Vec<_> = expected.into_iter().map(|(_, id)| id).collect();

        let (host, connection) = contacts(resources);
        let client = client(&host, &connection);
        let filter = json!({"field": "city", "operator": "notEquals", "value": "Rome"});
        let sort = [json!({"field": "name", "direction": if down { "desc" } else { "asc" }})];
        let query = Query { filter: keep.then_some(&filter), sort: &sort, ..everything() };
        let all = read_all_pages(&client, &place("contacts"), &sizes, &query);
        prop_assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "a record twice");
        prop_assert_eq!(all, expected);
    }
}
