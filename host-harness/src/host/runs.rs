//! Connections are tested and used.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use super::transition::needs_a_person;
use super::{Host, LOCAL_DEADLINE, NETWORK_DEADLINE};
use crate::audit::EventKind;
use crate::bindings::exports::sovrium::connector::lifecycle::{Event, State};
use crate::bindings::sovrium::connector::types::Connection;
use crate::error::{ErrorCode, HostError, Violation};
use crate::store::ConnectionRow;

/// How far apart two uses are noted.
const NOTE_EVERY_MS: u64 = 10_000;

/// The largest id of a connection: what JSON numbers hold exactly, 2^53 - 1.
const MAX_ID: u64 = (1 << 53) - 1;

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
        let outcome = answer.map_err(HostError::from).and_then(|answer| Ok(answer?));
        let code = outcome.as_ref().err().map(|error: &HostError| error.code.to_string());
        let detail = json!({ "passed": outcome.is_ok(), "error": code });
        self.note_detail(Some(id), EventKind::Tested, detail).await;
        match outcome {
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

    /// Runs an automation's action, `{"action": …, "connection": 1, "config": {…}}` or one of the
    /// platform's other forms, within the deadline. The connection is named by its id, or by its
    /// name as `connection` or `account`. Returns the operation's answer, a JSON document. A grant that is there is used
    /// whatever the connection's state: the state tells people what to do, and the connector
    /// refuses by itself what has no usable grant.
    pub async fn run(&self, action: &str, deadline: Duration) -> Result<String, HostError> {
        let row = match connection_of(action)? {
            Some(Named::Id(id)) => self.row(id).await?,
            Some(Named::Name(name)) => self.row_of_name(&name).await?,
            None => return Err(self.without_connection(action).await?),
        };
        let id = row.connection.id;
        let context = self.context(Some(id), deadline);
        let connection = row.connection.clone();
        let answer = self.0.component.run(context, connection, action.to_owned()).await;
        match answer.map_err(HostError::from).and_then(|answer| Ok(answer?)) {
            Ok(answer) => {
                self.note_use(&row).await?;
                Ok(answer)
            }
            Err(error) if needs_a_person(error.code) => Err(self.after_failure(&row, error).await),
            Err(error) => Err(error),
        }
    }

    async fn row_of_name(&self, name: &str) -> Result<ConnectionRow, HostError> {
        let rows = self.store().connections().await?;
        let named = |row: &&ConnectionRow| row.connection.name == name;
        let numbered = |row: &&ConnectionRow| row.connection.id.to_string() == name;
        let row = rows.iter().find(named).or_else(|| rows.iter().find(numbered)).cloned();
        row.ok_or_else(|| {
            let message = "There is no connection of that name";
            invalid("/connection", "connection", message)
        })
    }

    /// All that is wrong with an action that names no connection. The connector judges it as the
    /// action of nobody, who has no grant and reaches nobody else's.
    async fn without_connection(&self, action: &str) -> Result<HostError, HostError> {
        let nobody = Connection {
            id: 0,
            name: String::new(),
            client_id: String::new(),
            client_secret: String::new(),
            personal_access_token: None,
            scopes: Vec::new(),
            redirect_uri: None,
            webhook_signing_key: None,
            previous_webhook_signing_key: None,
        };
        let own = invalid("/connection", "type", "Connection must be a connection's ID");
        let context = self.context(None, LOCAL_DEADLINE);
        // One in which all is well but that is begun, and gets no further than to a grant.
        let answer = self.0.component.run(context, nobody, action.to_owned()).await;
        let Ok(Err(judged)) = answer else { return Ok(own) };
        let mut violations = HostError::from(judged).violations;
        if !violations.iter().any(|violation| violation.pointer == "/connection") {
            violations.extend(own.violations.iter().cloned());
        }
        Ok(own.with_violations(violations))
    }

    /// Writing to the disk after every use would cost more than most uses.
    async fn note_use(&self, row: &ConnectionRow) -> Result<(), HostError> {
        let now = self.clock().now_ms();
        let recent = |at: u64| now.saturating_sub(at) < NOTE_EVERY_MS;
        let settled = row.last_error.is_none() || row.state == State::Error;
        if settled && row.last_activity_at.is_some_and(recent) {
            return Ok(());
        }
        Ok(self.store().note_activity(row.connection.id, Ok(())).await?)
    }
}

/// How an action names its connection.
#[derive(Debug, PartialEq, Eq)]
enum Named {
    Id(u64),
    Name(String),
}

/// The connection that an action names, if it names one. The rest of the document is the
/// connector's to judge.
fn connection_of(action: &str) -> Result<Option<Named>, HostError> {
    let document: Value = serde_json::from_str(action)
        .map_err(|error| invalid("", "json", &format!("The action is not JSON: {error}")))?;
    if !document.is_object() {
        return Err(invalid("", "type", "The action must be a JSON object"));
    }
    let named = |member: &str| {
        let value = document.get(member)?;
        let name = || value.as_str().filter(|name| !name.is_empty()).map(str::to_owned);
        connection_id(value).map(Named::Id).or_else(|| name().map(Named::Name))
    };
    Ok(named("connection").or_else(|| named("account")))
}

/// A connection's id. `1.0` is a JSON Schema integer, too.
fn connection_id(value: &Value) -> Option<u64> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "looked at first")]
    let whole =
        || value.as_f64().filter(|number| number.fract() == 0.0).map(|number| number as u64);
    value.as_u64().or_else(whole).filter(|id| (1..=MAX_ID).contains(id))
}

fn invalid(pointer: &str, rule: &str, message: &str) -> HostError {
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_names_its_connection() {
        for (action, id) in [
            (r#"{"connection": 7}"#, Some(7)),
            (r#"{"connection": 7.0}"#, Some(7)),
            (r#"{"connection": 9007199254740991}"#, Some(MAX_ID)),
            (r#"{"connection": 9007199254740992}"#, None),
            (r#"{"connection": 0}"#, None),
            (r#"{"connection": -1}"#, None),
            (r#"{"connection": 1.5}"#, None),
            (r#"{"connection": 1e300}"#, None),
            (r#"{"connection": ""}"#, None),
            (r#"{"connection": null}"#, None),
            ("{}", None),
        ] {
            assert_eq!(connection_of(action).unwrap(), id.map(Named::Id), "{action}");
        }
        for action in [
            r#"{"connection": "Marketing"}"#,
            r#"{"account": "Marketing"}"#,
            r#"{"connection": "Marketing", "account": "Sales"}"#,
        ] {
            let name = Named::Name("Marketing".to_owned());
            assert_eq!(connection_of(action).unwrap(), Some(name), "{action}");
        }
        for action in ["{", "[]"] {
            let error = connection_of(action).unwrap_err();
            assert_eq!(error.code, ErrorCode::InvalidInput, "{action}");
            assert_eq!(error.violations[0].pointer, "", "{action}");
        }
    }
}
