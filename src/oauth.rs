//! OAuth 2.0 (RFC 6749) with PKCE (RFC 7636) at Calendly.
//!
//! [`authorize`] builds the URL a person opens, [`exchange`] turns the callback into a stored
//! grant, [`grant`] keeps the grant fresh, [`revoke`](revocation::revoke) ends it.

pub mod account;
pub mod authorize;
pub mod exchange;
pub mod grant;
mod pending;
pub mod personal_access_token;
pub mod revocation;
pub mod scopes;
mod token_endpoint;

pub use crate::contract::oauth::{
    Account, AuthorizeRequest, GrantSummary, PendingAuthorization, Revocation,
};

/// The authorization endpoint.
pub const AUTHORIZE_URL: &str = "https://auth.calendly.com/oauth/authorize";
/// The token endpoint.
pub const TOKEN_URL: &str = "https://auth.calendly.com/oauth/token";
/// The revocation endpoint.
pub const REVOKE_URL: &str = "https://auth.calendly.com/oauth/revoke";

#[cfg(test)]
mod tests;
