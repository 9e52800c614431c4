use super::CallState;
use crate::bindings::sovrium::connector::authorizations::Host;
use crate::crash_point::{CrashPoint, reach};

impl Host for CallState {
    async fn claim(
        &mut self,
        id: String,
        expires_at: u64,
    ) -> wasmtime::Result<Result<bool, String>> {
        reach(CrashPoint::Claiming);
        let claimed = self.services.store.claim_authorization(id, expires_at).await;
        reach(CrashPoint::Claimed);
        Ok(claimed.map_err(|error| error.to_string()))
    }
}
