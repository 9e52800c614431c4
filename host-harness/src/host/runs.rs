//! Connections are tested and used.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use super::{Host, NETWORK_DEADLINE};
use crate::bindings::exports::sovrium::connector::lifecycle::Event;
use crate::error::{ErrorCode, HostError, Violation};
use crate::store::ConnectionRow;

/// How far apart two uses are noted.
const NOTE_EVERY_MS: u64 = 10_000;

/// The account a connection is connected to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Account {
    /// The user's URI.
    pub uri: String,
    /// The user's name.
    pub name: String,
    /// The user's e-mail address.
    pub email: String,
    /// The URI of the user's organization.
    pub organization: String,
    /// The user's time zone.
    pub timezone: String,
}

impl Host {
    /// Asks the service who the connection acts for: proof that it works.
    pub async fn test(&self, id: u64) -> Result<Account, HostError> {
        let row = self.row(id).await?;
        self.state_after(&row, Event::Test).await?;
        let context = self.context(Some(id), NETWORK_DEADLINE);
        let answer = self.0.component.test(context, row.connection.clone()).await;
        match answer.map_err(HostError::from).and_then(|answer| Ok(answer?)) {
            Ok(account) => {
                self.store().note_activity(id, Ok(())).await?;
                Ok(Account {
                    uri: account.uri,
                    name: account.name,
                    email: account.email,
                    organization: account.organization,
                    timezone: account.timezone,
                })
            }
            Err(error) => Err(self.after_failure(&row, error).await),
        }
    }

    /// Runs an automation's action, `{"action": …, "connection": 1, "config": {…}}`, within the
    /// deadline. Returns the operation's answer, a JSON document.
    pub async fn run(&self, action: &str, deadline: Duration) -> Result<String, HostError> {
        let id = connection_of(action)?;
        let row = self.row(id).await?;
        let context = self.context(Some(id), deadline);
        let connection = row.connection.clone();
        let answer = self.0.component.run(context, connection, action.to_owned()).await;
        match answer.map_err(HostError::from).and_then(|answer| Ok(answer?)) {
            Ok(answer) => {
                self.note_use(&row).await?;
                Ok(answer)
            }
            Err(error) if error.code == ErrorCode::ReauthorizationRequired => {
                Err(self.after_failure(&row, error).await)
            }
            Err(error) => Err(error),
        }
    }

    /// Writing to the disk after every use would cost more than most uses.
    async fn note_use(&self, row: &ConnectionRow) -> Result<(), HostError> {
        let now = self.clock().now_ms();
        let recent = |at: u64| now.saturating_sub(at) < NOTE_EVERY_MS;
        if row.last_error.is_none() && row.last_activity_at.is_some_and(recent) {
            return Ok(());
        }
        Ok(self.store().note_activity(row.connection.id, Ok(())).await?)
    }
}

/// The connection that an action names. The rest of the document is the connector's to judge.
fn connection_of(action: &str) -> Result<u64, HostError> {
    let invalid = |pointer: &str, rule: &str, message: &str| {
        HostError::new(
            ErrorCode::InvalidInput,
            "The action is not valid.",
            "Correct what the violations name and try again.",
        )
        .with_violations(vec![Violation {
            pointer: pointer.to_owned(),
            rule: rule.to_owned(),
            message: message.to_owned(),
        }])
    };
    let document: Value = serde_json::from_str(action)
        .map_err(|error| invalid("", "json", &format!("The action is not JSON: {error}")))?;
    if !document.is_object() {
        return Err(invalid("", "type", "The action must be a JSON object"));
    }
    match document.get("connection") {
        None => Err(invalid("", "required", "Connection is required")),
        Some(connection) => connection
            .as_u64()
            .filter(|id| *id > 0)
            .ok_or_else(|| invalid("/connection", "type", "Connection must be a connection's ID")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_names_its_connection() {
        assert_eq!(connection_of(r#"{"connection": 7}"#).unwrap(), 7);
        for (action, pointer) in [
            ("{", ""),
            ("[]", ""),
            ("{}", ""),
            (r#"{"connection": 0}"#, "/connection"),
            (r#"{"connection": "1"}"#, "/connection"),
            (r#"{"connection": 1.5}"#, "/connection"),
        ] {
            let error = connection_of(action).unwrap_err();
            assert_eq!(error.code, ErrorCode::InvalidInput, "{action}");
            assert_eq!(error.violations[0].pointer, pointer, "{action}");
        }
    }
}
