//! Authorization: the consent page and its redirects.

use anyhow::{Context, Result};
use host_harness::simulator::{Decision, Simulator, decide};
use reqwest::Method;
use url::Url;

use crate::support::{World, send};

pub(crate) const CALLBACK: &str = "http://localhost:8099/oauth/callback?tenant=7";

/// An authorize URL with some parameters replaced; an empty one is left out.
pub(crate) fn authorize_url(world: &World, changes: &[(&str, &str)]) -> Result<String> {
    let mut parameters = vec![
        ("response_type", "code"),
        ("client_id", Simulator::CLIENT_ID),
        ("redirect_uri", CALLBACK),
        ("scope", "users:read contacts:write"),
        ("state", "a state & more"),
    ];
    for (name, value) in changes {
        parameters.retain(|(known, _)| known != name);
        parameters.push((name, value));
    }
    let mut url = Url::parse(&world.simulator.map("https://auth.calendly.com/oauth/authorize"))?;
    url.query_pairs_mut().extend_pairs(parameters.iter().filter(|(_, value)| !value.is_empty()));
    Ok(url.into())
}

/// A parameter of the address that the browser is sent to.
pub(crate) fn parameter(callback: &str, name: &str) -> Result<String> {
    let url = Url::parse(callback)?;
    let found = url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into());
    found.with_context(|| format!("no {name} in {callback}"))
}

#[tokio::test]
async fn whoever_allows_returns_with_a_code_and_the_state() -> Result<()> {
    let world = World::new().await?;
    let callback = decide(&authorize_url(&world, &[])?, Decision::Allow).await?;
    assert!(callback.starts_with("http://localhost:8099/oauth/callback?tenant=7&"), "{callback}");
    assert_eq!(parameter(&callback, "state")?, "a state & more");
    assert_eq!(parameter(&callback, "code")?.len(), 64);
    Ok(())
}

#[tokio::test]
async fn whoever_denies_returns_with_access_denied() -> Result<()> {
    let world = World::new().await?;
    let callback = decide(&authorize_url(&world, &[])?, Decision::Deny).await?;
    assert_eq!(parameter(&callback, "error")?, "access_denied");
    assert!(parameter(&callback, "error_description")?.contains("denied"));
    assert_eq!(parameter(&callback, "state")?, "a state & more");
    assert!(parameter(&callback, "code").is_err());
    Ok(())
}

#[tokio::test]
async fn the_page_says_who_asks_for_what() -> Result<()> {
    let world = World::new().await?;
    let page = send(world.builder(Method::GET, &authorize_url(&world, &[])?)).await?;
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    for words in ["Simulator Test App", "Add, change and delete your contacts", "contacts:write"] {
        assert!(page.text.contains(words), "{words}");
    }
    assert_eq!(page.text.matches("type=\"checkbox\"").count(), 2);
    assert!(!page.text.contains("a state &amp; more"), "the state stays with the simulator");
    Ok(())
}

#[tokio::test]
async fn an_unknown_client_or_redirect_uri_gets_a_page_and_no_redirect() -> Result<()> {
    let world = World::new().await?;
    for change in [
        ("client_id", "somebody"),
        ("client_id", ""),
        ("redirect_uri", "http://evil.example/"),
        ("redirect_uri", "javascript:alert(1)"),
        ("redirect_uri", ""),
    ] {
        let page = send(world.builder(Method::GET, &authorize_url(&world, &[change])?)).await?;
        assert_eq!(page.status, 400, "{change:?}");
        assert_eq!(page.header("location"), "");
        assert!(page.text.contains("role=\"alert\""), "{}", page.text);
    }
    assert!(decide(&authorize_url(&world, &[("client_id", "x")])?, Decision::Allow).await.is_err());
    Ok(())
}

#[tokio::test]
async fn a_list_of_redirect_uris_is_matched_exactly() -> Result<()> {
    let world = World::with(|options| {
        options.redirect_uris = Some(vec!["https://app.example/callback".to_owned()]);
    })
    .await?;
    let exact = authorize_url(&world, &[("redirect_uri", "https://app.example/callback")])?;
    assert!(decide(&exact, Decision::Allow).await.is_ok());
    assert!(decide(&authorize_url(&world, &[])?, Decision::Allow).await.is_err());
    Ok(())
}

#[tokio::test]
async fn a_wrong_request_is_told_to_the_app() -> Result<()> {
    let world = World::new().await?;
    let digest = "A".repeat(43);
    for (changes, error) in [
        (&[("response_type", "")][..], "invalid_request"),
        (&[("response_type", "token")], "unsupported_response_type"),
        (&[("scope", "users:read invitees:read")], "invalid_scope"),
        (&[("code_challenge", "short"), ("code_challenge_method", "S256")], "invalid_request"),
        (&[("code_challenge", &digest), ("code_challenge_method", "plain")], "invalid_request"),
        (&[("code_challenge", &digest)], "invalid_request"),
        (&[("code_challenge_method", "S256")], "invalid_request"),
    ] {
        let callback = decide(&authorize_url(&world, changes)?, Decision::Allow).await?;
        assert_eq!(parameter(&callback, "error")?, error, "{changes:?}");
        assert_eq!(parameter(&callback, "state")?, "a state & more");
    }
    Ok(())
}

#[tokio::test]
async fn a_consent_form_can_be_sent_once() -> Result<()> {
    let world = World::new().await?;
    let page = send(world.builder(Method::GET, &authorize_url(&world, &[])?)).await?;
    let id = page.text.split("name=\"request\" value=\"").nth(1).context("no request id")?;
    let id = id.split('"').next().context("no request id")?;
    let fields = [("request", id), ("decision", "allow")];
    assert_eq!(world.form("/oauth/authorize", None, &fields).await?.status, 302);
    assert_eq!(world.form("/oauth/authorize", None, &fields).await?.status, 400);
    Ok(())
}
