//! What comes back from the browser and is not the answer that was waited for: each has its own
//! refusal, and nothing of it is stored.

use host_harness::bindings::exports::sovrium::connector::oauth::{
    AuthorizeRequest, PendingAuthorization,
};
use host_harness::bindings::sovrium::connector::types;
use host_harness::error::{ErrorCode, HostError};
use host_harness::simulator::{Decision, decide};
use serde_json::Value;

use crate::support::world::{EVERYTHING, World};
use crate::support::{MINUTE, value_of};

/// The connector's own answer to a callback, whatever the host would have said before asking it.
struct Flow<'a> {
    world: &'a World,
    connection: types::Connection,
    pending: PendingAuthorization,
}

impl<'a> Flow<'a> {
    async fn begin(world: &'a World, id: u64) -> Self {
        let row = world.host.store().connection(id).await.unwrap().unwrap();
        let context = world.host.context(Some(id), MINUTE);
        let request = AuthorizeRequest {
            redirect_uri: None,
            scopes: Vec::new(),
            operations: Vec::new(),
            tables: Vec::new(),
        };
        let component = world.host.component();
        let pending = component.authorize(context, row.connection.clone(), request).await;
        Self { world, connection: row.connection, pending: pending.unwrap().unwrap() }
    }

    async fn allowed(&self) -> String {
        let url = self.world.simulator.map(&self.pending.url);
        decide(&url, Decision::Allow).await.unwrap()
    }

    async fn exchange(&self, pending: &str, callback: &str) -> Result<(), HostError> {
        let context = self.world.host.context(Some(self.connection.id), MINUTE);
        let component = self.world.host.component();
        let (connection, pending) = (self.connection.clone(), pending.to_owned());
        let answer = component.exchange(context, connection, pending, callback.to_owned()).await;
        answer.unwrap().map(drop).map_err(HostError::from)
    }

    /// The reason of an `invalid-state`, with nothing sent and nothing stored.
    async fn refusal(&self, callback: &str) -> String {
        let sent = self.world.token_requests();
        let error = self.exchange(&self.pending.pending, callback).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidState, "{error:?}");
        assert_eq!(error.platform_code, Some("invalid_state_or_mismatch"));
        assert_eq!(self.world.token_requests(), sent);
        let grant = self.world.host.store().grant(self.connection.id).await;
        assert_eq!(grant.unwrap(), None);
        let detail = error.detail.unwrap_or_default();
        detail["reason"].as_str().unwrap_or_default().to_owned()
    }
}

async fn two_connections() -> World {
    let world = World::new().await;
    world.create(1, "Marketing").await;
    world.create(2, "Sales").await;
    world
}

async fn assert_untouched(world: &World, id: u64) {
    let view = world.connection(id).await;
    assert_eq!(view.state, "configured");
    assert_eq!((view.grant, view.last_error), (None, None));
}

#[tokio::test]
async fn each_wrong_callback_has_its_own_refusal() {
    let world = two_connections().await;
    let flow = Flow::begin(&world, 1).await;
    let state = &flow.pending.state;
    let other = Flow::begin(&world, 2).await.pending.state;
    let own_other = Flow::begin(&world, 1).await.pending.state;
    for (callback, reason) in [
        ("?code=c".to_owned(), "missing-state"),
        ("?code=c&state=".to_owned(), "state-mismatch"),
        ("?code=c&state=made-up".to_owned(), "state-mismatch"),
        (format!("?code=c&state={state}x"), "state-mismatch"),
        (format!("?code=c&state={own_other}"), "state-mismatch"),
        (format!("?code=c&state={other}"), "other-connection"),
        // The first of two answers that both belong here has no code; the second is a replay.
        (format!("?state={state}"), "missing-code"),
        (format!("?code=c&state={state}"), "replayed"),
    ] {
        assert_eq!(flow.refusal(&callback).await, reason, "{callback}");
    }
}

#[tokio::test]
async fn an_authorization_ends_after_ten_minutes() {
    let world = two_connections().await;
    let (late, in_time) = (Flow::begin(&world, 1).await, Flow::begin(&world, 2).await);
    let (late_callback, callback) = (late.allowed().await, in_time.allowed().await);
    world.advance(10 * 60 - 1);
    in_time.exchange(&in_time.pending.pending, &callback).await.unwrap();
    world.advance(1);
    assert_eq!(late.refusal(&late_callback).await, "expired");
}

#[tokio::test]
async fn the_sealed_half_of_an_authorization_opens_nowhere_else_and_not_changed() {
    let world = two_connections().await;
    let (one, two) = (Flow::begin(&world, 1).await, Flow::begin(&world, 2).await);
    let callback = one.allowed().await;
    let mut changed = one.pending.pending.clone();
    let last = if changed.pop() == Some('A') { 'B' } else { 'A' };
    changed.push(last);
    let secret = &one.connection.client_secret;
    for pending in [&*two.pending.pending, &changed, secret, "", "v9:key:AAAA"] {
        let error = one.exchange(pending, &callback).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::Vault, "{pending}: {error:?}");
    }
    assert_eq!(world.token_requests(), 0);
    one.exchange(&one.pending.pending, &callback).await.unwrap();
}

#[tokio::test]
async fn a_denial_is_no_grant_and_the_connection_says_why() {
    let world = two_connections().await;
    let callback = world.callback(1, EVERYTHING, Decision::Deny).await;
    let error = world.host.finish_connect(&callback).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::AuthorizationDenied);
    assert_eq!(error.message, "The person did not grant access.");
    assert_eq!(error.detail.unwrap()["error"], "access_denied");
    assert_eq!(world.token_requests(), 0);
    let view = world.connection(1).await;
    assert_eq!((view.state, view.grant), ("error", None));
    assert_eq!(view.last_error.unwrap().code, "authorization-denied");
    // It counts once, like every answer.
    let replay = world.host.finish_connect(&callback).await.unwrap_err();
    assert_eq!(replay.detail.unwrap()["reason"], "replayed");
    assert_eq!(world.connect(1, EVERYTHING).await.state, "connected");
}

#[tokio::test]
async fn a_state_nobody_sent_out_changes_no_connection() {
    let world = two_connections().await;
    let callback = world.callback(1, EVERYTHING, Decision::Allow).await;
    let state = value_of(&callback, "state");
    for forged in [
        callback.replace(&state, "1.forged"),
        callback.replace(&state, ""),
        "http://localhost:8976/oauth/calendly/callback".to_owned(),
        String::new(),
        format!("?error=access_denied&state={state}x"),
    ] {
        let error = world.host.finish_connect(&forged).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidState, "{forged}");
        let without_state = !forged.contains("state=") || forged.ends_with("state=");
        let expected =
            if without_state { "missing_code_or_state" } else { "invalid_state_or_mismatch" };
        assert_eq!(error.platform_code, Some(expected), "{forged}");
        assert_untouched(&world, 1).await;
    }
    assert_eq!(world.token_requests(), 0);
    // The real answer still counts.
    assert_eq!(world.host.finish_connect(&callback).await.unwrap().state, "connected");
}

#[tokio::test]
async fn another_connections_answer_is_refused() {
    let world = two_connections().await;
    let callback = world.callback(2, EVERYTHING, Decision::Allow).await;
    let error = world.host.finish_connect_of(1, &callback).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidState);
    assert_untouched(&world, 1).await;
    assert_untouched(&world, 2).await;
    let view = world.host.finish_connect_of(2, &callback).await.unwrap();
    assert_eq!((view.id, view.state), (2, "connected"));
}

#[tokio::test]
async fn a_late_answer_is_told_so_and_changes_nothing() {
    let world = two_connections().await;
    let callback = world.callback(1, EVERYTHING, Decision::Allow).await;
    world.advance(10 * 60);
    let error = world.host.finish_connect(&callback).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidState);
    assert_eq!(error.detail.unwrap()["reason"], "expired");
    assert_untouched(&world, 1).await;
    assert_eq!(world.token_requests(), 0);
}

#[tokio::test]
async fn a_replayed_answer_is_refused_and_the_grant_stays() {
    let world = two_connections().await;
    let callback = world.callback(1, EVERYTHING, Decision::Allow).await;
    world.host.finish_connect(&callback).await.unwrap();
    let grant = world.host.store().grant(1).await.unwrap();
    let error = world.host.finish_connect(&callback).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidState);
    assert_eq!(error.detail.unwrap()["reason"], "replayed");
    assert_eq!(world.token_requests(), 1);
    assert_eq!(world.host.store().grant(1).await.unwrap(), grant);
    assert_eq!(world.connection(1).await.state, "connected");
    world.host.test(1).await.unwrap();
}

#[tokio::test]
async fn a_code_the_service_does_not_accept_is_an_error_of_the_connection() {
    let world = two_connections().await;
    let callback = world.callback(1, EVERYTHING, Decision::Allow).await;
    let code = value_of(&callback, "code");
    let callback = callback.replace(&code, "stolen-or-old");
    let error = world.host.finish_connect(&callback).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::AuthorizationDenied);
    assert_eq!(error.detail.unwrap()["error"], "invalid_grant");
    let view = world.connection(1).await;
    assert_eq!((view.state, view.grant), ("error", None));
}

#[tokio::test]
async fn the_authorization_servers_own_errors_are_told_apart() {
    let world = two_connections().await;
    for (error, code) in [
        ("access_denied", ErrorCode::AuthorizationDenied),
        ("unauthorized_client", ErrorCode::InvalidClient),
        ("invalid_scope", ErrorCode::AuthorizationDenied),
        ("server_error", ErrorCode::UpstreamUnavailable),
        ("temporarily_unavailable", ErrorCode::UpstreamUnavailable),
    ] {
        let state = value_of(&world.begin(1, EVERYTHING).await, "state");
        let callback = format!("?error={error}&error_description=Why%20not&state={state}");
        let refused = world.host.finish_connect(&callback).await.unwrap_err();
        assert_eq!(refused.code, code, "{error}");
        let detail = refused.detail.unwrap_or(Value::Null);
        assert_eq!(detail["error"], *error);
        assert_eq!(detail["error_description"], "Why not");
    }
    assert_eq!(world.token_requests(), 0);
}
