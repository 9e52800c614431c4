//! The way out leads to the allowed origins and nowhere else, and says what became of a request.

#![allow(clippy::unwrap_used, clippy::panic, reason = "how a test fails")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use host_harness::bindings::sovrium::connector::http::{
    Header, Method, Request, Response, TransportError,
};
use host_harness::error::{ErrorCode, HostError};
use host_harness::http::{HttpClient, HttpOptions};
use host_harness::origin::OriginMap;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const API: &str = "https://api.calendly.com";

/// A server that counts its connections, reads one request's head and then does as it is told.
struct Server {
    origin: String,
    connections: Arc<AtomicUsize>,
    heads: Arc<std::sync::Mutex<Vec<String>>>,
}

impl Server {
    async fn start<F>(answer: impl Fn(TcpStream, String) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let connections = Arc::new(AtomicUsize::new(0));
        let heads = Arc::new(std::sync::Mutex::new(Vec::new()));
        let (counted, kept) = (Arc::clone(&connections), Arc::clone(&heads));
        let answer = Arc::new(answer);
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                counted.fetch_add(1, Ordering::SeqCst);
                let (answer, kept) = (Arc::clone(&answer), Arc::clone(&kept));
                tokio::spawn(async move {
                    let head = read_head(&mut stream).await;
                    kept.lock().unwrap().push(head.clone());
                    answer(stream, head).await;
                });
            }
        });
        Self { origin, connections, heads }
    }

    async fn answering(answer: &'static str) -> Self {
        Self::start(move |mut stream, _| async move {
            stream.write_all(answer.as_bytes()).await.unwrap();
        })
        .await
    }

    fn client(&self) -> HttpClient {
        client(&self.origin, 1024)
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).await.unwrap() == 1 {
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

fn client(mapped_to: &str, body_cap: u64) -> HttpClient {
    let mut options = HttpOptions::new([API.parse().unwrap()].into());
    options.origin_map = OriginMap::parse([format!("{API}={mapped_to}")]).unwrap();
    options.body_cap = body_cap;
    HttpClient::new(options).unwrap()
}

fn get(path: &str) -> Request {
    Request {
        method: Method::Get,
        url: format!("{API}{path}"),
        headers: Vec::new(),
        body: None,
        timeout_ms: 5_000,
    }
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    &response.headers.iter().find(|header| header.name == name).unwrap().value
}

#[tokio::test]
async fn a_request_goes_to_the_mapped_origin_and_its_answer_comes_back() {
    let server = Server::answering(
        "HTTP/1.1 404 Not Found\r\nX-RateLimit-Reset: 7\r\nContent-Length: 4\r\n\r\nnone",
    )
    .await;
    let mut request = get("/users/me?count=1");
    request.headers.push(Header { name: "authorization".into(), value: "Bearer t".into() });
    let response = server.client().send(request).await.unwrap();
    assert_eq!((response.status, response.body.as_slice()), (404, &b"none"[..]));
    assert_eq!(header(&response, "x-ratelimit-reset"), "7");
    let head = server.heads.lock().unwrap()[0].clone();
    assert!(head.starts_with("GET /users/me?count=1 HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("authorization: Bearer t\r\n"), "{head}");
    assert!(head.contains("user-agent: sovrium-host/"), "{head}");
}

#[tokio::test]
async fn other_origins_are_denied_and_nothing_is_sent() {
    let server = Server::answering("HTTP/1.1 200 OK\r\n\r\n").await;
    let client = server.client();
    for url in [
        "http://api.calendly.com/",
        "https://api.calendly.com:8443/",
        "https://api.calendly.com.example/",
        "https://user@api.calendly.com/",
        "https://api.calendly.com@evil.example/",
        "https://auth.calendly.com/",
        "https://127.0.0.1/",
        &format!("{}/", server.origin),
        "file:///etc/passwd",
        "/users/me",
    ] {
        let result = client.send(Request { url: url.to_owned(), ..get("") }).await;
        assert!(matches!(result, Err(TransportError::Denied(_))), "{url}: {result:?}");
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_mapping_of_an_origin_that_no_request_names_is_refused() {
    let mut options = HttpOptions::new([API.parse().unwrap()].into());
    options.origin_map =
        OriginMap::parse(["https://api.calendy.com=http://127.0.0.1:8977"]).unwrap();
    let refusal = HostError::from(HttpClient::new(options).unwrap_err());
    assert_eq!(refusal.code, ErrorCode::InvalidInput);
    for origin in ["https://api.calendy.com", API] {
        assert!(refusal.message.contains(origin), "{}", refusal.message);
    }
}

#[tokio::test]
async fn the_fields_that_carry_a_message_are_the_hosts() {
    let server = Server::answering("HTTP/1.1 200 OK\r\n\r\n").await;
    for (name, value) in
        [("Host", "evil.example"), ("transfer-encoding", "chunked"), ("x", "a\r\nb: c"), ("", "")]
    {
        let mut request = get("/");
        request.headers.push(Header { name: name.into(), value: value.into() });
        let result = server.client().send(request).await;
        assert!(matches!(result, Err(TransportError::Denied(_))), "{name}: {result:?}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let server = Server::answering(
        "HTTP/1.1 302 Found\r\nLocation: https://api.calendly.com/next\r\nContent-Length: 0\r\n\r\n",
    )
    .await;
    let response = server.client().send(get("/")).await.unwrap();
    assert_eq!(response.status, 302);
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn an_answer_over_the_cap_is_refused_whether_it_says_its_length_or_not() {
    let announced = Server::answering("HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n").await;
    let endless = Server::start(|mut stream, _| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").await;
        while stream.write_all(b"10\r\n0123456789abcdef\r\n").await.is_ok() {}
    })
    .await;
    for server in [announced, endless] {
        let result = server.client().send(get("/")).await;
        assert!(matches!(result, Err(TransportError::TooLarge(1024))), "{result:?}");
    }
}

#[tokio::test]
async fn a_refused_connection_means_that_nothing_was_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let result = client(&origin, 1024).send(get("/x?secret=1")).await;
    let Err(TransportError::NotSent(reason)) = result else { panic!("{result:?}") };
    assert!(!reason.contains("secret") && !reason.contains("http"), "{reason}");
}

#[tokio::test]
async fn a_connection_that_breaks_off_may_have_sent() {
    let before_the_head = Server::start(|stream, _| async move { drop(stream) }).await;
    let in_the_body = Server::answering("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf").await;
    for server in [before_the_head, in_the_body] {
        let result = server.client().send(get("/x?secret=1")).await;
        let Err(TransportError::Interrupted(reason)) = result else { panic!("{result:?}") };
        assert!(!reason.contains("secret"), "{reason}");
    }
}

#[tokio::test]
async fn a_slow_answer_times_out_in_the_head_and_in_the_body() {
    let no_head = Server::start(|stream, _| async move {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    let no_body = Server::start(|mut stream, _| async move {
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n").await.unwrap();
        std::future::pending::<()>().await;
    })
    .await;
    for server in [no_head, no_body] {
        let result = server.client().send(Request { timeout_ms: 100, ..get("/") }).await;
        assert!(matches!(result, Err(TransportError::TimedOut)), "{result:?}");
    }
}

#[tokio::test]
async fn a_batch_runs_concurrently_and_its_results_are_in_order() {
    let server = Server::start(|mut stream, head| async move {
        let number: u64 = head[5..6].parse().unwrap();
        tokio::time::sleep(Duration::from_millis(60 - 10 * number)).await;
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{number}");
        stream.write_all(answer.as_bytes()).await.unwrap();
    })
    .await;
    let began = Instant::now();
    let mut requests: Vec<_> = (0..5).map(|number| get(&format!("/{number}"))).collect();
    requests.insert(2, Request { url: "https://evil.example/".into(), ..get("") });
    let results = server.client().send_all(requests).await;
    assert!(began.elapsed() < Duration::from_millis(180), "{:?}", began.elapsed());
    assert!(matches!(results[2], Err(TransportError::Denied(_))));
    let bodies: Vec<_> =
        results.into_iter().flatten().map(|response| response.body[0] - b'0').collect();
    assert_eq!(bodies, [0, 1, 2, 3, 4]);
}

#[tokio::test]
async fn no_more_than_eight_requests_of_a_batch_run_at_a_time() {
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let peak = Arc::clone(&most);
    let server = Server::start(move |mut stream, _| {
        let (running, most) = (Arc::clone(&running), Arc::clone(&most));
        async move {
            most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(5)).await;
            running.fetch_sub(1, Ordering::SeqCst);
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
        }
    })
    .await;
    let results = server.client().send_all(vec![get("/"); 40]).await;
    assert!(results.iter().all(Result::is_ok));
    assert!((2..=8).contains(&peak.load(Ordering::SeqCst)), "{peak:?}");
    let too_many = server.client().send_all(vec![get("/"); 101]).await;
    assert!(too_many.iter().all(|result| matches!(result, Err(TransportError::Denied(_)))));
}
