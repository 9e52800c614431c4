//! Webhooks that are not taken: tried again for a day, then no more.

use std::time::Duration;

use anyhow::{Context, Result};
use host_harness::simulator::{DeliveryState, Person, Simulator};
use serde_json::{Value, json};

use crate::receiver::Receiver;
use crate::support::{ALL, World, text};
use crate::webhook_deliveries::{MINUTE, NOW_SECONDS, add_contact, get, listening, states, user};

/// The state of a subscription, and since when deliveries to it are tried again.
async fn health(world: &World, subscription: &str) -> Result<(String, Value)> {
    let subscription = get(world, subscription).await?;
    let since = subscription["retry_started_at"].clone();
    Ok((text(&subscription, "state")?.to_owned(), since))
}

#[tokio::test]
async fn a_failed_delivery_is_tried_again_later_and_signed_anew() -> Result<()> {
    let (world, receiver) = (World::new().await?, Receiver::new().await?);
    let of_owner = user(&world.owner());
    let hook = receiver.subscribe(&world, "/hook", &["contact.created"], &of_owner).await?;
    add_contact(&world, "Grace").await?;
    assert_eq!(health(&world, &hook).await?, ("active".to_owned(), Value::Null));
    assert_eq!(world.simulator.next_delivery_in(), Some(Duration::ZERO));
    receiver.answer_next(&[500, 302, 404]);
    let started = json!("2026-11-24T10:00:00.000000Z");
    let mut after = 0;
    for (status, pause) in [(500, 1), (302, 2), (404, 4)] {
        let done = world.simulator.deliver_due().await;
        assert_eq!(
            done.first().map(|one| (one.state, one.status)),
            Some((DeliveryState::Waiting, Some(status)))
        );
        let received = receiver.take();
        assert_eq!(received.len(), 1, "a redirect must not be followed");
        let signed_at = received[0].signed_at(Simulator::WEBHOOK_SIGNING_KEY)?;
        assert_eq!(signed_at, NOW_SECONDS + 60 * after);
        assert_eq!(health(&world, &hook).await?, ("active".to_owned(), started.clone()));
        let next = MINUTE * pause;
        assert_eq!(world.simulator.next_delivery_in(), Some(next));
        world.clock.advance(next - Duration::from_millis(1));
        assert!(world.simulator.deliver_due().await.is_empty());
        world.clock.advance(Duration::from_millis(1));
        after += u64::from(pause);
    }
    // The body stays what it was.
    let done = world.simulator.deliver_due().await;
    let sent: Vec<_> = done.iter().map(|one| (one.state, one.tries, one.status)).collect();
    assert_eq!(sent, [(DeliveryState::Delivered, 4, Some(204))]);
    let received = receiver.take();
    assert_eq!(received[0].body["created_at"], "2026-11-24T10:00:00.000000Z");
    assert_eq!(received[0].signed_at(Simulator::WEBHOOK_SIGNING_KEY)?, NOW_SECONDS + 7 * 60);
    assert_eq!(health(&world, &hook).await?, ("active".to_owned(), Value::Null));
    assert_eq!(world.simulator.next_delivery_in(), None);
    Ok(())
}

#[tokio::test]
async fn one_that_fails_does_not_keep_others_back() -> Result<()> {
    let (world, receiver) = listening().await?;
    add_contact(&world, "Grace").await?;
    add_contact(&world, "Edith").await?;
    receiver.answer_next(&[503]);
    let done = world.simulator.deliver_due().await;
    assert_eq!(states(&done), [DeliveryState::Waiting, DeliveryState::Delivered]);
    let names: Vec<_> =
        receiver.take().iter().map(|one| one.payload()["contact"]["name"].clone()).collect();
    assert_eq!(names, ["Grace", "Edith"]);
    world.clock.advance(MINUTE);
    assert_eq!(states(&world.simulator.deliver_due().await), [DeliveryState::Delivered]);
    assert_eq!(receiver.take()[0].payload()["contact"]["name"], "Grace");
    Ok(())
}

/// Delivers for as long as something waits, at the moment when it is due.
async fn exhaust(world: &World) -> Duration {
    let mut passed = Duration::ZERO;
    while let Some(pause) = world.simulator.next_delivery_in() {
        world.clock.advance(pause);
        passed += pause;
        world.simulator.deliver_due().await;
    }
    passed
}

#[tokio::test]
async fn a_subscription_is_disabled_after_a_day_without_a_delivery() -> Result<()> {
    let (mut world, receiver) = (World::new().await?, Receiver::new().await?);
    // No access token lives that long.
    world.token = world.simulator.issue_personal_access_token(Person::Owner, ALL);
    let of_owner = user(&world.owner());
    let hook = receiver.subscribe(&world, "/hook", &["contact.created"], &of_owner).await?;
    receiver.answer_always(500);
    add_contact(&world, "Grace").await?;
    world.simulator.deliver_due().await;
    // Half a day later something else happens; it does not get a day of its own.
    while world.clock_hours() < 12 {
        world.clock.advance(world.simulator.next_delivery_in().context("nothing waits")?);
        world.simulator.deliver_due().await;
    }
    add_contact(&world, "Edith").await?;
    exhaust(&world).await;
    assert_eq!(world.clock_hours(), 24);
    let all = world.simulator.deliveries();
    assert_eq!(states(&all), [DeliveryState::GivenUp, DeliveryState::Discarded]);
    assert_eq!(all[0].tries, 30);
    assert!(all[1].tries > 5);
    let (state, since) = health(&world, &hook).await?;
    assert_eq!((state.as_str(), since), ("disabled", json!("2026-11-24T10:00:00.000000Z")));

    // Even if the receiver is back: it has to be subscribed again.
    receiver.take();
    receiver.answer_always(204);
    add_contact(&world, "Lise").await?;
    assert!(world.simulator.deliver_due().await.is_empty());
    assert_eq!(world.delete(&hook).await?.status, 204);
    receiver.subscribe(&world, "/hook", &["contact.created"], &of_owner).await?;
    add_contact(&world, "Rosalind").await?;
    assert_eq!(states(&world.simulator.deliver_due().await), [DeliveryState::Delivered]);
    assert_eq!(receiver.take().len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_subscription_that_gets_something_is_not_disabled() -> Result<()> {
    let (mut world, receiver) = (World::new().await?, Receiver::new().await?);
    world.token = world.simulator.issue_personal_access_token(Person::Owner, ALL);
    let of_owner = user(&world.owner());
    let hook = receiver.subscribe(&world, "/hook", &["contact.created"], &of_owner).await?;
    receiver.answer_always(500);
    add_contact(&world, "Grace").await?;
    while world.clock_hours() < 20 {
        world.simulator.deliver_due().await;
        world.clock.advance(world.simulator.next_delivery_in().context("nothing waits")?);
    }
    world.clock.advance(MINUTE);
    world.simulator.deliver_due().await;
    receiver.answer_next(&[204]);
    add_contact(&world, "Edith").await?;
    assert_eq!(states(&world.simulator.deliver_due().await), [DeliveryState::Delivered]);
    assert_eq!(health(&world, &hook).await?, ("active".to_owned(), Value::Null));
    exhaust(&world).await;
    // The first has had its day, but the subscription goes on.
    assert_eq!(
        states(&world.simulator.deliveries()),
        [DeliveryState::GivenUp, DeliveryState::Delivered]
    );
    let (state, since) = health(&world, &hook).await?;
    assert_eq!(state, "active");
    assert!(since.is_string());
    Ok(())
}

#[tokio::test]
async fn nothing_more_goes_to_a_subscription_that_is_deleted() -> Result<()> {
    let (world, receiver) = (World::new().await?, Receiver::new().await?);
    let of_owner = user(&world.owner());
    let hook = receiver.subscribe(&world, "/hook", &["contact.created"], &of_owner).await?;
    add_contact(&world, "Grace").await?;
    assert_eq!(world.delete(&hook).await?.status, 204);
    assert!(world.simulator.deliver_due().await.is_empty());
    assert_eq!(states(&world.simulator.deliveries()), [DeliveryState::Discarded]);
    assert!(receiver.take().is_empty());
    world.simulator.clear_deliveries();
    assert!(world.simulator.deliveries().is_empty());
    Ok(())
}

#[tokio::test]
async fn nobody_answering_is_a_failure() -> Result<()> {
    let (world, receiver) = listening().await?;
    drop(receiver);
    add_contact(&world, "Grace").await?;
    // The abort of the server takes effect once the runtime has had a turn.
    tokio::task::yield_now().await;
    let done = world.simulator.deliver_due().await;
    assert_eq!(states(&done), [DeliveryState::Waiting]);
    assert_eq!((done[0].status, done[0].problem), (None, Some("no connection")));
    assert_eq!(done[0].next_try_at.as_deref(), Some("2026-11-24T10:01:00.000000Z"));
    Ok(())
}

#[tokio::test]
async fn a_receiver_that_is_silent_is_not_waited_for_forever() -> Result<()> {
    let world = World::new().await?;
    // The system accepts connections for it, and nobody reads from them.
    let silent = std::net::TcpListener::bind("127.0.0.1:0")?;
    let body = json!({
        "url": format!("http://{}/hook", silent.local_addr()?),
        "events": ["contact.created"],
        "organization": world.organization(),
        "scope": "organization",
    });
    assert_eq!(world.post("/webhook_subscriptions", &body).await?.status, 201);
    add_contact(&world, "Grace").await?;
    // From here on the runtime's clock leaps whenever there is nothing to do.
    tokio::time::pause();
    let started = tokio::time::Instant::now();
    let done = world.simulator.deliver_due().await;
    assert_eq!(done.first().and_then(|one| one.problem), Some("timed out"));
    assert!(started.elapsed() <= Duration::from_secs(16), "{:?}", started.elapsed());
    Ok(())
}
