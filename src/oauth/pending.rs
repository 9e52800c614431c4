//! An authorization between its URL and its callback, sealed so that any host can keep it.

use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};
use zeroize::Zeroize;

use crate::error::{Error, Result};
use crate::host::Host;
use crate::secret::Secret;
use crate::text::join;
use crate::vault::{self, Slot, VaultError};

/// What the callback is checked against, and what the exchange then needs.
pub(super) struct Pending {
    /// The `state` parameter: the connection's id and 256 random bits.
    pub(super) state: String,
    /// The PKCE code verifier, 256 random bits (RFC 7636 section 4.1).
    pub(super) verifier: Secret,
    /// The redirect URI of the authorize URL; the exchange has to repeat it.
    pub(super) redirect_uri: String,
    /// Calendly's scopes as asked for.
    pub(super) scopes: Vec<String>,
    /// When the authorization can no longer be completed, in Unix milliseconds.
    pub(super) expires_at: u64,
}

impl Pending {
    /// Begins an authorization.
    pub(super) fn begin(
        host: &dyn Host,
        connection: u64,
        redirect_uri: String,
        scopes: Vec<String>,
    ) -> Result<Self> {
        Ok(Self {
            state: format!("{connection}.{}", random_text(host)?),
            verifier: Secret::new(random_text(host)?),
            redirect_uri,
            scopes,
            expires_at: host.now() + LIFETIME_MS,
        })
    }

    /// The code challenge, method S256 (RFC 7636 section 4.2).
    pub(super) fn challenge(&self) -> String {
        challenge(self.verifier.expose())
    }

    /// What the host remembers an answered authorization by. Not the state itself, which would
    /// let whoever reads the host's store answer an authorization that is still open.
    pub(super) fn claim_id(&self) -> String {
        Base64UrlUnpadded::encode_string(&Sha256::digest(&self.state))
    }

    /// A line for each value; none of them can have a line break in it.
    pub(super) fn seal(&self, host: &dyn Host, connection: u64) -> Result<String> {
        let (expires_at, scopes) =
            (self.expires_at.to_string(), join(self.scopes.iter().map(String::as_str), " "));
        let lines =
            [&*self.state, self.verifier.expose(), &self.redirect_uri, &expires_at, &scopes];
        let plain = Secret::new(join(lines, "\n"));
        let plain = plain.expose().as_bytes();
        Ok(vault::seal(host, connection, Slot::PendingAuthorization, plain)?)
    }

    pub(super) fn open(host: &dyn Host, connection: u64, sealed: &str) -> Result<Self> {
        let plain = vault::open(host, connection, Slot::PendingAuthorization, sealed)?;
        Self::read(&plain)
            .ok_or_else(|| Error::internal("The pending authorization could not be read."))
    }

    fn read(plain: &[u8]) -> Option<Self> {
        let mut lines = std::str::from_utf8(plain).ok()?.split('\n');
        let mut line = || lines.next().map(str::to_owned);
        Some(Self {
            state: line()?,
            verifier: Secret::new(line()?),
            redirect_uri: line()?,
            expires_at: line()?.parse().ok()?,
            scopes: line()?.split_whitespace().map(str::to_owned).collect(),
        })
    }
}

/// The connection a state was made for.
pub(super) fn connection_of(state: &str) -> Option<u64> {
    state.split_once('.').and_then(|(connection, _)| connection.parse().ok())
}

/// BASE64URL(SHA256(verifier)).
pub(super) fn challenge(verifier: &str) -> String {
    Base64UrlUnpadded::encode_string(&Sha256::digest(verifier))
}

/// 256 random bits, as 43 characters that need no escaping in a URL.
fn random_text(host: &dyn Host) -> Result<String> {
    let mut bytes = [0; 32];
    if !host.fill(&mut bytes) {
        return Err(VaultError::NoRandomness.into());
    }
    let text = Base64UrlUnpadded::encode_string(&bytes);
    bytes.zeroize();
    Ok(text)
}

/// 10 minutes: as long as Calendly's codes live.
const LIFETIME_MS: u64 = 10 * 60 * 1000;
