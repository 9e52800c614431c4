//! The envelope opener.

use base64ct::{Base64, Encoding};

use crate::error::{Error, ErrorCode};
use crate::host::fake::FakeHost;
use crate::vault::{Slot, open, reseal, seal};

/// Any bytes as an envelope: it opens to what its sealing anew opens to as well, there and nowhere
/// else, or is refused. Any bytes as a secret: the envelope opens to them, and not when it was
/// changed or cut off.
pub fn open_any_envelope(bytes: &[u8]) {
    let host = FakeHost::new();
    host.add_key("v1", &Base64::decode_vec(PLATFORM_KEY).expect("a key"));
    if let Ok(text) = std::str::from_utf8(bytes) {
        for slot in SLOTS {
            check_envelope(&host, slot, text);
        }
    }
    check_secret(&host, bytes);
}

fn check_envelope(host: &FakeHost, slot: Slot, envelope: &str) {
    let plain = match open(host, CONNECTION, slot, envelope) {
        Ok(plain) => plain,
        Err(refusal) => {
            assert_eq!(reseal(host, CONNECTION, slot, envelope), Err(refusal));
            assert_eq!(Error::from(refusal).code, ErrorCode::Vault);
            return;
        }
    };
    let anew = reseal(host, CONNECTION, slot, envelope).expect("what opens can be sealed anew");
    let again = reseal(host, CONNECTION, slot, envelope).expect("as often as one likes");
    assert_ne!(anew, again, "a nonce was used twice");
    assert_eq!(open(host, CONNECTION, slot, &anew).as_ref(), Ok(&plain));
    for sealed in [&*anew, envelope] {
        if sealed.starts_with("v1:") {
            // The platform's own are bound to no place.
            continue;
        }
        assert!(open(host, CONNECTION + 1, slot, sealed).is_err(), "moved to another connection");
        for other in SLOTS.into_iter().filter(|other| *other != slot) {
            assert!(open(host, CONNECTION, other, sealed).is_err(), "moved to {other:?}");
        }
    }
}

fn check_secret(host: &FakeHost, secret: &[u8]) {
    // The bytes decide where the envelope is harmed as well, and how.
    let (first, last) = (byte(secret.first()), byte(secret.last()));
    let slot = SLOTS[first % SLOTS.len()];
    let sealed = seal(host, CONNECTION, slot, secret).expect("a usable key");
    assert_eq!(open(host, CONNECTION, slot, &sealed).as_deref().map(Vec::as_slice), Ok(secret));

    let at = (first * 256 + last) % sealed.len();
    let (before, after) = sealed.split_at(at);
    assert!(open(host, CONNECTION, slot, before).is_err(), "cut off at {at}: {sealed}");
    let mut changed = before.to_owned();
    changed.push(char::from(b' ' + u8::try_from(last % 95).expect("a byte")));
    changed.push_str(&after[1..]);
    if changed != sealed {
        assert!(open(host, CONNECTION, slot, &changed).is_err(), "changed at {at}: {changed}");
    }
}

fn byte(byte: Option<&u8>) -> usize {
    byte.copied().unwrap_or_default().into()
}

const CONNECTION: u64 = 1;
const SLOTS: [Slot; 6] = [
    Slot::ClientSecret,
    Slot::PersonalAccessToken,
    Slot::Tokens,
    Slot::PendingAuthorization,
    Slot::OutstandingRevocation,
    Slot::Cursor,
];
/// What opens the platform's envelopes among the seeds.
const PLATFORM_KEY: &str = "zl1m7BOvRW2b66F7OnXv1Vl43wwyC4P0yc+ZY51BM/A=";
