//! Contact lists, and contacts filtered by them.

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::support::{Reply, World, text};

async fn lists(world: &World) -> Result<Vec<Value>> {
    Ok(world.get("/contact_lists", &[]).await?.collection().to_vec())
}

async fn named(world: &World, name: &str) -> Result<String> {
    let lists = lists(world).await?;
    let list = lists.iter().find(|list| list["name"] == name).context("no such list")?;
    Ok(text(list, "uri")?.to_owned())
}

/// The URIs of the first contacts.
async fn contacts(world: &World, count: usize) -> Result<Vec<String>> {
    let reply = world.get("/contacts", &[("count", &count.to_string())]).await?;
    reply.collection().iter().map(|row| Ok(text(row, "uri")?.to_owned())).collect()
}

async fn members(world: &World, list: &str) -> Result<Vec<Value>> {
    world.all("/contacts", &[("contact_list", list), ("count", "100")]).await
}

fn uris(rows: &[Value]) -> Vec<&str> {
    rows.iter().filter_map(|row| row["uri"].as_str()).collect()
}

#[track_caller]
fn assert_status(reply: &Reply, status: u16, title: &str) {
    assert_eq!((reply.status, &reply.body["title"]), (status, &json!(title)), "{}", reply.text);
}

#[tokio::test]
async fn lists_and_views_come_at_once() -> Result<()> {
    let world = World::new().await?;
    let reply = world.get("/contact_lists", &[]).await?;
    let names: Vec<_> = reply.collection().iter().map(|list| &list["name"]).collect();
    // The view that an import made is not among them.
    let expected =
        ["All Contacts", "Germany", "Newsletter", "Key accounts", "Événement 2026", "To call back"];
    assert_eq!(names, expected);
    let pagination = json!({
        "count": 6,
        "next_page": null,
        "previous_page": null,
        "next_page_token": null,
        "previous_page_token": null,
    });
    assert_eq!(reply.body["pagination"], pagination);
    for list in reply.collection() {
        let is_list = list["type"] == "static_list";
        assert!(is_list || list["type"] == "dynamic_view");
        assert_eq!(list["contact_count"].is_u64(), is_list, "{list}");
        assert!(is_list || list["contact_count"].is_null());
        assert_eq!(*world.get(text(list, "uri")?, &[]).await?.resource(), *list);
    }
    Ok(())
}

#[tokio::test]
async fn lists_are_told_from_views() -> Result<()> {
    let world = World::new().await?;
    for (kind, count) in [("static_list", 4), ("dynamic_view", 2)] {
        let reply = world.get("/contact_lists", &[("type", kind)]).await?;
        assert_eq!(reply.collection().len(), count);
        assert_eq!(reply.body["pagination"]["count"], count);
        assert!(reply.collection().iter().all(|list| list["type"] == kind));
    }
    world.get("/contact_lists", &[("type", "view")]).await?.assert_invalid(&["type"]);
    Ok(())
}

#[tokio::test]
async fn contacts_can_be_filtered_by_a_list_or_a_view() -> Result<()> {
    let world = World::new().await?;
    let all = world.all("/contacts", &[("count", "100")]).await?;
    let view = named(&world, "All Contacts").await?;
    assert_eq!(members(&world, &view).await?, all);
    let view = named(&world, "Germany").await?;
    let german: Vec<_> = all.iter().filter(|row| row["country"] == "DE").cloned().collect();
    assert!(!german.is_empty());
    assert_eq!(members(&world, &view).await?, german);
    for list in lists(&world).await?.iter().filter(|list| list["type"] == "static_list") {
        let count = members(&world, text(list, "uri")?).await?.len();
        assert_eq!(list["contact_count"], count, "{list}");
    }
    // Together with other filters.
    let newsletter = named(&world, "Newsletter").await?;
    let members = members(&world, &newsletter).await?;
    assert!(!members.is_empty() && members.len() < all.len());
    let email = text(&members[0]["emails"][0], "email")?;
    let query = [("contact_list", newsletter.as_str()), ("email", email)];
    assert_eq!(world.all("/contacts", &query).await?, members[..1]);
    Ok(())
}

#[tokio::test]
async fn contacts_cannot_be_filtered_by_what_is_no_list() -> Result<()> {
    let mut world = World::new().await?;
    let newsletter = named(&world, "Newsletter").await?;
    for wrong in ["Newsletter", "https://api.calendly.com/contact_lists/unknown"] {
        let query = [("contact_list", wrong), ("exclude", "name")];
        let reply = world.get("/contacts", &query).await?;
        reply.assert_invalid(&["exclude", "contact_list"]);
    }
    world.become_colleague();
    let query = [("contact_list", newsletter.as_str())];
    world.get("/contacts", &query).await?.assert_invalid(&["contact_list"]);
    Ok(())
}

#[tokio::test]
async fn a_list_can_be_made_with_contacts() -> Result<()> {
    let world = World::new().await?;
    let contacts = contacts(&world, 2).await?;
    let unknown = "https://api.calendly.com/contacts/unknown";
    let body = json!({
        "name": "  Trade fair ",
        "contacts": [contacts[0], contacts[1], contacts[0], unknown],
    });
    let created = world.post("/contact_lists", &body).await?;
    assert_eq!(created.status, 201, "{}", created.text);
    let list = created.resource();
    assert_eq!((&list["name"], &list["type"]), (&json!("Trade fair"), &json!("static_list")));
    assert_eq!(list["contact_count"], 2);
    assert_eq!(list["created_at"], "2026-11-24T10:00:00.000000Z");
    let result = json!({
        "added": 2,
        "unchanged": 1,
        "invalid": 1,
        "failed": 0,
        "invalid_contacts": [unknown],
        "failed_contacts": [],
    });
    assert_eq!(created.body["membership_result"], result);
    let uri = text(list, "uri")?;
    assert_eq!(*world.get(uri, &[]).await?.resource(), *list);
    assert_eq!(uris(&members(&world, uri).await?), contacts);

    let empty = world.post("/contact_lists", &json!({ "name": "Nobody" })).await?;
    assert_eq!(empty.resource()["contact_count"], 0);
    assert_eq!(empty.body["membership_result"]["added"], 0);
    Ok(())
}

#[tokio::test]
async fn making_refuses_what_is_odd() -> Result<()> {
    let world = World::new().await?;
    let odd = json!({ "contacts": ["x"], "type": "dynamic_view" });
    let reply = world.post("/contact_lists", &odd).await?;
    reply.assert_invalid(&["type", "name", "contacts[0]"]);
    let many = vec!["https://api.calendly.com/contacts/x"; 501];
    for (body, violation) in [
        (json!({ "name": "  " }), "name"),
        (json!({ "name": 1 }), "name"),
        (json!({ "name": "x".repeat(256) }), "name"),
        (json!({ "name": "x", "contacts": "y" }), "contacts"),
        (json!({ "name": "x", "contacts": [1] }), "contacts[0]"),
        (json!({ "name": "x", "contacts": many }), "contacts"),
    ] {
        world.post("/contact_lists", &body).await?.assert_invalid(&[violation]);
    }
    let padded = format!(" {} ", "é".repeat(255));
    let created = world.post("/contact_lists", &json!({ "name": padded })).await?;
    assert_eq!(created.status, 201);
    Ok(())
}

#[tokio::test]
async fn no_two_lists_are_called_the_same() -> Result<()> {
    let world = World::new().await?;
    for taken in ["Newsletter", " NEWSLETTER ", "Evenement 2026", "E\u{301}VE\u{301}NEMENT 2026"] {
        let reply = world.post("/contact_lists", &json!({ "name": taken })).await?;
        assert_status(&reply, 409, "Already Exists");
    }
    // A view's name is free, and so is one with another space in it.
    for free in ["Germany", "News letter"] {
        let reply = world.post("/contact_lists", &json!({ "name": free })).await?;
        assert_eq!(reply.status, 201, "{free}");
    }
    assert_eq!(lists(&world).await?.len(), 8);
    Ok(())
}

#[tokio::test]
async fn there_are_25_lists_and_views_at_most() -> Result<()> {
    let world = World::new().await?;
    // The view that an import made counts, though it is not shown.
    let shown = lists(&world).await?.len();
    for index in shown + 1..25 {
        let body = json!({ "name": format!("List {index}") });
        assert_eq!(world.post("/contact_lists", &body).await?.status, 201, "{index}");
    }
    let reply = world.post("/contact_lists", &json!({ "name": "One more" })).await?;
    assert_status(&reply, 403, "Permission Denied");
    assert_eq!(lists(&world).await?.len(), 24);
    Ok(())
}

#[tokio::test]
async fn lists_and_views_can_be_renamed() -> Result<()> {
    let world = World::new().await?;
    let newsletter = named(&world, "Newsletter").await?;
    let germany = named(&world, "Germany").await?;
    world.clock.advance(Duration::from_secs(60));
    let renamed = world.patch(&newsletter, &json!({ "name": " News " })).await?;
    assert_eq!((renamed.status, &renamed.resource()["name"]), (200, &json!("News")));
    assert_eq!(renamed.resource()["updated_at"], "2026-11-24T10:01:00.000000Z");
    assert_eq!(world.get(&newsletter, &[]).await?.body, renamed.body);
    // Its own name is not taken, and a view may be called as a list is.
    for (uri, name) in [(&newsletter, "NEWS"), (&germany, "Key accounts")] {
        let reply = world.patch(uri, &json!({ "name": name })).await?;
        assert_eq!((reply.status, &reply.resource()["name"]), (200, &json!(name)));
    }
    let reply = world.patch(&newsletter, &json!({ "name": "key accounts" })).await?;
    assert_status(&reply, 409, "Already Exists");
    let everybody = named(&world, "All Contacts").await?;
    let reply = world.patch(&everybody, &json!({ "name": "Everybody" })).await?;
    assert_status(&reply, 409, "Conflict");
    Ok(())
}

#[tokio::test]
async fn renaming_refuses_what_is_odd() -> Result<()> {
    let world = World::new().await?;
    let newsletter = named(&world, "Newsletter").await?;
    let before = world.get(&newsletter, &[]).await?.body;
    world.patch(&newsletter, &json!({})).await?.assert_invalid(&["name"]);
    let odd = json!({ "name": " ", "contacts": [] });
    world.patch(&newsletter, &odd).await?.assert_invalid(&["contacts", "name"]);
    let long = json!({ "name": "x".repeat(256) });
    world.patch(&newsletter, &long).await?.assert_invalid(&["name"]);
    assert_eq!(world.get(&newsletter, &[]).await?.body, before);
    Ok(())
}

#[tokio::test]
async fn contacts_can_be_put_on_a_list_and_taken_off_again() -> Result<()> {
    let world = World::new().await?;
    let contacts = contacts(&world, 3).await?;
    let list = named(&world, "To call back").await?;
    let unknown = "https://api.calendly.com/contacts/unknown";
    let memberships = format!("{list}/memberships");
    world.clock.advance(Duration::from_secs(60));
    let added = world.post(&memberships, &json!({ "contacts": contacts[..2] })).await?;
    assert_eq!(added.status, 200, "{}", added.text);
    assert_eq!(added.resource()["contact_count"], 2);
    assert_eq!(added.resource()["updated_at"], "2026-11-24T10:01:00.000000Z");
    world.clock.advance(Duration::from_secs(60));
    let again = world.post(&memberships, &json!({ "contacts": [contacts[0], unknown] })).await?;
    assert_eq!(again.resource(), added.resource(), "nothing has changed");
    let result = &again.body["membership_result"];
    assert_eq!((&result["added"], &result["unchanged"]), (&json!(0), &json!(1)));
    assert_eq!((&result["invalid"], &result["invalid_contacts"]), (&json!(1), &json!([unknown])));
    assert_eq!(uris(&members(&world, &list).await?), contacts[..2]);

    let removal = format!("{memberships}/removal");
    let body = json!({ "contacts": [contacts[1], contacts[2], unknown] });
    let removed = world.post(&removal, &body).await?;
    assert_eq!(removed.status, 200, "{}", removed.text);
    assert_eq!(removed.resource()["contact_count"], 1);
    let result = json!({
        "removed": 1,
        "unchanged": 1,
        "invalid": 1,
        "failed": 0,
        "invalid_contacts": [unknown],
        "failed_contacts": [],
    });
    assert_eq!(removed.body["membership_result"], result);
    assert_eq!(uris(&members(&world, &list).await?), contacts[..1]);
    assert_eq!(world.get(&contacts[1], &[]).await?.status, 200, "contacts stay");
    Ok(())
}

#[tokio::test]
async fn the_contacts_of_a_view_cannot_be_chosen() -> Result<()> {
    let world = World::new().await?;
    let contacts = contacts(&world, 1).await?;
    for name in ["All Contacts", "Germany"] {
        let view = named(&world, name).await?;
        for path in [format!("{view}/memberships"), format!("{view}/memberships/removal")] {
            let reply = world.post(&path, &json!({ "contacts": contacts })).await?;
            assert_status(&reply, 409, "Conflict");
        }
    }
    Ok(())
}

#[tokio::test]
async fn memberships_refuse_what_is_odd() -> Result<()> {
    let world = World::new().await?;
    let list = named(&world, "Newsletter").await?;
    let before = world.get(&list, &[]).await?.body;
    let uri = "https://api.calendly.com/contacts/x";
    for path in [format!("{list}/memberships"), format!("{list}/memberships/removal")] {
        for (body, violations) in [
            (json!({}), &["contacts"][..]),
            (json!({ "contacts": null }), &["contacts"]),
            (json!({ "contacts": [] }), &["contacts"]),
            (json!({ "contacts": uri }), &["contacts"]),
            (json!({ "contacts": vec![uri; 501] }), &["contacts"]),
            (json!({ "contacts": [uri, "x", 1] }), &["contacts[1]", "contacts[2]"]),
            (json!({ "contacts": [uri], "uris": [] }), &["uris"]),
        ] {
            world.post(&path, &body).await?.assert_invalid(violations);
        }
        let most = json!({ "contacts": vec![uri; 500] });
        let reply = world.post(&path, &most).await?;
        assert_eq!((reply.status, &reply.body["membership_result"]["invalid"]), (200, &json!(500)));
    }
    assert_eq!(world.get(&list, &[]).await?.body, before);
    Ok(())
}

#[tokio::test]
async fn a_deleted_contact_is_on_no_list() -> Result<()> {
    let world = World::new().await?;
    let list = named(&world, "Key accounts").await?;
    let before = members(&world, &list).await?;
    assert_eq!(world.delete(text(&before[0], "uri")?).await?.status, 204);
    assert_eq!(members(&world, &list).await?, before[1..]);
    let count = &world.get(&list, &[]).await?.resource()["contact_count"].clone();
    assert_eq!(*count, before.len() - 1);
    Ok(())
}

#[tokio::test]
async fn lists_belong_to_one_user() -> Result<()> {
    let mut world = World::new().await?;
    let owners = named(&world, "Newsletter").await?;
    let contacts = contacts(&world, 1).await?;
    world.become_colleague();
    let own = lists(&world).await?;
    assert_eq!(own.iter().map(|list| &list["name"]).collect::<Vec<_>>(), ["All Contacts"]);
    let body = json!({ "contacts": contacts });
    for reply in [
        world.get(&owners, &[]).await?,
        world.patch(&owners, &json!({ "name": "Mine" })).await?,
        world.post(&format!("{owners}/memberships"), &body).await?,
        world.post(&format!("{owners}/memberships/removal"), &body).await?,
    ] {
        assert_status(&reply, 404, "Resource Not Found");
    }
    // The name is free for somebody else, the owner's contacts are not theirs.
    let body = json!({ "name": "Newsletter", "contacts": contacts });
    let created = world.post("/contact_lists", &body).await?;
    assert_eq!((created.status, &created.resource()["contact_count"]), (201, &json!(0)));
    assert_eq!(created.body["membership_result"]["invalid_contacts"], json!(contacts));
    Ok(())
}

#[tokio::test]
async fn writing_needs_the_scope_to_write() -> Result<()> {
    let mut world = World::new().await?;
    let list = named(&world, "Newsletter").await?;
    world.token = world.simulator.issue_access_token(&["contacts:read"]);
    let body = json!({ "name": "x", "contacts": [] });
    for reply in [
        world.post("/contact_lists", &body).await?,
        world.patch(&list, &body).await?,
        world.post(&format!("{list}/memberships"), &body).await?,
        world.post(&format!("{list}/memberships/removal"), &body).await?,
    ] {
        assert_eq!(reply.body["required_scopes"], json!(["contacts:write"]));
    }
    assert_eq!(world.get(&list, &[]).await?.status, 200);
    Ok(())
}
