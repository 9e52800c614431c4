//! Notes about contacts.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::support::{World, text};

/// The URIs of every contact, in the order of the service.
async fn contacts(world: &World) -> Result<Vec<String>> {
    let rows = world.all("/contacts", &[("count", "100")]).await?;
    rows.iter().map(|row| Ok(text(row, "uri")?.to_owned())).collect()
}

/// The notes about some contacts.
async fn about(world: &World, contacts: &[String]) -> Result<Vec<Value>> {
    let mut query: Vec<_> = contacts.iter().map(|uri| ("contact", uri.as_str())).collect();
    query.push(("count", "3"));
    world.all("/notes", &query).await
}

/// The notes of every contact who has some, asked for ten contacts at a time.
async fn all(world: &World) -> Result<BTreeMap<String, Vec<Value>>> {
    let mut notes = BTreeMap::<String, Vec<Value>>::new();
    for ten in contacts(world).await?.chunks(10) {
        for note in about(world, ten).await? {
            notes.entry(text(&note, "contact")?.to_owned()).or_default().push(note);
        }
    }
    Ok(notes)
}

#[tokio::test]
async fn notes_differ_in_what_they_have() -> Result<()> {
    let world = World::new().await?;
    let notes = all(&world).await?;
    let notes: Vec<_> = notes.values().flatten().collect();
    assert_eq!(notes.len(), 24);
    for field in ["title", "body", "remind_at"] {
        assert!(notes.iter().any(|note| note[field].is_null()), "{field}");
        assert!(notes.iter().any(|note| note[field].is_string()), "{field}");
    }
    assert!(notes.iter().all(|note| note["title"].is_string() || note["body"].is_string()));
    for note in notes {
        assert_eq!(*world.get(text(note, "uri")?, &[]).await?.resource(), *note);
    }
    Ok(())
}

#[tokio::test]
async fn notes_of_several_contacts_come_latest_first_page_by_page() -> Result<()> {
    let world = World::new().await?;
    let by_contact = all(&world).await?;
    assert!(by_contact.len() > 2);
    let asked: Vec<_> = by_contact.keys().take(3).cloned().collect();
    let rows = about(&world, &asked).await?;
    let expected: usize = by_contact.values().take(3).map(Vec::len).sum();
    let unique: BTreeSet<_> = rows.iter().filter_map(|row| row["uri"].as_str()).collect();
    assert_eq!((rows.len(), unique.len()), (expected, expected));
    let updated: Vec<_> = rows.iter().filter_map(|row| row["updated_at"].as_str()).collect();
    assert!(updated.is_sorted_by(|left, right| left >= right), "{updated:?}");
    let busiest = by_contact.values().max_by_key(|notes| notes.len()).context("no notes")?;
    let created: Vec<_> = busiest.iter().filter_map(|row| row["created_at"].as_str()).collect();
    assert!(!created.is_sorted_by(|left, right| left >= right), "not the order of creation");
    Ok(())
}

#[tokio::test]
async fn from_1_to_10_contacts_can_be_asked_for() -> Result<()> {
    let world = World::new().await?;
    let contacts = contacts(&world).await?;
    let query = |count: usize| contacts.iter().take(count).map(|uri| ("contact", uri.as_str()));
    world.get("/notes", &[]).await?.assert_invalid(&["contact"]);
    world.get("/notes", &[("contact", "")]).await?.assert_invalid(&["contact"]);
    assert_eq!(world.get("/notes", &Vec::from_iter(query(10))).await?.status, 200);
    world.get("/notes", &Vec::from_iter(query(11))).await?.assert_invalid(&["contact"]);
    let mixed = Vec::from_iter(query(1).chain([("contact", "x")]));
    world.get("/notes", &mixed).await?.assert_invalid(&["contact"]);
    let unknown = "https://api.calendly.com/contacts/unknown";
    let mixed = Vec::from_iter(query(1).chain([("contact", unknown)]));
    assert_eq!(world.get("/notes", &mixed).await?.status, 404);
    Ok(())
}

#[tokio::test]
async fn other_query_keys_are_refused() -> Result<()> {
    let world = World::new().await?;
    let contacts = contacts(&world).await?;
    let query = [
        ("contact", contacts[0].as_str()),
        ("sort", "created_at:asc"),
        ("user", "x"),
        ("count", "0"),
        ("page_token", "x"),
    ];
    let reply = world.get("/notes", &query).await?;
    reply.assert_invalid(&["sort", "user", "count", "page_token"]);
    assert_eq!(reply.body["details"][0]["message"], "is not allowed");
    Ok(())
}

#[tokio::test]
async fn a_note_can_be_written() -> Result<()> {
    let world = World::new().await?;
    let contacts = contacts(&world).await?;
    let body = json!({
        "contact": contacts[200],
        "title": "  Call ",
        "body": "\nAsk for Ada.\n",
        "remind_at": "2026-12-01T09:30:00+01:00",
    });
    let created = world.post("/notes", &body).await?;
    assert_eq!(created.status, 201, "{}", created.text);
    let expected = json!({
        "uri": created.resource()["uri"],
        "contact": contacts[200],
        "title": "Call",
        "body": "Ask for Ada.",
        "remind_at": "2026-12-01T08:30:00.000000Z",
        "created_at": "2026-11-24T10:00:00.000000Z",
        "updated_at": "2026-11-24T10:00:00.000000Z",
    });
    assert_eq!(*created.resource(), expected);
    assert_eq!(world.get(text(&expected, "uri")?, &[]).await?.body, created.body);
    // Twice is two notes.
    assert_eq!(world.post("/notes", &body).await?.status, 201);
    assert_eq!(about(&world, &contacts[200..201]).await?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn a_title_or_a_body_is_enough() -> Result<()> {
    let world = World::new().await?;
    let contact = &contacts(&world).await?[0];
    for (title, body) in
        [(json!("x"), json!(null)), (json!(null), json!("y")), (json!(" "), json!("y"))]
    {
        let note = json!({ "contact": contact, "title": title, "body": body, "remind_at": null });
        let created = world.post("/notes", &note).await?;
        assert_eq!(created.status, 201, "{}", created.text);
        assert_eq!(created.resource()["title"].is_null(), title != "x");
        assert_eq!(created.resource()["body"], body);
        assert_eq!(created.resource()["remind_at"], Value::Null);
    }
    for nothing in [json!({}), json!({ "title": "", "body": "\n " }), json!({ "title": null })] {
        let mut note = nothing;
        note["contact"] = json!(contact);
        world.post("/notes", &note).await?.assert_invalid(&["title", "body"]);
    }
    Ok(())
}

#[tokio::test]
async fn titles_and_bodies_have_a_length() -> Result<()> {
    let world = World::new().await?;
    let contact = &contacts(&world).await?[0];
    for (field, text, fits) in [
        ("title", "é".repeat(255), true),
        ("title", format!(" {} ", "x".repeat(255)), true),
        ("title", "x".repeat(256), false),
        // One that counts as two.
        ("title", format!("{}🙂", "x".repeat(253)), true),
        ("title", format!("{}🙂", "x".repeat(254)), false),
        ("body", "é".repeat(10_000), true),
        ("body", "x".repeat(10_001), false),
    ] {
        let reply = world.post("/notes", &json!({ "contact": contact, field: text })).await?;
        if fits {
            assert_eq!(reply.status, 201, "{}", reply.text);
        } else {
            reply.assert_invalid(&[field]);
        }
    }
    Ok(())
}

#[tokio::test]
async fn reminders_are_exact_times_of_four_digit_years() -> Result<()> {
    let world = World::new().await?;
    let contact = &contacts(&world).await?[0];
    let remind = async |time: Value| {
        let note = json!({ "contact": contact, "title": "x", "remind_at": time });
        world.post("/notes", &note).await
    };
    for (time, saved) in [
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000Z"),
        ("9999-12-31T23:59:59.5Z", "9999-12-31T23:59:59.500000Z"),
        ("2026-11-01T13:00:00-05:30", "2026-11-01T18:30:00.000000Z"),
    ] {
        let created = remind(json!(time)).await?;
        assert_eq!(created.resource()["remind_at"], saved, "{}", created.text);
    }
    for time in [
        json!("1969-12-31T23:59:59Z"),
        json!("9999-12-31T23:59:59-00:01"),
        json!("2026-11-01T13:00Z"),
        json!("2026-11-01T13:00:00"),
        json!("2026-11-01t13:00:00z"),
        json!("2026-11-01 13:00:00Z"),
        json!("2026-11-01"),
        json!(1_795_514_400),
    ] {
        remind(time).await?.assert_invalid(&["remind_at"]);
    }
    Ok(())
}

#[tokio::test]
async fn writing_refuses_everything_odd_at_once() -> Result<()> {
    let world = World::new().await?;
    world.post("/notes", &json!({})).await?.assert_invalid(&["contact", "title", "body"]);
    let odd = json!({ "contact": "x", "title": "x", "body": 1, "remind_at": "soon", "user": "x" });
    let reply = world.post("/notes", &odd).await?;
    reply.assert_invalid(&["user", "contact", "body", "remind_at"]);
    let unknown = "https://api.calendly.com/contacts/unknown";
    let reply = world.post("/notes", &json!({ "contact": unknown, "title": "x" })).await?;
    assert_eq!(reply.status, 404);
    Ok(())
}

#[tokio::test]
async fn notes_are_their_authors() -> Result<()> {
    let mut world = World::new().await?;
    let notes = all(&world).await?;
    let (contact, notes) = notes.first_key_value().context("no notes")?;
    let note = text(&notes[0], "uri")?;
    assert_eq!(world.get("/notes/x", &[]).await?.status, 404);
    world.become_colleague();
    assert_eq!(world.get(note, &[]).await?.status, 404);
    assert_eq!(world.get("/notes", &[("contact", contact)]).await?.status, 404);
    let body = json!({ "contact": contact, "title": "x" });
    assert_eq!(world.post("/notes", &body).await?.status, 404);
    Ok(())
}

#[tokio::test]
async fn notes_go_with_their_contact() -> Result<()> {
    let world = World::new().await?;
    let notes = all(&world).await?;
    let (contact, notes) = notes.first_key_value().context("no notes")?;
    assert_eq!(world.delete(contact).await?.status, 204);
    assert_eq!(world.get(text(&notes[0], "uri")?, &[]).await?.status, 404);
    Ok(())
}

#[tokio::test]
async fn writing_needs_the_scope_to_write() -> Result<()> {
    let mut world = World::new().await?;
    let contact = contacts(&world).await?.swap_remove(0);
    world.token = world.simulator.issue_access_token(&["contacts:read"]);
    let reply = world.post("/notes", &json!({ "contact": contact, "title": "x" })).await?;
    assert_eq!(reply.body["required_scopes"], json!(["contacts:write"]));
    assert_eq!(world.get("/notes", &[("contact", &contact)]).await?.status, 200);
    Ok(())
}
