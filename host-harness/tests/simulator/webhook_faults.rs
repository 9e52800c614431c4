//! Webhooks on demand: lost, repeated, turned round, in the background; and what is shown of them.

use anyhow::Result;
use host_harness::simulator::{DeliveryState, Simulator, WebhookFault, WebhookFaultKind};
use serde_json::json;

use crate::receiver::Receiver;
use crate::support::{World, text};
use crate::webhook_deliveries::{
    MINUTE, NOW_SECONDS, add_contact, events, listening, organization, states,
};

#[tokio::test]
async fn a_delivery_can_be_lost() -> Result<()> {
    let (world, receiver) = listening().await?;
    world.simulator.webhook_fault(WebhookFault::once(WebhookFaultKind::Lose).on("contact.updated"));
    let contact = add_contact(&world, "Grace").await?;
    let uri = text(&contact, "uri")?;
    for company in ["Navy", "Yale"] {
        assert_eq!(world.patch(uri, &json!({ "company": company })).await?.status, 200);
    }
    let done = world.simulator.deliver_due().await;
    let expected = [DeliveryState::Delivered, DeliveryState::Lost, DeliveryState::Delivered];
    assert_eq!(states(&done), expected);
    let received = receiver.take();
    assert_eq!(events(&received), ["contact.created", "contact.updated"]);
    assert_eq!(received[1].payload()["contact"]["company"], "Yale");
    assert_eq!(world.simulator.next_delivery_in(), None);
    Ok(())
}

#[tokio::test]
async fn a_delivery_can_come_twice() -> Result<()> {
    let (world, receiver) = listening().await?;
    world.simulator.webhook_fault(WebhookFault::once(WebhookFaultKind::Duplicate));
    world.simulator.webhook_fault(WebhookFault::once(WebhookFaultKind::LoseAnswer));
    add_contact(&world, "Grace").await?;
    let done = world.simulator.deliver_due().await;
    assert_eq!(done[0].tries, 2);
    assert_eq!(states(&done), [DeliveryState::Delivered]);
    let received = receiver.take();
    assert_eq!(received.len(), 2);
    assert_eq!(received[0].text, received[1].text);

    add_contact(&world, "Edith").await?;
    let done = world.simulator.deliver_due().await;
    assert_eq!((done[0].state, done[0].problem), (DeliveryState::Waiting, Some("answer lost")));
    world.clock.advance(MINUTE);
    assert_eq!(states(&world.simulator.deliver_due().await), [DeliveryState::Delivered]);
    let received = receiver.take();
    assert_eq!(received.len(), 2);
    assert_eq!(received[0].text, received[1].text);
    assert_ne!(received[0].signature, received[1].signature);
    Ok(())
}

#[tokio::test]
async fn deliveries_can_come_in_reverse() -> Result<()> {
    let (world, receiver) = listening().await?;
    world.simulator.webhook_fault(WebhookFault::once(WebhookFaultKind::Reverse));
    // It waits until there is something to reverse.
    let contact = add_contact(&world, "Grace").await?;
    world.simulator.deliver_due().await;
    assert_eq!(events(&receiver.take()), ["contact.created"]);
    let uri = text(&contact, "uri")?;
    for _ in 0..2 {
        assert_eq!(world.patch(uri, &json!({ "company": "Navy" })).await?.status, 200);
        add_contact(&world, &format!("Edith{}", world.simulator.deliveries().len())).await?;
        world.simulator.deliver_due().await;
    }
    assert_eq!(
        events(&receiver.take()),
        ["contact.created", "contact.updated", "contact.updated", "contact.created"]
    );
    Ok(())
}

#[tokio::test]
async fn faults_can_be_forgotten() -> Result<()> {
    let (world, receiver) = listening().await?;
    world.simulator.webhook_fault(WebhookFault::once(WebhookFaultKind::Lose).times(9));
    world.simulator.clear_webhook_faults();
    add_contact(&world, "Grace").await?;
    world.simulator.deliver_due().await;
    assert_eq!(receiver.take().len(), 1);
    Ok(())
}

#[tokio::test]
async fn in_the_background_nobody_has_to_ask() -> Result<()> {
    let receiver = Receiver::new().await?;
    let world = World::with(|options| options.deliver_webhooks_in_background = true).await?;
    receiver.subscribe(&world, "/hook", &["contact.created"], &organization()).await?;
    receiver.answer_next(&[500]);
    add_contact(&world, "Grace").await?;
    let first = receiver.next().await;
    // Awaiting the next try moves a virtual clock to it.
    let second = receiver.next().await;
    assert_eq!(first.text, second.text);
    assert_eq!(first.payload()["contact"]["name"], "Grace");
    let seconds = second.signed_at(Simulator::WEBHOOK_SIGNING_KEY)?;
    assert_eq!(seconds, NOW_SECONDS + 60);
    Ok(())
}

#[tokio::test]
async fn what_became_of_a_webhook_shows_neither_its_body_nor_its_path() -> Result<()> {
    let (world, receiver) = listening().await?;
    add_contact(&world, "Grace").await?;
    let [waiting] = &world.simulator.deliveries()[..] else {
        anyhow::bail!("not one delivery");
    };
    assert_eq!(waiting.url, format!("{}/hook", receiver.origin));
    assert!(waiting.body.contains("Grace"));
    let shown = format!("{waiting:?}");
    assert!(shown.contains("contact.created") && shown.contains(&receiver.origin), "{shown}");
    assert!(!shown.contains("/hook") && !shown.contains("Grace"), "{shown}");
    Ok(())
}

#[tokio::test]
async fn the_control_endpoints_deliver_too() -> Result<()> {
    let (world, receiver) = listening().await?;
    let fault = json!({ "event": "contact.created", "kind": "duplicate" });
    assert_eq!(world.post("/_simulator/webhooks/faults", &fault).await?.status, 204);
    let faults = world.get("/_simulator/webhooks/faults", &[]).await?;
    assert_eq!(
        faults.body,
        json!([{ "event": "contact.created", "times": 1, "kind": "duplicate" }])
    );
    add_contact(&world, "Grace").await?;
    let done = world.request(reqwest::Method::POST, "/_simulator/webhooks/deliver", None).await?;
    assert_eq!(done.body[0]["state"], "delivered");
    assert_eq!(receiver.take().len(), 2);
    let all = world.get("/_simulator/webhooks/deliveries", &[]).await?;
    assert_eq!(all.body, done.body);
    assert!(!all.text.contains("Grace"));
    assert_eq!(world.delete("/_simulator/webhooks/deliveries").await?.status, 204);
    assert_eq!(world.get("/_simulator/webhooks/deliveries", &[]).await?.body, json!([]));

    assert_eq!(world.post("/_simulator/webhooks/faults", &fault).await?.status, 204);
    assert_eq!(world.delete("/_simulator/webhooks/faults").await?.status, 204);
    add_contact(&world, "Edith").await?;
    assert_eq!(world.simulator.deliver_due().await.len(), 1);
    assert_eq!(receiver.take().len(), 1);
    Ok(())
}
