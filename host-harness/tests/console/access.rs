//! Who may use the console.

use crate::world::{Browser, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_printed_link_opens_the_console() {
    let world = World::new().await;
    let served = world.serve().await;
    let mut stranger = Browser::new(&served);
    for path in ["/connections", "/connections/1", "/events", "/guide", "/live", "/no/such/page"] {
        let page = stranger.get(path).await;
        assert_eq!(page.status, 401, "{path}");
        assert!(page.body.contains("Open the console from its link"), "{path}");
    }
    let page = stranger.get("/start?token=0000").await;
    assert_eq!(page.status, 401);
    assert!(stranger.cookies.is_empty());
    let mut owner = Browser::opened(&served).await;
    assert_eq!(owner.get("/connections").await.status, 200);
    // A console that is started anew has another link and other sessions.
    let again = world.serve().await;
    let mut elsewhere = Browser::new(&again);
    elsewhere.cookies = owner.cookies.clone();
    assert_eq!(elsewhere.get("/connections").await.status, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_names_and_other_sites_are_refused() {
    let world = World::new().await;
    world.connection(1, "Marketing").await;
    let served = world.serve().await;
    let mut owner = Browser::opened(&served).await;
    for host in ["evil.example", "evil.example:80", "localhost:1"] {
        let page = owner.get_as(host, "/connections").await;
        assert_eq!(page.status, 421, "{host}");
        assert!(!page.body.contains("Marketing"), "{host}");
    }
    let remove = "/connections/1/remove";
    for origin in ["http://evil.example", "null", "https://localhost"] {
        let page = owner.post_as(remove, origin, "anything", &[]).await;
        assert_eq!(page.status, 403, "{origin}");
    }
    let origin = served.origin.clone();
    let page = owner.post_as(remove, &origin, "not the token", &[]).await;
    assert_eq!(page.status, 403);
    assert!(page.body.contains("This form is out of date"));
    assert!(world.host.connection(1).await.is_ok());
    let page = owner.post(remove, &[]).await;
    assert_eq!(page.status, 303);
    assert!(world.host.connection(1).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_may_load_nothing_from_elsewhere() {
    let world = World::new().await;
    let served = world.serve().await;
    let mut owner = Browser::opened(&served).await;
    let page = owner.get("/connections").await;
    let header = |name: &str| page.headers[name].to_str().unwrap().to_owned();
    let policy = header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'self'; script-src 'self'"));
    assert!(policy.contains(&format!("form-action 'self' {};", world.simulator.origin())));
    assert!(policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"));
    assert_eq!(header("cache-control"), "no-store");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("referrer-policy"), "same-origin");
    assert!(!page.body.contains("style=\"") && !page.body.contains("<script>"));
    // What is entered is shown as text.
    let page = owner.get("/connections?search=%22%3E%3Cscript%3E").await;
    assert!(!page.body.contains("<script>"), "{}", page.body);
    let start = owner.get(&served.link).await;
    let cookie = start.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_that_is_too_large_is_refused() {
    let world = World::new().await;
    let served = world.serve().await;
    let mut owner = Browser::opened(&served).await;
    let long = "x".repeat(1 << 20);
    let page = owner.post("/connections/new", &[("name", &long)]).await;
    assert_eq!(page.status, 413);
    assert!(page.body.contains("A form holds 1 MB at most."));
}
