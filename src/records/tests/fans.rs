//! Many small collections, read as one.

use super::*;

fn test(field: &str, operator: &str, value: Value) -> Value {
    json!({"field": field, "operator": operator, "value": value})
}

fn lines_to(host: &FakeHost, path: &str) -> Vec<String> {
    let lines = host.sent_lines().into_iter();
    lines.filter(|line| line.starts_with(&format!("GET {path}"))).collect()
}

#[test]
fn what_needs_a_parent_is_read_below_each_or_below_the_one_that_is_named() {
    let (host, connection) = connected();
    host.serve(|_, sent| {
        let parent = |(name, value): (String, String)| (name == "event_type").then_some(value);
        let parent = sent.query().into_iter().find_map(parent);
        Ok(match (sent.path(), parent) {
            ("/event_types", _) => {
                let types = ["T1", "T2"].map(|id| json!({"uri": uri("event_types", id)}));
                reply(200, json!({"collection": types}))
            }
            ("/event_type_memberships", Some(of)) => {
                let id = of.rsplit('/').next().unwrap();
                let uri = uri("event_type_memberships", &format!("M-{id}"));
                let event_type = json!({"uri": of});
                reply(200, json!({"collection": [{"uri": uri, "event_type": event_type}]}))
            }
            (path, _) => panic!("not expected: {path}"),
        })
    });
    let client = client(&host, &connection);
    let all = ask(&client, &place("event_type_hosts"), &everything()).unwrap();
    assert_eq!(ids(&all), ["M-T1", "M-T2"]);
    let filter = test("event_type", "in", json!(["T2", uri("event_types", "T1"), "T2"]));
    let named = Query { filter: Some(&filter), ..everything() };
    let named = ask(&client, &place("event_type_hosts"), &named).unwrap();
    assert_eq!(ids(&named), ["M-T2", "M-T1"], "each once");
    assert_eq!(lines_to(&host, "/event_types?").len(), 1, "those named are not looked for");
}

#[test]
fn several_parents_are_asked_for_together_where_calendly_takes_them() {
    let (host, connection) = connected();
    host.serve(|_, sent| {
        Ok(match sent.path() {
            "/contacts" => {
                let all: Vec<_> = (0..23)
                    .map(|number| json!({"uri": uri("contacts", &format!("C{number}"))}))
                    .collect();
                page(sent, &all)
            }
            _ => {
                let of: Vec<_> =
                    sent.query().into_iter().filter(|(name, _)| name == "contact").collect();
                assert!(of.len() <= 10);
                let notes: Vec<_> = of
                    .iter()
                    .map(|(_, contact)| {
                        let id = contact.rsplit('/').next().unwrap();
                        json!({"uri": uri("notes", &format!("N-{id}")), "contact": &**contact})
                    })
                    .collect();
                reply(200, json!({"collection": notes}))
            }
        })
    });
    let client = client(&host, &connection);
    let expected: Vec<_> = (0..23).map(|number| format!("N-C{number}")).collect();
    for size in [100, 7, 1] {
        let all = read_all_pages(&client, &place("contact_notes"), &[size], &everything());
        assert_eq!(all, expected, "by {size}");
    }
    let first = host.sent_lines().iter().take_while(|line| !line.contains("N-")).count();
    assert!(first > 0);
    assert_eq!(
        lines_to(&host, "/notes")
            .iter()
            .take(3)
            .filter(|line| line.matches("contact=").count() == 10)
            .count(),
        2
    );
}

#[test]
fn a_list_that_calendly_cuts_by_a_parameter_is_read_for_each_of_its_values() {
    let (host, connection) = connected();
    host.serve(|_, sent| {
        let status = sent.query().into_iter().find(|(name, _)| name == "status").unwrap().1;
        let uri = uri("meeting_recaps", &format!("R-{status}"));
        Ok(reply(200, json!({"collection": [{"uri": uri, "status": &*status}]})))
    });
    let client = client(&host, &connection);
    let all = read_all_pages(&client, &place("meeting_recaps"), &[1], &everything());
    assert_eq!(all, ["R-available", "R-processing", "R-unavailable"]);
    let sent = host.sent().len();
    let filter = test("status", "equals", json!("processing"));
    let query = Query { filter: Some(&filter), ..everything() };
    let one = ask(&client, &place("meeting_recaps"), &query).unwrap();
    assert_eq!((ids(&one), host.sent().len()), (vec!["R-processing".to_owned()], sent + 1));
}

/// Events E0 to E3 at hours 0 to 3, an invitee each.
fn hours() -> (FakeHost, Connection) {
    let (host, connection) = connected();
    host.serve(|_, sent| {
        let event = |number: usize| {
            json!({
                "uri": uri("scheduled_events", &format!("E{number}")),
                "start_time": format!("2026-12-01T0{number}:00:00.000000Z"),
                "name": format!("Event {number}"),
            })
        };
        let path = sent.path();
        Ok(match path.strip_prefix("/scheduled_events/E") {
            None => page(sent, &(0..4).map(event).collect::<Vec<_>>()),
            Some(rest) => match rest.strip_suffix("/invitees") {
                Some(of) => {
                    let uri = uri("scheduled_events", &format!("E{of}/invitees/I{of}"));
                    let event = json!(format!("https://api.calendly.com/scheduled_events/E{of}"));
                    reply(200, json!({"collection": [{"uri": uri, "event": event}]}))
                }
                None if rest.contains("/invitees/") => {
                    let (event, _) = rest.split_once('/').unwrap();
                    let uri = uri("scheduled_events", &format!("E{rest}"));
                    let event = format!("https://api.calendly.com/scheduled_events/E{event}");
                    reply(200, json!({"resource": {"uri": uri, "event": event}}))
                }
                None => reply(200, json!({"resource": event(rest.parse().unwrap())})),
            },
        })
    });
    (host, connection)
}

#[test]
fn the_events_attributes_are_tested_and_answered_when_they_are_named() {
    let (host, connection) = hours();
    let client = client(&host, &connection);
    let filter = test("start_time", "greaterThan", json!("2026-12-01T01:00:00Z"));
    let query = Query { filter: Some(&filter), ..everything() };
    let page = ask(&client, &place("invitees"), &query).unwrap();
    assert_eq!(ids(&page), ["E2/I2", "E3/I3"]);
    assert!(page["records"][0]["fields"].get("start_time").is_none());
    let wanted = ["start_time".to_owned(), "event_name".to_owned()];
    let query = Query { filter: Some(&filter), fields: Some(&wanted), ..everything() };
    let page = ask(&client, &place("invitees"), &query).unwrap();
    let expected = json!({"start_time": "2026-12-01T02:00:00.000000Z", "event_name": "Event 2"});
    assert_eq!(page["records"][0]["fields"], expected);
}

#[test]
fn one_events_attributes_are_asked_for_only_when_they_are_named() {
    let (host, connection) = hours();
    let client = client(&host, &connection);
    let event = || test("event", "equals", json!("E2"));
    let filter = event();
    let query = Query { filter: Some(&filter), ..everything() };
    assert_eq!(ids(&ask(&client, &place("invitees"), &query).unwrap()), ["E2/I2"]);
    assert_eq!(host.sent().len(), 1);
    let late = test("start_time", "greaterThan", json!("2026-12-01T02:00:00Z"));
    let filter = json!({"and": [event(), late]});
    let query = Query { filter: Some(&filter), ..everything() };
    assert_eq!(ids(&ask(&client, &place("invitees"), &query).unwrap()), Vec::<String>::new());
    assert_eq!(host.sent().len(), 3);
    let wanted = ["start_time".to_owned()];
    let record = get(&client, &place("invitees"), "E1/I1", Some(&wanted)).unwrap();
    assert_eq!(record["fields"], json!({"start_time": "2026-12-01T01:00:00.000000Z"}));
}

#[test]
fn an_order_by_the_events_time_is_calendlys() {
    let (host, connection) = hours();
    let client = client(&host, &connection);
    let sort = [json!({"field": "start_time", "direction": "asc"})];
    let query = Query { sort: &sort, ..everything() };
    let all = read_all_pages(&client, &place("invitees"), &[1], &query);
    assert_eq!(all, ["E0/I0", "E1/I1", "E2/I2", "E3/I3"]);
    let events = lines_to(&host, "/scheduled_events?");
    assert!(events.iter().all(|line| line.contains("sort=start_time:asc")), "{events:?}");
    assert_eq!(host.batches(), [1, 1, 1, 1], "no more is read than is answered");
}

#[test]
fn a_colleagues_own_lists_are_read_below_the_members_of_the_organization() {
    let (host, connection) = connected();
    host.serve(|_, sent| {
        Ok(if sent.path() == "/organization_memberships" {
            let member = |id: &str| {
                let uri = uri("organization_memberships", &format!("M{id}"));
                json!({"uri": uri, "user": {"uri": format!("https://api.calendly.com/users/{id}")}})
            };
            reply(200, json!({"collection": [member("U1"), member("U2")]}))
        } else {
            reply(200, json!({"collection": [{"kind": "zoom_conference", "connected": true}]}))
        })
    });
    let client = client(&host, &connection);
    let place = Place { base: Base::OwnOrganization, table: table("locations") };
    let all = ask(&client, &place, &everything()).unwrap();
    assert_eq!(ids(&all), ["U1/zoom_conference", "U2/zoom_conference"]);
    assert_eq!(all["records"][0]["uri"], Value::Null);
    let mine = Place { base: Base::Me, ..place };
    assert_eq!(ids(&ask(&client, &mine, &everything()).unwrap()).len(), 1);
    assert_eq!(lines_to(&host, "/organization_memberships").len(), 1);
    let filter = test("user", "equals", json!("U9"));
    let query = Query { filter: Some(&filter), ..everything() };
    assert_eq!(ids(&ask(&client, &mine, &query).unwrap()), Vec::<String>::new());
}
