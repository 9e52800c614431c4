//! The encryption keys that the connector seals secrets with.
//!
//! A ring is a list of keys: the first one seals, all of them open. To rotate, put a new key in
//! front and keep the old one behind it until nothing is sealed with it any more.

use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use sha2::{Digest as _, Sha256};

use crate::private_file;
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
    /// There is no randomness to make a key from.
    #[error("cannot make a key: {0}")]
    Random(#[from] RandomError),
}

/// The host's keys. Cloning shares them.
#[derive(Clone, Debug, Default)]
pub struct Keyring(Arc<Vec<EncryptionKey>>);

impl Keyring {
    /// A ring of these keys; the first one seals.
    #[must_use]
    pub fn new(keys: Vec<EncryptionKey>) -> Self {
        Self(Arc::new(keys))
    }

    /// The keys of `store`: those in [`KEY_VARIABLE`] when it is set, else those in the file. The
    /// file is made with a new key when it does not exist and the store holds no secret yet; a new
    /// key in the place of a lost one would open none of them.
    pub async fn from_environment_or_file(
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
            Some(text) if !text.trim().is_empty() => Self::parse(text, KEY_VARIABLE),
            _ => Err(KeyringError::Blank),
        }
    }

    /// Keys in base64 (standard or URL-safe), separated by white space or commas. A line that
    /// begins with `#` is a comment.
    pub fn parse(text: &str, source_name: &str) -> Result<Self, KeyringError> {
        let malformed = || KeyringError::Malformed { source_name: source_name.to_owned() };
        let keys = text
            .lines()
            .filter(|line| !line.trim_start().starts_with('#'))
            .flat_map(|line| line.split(|c: char| c == ',' || c.is_whitespace()))
            .filter(|word| !word.is_empty())
            .map(|word| decode_key(word).map(EncryptionKey::new).ok_or_else(malformed))
            .collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() { Err(malformed()) } else { Ok(Self::new(keys)) }
    }

    /// The keys in a file, which is made with a new key when it does not exist.
    pub fn from_file(path: &Path, random: &SharedRandom) -> Result<Self, KeyringError> {
        let file_error = |source| KeyringError::File { path: path.display().to_string(), source };
        match make_key_file(path, random) {
            Err(KeyringError::File { source, .. })
                if source.kind() == io::ErrorKind::AlreadyExists => {}
            made => made?,
        }
        let metadata = fs::metadata(path).map_err(file_error)?;
        if !private_file::is_private(&metadata) {
            return Err(KeyringError::Exposed { path: path.display().to_string() });
        }
        let text = fs::read_to_string(path).map_err(file_error)?;
        Self::parse(&text, &format!("the key file {}", path.display()))
    }

    /// The key that new envelopes are sealed with.
    #[must_use]
    pub fn active(&self) -> Option<&EncryptionKey> {
        self.0.first()
    }

    /// The key with that id.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&EncryptionKey> {
        self.0.iter().find(|key| key.id == id)
    }
}

/// Writes a file with a new key. The key is complete on the disk before the file has its name, so
/// that another process never reads half of it.
fn make_key_file(path: &Path, random: &SharedRandom) -> Result<(), KeyringError> {
    let file_error = |source| KeyringError::File { path: path.display().to_string(), source };
    if path.exists() {
        return Ok(());
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        private_file::create_dir(folder).map_err(file_error)?;
    }
    let (mut key, mut suffix) = ([0; KEY_LENGTH], [0; 8]);
    random.fill(&mut key)?;
    random.fill(&mut suffix)?;
    let text = base64::engine::general_purpose::STANDARD.encode(key);
    key.fill(0);
    let draft = path.with_extension(format!("{}.new", hex::encode(suffix)));
    let written = private_file::create_new(&draft).and_then(|mut file| {
        writeln!(file, "# Keep this file: without it no stored secret can be read again.\n{text}")?;
        file.sync_all()?;
        // Unlike a rename, a hard link fails when another process was first.
        fs::hard_link(&draft, path)
    });
    // The draft is only another name for the same file, or of no use.
    let _ = fs::remove_file(&draft);
    written.map_err(file_error)
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
}
