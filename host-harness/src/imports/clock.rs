use std::time::Duration;

use super::CallState;
use crate::bindings::sovrium::connector::clock::Host;

impl Host for CallState {
    async fn now(&mut self) -> wasmtime::Result<u64> {
        Ok(self.services.clock.now_ms())
    }

    async fn sleep(&mut self, duration_ms: u32) -> wasmtime::Result<()> {
        self.services.clock.sleep(Duration::from_millis(duration_ms.into())).await;
        Ok(())
    }
}
