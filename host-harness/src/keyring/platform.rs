//! The platform's own key, which opens what the platform sealed before it had this host.

use std::fmt;
use std::sync::{Arc, OnceLock};

use super::EncryptionKey;

/// The environment variable that holds what the platform has in its own `SOVRIUM_ENCRYPTION_KEY`.
pub const PLATFORM_KEY_VARIABLE: &str = "SOVRIUM_PLATFORM_ENCRYPTION_KEY";

/// The id that the connector asks for it by.
pub(super) const PLATFORM_KEY_ID: &str = "v1";

const SALT: &[u8] = b"sovrium-token-salt";

/// The platform's key, derived when it is asked for: that takes a while, on purpose.
pub(super) struct PlatformKey {
    passphrase: String,
    derived: OnceLock<Option<Arc<EncryptionKey>>>,
}

impl PlatformKey {
    pub(super) fn new(passphrase: String) -> Self {
        Self { passphrase, derived: OnceLock::new() }
    }

    pub(super) fn key(&self) -> Option<Arc<EncryptionKey>> {
        self.derived.get_or_init(|| derive(&self.passphrase)).clone()
    }
}

/// As Node's `scryptSync(passphrase, salt, 32)`: N = 2^14, r = 8, p = 1.
fn derive(passphrase: &str) -> Option<Arc<EncryptionKey>> {
    let parameters = scrypt::Params::new(14, 8, 1).ok()?;
    let mut bytes = [0; 32];
    scrypt::scrypt(passphrase.as_bytes(), SALT, &parameters, &mut bytes).ok()?;
    let key = EncryptionKey { id: PLATFORM_KEY_ID.to_owned(), bytes };
    bytes.fill(0);
    std::hint::black_box(&bytes);
    Some(Arc::new(key))
}

impl fmt::Debug for PlatformKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PlatformKey").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;

    use super::*;

    #[test]
    fn the_key_is_the_one_that_the_platform_derives() {
        // Made with Node's `crypto.scryptSync`.
        let expected = "zl1m7BOvRW2b66F7OnXv1Vl43wwyC4P0yc+ZY51BM/A=";
        let key = PlatformKey::new("a passphrase of the platform".to_owned()).key().unwrap();
        let derived = base64::engine::general_purpose::STANDARD.encode(key.bytes());
        assert_eq!((key.id(), &*derived), ("v1", expected));
    }
}
