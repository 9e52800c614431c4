//! What the host platform sealed before it had this connector.
//!
//! ```text
//! v1:{"ciphertext":"<base64>","iv":"<base64 of 12 bytes>","authTag":"<base64 of 16 bytes>"}
//! ```
//!
//! AES-256-GCM without associated data, so that nothing binds such an envelope to its place. It is
//! read only where the platform has a secret too, and only while the host has the platform's key
//! under the id `v1`. The platform seals each token by itself: a grant's are two envelopes, the
//! access token's first, with a line feed between them, as the tokens are in ours.

use aes_gcm::Nonce;
use aes_gcm::aead::Aead;
use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::{Slot, TAG_BYTES, VaultError, cipher};
use crate::host::{EncryptionKey, Keys};
use crate::json;

/// The version that such envelopes carry, and the id of their key.
pub(super) const VERSION: &str = "v1";

pub(super) fn open<H>(
    host: &H,
    slot: Slot,
    envelopes: &str,
) -> Result<Zeroizing<Vec<u8>>, VaultError>
where
    H: Keys + ?Sized,
{
    let lines = match slot {
        Slot::ClientSecret => 1,
        Slot::Tokens => 2,
        _ => return Err(VaultError::DoesNotOpen),
    };
    if envelopes.split('\n').count() != lines {
        return Err(VaultError::Malformed);
    }
    let key = host.find_key(VERSION).ok_or(VaultError::UnknownKey)?;
    // As long as it can become, so that no copy of it stays behind.
    let mut plain = Zeroizing::new(Vec::with_capacity(envelopes.len()));
    for (at, envelope) in envelopes.split('\n').enumerate() {
        if at > 0 {
            plain.push(b'\n');
        }
        plain.extend_from_slice(&open_one(&key, envelope)?);
    }
    Ok(plain)
}

fn open_one(key: &EncryptionKey, envelope: &str) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let body = envelope.strip_prefix("v1:").ok_or(VaultError::Malformed)?;
    let members = json::read_members(body.as_bytes());
    let part = |name| decode(&members, name).unwrap_or_default();
    let (mut sealed, nonce, tag) = (part("ciphertext"), part("iv"), part("authTag"));
    let nonce = Nonce::try_from(&*nonce).map_err(|_| VaultError::Malformed)?;
    if tag.len() != TAG_BYTES {
        return Err(VaultError::Malformed);
    }
    sealed.extend_from_slice(&tag);
    let plain = cipher(key)?.decrypt(&nonce, &*sealed).map_err(|_| VaultError::DoesNotOpen)?;
    Ok(Zeroizing::new(plain))
}

/// Base64 with padding, read by the decoder that is in the component anyway.
fn decode(members: &Map<String, Value>, name: &str) -> Option<Vec<u8>> {
    let text = json::text(members, name)?;
    let mut url_safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '+' => url_safe.push('-'),
            '/' => url_safe.push('_'),
            '=' => {}
            same => url_safe.push(same),
        }
    }
    Base64UrlUnpadded::decode_vec(&url_safe).ok()
}

#[cfg(test)]
mod tests;
