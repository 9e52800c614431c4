//! Compiled components, kept on the disk so that only the first start compiles.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::private_file;

/// Whether the system tells who owns a file and who may write to it. Where it does not, machine
/// code is not taken from the disk.
const OWNERS_ARE_KNOWN: bool = cfg!(unix);

/// The component in `bytes`, compiled now or taken from the folder `cache`. Whatever is wrong
/// with the folder costs a compilation and nothing else.
pub(super) fn component(
    engine: &Engine,
    bytes: &[u8],
    cache: Option<&Path>,
) -> wasmtime::Result<Component> {
    let Some(folder) = cache.filter(|_| OWNERS_ARE_KNOWN) else {
        return Component::new(engine, bytes);
    };
    let path = artifact_path(engine, bytes, folder);
    match load(engine, &path) {
        Ok(Some(component)) => return Ok(component),
        Ok(None) => {}
        Err(error) => tracing::debug!(%error, "a compiled component could not be used"),
    }
    let component = Component::new(engine, bytes)?;
    if let Err(error) = save(&component, &path) {
        tracing::debug!(%error, "a compiled component could not be kept");
    }
    Ok(component)
}

/// Named after everything that the machine code depends on.
fn artifact_path(engine: &Engine, bytes: &[u8], folder: &Path) -> PathBuf {
    let mut compatibility = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut compatibility);
    let digest = hex::encode(Sha256::digest(bytes));
    folder.join(format!("{digest}-{:016x}.cwasm", compatibility.finish()))
}

fn load(engine: &Engine, path: &Path) -> wasmtime::Result<Option<Component>> {
    if !path.exists() {
        return Ok(None);
    }
    if !only_we_can_write(path)? {
        return Err(wasmtime::format_err!("others could have written {}", path.display()));
    }
    deserialize(engine, path).map(Some)
}

#[expect(unsafe_code, reason = "machine code from a file that only this program's user writes")]
fn deserialize(engine: &Engine, path: &Path) -> wasmtime::Result<Component> {
    // SAFETY: the file has to be what `Component::serialize` wrote, unchanged. Its only writer is
    // `save`, which gives it its name once it is complete; `only_we_can_write` has just made sure
    // that the file and its folder belong to this user and that nobody else may write to either;
    // where that cannot be known, this is not reached.
    // wasmtime itself refuses a file from another version or configuration.
    unsafe { Component::deserialize_file(engine, path) }
}

/// Writes the file under another name first, so that no reader ever sees half of it.
fn save(component: &Component, path: &Path) -> wasmtime::Result<()> {
    let code = component.serialize()?;
    let folder = path.parent().unwrap_or(Path::new("."));
    private_file::create_dir(folder)?;
    let draft = path.with_extension(format!("{}.new", std::process::id()));
    let written = private_file::create_new(&draft)
        .and_then(|mut file| file.write_all(&code))
        .and_then(|()| fs::rename(&draft, path));
    if written.is_err() {
        let _ = fs::remove_file(&draft);
    }
    Ok(written?)
}

/// Whether file and folder are this user's own and private.
fn only_we_can_write(path: &Path) -> io::Result<bool> {
    let folder = path.parent().unwrap_or(Path::new("."));
    // A file made here and now shows who this program's user is.
    let probe = folder.join(format!("{}.probe", std::process::id()));
    let ours = private_file::create_new(&probe).and_then(|file| file.metadata());
    let _ = fs::remove_file(&probe);
    let ours = ours?;
    let [file, folder] = [fs::symlink_metadata(path)?, fs::symlink_metadata(folder)?];
    Ok(file.is_file()
        && folder.is_dir()
        && [file, folder].iter().all(|metadata| {
            private_file::is_private(metadata) && private_file::same_owner(metadata, &ours)
        }))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// The smallest component: the preamble alone.
    const EMPTY: &[u8] = b"\0asm\x0d\0\x01\0";

    fn cached_files(folder: &Path) -> Vec<PathBuf> {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
    }

    #[test]
    fn a_component_is_compiled_once_and_then_read() {
        let engine = Engine::default();
        let folder = tempfile::tempdir().unwrap();
        let cache = folder.path().join("cache");
        component(&engine, EMPTY, Some(&cache)).unwrap();
        let [path] = &cached_files(&cache)[..] else { panic!("one file") };
        assert!(load(&engine, path).unwrap().is_some());
    }

    #[test]
    fn a_spoilt_file_costs_a_compilation_and_is_replaced() {
        let engine = Engine::default();
        let folder = tempfile::tempdir().unwrap();
        let cache = folder.path().join("cache");
        component(&engine, EMPTY, Some(&cache)).unwrap();
        let [path] = &cached_files(&cache)[..] else { panic!("one file") };
        fs::write(path, b"spoilt").unwrap();
        assert!(load(&engine, path).is_err());
        component(&engine, EMPTY, Some(&cache)).unwrap();
        assert!(load(&engine, path).unwrap().is_some());
    }

    #[test]
    fn a_file_that_others_may_write_is_not_run() {
        use std::os::unix::fs::PermissionsExt as _;
        let engine = Engine::default();
        let folder = tempfile::tempdir().unwrap();
        let cache = folder.path().join("cache");
        component(&engine, EMPTY, Some(&cache)).unwrap();
        let [path] = &cached_files(&cache)[..] else { panic!("one file") };
        fs::set_permissions(path, fs::Permissions::from_mode(0o666)).unwrap();
        assert!(load(&engine, path).is_err());
        component(&engine, EMPTY, Some(&cache)).unwrap();
    }
}
