//! Connections are created, changed and listed.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{ConnectionView, Host, LOCAL_DEADLINE};
use crate::audit::EventKind;
use crate::bindings::exports::sovrium::connector::lifecycle::{Event, State};
use crate::bindings::sovrium::connector::types;
use crate::error::{ErrorCode, HostError, Violation};
use crate::store::{ConnectionQuery, ConnectionRows, Taken};

/// A page of connections.
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectionPage {
    /// The connections, by id.
    pub connections: Vec<ConnectionView>,
    /// How many pass the query on all pages.
    pub matching: u64,
    /// How many there are in each state, by its name, whatever the query.
    pub by_state: BTreeMap<String, u64>,
}

impl Host {
    /// Everything that is wrong with a connection's document, uniqueness included.
    pub async fn validate(&self, document: &str) -> Result<Vec<Violation>, HostError> {
        let context = self.context(None, LOCAL_DEADLINE);
        let found = self.0.component.validate(context, document.to_owned()).await?;
        let mut violations: Vec<_> = found.into_iter().map(Violation::from).collect();
        violations.extend(uniqueness_violations(self.taken_by_others(document, None).await?));
        Ok(violations)
    }

    /// Creates a connection from its document. All that is wrong with it comes back at once.
    pub async fn create_connection(&self, document: &str) -> Result<ConnectionView, HostError> {
        let taken = self.taken_by_others(document, None).await?;
        let context = self.context(None, LOCAL_DEADLINE);
        let created = self.0.component.create(context, document.to_owned()).await?;
        let connection = refuse_taken(created, taken)?;
        let id = connection.id;
        // Asked again under the write lock, because somebody may have been faster.
        let inserted = self.store().insert_connection(connection, State::Configured).await?;
        inserted.map_err(not_unique)?;
        self.note(id, EventKind::Created).await;
        self.connection(id).await
    }

    /// All connections, by id.
    pub async fn connections(&self) -> Result<Vec<ConnectionView>, HostError> {
        let mut views = Vec::new();
        let queued = self.store().revocations().await?;
        for row in self.store().connections().await? {
            views.push(self.view(row, &queued).await?);
        }
        Ok(views)
    }

    /// A page of connections.
    pub async fn connection_page(
        &self,
        query: ConnectionQuery,
    ) -> Result<ConnectionPage, HostError> {
        let ConnectionRows { rows, matching, by_state } =
            self.store().connection_page(query).await?;
        let queued = self.store().revocations().await?;
        let mut connections = Vec::with_capacity(rows.len());
        for row in rows {
            connections.push(self.view(row, &queued).await?);
        }
        Ok(ConnectionPage { connections, matching, by_state })
    }

    /// One connection.
    pub async fn connection(&self, id: u64) -> Result<ConnectionView, HostError> {
        let queued = self.store().revocations().await?;
        self.view(self.row(id).await?, &queued).await
    }

    /// Gives a connection another name. Credentials, tokens and state stay.
    pub async fn rename_connection(
        &self,
        id: u64,
        name: &str,
    ) -> Result<ConnectionView, HostError> {
        self.change_connection(id, &serde_json::json!({ "name": name }).to_string()).await
    }

    /// Applies changes, a JSON Merge Patch. Another client id, secret or personal access token is
    /// the event `update-credentials`, the other of these two ways to connect is `change-method`;
    /// either is refused where it is not possible. Going over to another way ends what was granted
    /// in the one before.
    pub async fn change_connection(
        &self,
        id: u64,
        changes: &str,
    ) -> Result<ConnectionView, HostError> {
        let row = self.row(id).await?;
        let taken = Taken { id: false, ..self.taken_by_others(changes, Some(id)).await? };
        let context = self.context(Some(id), LOCAL_DEADLINE);
        let changed =
            self.0.component.change(context, row.connection.clone(), changes.to_owned()).await?;
        let changed = refuse_taken(changed, taken)?;
        let event = credentials_event(&row.connection, &changed);
        let state = match event {
            Some(event) => self.state_after(&row, event).await?,
            None => row.state,
        };
        if event == Some(Event::ChangeMethod) {
            // Nothing could revoke it later: what that takes is about to go.
            self.revoke(&row).await?;
        }
        if self.store().update_connection(&row, changed, state).await?.map_err(not_unique)? {
            if event.is_some() {
                self.note(id, EventKind::CredentialsUpdated).await;
            }
            self.connection(id).await
        } else {
            Err(HostError::changed_meanwhile(id))
        }
    }

    /// Which of the document's id and name belong to a connection other than `except`. What is
    /// no document, id or name is the connector's to refuse.
    async fn taken_by_others(
        &self,
        document: &str,
        except: Option<u64>,
    ) -> Result<Taken, HostError> {
        let document: Value = serde_json::from_str(document).unwrap_or_default();
        let id = document.get("id").and_then(Value::as_u64);
        let name = document.get("name").and_then(Value::as_str).map(str::to_owned);
        Ok(self.store().taken(id, name, except).await?)
    }
}

/// The connector's answer, with what is taken added to its refusal or made one.
fn refuse_taken(
    answer: Result<types::Connection, types::Error>,
    taken: Taken,
) -> Result<types::Connection, HostError> {
    match answer.map_err(HostError::from) {
        Ok(connection) if !taken.any() => Ok(connection),
        Ok(_) => Err(not_unique(taken)),
        Err(mut error) => {
            if error.code == ErrorCode::InvalidConnection {
                error.violations.extend(uniqueness_violations(taken));
            }
            Err(error)
        }
    }
}

fn not_unique(taken: Taken) -> HostError {
    HostError::new(
        ErrorCode::InvalidConnection,
        "The connection's configuration is not valid.",
        "Correct what the violations name and try again.",
    )
    .with_violations(uniqueness_violations(taken))
}

fn uniqueness_violations(taken: Taken) -> Vec<Violation> {
    let violation = |pointer: &str, message: &str| Violation {
        pointer: pointer.to_owned(),
        rule: "unique".to_owned(),
        message: message.to_owned(),
    };
    let id = taken.id.then(|| violation("/id", "Connection ID must be unique"));
    let name = taken.name.then(|| violation("/name", "Connection name must be unique"));
    id.into_iter().chain(name).collect()
}

/// What happens to the credentials, if anything does. A secret that was given is sealed anew, so
/// its envelope differs even if it is the same secret.
fn credentials_event(before: &types::Connection, after: &types::Connection) -> Option<Event> {
    if before.personal_access_token.is_some() != after.personal_access_token.is_some() {
        return Some(Event::ChangeMethod);
    }
    let differ = before.client_id != after.client_id
        || before.client_secret != after.client_secret
        || before.personal_access_token != after.personal_access_token;
    differ.then_some(Event::UpdateCredentials)
}
