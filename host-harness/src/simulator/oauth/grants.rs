//! What has been granted: pending requests, codes, grants and tokens.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::issuer::Issuer;
use crate::simulator::random::TokenMint;
use crate::simulator::uris::uri;

/// How long a code, and a consent page, can be used.
const CODE_LIFETIME_MS: u64 = 600_000;

/// The lifetime, and the end, of what has none.
pub(super) const ENDLESS_MS: u64 = u64::MAX;

/// What an app asks a person for.
#[derive(Clone)]
pub(crate) struct AuthorizationRequest {
    pub(crate) client_id: &'static str,
    pub(crate) redirect_uri: String,
    pub(crate) scopes: Vec<&'static str>,
    pub(crate) state: Option<String>,
    /// The S256 challenge of PKCE.
    pub(crate) challenge: Option<String>,
}

struct Pending {
    request: AuthorizationRequest,
    asked_ms: u64,
}

/// An authorization code that has not been redeemed.
#[derive(Clone)]
pub(crate) struct Code {
    pub(crate) request: AuthorizationRequest,
    pub(crate) user: String,
    issued_ms: u64,
}

/// What a person has let an app do.
#[derive(Clone)]
pub(crate) struct Grant {
    pub(crate) client_id: &'static str,
    pub(crate) user: String,
    pub(crate) scopes: Vec<&'static str>,
    revoked: bool,
    /// The access token that was issued last.
    newest: String,
}

struct AccessToken {
    grant: usize,
    issued_ms: u64,
    expires_ms: u64,
}

struct RefreshToken {
    grant: usize,
    issued_ms: u64,
    /// When it was spent, and on which answer.
    spent: Option<(u64, Value)>,
}

/// What somebody can find out about a token.
pub(crate) struct TokenFacts {
    pub(crate) grant: Grant,
    pub(crate) issued_ms: u64,
    /// Refresh tokens and personal access tokens have no end.
    pub(crate) expires_ms: Option<u64>,
}

/// What a refresh token is good for.
pub(crate) enum Refresh {
    /// A new pair, for this grant.
    Spendable(Grant),
    /// The pair that it was spent on, once more.
    Again(Value),
    Invalid,
}

/// Everything that has been granted. It has no `Debug`: it consists of secrets.
#[derive(Default)]
pub(crate) struct Authorizations {
    pending: HashMap<String, Pending>,
    codes: HashMap<String, Code>,
    grants: Vec<Grant>,
    access: HashMap<String, AccessToken>,
    refresh: HashMap<String, RefreshToken>,
}

impl Authorizations {
    /// Remembers what a consent page asks; answers the id by which its form refers to it.
    pub(crate) fn ask(
        &mut self,
        request: AuthorizationRequest,
        mint: &TokenMint,
        now_ms: u64,
    ) -> String {
        self.pending
            .retain(|_, pending| now_ms.saturating_sub(pending.asked_ms) <= CODE_LIFETIME_MS);
        let id = mint.token();
        self.pending.insert(id.clone(), Pending { request, asked_ms: now_ms });
        id
    }

    /// What a consent page asked, once.
    pub(crate) fn decided(&mut self, id: &str, now_ms: u64) -> Option<AuthorizationRequest> {
        let pending = self.pending.remove(id)?;
        (now_ms.saturating_sub(pending.asked_ms) <= CODE_LIFETIME_MS).then_some(pending.request)
    }

    pub(crate) fn issue_code(
        &mut self,
        request: AuthorizationRequest,
        user: &str,
        mint: &TokenMint,
        now_ms: u64,
    ) -> String {
        let code = mint.token();
        let issued = Code { request, user: user.to_owned(), issued_ms: now_ms };
        self.codes.insert(code.clone(), issued);
        code
    }

    /// A code that can still be redeemed.
    pub(crate) fn code(&self, code: &str, now_ms: u64) -> Option<&Code> {
        let known = self.codes.get(code)?;
        (now_ms.saturating_sub(known.issued_ms) <= CODE_LIFETIME_MS).then_some(known)
    }

    /// Redeems a code, which is thereby used up.
    pub(crate) fn redeem(&mut self, code: &str, issuer: &Issuer<'_>) -> Option<Value> {
        let code = self.codes.remove(code)?;
        let grant = self.grant(code.request.client_id, code.user, code.request.scopes);
        Some(self.issue_pair(grant, issuer))
    }

    /// What a client can do with a refresh token.
    pub(crate) fn refresh(&self, token: &str, client: &str, now_ms: u64, grace_ms: u64) -> Refresh {
        let Some(known) = self.refresh.get(token) else {
            return Refresh::Invalid;
        };
        let Some(grant) = self.living_grant(known.grant) else {
            return Refresh::Invalid;
        };
        if grant.client_id != client {
            return Refresh::Invalid;
        }
        match &known.spent {
            None => Refresh::Spendable(grant.clone()),
            Some((at_ms, answer)) if grace_ms > 0 && now_ms.saturating_sub(*at_ms) <= grace_ms => {
                Refresh::Again(answer.clone())
            }
            Some(_) => Refresh::Invalid,
        }
    }

    /// Spends a refresh token on a new pair.
    pub(crate) fn spend(&mut self, token: &str, issuer: &Issuer<'_>) -> Option<Value> {
        let grant = self.refresh.get(token)?.grant;
        let answer = self.issue_pair(grant, issuer);
        if let Some(known) = self.refresh.get_mut(token) {
            known.spent = Some((issuer.now_ms, answer.clone()));
        }
        Some(answer)
    }

    /// Grants without anybody being asked.
    pub(crate) fn issue_directly(
        &mut self,
        client_id: &'static str,
        user: &str,
        scopes: Vec<&'static str>,
        issuer: &Issuer<'_>,
    ) -> String {
        let grant = self.grant(client_id, user.to_owned(), scopes);
        self.issue_access(grant, issuer)
    }

    /// Lets somebody make a token of their own: of no client, without an end, and only its maker
    /// can revoke it.
    pub(crate) fn issue_personally(
        &mut self,
        user: &str,
        scopes: Vec<&'static str>,
        issuer: &Issuer<'_>,
    ) -> String {
        let grant = self.grant("", user.to_owned(), scopes);
        self.issue_access(grant, &Issuer { lifetime_ms: ENDLESS_MS, ..*issuer })
    }

    /// The grant behind an access token that works.
    pub(crate) fn caller(&self, token: &str, now_ms: u64) -> Option<&Grant> {
        let known = self.access.get(token).filter(|known| now_ms < known.expires_ms)?;
        self.living_grant(known.grant)
    }

    /// What is known of an access or refresh token that works.
    pub(crate) fn facts(&self, token: &str, now_ms: u64) -> Option<TokenFacts> {
        if let Some(known) = self.access.get(token) {
            let grant = self.caller(token, now_ms)?.clone();
            let expires_ms = Some(known.expires_ms).filter(|end| *end < ENDLESS_MS);
            return Some(TokenFacts { grant, issued_ms: known.issued_ms, expires_ms });
        }
        let known = self.refresh.get(token).filter(|known| known.spent.is_none())?;
        let grant = self.living_grant(known.grant)?.clone();
        Some(TokenFacts { grant, issued_ms: known.issued_ms, expires_ms: None })
    }

    /// Ends the grant behind a token, and with it every token of that grant. An access token that
    /// was replaced by a refresh ends alone.
    pub(crate) fn revoke(&mut self, token: &str, client: &str) {
        let replaced = |known: &AccessToken| {
            let grant = self.grants.get(known.grant);
            grant.is_some_and(|grant| grant.client_id == client && grant.newest != token)
        };
        if self.access.get(token).is_some_and(replaced) {
            self.access.remove(token);
            return;
        }
        let access = self.access.get(token).map(|known| known.grant);
        let grant = access.or_else(|| self.refresh.get(token).map(|known| known.grant));
        let grant = grant.and_then(|grant| self.grants.get_mut(grant));
        if let Some(grant) = grant.filter(|grant| grant.client_id == client) {
            grant.revoked = true;
        }
    }

    pub(crate) fn revoke_all(&mut self) {
        for grant in &mut self.grants {
            grant.revoked = true;
        }
    }

    pub(crate) fn expire_access_tokens(&mut self, now_ms: u64) {
        for token in self.access.values_mut().filter(|token| token.expires_ms < ENDLESS_MS) {
            token.expires_ms = token.expires_ms.min(now_ms);
        }
    }

    /// How many grants have not been ended.
    pub(crate) fn living_grants(&self) -> usize {
        self.grants.iter().filter(|grant| !grant.revoked).count()
    }

    /// Every token, and every code that has not been redeemed.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        let tokens = self.access.keys().chain(self.refresh.keys());
        tokens.chain(self.codes.keys()).map(String::as_str)
    }

    fn living_grant(&self, index: usize) -> Option<&Grant> {
        self.grants.get(index).filter(|grant| !grant.revoked)
    }

    fn grant(&mut self, client_id: &'static str, user: String, scopes: Vec<&'static str>) -> usize {
        self.grants.push(Grant { client_id, user, scopes, revoked: false, newest: String::new() });
        self.grants.len() - 1
    }

    /// A pair of tokens, as the token endpoint answers it.
    fn issue_pair(&mut self, grant: usize, issuer: &Issuer<'_>) -> Value {
        let access_token = self.issue_access(grant, issuer);
        let refresh_token = issuer.mint.token();
        let known = RefreshToken { grant, issued_ms: issuer.now_ms, spent: None };
        self.refresh.insert(refresh_token.clone(), known);
        let granted = self.grants.get(grant);
        json!({
            "token_type": "Bearer",
            "access_token": access_token,
            "refresh_token": refresh_token,
            "scope": granted.map(|grant| grant.scopes.join(" ")),
            "created_at": issuer.now_ms / 1_000,
            "expires_in": issuer.lifetime_ms / 1_000,
            "owner": granted.map(|grant| uri("users", &grant.user)),
            "organization": issuer.organization,
        })
    }

    fn issue_access(&mut self, grant: usize, issuer: &Issuer<'_>) -> String {
        let expires_ms = issuer.now_ms.saturating_add(issuer.lifetime_ms);
        let token =
            self.grants.get(grant).map(|grant| issuer.access_token(grant)).unwrap_or_default();
        let known = AccessToken { grant, issued_ms: issuer.now_ms, expires_ms };
        self.access.insert(token.clone(), known);
        if let Some(grant) = self.grants.get_mut(grant) {
            grant.newest.clone_from(&token);
        }
        token
    }
}
