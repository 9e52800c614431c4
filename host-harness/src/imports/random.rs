use super::CallState;
use crate::bindings::sovrium::connector::random::Host;

/// More than any key, nonce or state is long.
const MAX_LENGTH: u32 = 64 * 1024;

impl Host for CallState {
    async fn bytes(&mut self, length: u32) -> wasmtime::Result<Vec<u8>> {
        if length > MAX_LENGTH {
            return Err(wasmtime::format_err!("the connector asked for {length} random bytes"));
        }
        let mut bytes = vec![0; length as usize];
        self.services.random.fill(&mut bytes)?;
        Ok(bytes)
    }
}
