//! What pages hold, and what they never do.

use std::fs;

use host_harness::simulator::{Decision, Simulator, decide};
use serde_json::json;

use crate::world::{Browser, Served, World};

/// Connected, with a signing key, on a console.
async fn connected() -> (World, Served, Browser) {
    let world = World::new().await;
    world.connection(1, "Marketing").await;
    let served = world.serve().await;
    let mut owner = Browser::opened(&served).await;
    let key = [("do", "set"), ("key", Simulator::WEBHOOK_SIGNING_KEY)];
    assert_eq!(owner.post("/connections/1/signing-key", &key).await.status, 303);
    let leave = owner.post("/connections/1/connect", &[]).await;
    let callback = decide(leave.location(), Decision::Allow).await.unwrap();
    assert_eq!(owner.get(&callback).await.status, 303);
    (world, served, owner)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_page_holds_a_secret() {
    let (world, _served, mut owner) = connected().await;
    let mut pages = Vec::new();
    for path in [
        "/connections",
        "/connections/new",
        "/connections/1",
        "/connections/1/remove",
        "/connections/1/activity",
        "/connections/1/data",
        "/connections/1/data/me",
        "/connections/1/data/me/contacts",
        "/connections/1/data/me/contacts/-/new",
        "/connections/1/operations",
        "/connections/1/operations/queryRecords",
        "/connections/1/events",
        "/events",
        "/guide",
    ] {
        let page = owner.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        pages.push(page.body);
    }
    // Forms that are wrong come back with what was entered, but never with secrets.
    let wrong = [("name", ""), ("clientId", "c"), ("clientSecret", "a-secret-entered")];
    let page = owner.post("/connections/new", &wrong).await;
    assert_eq!(page.status, 422);
    assert!(page.body.contains("value=\"c\""));
    pages.push(page.body);
    let wrong = [("clientId", ""), ("clientSecret", "a-secret-entered")];
    let page = owner.post("/connections/1/credentials", &wrong).await;
    assert_eq!(page.status, 422, "{}", page.body);
    pages.push(page.body);
    let short = [("do", "set"), ("key", "a-secret\u{e9}entered")];
    let page = owner.post("/connections/1/signing-key", &short).await;
    assert_eq!(page.status, 422);
    pages.push(page.body);
    let mut secrets = world.simulator.issued_secrets();
    assert!(secrets.len() >= 2, "tokens were issued");
    secrets.extend([
        Simulator::CLIENT_SECRET.to_owned(),
        Simulator::WEBHOOK_SIGNING_KEY.to_owned(),
        "a-secret-entered".to_owned(),
        "a-secret\u{e9}entered".to_owned(),
        hex::encode(world.key),
    ]);
    for secret in &secrets {
        assert!(!pages.iter().any(|page| page.contains(secret.as_str())));
    }
    let database = fs::read(world.database()).unwrap();
    let holds = |secret: &str| database.windows(secret.len()).any(|it| it == secret.as_bytes());
    assert!(!secrets.iter().any(|secret| holds(secret)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_is_searched_and_paged() {
    let world = World::new().await;
    for id in 1..=60 {
        world.connection(id, &format!("Team {id:02}")).await;
    }
    world.connection(61, "100%_real\\").await;
    let served = world.serve().await;
    let mut owner = Browser::opened(&served).await;
    let mut shown = async |path: &str| {
        let body = owner.get(path).await.body;
        let rows: Vec<_> =
            body.split("data-label=\"Name\"><a href=\"/connections/").skip(1).collect();
        rows.iter().map(|row| row.split('"').next().unwrap().parse().unwrap()).collect::<Vec<u64>>()
    };
    assert_eq!(shown("/connections").await, (1..=25).collect::<Vec<_>>());
    assert_eq!(shown("/connections?page=3").await, (51..=61).collect::<Vec<_>>());
    assert_eq!(shown("/connections?search=team+4").await, (40..=49).collect::<Vec<_>>());
    assert_eq!(shown("/connections?search=17").await, [17]);
    // What is a pattern elsewhere is a text here.
    assert_eq!(shown("/connections?search=%25").await, [61]);
    assert_eq!(shown("/connections?search=%25_r").await, [61]);
    assert_eq!(shown("/connections?search=%5C").await, [61]);
    assert_eq!(shown("/connections?state=connected").await, [0; 0]);
    assert_eq!(shown("/connections?state=configured&page=2").await.len(), 25);
    assert_eq!(shown("/connections?page=0&search=nobody").await, [0; 0]);
    assert_eq!(shown("/connections?page=99999999999999999999").await.len(), 25);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_there_says_so() {
    let (_world, _served, mut owner) = connected().await;
    for path in [
        "/connections/2",
        "/connections/01",
        "/connections/x/data",
        "/connections/1/operations/noSuchOperation",
        "/events/1",
        "/events/x",
        "/no/such/page",
    ] {
        let page = owner.get(path).await;
        assert_eq!(page.status, 404, "{path}");
        assert!(page.body.contains("role=\"alert\""), "{path}");
    }
    // What Calendly or the connector refuses is said in the page.
    for path in [
        "/connections/1/data/nobody",
        "/connections/1/data/me/no_such_table",
        "/connections/1/data/me/contacts/no-such-contact",
        "/connections/1/data/me/contacts?field=email&operator=greaterThan&value=x&cursor=v2%3Abad",
    ] {
        let page = owner.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(page.body.contains("role=\"alert\""), "{path}: {}", page.body);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_is_made_changed_and_deleted() {
    let (_world, _served, mut owner) = connected().await;
    let table = "/connections/1/data/me/contacts";
    let bad = [("f:name", "Zoe Quinn"), ("f:email", "no address"), ("f:Seats", "many")];
    let page = owner.post(&format!("{table}/-/new"), &bad).await;
    assert_eq!(page.status, 422);
    assert!(page.body.contains("many is not a number") && page.body.contains("Zoe Quinn"));
    let new = [
        ("f:name", "Zoe Quinn"),
        ("f:email", "zoe@example.org"),
        ("f:Status", "Lead"),
        ("f:Seats", "7"),
        ("f:phone_numbers", "+1 2025550111\r\n\r\n+1 2025550112"),
    ];
    let page = owner.post(&format!("{table}/-/new"), &new).await;
    assert_eq!(page.status, 303, "{}", page.body);
    let path = page.location().split('?').next().unwrap().to_owned();
    let seen = owner.get(&path).await.body;
    for text in ["Zoe Quinn", "zoe@example.org", "Lead", "+1 2025550112"] {
        assert!(seen.contains(text), "{text}");
    }
    // Only what differs is sent: the other fields are as they were, the emptied one is null.
    let change =
        [("o:Status", "Lead"), ("f:Status", ""), ("o:name", "Zoe Quinn"), ("f:name", "Zoe Q")];
    let every = [
        "email",
        "other_emails",
        "phone_numbers",
        "timezone",
        "job_title",
        "company",
        "country",
        "state",
        "city",
        "linkedin",
        "Notes",
        "Seats",
        "Renewal date",
        "Interests",
        "Deal value",
    ];
    let mut fields: Vec<_> = change.to_vec();
    let names: Vec<_> =
        every.iter().flat_map(|it| [format!("o:{it}"), format!("f:{it}")]).collect();
    fields.extend(names.iter().map(|name| (name.as_str(), "same")));
    let page = owner.post(&format!("{path}/edit"), &fields).await;
    assert_eq!(page.status, 303, "{}", page.body);
    let seen = owner.get(&path).await.body;
    assert!(seen.contains("Zoe Q<") && seen.contains("zoe@example.org") && !seen.contains("Lead"));
    let page = owner.post(&format!("{path}/delete"), &[]).await;
    assert_eq!(page.status, 303);
    assert!(owner.get(&path).await.body.contains("role=\"alert\""));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operation_runs_and_is_shown_as_json() {
    let (_world, _served, mut owner) = connected().await;
    let path = "/connections/1/operations/queryRecords";
    let config = [
        ("f:baseId", "me"),
        ("f:tableId", "contacts"),
        ("f:pageSize", "2"),
        ("f:fields", "name\r\nemail"),
        ("f:sort", r#"[{"field": "name"}]"#),
    ];
    let with = |what: &'static str| [&config[..], &[("do", what)]].concat();
    let page = owner.post(path, &with("show")).await;
    assert_eq!(page.status, 200);
    let call = page.body.split("<pre id=\"call\" tabindex=\"0\">").nth(1).unwrap();
    let call = call.split("</pre>").next().unwrap().replace("&quot;", "\"");
    let expected = json!({
        "action": "calendly.queryRecords",
        "connection": 1,
        "config": {
            "baseId": "me", "tableId": "contacts", "pageSize": 2, "fields": ["name", "email"],
            "sort": [{ "field": "name" }],
        },
    });
    assert_eq!(serde_json::from_str::<serde_json::Value>(&call).unwrap(), expected);
    assert!(!page.body.contains("id=\"result\""), "showing runs nothing");
    let page = owner.post(path, &with("run")).await;
    assert!(page.body.contains("id=\"result\"") && page.body.contains("&quot;records&quot;"));
    let bad = [("f:baseId", "me"), ("f:tableId", "contacts"), ("f:pageSize", "0"), ("f:sort", "{")];
    let page = owner.post(path, &bad).await;
    assert_eq!(page.status, 422);
    assert!(page.body.contains("Not JSON"), "{}", page.body);
    let bad = [("f:baseId", "me"), ("f:tableId", "contacts"), ("f:pageSize", "0")];
    let page = owner.post(path, &bad).await;
    assert_eq!(page.status, 422);
    assert!(page.body.contains("aria-invalid=\"true\""), "{}", page.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_becomes_an_event_and_reaches_an_open_page() {
    let (world, served, mut owner) = connected().await;
    let url = format!("{}/webhooks/1", served.origin);
    let form = [("baseId", "me"), ("url", &*url), ("event", "contact.created")];
    let page = owner.post("/connections/1/subscribe", &form).await;
    assert_eq!(page.status, 303, "{}", page.body);
    let again = owner.post("/connections/1/subscribe", &form).await;
    let again = owner.get(again.location()).await.body;
    assert!(again.contains("It was subscribed already."), "{again}");
    let none = owner.post("/connections/1/subscribe", &[("baseId", "me"), ("url", &*url)]).await;
    assert_eq!(none.status, 422);
    let mut open = owner.clone();
    let listen = async move { open.first_event("/live/events?connection=1&after=0").await };
    let listening = tokio::spawn(listen);
    let contact = json!({ "action": "calendly.createRecord", "connection": 1, "config": {
        "baseId": "me", "tableId": "contacts",
        "fields": { "name": "Ada", "email": "ada@example.org" },
    } });
    world.host.run(&contact.to_string(), std::time::Duration::from_secs(30)).await.unwrap();
    let told = tokio::time::timeout(std::time::Duration::from_secs(60), listening).await;
    let told = told.expect("the page is told").unwrap();
    assert!(told.contains("event: event") && told.contains("contact.created"), "{told}");
    let list = owner.get("/events").await.body;
    assert!(list.contains("contact.created"));
    let number = told.split("id: ").nth(1).unwrap().lines().next().unwrap();
    let event = owner.get(&format!("/events/{number}")).await.body;
    assert!(event.contains("ada@example.org") && event.contains("webhook"));
    // What is not signed is refused and counted.
    let page = owner.post(&url, &[]).await;
    assert_eq!(page.status, 401);
    assert!(owner.get("/events").await.body.contains("Refused webhooks"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poll_remembers_and_then_tells() {
    let (world, _served, mut owner) = connected().await;
    let form =
        [("baseId", "me"), ("tableId", "contacts"), ("event", "created"), ("event", "updated")];
    let mut poll = async |fields: &[(&str, &str)]| {
        let page = owner.post("/connections/1/poll", fields).await;
        if page.status != 303 {
            return page.body;
        }
        owner.get(page.location()).await.body
    };
    assert!(poll(&form).await.contains("What is there is remembered."));
    assert!(poll(&form).await.contains("Nothing has changed since the last poll."));
    let contact = json!({ "action": "calendly.createRecord", "connection": 1, "config": {
        "baseId": "me", "tableId": "contacts",
        "fields": { "name": "Ada", "email": "ada@example.org" },
    } });
    world.host.run(&contact.to_string(), std::time::Duration::from_secs(30)).await.unwrap();
    let page = poll(&form).await;
    assert!(page.contains("1 new event.") && page.contains("record.created"), "{page}");
    assert!(poll(&form[..2]).await.contains("role=\"alert\""), "without events there is no poll");
}
