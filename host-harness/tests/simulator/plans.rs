//! What the plan of the organization decides.

use std::time::Duration;

use anyhow::Result;
use host_harness::simulator::Plan;
use serde_json::json;

use crate::support::World;

async fn on(plan: Plan) -> Result<World> {
    World::with(|options| options.plan = plan).await
}

#[tokio::test]
async fn the_organization_says_its_plan() -> Result<()> {
    for (plan, name, stage) in [
        (Plan::Basic, "basic", "free"),
        (Plan::Essentials, "essentials", "paid"),
        (Plan::Standard, "standard", "paid"),
        (Plan::Professional, "professional", "paid"),
        (Plan::Teams, "teams", "paid"),
        (Plan::Enterprise, "enterprise", "paid"),
    ] {
        let world = on(plan).await?;
        let reply = world.get(&world.organization(), &[]).await?;
        assert_eq!(reply.resource()["plan"], name);
        assert_eq!(reply.resource()["stage"], stage);
        assert_eq!(reply.header("x-ratelimit-tier"), stage);
    }
    let usual = World::new().await?;
    assert_eq!(usual.get(&usual.organization(), &[]).await?.resource()["plan"], "enterprise");
    Ok(())
}

#[tokio::test]
async fn free_allows_fifty_requests_a_minute() -> Result<()> {
    let world = on(Plan::Basic).await?;
    for _ in 0..50 {
        let reply = world.get("/users/me", &[]).await?;
        assert_eq!((reply.status, reply.header("x-ratelimit-limit")), (200, "50"));
    }
    assert_eq!(world.get("/users/me", &[]).await?.status, 429);
    let paid = on(Plan::Essentials).await?.get("/users/me", &[]).await?;
    assert_eq!(paid.header("x-ratelimit-limit"), "500");
    Ok(())
}

#[tokio::test]
async fn the_number_of_requests_can_be_told_apart_from_the_plan() -> Result<()> {
    let world = World::with(|options| {
        options.plan = Plan::Basic;
        options.requests_per_minute = Some(500);
    })
    .await?;
    let reply = world.get("/users/me", &[]).await?;
    assert_eq!(reply.header("x-ratelimit-limit"), "500");
    assert_eq!(reply.header("x-ratelimit-tier"), "free");
    Ok(())
}

#[tokio::test]
async fn enterprise_allows_as_many_bookings_as_requests() -> Result<()> {
    let world = World::with(|options| options.requests_per_minute = Some(1_000)).await?;
    for _ in 0..500 {
        assert_eq!(world.post("/invitees", &json!({})).await?.status, 400);
    }
    let refused = world.post("/invitees", &json!({})).await?;
    assert_eq!((refused.status, refused.header("x-ratelimit-limit")), (429, "500"));
    world.clock.advance(Duration::from_secs(60));
    assert_eq!(world.post("/invitees", &json!({})).await?.status, 400);
    Ok(())
}

#[tokio::test]
async fn free_allows_five_bookings_a_day() -> Result<()> {
    let mut world = on(Plan::Basic).await?;
    for _ in 0..5 {
        assert_eq!(world.post("/invitees", &json!({})).await?.status, 400);
    }
    let refused = world.post("/invitees", &json!({})).await?;
    assert_eq!((refused.status, refused.header("x-ratelimit-limit")), (429, "5"));
    world.clock.advance(Duration::from_secs(24 * 3_600));
    world.token = world.simulator.issue_access_token(crate::support::ALL);
    assert_eq!(world.post("/invitees", &json!({})).await?.status, 400);
    Ok(())
}

#[tokio::test]
async fn what_is_for_enterprise_asks_for_an_upgrade() -> Result<()> {
    let message = "Please upgrade your Calendly account to Enterprise.";
    for plan in [Plan::Basic, Plan::Teams] {
        let world = on(plan).await?;
        let organization = world.organization();
        for path in ["/activity_log_entries", "/outgoing_communications"] {
            let query = [("organization", organization.as_str())];
            world.get(path, &query).await?.assert_denied(message);
        }
        for (path, body) in [
            ("/data_compliance/deletion/invitees", json!({ "emails": ["ada@home.example"] })),
            (
                "/data_compliance/deletion/events",
                json!({ "start_time": "2026-01-01T00:00:00Z", "end_time": "2026-02-01T00:00:00Z" }),
            ),
        ] {
            world.post(path, &body).await?.assert_denied(message);
        }
    }
    Ok(())
}

#[tokio::test]
async fn recaps_are_for_paid_plans() -> Result<()> {
    let world = on(Plan::Basic).await?;
    let message = "Please upgrade to a paid Calendly account";
    for path in ["/meeting_recaps", "/meeting_recaps/x", "/meeting_recaps/x/transcript"] {
        world.get(path, &[]).await?.assert_denied(message);
    }
    let change = json!({ "summary_md": "" });
    world.patch("/meeting_recaps/x", &change).await?.assert_denied(message);
    world.delete("/meeting_recaps/x").await?.assert_denied(message);
    let world = on(Plan::Essentials).await?;
    assert_eq!(world.get("/meeting_recaps", &[]).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn routing_forms_are_not_refused_to_free_accounts_but_there_are_none() -> Result<()> {
    let world = on(Plan::Basic).await?;
    let organization = world.organization();
    let forms = world.all("/routing_forms", &[("organization", &organization)]).await?;
    assert!(forms.is_empty(), "{forms:?}");
    let world = on(Plan::Essentials).await?;
    let forms = world.all("/routing_forms", &[("organization", &world.organization())]).await?;
    assert!(!forms.is_empty());
    Ok(())
}

#[tokio::test]
async fn some_webhooks_are_for_paid_plans() -> Result<()> {
    let world = on(Plan::Basic).await?;
    let subscription = |scope: &str, event: &str| {
        json!({
            "url": format!("https://hooks.example/{event}"),
            "events": [event],
            "organization": world.organization(),
            "scope": scope,
            "user": world.owner(),
        })
    };
    for (scope, event) in
        [("user", "meeting_recap.created"), ("organization", "routing_form_submission.created")]
    {
        let reply = world.post("/webhook_subscriptions", &subscription(scope, event)).await?;
        reply.assert_denied("Please upgrade to a paid Calendly account.");
    }
    for event in ["invitee.created", "contact.created"] {
        let reply = world.post("/webhook_subscriptions", &subscription("user", event)).await?;
        assert_eq!(reply.status, 201, "{}", reply.text);
    }
    Ok(())
}
