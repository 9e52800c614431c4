//! Sealed envelopes: AES-256-GCM (NIST SP 800-38D), bound to their place.
//!
//! ```text
//! v2:<key id>:<base64url without padding of: nonce (12 bytes), ciphertext, tag (16 bytes)>
//! ```
//!
//! The associated data is `sovrium:connector/calendly`, the version `v2`, the key id, the
//! connection id in decimal and the slot's name, joined by zero bytes. An envelope therefore opens
//! only for the connection and the slot it was sealed for. The nonce is 96 random bits from the
//! host, new for every envelope.
//!
//! What the host platform sealed itself, version `v1`, opens too where a secret of the platform's
//! can stand; see `platform`. Nothing is sealed in that form.

mod platform;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64ct::{Base64UrlUnpadded, Encoding};
use zeroize::Zeroizing;

use crate::contract::vault as contract;
use crate::error::{Error, ErrorCode, Result};
use crate::host::{EncryptionKey, Host, Keys, Random};
use crate::text::join;

/// What an envelope holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// A connection's client secret.
    ClientSecret,
    /// A grant's access and refresh token.
    Tokens,
    /// An authorization that waits for its callback.
    PendingAuthorization,
    /// Tokens that are still to be revoked.
    OutstandingRevocation,
    /// A connection's personal access token.
    PersonalAccessToken,
    /// A key that webhooks are signed with.
    WebhookSigningKey,
    /// The position of a query.
    Cursor,
}

impl Slot {
    const fn name(self) -> &'static str {
        match self {
            Self::ClientSecret => "client-secret",
            Self::Tokens => "tokens",
            Self::PendingAuthorization => "pending-authorization",
            Self::OutstandingRevocation => "outstanding-revocation",
            Self::PersonalAccessToken => "personal-access-token",
            Self::WebhookSigningKey => "webhook-signing-key",
            Self::Cursor => "cursor",
        }
    }
}

impl From<contract::Slot> for Slot {
    fn from(slot: contract::Slot) -> Self {
        match slot {
            contract::Slot::ClientSecret => Self::ClientSecret,
            contract::Slot::Tokens => Self::Tokens,
            contract::Slot::PendingAuthorization => Self::PendingAuthorization,
            contract::Slot::OutstandingRevocation => Self::OutstandingRevocation,
            contract::Slot::PersonalAccessToken => Self::PersonalAccessToken,
            contract::Slot::WebhookSigningKey => Self::WebhookSigningKey,
        }
    }
}

/// Why an envelope could not be sealed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// The host has no key to seal with.
    #[error("the host has no encryption key")]
    NoKey,
    /// The host's key is not 256 bits long, or its id does not fit into an envelope.
    #[error("the host's encryption key is not usable: it must have 32 bytes and a plain id")]
    BadKey,
    /// The host's random source failed.
    #[error("the host gave too few random bytes")]
    NoRandomness,
    /// It is not an envelope.
    #[error("the sealed value is malformed or cut off")]
    Malformed,
    /// It was sealed by a newer connector.
    #[error("the sealed value has a version this connector does not know")]
    UnknownVersion,
    /// The host no longer has the key it names.
    #[error("the key that the value was sealed with is not in the host's key ring")]
    UnknownKey,
    /// It was changed, or sealed for another place, or with another key of the same id.
    #[error(
        "the sealed value does not open here: it was changed, moved or sealed with another key"
    )]
    DoesNotOpen,
}

impl From<VaultError> for Error {
    fn from(error: VaultError) -> Self {
        let next_step = match error {
            VaultError::NoKey | VaultError::BadKey => {
                "Give the host an encryption key of 32 bytes (SOVRIUM_ENCRYPTION_KEY)."
            }
            VaultError::NoRandomness => "Mend the host's random source.",
            VaultError::UnknownVersion => "Update the connector.",
            VaultError::UnknownKey => {
                "Give the host that key back. All connections sealed with it are unusable until \
                 secrets are re-entered and re-encrypted."
            }
            VaultError::Malformed | VaultError::DoesNotOpen => {
                "Enter the secret again, or re-connect if it is a token."
            }
        };
        let mut message = error.to_string();
        if let Some(first) = message.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        message.push('.');
        Self::new(ErrorCode::Vault, &message, next_step)
    }
}

/// Seals a secret for one slot of one connection.
///
/// # Errors
/// When the host has no usable key or no randomness.
pub fn seal<H>(host: &H, connection: u64, slot: Slot, secret: &[u8]) -> Result<String, VaultError>
where
    H: Keys + Random + ?Sized,
{
    let key = host.active_key().ok_or(VaultError::NoKey)?;
    if !is_key_id(&key.id) {
        return Err(VaultError::BadKey);
    }
    let mut nonce = [0; NONCE_BYTES];
    if !host.fill(&mut nonce) {
        return Err(VaultError::NoRandomness);
    }
    let aad = associated_data(&key.id, connection, slot);
    let sealed = cipher(&key)?
        .encrypt(&Nonce::from(nonce), Payload { msg: secret, aad: &aad })
        .map_err(|_| VaultError::BadKey)?;
    let mut bytes = nonce.to_vec();
    bytes.extend(sealed);
    Ok(format!("{VERSION}:{}:{}", key.id, Base64UrlUnpadded::encode_string(&bytes)))
}

/// Makes sure that something could be sealed now. To be asked before anything is obtained that can
/// be obtained once.
///
/// # Errors
/// When the host has no usable key.
pub fn check_key(host: &dyn Host) -> Result<(), VaultError> {
    cipher(&host.active_key().ok_or(VaultError::NoKey)?).map(drop)
}

/// Opens an envelope.
///
/// # Errors
/// When it is not an envelope of this connection and slot, or the key is not there.
pub fn open<H>(
    host: &H,
    connection: u64,
    slot: Slot,
    envelope: &str,
) -> Result<Zeroizing<Vec<u8>>, VaultError>
where
    H: Keys + ?Sized,
{
    let (version, rest) = envelope.split_once(':').ok_or(VaultError::Malformed)?;
    if version == platform::VERSION {
        return platform::open(host, slot, envelope);
    }
    if version != VERSION {
        let numbered = version.strip_prefix('v').is_some_and(|number| {
            !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
        });
        return Err(if numbered { VaultError::UnknownVersion } else { VaultError::Malformed });
    }
    let (key_id, body) = rest.split_once(':').ok_or(VaultError::Malformed)?;
    let bytes = Base64UrlUnpadded::decode_vec(body).map_err(|_| VaultError::Malformed)?;
    if !is_key_id(key_id) || bytes.len() < NONCE_BYTES + TAG_BYTES {
        return Err(VaultError::Malformed);
    }
    let key = host.find_key(key_id).ok_or(VaultError::UnknownKey)?;
    let (nonce, sealed) = bytes.split_at(NONCE_BYTES);
    let nonce = Nonce::try_from(nonce).map_err(|_| VaultError::Malformed)?;
    let aad = associated_data(key_id, connection, slot);
    cipher(&key)?
        .decrypt(&nonce, Payload { msg: sealed, aad: &aad })
        .map(Zeroizing::new)
        .map_err(|_| VaultError::DoesNotOpen)
}

/// Seals anew, with the active key, what was sealed for the same place.
///
/// # Errors
/// As [`open`] and [`seal`].
pub fn reseal(
    host: &dyn Host,
    connection: u64,
    slot: Slot,
    envelope: &str,
) -> Result<String, VaultError> {
    seal(host, connection, slot, &open(host, connection, slot, envelope)?)
}

fn cipher(key: &EncryptionKey) -> Result<Aes256Gcm, VaultError> {
    Aes256Gcm::new_from_slice(&key.bytes).map_err(|_| VaultError::BadKey)
}

fn associated_data(key_id: &str, connection: u64, slot: Slot) -> Vec<u8> {
    let connection = connection.to_string();
    join([DOMAIN, VERSION, key_id, &connection, slot.name()], "\0").into_bytes()
}

/// The ids that `wit/keys.wit` allows: none of them can be confused with the envelope's colons.
fn is_key_id(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

const DOMAIN: &str = "sovrium:connector/calendly";
const VERSION: &str = "v2";
const NONCE_BYTES: usize = 12;
const TAG_BYTES: usize = 16;

#[cfg(test)]
mod tests;
