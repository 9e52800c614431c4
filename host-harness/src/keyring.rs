//! The encryption keys that the connector seals secrets with.
//!
//! A ring is a list of keys: the first one seals, all of them open. To rotate, a new key comes in
//! front, and the old one stays behind it until nothing is sealed with it any more. A ring that
//! comes from a file follows the file: what another process puts in front seals here, too, from
//! the next secret on.

mod file;
mod platform;

use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use sha2::{Digest as _, Sha256};

pub use self::platform::PLATFORM_KEY_VARIABLE;
use self::platform::{PLATFORM_KEY_ID, PlatformKey};
use crate::crash_point::{CrashPoint, between};
use crate::random::{RandomError, SharedRandom};
use crate::store::{Store, StoreError};

/// The environment variable that holds the keys.
pub const KEY_VARIABLE: &str = "SOVRIUM_ENCRYPTION_KEY";

/// What a key's id is the hash of, before the key itself.
const KEY_ID_DOMAIN: &[u8] = b"sovrium/encryption-key-id/v1\0";

const KEY_LENGTH: usize = 32;

/// A 256-bit key with its public id. Wiped when dropped, never printed.
pub struct EncryptionKey {
    id: String,
    bytes: [u8; KEY_LENGTH],
}

impl EncryptionKey {
    /// A key from its 32 bytes; the id follows from them.
    #[must_use]
    pub fn new(bytes: [u8; KEY_LENGTH]) -> Self {
        let digest = Sha256::new().chain_update(KEY_ID_DOMAIN).chain_update(bytes).finalize();
        Self { id: hex::encode(&digest[..4]), bytes }
    }

    /// The id that envelopes carry.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The key itself.
    #[must_use]
    pub fn bytes(&self) -> &[u8; KEY_LENGTH] {
        &self.bytes
    }
}

impl Drop for EncryptionKey {
    fn drop(&mut self) {
        self.bytes.fill(0);
        // Keeps the compiler from leaving out a write that nothing seems to read.
        std::hint::black_box(&self.bytes);
    }
}

impl fmt::Debug for EncryptionKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("EncryptionKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Why there are no keys, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyringError {
    /// A key is not 32 bytes in base64.
    #[error(
        "{source_name} does not hold keys of 32 bytes in base64; make one with `openssl rand -base64 32`"
    )]
    Malformed {
        /// Where the key was read from.
        source_name: String,
    },
    /// The variable is set and holds nothing that is text.
    #[error(
        "the environment variable {KEY_VARIABLE} is set, but not to a key; set it to one of \
         `openssl rand -base64 32`, or unset it to use the key file"
    )]
    Blank,
    /// The key file is gone while there are secrets that need it.
    #[error("the key file {path} does not exist, and the database holds secrets sealed with a key")]
    Missing {
        /// The file.
        path: String,
    },
    /// The database cannot say whether it holds secrets.
    #[error("cannot look for secrets: {0}")]
    Store(#[from] StoreError),
    /// Others than the owner may read the key file.
    #[error("others can read the key file {path}; run `chmod 600 {path}`, then try again")]
    Exposed {
        /// The file.
        path: String,
    },
    /// The key file cannot be read or made.
    #[error("cannot use the key file {path}: {source}; make it readable, or set {KEY_VARIABLE}")]
    File {
        /// The file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// The keys are not in a file, so this program cannot change them.
    #[error("the keys are not in a key file, so they cannot be changed here")]
    NotInAFile,
    /// There is no randomness to make a key from.
    #[error("cannot make a key: {0}")]
    Random(#[from] RandomError),
}

/// The host's keys. Cloning shares them.
#[derive(Clone, Debug, Default)]
pub struct Keyring(Arc<Ring>);

#[derive(Debug, Default)]
struct Ring {
    origin: Origin,
    keys: RwLock<Keys>,
    platform: Option<PlatformKey>,
}

#[derive(Debug, Default)]
struct Keys {
    list: Vec<Arc<EncryptionKey>>,
    /// The state of the file that they were read from.
    mark: Option<file::Mark>,
}

/// Where the keys of a ring come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// Whoever made the ring.
    #[default]
    Given,
    /// The environment variable [`KEY_VARIABLE`].
    Variable,
    /// A file, which may change.
    File(PathBuf),
}

/// A key of the ring, without the key itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFacts {
    /// Its id.
    pub id: String,
    /// Whether it seals.
    pub active: bool,
    /// Whether it is the platform's.
    pub platform: bool,
}

impl Keyring {
    /// A ring of these keys; the first one seals.
    #[must_use]
    pub fn new(keys: Vec<EncryptionKey>) -> Self {
        Self::of(Origin::Given, keys, None)
    }

    fn of(origin: Origin, keys: Vec<EncryptionKey>, mark: Option<file::Mark>) -> Self {
        let list = keys.into_iter().map(Arc::new).collect();
        Self(Arc::new(Ring { origin, keys: RwLock::new(Keys { list, mark }), platform: None }))
    }

    /// The same ring with the platform's key, which opens what the platform sealed itself.
    #[must_use]
    pub fn with_platform_key(self, passphrase: String) -> Self {
        let keys = self.0.keys.read().unwrap_or_else(PoisonError::into_inner);
        let keys = Keys { list: keys.list.clone(), mark: keys.mark.clone() };
        Self(Arc::new(Ring {
            origin: self.0.origin.clone(),
            keys: RwLock::new(keys),
            platform: Some(PlatformKey::new(passphrase)),
        }))
    }

    /// The keys of `store`: those in [`KEY_VARIABLE`] when it is set, else those in the file. The
    /// file is made with a new key when it does not exist and the store holds no secret yet; a new
    /// key in the place of a lost one would open none of them. The platform's key comes from
    /// [`PLATFORM_KEY_VARIABLE`].
    pub async fn from_environment_or_file(
        path: &Path,
        random: &SharedRandom,
        store: &Store,
    ) -> Result<Self, KeyringError> {
        let ring = Self::own_keys(path, random, store).await?;
        Ok(match std::env::var(PLATFORM_KEY_VARIABLE) {
            Ok(passphrase) if !passphrase.is_empty() => ring.with_platform_key(passphrase),
            _ => ring,
        })
    }

    async fn own_keys(
        path: &Path,
        random: &SharedRandom,
        store: &Store,
    ) -> Result<Self, KeyringError> {
        if let Some(value) = std::env::var_os(KEY_VARIABLE) {
            return Self::from_variable(&value);
        }
        // Looked at once more: another process may just have made the file and stored a secret.
        if !path.exists() && store.holds_secrets().await? && !path.exists() {
            return Err(KeyringError::Missing { path: path.display().to_string() });
        }
        Self::from_file(path, random)
    }

    /// A variable that is set is meant: what it holds is a key or an error.
    fn from_variable(value: &OsStr) -> Result<Self, KeyringError> {
        match value.to_str() {
            Some(text) if !text.trim().is_empty() => {
                Ok(Self::of(Origin::Variable, keys_of(text, KEY_VARIABLE)?, None))
            }
            _ => Err(KeyringError::Blank),
        }
    }

    /// Keys in base64 (standard or URL-safe), separated by white space or commas. A line that
    /// begins with `#` is a comment.
    pub fn parse(text: &str, source_name: &str) -> Result<Self, KeyringError> {
        Ok(Self::new(keys_of(text, source_name)?))
    }

    /// The keys in a file, which is made with a new key when it does not exist. The ring changes
    /// when the file does.
    pub fn from_file(path: &Path, random: &SharedRandom) -> Result<Self, KeyringError> {
        file::make(path, random)?;
        let (keys, mark) = file::read(path)?;
        Ok(Self::of(Origin::File(path.to_owned()), keys, Some(mark)))
    }

    /// The key that new envelopes are sealed with.
    #[must_use]
    pub fn active(&self) -> Option<Arc<EncryptionKey>> {
        self.list().first().cloned()
    }

    /// The key with that id.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<Arc<EncryptionKey>> {
        if id == PLATFORM_KEY_ID {
            return self.0.platform.as_ref().and_then(PlatformKey::key);
        }
        self.list().into_iter().find(|key| key.id == id)
    }

    /// The keys there are, the active one first and the platform's last.
    #[must_use]
    pub fn facts(&self) -> Vec<KeyFacts> {
        let own = self.list().into_iter().enumerate().map(|(at, key)| KeyFacts {
            id: key.id.clone(),
            active: at == 0,
            platform: false,
        });
        let platform = self.0.platform.as_ref().map(|_| KeyFacts {
            id: PLATFORM_KEY_ID.to_owned(),
            active: false,
            platform: true,
        });
        own.chain(platform).collect()
    }

    /// Where the keys come from.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.0.origin
    }

    /// Puts a new key in front of the others, for every process that uses the file. Returns its id.
    pub fn add_active(&self, random: &SharedRandom) -> Result<String, KeyringError> {
        let Origin::File(path) = &self.0.origin else { return Err(KeyringError::NotInAFile) };
        let _step = between(CrashPoint::KeyFileWriting, CrashPoint::KeyFileWritten);
        file::add(path, random)?;
        self.read_again(path)?;
        Ok(self.active().map(|key| key.id.clone()).unwrap_or_default())
    }

    /// Takes a key out of the file.
    pub fn remove(&self, id: &str, random: &SharedRandom) -> Result<(), KeyringError> {
        let Origin::File(path) = &self.0.origin else { return Err(KeyringError::NotInAFile) };
        let _step = between(CrashPoint::KeyFileWriting, CrashPoint::KeyFileWritten);
        file::remove(path, id, random)?;
        self.read_again(path)
    }

    /// The keys as they are now. A file that cannot be read leaves them as they were.
    fn list(&self) -> Vec<Arc<EncryptionKey>> {
        if let Origin::File(path) = &self.0.origin
            && let Some(mark) = file::mark(path)
            && self.0.keys.read().unwrap_or_else(PoisonError::into_inner).mark != Some(mark)
            && let Err(error) = self.read_again(path)
        {
            tracing::warn!(%error, "the keys stay as they were");
        }
        self.0.keys.read().unwrap_or_else(PoisonError::into_inner).list.clone()
    }

    fn read_again(&self, path: &Path) -> Result<(), KeyringError> {
        let (keys, mark) = file::read(path)?;
        let list = keys.into_iter().map(Arc::new).collect();
        let mut keys = self.0.keys.write().unwrap_or_else(PoisonError::into_inner);
        *keys = Keys { list, mark: Some(mark) };
        Ok(())
    }
}

/// The keys in a text, at least one.
fn keys_of(text: &str, source_name: &str) -> Result<Vec<EncryptionKey>, KeyringError> {
    let malformed = || KeyringError::Malformed { source_name: source_name.to_owned() };
    let keys = words(text)
        .map(|word| decode_key(word).map(EncryptionKey::new).ok_or_else(malformed))
        .collect::<Result<Vec<_>, _>>()?;
    if keys.is_empty() { Err(malformed()) } else { Ok(keys) }
}

/// What a text has besides comments, separated by white space or commas.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .flat_map(|line| line.split(|c: char| c == ',' || c.is_whitespace()))
        .filter(|word| !word.is_empty())
}

fn decode_key(word: &str) -> Option<[u8; KEY_LENGTH]> {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(false);
    [&alphabet::STANDARD, &alphabet::URL_SAFE]
        .into_iter()
        .find_map(|alphabet| GeneralPurpose::new(alphabet, config).decode(word).ok())
        .and_then(|bytes| bytes.try_into().ok())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::random::system_random;

    #[test]
    fn both_base64_alphabets_give_the_same_key() {
        let standard = Keyring::parse("+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/8=", "test");
        let url_safe = Keyring::parse("-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_8", "test");
        let (standard, url_safe) = (standard.unwrap(), url_safe.unwrap());
        assert_eq!(standard.active().unwrap().bytes(), url_safe.active().unwrap().bytes());
        assert_eq!(standard.active().unwrap().id().len(), 8);
    }

    #[test]
    fn the_first_key_seals_and_all_of_them_open() {
        let [new, old] = [[1; 32], [2; 32]].map(EncryptionKey::new);
        let (new_id, old_id) = (new.id().to_owned(), old.id().to_owned());
        let ring = Keyring::new(vec![new, old]);
        assert_eq!(ring.active().unwrap().id(), new_id);
        assert_eq!(ring.find(&old_id).unwrap().bytes(), &[2; 32]);
        assert!(ring.find("ffffffff").is_none());
    }

    #[test]
    fn a_key_of_another_length_is_refused_and_not_repeated() {
        for text in ["c2hvcnQ=", "not base64!", ""] {
            let sentence = Keyring::parse(text, KEY_VARIABLE).unwrap_err().to_string();
            assert!(sentence.contains("openssl rand -base64 32"), "{sentence}");
            assert!(text.is_empty() || !sentence.contains(text), "{sentence}");
        }
    }

    #[test]
    fn a_variable_that_is_set_and_blank_is_refused() {
        for blank in ["", " ", "\n"] {
            let refusal = Keyring::from_variable(OsStr::new(blank));
            assert!(matches!(refusal, Err(KeyringError::Blank)), "{blank:?}");
        }
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt as _;
            let not_text = Keyring::from_variable(OsStr::from_bytes(b"\xff\xfe"));
            assert!(matches!(not_text, Err(KeyringError::Blank)));
        }
    }

    #[test]
    fn debug_shows_no_key() {
        let shown = format!("{:?}", Keyring::new(vec![EncryptionKey::new([7; 32])]));
        assert!(!shown.contains("7, 7"), "{shown}");
    }

    #[test]
    fn a_key_file_is_made_once_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/sovrium.key");
        let first = Keyring::from_file(&path, &system_random()).unwrap();
        let again = Keyring::from_file(&path, &system_random()).unwrap();
        assert_eq!(first.active().unwrap().bytes(), again.active().unwrap().bytes());
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_key_file_is_private_and_refused_when_it_is_not() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sovrium.key");
        Keyring::from_file(&path, &system_random()).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);

        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let refusal = Keyring::from_file(&path, &system_random()).unwrap_err().to_string();
        assert!(refusal.contains("chmod 600"), "{refusal}");
    }

    #[test]
    fn a_ring_follows_its_file_and_two_who_change_it_lose_no_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sovrium.key");
        let random = system_random();
        let ours = Keyring::from_file(&path, &random).unwrap();
        let first = ours.active().unwrap().id().to_owned();
        let theirs = Keyring::from_file(&path, &random).unwrap();
        let second = theirs.add_active(&random).unwrap();
        assert_eq!(ours.active().unwrap().id(), second);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| Keyring::from_file(&path, &random).unwrap().add_active(&random));
            }
        });
        let ids: Vec<_> = ours.facts().into_iter().map(|key| key.id).collect();
        assert_eq!((ids.len(), &ids[8..]), (10, &[second, first.clone()][..]));
        ours.remove(&first, &random).unwrap();
        assert!(theirs.find(&first).is_none() && theirs.facts().len() == 9);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("# Keep this file") && text.lines().count() == 10, "{text}");
        // Nothing is left beside it but the lock.
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_file_that_cannot_be_read_leaves_the_keys_as_they_were() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sovrium.key");
        let ring = Keyring::from_file(&path, &system_random()).unwrap();
        let id = ring.active().unwrap().id().to_owned();
        fs::write(&path, "no key").unwrap();
        assert_eq!(ring.active().unwrap().id(), id);
        fs::remove_file(&path).unwrap();
        assert!(ring.find(&id).is_some());
    }

    #[test]
    fn only_a_file_can_be_changed() {
        let ring = Keyring::new(vec![EncryptionKey::new([7; 32])]);
        let refused = ring.add_active(&system_random());
        assert!(matches!(refused, Err(KeyringError::NotInAFile)));
    }
}
