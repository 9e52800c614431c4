//! The operations that are named after what they do: each is seen to take place in the simulator,
//! which is then asked without the connector in between.

use std::collections::BTreeSet;

use host_harness::error::ErrorCode;
use host_harness::simulator::{Person, RecordedRequest, Resource};
use serde_json::{Value, json};

use crate::capabilities;
use crate::support::world::World;
use crate::support::{pairs, violations};

/// Connected to all that there is, and with no limit of requests in the way.
async fn everything() -> World {
    let mut scopes = capabilities::SCOPES.to_vec();
    scopes.push("data_compliance:write");
    World::connected_with_scopes(|options| options.requests_per_minute = Some(0), &scopes).await
}

/// The writes so far, `METHOD path` and the body.
pub(crate) fn writes(world: &World) -> Vec<(String, Value)> {
    let requests = world.simulator.requests();
    let writes = requests.iter().filter(|request| request.method != "GET");
    writes.map(|request| (format!("{} {}", request.method, request.path), body(request))).collect()
}

/// The body of a request; null when it has none.
pub(crate) fn body(request: &RecordedRequest) -> Value {
    if request.body.is_empty() { Value::Null } else { serde_json::from_str(&request.body).unwrap() }
}

fn id(uri: &Value) -> &str {
    uri.as_str().unwrap().rsplit('/').next().unwrap()
}

fn list(answer: &Value) -> &Vec<Value> {
    answer["collection"].as_array().unwrap()
}

/// The first resource that the simulator lists there.
async fn first(world: &World, path: &str) -> Value {
    let listed = world.look(path).await;
    let first = listed["collection"][0].clone();
    assert!(!first.is_null(), "nothing at {path}: {listed}");
    first
}

/// The organization's events, as the simulator lists them.
async fn events(world: &World, query: &str) -> Vec<Value> {
    let organization = world.simulator.organization_uri();
    let path = format!("/scheduled_events?organization={organization}&count=100&{query}");
    list(&world.look(&path).await).clone()
}

fn booking(world: &World) -> Value {
    json!({
        "eventType": world.simulator.event_type_uri("30 Minute Meeting").unwrap(),
        "startTime": world.simulator.free_start_time(Person::Owner),
        "email": "john@example.com",
        "name": "John Doe",
        "timezone": "Europe/Berlin",
    })
}

#[tokio::test]
async fn a_meeting_is_booked_and_canceled() {
    let world = everything().await;
    let before = world.count(Resource::ScheduledEvents);
    let event_type = world.simulator.event_type_uri("discovery call").unwrap();
    let question = "How many people work at your company?";
    let tracking = json!({
        "utm_campaign": "spring", "utm_source": null, "utm_medium": null, "utm_content": null,
        "utm_term": null, "salesforce_uuid": null,
    });
    let config = json!({
        "eventType": event_type.rsplit('/').next().unwrap(),
        "startTime": "2026-12-24T13:00:00+02:00",
        "email": "zoe@example.com",
        "firstName": "Zoë",
        "lastName": "Ångström",
        "timezone": "Europe/Stockholm",
        "textReminderNumber": "+12025550123",
        "eventGuests": ["guest@example.com"],
        "questionsAndAnswers": [{ "question": question, "answer": "11-50" }],
        "tracking": tracking,
    });
    let record = world.record("bookMeeting", config).await;
    let expected = json!({
        "event_type": event_type,
        "start_time": "2026-12-24T11:00:00.000000Z",
        "invitee": {
            "email": "zoe@example.com",
            "first_name": "Zoë",
            "last_name": "Ångström",
            "timezone": "Europe/Stockholm",
            "text_reminder_number": "+12025550123",
        },
        "event_guests": ["guest@example.com"],
        "questions_and_answers": [{ "question": question, "answer": "11-50", "position": 0 }],
        "tracking": tracking,
    });
    assert_eq!(writes(&world), [("POST /invitees".to_owned(), expected)]);
    assert_eq!(world.count(Resource::ScheduledEvents), before + 1);
    let event = record["fields"]["event"].as_str().unwrap().to_owned();
    let path = format!("/scheduled_events/{}", event.rsplit('/').next().unwrap());
    let seen = world.look(&path).await;
    assert_eq!(seen["resource"]["start_time"], "2026-12-24T11:00:00.000000Z");
    assert_eq!(seen["resource"]["event_guests"][0]["email"], "guest@example.com");
    let seen = world.look(record["uri"].as_str().unwrap()).await;
    assert_eq!(seen["resource"]["name"], "Zoë Ångström");
    assert_eq!(seen["resource"]["questions_and_answers"][0]["answer"], "11-50");

    world.simulator.clear_requests();
    let canceled = world.answer("cancelEvent", json!({ "event": event, "reason": "Fog" })).await;
    let id = event.rsplit('/').next().unwrap();
    assert_eq!(canceled, json!({ "id": id, "effect": "canceled" }));
    let expected = (format!("POST {path}/cancellation"), json!({ "reason": "Fog" }));
    assert_eq!(writes(&world), [expected]);
    assert_eq!(world.sent().len(), 1);
    let seen = world.look(&path).await;
    assert_eq!(seen["resource"]["status"], "canceled");
    assert_eq!(seen["resource"]["cancellation"]["reason"], "Fog");
    // What is canceled cannot be canceled again; what is over cannot be canceled at all.
    let error = world.run("cancelEvent", json!({ "event": id })).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Conflict, "{error:?}");
}

#[tokio::test]
async fn a_no_show_is_marked_and_cleared() {
    let world = everything().await;
    let over = events(&world, "status=active&sort=start_time:asc").await.remove(0);
    let invitee = first(&world, &format!("{}/invitees", over["uri"].as_str().unwrap())).await;
    let uri = invitee["uri"].as_str().unwrap();
    // Whatever the account begins with.
    world.answer("clearNoShow", json!({ "invitee": uri })).await;
    let (event, one) = (id(&invitee["event"]), id(&invitee["uri"]));
    for (operation, marked) in [("markNoShow", true), ("clearNoShow", false)] {
        for turn in 0..2 {
            world.simulator.clear_requests();
            let name = if turn == 0 { uri.to_owned() } else { format!("{event}/{one}") };
            let record = world.record(operation, json!({ "invitee": name })).await;
            assert_eq!(record["fields"]["no_show"], marked, "{operation}");
            assert_eq!(record["fields"]["no_show_at"].is_string(), marked, "{operation}");
            assert_eq!(writes(&world).len(), 1 - turn, "what is so already is not done again");
            let seen = world.look(uri).await;
            assert_eq!(seen["resource"]["no_show"].is_object(), marked, "{operation}");
        }
    }
    let error = world.run("markNoShow", json!({ "invitee": one })).await.unwrap_err();
    assert_eq!(violations(&error)[0].0, "/config/invitee");
}

/// The bounds of the windows that were asked for, in the order of the requests.
fn windows(world: &World, path: &str) -> Vec<(String, String)> {
    let requests = world.simulator.requests();
    let asked = requests.iter().filter(|request| request.path == path);
    let bound = |request: &RecordedRequest, name: &str| {
        let all = pairs(&request.query);
        all.into_iter().find(|(known, _)| known == name).unwrap().1
    };
    let mut windows: Vec<_> =
        asked.map(|request| (bound(request, "start_time"), bound(request, "end_time"))).collect();
    windows.sort();
    windows
}

/// What the simulator answers to the requests so far when they are asked again: each item once.
async fn asked_again(world: &World) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    for request in world.simulator.requests() {
        let answer = world.look(&format!("{}?{}", request.path, request.query)).await;
        for item in list(&answer) {
            if !all.contains(item) {
                all.push(item.clone());
            }
        }
    }
    let start = |item: &Value| item["start_time"].as_str().unwrap().to_owned();
    all.sort_by_key(start);
    all
}

#[tokio::test]
async fn times_in_a_hundred_days_take_four_requests_and_can_be_booked() {
    let world = everything().await;
    let config = json!({
        "eventType": world.simulator.event_type_uri("30 Minute Meeting").unwrap(),
        "startTime": "2026-11-24T10:00:00Z",
        "endTime": "2027-03-04T10:00:00Z",
    });
    let answer = world.answer("findAvailableTimes", config).await;
    let times = answer["times"].as_array().unwrap();
    assert_eq!(world.sent().len(), 4, "{:?}", world.sent());
    let windows = windows(&world, "/event_type_available_times");
    // Ten seconds from now, because a window must not begin in the past when it arrives.
    assert_eq!(windows[0].0, "2026-11-24T10:00:10.000000Z");
    assert_eq!(windows[3].1, "2027-03-04T10:00:00.000000Z");
    for pair in windows.windows(2) {
        assert_eq!(pair[0].1, pair[1].0, "{windows:?}");
    }
    assert_eq!(*times, asked_again(&world).await);
    let starts: Vec<_> = times.iter().map(|time| time["start_time"].as_str().unwrap()).collect();
    assert!(starts.len() > 100 && starts.is_sorted_by(|left, right| left < right), "{starts:?}");
    assert!(starts[0] < "2026-11-26" && starts[starts.len() - 1] > "2027-03-03", "{starts:?}");
    for start in [starts[0], starts[starts.len() / 2], starts[starts.len() - 1]] {
        let mut config = booking(&world);
        config["startTime"] = start.into();
        let record = world.record("bookMeeting", config).await;
        let seen = world.look(record["fields"]["event"].as_str().unwrap()).await;
        assert_eq!(seen["resource"]["start_time"], start);
    }
}

#[tokio::test]
async fn what_is_busy_across_a_cut_comes_once() {
    let world = everything().await;
    let user = world.simulator.user_uri(Person::Owner);
    let week = "start_time=2026-11-24T10:00:10Z&end_time=2026-12-01T10:00:00Z";
    let busy = world.look(&format!("/user_busy_times?user={user}&{week}")).await;
    let external = list(&busy).iter().find(|one| {
        one["type"] == "external" && one["start_time"].as_str().unwrap() > "2026-11-25"
    });
    let spanning = external.unwrap().clone();
    // Fifteen minutes after it has begun, and two weeks later: the first cut lies in it.
    let start = spanning["start_time"].as_str().unwrap();
    let (day, minutes): (u32, u32) =
        (start[8..10].parse().unwrap(), start[14..16].parse().unwrap());
    assert!(start.starts_with("2026-11-") && minutes < 45, "{start}");
    let end = format!("2026-12-{:02}T{}:{:02}:00Z", day + 14 - 30, &start[11..13], minutes + 15);
    world.simulator.clear_requests();
    let begin = format!("2026-11-{:02}T00:00:00Z", day - 1);
    for user in [None, Some(user.as_str()), user.rsplit('/').next()] {
        world.simulator.clear_requests();
        let mut config = json!({ "startTime": begin, "endTime": end });
        if let Some(user) = user {
            config["user"] = user.into();
        }
        let answer = world.answer("findBusyTimes", config).await;
        let times = answer["busyTimes"].as_array().unwrap();
        assert_eq!(world.sent().len(), 3, "{:?}", world.sent());
        let windows = windows(&world, "/user_busy_times");
        let cut = &windows[0].1;
        assert!(**cut > *start && **cut < *spanning["end_time"].as_str().unwrap(), "{windows:?}");
        assert_eq!(times.iter().filter(|one| **one == spanning).count(), 1);
        assert_eq!(*times, asked_again(&world).await);
    }
}

#[tokio::test]
async fn three_weeks_of_busy_times_take_three_requests() {
    let world = everything().await;
    let config = json!({
        "user": world.simulator.user_uri(Person::Colleague),
        "startTime": "2026-11-25T00:00:00+01:00",
        "endTime": "2026-12-16T00:00:00+01:00",
    });
    let answer = world.answer("findBusyTimes", config).await;
    assert_eq!(world.sent().len(), 3, "{:?}", world.sent());
    let expected = [
        ("2026-11-24T23:00:00.000000Z", "2026-12-01T23:00:00.000000Z"),
        ("2026-12-01T23:00:00.000000Z", "2026-12-08T23:00:00.000000Z"),
        ("2026-12-08T23:00:00.000000Z", "2026-12-15T23:00:00.000000Z"),
    ];
    let expected = expected.map(|(from, to)| (from.to_owned(), to.to_owned()));
    assert_eq!(windows(&world, "/user_busy_times"), expected);
    let times = answer["busyTimes"].as_array().unwrap();
    assert!(times.len() > 5);
    assert_eq!(*times, asked_again(&world).await);
}

#[tokio::test]
async fn a_stretch_that_ends_before_it_begins_is_refused_unsent() {
    let world = everything().await;
    let event_type = world.simulator.event_type_uri("30 Minute Meeting").unwrap();
    for (operation, more, expected) in [
        ("findAvailableTimes", json!({ "eventType": event_type }), vec!["/config/endTime"]),
        ("findBusyTimes", json!({}), vec!["/config/endTime"]),
        (
            "findBusyTimes",
            json!({ "user": "a/b?c", "startTime": "today" }),
            vec!["/config/startTime", "/config/user"],
        ),
        (
            "findAvailableTimes",
            json!({ "eventType": "..", "endTime": "2099-01-01T00:00:00Z" }),
            vec!["/config/eventType"],
        ),
        (
            "findAvailableTimes",
            json!({ "eventType": event_type, "endTime": "2099-01-01T00:00:00Z" }),
            vec!["/config/endTime"],
        ),
    ] {
        let mut config =
            json!({ "startTime": "2026-12-01T00:00:00Z", "endTime": "2026-12-01T00:00:00Z" });
        config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let error = world.run(operation, config.clone()).await.unwrap_err();
        let pointers: Vec<_> = violations(&error).into_iter().map(|(pointer, _)| pointer).collect();
        assert_eq!(pointers, expected, "{config}");
        assert!(world.sent().is_empty(), "{config}");
    }
}

#[tokio::test]
async fn links_are_made() {
    let world = everything().await;
    let event_type = world.simulator.event_type_uri("30 Minute Meeting").unwrap();
    let id = event_type.rsplit('/').next().unwrap();
    let record = world.record("createSchedulingLink", json!({ "eventType": id })).await;
    let link = record["fields"]["booking_url"].as_str().unwrap();
    assert!(link.starts_with("https://calendly.com/d/"), "{record}");
    let expected = json!({ "owner": event_type, "owner_type": "EventType", "max_event_count": 1 });
    assert_eq!(writes(&world), [("POST /scheduling_links".to_owned(), expected)]);

    world.simulator.clear_requests();
    let rules = json!([{
        "type": "wday", "wday": "monday", "intervals": [{ "from": "09:00", "to": "10:00" }],
    }]);
    let config = json!({
        "eventType": event_type,
        "name": "For Ada",
        "duration": 25,
        "durationOptions": [25, 50],
        "periodType": "fixed",
        "startDate": "2026-12-01",
        "endDate": "2026-12-20",
        "availabilityRule": { "timezone": "Europe/Paris", "rules": rules },
        "locationConfigurations": [{ "kind": "custom", "location": "The usual", "position": 0 }],
        "hideLocation": true,
    });
    let record = world.record("createShare", config).await;
    let expected = json!({
        "event_type": event_type,
        "name": "For Ada",
        "duration": 25,
        "duration_options": [25, 50],
        "period_type": "fixed",
        "start_date": "2026-12-01",
        "end_date": "2026-12-20",
        "availability_rule": { "timezone": "Europe/Paris", "rules": rules },
        "location_configurations": [{ "kind": "custom", "location": "The usual", "position": 0 }],
        "hide_location": true,
    });
    assert_eq!(writes(&world), [("POST /shares".to_owned(), expected)]);
    let user = world.simulator.user_uri(Person::Owner);
    let newest = first(&world, &format!("/shares?user={user}")).await;
    assert_eq!(newest["uri"], record["uri"]);
    assert_eq!(newest["share_override"]["name"], "For Ada");
    assert_eq!(newest["share_override"]["end_date"], "2026-12-20");
    assert_eq!(record["fields"]["duration_options"], json!([25, 50]));
}

#[tokio::test]
async fn a_member_is_invited_and_another_removed() {
    let world = everything().await;
    let organization = world.simulator.organization_uri();
    let path = format!("/organizations/{}/invitations", organization.rsplit('/').next().unwrap());
    let record = world.record("inviteMember", json!({ "email": "new@example.com" })).await;
    let expected = (format!("POST {path}"), json!({ "email": "new@example.com" }));
    assert_eq!(writes(&world), [expected]);
    let seen = world.look(&format!("{path}?email=new@example.com")).await;
    assert_eq!(seen["collection"][0]["uri"], record["uri"]);
    assert_eq!(seen["collection"][0]["status"], "pending");
    // Nobody is invited twice.
    let again = world.run("inviteMember", json!({ "email": "new@example.com" })).await;
    assert_eq!(again.unwrap_err().code, ErrorCode::Rejected);

    let of_user = |user: Person| {
        let user = world.simulator.user_uri(user);
        format!("/organization_memberships?user={user}&organization={organization}")
    };
    let member = first(&world, &of_user(Person::Colleague)).await;
    world.simulator.clear_requests();
    let membership = member["uri"].as_str().unwrap();
    let removed = world.answer("removeMember", json!({ "membership": membership })).await;
    assert_eq!(removed, json!({ "id": id(&member["uri"]), "effect": "deleted" }));
    let expected = format!("DELETE /organization_memberships/{}", id(&member["uri"]));
    assert_eq!(writes(&world), [(expected, Value::Null)]);
    let path = format!("/organization_memberships?organization={organization}");
    let members = world.look(&path).await;
    assert!(list(&members).iter().all(|one| one["uri"] != member["uri"]), "{members}");
    // The owner stays.
    let owner = first(&world, &of_user(Person::Owner)).await;
    let error = world.run("removeMember", json!({ "membership": owner["uri"] })).await;
    assert_eq!(error.unwrap_err().code, ErrorCode::PermissionDenied);
}

#[tokio::test]
async fn the_user_and_the_organization_are_read() {
    let world = everything().await;
    let record = world.record("getCurrentUser", json!({})).await;
    assert_eq!(world.sent(), ["GET /users/me"]);
    let seen = world.look("/users/me").await["resource"].take();
    assert_eq!(record["uri"], seen["uri"]);
    for name in ["name", "email", "timezone", "current_organization", "scheduling_url"] {
        assert!(seen[name].is_string());
        assert_eq!(record["fields"][name], seen[name], "{name}");
    }
    let organization = world.simulator.organization_uri();
    let id = organization.rsplit('/').next().unwrap();
    let seen = world.look(&organization).await["resource"].take();
    for config in
        [json!({}), json!({ "organization": organization }), json!({ "organization": id })]
    {
        world.simulator.clear_requests();
        let answer = world.answer("getOrganization", config).await;
        assert_eq!(answer["organization"], seen);
        assert_eq!(answer["organization"]["plan"], "enterprise");
        assert_eq!(world.sent(), [format!("GET /organizations/{id}")]);
    }
}

#[tokio::test]
async fn a_transcript_is_read() {
    let world = everything().await;
    let recap = first(&world, "/meeting_recaps").await;
    let path = format!("/meeting_recaps/{}/transcript", id(&recap["uri"]));
    let seen = world.look(&path).await["resource"].take();
    assert!(seen["text"].as_str().unwrap().contains(": "), "{seen}");
    for name in [recap["uri"].as_str().unwrap(), id(&recap["uri"])] {
        world.simulator.clear_requests();
        let answer = world.answer("getTranscript", json!({ "recap": name })).await;
        assert_eq!(answer, json!({ "uri": seen["uri"], "text": seen["text"] }));
        assert_eq!(world.sent(), [format!("GET {path}")]);
    }
    // One that is still being written has none.
    let processing = first(&world, "/meeting_recaps?status=processing").await;
    let error = world.run("getTranscript", json!({ "recap": processing["uri"] })).await;
    assert_eq!(error.unwrap_err().code, ErrorCode::NotFound);
}

#[tokio::test]
async fn contacts_are_put_on_a_list_and_taken_off() {
    let world = everything().await;
    let lists = world.look("/contact_lists?type=static_list").await;
    let empty = list(&lists).iter().find(|list| list["contact_count"] == 0).unwrap().clone();
    let (list_id, uri) = (id(&empty["uri"]), empty["uri"].as_str().unwrap());
    let contacts = world.look("/contacts?count=3").await;
    let uris: Vec<_> = list(&contacts).iter().map(|one| one["uri"].clone()).collect();
    let on_list = async || -> BTreeSet<String> {
        let on_list = world.look(&format!("/contacts?count=100&contact_list={uri}")).await;
        list(&on_list).iter().map(|one| one["uri"].as_str().unwrap().to_owned()).collect()
    };
    world.simulator.clear_requests();
    // By id and by URI, and one that does not exist.
    let unknown = "https://api.calendly.com/contacts/00000000-0000-4000-8000-000000000000";
    let given = json!([uris[0], id(&uris[1]), unknown]);
    let config = json!({ "list": list_id, "contacts": given });
    let answer = world.answer("addToContactList", config).await;
    let expected = json!({ "contacts": [uris[0], uris[1], unknown] });
    assert_eq!(writes(&world), [(format!("POST /contact_lists/{list_id}/memberships"), expected)]);
    assert_eq!(world.sent().len(), 1);
    assert_eq!((&answer["result"]["added"], &answer["result"]["invalid"]), (&json!(2), &json!(1)));
    let both = uris[..2].iter().map(|uri| uri.as_str().unwrap().to_owned()).collect();
    assert_eq!(on_list().await, both);

    world.simulator.clear_requests();
    let config = json!({ "list": uri, "contacts": [uris[0]] });
    let answer = world.answer("removeFromContactList", config).await;
    let path = format!("POST /contact_lists/{list_id}/memberships/removal");
    assert_eq!(writes(&world), [(path, json!({ "contacts": [uris[0]] }))]);
    assert_eq!(answer["result"]["removed"], 1);
    assert_eq!(on_list().await, [uris[1].as_str().unwrap().to_owned()].into());
    // The contact itself stays.
    assert_eq!(world.look(uris[0].as_str().unwrap()).await["resource"]["uri"], uris[0]);

    // A view is no list, and what is no contact is told all at once.
    let views = world.look("/contact_lists?type=dynamic_view").await;
    let config = json!({ "list": list(&views)[0]["uri"], "contacts": [uris[0]] });
    let error = world.run("addToContactList", config).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Conflict);
    world.simulator.clear_requests();
    let config = json!({ "list": "a/b", "contacts": [uris[0], "..", uri] });
    let error = world.run("addToContactList", config).await.unwrap_err();
    let pointers: Vec<_> = violations(&error).into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!(pointers, ["/config/contacts/1", "/config/contacts/2", "/config/list"]);
    let config = json!({ "list": uri, "contacts": vec![uris[0].clone(); 501] });
    let error = world.run("addToContactList", config).await.unwrap_err();
    assert_eq!(violations(&error)[0].0, "/config/contacts");
    assert!(world.sent().is_empty());
}

#[tokio::test]
async fn the_data_of_an_invitee_is_deleted() {
    let world = everything().await;
    let event = events(&world, "status=active&sort=start_time:desc").await.remove(0);
    let invitee = first(&world, &format!("{}/invitees", event["uri"].as_str().unwrap())).await;
    let email = invitee["email"].as_str().unwrap();
    let mine = format!("invitee_email={email}");
    assert!(!events(&world, &mine).await.is_empty());
    world.simulator.clear_requests();
    let answer = world.answer("deleteInviteeData", json!({ "emails": [email] })).await;
    assert_eq!(answer, json!({ "accepted": true }));
    let path = "POST /data_compliance/deletion/invitees".to_owned();
    assert_eq!(writes(&world), [(path, json!({ "emails": [email] }))]);
    assert_eq!(world.sent().len(), 1);
    assert_eq!(events(&world, &mine).await, Vec::<Value>::new());

    world.simulator.clear_requests();
    let config = json!({ "emails": ["nobody", email, "@"] });
    let error = world.run("deleteInviteeData", config).await.unwrap_err();
    let pointers: Vec<_> = violations(&error).into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!(pointers, ["/config/emails/0", "/config/emails/2"]);
    assert!(world.sent().is_empty());
}

#[tokio::test]
async fn the_data_of_past_events_is_deleted() {
    let world = everything().await;
    let over = "max_start_time=2026-11-24T10:00:00Z";
    let to_come = "min_start_time=2026-11-24T10:00:00Z";
    let left = events(&world, to_come).await.len();
    let past = events(&world, over).await.len();
    assert!(past > 5);
    world.simulator.clear_requests();
    let stretch = |from: &str, to: &str| json!({ "startTime": from, "endTime": to });
    let config = stretch("2025-01-01T00:00:00Z", "2026-11-24T11:00:00+01:00");
    let answer = world.answer("deleteEventData", config).await;
    assert_eq!(answer, json!({ "accepted": true }));
    let expected = json!({
        "start_time": "2025-01-01T00:00:00.000000Z", "end_time": "2026-11-24T10:00:00.000000Z",
    });
    let path = "POST /data_compliance/deletion/events".to_owned();
    assert_eq!(writes(&world), [(path, expected)]);
    assert_eq!(events(&world, over).await, Vec::<Value>::new());
    assert_eq!(events(&world, to_come).await.len(), left);
    assert_eq!(world.count(Resource::ScheduledEvents), left);

    world.simulator.clear_requests();
    for config in [
        stretch("2026-01-01T00:00:00Z", "2026-11-25T00:00:00Z"),
        stretch("2024-01-01T00:00:00Z", "2026-06-01T00:00:00Z"),
        stretch("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
    ] {
        let error = world.run("deleteEventData", config.clone()).await.unwrap_err();
        assert_eq!(violations(&error)[0].0, "/config/endTime", "{config}");
    }
    assert!(world.sent().is_empty());
}

#[tokio::test]
async fn a_webhook_is_sampled() {
    let world = everything().await;
    let (user, organization) =
        (world.simulator.user_uri(Person::Owner), world.simulator.organization_uri());
    for (base, event, scope) in
        [("organization", "invitee.created", "organization"), ("me", "contact.created", "user")]
    {
        world.simulator.clear_requests();
        let config = json!({ "event": event, "baseId": base });
        let answer = world.answer("sampleWebhook", config).await;
        assert_eq!(answer["sample"]["event"], event);
        assert!(answer["sample"]["payload"]["uri"].is_string() || scope == "user", "{answer}");
        let [request] = &world.simulator.requests()[..] else { panic!("{:?}", world.sent()) };
        assert_eq!(request.path, "/sample_webhook_data");
        let mut expected = vec![
            ("event".to_owned(), event.to_owned()),
            ("organization".to_owned(), organization.clone()),
            ("scope".to_owned(), scope.to_owned()),
        ];
        if scope == "user" {
            expected.push(("user".to_owned(), user.clone()));
        }
        assert_eq!(pairs(&request.query), expected);
    }
    let config = json!({ "event": "invitee.eaten", "baseId": "me" });
    let error = world.run("sampleWebhook", config).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Rejected);
}
