//! A person lets a connection act for them.

use std::collections::HashMap;

use serde::Serialize;
use url::{Url, form_urlencoded};

use super::{ConnectionView, Host, LOCAL_DEADLINE, NETWORK_DEADLINE};
use crate::bindings::exports::sovrium::connector::lifecycle::Event;
use crate::bindings::exports::sovrium::connector::oauth::AuthorizeRequest;
use crate::error::{ErrorCode, HostError};
use crate::store::PendingAuthorization;
use crate::timestamp;

/// What to ask the person for; empty asks for the connection's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectRequest {
    /// Where the browser comes back to.
    pub redirect_uri: Option<String>,
    /// Scopes.
    pub scopes: Vec<String>,
    /// Operations that the grant is to allow.
    pub operations: Vec<String>,
    /// Tables that these operations are for.
    pub tables: Vec<String>,
}

/// An authorization that a person has yet to answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pending {
    /// The connection it is for.
    pub connection: u64,
    /// The URL to open in a browser, at the service's own origin.
    pub url: String,
    /// The scopes asked for.
    pub scopes: Vec<String>,
    /// Where the browser comes back to.
    pub redirect_uri: String,
    /// When it can no longer be completed.
    #[serde(serialize_with = "timestamp::serialize")]
    pub expires_at: u64,
}

impl Host {
    /// Begins to connect: the person opens the URL, and [`Host::finish_connect`] takes what the
    /// browser brings back.
    pub async fn begin_connect(
        &self,
        id: u64,
        request: ConnectRequest,
    ) -> Result<Pending, HostError> {
        let row = self.row(id).await?;
        // Asked first: where connecting is not possible, no URL is made.
        self.state_after(&row, Event::Connect).await?;
        let ConnectRequest { redirect_uri, scopes, operations, tables } = request;
        let request = AuthorizeRequest { redirect_uri, scopes, operations, tables };
        let context = self.context(Some(id), LOCAL_DEADLINE);
        let connection = row.connection.clone();
        let pending = self.0.component.authorize(context, connection, request).await??;
        let authorization = PendingAuthorization {
            connection: id,
            pending: pending.pending,
            expires_at: pending.expires_at,
        };
        self.store().insert_pending(&pending.state, authorization).await?;
        self.advance(&row, Event::Connect, row.last_error.clone()).await?;
        Ok(Pending {
            connection: id,
            url: pending.url,
            scopes: pending.scopes,
            redirect_uri: pending.redirect_uri,
            expires_at: pending.expires_at,
        })
    }

    /// Completes an authorization from the URL that the browser came back to, or its query alone.
    /// The `state` in it says which connection it is for.
    pub async fn finish_connect(&self, callback: &str) -> Result<ConnectionView, HostError> {
        let authorization = self.pending_of(callback).await?;
        self.exchange(authorization, callback).await
    }

    /// The same, when only this connection's authorization will do.
    pub async fn finish_connect_of(
        &self,
        id: u64,
        callback: &str,
    ) -> Result<ConnectionView, HostError> {
        let authorization = self.pending_of(callback).await?;
        if authorization.connection != id {
            return Err(unknown_state());
        }
        self.exchange(authorization, callback).await
    }

    async fn pending_of(&self, callback: &str) -> Result<PendingAuthorization, HostError> {
        let mut parameters = callback_parameters(callback);
        let state = parameters.remove("state").filter(|state| !state.is_empty());
        let state =
            state.ok_or_else(|| unknown_state().with_platform_code("missing_code_or_state"))?;
        self.store().pending(&state).await?.ok_or_else(unknown_state)
    }

    async fn exchange(
        &self,
        authorization: PendingAuthorization,
        callback: &str,
    ) -> Result<ConnectionView, HostError> {
        let id = authorization.connection;
        let row = self.row(id).await?;
        let context = self.context(Some(id), NETWORK_DEADLINE);
        let exchanged = self
            .0
            .component
            .exchange(context, row.connection.clone(), authorization.pending, callback.to_owned())
            .await;
        let failure = match exchanged {
            Ok(Ok(_)) => {
                // Read again: the exchange may have taken a while.
                let Some(row_now) = self.store().connection(id).await? else {
                    // Nobody is left to use what was granted.
                    self.revoke(&row).await?;
                    return Err(HostError::unknown_connection(id));
                };
                self.advance(&row_now, Event::Authorized, None).await?;
                self.store().note_activity(id, Ok(())).await?;
                return self.connection(id).await;
            }
            Ok(Err(error)) => HostError::from(error),
            Err(failure) => HostError::from(failure),
        };
        // A callback that does not belong to a pending authorization, or comes a second time, says
        // nothing about the connection: anybody can send one.
        if failure.code == ErrorCode::InvalidState {
            return Err(failure);
        }
        self.refuse(&row, Event::AuthorizationFailed, &failure).await?;
        Err(match failure.platform_code {
            None if failure.code != ErrorCode::AuthorizationDenied => {
                failure.with_platform_code("token_exchange_failed")
            }
            _ => failure,
        })
    }
}

fn callback_parameters(callback: &str) -> HashMap<String, String> {
    let query = match Url::parse(callback) {
        Ok(url) => url.query().unwrap_or_default().to_owned(),
        Err(_) => {
            let from_query = callback.split_once('?').map_or(callback, |(_, query)| query);
            from_query.split('#').next().unwrap_or_default().to_owned()
        }
    };
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

fn unknown_state() -> HostError {
    HostError::new(
        ErrorCode::InvalidState,
        "This answer does not belong to an authorization that is waiting for one.",
        "Begin to connect again, and finish in the same browser within ten minutes.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callback_is_a_url_or_its_query() {
        for callback in [
            "http://localhost:8976/oauth/calendly/callback?code=c&state=s%20t",
            "/oauth/calendly/callback?code=c&state=s%20t",
            "?code=c&state=s%20t",
            "code=c&state=s%20t",
        ] {
            assert_eq!(callback_parameters(callback)["state"], "s t", "{callback}");
        }
        assert!(callback_parameters("http://localhost:8976/").is_empty());
    }
}
