//! States change here, and only as the connector says.

use super::{Host, LOCAL_DEADLINE};
use crate::bindings::exports::sovrium::connector::lifecycle::{Event, State};
use crate::crash_point::{CrashPoint, reach};
use crate::error::{ErrorCode, HostError};
use crate::store::{ConnectionRow, LastError};

impl Host {
    /// The state that an event leads to, or the connector's refusal.
    pub(super) async fn state_after(
        &self,
        row: &ConnectionRow,
        event: Event,
    ) -> Result<State, HostError> {
        let context = self.context(Some(row.connection.id), LOCAL_DEADLINE);
        Ok(self.0.component.transition(context, row.state, event).await??)
    }

    /// Moves the connection to the state that an event leads to.
    pub(super) async fn advance(
        &self,
        row: &ConnectionRow,
        event: Event,
        last_error: Option<LastError>,
    ) -> Result<State, HostError> {
        let next = self.state_after(row, event).await?;
        let id = row.connection.id;
        reach(CrashPoint::StateMoving);
        let moved = self.store().move_connection(id, row.state, next, last_error).await?;
        reach(CrashPoint::StateMoved);
        if moved { Ok(next) } else { Err(HostError::changed_meanwhile(id)) }
    }

    /// Does what a failed call asks for: notes the error, and when the connection needs a person
    /// to work again, moves it to the state that follows, which offers what the person has to do.
    /// The grant stays as it is. Gives the error back.
    pub(super) async fn after_failure(&self, row: &ConnectionRow, error: HostError) -> HostError {
        let outcome = if needs_a_person(error.code) {
            self.refuse(row, Event::GrantRefused, &error).await
        } else {
            let noted = Err(LastError::from(&error));
            self.store().note_activity(row.connection.id, noted).await.map_err(HostError::from)
        };
        if let Err(secondary) = outcome {
            // The caller has to learn of the first error, not of this one.
            tracing::warn!(connection = row.connection.id, %secondary, "a failure was not noted");
        }
        error
    }

    /// Lets an unwelcome event have its effect, if it can have one in the present state.
    pub(super) async fn refuse(
        &self,
        row: &ConnectionRow,
        event: Event,
        error: &HostError,
    ) -> Result<(), HostError> {
        match self.advance(row, event, Some(LastError::from(error))).await {
            Ok(_) => Ok(()),
            Err(refusal) => {
                tracing::debug!(connection = row.connection.id, %refusal, "the state stays");
                Ok(())
            }
        }
    }
}

/// Whether nothing but a person can make the connection work again: by connecting anew, by
/// correcting the client id or secret, by entering secrets again that no key opens.
pub(super) fn needs_a_person(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::ReauthorizationRequired | ErrorCode::InvalidClient | ErrorCode::Vault)
}

impl From<&HostError> for LastError {
    fn from(error: &HostError) -> Self {
        Self { code: error.code.to_string(), message: error.message.clone() }
    }
}
