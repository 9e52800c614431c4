use super::CallState;
use crate::bindings::sovrium::connector::authorizations::Host;

impl Host for CallState {
    async fn claim(
        &mut self,
        id: String,
        expires_at: u64,
    ) -> wasmtime::Result<Result<bool, String>> {
        let claimed = self.services.store.claim_authorization(id, expires_at).await;
        Ok(claimed.map_err(|error| error.to_string()))
    }
}
