use std::time::Duration;

use super::CallState;
use crate::bindings::sovrium::connector::grant_store::{
    Grant, Host, LeaseError, StoredGrant, SwapError,
};
use crate::store::Along;

impl Host for CallState {
    async fn load(
        &mut self,
        connection: u64,
    ) -> wasmtime::Result<Result<Option<StoredGrant>, String>> {
        self.only_own_connection(connection)?;
        let grant = self.services.store.grant(connection).await;
        Ok(grant.map_err(|error| error.to_string()))
    }

    async fn acquire_lease(
        &mut self,
        connection: u64,
        ttl_ms: u32,
        wait_ms: u32,
    ) -> wasmtime::Result<Result<u64, LeaseError>> {
        self.only_own_connection(connection)?;
        let [ttl, wait] = [ttl_ms, wait_ms].map(|ms| Duration::from_millis(ms.into()));
        Ok(match self.services.store.acquire_lease(connection, ttl, wait).await {
            Ok(Some(fence)) => {
                self.leases.add(connection, fence, ttl);
                Ok(fence)
            }
            Ok(None) => Err(LeaseError::Busy),
            Err(error) => Err(LeaseError::Failed(error.to_string())),
        })
    }

    async fn release_lease(&mut self, connection: u64, fence: u64) -> wasmtime::Result<()> {
        self.only_own_connection(connection)?;
        if let Err(error) = self.services.store.release_lease(connection, fence).await {
            tracing::warn!(connection, %error, "a lease was not given back; it runs out");
        }
        self.leases.remove(connection, fence);
        Ok(())
    }

    async fn compare_and_swap(
        &mut self,
        connection: u64,
        fence: u64,
        expected: Option<u64>,
        grant: Option<Grant>,
        outstanding: Option<String>,
    ) -> wasmtime::Result<Result<u64, SwapError>> {
        self.only_own_connection(connection)?;
        let along = Along { outstanding, state_move: self.with_grant };
        let store = &self.services.store;
        let swapped = store.replace_grant(connection, fence, expected, grant, along).await;
        Ok(swapped.unwrap_or_else(|error| Err(SwapError::Failed(error.to_string()))))
    }
}
