//! How tokens are made.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::grants::{ENDLESS_MS, Grant};
use crate::simulator::random::TokenMint;
use crate::simulator::state::State;
use crate::simulator::uris::AUTH;

/// Makes tokens, at one moment.
#[derive(Clone, Copy)]
pub(crate) struct Issuer<'a> {
    pub(crate) mint: &'a TokenMint,
    pub(crate) now_ms: u64,
    pub(crate) lifetime_ms: u64,
    pub(crate) organization: &'a str,
}

impl<'a> Issuer<'a> {
    pub(crate) fn new(state: &'a State, organization: &'a str) -> Self {
        Self {
            mint: &state.mint,
            now_ms: state.now_ms(),
            lifetime_ms: millis(state.options.access_token_lifetime),
            organization,
        }
    }
}

impl Issuer<'_> {
    /// A token that looks like the real one. Nobody should look into it.
    pub(super) fn access_token(&self, grant: &Grant) -> String {
        let header = json!({ "kid": "simulator", "alg": "ES256", "typ": "JWT" });
        let mut claims = json!({
            "iss": AUTH,
            "iat": self.now_ms / 1_000,
            "jti": self.mint.token(),
            "user_uuid": grant.user,
            "app_uid": grant.client_id,
            "scope": grant.scopes.join(" "),
        });
        if self.lifetime_ms < ENDLESS_MS {
            claims["exp"] = (self.now_ms.saturating_add(self.lifetime_ms) / 1_000).into();
        }
        let signature = [self.mint.bytes(), self.mint.bytes()].concat();
        let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let (header, claims) = (header.to_string(), claims.to_string());
        format!("{}.{}.{}", part(header.as_bytes()), part(claims.as_bytes()), part(&signature))
    }
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
