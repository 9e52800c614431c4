//! Codes that the console gives out and recognizes.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::error::{ErrorCode, HostError};
use crate::host::Host;
use crate::random::SharedRandom;

/// How much of a code is kept: 128 bits, which nobody guesses.
const CODE_BYTES: usize = 16;

/// Makes codes for things, and recognizes them.
pub(super) struct Signer {
    links: [u8; 32],
    browsers: [u8; 32],
}

impl Signer {
    pub(super) fn new(host: &Host, random: &SharedRandom) -> Result<Self, HostError> {
        let failed = || {
            HostError::new(
                ErrorCode::Internal,
                "There is no secret to sign the console's links with.",
                "Make sure that there is an encryption key, then start the console again.",
            )
        };
        let mut browsers = [0; 32];
        random.fill(&mut browsers).map_err(|_| failed())?;
        let links = host.derived_secret("sovrium/console/connect-link/v1").ok_or_else(failed)?;
        Ok(Self { links, browsers })
    }

    /// The code of the link that begins to connect a connection, as it was created then: a later
    /// connection with the same id has another. It is the same after a restart, and ends with the
    /// encryption key.
    pub(super) fn link(&self, connection: u64, created_at: u64) -> String {
        code(&self.links, &format!("{connection}/{created_at}"))
    }

    /// The code that the browser which begins an authorization gets along, so that no other can end
    /// it.
    pub(super) fn browser(&self, state: &str) -> String {
        code(&self.browsers, state)
    }
}

fn code(secret: &[u8; 32], text: &str) -> String {
    let code = Hmac::<Sha256>::new_from_slice(secret).map(|mut code| {
        code.update(text.as_bytes());
        code.finalize().into_bytes()
    });
    // HMAC takes keys of every length.
    code.map(|code| hex::encode(&code[..CODE_BYTES])).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_of_one_thing() {
        let signer = Signer { links: [1; 32], browsers: [2; 32] };
        assert_eq!(signer.link(1, 5), signer.link(1, 5));
        assert_eq!(signer.link(1, 5).len(), 32);
        assert_ne!(signer.link(1, 5), signer.link(2, 5));
        assert_ne!(signer.link(1, 5), signer.link(1, 6));
        assert_ne!(signer.link(1, 5), signer.browser("1/5"));
    }
}
