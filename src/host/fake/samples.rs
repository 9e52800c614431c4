//! A connection and its grant, as the tests know them.

use super::FakeHost;
use crate::connection::Connection;
use crate::host::{Clock, Grant};
use crate::vault::{Slot, seal};

/// The connection's client secret.
pub(crate) const CLIENT_SECRET: &str = "hush-client-secret";
/// The access token of [`connect`].
pub(crate) const ACCESS: &str = "hush-access-1";
/// The refresh token of [`connect`].
pub(crate) const REFRESH: &str = "hush-refresh-1";
/// Who granted.
pub(crate) const USER: &str = "https://api.calendly.com/users/AAAAAAAAAAAAAAAA";
/// Their organization.
pub(crate) const ORGANIZATION: &str = "https://api.calendly.com/organizations/BBBBBBBBBBBBBBBB";

/// The connection 1, its client secret sealed by this host.
pub(crate) fn connection(host: &FakeHost) -> Connection {
    Connection {
        id: 1,
        name: "Team calendar".to_owned(),
        client_id: "client-1".to_owned(),
        client_secret: seal(host, 1, Slot::ClientSecret, CLIENT_SECRET.as_bytes()).unwrap(),
        personal_access_token: None,
        scopes: Vec::new(),
        redirect_uri: Some("http://localhost:8976/callback".to_owned()),
        webhook_signing_key: None,
        previous_webhook_signing_key: None,
    }
}

/// A host with the connected connection 1.
pub(crate) fn connected() -> (FakeHost, Connection) {
    let host = FakeHost::new();
    let connection = connection(&host);
    connect(&host, &connection);
    (host, connection)
}

/// Stores a grant of [`ACCESS`] and [`REFRESH`] with every scope, which expires in two hours.
pub(crate) fn connect(host: &FakeHost, connection: &Connection) -> Grant {
    let tokens = format!("{ACCESS}\n{REFRESH}");
    let grant = Grant {
        tokens: seal(host, connection.id, Slot::Tokens, tokens.as_bytes()).unwrap(),
        scopes: vec!["default".to_owned()],
        owner: Some(USER.to_owned()),
        organization: Some(ORGANIZATION.to_owned()),
        obtained_at: host.now(),
        access_expires_at: Some(host.now() + 7_200_000),
        refresh_expires_at: Some(host.now() + 7_776_000_000),
        refresh_started_at: None,
        refused: None,
    };
    host.store_elsewhere(connection.id, Some(grant.clone()));
    grant
}
