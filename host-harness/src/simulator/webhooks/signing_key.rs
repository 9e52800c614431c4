//! How a receiver knows that a delivery is genuine.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// A secret that deliveries are signed with.
#[derive(Clone)]
pub(crate) struct SigningKey(String);

impl SigningKey {
    pub(crate) fn new(secret: &str) -> Self {
        Self(secret.to_owned())
    }

    /// The value of `Calendly-Webhook-Signature` for a body that is sent at a moment, in seconds
    /// since 1970.
    pub(super) fn signature(&self, seconds: i64, body: &str) -> String {
        // A key of any length will do, so there always is a code.
        let code = Hmac::<Sha256>::new_from_slice(self.0.as_bytes()).map(|mut code| {
            code.update(format!("{seconds}.{body}").as_bytes());
            hex::encode(code.finalize().into_bytes())
        });
        format!("t={seconds},v1={}", code.unwrap_or_default())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SigningKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `printf '1700000000.{}' | openssl dgst -sha256 -hmac key` says.
    #[test]
    fn the_code_covers_the_time_and_the_body() {
        let signature = SigningKey::new("key").signature(1_700_000_000, "{}");
        let (time, code) = signature.split_once(",v1=").unwrap_or_default();
        assert_eq!(time, "t=1700000000");
        assert_eq!(code, "9d713ed406bb7076d4123f0dc2c39d2df5c654ed4b0cd56b52c8b4c940bd63ae");
    }

    #[test]
    fn a_key_is_not_shown() {
        assert_eq!(format!("{:?}", SigningKey::new("hush")), "SigningKey(…)");
    }
}
