//! Rate limits and the headers about them.

use std::time::Duration;

use anyhow::Result;
use host_harness::simulator::{Person, Plan};
use reqwest::Method;
use serde_json::json;

use crate::support::{Reply, World, send};

fn assert_headers(reply: &Reply) {
    for name in ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"] {
        assert!(reply.header(name).parse::<u32>().is_ok(), "{name}: {:?}", reply.headers);
    }
    assert!(!reply.header("x-ratelimit-tier").is_empty());
    assert_eq!(reply.header("x-request-id").len(), 36);
}

#[tokio::test]
async fn every_response_has_rate_headers() -> Result<()> {
    let mut world = World::new().await?;
    assert_headers(&world.get("/users/me", &[]).await?);
    assert_headers(&world.get("/nowhere", &[]).await?);
    assert_headers(&world.get("/event_types", &[]).await?);
    assert_headers(&world.form("/oauth/token", None, &[]).await?);
    assert_headers(&send(world.builder(Method::GET, "/oauth/authorize")).await?);
    world.token.clear();
    assert_headers(&world.get("/users/me", &[]).await?);
    Ok(())
}

#[tokio::test]
async fn requests_are_counted_down_to_429() -> Result<()> {
    let world = World::with(|options| options.requests_per_minute = Some(3)).await?;
    for left in ["2", "1", "0"] {
        let reply = world.get("/users/me", &[]).await?;
        assert_eq!((reply.status, reply.header("x-ratelimit-remaining")), (200, left));
        assert_eq!(reply.header("x-ratelimit-limit"), "3");
    }
    world.clock.advance(Duration::from_millis(20_500));
    let refused = world.get("/users/me", &[]).await?;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.header("x-ratelimit-remaining"), "0");
    assert_eq!(refused.header("x-ratelimit-reset"), "40", "seconds, rounded up");
    assert_eq!(refused.header("content-type"), "application/json; charset=utf-8");
    world.clock.advance(Duration::from_millis(39_500));
    assert_eq!(world.get("/users/me", &[]).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn users_are_counted_apart() -> Result<()> {
    let mut world = World::with(|options| options.requests_per_minute = Some(1)).await?;
    assert_eq!(world.get("/users/me", &[]).await?.status, 200);
    assert_eq!(world.get("/users/me", &[]).await?.status, 429);
    world.become_colleague();
    let reply = world.get("/users/me", &[]).await?;
    assert_eq!(reply.status, 200);
    let key = reply.header("x-ratelimit-key").to_owned();
    assert!(world.colleague().ends_with(key.rsplit(':').next().unwrap_or("none")), "{key}");
    Ok(())
}

#[tokio::test]
async fn without_a_limit_nothing_is_counted() -> Result<()> {
    let world = World::with(|options| options.requests_per_minute = Some(0)).await?;
    for _ in 0..20 {
        let reply = world.post("/invitees", &json!({})).await?;
        assert_eq!((reply.status, reply.header("x-ratelimit-remaining")), (400, "500"));
    }
    Ok(())
}

#[tokio::test]
async fn bookings_have_limits_of_their_own() -> Result<()> {
    let world = World::with(|options| options.plan = Plan::Teams).await?;
    for minute in 0..5 {
        for _ in 0..10 {
            assert_eq!(world.post("/invitees", &json!({})).await?.status, 400);
        }
        let refused = world.post("/invitees", &json!({})).await?;
        assert_eq!((refused.status, refused.header("x-ratelimit-limit")), (429, "10"), "{minute}");
        assert_eq!(world.get("/users/me", &[]).await?.status, 200, "the rest goes on");
        world.clock.advance(Duration::from_secs(60));
    }
    let refused = world.post("/invitees", &json!({})).await?;
    assert_eq!((refused.status, refused.header("x-ratelimit-limit")), (429, "50"));
    assert_eq!(refused.header("x-ratelimit-reset"), "3300");
    assert!(!world.simulator.free_start_time(Person::Owner).is_empty());
    Ok(())
}
