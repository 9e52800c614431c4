//! Paging: pages meet, tokens are bound to their request and go stale.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::Result;
use serde_json::Value;

use crate::support::{World, text};

fn uris(rows: &[Value]) -> Vec<String> {
    rows.iter().filter_map(|row| row["uri"].as_str()).map(str::to_owned).collect()
}

#[tokio::test]
async fn all_pages_together_are_the_whole_list_in_order() -> Result<()> {
    let world = World::new().await?;
    let small = world.all("/contacts", &[("count", "7")]).await?;
    let large = world.all("/contacts", &[("count", "100")]).await?;
    assert_eq!(small.len(), 240);
    assert_eq!(uris(&small), uris(&large));
    assert_eq!(uris(&small).iter().collect::<BTreeSet<_>>().len(), 240);
    let created: Vec<_> = small.iter().filter_map(|row| row["created_at"].as_str()).collect();
    assert!(created.is_sorted());
    let reversed = world.all("/contacts", &[("count", "33"), ("sort", "created_at:desc")]).await?;
    let created: Vec<_> = reversed.iter().filter_map(|row| row["created_at"].as_str()).collect();
    assert!(created.is_sorted_by(|left, right| left >= right));
    Ok(())
}

#[tokio::test]
async fn a_page_knows_its_neighbours() -> Result<()> {
    let world = World::new().await?;
    let first = world.get("/contacts", &[]).await?;
    let pagination = &first.body["pagination"];
    assert_eq!(pagination["count"], 20);
    assert_eq!(pagination["previous_page"], Value::Null);
    assert_eq!(pagination["previous_page_token"], Value::Null);
    let next = text(pagination, "next_page")?;
    assert!(next.starts_with("https://api.calendly.com/contacts?page_token="), "{next}");

    let second = world.get(next, &[]).await?;
    let token = text(&second.body["pagination"], "previous_page_token")?;
    let back = world.get("/contacts", &[("page_token", token)]).await?;
    assert_eq!(uris(back.collection()), uris(first.collection()));
    assert_eq!(back.body["pagination"]["previous_page"], Value::Null);
    assert!(back.body["pagination"]["next_page"].is_string());
    Ok(())
}

#[tokio::test]
async fn an_empty_list_has_all_five_keys() -> Result<()> {
    let world = World::new().await?;
    let reply = world.get("/contacts", &[("email", "nobody@nowhere.example")]).await?;
    assert_eq!(
        reply.body,
        serde_json::json!({
            "collection": [],
            "pagination": {
                "count": 0,
                "next_page": null,
                "next_page_token": null,
                "previous_page": null,
                "previous_page_token": null,
            },
        })
    );
    Ok(())
}

#[tokio::test]
async fn a_count_is_from_1_to_100() -> Result<()> {
    let world = World::new().await?;
    for count in ["0", "-1", "101", "1000000000000", "ten", "1.5"] {
        world.get("/contacts", &[("count", count)]).await?.assert_invalid(&["count"]);
    }
    for count in ["1", "100"] {
        assert_eq!(world.get("/contacts", &[("count", count)]).await?.status, 200);
    }
    Ok(())
}

#[tokio::test]
async fn a_page_token_belongs_to_one_request() -> Result<()> {
    let world = World::new().await?;
    let query = [("country", "DE,FR,US"), ("count", "5")];
    let first = world.get("/contacts", &query).await?;
    let token = text(&first.body["pagination"], "next_page_token")?;
    let resent = [("count", "5"), ("page_token", token), ("country", "DE,FR,US")];
    assert_eq!(world.get("/contacts", &resent).await?.status, 200);

    let forged = format!("{token}x");
    for query in [
        &[("page_token", token)][..],
        &[("page_token", token), ("count", "5"), ("country", "DE")],
        &[("page_token", token), ("count", "6"), ("country", "DE,FR,US")],
        &[("page_token", &forged), ("count", "5"), ("country", "DE,FR,US")],
        &[("page_token", "2")],
    ] {
        let reply = world.get("/contacts", query).await?;
        reply.assert_invalid(&["page_token"]);
        assert_eq!(reply.body["details"][0]["message"], "is invalid");
    }
    let elsewhere = [("page_token", token), ("organization", &world.organization())];
    world.get("/scheduled_events", &elsewhere).await?.assert_invalid(&["page_token"]);
    Ok(())
}

#[tokio::test]
async fn a_page_token_goes_stale() -> Result<()> {
    let world = World::new().await?;
    let first = world.get("/contacts", &[]).await?;
    let next = text(&first.body["pagination"], "next_page")?;
    world.clock.advance(Duration::from_secs(3_600));
    assert_eq!(world.get(next, &[]).await?.status, 200);
    world.clock.advance(Duration::from_secs(1));
    world.get(next, &[]).await?.assert_invalid(&["page_token"]);
    Ok(())
}

#[tokio::test]
async fn rows_that_go_in_between_shift_nothing() -> Result<()> {
    let world = World::new().await?;
    let all = uris(&world.all("/contacts", &[]).await?);
    let first = world.get("/contacts", &[("count", "10")]).await?;
    // Among them the very row that the token points at.
    for gone in &all[5..12] {
        assert_eq!(world.delete(gone).await?.status, 204);
    }
    let next = text(&first.body["pagination"], "next_page")?;
    assert_eq!(uris(world.get(next, &[]).await?.collection()), all[12..22]);
    Ok(())
}

#[tokio::test]
async fn undocumented_keys_are_ignored() -> Result<()> {
    let world = World::new().await?;
    let plain = world.get("/contacts", &[]).await?;
    let odd = world.get("/contacts", &[("filterByFormula", "1"), ("limit", "3")]).await?;
    assert_eq!(odd.body, plain.body);
    Ok(())
}

#[tokio::test]
async fn large_accounts_are_quick() -> Result<()> {
    let started = Instant::now();
    let world = World::with(|options| {
        options.size.scheduled_events = 10_000;
        options.size.contacts = 100_000;
    })
    .await?;
    let start = started.elapsed();
    let page = [("count", "100"), ("sort", "updated_at:desc")];
    let reply = world.get("/contacts", &page).await?;
    assert_eq!(reply.collection().len(), 100);
    let organization = world.organization();
    let events = world.get("/scheduled_events", &[("organization", &organization)]).await?;
    assert_eq!(events.status, 200);
    let took = started.elapsed() - start;
    // Generous: other work runs on the same machine.
    assert!(start < Duration::from_secs(8), "starting took {start:?}");
    assert!(took < Duration::from_secs(4), "two pages took {took:?}");
    let emails = world.all("/contacts", &[("count", "100"), ("name", "zoë")]).await?;
    let unique: BTreeSet<_> =
        emails.iter().filter_map(|row| row["emails"][0]["email"].as_str()).collect();
    assert_eq!(unique.len(), emails.len());
    Ok(())
}
