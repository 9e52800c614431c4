//! A person lets a connection act for them.

use serde::Serialize;
use serde_json::json;
use url::form_urlencoded;

use super::transition::needs_a_person;
use super::{ConnectionView, Host, LOCAL_DEADLINE, NETWORK_DEADLINE};
use crate::audit::EventKind;
use crate::bindings::exports::sovrium::connector::lifecycle::{Event, State};
use crate::bindings::exports::sovrium::connector::oauth::AuthorizeRequest;
use crate::crash_point::{CrashPoint, reach};
use crate::engine::CallContext;
use crate::error::{ErrorCode, HostError};
use crate::store::{ConnectionRow, PendingAuthorization, StateMove};
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
        reach(CrashPoint::PendingStoring);
        self.store().insert_pending(&pending.state, authorization).await?;
        reach(CrashPoint::PendingStored);
        self.advance(&row, Event::Connect, row.last_error.clone()).await?;
        Ok(Pending {
            connection: id,
            url: pending.url,
            scopes: pending.scopes,
            redirect_uri: pending.redirect_uri,
            expires_at: pending.expires_at,
        })
    }

    /// Connects with the connection's personal access token, which needs nobody to authorize it.
    pub async fn connect_with_token(&self, id: u64) -> Result<ConnectionView, HostError> {
        let row = self.row(id).await?;
        self.state_after(&row, Event::Connect).await?;
        let with_grant = Some(self.authorized(&row).await?);
        let context = CallContext { with_grant, ..self.context(Some(id), NETWORK_DEADLINE) };
        let answer = self.0.component.connect_with_token(context, row.connection.clone()).await;
        match answer.map_err(HostError::from).and_then(|answer| Ok(answer?)) {
            Ok(_) => {
                self.arrive(&self.row(id).await?).await?;
                self.store().note_activity(id, Ok(())).await?;
                self.note(id, EventKind::Connected).await;
                self.connection(id).await
            }
            Err(error) if needs_a_person(error.code) => {
                self.refuse(&row, Event::AuthorizationFailed, &error).await?;
                Err(error)
            }
            // Nothing is wrong with the token, as far as is known.
            Err(error) => Err(self.after_failure(&row, error).await),
        }
    }

    /// Completes an authorization from the URL that the browser came back to, or its query alone.
    /// The `state` in it says which connection it is for.
    ///
    /// A refusal of the callback itself is an `invalid-state` whose `detail.reason` says why; it
    /// changes no connection, because anybody can send one.
    pub async fn finish_connect(&self, callback: &str) -> Result<ConnectionView, HostError> {
        let state = state_of(callback)?;
        let authorization = self.store().pending(&state).await?;
        let authorization = authorization.ok_or_else(|| {
            let message = "This answer belongs to no authorization that is waiting for one.";
            invalid_state("unknown-state", message)
        })?;
        self.exchange(&state, authorization, callback).await
    }

    /// The same, when only this connection's authorization will do.
    pub async fn finish_connect_of(
        &self,
        id: u64,
        callback: &str,
    ) -> Result<ConnectionView, HostError> {
        let state = state_of(callback)?;
        match self.store().pending(&state).await? {
            Some(authorization) if authorization.connection == id => {
                self.exchange(&state, authorization, callback).await
            }
            Some(_) => {
                let message = "The callback answers the authorization of another connection.";
                Err(invalid_state("other-connection", message))
            }
            None if self.store().awaits_answer(id).await? => {
                let message = "The callback's state is not the one that was sent out.";
                Err(invalid_state("state-mismatch", message))
            }
            None => {
                let message = "No authorization of this connection is waiting for an answer.";
                Err(invalid_state("unknown-state", message))
            }
        }
    }

    async fn exchange(
        &self,
        state: &str,
        authorization: PendingAuthorization,
        callback: &str,
    ) -> Result<ConnectionView, HostError> {
        let id = authorization.connection;
        let row = self.row(id).await?;
        let with_grant = self.may_be_answered(&row, state, &authorization).await?;
        let queued_before = self.store().revocations().await?;
        let context = CallContext { with_grant, ..self.context(Some(id), NETWORK_DEADLINE) };
        let exchanged = self
            .0
            .component
            .exchange(context, row.connection.clone(), authorization.pending, callback.to_owned())
            .await;
        let outcome = exchanged.map_err(HostError::from).and_then(|answer| Ok(answer?));
        // A callback that does not belong to a pending authorization, or comes a second time, says
        // nothing about the connection: anybody can send one.
        if let Err(failure) = &outcome
            && failure.code == ErrorCode::InvalidState
        {
            return Err(failure.clone());
        }
        self.store().note_answer(state).await?;
        reach(CrashPoint::AnswerNoted);
        let failure = match outcome {
            Ok(_) => {
                // Read again: the exchange may have taken a while.
                let Some(row_now) = self.store().connection(id).await? else {
                    // Nobody is left to use what was granted.
                    self.revoke(&row).await?;
                    return Err(HostError::unknown_connection(id));
                };
                self.arrive(&row_now).await?;
                self.revoke_replaced(id, &queued_before).await;
                self.store().note_activity(id, Ok(())).await?;
                self.note(id, EventKind::Connected).await;
                return self.connection(id).await;
            }
            Err(failure) => failure,
        };
        let detail = json!({ "error": failure.code.to_string() });
        self.note_detail(Some(id), EventKind::AuthorizationFailed, detail).await;
        self.refuse(&row, Event::AuthorizationFailed, &failure).await?;
        Err(match failure.platform_code {
            None if failure.code != ErrorCode::AuthorizationDenied => {
                failure.with_platform_code("token_exchange_failed")
            }
            _ => failure,
        })
    }

    /// Refuses an answer that the connection's state has no use for, before its code is spent: the
    /// tokens would take the place of those that are in use, which nobody would revoke. Returns what
    /// the tokens do to the state, if there can be any.
    async fn may_be_answered(
        &self,
        row: &ConnectionRow,
        state: &str,
        authorization: &PendingAuthorization,
    ) -> Result<Option<StateMove>, HostError> {
        let illegal = match self.authorized(row).await {
            Ok(state_move) => return Ok(Some(state_move)),
            Err(illegal) => illegal,
        };
        if self.store().was_answered(state).await? {
            return Err(invalid_state("replayed", "The authorization has been answered before."));
        }
        if self.clock().now_ms() >= authorization.expires_at {
            // The connector refuses it as that, and spends nothing.
            return Ok(None);
        }
        Err(illegal)
    }

    /// What an authorization does to the connection's state.
    pub(super) async fn authorized(&self, row: &ConnectionRow) -> Result<StateMove, HostError> {
        let to = self.state_after(row, Event::Authorized).await?;
        Ok(StateMove { from: row.state, to })
    }

    /// Moves a connection that has a new grant to where it belongs, if it is not there: the grant
    /// brought it there, unless it was in another state by then.
    pub(super) async fn arrive(&self, row: &ConnectionRow) -> Result<(), HostError> {
        let has_grant = self.store().grant(row.connection.id).await?.is_some();
        if row.state != State::Connected && has_grant {
            self.advance(row, Event::Authorized, None).await?;
        }
        Ok(())
    }
}

/// The `state` of a callback, the URL that the browser came back to or its query alone.
fn state_of(callback: &str) -> Result<String, HostError> {
    let without_fragment = callback.split('#').next().unwrap_or_default();
    let query = without_fragment.split_once('?').map_or(without_fragment, |(_, query)| query);
    let states = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "state");
    states.last().map(|(_, state)| state.into_owned()).filter(|state| !state.is_empty()).ok_or_else(
        || {
            invalid_state("missing-state", "The callback brings no state.")
                .with_platform_code("missing_code_or_state")
        },
    )
}

fn invalid_state(reason: &str, message: &str) -> HostError {
    HostError {
        detail: Some(json!({ "reason": reason })),
        ..HostError::new(
            ErrorCode::InvalidState,
            message,
            "Begin to connect again, and finish in the same browser within ten minutes.",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callback_is_a_url_or_its_query() {
        for callback in [
            "http://localhost:8976/oauth/calendly/callback?code=c&state=s%20t",
            "/oauth/calendly/callback?code=c&state=s%20t#fragment",
            "?code=c&state=s%20t",
            "code=c&state=s%20t",
        ] {
            assert_eq!(state_of(callback).unwrap(), "s t", "{callback}");
        }
        for callback in ["http://localhost:8976/", "?code=c", "?code=c&state=", ""] {
            let refusal = state_of(callback).unwrap_err();
            assert_eq!(refusal.platform_code, Some("missing_code_or_state"), "{callback}");
            assert_eq!(refusal.detail.unwrap()["reason"], "missing-state", "{callback}");
        }
    }
}
