//! Known answers: test cases 13 to 16 of "The Galois/Counter Mode of Operation" (McGrew, Viega),
//! the AES-256 ones with 96-bit nonces, which NIST's own validation includes.

use super::*;

struct Vector {
    key: &'static str,
    nonce: &'static str,
    plain: &'static str,
    aad: &'static str,
    cipher: &'static str,
    tag: &'static str,
    /// The same key, nonce and plain text as an envelope for the tokens of connection 1, the key's
    /// id being `nist`; made with another implementation (OpenSSL's).
    envelope: &'static str,
}

const ZERO_KEY: &str = "0000000000000000000000000000000000000000000000000000000000000000";
const KEY: &str = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";

const VECTORS: [Vector; 4] = [
    Vector {
        key: ZERO_KEY,
        nonce: "000000000000000000000000",
        plain: "",
        aad: "",
        cipher: "",
        tag: "530f8afbc74536b9a963b4f1c4cb738b",
        envelope: "v2:nist:AAAAAAAAAAAAAAAAJZ1SUgxt6kQ05pENDTsiLw",
    },
    Vector {
        key: ZERO_KEY,
        nonce: "000000000000000000000000",
        plain: "00000000000000000000000000000000",
        aad: "",
        cipher: "cea7403d4d606b6e074ec5d3baf39d18",
        tag: "d0d1c8a799996bf0265b98b5d48ab919",
        envelope: "v2:nist:AAAAAAAAAAAAAAAAzqdAPU1ga24HTsXTuvOdGHFZbDRd1VvMmCfvpZv_9e8",
    },
    Vector {
        key: KEY,
        nonce: "cafebabefacedbaddecaf888",
        plain: "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
                1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
        aad: "",
        cipher: "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa\
                 8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad",
        tag: "b094dac5d93471bdec1a502270e3cc6c",
        envelope: "v2:nist:yv66vvrO263eyviIUi3B8JlWfQf0fzejKoRCfWQ6jNy_5cDJdZiivSVV0aqMsI5IWQ27\
                   PaewixBWgog4xfYeY5O6egq8yfZiiYAVrTXboUU1ew9S_lGDXEcYtFs",
    },
    Vector {
        key: KEY,
        nonce: "cafebabefacedbaddecaf888",
        plain: "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
                1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        aad: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        cipher: "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa\
                 8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
        tag: "76fc6ece0f4e1768cddf8853bb2d551b",
        envelope: "v2:nist:yv66vvrO263eyviIUi3B8JlWfQf0fzejKoRCfWQ6jNy_5cDJdZiivSVV0aqMsI5IWQ27\
                   PaewixBWgog4xfYeY5O6egq8yfZibtAC7GF6ESwIz-D2fJIXeA",
    },
];

#[test]
fn the_cipher_gives_the_known_answers_of_aes_256_gcm() {
    for vector in VECTORS {
        let key = EncryptionKey { id: "nist".to_owned(), bytes: Zeroizing::new(hex(vector.key)) };
        let payload = Payload { msg: &hex(vector.plain), aad: &hex(vector.aad) };
        let nonce = Nonce::try_from(&*hex(vector.nonce)).unwrap();
        let sealed = cipher(&key).unwrap().encrypt(&nonce, payload).unwrap();
        assert_eq!(sealed, hex(&format!("{}{}", vector.cipher, vector.tag)));
    }
}

#[test]
fn an_envelope_holds_the_known_answers() {
    for vector in VECTORS {
        let host = FakeHost::new();
        host.add_key("nist", &hex(vector.key));
        host.activate(Some("nist"));
        host.prepare_random(&hex(vector.nonce));
        let plain = hex(vector.plain);
        let envelope = seal(&host, 1, Slot::Tokens, &plain).unwrap();
        assert_eq!(envelope, vector.envelope);
        // The tag depends on the associated data; nonce and cipher text do not.
        let (_, _, bytes) = parts(&envelope);
        let known = hex(&format!("{}{}", vector.nonce, vector.cipher));
        assert_eq!(bytes[..bytes.len() - 16], known);
        assert_eq!(**open_tokens(&host, vector.envelope).as_ref().unwrap(), plain);
    }
}

fn hex(digits: &str) -> Vec<u8> {
    let byte = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
    (0..digits.len()).step_by(2).map(byte).collect()
}
