//! Connecting, which leaves the console and comes back to it.

use host_harness::simulator::{Decision, decide};

use crate::world::{Browser, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_browser_that_began_comes_back() {
    let world = World::new().await;
    world.connection(1, "Marketing").await;
    let served = world.serve().await;
    let mut owner = Browser::opened(&served).await;
    let leave = owner.post("/connections/1/connect", &[]).await;
    assert_eq!(leave.status, 303);
    assert!(leave.location().starts_with(world.simulator.origin()));
    let callback = decide(leave.location(), Decision::Allow).await.unwrap();
    // Another browser that is led to the same address connects nothing, with or without a session.
    let mut stranger = Browser::new(&served);
    let page = stranger.get(&callback).await;
    assert_eq!(page.status, 400);
    assert!(page.body.contains("This browser did not begin what the answer is for."));
    let mut other = Browser::opened(&served).await;
    assert_eq!(other.get(&callback).await.location().split('?').next(), Some("/connections"));
    assert_eq!(world.host.connection(1).await.unwrap().state, "configured");
    let back = owner.get(&callback).await;
    assert_eq!(back.status, 303);
    let page = owner.get(back.location()).await;
    assert!(page.body.contains("Marketing is connected."), "{}", page.body);
    assert_eq!(world.host.connection(1).await.unwrap().state, "connected");
    // A notice is shown once.
    let again = owner.get(back.location()).await;
    assert!(!again.body.contains("Marketing is connected."));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copied_link_connects_one_connection_and_opens_nothing_else() {
    let world = World::new().await;
    world.connection(1, "Marketing").await;
    world.connection(2, "Sales").await;
    let served = world.serve().await;
    let mut owner = Browser::opened(&served).await;
    let list = owner.get("/connections").await.body;
    let links: Vec<_> = list
        .split("data-copy=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(str::to_owned)
        .collect();
    assert_eq!(links.len(), 2);
    let mut guest = Browser::new(&served);
    let page = guest.get(&links[0]).await;
    assert!(page.body.contains("Connect Marketing") && page.body.contains("Continue to Calendly"));
    assert!(!page.body.contains("csrf"), "the console's token is not for guests");
    // A link is of its connection alone.
    assert_eq!(guest.get(&links[0].replace("/connect/1/", "/connect/2/")).await.status, 404);
    assert_eq!(guest.get("/connect/1/00000000000000000000000000000000").await.status, 404);
    assert_eq!(guest.get("/connections").await.status, 401);
    let leave = guest.post(&links[0], &[]).await;
    let callback = decide(leave.location(), Decision::Allow).await.unwrap();
    let page = guest.get(&callback).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("Marketing is connected"));
    assert_eq!(guest.get("/connections").await.status, 401);
    assert!(guest.get(&links[0]).await.body.contains("It is connected already."));
    // The link goes with its connection, also when another one gets its number.
    world.host.remove_connection(1).await.unwrap();
    world.connection(1, "Another").await;
    assert_eq!(guest.get(&links[0]).await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_goes_wrong_on_the_way_is_said_where_it_happened() {
    let world = World::new().await;
    world.connection(1, "Marketing").await;
    let served = world.serve().await;
    let mut owner = Browser::opened(&served).await;
    let leave = owner.post("/connections/1/connect", &[]).await;
    let callback = decide(leave.location(), Decision::Deny).await.unwrap();
    let back = owner.get(&callback).await.location().to_owned();
    assert!(back.starts_with("/connections/1?"), "{back}");
    let page = owner.get(&back).await.body;
    assert!(page.contains("role=\"alert\"") && page.contains("authorization-denied"), "{page}");
    assert_eq!(world.host.connection(1).await.unwrap().state, "error");

    let wrong =
        [("clientId", host_harness::simulator::Simulator::CLIENT_ID), ("clientSecret", "x")];
    let page = owner.post("/connections/1/credentials", &wrong).await;
    assert_eq!(page.status, 303);
    let leave = owner.post("/connections/1/connect", &[]).await;
    let callback = decide(leave.location(), Decision::Allow).await.unwrap();
    let back = owner.get(&callback).await.location().to_owned();
    let page = owner.get(&back).await.body;
    assert!(page.contains("invalid-client") && page.contains("Update credentials"), "{page}");
}
