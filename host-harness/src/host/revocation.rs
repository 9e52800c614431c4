//! Connections are disconnected and removed, and the service is told.

use serde::Serialize;

use super::{ConnectionView, Host, NETWORK_DEADLINE};
use crate::audit::EventKind;
use crate::bindings::exports::sovrium::connector::lifecycle::Event;
use crate::bindings::sovrium::connector::types::Connection;
use crate::error::{ErrorCode, HostError};
use crate::store::{ConnectionRow, OutstandingRevocation};

/// What became of a connection's tokens.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Revoked {
    /// How many tokens the service confirmed as revoked, or no longer knew.
    pub revoked: u32,
    /// Whether the rest is queued, to be tried again.
    pub queued: bool,
    /// Why the service does not know of the rest.
    pub reason: Option<HostError>,
}

/// How a disconnection ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Disconnected {
    /// What became of the tokens.
    pub tokens: Revoked,
    /// The connection now.
    pub connection: ConnectionView,
}

/// How a removal ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Removed {
    /// The connection that is gone.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// What became of the tokens.
    pub tokens: Revoked,
}

/// What came of trying the queued revocations again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RetrySummary {
    /// How many are done.
    pub done: usize,
    /// How many are still outstanding.
    pub outstanding: usize,
}

impl Host {
    /// Revokes a connection's tokens and disconnects it. What the service could not be told is
    /// queued.
    pub async fn disconnect(&self, id: u64) -> Result<Disconnected, HostError> {
        let row = self.row(id).await?;
        self.state_after(&row, Event::Disconnect).await?;
        let tokens = self.revoke(&row).await?;
        self.note(id, EventKind::Disconnected).await;
        self.advance(&self.row(id).await?, Event::Disconnect, None).await?;
        Ok(Disconnected { tokens, connection: self.connection(id).await? })
    }

    /// Revokes a connection's tokens and removes it.
    pub async fn remove_connection(&self, id: u64) -> Result<Removed, HostError> {
        let row = self.row(id).await?;
        let tokens = match self.revoke(&row).await {
            // Nobody can open the tokens any more, so nobody can revoke them; that must not keep
            // the connection for ever.
            Err(error) if error.code == ErrorCode::Vault => {
                Revoked { reason: Some(error), ..Revoked::default() }
            }
            other => other?,
        };
        if !self.store().remove_connection(id).await? {
            return Err(HostError::unknown_connection(id));
        }
        self.note(id, EventKind::Removed).await;
        Ok(Removed { id, name: row.connection.name, tokens })
    }

    /// Tries the queued revocations again.
    pub async fn retry_revocations(&self) -> Result<RetrySummary, HostError> {
        let mut summary = RetrySummary::default();
        for queued in self.store().revocations().await? {
            if self.retry_revocation(queued).await? {
                summary.done += 1;
            } else {
                summary.outstanding += 1;
            }
        }
        Ok(summary)
    }

    /// The queued revocations.
    pub async fn queued_revocations(&self) -> Result<Vec<OutstandingRevocation>, HostError> {
        Ok(self.store().revocations().await?)
    }

    /// Revokes, and queues what the service could not be told.
    pub(super) async fn revoke(&self, row: &ConnectionRow) -> Result<Revoked, HostError> {
        if self.store().grant(row.connection.id).await?.is_none() {
            return Ok(Revoked::default());
        }
        let context = self.context(Some(row.connection.id), NETWORK_DEADLINE);
        let revocation = self.0.component.revoke(context, row.connection.clone()).await??;
        let reason = revocation.reason.map(HostError::from);
        let queued = revocation.outstanding.is_some();
        if let Some(outstanding) = revocation.outstanding {
            let why = reason.as_ref().map(|error| error.message.clone());
            self.store().insert_revocation(row.connection.clone(), outstanding, why).await?;
        }
        Ok(Revoked { revoked: revocation.revoked, queued, reason })
    }

    /// Whether the service has been told now.
    async fn retry_revocation(&self, queued: OutstandingRevocation) -> Result<bool, HostError> {
        let connection = self.present_credentials(queued.connection).await?;
        let context = self.context(Some(connection.id), NETWORK_DEADLINE);
        let answer =
            self.0.component.revoke_outstanding(context, connection, queued.outstanding).await;
        let (outstanding, why) = match answer {
            Ok(Ok(revocation))
                if revocation.outstanding.is_none() && revocation.reason.is_none() =>
            {
                self.store().remove_revocation(queued.id).await?;
                return Ok(true);
            }
            Ok(Ok(revocation)) => {
                (revocation.outstanding, revocation.reason.map(|error| error.message))
            }
            Ok(Err(error)) => (None, Some(error.message)),
            Err(failure) => (None, Some(HostError::from(failure).message)),
        };
        self.store().retry_revocation(queued.id, outstanding, why).await?;
        Ok(false)
    }

    /// The connection as it is now, if it still is the same client: its secret may have been
    /// corrected since.
    async fn present_credentials(&self, queued: Connection) -> Result<Connection, HostError> {
        Ok(match self.store().connection(queued.id).await? {
            Some(row) if row.connection.client_id == queued.client_id => row.connection,
            _ => queued,
        })
    }
}
