//! Misbehaviour, as a client sees it.

use std::time::Duration;

use anyhow::Result;
use host_harness::clock::Clock;
use host_harness::simulator::{Fault, FaultKind, Resource};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{NOW_MS, World, send};

/// What comes over the wire until the connection closes.
async fn raw(world: &World, method: &str, path: &str, body: &str) -> Result<Vec<u8>> {
    let address = world.simulator.origin().trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&address).await?;
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        world.token,
        body.len(),
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    // A reset connection is as closed as any.
    let _ = stream.read_to_end(&mut answer).await;
    Ok(answer)
}

fn ada() -> Value {
    json!({ "name": "Ada Lovelace", "emails": [{ "email": "ada@home.example" }] })
}

#[tokio::test]
async fn a_status_comes_as_often_as_it_was_ordered() -> Result<()> {
    let world = World::new().await?;
    world.simulator.inject(Fault::status(503).on("GET", "/users").times(2));
    assert_eq!(world.get("/contacts", &[]).await?.status, 200);
    assert_eq!(world.get("/users/me", &[]).await?.status, 503);
    assert_eq!(world.get("/users/me", &[]).await?.status, 503);
    assert_eq!(world.get("/users/me", &[]).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_status_has_the_usual_or_a_given_body_and_headers() -> Result<()> {
    let world = World::new().await?;
    world.simulator.inject(Fault::status(429));
    world.simulator.inject(Fault::status(500));
    let headers = [("retry-after", "7"), ("x-ratelimit-reset", "3")];
    world.simulator.inject(Fault::once(FaultKind::Status {
        code: 502,
        body: Some("<html>Bad gateway</html>".to_owned()),
        headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
    }));
    let too_many = world.get("/users/me", &[]).await?;
    assert_eq!((too_many.status, too_many.header("x-ratelimit-remaining")), (429, "0"));
    assert_eq!(world.get("/users/me", &[]).await?.body["title"], "Internal Server Error");
    let given = world.get("/users/me", &[]).await?;
    assert_eq!((given.status, given.text.as_str()), (502, "<html>Bad gateway</html>"));
    assert_eq!((given.header("retry-after"), given.header("x-ratelimit-reset")), ("7", "3"));
    Ok(())
}

#[tokio::test]
async fn a_delay_passes_on_the_clock() -> Result<()> {
    let world = World::new().await?;
    world.simulator.inject(Fault::once(FaultKind::Delay { ms: 25_000 }));
    assert_eq!(world.get("/users/me", &[]).await?.status, 200);
    assert_eq!(world.clock.now_ms(), NOW_MS + 25_000);
    Ok(())
}

#[tokio::test]
async fn dropping_before_handling_closes_the_socket_and_does_nothing() -> Result<()> {
    let world = World::new().await?;
    world.simulator.inject(Fault::once(FaultKind::DropBeforeHandling));
    let answer = raw(&world, "POST", "/contacts", &ada().to_string()).await?;
    assert!(answer.is_empty(), "{}", String::from_utf8_lossy(&answer));
    assert_eq!(world.simulator.count(Resource::Contacts), 240);
    assert_eq!(world.simulator.requests()[0].status, None);
    world.simulator.inject(Fault::once(FaultKind::DropBeforeHandling));
    assert!(world.post("/contacts", &ada()).await.is_err());
    assert_eq!(world.post("/contacts", &ada()).await?.status, 201);
    Ok(())
}

#[tokio::test]
async fn dropping_after_handling_closes_the_socket_and_has_done_it() -> Result<()> {
    let world = World::new().await?;
    world.simulator.inject(Fault::once(FaultKind::DropAfterHandling));
    let answer = raw(&world, "POST", "/contacts", &ada().to_string()).await?;
    assert!(answer.is_empty(), "{}", String::from_utf8_lossy(&answer));
    assert_eq!(world.simulator.count(Resource::Contacts), 241);
    assert_eq!(world.post("/contacts", &ada()).await?.status, 409);
    Ok(())
}

#[tokio::test]
async fn a_truncated_body_ends_halfway() -> Result<()> {
    let world = World::new().await?;
    let whole = world.get("/contacts?count=100", &[]).await?.text;
    world.simulator.inject(Fault::once(FaultKind::TruncatedBody));
    let answer =
        String::from_utf8_lossy(&raw(&world, "GET", "/contacts?count=100", "").await?).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
    assert!(head.contains(&format!("content-length: {}", whole.len())), "{head}");
    assert!(!body.is_empty() && body.len() < whole.len(), "{}", body.len());
    assert!(whole.starts_with(body.trim_end_matches('\u{fffd}')));
    world.simulator.inject(Fault::once(FaultKind::TruncatedBody));
    assert!(world.get("/contacts", &[]).await.is_err());
    assert_eq!(world.get("/contacts?count=100", &[]).await?.text, whole);
    Ok(())
}

#[tokio::test]
async fn content_can_be_mislabelled_or_not_be_text() -> Result<()> {
    let world = World::new().await?;
    world.simulator.inject(Fault::once(FaultKind::WrongContentType));
    let reply = world.get("/users/me", &[]).await?;
    assert_eq!(reply.header("content-type"), "text/html; charset=utf-8");
    assert!(reply.body.is_object());
    world.simulator.inject(Fault::once(FaultKind::InvalidUtf8));
    let request = world.builder(Method::GET, "/users/me").bearer_auth(&world.token);
    let bytes = request.send().await?.bytes().await?;
    assert!(String::from_utf8(bytes.to_vec()).is_err());
    Ok(())
}

#[tokio::test]
async fn requests_are_recorded_without_their_secrets() -> Result<()> {
    let world = World::new().await?;
    world.get("/contacts", &[("count", "1")]).await?;
    world.post("/contacts", &ada()).await?;
    let requests = world.simulator.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!((requests[0].path.as_str(), requests[0].query.as_str()), ("/contacts", "count=1"));
    assert_eq!(requests[1].body, ada().to_string());
    assert_eq!(requests[1].status, Some(201));
    assert_eq!(requests[1].header("Authorization"), Some("Bearer"));
    let shown = format!("{requests:?}{:?}", world.simulator);
    assert!(!shown.contains(&world.token) && !shown.contains("ada@home.example"), "{shown}");
    world.simulator.clear_requests();
    assert!(world.simulator.requests().is_empty());
    Ok(())
}

#[tokio::test]
async fn everything_can_be_ordered_over_http() -> Result<()> {
    let world = World::new().await?;
    let fault = json!({ "method": "GET", "path": "/users", "kind": "status", "code": 504 });
    assert_eq!(world.post("/_simulator/faults", &fault).await?.status, 204);
    let faults = world.get("/_simulator/faults", &[]).await?;
    assert_eq!(faults.body[0]["code"], 504);
    assert_eq!(world.get("/users/me", &[]).await?.status, 504);
    let wrong = json!({ "kind": "earthquake" });
    assert_eq!(world.post("/_simulator/faults", &wrong).await?.status, 422);

    let requests = world.get("/_simulator/requests", &[]).await?;
    assert_eq!(requests.body.as_array().map(Vec::len), Some(1));
    assert!(requests.body[0].get("body").is_none());
    let counts = world.get("/_simulator/counts", &[]).await?;
    assert_eq!(counts.body["contacts"], 240);
    for path in ["/_simulator/access-tokens/expire", "/_simulator/grants/revoke"] {
        assert_eq!(send(world.builder(Method::POST, path)).await?.status, 204);
    }
    assert_eq!(world.get("/users/me", &[]).await?.status, 401);
    Ok(())
}

#[tokio::test]
async fn a_dropped_simulator_listens_no_more() -> Result<()> {
    let world = World::new().await?;
    let address = world.simulator.origin().trim_start_matches("http://").to_owned();
    drop(world);
    let refused = async { while TcpStream::connect(&address).await.is_ok() {} };
    tokio::time::timeout(Duration::from_secs(10), refused).await?;
    Ok(())
}
