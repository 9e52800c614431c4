//! A connection as it is shown: everything a person wants to know, and no secret.

use serde::Serialize;
use serde_json::Value;

use super::{Host, LOCAL_DEADLINE};
use crate::bindings::exports::sovrium::connector::lifecycle::{
    Facts, PlatformStatus, RowAction, State, UserAction,
};
use crate::bindings::sovrium::connector::grant_store::Grant;
use crate::error::{ErrorCode, HostError};
use crate::store::{ConnectionRow, LastError, OutstandingRevocation, state_name};
use crate::timestamp;

/// A connection as it is shown.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ConnectionView {
    /// Its id.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Its state: `configured`, `connected`, `disconnected` or `error`.
    pub state: &'static str,
    /// What a person can do with it now.
    pub user_actions: Vec<&'static str>,
    /// The platform's words for the same.
    pub platform: PlatformView,
    /// Its document with each secret as `***`.
    pub configuration: Value,
    /// What it is allowed to do, once it was connected.
    pub grant: Option<GrantView>,
    /// What a person should see to before it fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
    /// How many revocations of its tokens the service has yet to be told about.
    pub queued_revocations: usize,
    /// What last went wrong.
    pub last_error: Option<LastError>,
    /// When it was created.
    #[serde(serialize_with = "timestamp::serialize")]
    pub created_at: u64,
    /// When its configuration or state last changed.
    #[serde(serialize_with = "timestamp::serialize")]
    pub updated_at: u64,
    /// When the service was last reached with it.
    #[serde(serialize_with = "timestamp::serialize_option")]
    pub last_activity_at: Option<u64>,
}

/// The platform's view of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlatformView {
    /// `active`, `expiring-soon` or `expired`.
    pub status: &'static str,
    /// `connect`, `reconnect` or `disconnect`.
    pub row_action: &'static str,
}

/// A grant without its tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct GrantView {
    /// The scopes granted.
    pub scopes: Vec<String>,
    /// The URI of the user who granted.
    pub owner: Option<String>,
    /// The URI of that user's organization.
    pub organization: Option<String>,
    /// When its tokens were issued.
    #[serde(serialize_with = "timestamp::serialize")]
    pub obtained_at: u64,
    /// When its access token expires; it is replaced before. None: it does not.
    #[serde(serialize_with = "timestamp::serialize_option")]
    pub access_expires_at: Option<u64>,
    /// When its refresh token expires, if that is known.
    #[serde(serialize_with = "timestamp::serialize_option")]
    pub refresh_expires_at: Option<u64>,
    /// Why it can no longer be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

impl Host {
    pub(super) async fn view(
        &self,
        row: ConnectionRow,
        queued: &[OutstandingRevocation],
    ) -> Result<ConnectionView, HostError> {
        let id = row.connection.id;
        let grant = self.store().grant(id).await?.map(|stored| stored.grant);
        let facts = Facts {
            state: row.state,
            has_grant: grant.as_ref().is_some_and(|grant| grant.refused.is_none()),
            refresh_expires_at: grant.as_ref().and_then(|grant| grant.refresh_expires_at),
        };
        let context = self.context(Some(id), LOCAL_DEADLINE);
        let (mask, actions, platform) =
            self.0.component.look(context, row.connection.clone(), facts).await?;
        Ok(ConnectionView {
            id,
            name: row.connection.name,
            state: state_name(row.state),
            user_actions: actions.into_iter().map(action_name).collect(),
            platform: PlatformView {
                status: status_name(platform.status),
                row_action: row_action_name(platform.row_action),
            },
            configuration: json("a masked connection", &mask)?,
            warning: warning(facts, platform.status),
            grant: grant.map(GrantView::from),
            queued_revocations: queued.iter().filter(|it| it.connection.id == id).count(),
            last_error: row.last_error,
            created_at: row.created_at,
            updated_at: row.updated_at,
            last_activity_at: row.last_activity_at,
        })
    }
}

impl From<Grant> for GrantView {
    fn from(grant: Grant) -> Self {
        Self {
            scopes: grant.scopes,
            owner: grant.owner,
            organization: grant.organization,
            obtained_at: grant.obtained_at,
            access_expires_at: grant.access_expires_at,
            refresh_expires_at: grant.refresh_expires_at,
            refused: grant.refused,
        }
    }
}

/// Says of a refresh token that is still in use that its known lifetime is over or nearly so. What
/// is near is the connector's to say.
fn warning(facts: Facts, status: PlatformStatus) -> Option<String> {
    let end = facts.refresh_expires_at.filter(|_| facts.has_grant)?;
    let usable = facts.state == State::Connected;
    let (verb, so) = match status {
        PlatformStatus::ExpiringSoon => ("ends", "Use the connection before, which renews it."),
        PlatformStatus::Expired if usable => ("ended", "Disconnect and re-connect if it fails."),
        PlatformStatus::Active | PlatformStatus::Expired => return None,
    };
    let end = timestamp::rfc3339(end);
    Some(format!("The known lifetime of its refresh token {verb} at {end}. {so}"))
}

/// A JSON document of the connector's.
pub(super) fn json(what: &str, text: &str) -> Result<Value, HostError> {
    serde_json::from_str(text).map_err(|_| {
        HostError::new(
            ErrorCode::Internal,
            format!("The connector gave {what} that is not JSON."),
            "Report this as a defect of the connector.",
        )
    })
}

fn action_name(action: UserAction) -> &'static str {
    match action {
        UserAction::Connect => "connect",
        UserAction::Disconnect => "disconnect",
        UserAction::Test => "test",
        UserAction::Reconnect => "reconnect",
        UserAction::UpdateCredentials => "update-credentials",
    }
}

fn status_name(status: PlatformStatus) -> &'static str {
    match status {
        PlatformStatus::Active => "active",
        PlatformStatus::ExpiringSoon => "expiring-soon",
        PlatformStatus::Expired => "expired",
    }
}

fn row_action_name(action: RowAction) -> &'static str {
    match action {
        RowAction::Connect => "connect",
        RowAction::Reconnect => "reconnect",
        RowAction::Disconnect => "disconnect",
    }
}
