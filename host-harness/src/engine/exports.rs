//! The connector's exports, one method each. Every call has an instance of its own.

use std::borrow::Cow;

use serde::Deserialize;

use super::{CallContext, CallFailure, ConnectorComponent};
use crate::bindings::exports::sovrium::connector::lifecycle::{
    Event, Facts, PlatformView, State, UserAction,
};
use crate::bindings::exports::sovrium::connector::manifest::Manifest;
use crate::bindings::exports::sovrium::connector::oauth::{
    Account, AuthorizeRequest, GrantSummary, PendingAuthorization, Revocation,
};
use crate::bindings::exports::sovrium::connector::triggers::{
    Delivery, Event as TriggerEvent, Polled,
};
use crate::bindings::exports::sovrium::connector::vault::Slot;
use crate::bindings::sovrium::connector::types::{Connection, Error, Violation};

type Answer<T> = Result<Result<T, Error>, CallFailure>;

/// Calls one export; its arguments move into the call, whose requests are recorded under its name.
macro_rules! call {
    (
        $self:ident, $context:ident, $name:expr,
        $interface:ident . $function:ident ( $($argument:expr),* )
    ) => {
        $self.call($context.named($name), move |connector, store| Box::pin(async move {
            connector.$interface().$function(store, $($argument),*).await
        })).await
    };
}

impl ConnectorComponent {
    /// `manifest.describe`
    pub async fn describe(&self, context: CallContext) -> Result<Manifest, CallFailure> {
        call!(self, context, "manifest.describe", sovrium_connector_manifest.call_describe())
    }

    /// `connections.validate`
    pub async fn validate(
        &self,
        context: CallContext,
        document: String,
    ) -> Result<Vec<Violation>, CallFailure> {
        call!(
            self,
            context,
            "connections.validate",
            sovrium_connector_connections.call_validate(&document)
        )
    }

    /// `connections.create`
    pub async fn create(&self, context: CallContext, document: String) -> Answer<Connection> {
        call!(
            self,
            context,
            "connections.create",
            sovrium_connector_connections.call_create(&document)
        )
    }

    /// `connections.change`
    pub async fn change(
        &self,
        context: CallContext,
        current: Connection,
        changes: String,
    ) -> Answer<Connection> {
        call!(
            self,
            context,
            "connections.change",
            sovrium_connector_connections.call_change(&current, &changes)
        )
    }

    /// `oauth.authorize`
    pub async fn authorize(
        &self,
        context: CallContext,
        connection: Connection,
        request: AuthorizeRequest,
    ) -> Answer<PendingAuthorization> {
        call!(
            self,
            context,
            "oauth.authorize",
            sovrium_connector_oauth.call_authorize(&connection, &request)
        )
    }

    /// `oauth.exchange`
    pub async fn exchange(
        &self,
        context: CallContext,
        connection: Connection,
        pending: String,
        callback: String,
    ) -> Answer<GrantSummary> {
        call!(
            self,
            context,
            "oauth.exchange",
            sovrium_connector_oauth.call_exchange(&connection, &pending, &callback)
        )
    }

    /// `oauth.refresh`
    pub async fn refresh(
        &self,
        context: CallContext,
        connection: Connection,
    ) -> Answer<GrantSummary> {
        call!(self, context, "oauth.refresh", sovrium_connector_oauth.call_refresh(&connection))
    }

    /// `oauth.connect-with-token`
    pub async fn connect_with_token(
        &self,
        context: CallContext,
        connection: Connection,
    ) -> Answer<GrantSummary> {
        call!(
            self,
            context,
            "oauth.connect-with-token",
            sovrium_connector_oauth.call_connect_with_token(&connection)
        )
    }

    /// `oauth.rotate`
    pub async fn rotate(&self, context: CallContext, connection: Connection) -> Answer<Revocation> {
        call!(self, context, "oauth.rotate", sovrium_connector_oauth.call_rotate(&connection))
    }

    /// `oauth.revoke`
    pub async fn revoke(&self, context: CallContext, connection: Connection) -> Answer<Revocation> {
        call!(self, context, "oauth.revoke", sovrium_connector_oauth.call_revoke(&connection))
    }

    /// `oauth.revoke-outstanding`
    pub async fn revoke_outstanding(
        &self,
        context: CallContext,
        connection: Connection,
        outstanding: String,
    ) -> Answer<Revocation> {
        call!(
            self,
            context,
            "oauth.revoke-outstanding",
            sovrium_connector_oauth.call_revoke_outstanding(&connection, &outstanding)
        )
    }

    /// `oauth.test`
    pub async fn test(&self, context: CallContext, connection: Connection) -> Answer<Account> {
        call!(self, context, "oauth.test", sovrium_connector_oauth.call_test(&connection))
    }

    /// `lifecycle.transition`
    pub async fn transition(
        &self,
        context: CallContext,
        current: State,
        event: Event,
    ) -> Answer<State> {
        call!(
            self,
            context,
            "lifecycle.transition",
            sovrium_connector_lifecycle.call_transition(current, event)
        )
    }

    /// What a connection looks like from outside: `connections.mask`, `lifecycle.user-actions`
    /// and the platform's view, in one instance.
    pub async fn look(
        &self,
        context: CallContext,
        connection: Connection,
        facts: Facts,
    ) -> Result<(String, Vec<UserAction>, PlatformView), CallFailure> {
        self.call(context.named("connections.mask"), move |connector, store| {
            Box::pin(async move {
                let connections = connector.sovrium_connector_connections();
                let lifecycle = connector.sovrium_connector_lifecycle();
                let mask = connections.call_mask(&mut *store, &connection).await?;
                let actions = lifecycle.call_user_actions(&mut *store, facts.state).await?;
                let platform = lifecycle.call_view(&mut *store, facts).await?;
                Ok((mask, actions, platform))
            })
        })
        .await
    }

    /// `triggers.receive`
    pub async fn receive(
        &self,
        context: CallContext,
        connection: Connection,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
        tolerance_ms: u32,
    ) -> Answer<Delivery> {
        call!(
            self,
            context,
            "triggers.receive",
            sovrium_connector_triggers.call_receive(&connection, &headers, &body, tolerance_ms)
        )
    }

    /// `triggers.complete`
    pub async fn complete(
        &self,
        context: CallContext,
        connection: Connection,
        event: TriggerEvent,
    ) -> Answer<TriggerEvent> {
        let deadline_ms = millis(context.deadline);
        call!(
            self,
            context,
            "triggers.complete",
            sovrium_connector_triggers.call_complete(&connection, &event, deadline_ms)
        )
    }

    /// `triggers.poll`
    pub async fn poll(
        &self,
        context: CallContext,
        connection: Connection,
        request: String,
        state: Option<Vec<u8>>,
    ) -> Answer<Polled> {
        let deadline_ms = millis(context.deadline);
        call!(
            self,
            context,
            "triggers.poll",
            sovrium_connector_triggers.call_poll(
                &connection,
                &request,
                state.as_deref(),
                deadline_ms
            )
        )
    }

    /// `vault.reseal`
    pub async fn reseal(
        &self,
        context: CallContext,
        connection: u64,
        slot: Slot,
        secret: String,
    ) -> Answer<String> {
        call!(
            self,
            context,
            "vault.reseal",
            sovrium_connector_vault.call_reseal(connection, slot, &secret)
        )
    }

    /// `operations.run`
    pub async fn run(
        &self,
        context: CallContext,
        connection: Connection,
        action: String,
    ) -> Answer<String> {
        let name = operation_of(&action);
        let deadline_ms = millis(context.deadline);
        call!(
            self,
            context,
            name,
            sovrium_connector_operations.call_run(&connection, &action, deadline_ms)
        )
    }
}

fn millis(duration: std::time::Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}

/// The longest name of an operation that is kept.
const LONGEST_NAME: usize = 64;

/// The operation that an automation's document names, if that is a name and not just anything.
fn operation_of(action: &str) -> String {
    #[derive(Deserialize)]
    struct Named<'a> {
        #[serde(borrow)]
        action: Cow<'a, str>,
    }
    let is_name = |text: &str| {
        let parts = || text.split('.');
        text.len() <= LONGEST_NAME
            && parts().count() > 1
            && parts().all(|part| {
                part.starts_with(|first: char| first.is_ascii_alphabetic())
                    && part.chars().all(|letter| letter.is_ascii_alphanumeric())
            })
    };
    serde_json::from_str(action)
        .ok()
        .map(|Named { action }| action)
        .filter(|name| is_name(name))
        .map_or_else(|| "operations.run".to_owned(), Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_is_known_by_its_name_and_anything_else_is_not_repeated() {
        let of = |name: &str| operation_of(&format!(r#"{{"config": [{{}}], "action": {name}}}"#));
        assert_eq!(of(r#""calendly.queryRecords""#), "calendly.queryRecords");
        assert_eq!(of(r#""calendly.\u0071ueryRecords""#), "calendly.queryRecords");
        let long = format!(r#""calendly.{}""#, "a".repeat(LONGEST_NAME));
        for other in
            ["1", "null", r#""a secret""#, r#""query""#, r#""a.b\u001b""#, r#""a.""#, &long]
        {
            assert_eq!(of(other), "operations.run", "{other}");
        }
        for broken in ["", "{", "{}", "[]"] {
            assert_eq!(operation_of(broken), "operations.run", "{broken}");
        }
    }
}
