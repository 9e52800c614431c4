//! What the platform sealed itself comes over: a client secret, or the tokens of a person who has
//! allowed the connection there, who then need not be asked again.

use serde::Deserialize;

use super::{ConnectionView, Host};
use crate::audit::EventKind;
use crate::bindings::exports::sovrium::connector::lifecycle::Event;
use crate::bindings::sovrium::connector::grant_store::Grant;
use crate::bindings::sovrium::connector::types::Connection;
use crate::error::{ErrorCode, HostError};
use crate::store::{Along, ConnectionRow, Place, Sealed};

/// The platform's row. Every secret in it is an envelope of the platform's, `v1:{…}`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PlatformRow {
    client_secret: Option<String>,
    access_token: Option<String>,
    refresh_token: Option<String>,
    /// What the tokens allow, as the token endpoint said it.
    #[serde(default)]
    scope: String,
}

impl Host {
    /// Takes over what the platform sealed for a connection: `{"clientSecret": "v1:…",
    /// "accessToken": "v1:…", "refreshToken": "v1:…", "scope": "…"}`, the tokens both or neither.
    /// They are sealed in our form before they are stored. The first use of the tokens replaces
    /// them, because nothing says how long they live.
    pub async fn import_platform_row(
        &self,
        id: u64,
        document: &str,
    ) -> Result<ConnectionView, HostError> {
        let platform_row: PlatformRow = serde_json::from_str(document).map_err(|_| not_a_row())?;
        let mut row = self.row(id).await?;
        if row.connection.personal_access_token.is_some() {
            return Err(HostError::new(
                ErrorCode::Conflict,
                format!("Connection {id} has a personal access token, not a client."),
                "Give it a client id and secret first, or take another connection.",
            ));
        }
        let tokens = match (platform_row.access_token, platform_row.refresh_token) {
            (Some(access), Some(refresh)) => Some(format!("{access}\n{refresh}")),
            (None, None) if platform_row.client_secret.is_some() => None,
            _ => return Err(not_a_row()),
        };
        if tokens.is_some() {
            self.state_after(&row, Event::Authorized).await?;
        }
        if let Some(secret) = platform_row.client_secret {
            let place = Place::ClientSecret;
            let client_secret =
                self.resealed(&Sealed { place, connection: id, envelope: secret }).await?;
            let connection = Connection { client_secret, ..row.connection.clone() };
            let updated = self.store().update_connection(&row, connection, row.state).await?;
            if !updated.unwrap_or(false) {
                return Err(HostError::changed_meanwhile(id));
            }
            row = self.row(id).await?;
            self.note(id, EventKind::CredentialsUpdated).await;
        }
        if let Some(envelope) = tokens {
            let sealed = Sealed { place: Place::Grant, connection: id, envelope };
            let tokens = self.resealed(&sealed).await?;
            // Tokens that are here already would lose their place, and nobody could end them.
            self.revoke(&row).await?;
            self.store_imported(&row, tokens, &platform_row.scope).await?;
        }
        self.connection(id).await
    }

    async fn store_imported(
        &self,
        row: &ConnectionRow,
        tokens: String,
        scope: &str,
    ) -> Result<(), HostError> {
        let id = row.connection.id;
        let now = self.clock().now_ms();
        let grant = Grant {
            tokens,
            scopes: scope.split_whitespace().map(str::to_owned).collect(),
            owner: None,
            organization: None,
            obtained_at: now,
            access_expires_at: Some(now),
            refresh_expires_at: None,
            refresh_started_at: None,
            refused: None,
        };
        let along = Along { state_move: Some(self.authorized(row).await?), ..Along::default() };
        let fence = self.lease(id).await?;
        let stored = async {
            let version = self.store().grant(id).await?.map(|stored| stored.version);
            self.store().replace_grant(id, fence, version, Some(grant), along).await
        };
        let stored = stored.await;
        self.store().release_lease(id, fence).await?;
        stored?.map_err(|_| HostError::changed_meanwhile(id))?;
        self.arrive(&self.row(id).await?).await?;
        self.note(id, EventKind::Connected).await;
        Ok(())
    }
}

fn not_a_row() -> HostError {
    HostError::new(
        ErrorCode::InvalidInput,
        "This is not a row of the platform's.",
        "Give {\"clientSecret\": \"v1:…\", \"accessToken\": \"v1:…\", \"refreshToken\": \"v1:…\", \
         \"scope\": \"…\"}: the client secret, both tokens, or all three.",
    )
}
