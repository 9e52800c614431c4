//! Tokens: codes, pairs, their end, and who may use them.

use std::time::Duration;

use anyhow::Result;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use host_harness::simulator::{Decision, Person, Simulator, decide};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::oauth::{CALLBACK, authorize_url, parameter};
use crate::support::{Reply, World, text};

const BASIC: Option<(&str, &str)> = Some((Simulator::CLIENT_ID, Simulator::CLIENT_SECRET));
const VERIFIER: &str = "a-verifier-of-the-least-length-there-may-be";

async fn code(world: &World, changes: &[(&str, &str)], decision: Decision) -> Result<String> {
    let callback = decide(&authorize_url(world, changes)?, decision).await?;
    parameter(&callback, "code")
}

async fn redeem(world: &World, code: &str) -> Result<Reply> {
    let fields = [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", CALLBACK)];
    world.form("/oauth/token", BASIC, &fields).await
}

async fn refresh(world: &World, pair: &Value) -> Result<Reply> {
    let token = text(pair, "refresh_token")?;
    let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
    world.form("/oauth/token", BASIC, &fields).await
}

/// Whether an access token works.
async fn works(world: &mut World, pair: &Value) -> Result<bool> {
    text(pair, "access_token")?.clone_into(&mut world.token);
    Ok(world.get("/users/me", &[]).await?.status == 200)
}

#[track_caller]
fn assert_error(reply: &Reply, status: u16, error: &str) {
    assert_eq!((reply.status, &reply.body["error"]), (status, &error.into()), "{}", reply.text);
    assert!(reply.body["error_description"].is_string());
}

#[tokio::test]
async fn a_code_is_redeemed_for_a_pair_once() -> Result<()> {
    let mut world = World::new().await?;
    let code = code(&world, &[], Decision::Allow).await?;
    let reply = redeem(&world, &code).await?;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let pair = &reply.body;
    assert_eq!(pair["token_type"], "Bearer");
    assert_eq!(pair["scope"], "users:read contacts:write");
    assert_eq!(pair["expires_in"], 7_200);
    assert_eq!(pair["created_at"], crate::support::NOW_MS / 1_000);
    assert_eq!(pair["owner"], world.owner().as_str());
    assert_eq!(pair["organization"], world.organization().as_str());
    assert_eq!(text(pair, "refresh_token")?.len(), 64);
    assert_eq!(text(pair, "access_token")?.split('.').count(), 3);
    assert!(works(&mut world, pair).await?);
    assert_error(&redeem(&world, &code).await?, 400, "invalid_grant");
    Ok(())
}

#[tokio::test]
async fn a_code_lives_ten_minutes() -> Result<()> {
    let world = World::new().await?;
    let early = code(&world, &[], Decision::Allow).await?;
    let late = code(&world, &[], Decision::Allow).await?;
    world.clock.advance(Duration::from_secs(600));
    assert_eq!(redeem(&world, &early).await?.status, 200);
    world.clock.advance(Duration::from_secs(1));
    assert_error(&redeem(&world, &late).await?, 400, "invalid_grant");
    Ok(())
}

#[tokio::test]
async fn a_code_is_bound_to_its_challenge() -> Result<()> {
    let world = World::new().await?;
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    let pkce = [("code_challenge", challenge.as_str()), ("code_challenge_method", "S256")];
    let code = code(&world, &pkce, Decision::Allow).await?;
    let other = "b".repeat(43);
    for (verifier, status) in [(None, 400), (Some(other.as_str()), 400), (Some(VERIFIER), 200)] {
        let mut fields =
            vec![("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", CALLBACK)];
        fields.extend(verifier.map(|verifier| ("code_verifier", verifier)));
        let reply = world.form("/oauth/token", BASIC, &fields).await?;
        assert_eq!(reply.status, status, "{verifier:?}: {}", reply.text);
    }
    Ok(())
}

#[tokio::test]
async fn a_code_is_bound_to_its_client_and_redirect_uri() -> Result<()> {
    let world = World::new().await?;
    let code = code(&world, &[], Decision::Allow).await?;
    let other = Some((Simulator::EXAMPLE_CLIENT_ID, Simulator::EXAMPLE_CLIENT_SECRET));
    let wrong_secret = Some((Simulator::CLIENT_ID, "wrong"));
    for (basic, redirect_uri, status, error) in [
        (other, CALLBACK, 400, "invalid_grant"),
        (BASIC, "http://localhost:8099/oauth/callback", 400, "invalid_grant"),
        (wrong_secret, CALLBACK, 401, "invalid_client"),
        (None, CALLBACK, 401, "invalid_client"),
    ] {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", redirect_uri),
        ];
        assert_error(&world.form("/oauth/token", basic, &fields).await?, status, error);
    }
    assert_eq!(redeem(&world, &code).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn credentials_can_be_in_the_form_but_not_in_both_places() -> Result<()> {
    let world = World::new().await?;
    let code = code(&world, &[], Decision::Allow).await?;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", CALLBACK),
        ("client_id", Simulator::CLIENT_ID),
        ("client_secret", Simulator::CLIENT_SECRET),
    ];
    let both = world.form("/oauth/token", BASIC, &fields).await?;
    assert_error(&both, 400, "invalid_request");
    assert_eq!(world.form("/oauth/token", None, &fields).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_token_request_has_to_be_a_complete_form() -> Result<()> {
    let world = World::new().await?;
    let json = serde_json::json!({ "grant_type": "refresh_token", "refresh_token": "x" });
    assert_error(&world.post("/oauth/token", &json).await?, 400, "invalid_request");
    for (fields, error) in [
        (&[][..], "invalid_request"),
        (&[("grant_type", "authorization_code")], "invalid_request"),
        (&[("grant_type", "refresh_token")], "invalid_request"),
        (&[("grant_type", "password")], "unsupported_grant_type"),
        (&[("grant_type", "refresh_token"), ("grant_type", "refresh_token")], "invalid_request"),
        (&[("grant_type", "refresh_token"), ("refresh_token", "x")], "invalid_grant"),
    ] {
        assert_error(&world.form("/oauth/token", BASIC, fields).await?, 400, error);
    }
    Ok(())
}

#[tokio::test]
async fn a_refresh_token_is_spent_on_the_next_pair() -> Result<()> {
    let mut world = World::new().await?;
    let first = redeem(&world, &code(&world, &[], Decision::Allow).await?).await?.body;
    let second = refresh(&world, &first).await?.body;
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    assert_eq!(second["scope"], first["scope"]);
    assert!(works(&mut world, &second).await?);
    assert_error(&refresh(&world, &first).await?, 400, "invalid_grant");
    assert_eq!(refresh(&world, &second).await?.status, 200, "the successor is not harmed");
    Ok(())
}

#[tokio::test]
async fn within_the_grace_a_spent_refresh_token_gets_the_same_pair() -> Result<()> {
    let world = World::with(|options| options.refresh_grace = Duration::from_secs(10)).await?;
    let first = redeem(&world, &code(&world, &[], Decision::Allow).await?).await?.body;
    let second = refresh(&world, &first).await?.body;
    world.clock.advance(Duration::from_secs(10));
    assert_eq!(refresh(&world, &first).await?.body, second);
    world.clock.advance(Duration::from_secs(1));
    assert_error(&refresh(&world, &first).await?, 400, "invalid_grant");
    Ok(())
}

#[tokio::test]
async fn an_access_token_expires() -> Result<()> {
    let mut world = World::new().await?;
    let pair = redeem(&world, &code(&world, &[], Decision::Allow).await?).await?.body;
    world.clock.advance(Duration::from_secs(7_199));
    assert!(works(&mut world, &pair).await?);
    world.clock.advance(Duration::from_secs(1));
    assert!(!works(&mut world, &pair).await?);
    let reply = world.get("/users/me", &[]).await?;
    assert_eq!((reply.status, &reply.body["title"]), (401, &"Unauthenticated".into()));
    assert_eq!(reply.body["message"], "The access token is invalid");
    assert_eq!(refresh(&world, &pair).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_personal_access_token_has_no_end_and_belongs_to_no_app() -> Result<()> {
    let mut world = World::new().await?;
    let token = world.simulator.issue_personal_access_token(Person::Owner, &["users:read"]);
    let pair = json!({ "access_token": token, "refresh_token": "" });
    world.clock.advance(Duration::from_secs(10 * 365 * 24 * 60 * 60));
    world.simulator.expire_access_tokens();
    assert!(works(&mut world, &pair).await?);
    assert_eq!(world.get("/contacts", &[]).await?.status, 403);
    let revoke = [
        ("client_id", Simulator::CLIENT_ID),
        ("client_secret", Simulator::CLIENT_SECRET),
        ("token", &*token),
    ];
    world.form("/oauth/revoke", None, &revoke).await?;
    assert!(works(&mut world, &pair).await?, "an app has ended it");
    world.simulator.revoke_grants();
    assert!(!works(&mut world, &pair).await?);
    Ok(())
}

#[tokio::test]
async fn scopes_that_were_not_ticked_are_not_granted() -> Result<()> {
    let mut world = World::new().await?;
    let only = Decision::AllowOnly(vec!["users:read".to_owned(), "activity_log:read".to_owned()]);
    let pair = redeem(&world, &code(&world, &[], only).await?).await?.body;
    assert_eq!(pair["scope"], "users:read");
    assert!(works(&mut world, &pair).await?);
    let refused = world.get("/contacts", &[]).await?;
    assert_eq!(refused.status, 403);
    assert_eq!(
        refused.body,
        serde_json::json!({
            "title": "Insufficient scope",
            "message":
                "This operation requires the scopes listed in the 'required_scopes' array.",
            "required_scopes": ["contacts:read"],
        })
    );
    Ok(())
}

#[tokio::test]
async fn revoking_either_token_ends_the_grant() -> Result<()> {
    for which in ["access_token", "refresh_token"] {
        let mut world = World::new().await?;
        let pair = redeem(&world, &code(&world, &[], Decision::Allow).await?).await?.body;
        let fields = [
            ("client_id", Simulator::CLIENT_ID),
            ("client_secret", Simulator::CLIENT_SECRET),
            ("token", text(&pair, which)?),
        ];
        let reply = world.form("/oauth/revoke", None, &fields).await?;
        assert_eq!((reply.status, reply.text.as_str()), (200, ""));
        assert!(!works(&mut world, &pair).await?, "{which}");
        assert_error(&refresh(&world, &pair).await?, 400, "invalid_grant");
        let missing = world.form("/oauth/revoke", None, &fields[..2]).await?;
        assert_error(&missing, 400, "invalid_request");
        let wrong = [fields[0], ("client_secret", "wrong"), fields[2]];
        assert_error(&world.form("/oauth/revoke", None, &wrong).await?, 403, "invalid_client");
    }
    Ok(())
}

#[tokio::test]
async fn introspection_knows_what_still_works() -> Result<()> {
    let world = World::new().await?;
    let pair = redeem(&world, &code(&world, &[], Decision::Allow).await?).await?.body;
    let fields = [
        ("client_id", Simulator::CLIENT_ID),
        ("client_secret", Simulator::CLIENT_SECRET),
        ("token", text(&pair, "access_token")?),
    ];
    let active = world.form("/oauth/introspect", None, &fields).await?;
    assert_eq!((active.status, &active.body["active"]), (200, &true.into()));
    assert_eq!(active.body["scope"], "users:read contacts:write");
    assert_eq!(active.body["exp"], crate::support::NOW_MS / 1_000 + 7_200);
    world.simulator.expire_access_tokens();
    let expired = world.form("/oauth/introspect", None, &fields).await?;
    assert_eq!(expired.body, serde_json::json!({ "active": false }));
    Ok(())
}

#[tokio::test]
async fn expired_tokens_and_ended_grants_can_be_ordered() -> Result<()> {
    let mut world = World::new().await?;
    let pair = redeem(&world, &code(&world, &[], Decision::Allow).await?).await?.body;
    world.simulator.expire_access_tokens();
    assert!(!works(&mut world, &pair).await?);
    let pair = refresh(&world, &pair).await?.body;
    assert!(works(&mut world, &pair).await?);
    world.simulator.revoke_grants();
    assert!(!works(&mut world, &pair).await?);
    assert_error(&refresh(&world, &pair).await?, 400, "invalid_grant");
    Ok(())
}

#[tokio::test]
async fn a_user_gets_eight_pairs_a_minute() -> Result<()> {
    let world = World::new().await?;
    let mut pair = redeem(&world, &code(&world, &[], Decision::Allow).await?).await?.body;
    for _ in 0..7 {
        pair = refresh(&world, &pair).await?.body;
    }
    let refused = refresh(&world, &pair).await?;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.header("x-ratelimit-remaining"), "0");
    assert_eq!(refused.header("x-ratelimit-reset"), "60");
    world.clock.advance(Duration::from_secs(60));
    assert_eq!(refresh(&world, &pair).await?.status, 200, "the refused token was not spent");
    Ok(())
}
