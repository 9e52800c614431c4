use super::CallState;
use crate::bindings::sovrium::connector::keys::{EncryptionKey, Host};
use crate::keyring;

impl Host for CallState {
    async fn active(&mut self) -> wasmtime::Result<Option<EncryptionKey>> {
        Ok(self.services.keyring.active().map(|key| lend(&key)))
    }

    async fn find(&mut self, id: String) -> wasmtime::Result<Option<EncryptionKey>> {
        Ok(self.services.keyring.find(&id).map(|key| lend(&key)))
    }
}

fn lend(key: &keyring::EncryptionKey) -> EncryptionKey {
    EncryptionKey { id: key.id().to_owned(), bytes: key.bytes().to_vec() }
}
