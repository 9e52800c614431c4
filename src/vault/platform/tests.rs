use base64ct::Base64;

use super::super::{open, reseal};
use super::*;
use crate::host::fake::FakeHost;

/// Made with Node's `crypto`, as the platform does: the text `hush secret +/ü`, the passphrase `a passphrase of the platform`, the salt
/// `sovrium-token-salt`.
const ENVELOPE: &str = r#"v1:{"ciphertext":"7jmiq9gJCjbPXcwcFaNhbw==","iv":"bm9uY2Utb2YtMTJi","authTag":"XTFB0sQgwC68t2WoDw5eDw=="}"#;
const KEY: &str = "zl1m7BOvRW2b66F7OnXv1Vl43wwyC4P0yc+ZY51BM/A=";
const SECRET: &str = "hush secret +/ü";

fn host() -> FakeHost {
    let host = FakeHost::new();
    host.add_key(VERSION, &Base64::decode_vec(KEY).unwrap());
    host
}

#[test]
fn a_secret_of_the_platform_opens_for_any_connection_and_is_sealed_in_our_form() {
    let host = host();
    assert_eq!(**open(&host, 1, Slot::ClientSecret, ENVELOPE).unwrap(), *SECRET.as_bytes());
    let ours = reseal(&host, 1, Slot::ClientSecret, ENVELOPE).unwrap();
    assert!(ours.starts_with("v2:key-1:"), "{ours}");
    assert_eq!(**open(&host, 1, Slot::ClientSecret, &ours).unwrap(), *SECRET.as_bytes());
    assert_eq!(open(&host, 2, Slot::ClientSecret, &ours), Err(VaultError::DoesNotOpen));
}

#[test]
fn tokens_are_two_envelopes_a_line_each() {
    let host = host();
    let pair = format!("{ENVELOPE}\n{ENVELOPE}");
    let plain = open(&host, 1, Slot::Tokens, &pair).unwrap();
    assert_eq!(**plain, *format!("{SECRET}\n{SECRET}").as_bytes());
    assert_eq!(open(&host, 1, Slot::Tokens, ENVELOPE), Err(VaultError::Malformed));
    assert_eq!(open(&host, 1, Slot::ClientSecret, &pair), Err(VaultError::Malformed));
}

#[test]
fn it_opens_nowhere_else_and_not_without_the_platforms_key() {
    let host = host();
    for slot in [Slot::PendingAuthorization, Slot::OutstandingRevocation, Slot::Cursor] {
        assert_eq!(open(&host, 1, slot, ENVELOPE), Err(VaultError::DoesNotOpen), "{slot:?}");
    }
    host.add_key(VERSION, &[7; 32]);
    assert_eq!(open(&host, 1, Slot::ClientSecret, ENVELOPE), Err(VaultError::DoesNotOpen));
    host.forget_key(VERSION);
    assert_eq!(open(&host, 1, Slot::ClientSecret, ENVELOPE), Err(VaultError::UnknownKey));
}

#[test]
fn whatever_is_changed_or_cut_off_is_refused() {
    let host = host();
    for length in 0..ENVELOPE.len() {
        let opened = open(&host, 1, Slot::ClientSecret, &ENVELOPE[..length]);
        assert!(opened.is_err(), "{length} bytes");
    }
    let body: Value = serde_json::from_str(&ENVELOPE[3..]).unwrap();
    for name in ["ciphertext", "iv", "authTag"] {
        let bytes = Base64::decode_vec(body[name].as_str().unwrap()).unwrap();
        for at in 0..bytes.len() {
            let (mut bytes, mut body) = (bytes.clone(), body.clone());
            bytes[at] ^= 1;
            body[name] = Base64::encode_string(&bytes).into();
            let opened = open(&host, 1, Slot::ClientSecret, &format!("v1:{body}"));
            assert_eq!(opened, Err(VaultError::DoesNotOpen), "{name} {at}");
        }
        for wrong in [Value::Null, "".into(), "AAAA".into(), "!".into(), 1.into()] {
            let mut body = body.clone();
            body[name] = wrong;
            assert!(open(&host, 1, Slot::ClientSecret, &format!("v1:{body}")).is_err(), "{body}");
        }
    }
}
