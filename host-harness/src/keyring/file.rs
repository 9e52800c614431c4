//! The key file: a line for each key, the first one seals. It changes as a whole, under a lock, so
//! that whoever reads it finds all of its keys, and two who change it lose none.

use std::fs::{self, File, Metadata};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use base64::Engine as _;

use super::{EncryptionKey, KEY_LENGTH, KeyringError, keys_of, words};
use crate::private_file;
use crate::random::SharedRandom;

const COMMENT: &str = "# Keep this file: without it no stored secret can be read again.";

/// By what a change of the file is noticed without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    modified: Option<SystemTime>,
    length: u64,
    inode: u64,
}

impl Mark {
    fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        let inode = std::os::unix::fs::MetadataExt::ino(metadata);
        #[cfg(not(unix))]
        let inode = 0;
        Self { modified: metadata.modified().ok(), length: metadata.len(), inode }
    }
}

/// The file's mark now.
pub(super) fn mark(path: &Path) -> Option<Mark> {
    fs::metadata(path).ok().map(|metadata| Mark::of(&metadata))
}

/// The file's keys, and its mark from before they were read.
pub(super) fn read(path: &Path) -> Result<(Vec<EncryptionKey>, Mark), KeyringError> {
    let (text, mark) = read_text(path)?;
    Ok((keys_of(&text, &source_name(path))?, mark))
}

/// Writes a file with a new key, unless there is a file. The key is complete on the disk before
/// the file has its name, so that another process never reads half of it.
pub(super) fn make(path: &Path, random: &SharedRandom) -> Result<(), KeyringError> {
    if path.exists() {
        return Ok(());
    }
    let failed = |source| file_error(path, source);
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        private_file::create_dir(folder).map_err(failed)?;
    }
    let text = format!("{COMMENT}\n{}\n", new_key(random)?);
    let draft = Draft::write(path, &text, random)?;
    // Unlike a rename, a hard link fails when another process was first.
    match fs::hard_link(&draft.0, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked.map_err(failed),
    }
}

/// Puts a new key in front of the others.
pub(super) fn add(path: &Path, random: &SharedRandom) -> Result<(), KeyringError> {
    let new = new_key(random)?;
    change(path, random, |keys| keys.insert(0, new))
}

/// Takes a key out.
pub(super) fn remove(path: &Path, id: &str, random: &SharedRandom) -> Result<(), KeyringError> {
    let source_name = source_name(path);
    change(path, random, |keys| {
        keys.retain(|word| {
            keys_of(word, &source_name).is_ok_and(|keys| keys.iter().all(|key| key.id() != id))
        });
    })
}

/// Replaces the file by one with other keys and the same comments.
fn change(
    path: &Path,
    random: &SharedRandom,
    change: impl FnOnce(&mut Vec<String>),
) -> Result<(), KeyringError> {
    let failed = |source| file_error(path, source);
    // What a symbolic link points to, so that the link stays one.
    let path = fs::canonicalize(path).map_err(failed)?;
    let _lock = lock(&path).map_err(failed)?;
    let (text, _) = read_text(&path)?;
    let comments = text.lines().filter(|line| line.trim_start().starts_with('#'));
    let mut keys: Vec<_> = words(&text).map(str::to_owned).collect();
    change(&mut keys);
    let lines: Vec<_> = comments.map(str::to_owned).chain(keys).collect();
    let draft = Draft::write(&path, &format!("{}\n", lines.join("\n")), random)?;
    fs::rename(&draft.0, &path).map_err(failed)?;
    // The new name is on the disk, too, before anything is sealed with a new key.
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
    }
    Ok(())
}

/// Waits until nobody else changes the file, and keeps others from it until it is dropped.
fn lock(path: &Path) -> io::Result<File> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let name = PathBuf::from(name);
    let file = match private_file::create_new(&name) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => File::open(&name)?,
        made => made?,
    };
    file.lock()?;
    Ok(file)
}

/// A file beside the one that is to be written, complete on the disk; it is removed when dropped,
/// if it still has its name.
struct Draft(PathBuf);

impl Draft {
    fn write(path: &Path, text: &str, random: &SharedRandom) -> Result<Self, KeyringError> {
        let failed = |source| file_error(path, source);
        let mut suffix = [0; 8];
        random.fill(&mut suffix)?;
        let draft = Self(path.with_extension(format!("{}.new", hex::encode(suffix))));
        let mut file = private_file::create_new(&draft.0).map_err(failed)?;
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
        Ok(draft)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn read_text(path: &Path) -> Result<(String, Mark), KeyringError> {
    let failed = |source| file_error(path, source);
    let metadata = fs::metadata(path).map_err(failed)?;
    if !private_file::is_private(&metadata) {
        return Err(KeyringError::Exposed { path: path.display().to_string() });
    }
    Ok((fs::read_to_string(path).map_err(failed)?, Mark::of(&metadata)))
}

fn new_key(random: &SharedRandom) -> Result<String, KeyringError> {
    let mut key = [0; KEY_LENGTH];
    random.fill(&mut key)?;
    let text = base64::engine::general_purpose::STANDARD.encode(key);
    key.fill(0);
    Ok(text)
}

fn source_name(path: &Path) -> String {
    format!("the key file {}", path.display())
}

fn file_error(path: &Path, source: io::Error) -> KeyringError {
    KeyringError::File { path: path.display().to_string(), source }
}
