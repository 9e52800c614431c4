//! The states of a connection, as pure functions.
//!
//! The brief's table decides what a person can do in each state, and with it which events are
//! legal; everything else is refused by name.

pub use crate::contract::lifecycle::{
    Event, Facts, PlatformStatus, PlatformView, RowAction, State, UserAction,
};
use crate::error::{Error, ErrorCode, Result};
use crate::oauth::grant;
use crate::text::list;

/// The state after an event.
///
/// # Errors
/// `conflict` when the event cannot happen in that state.
pub fn transition(current: State, event: Event) -> Result<State> {
    use {Event as E, State as S};
    match (current, event) {
        (S::Configured | S::Disconnected | S::Error, E::Connect) => Ok(current),
        (S::Configured | S::Disconnected | S::Error, E::Authorized) => Ok(S::Connected),
        (S::Configured | S::Disconnected | S::Error, E::AuthorizationFailed) => Ok(S::Error),
        (S::Connected, E::Test) => Ok(S::Connected),
        (S::Connected, E::Disconnect) => Ok(S::Disconnected),
        (S::Connected, E::GrantRefused) => Ok(S::Error),
        (S::Error, E::UpdateCredentials)
        | (S::Configured | S::Disconnected | S::Error, E::ChangeMethod) => Ok(S::Configured),
        _ => Err(refusal(current, event)),
    }
}

/// What a person can do in a state, as the brief lists it.
#[must_use]
pub fn user_actions(current: State) -> &'static [UserAction] {
    match current {
        State::Configured => &[UserAction::Connect],
        State::Connected => &[UserAction::Disconnect, UserAction::Test],
        State::Disconnected => &[UserAction::Reconnect],
        State::Error => &[UserAction::UpdateCredentials, UserAction::Reconnect],
    }
}

/// The platform's view of the same facts. What counts is the refresh token: access tokens live for
/// hours, so a status that followed them would call every healthy connection expiring.
#[must_use]
pub fn platform_view(facts: Facts, now: u64) -> PlatformView {
    let usable = facts.state == State::Connected && facts.has_grant;
    let status = match facts.refresh_expires_at {
        _ if !usable => PlatformStatus::Expired,
        Some(end) if end <= now => PlatformStatus::Expired,
        Some(end) if grant::ends_soon(end, now) => PlatformStatus::ExpiringSoon,
        _ => PlatformStatus::Active,
    };
    let row_action = match facts.state {
        State::Configured => RowAction::Connect,
        State::Connected => RowAction::Disconnect,
        _ => RowAction::Reconnect,
    };
    PlatformView { status, row_action }
}

fn refusal(current: State, event: Event) -> Error {
    let possible = list(user_actions(current).iter().map(|action| action_label(*action)));
    Error::new(
        ErrorCode::Conflict,
        &format!("A connection that is {} cannot {}.", state_label(current), event_label(event)),
        &format!("What can be done now: {possible}."),
    )
}

const fn state_label(state: State) -> &'static str {
    match state {
        State::Configured => "configured",
        State::Connected => "connected",
        State::Disconnected => "disconnected",
        State::Error => "in error",
    }
}

const fn event_label(event: Event) -> &'static str {
    match event {
        Event::Connect => "begin to connect",
        Event::Authorized => "complete an authorization",
        Event::AuthorizationFailed => "fail an authorization",
        Event::Test => "be tested",
        Event::Disconnect => "be disconnected",
        Event::GrantRefused => "have its grant refused",
        Event::UpdateCredentials => "have its credentials updated",
        Event::ChangeMethod => "go over to another way to connect",
    }
}

const fn action_label(action: UserAction) -> &'static str {
    match action {
        UserAction::Connect => "Connect",
        UserAction::Disconnect => "Disconnect",
        UserAction::Test => "Test",
        UserAction::Reconnect => "Re-connect",
        UserAction::UpdateCredentials => "Update credentials",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATES: [State; 4] =
        [State::Configured, State::Connected, State::Disconnected, State::Error];
    const EVENTS: [Event; 8] = [
        Event::Connect,
        Event::Authorized,
        Event::AuthorizationFailed,
        Event::Test,
        Event::Disconnect,
        Event::GrantRefused,
        Event::UpdateCredentials,
        Event::ChangeMethod,
    ];

    #[test]
    fn every_pair_of_state_and_event_has_its_one_answer() {
        use State::{Configured as C, Connected as O, Disconnected as D, Error as X};
        // In the order of EVENTS; `None` is a refusal.
        let table = [
            (C, [Some(C), Some(O), Some(X), None, None, None, None, Some(C)]),
            (O, [None, None, None, Some(O), Some(D), Some(X), None, None]),
            (D, [Some(D), Some(O), Some(X), None, None, None, None, Some(C)]),
            (X, [Some(X), Some(O), Some(X), None, None, None, Some(C), Some(C)]),
        ];
        for (state, answers) in table {
            for (event, expected) in EVENTS.into_iter().zip(answers) {
                assert_eq!(transition(state, event).ok(), expected, "{state:?} {event:?}");
            }
        }
    }

    #[test]
    fn a_refusal_names_the_state_the_event_and_what_can_be_done() {
        let error = transition(State::Disconnected, Event::Test).unwrap_err();
        assert_eq!(error.code, ErrorCode::Conflict);
        assert_eq!(error.message, "A connection that is disconnected cannot be tested.");
        assert_eq!(error.next_step, "What can be done now: Re-connect.");
    }

    #[test]
    fn a_person_can_do_what_the_events_allow() {
        for state in STATES {
            for action in user_actions(state) {
                let event = match action {
                    UserAction::Connect | UserAction::Reconnect => Event::Connect,
                    UserAction::Disconnect => Event::Disconnect,
                    UserAction::Test => Event::Test,
                    UserAction::UpdateCredentials => Event::UpdateCredentials,
                };
                assert!(transition(state, event).is_ok(), "{state:?} {action:?}");
            }
        }
    }

    #[test]
    fn a_connection_is_active_while_its_refresh_token_lives() {
        let day = 24 * 60 * 60 * 1000;
        let view = |state, has_grant, refresh_expires_at| {
            platform_view(Facts { state, has_grant, refresh_expires_at }, 100 * day)
        };
        let of = |view: PlatformView| (view.status, view.row_action);
        use {PlatformStatus as P, RowAction as R};
        assert_eq!(of(view(State::Connected, true, None)), (P::Active, R::Disconnect));
        assert_eq!(of(view(State::Connected, true, Some(108 * day))), (P::Active, R::Disconnect));
        let soon = view(State::Connected, true, Some(107 * day));
        assert_eq!(of(soon), (P::ExpiringSoon, R::Disconnect));
        let over = view(State::Connected, true, Some(100 * day));
        assert_eq!(of(over), (P::Expired, R::Disconnect));
        assert_eq!(of(view(State::Configured, false, None)), (P::Expired, R::Connect));
        assert_eq!(of(view(State::Disconnected, false, None)), (P::Expired, R::Reconnect));
        assert_eq!(of(view(State::Error, true, None)), (P::Expired, R::Reconnect));
    }
}
