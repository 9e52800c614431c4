//! The component's edge: exports call the core, imports serve it. Conversions, no logic.

mod imports;

use imports::Imports;

use crate::contract::exports::sovrium::connector::{
    connections, lifecycle as lifecycle_contract, manifest as manifest_contract,
    oauth as oauth_contract, operations as operations_contract, triggers as triggers_contract,
    vault as vault_contract,
};
use crate::contract::types::{self, Connection, Violation};
use crate::host::Clock;
use crate::{changes, connection, json, lifecycle, manifest, oauth, operations, vault, webhooks};

struct Component;

type Answer<T> = Result<T, types::Error>;

fn answer<T>(result: crate::error::Result<T>) -> Answer<T> {
    result.map_err(Into::into)
}

impl manifest_contract::Guest for Component {
    fn describe() -> manifest_contract::Manifest {
        manifest::describe()
    }
}

impl connections::Guest for Component {
    fn validate(document: String) -> Vec<Violation> {
        connection::validate(&document)
    }

    fn create(document: String) -> Answer<Connection> {
        answer(connection::create(&Imports, &document))
    }

    fn change(current: Connection, changes: String) -> Answer<Connection> {
        answer(connection::change(&Imports, &current, &changes))
    }

    fn mask(connection: Connection) -> String {
        json::write(&connection::mask(&connection))
    }
}

impl oauth_contract::Guest for Component {
    fn authorize(
        connection: Connection,
        request: oauth::AuthorizeRequest,
    ) -> Answer<oauth::PendingAuthorization> {
        answer(oauth::authorize::authorize(&Imports, &connection, &request))
    }

    fn exchange(
        connection: Connection,
        pending: String,
        callback: String,
    ) -> Answer<oauth::GrantSummary> {
        answer(oauth::exchange::exchange(&Imports, &connection, &pending, &callback))
    }

    fn refresh(connection: Connection) -> Answer<oauth::GrantSummary> {
        answer(oauth::grant::refresh(&Imports, &connection))
    }

    fn connect_with_token(connection: Connection) -> Answer<oauth::GrantSummary> {
        answer(oauth::personal_access_token::connect(&Imports, &connection))
    }

    fn rotate(connection: Connection) -> Answer<oauth::Revocation> {
        answer(oauth::revocation::rotate(&Imports, &connection))
    }

    fn revoke(connection: Connection) -> Answer<oauth::Revocation> {
        answer(oauth::revocation::revoke(&Imports, &connection))
    }

    fn revoke_outstanding(
        connection: Connection,
        outstanding: String,
    ) -> Answer<oauth::Revocation> {
        answer(oauth::revocation::revoke_outstanding(&Imports, &connection, &outstanding))
    }

    fn test(connection: Connection) -> Answer<oauth::Account> {
        answer(oauth::account::test(&Imports, &connection))
    }
}

impl lifecycle_contract::Guest for Component {
    fn transition(current: lifecycle::State, event: lifecycle::Event) -> Answer<lifecycle::State> {
        answer(lifecycle::transition(current, event))
    }

    fn user_actions(current: lifecycle::State) -> Vec<lifecycle::UserAction> {
        lifecycle::user_actions(current).to_vec()
    }

    fn view(facts: lifecycle::Facts) -> lifecycle::PlatformView {
        lifecycle::platform_view(facts, Imports.now())
    }
}

impl operations_contract::Guest for Component {
    fn run(connection: Connection, action: String, deadline_ms: u32) -> Answer<String> {
        let result = operations::run(&Imports, &connection, &action, deadline_ms);
        answer(result.map(|value| json::write(&value)))
    }
}

impl triggers_contract::Guest for Component {
    fn receive(
        connection: Connection,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
        tolerance_ms: u32,
    ) -> Answer<triggers_contract::Delivery> {
        answer(webhooks::receive(&Imports, &connection, &headers, &body, tolerance_ms))
    }

    fn complete(
        connection: Connection,
        event: triggers_contract::Event,
        deadline_ms: u32,
    ) -> Answer<triggers_contract::Event> {
        answer(webhooks::complete(&Imports, &connection, event, deadline_ms))
    }

    fn poll(
        connection: Connection,
        request: String,
        state: Option<Vec<u8>>,
        deadline_ms: u32,
    ) -> Answer<triggers_contract::Polled> {
        answer(changes::poll(&Imports, &connection, &request, state.as_deref(), deadline_ms))
    }
}

impl vault_contract::Guest for Component {
    fn reseal(connection: u64, slot: vault_contract::Slot, secret: String) -> Answer<String> {
        answer(vault::reseal(&Imports, connection, slot.into(), &secret).map_err(Into::into))
    }
}

#[expect(unsafe_code, unreachable_pub, reason = "the generated exports are so")]
mod export {
    crate::contract::export!(Component with_types_in crate::contract);
    use super::Component;
}
