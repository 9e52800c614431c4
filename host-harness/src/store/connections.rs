//! The connections and their states.

use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use super::grants::discard_grant;
use super::{Store, StoreError, from_json, from_sql, to_json, to_sql};
use crate::bindings::exports::sovrium::connector::lifecycle::State;
use crate::bindings::sovrium::connector::types::Connection;
use crate::crash_point::{CrashPoint, between};

/// A connection as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionRow {
    /// What the connector made of its configuration, secrets sealed.
    pub connection: Connection,
    /// Where it is in its life.
    pub state: State,
    /// When it was created.
    pub created_at: u64,
    /// When its configuration or state last changed.
    pub updated_at: u64,
    /// When the service was last reached with it.
    pub last_activity_at: Option<u64>,
    /// What last went wrong, until something goes right again.
    pub last_error: Option<LastError>,
}

/// A way from one state to another, as the connector has allowed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateMove {
    /// The state that it begins in; from any other, it is not made.
    pub from: State,
    /// The state that it leads to.
    pub to: State,
}

/// What last went wrong with a connection.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct LastError {
    /// The error's stable code.
    pub code: String,
    /// What happened, in a sentence.
    pub message: String,
}

/// What of a connection is somebody else's already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Its id.
    pub id: bool,
    /// Its name.
    pub name: bool,
}

impl Taken {
    /// Whether anything is.
    #[must_use]
    pub fn any(self) -> bool {
        self.id || self.name
    }
}

pub(super) const COLUMNS: &str = "id, name, client_id, client_secret, personal_access_token, scopes, \
     redirect_uri, webhook_signing_key, previous_webhook_signing_key, state, created_at, updated_at, last_activity_at, last_error_code, last_error_message";

impl Store {
    /// Adds a connection, unless its id or name is taken.
    pub async fn insert_connection(
        &self,
        connection: Connection,
        state: State,
    ) -> Result<Result<(), Taken>, StoreError> {
        let now = to_sql(self.now_ms());
        self.write(move |transaction| {
            let taken = taken(transaction, Some(connection.id), Some(&connection.name), None)?;
            if taken.any() {
                return Ok(Err(taken));
            }
            // Whatever an authorization of an earlier connection with this id left behind, when
            // it was completed while that connection was being removed.
            discard_grant(transaction, connection.id)?;
            transaction.execute(
                "INSERT INTO connections (id, name, client_id, client_secret, scopes, \
                 redirect_uri, state, created_at, updated_at, personal_access_token, \
                 webhook_signing_key, previous_webhook_signing_key) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9, ?10, ?11)",
                params![
                    to_sql(connection.id),
                    connection.name,
                    connection.client_id,
                    connection.client_secret,
                    to_json(&connection.scopes),
                    connection.redirect_uri,
                    state_name(state),
                    now,
                    connection.personal_access_token,
                    connection.webhook_signing_key,
                    connection.previous_webhook_signing_key,
                ],
            )?;
            Ok(Ok(()))
        })
        .await
    }

    /// Which of id and name belong to a connection other than `except`.
    pub async fn taken(
        &self,
        id: Option<u64>,
        name: Option<String>,
        except: Option<u64>,
    ) -> Result<Taken, StoreError> {
        self.read(move |transaction| taken(transaction, id, name.as_deref(), except)).await
    }

    /// All connections, by id.
    pub async fn connections(&self) -> Result<Vec<ConnectionRow>, StoreError> {
        self.read(|transaction| {
            let mut statement = transaction
                .prepare_cached(&format!("SELECT {COLUMNS} FROM connections ORDER BY id"))?;
            let mut rows = statement.query([])?;
            let mut connections = Vec::new();
            while let Some(row) = rows.next()? {
                connections.push(connection_row(row)?);
            }
            Ok(connections)
        })
        .await
    }

    /// One connection.
    pub async fn connection(&self, id: u64) -> Result<Option<ConnectionRow>, StoreError> {
        self.read(move |transaction| {
            let mut statement = transaction
                .prepare_cached(&format!("SELECT {COLUMNS} FROM connections WHERE id = ?1"))?;
            let mut rows = statement.query([to_sql(id)])?;
            rows.next()?.map(connection_row).transpose()
        })
        .await
    }

    /// Replaces a connection's configuration and state, if it is still as `before` says; else
    /// returns false and changes nothing.
    pub async fn update_connection(
        &self,
        before: &ConnectionRow,
        connection: Connection,
        state: State,
    ) -> Result<Result<bool, Taken>, StoreError> {
        let now = to_sql(self.now_ms());
        let before = before.clone();
        self.write(move |transaction| {
            let id = connection.id;
            let taken = taken(transaction, None, Some(&connection.name), Some(id))?;
            if taken.any() {
                return Ok(Err(taken));
            }
            let changed = transaction.execute(
                "UPDATE connections SET name = ?2, client_id = ?3, client_secret = ?4, \
                 scopes = ?5, redirect_uri = ?6, state = ?7, updated_at = ?8, \
                 personal_access_token = ?15, webhook_signing_key = ?17, \
                 previous_webhook_signing_key = ?18 \
                 WHERE id = ?1 AND name = ?9 AND client_id = ?10 AND client_secret = ?11 \
                 AND scopes = ?12 AND redirect_uri IS ?13 AND state = ?14 \
                 AND personal_access_token IS ?16 AND webhook_signing_key IS ?19 \
                 AND previous_webhook_signing_key IS ?20",
                params![
                    to_sql(id),
                    connection.name,
                    connection.client_id,
                    connection.client_secret,
                    to_json(&connection.scopes),
                    connection.redirect_uri,
                    state_name(state),
                    now,
                    before.connection.name,
                    before.connection.client_id,
                    before.connection.client_secret,
                    to_json(&before.connection.scopes),
                    before.connection.redirect_uri,
                    state_name(before.state),
                    connection.personal_access_token,
                    before.connection.personal_access_token,
                    connection.webhook_signing_key,
                    connection.previous_webhook_signing_key,
                    before.connection.webhook_signing_key,
                    before.connection.previous_webhook_signing_key,
                ],
            )?;
            Ok(Ok(changed == 1))
        })
        .await
    }

    /// Moves a connection to another state, if it is still in the state `from`; else returns
    /// false and changes nothing. `last_error` is what led there; none clears it.
    pub async fn move_connection(
        &self,
        id: u64,
        from: State,
        to: State,
        last_error: Option<LastError>,
    ) -> Result<bool, StoreError> {
        let now = self.now_ms();
        self.write(move |transaction| {
            move_state(transaction, now, id, StateMove { from, to }, last_error)
        })
        .await
    }

    /// Remembers that the service was reached, or what went wrong instead. In the state `error`
    /// the reason for it stays until the state changes: the tokens there are may go on working for
    /// a while.
    pub async fn note_activity(
        &self,
        id: u64,
        outcome: Result<(), LastError>,
    ) -> Result<(), StoreError> {
        let now = to_sql(self.now_ms());
        self.write(move |transaction| {
            match outcome {
                Ok(()) => transaction.execute(
                    "UPDATE connections SET last_activity_at = ?2, \
                     last_error_code = CASE state WHEN 'error' THEN last_error_code END, \
                     last_error_message = CASE state WHEN 'error' THEN last_error_message END \
                     WHERE id = ?1",
                    params![to_sql(id), now],
                )?,
                Err(error) => transaction.execute(
                    "UPDATE connections SET last_error_code = ?2, last_error_message = ?3 \
                     WHERE id = ?1",
                    params![to_sql(id), error.code, error.message],
                )?,
            };
            Ok(())
        })
        .await
    }

    /// Removes a connection with its pending authorizations and its grant. False when there is no
    /// such connection.
    pub async fn remove_connection(&self, id: u64) -> Result<bool, StoreError> {
        let _step = between(CrashPoint::ConnectionRemoving, CrashPoint::ConnectionRemoved);
        self.write(move |transaction| {
            discard_grant(transaction, id)?;
            let removed =
                transaction.execute("DELETE FROM connections WHERE id = ?1", [to_sql(id)])?;
            Ok(removed == 1)
        })
        .await
    }
}

/// Makes a move if the connection is in the state that it begins in. Whether it was.
pub(super) fn move_state(
    transaction: &Transaction<'_>,
    now: u64,
    id: u64,
    StateMove { from, to }: StateMove,
    last_error: Option<LastError>,
) -> Result<bool, StoreError> {
    let (code, message) =
        last_error.map_or((None, None), |error| (Some(error.code), Some(error.message)));
    let changed = transaction.execute(
        "UPDATE connections SET state = ?3, last_error_code = ?4, last_error_message = ?5, \
         updated_at = ?6 WHERE id = ?1 AND state = ?2",
        params![to_sql(id), state_name(from), state_name(to), code, message, to_sql(now)],
    )?;
    Ok(changed == 1)
}

fn taken(
    transaction: &Transaction<'_>,
    id: Option<u64>,
    name: Option<&str>,
    except: Option<u64>,
) -> Result<Taken, StoreError> {
    let except = except.map(to_sql);
    let exists = |column: &str, value: &dyn rusqlite::ToSql| {
        transaction
            .query_row(
                &format!("SELECT 1 FROM connections WHERE {column} = ?1 AND id IS NOT ?2"),
                params![value, except],
                |_| Ok(()),
            )
            .optional()
            .map(|found| found.is_some())
    };
    Ok(Taken {
        id: id.map_or(Ok(false), |id| exists("id", &to_sql(id)))?,
        name: name.map_or(Ok(false), |name| exists("name", &name))?,
    })
}

pub(super) fn connection_row(row: &Row<'_>) -> Result<ConnectionRow, StoreError> {
    let scopes: String = row.get("scopes")?;
    let state: String = row.get("state")?;
    let last_error_code: Option<String> = row.get("last_error_code")?;
    let last_error_message: Option<String> = row.get("last_error_message")?;
    Ok(ConnectionRow {
        connection: Connection {
            id: from_sql(row.get("id")?),
            name: row.get("name")?,
            client_id: row.get("client_id")?,
            client_secret: row.get("client_secret")?,
            personal_access_token: row.get("personal_access_token")?,
            scopes: from_json(&scopes)?,
            redirect_uri: row.get("redirect_uri")?,
            webhook_signing_key: row.get("webhook_signing_key")?,
            previous_webhook_signing_key: row.get("previous_webhook_signing_key")?,
        },
        state: state_named(&state)?,
        created_at: from_sql(row.get("created_at")?),
        updated_at: from_sql(row.get("updated_at")?),
        last_activity_at: row.get::<_, Option<i64>>("last_activity_at")?.map(from_sql),
        last_error: last_error_code
            .zip(last_error_message)
            .map(|(code, message)| LastError { code, message }),
    })
}

/// The state's name in the contract.
pub(crate) fn state_name(state: State) -> &'static str {
    match state {
        State::Configured => "configured",
        State::Connected => "connected",
        State::Disconnected => "disconnected",
        State::Error => "error",
    }
}

fn state_named(name: &str) -> Result<State, StoreError> {
    [State::Configured, State::Connected, State::Disconnected, State::Error]
        .into_iter()
        .find(|state| state_name(*state) == name)
        .ok_or_else(|| StoreError::Corrupt("a connection's state is unknown".to_owned()))
}
