//! Connections are disconnected and removed, and the service is told.

use serde::Serialize;

use super::{ConnectionView, Host, NETWORK_DEADLINE};
use crate::audit::EventKind;
use crate::bindings::exports::sovrium::connector::lifecycle::Event;
use crate::bindings::exports::sovrium::connector::oauth::Revocation;
use crate::bindings::sovrium::connector::types::Connection;
use crate::error::{ErrorCode, HostError, Retry};
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

/// How a rotation ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rotated {
    /// What became of the access token that was replaced.
    pub tokens: Revoked,
    /// The connection now.
    pub connection: ConnectionView,
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

    /// Replaces a connection's tokens, with the grant that holds them and the seal of its client
    /// secret, and revokes the access token that they replace: what to do when it may have been
    /// seen by somebody. Ends with a test of the new ones.
    pub async fn rotate_connection(&self, id: u64) -> Result<Rotated, HostError> {
        let row = self.row(id).await?;
        self.state_after(&row, Event::Test).await?;
        let context = self.context(Some(id), NETWORK_DEADLINE);
        let answer = self.0.component.rotate(context, row.connection.clone()).await;
        let answer = answer.map_err(HostError::from).and_then(|answer| Ok(answer?));
        let revocation = match answer {
            Ok(revocation) => revocation,
            Err(error) => return Err(self.after_failure(&row, error).await),
        };
        let tokens = self.settle(&row.connection, revocation).await?;
        self.note(id, EventKind::TokensRotated).await;
        self.reseal_client_secret(&self.row(id).await?.connection).await?;
        self.test(id).await?;
        Ok(Rotated { tokens, connection: self.connection(id).await? })
    }

    /// Tries all queued revocations again, also those that were given up.
    pub async fn retry_revocations(&self) -> Result<RetrySummary, HostError> {
        self.retry_those(|_| true).await
    }

    /// Tries the queued revocations again that are due.
    pub async fn retry_due_revocations(&self) -> Result<RetrySummary, HostError> {
        let now = self.clock().now_ms();
        self.retry_those(|queued| queued.is_due(now)).await
    }

    /// Forgets the revocations that were given up. Returns how many there were.
    pub async fn forget_given_up_revocations(&self) -> Result<usize, HostError> {
        Ok(self.store().forget_given_up_revocations().await?)
    }

    /// The queued revocations.
    pub async fn queued_revocations(&self) -> Result<Vec<OutstandingRevocation>, HostError> {
        Ok(self.store().revocations().await?)
    }

    /// Removes the grant and revokes its tokens. What the service could not be told stays queued.
    pub(super) async fn revoke(&self, row: &ConnectionRow) -> Result<Revoked, HostError> {
        let by_token = row.connection.personal_access_token.is_some();
        if !by_token && self.store().grant(row.connection.id).await?.is_none() {
            return Ok(Revoked::default());
        }
        let context = self.context(Some(row.connection.id), NETWORK_DEADLINE);
        let revocation = self.0.component.revoke(context, row.connection.clone()).await??;
        self.settle(&row.connection, revocation).await
    }

    /// Revokes what an authorization has just replaced. It is queued, so a failure is no loss.
    pub(super) async fn revoke_replaced(&self, id: u64, queued_before: &[OutstandingRevocation]) {
        let replaced = async {
            for queued in self.store().revocations().await? {
                let is_new = queued_before.iter().all(|before| before.id != queued.id);
                if is_new && queued.connection.id == id {
                    self.attempt(queued).await?;
                }
            }
            Ok::<_, HostError>(())
        };
        if let Err(error) = replaced.await {
            tracing::warn!(connection = id, %error, "replaced tokens are not revoked yet");
        }
    }

    /// Brings the queue up to date with a revocation that was just tried for the first time.
    async fn settle(
        &self,
        connection: &Connection,
        revocation: Revocation,
    ) -> Result<Revoked, HostError> {
        let reason = revocation.reason.map(HostError::from);
        let Some(outstanding) = revocation.outstanding else {
            return Ok(Revoked { revoked: revocation.revoked, queued: false, reason });
        };
        let of = |queued: &OutstandingRevocation| {
            queued.connection.id == connection.id && queued.outstanding == outstanding
        };
        match self.store().revocations().await?.into_iter().find(of) {
            Some(queued) => self.conclude(queued.id, 1, reason.as_ref()).await?,
            // The connection went while its grant did, so nothing was left to queue it with.
            None => {
                if let Some(why) = reason.as_ref().map(|error| error.message.clone()) {
                    let connection = connection.clone();
                    self.store().insert_revocation(connection, outstanding, Some(why)).await?;
                }
            }
        }
        let queued = reason.is_some();
        Ok(Revoked { revoked: revocation.revoked, queued, reason })
    }

    async fn retry_those(
        &self,
        wanted: impl Fn(&OutstandingRevocation) -> bool,
    ) -> Result<RetrySummary, HostError> {
        let mut summary = RetrySummary::default();
        for mut queued in self.store().revocations().await? {
            if !wanted(&queued)
                || !self.store().claim_revocation(queued.id, queued.attempts).await?
            {
                continue;
            }
            queued.attempts += 1;
            if self.attempt(queued).await? {
                summary.done += 1;
            } else {
                summary.outstanding += 1;
            }
        }
        Ok(summary)
    }

    /// Whether the service has been told now.
    async fn attempt(&self, queued: OutstandingRevocation) -> Result<bool, HostError> {
        let OutstandingRevocation { id, attempts, outstanding, .. } = queued;
        let connection = self.present_credentials(queued.connection).await?;
        let context = self.context(Some(connection.id), NETWORK_DEADLINE);
        let answer = self.0.component.revoke_outstanding(context, connection, outstanding).await;
        let reason = match answer {
            Ok(Ok(revocation)) => revocation.reason.map(HostError::from),
            Ok(Err(error)) => Some(error.into()),
            Err(failure) => Some(failure.into()),
        };
        self.conclude(id, attempts, reason.as_ref()).await?;
        Ok(reason.is_none())
    }

    /// Takes a revocation out of the queue, or says when it is tried again, if ever.
    async fn conclude(
        &self,
        id: i64,
        attempts: u32,
        reason: Option<&HostError>,
    ) -> Result<(), HostError> {
        let Some(reason) = reason else {
            return Ok(self.store().remove_revocation(id).await?);
        };
        // A client that the service does not know will not be known later either.
        let given_up = reason.code == ErrorCode::InvalidClient || attempts >= MAX_ATTEMPTS;
        let next = (!given_up).then(|| self.clock().now_ms() + pause_after(attempts, reason.retry));
        Ok(self.store().postpone_revocation(id, reason.message.clone(), next).await?)
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

/// A revocation is given up after so many attempts, which is after most of a day.
const MAX_ATTEMPTS: u32 = 12;

/// The first pause between two attempts; each further one is twice as long.
const FIRST_PAUSE_MS: u64 = 60_000;

/// The longest pause.
const LONGEST_PAUSE_MS: u64 = 6 * 60 * 60 * 1_000;

fn pause_after(attempts: u32, retry: Retry) -> u64 {
    let doubled = FIRST_PAUSE_MS << attempts.saturating_sub(1).min(20);
    let asked_for = match retry {
        Retry::AfterMs(wait) => wait,
        Retry::Never | Retry::Backoff => 0,
    };
    doubled.min(LONGEST_PAUSE_MS).max(asked_for.min(LONGEST_PAUSE_MS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pauses_double_up_to_six_hours_and_heed_the_service() {
        let minutes: Vec<_> =
            (1..MAX_ATTEMPTS).map(|tries| pause_after(tries, Retry::Backoff) / 60_000).collect();
        assert_eq!(minutes, [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360]);
        assert_eq!(pause_after(1, Retry::AfterMs(90_000)), 90_000);
        assert_eq!(pause_after(3, Retry::AfterMs(90_000)), 240_000);
        assert_eq!(pause_after(u32::MAX, Retry::AfterMs(u64::MAX)), LONGEST_PAUSE_MS);
    }
}
