//! Where identifiers and secrets come from.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};

/// A small deterministic generator: the same seed gives the same account, on every machine.
#[derive(Clone, Debug)]
pub(crate) struct SplitMix64(u64);

impl SplitMix64 {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number in `0..bound`; 0 when there is nothing to choose from.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.next() % bound }
    }

    pub(crate) fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or(0)
    }

    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<'a, T: ?Sized>(&mut self, choices: &[&'a T]) -> &'a T {
        choices[self.index(choices.len())]
    }

    /// A hyphenated, lower-case version 4 UUID: the shape of identifiers in new accounts.
    pub(crate) fn uuid(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            0x8000 | ((low >> 48) & 0x3fff),
            low & 0xffff_ffff_ffff,
        )
    }
}

/// Hands out secrets: codes, tokens and request ids that no other simulator hands out too.
///
/// Entropy is read once, at the start, so that nothing can fail later.
pub(crate) struct TokenMint {
    secret: [u8; 32],
    issued: AtomicU64,
}

impl TokenMint {
    pub(crate) fn new() -> io::Result<Self> {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).map_err(|error| io::Error::other(error.to_string()))?;
        Ok(Self { secret, issued: AtomicU64::new(0) })
    }

    /// 64 hexadecimal characters, the shape of a refresh token.
    pub(crate) fn token(&self) -> String {
        hex::encode(self.bytes())
    }

    pub(crate) fn bytes(&self) -> [u8; 32] {
        let serial = self.issued.fetch_add(1, Ordering::Relaxed);
        let hash = Sha256::new().chain_update(self.secret).chain_update(serial.to_be_bytes());
        hash.finalize().into()
    }

    /// The id of a response.
    pub(crate) fn request_id(&self) -> String {
        let mut seed = [0; 8];
        seed.copy_from_slice(&self.bytes()[..8]);
        SplitMix64::new(u64::from_be_bytes(seed)).uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_identifiers() {
        assert_eq!(SplitMix64::new(7).uuid(), SplitMix64::new(7).uuid());
        assert_ne!(SplitMix64::new(7).uuid(), SplitMix64::new(8).uuid());
    }

    #[test]
    fn an_identifier_is_a_version_4_uuid() {
        let id = SplitMix64::new(1).uuid();
        let lengths: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
        assert_eq!(&id[14..15], "4");
        assert!("89ab".contains(&id[19..20]), "{id}");
    }
}
