//! The signature of a webhook request: `Calendly-Webhook-Signature: t=<Unix seconds>,v1=<hex>`,
//! HMAC-SHA256 (RFC 2104) of `t`, a full stop and the body, byte by byte.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};

use crate::error::{Error, ErrorCode, Result};
use crate::json::object;
use crate::secret::Secret;

/// Refuses a request that is not signed with one of the keys, or not now.
pub(super) fn check(
    keys: &[Secret],
    headers: &[(String, String)],
    body: &[u8],
    now_ms: u64,
    tolerance_ms: u32,
) -> Result<()> {
    if keys.is_empty() {
        return Err(refusal(
            "no-key",
            "The connection has no webhook signing key, so that no webhook can be trusted.",
            "Give the connection its webhookSigningKey: the OAuth app's own, shown in Calendly's \
             developer portal.",
        ));
    }
    let mut values = Vec::new();
    for (name, value) in headers {
        if name.eq_ignore_ascii_case(HEADER) {
            values.push(value.as_str());
        }
    }
    let [value] = *values else {
        return Err(if values.is_empty() {
            refusal(
                "missing",
                "The request is not signed.",
                "Calendly signs all it sends once there is a signing key; with a personal access \
                 token, subscribe again.",
            )
        } else {
            malformed()
        });
    };
    let signature = Signature::parse(value).ok_or_else(malformed)?;
    if !signature.verifies(keys, body) {
        return Err(refusal(
            "mismatch",
            "The request's signature is of another key or another body.",
            "Compare the connection's webhookSigningKey with the one that Calendly has. A proxy \
             must not change the body.",
        ));
    }
    // Checked last, so that nobody is told about the time of what is not signed.
    let signed_at_ms = signature.seconds.saturating_mul(1_000);
    if now_ms.saturating_sub(signed_at_ms) > u64::from(tolerance_ms) {
        return Err(refusal(
            "stale",
            "The request was signed too long ago.",
            "If it was not replayed by somebody, set this machine's clock, or allow more time.",
        ));
    }
    if signed_at_ms.saturating_sub(now_ms) > AHEAD_MS {
        return Err(refusal(
            "future",
            "The request is signed with a time to come.",
            "Set this machine's clock.",
        ));
    }
    Ok(())
}

struct Signature<'a> {
    /// `t` as it stands there, which is what is signed.
    time: &'a str,
    seconds: u64,
    /// Every `v1`: there may be several while Calendly changes keys.
    tags: Vec<[u8; TAG_BYTES]>,
}

impl<'a> Signature<'a> {
    /// Takes exactly one `t` and at least one `v1`; what else there may come to be is not read.
    fn parse(value: &'a str) -> Option<Self> {
        let (mut time, mut tags) = (None, Vec::new());
        for part in value.split(',') {
            match part.trim().split_once('=')? {
                ("t", _) if time.is_some() => return None,
                ("t", text) => time = Some(text),
                ("v1", _) if tags.len() == MOST_TAGS => return None,
                ("v1", text) => tags.push(tag(text)?),
                _ => {}
            }
        }
        let time = time?;
        let is_plain = time.len() <= LONGEST_TIME && time.bytes().all(|byte| byte.is_ascii_digit());
        if !is_plain || tags.is_empty() {
            return None;
        }
        Some(Self { time, seconds: time.parse().ok()?, tags })
    }

    /// Compares every tag with every key's, whichever fits, so that the time it takes tells nothing.
    fn verifies(&self, keys: &[Secret], body: &[u8]) -> bool {
        let mut fits = Choice::from(0);
        for key in keys {
            let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.expose().as_bytes()) else {
                continue;
            };
            mac.update(self.time.as_bytes());
            mac.update(b".");
            mac.update(body);
            let expected = mac.finalize().into_bytes();
            for tag in &self.tags {
                fits |= expected.as_slice().ct_eq(tag);
            }
        }
        fits.into()
    }
}

/// Lower-case hexadecimal, as Calendly writes it.
fn tag(text: &str) -> Option<[u8; TAG_BYTES]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * TAG_BYTES {
        return None;
    }
    let mut tag = [0; TAG_BYTES];
    for (byte, pair) in tag.iter_mut().zip(digits.chunks_exact(2)) {
        for digit in pair {
            let value = match digit {
                b'0'..=b'9' => digit - b'0',
                b'a'..=b'f' => digit - b'a' + 10,
                _ => return None,
            };
            *byte = *byte << 4 | value;
        }
    }
    Some(tag)
}

fn malformed() -> Error {
    refusal(
        "malformed",
        "The request's signature is not of the form that Calendly gives it.",
        "Let Calendly's own requests through as they are, and no others.",
    )
}

fn refusal(reason: &str, message: &str, next_step: &str) -> Error {
    Error::new(ErrorCode::SignatureInvalid, message, next_step)
        .with_detail(object! { "reason": reason })
}

const HEADER: &str = "calendly-webhook-signature";
const TAG_BYTES: usize = 32;
const MOST_TAGS: usize = 8;
/// Digits of the time until the year 5138.
const LONGEST_TIME: usize = 11;
/// How far Calendly's clock may be ahead of the host's.
const AHEAD_MS: u64 = 30_000;
