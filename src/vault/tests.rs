mod nist;

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::host::fake::FakeHost;

const SECRET: &[u8] = b"hush";
const SLOTS: [Slot; 5] = [
    Slot::ClientSecret,
    Slot::Tokens,
    Slot::PendingAuthorization,
    Slot::OutstandingRevocation,
    Slot::Cursor,
];

fn sealed(host: &FakeHost) -> String {
    seal(host, 1, Slot::Tokens, SECRET).unwrap()
}

fn open_tokens(host: &FakeHost, envelope: &str) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    open(host, 1, Slot::Tokens, envelope)
}

/// The version, the key id, and the bytes of an envelope.
fn parts(envelope: &str) -> (&str, &str, Vec<u8>) {
    let [version, key, body]: [&str; 3] =
        envelope.split(':').collect::<Vec<_>>().try_into().unwrap();
    (version, key, Base64UrlUnpadded::decode_vec(body).unwrap())
}

#[test]
fn an_envelope_is_version_key_id_nonce_ciphertext_and_tag() {
    let host = FakeHost::new();
    host.prepare_random(b"nonce-of-12b");
    let envelope = sealed(&host);
    let (version, key, bytes) = parts(&envelope);
    assert_eq!((version, key), ("v2", "key-1"));
    assert_eq!(bytes.len(), 12 + SECRET.len() + 16);
    assert_eq!(&bytes[..12], b"nonce-of-12b");
    assert_eq!(envelope.split(':').nth(1), Some("key-1"));
    let opened = Aes256Gcm::new_from_slice(&[7; 32]).unwrap().decrypt(
        &Nonce::try_from(&bytes[..12]).unwrap(),
        Payload { msg: &bytes[12..], aad: b"sovrium:connector/calendly\0v2\0key-1\x001\0tokens" },
    );
    assert_eq!(opened.unwrap(), SECRET);
}

#[test]
fn an_envelope_opens_for_its_connection_alone() {
    let host = FakeHost::new();
    let envelope = sealed(&host);
    assert_eq!(**open_tokens(&host, &envelope).as_ref().unwrap(), *SECRET);
    for other in [0, 2, 11, u64::MAX] {
        let opened = open(&host, other, Slot::Tokens, &envelope);
        assert_eq!(opened, Err(VaultError::DoesNotOpen), "{other}");
    }
}

#[test]
fn an_envelope_opens_for_its_slot_alone() {
    let host = FakeHost::new();
    for of in SLOTS {
        let envelope = seal(&host, 1, of, SECRET).unwrap();
        for slot in SLOTS {
            let opens = open(&host, 1, slot, &envelope).is_ok();
            assert_eq!(opens, slot == of, "{of:?} as {slot:?}");
        }
    }
}

#[test]
fn an_envelope_opens_under_its_key_id_alone() {
    let host = FakeHost::new();
    host.add_key("key-2", &[7; 32]);
    let renamed = sealed(&host).replace(":key-1:", ":key-2:");
    assert_eq!(open_tokens(&host, &renamed), Err(VaultError::DoesNotOpen));
}

#[test]
fn a_new_key_seals_while_the_old_one_still_opens() {
    let host = FakeHost::new();
    let old = sealed(&host);
    host.add_key("key-2", &[8; 32]);
    host.activate(Some("key-2"));
    let new = sealed(&host);
    assert_eq!((old.split(':').nth(1), new.split(':').nth(1)), (Some("key-1"), Some("key-2")));
    assert!(open_tokens(&host, &old).is_ok() && open_tokens(&host, &new).is_ok());
    host.forget_key("key-1");
    assert_eq!(open_tokens(&host, &old), Err(VaultError::UnknownKey));
    assert!(open_tokens(&host, &new).is_ok());
}

#[test]
fn another_key_of_the_same_id_does_not_open_it() {
    let host = FakeHost::new();
    let envelope = sealed(&host);
    host.add_key("key-1", &[8; 32]);
    assert_eq!(open_tokens(&host, &envelope), Err(VaultError::DoesNotOpen));
}

#[test]
fn every_flipped_bit_of_the_text_is_refused() {
    let host = FakeHost::new();
    let envelope = sealed(&host);
    for at in 0..envelope.len() {
        for bit in 0..7 {
            let mut bytes = envelope.clone().into_bytes();
            bytes[at] ^= 1 << bit;
            let changed = String::from_utf8(bytes).unwrap();
            assert!(open_tokens(&host, &changed).is_err(), "bit {bit} of byte {at}: {changed}");
        }
    }
}

#[test]
fn every_flipped_bit_of_nonce_ciphertext_and_tag_is_refused() {
    let host = FakeHost::new();
    let envelope = sealed(&host);
    let (_, _, bytes) = parts(&envelope);
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << bit;
            let changed = format!("v2:key-1:{}", Base64UrlUnpadded::encode_string(&changed));
            let opened = open_tokens(&host, &changed);
            assert_eq!(opened, Err(VaultError::DoesNotOpen), "bit {bit} of byte {at}");
        }
    }
}

#[test]
fn an_envelope_cut_off_anywhere_is_refused() {
    let host = FakeHost::new();
    let envelope = sealed(&host);
    for length in 0..envelope.len() {
        assert!(open_tokens(&host, &envelope[..length]).is_err(), "{length}");
    }
    let (_, _, bytes) = parts(&envelope);
    for length in 0..bytes.len() {
        let cut = format!("v2:key-1:{}", Base64UrlUnpadded::encode_string(&bytes[..length]));
        let expected =
            if length < 12 + 16 { VaultError::Malformed } else { VaultError::DoesNotOpen };
        assert_eq!(open_tokens(&host, &cut), Err(expected), "{length} bytes");
    }
}

#[test]
fn a_version_of_the_future_is_told_from_nonsense() {
    let host = FakeHost::new();
    let envelope = sealed(&host);
    let of_version = |version: &str| open_tokens(&host, &envelope.replacen("v2", version, 1));
    for version in ["v3", "v10", "v0"] {
        assert_eq!(of_version(version), Err(VaultError::UnknownVersion), "{version}");
    }
    for version in ["", "v", "2", "V2", "v2 ", "vv", "v-1", "v²"] {
        assert_eq!(of_version(version), Err(VaultError::Malformed), "{version}");
    }
    for text in ["", "v2", "v2:key-1", "v2::AAAA", "v2:key 1:AAAA", "v2:key-1:AA=="] {
        assert_eq!(open_tokens(&host, text), Err(VaultError::Malformed), "{text}");
    }
}

#[test]
fn nothing_is_sealed_without_a_usable_key() {
    let host = FakeHost::new();
    host.activate(None);
    assert_eq!(seal(&host, 1, Slot::Tokens, SECRET), Err(VaultError::NoKey));
    for length in [0, 16, 24, 31, 33] {
        host.add_key("odd", &vec![7; length]);
        host.activate(Some("odd"));
        let sealed = seal(&host, 1, Slot::Tokens, SECRET);
        assert_eq!(sealed, Err(VaultError::BadKey), "{length} bytes");
    }
    for id in ["", "a:b", "a b", "é", &"k".repeat(65)] {
        host.add_key(id, &[7; 32]);
        host.activate(Some(id));
        assert_eq!(seal(&host, 1, Slot::Tokens, SECRET), Err(VaultError::BadKey), "{id:?}");
    }
}

#[test]
fn nothing_is_sealed_without_randomness() {
    let host = FakeHost::new();
    host.break_random();
    assert_eq!(seal(&host, 1, Slot::Tokens, SECRET), Err(VaultError::NoRandomness));
}

#[test]
fn no_nonce_is_used_twice() {
    let host = FakeHost::new();
    let nonces: BTreeSet<_> = (0..5_000).map(|_| parts(&sealed(&host)).2[..12].to_vec()).collect();
    assert_eq!(nonces.len(), 5_000);
}

#[test]
fn each_failure_says_what_to_do() {
    let next_step = |error: VaultError| Error::from(error).next_step.clone();
    assert!(next_step(VaultError::NoKey).contains("SOVRIUM_ENCRYPTION_KEY"));
    assert!(next_step(VaultError::UnknownVersion).contains("Update the connector"));
    // The platform's own words for a lost key.
    let lost = next_step(VaultError::UnknownKey);
    assert!(lost.contains("unusable until secrets are re-entered and re-encrypted"), "{lost}");
    let error = Error::from(VaultError::DoesNotOpen);
    assert_eq!(error.code, ErrorCode::Vault);
    assert!(error.message.starts_with("The sealed value") && error.message.ends_with('.'));
}

proptest! {
    #[test]
    fn what_is_sealed_opens_again(
        connection: u64,
        slot in 0_usize..5,
        secret in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        let host = FakeHost::new();
        let envelope = seal(&host, connection, SLOTS[slot], &secret).unwrap();
        prop_assert_eq!(&**open(&host, connection, SLOTS[slot], &envelope).unwrap(), &*secret);
    }

    #[test]
    fn no_text_makes_the_opener_panic_or_open(
        text in r"(v[0-9]{0,2})?:?(key-1)?:?[A-Za-z0-9_\-:=é]{0,80}|\PC{0,80}",
    ) {
        prop_assert!(open_tokens(&FakeHost::new(), &text).is_err());
    }
}
