//! Builds the WebAssembly component: cargo makes the core module, `wit-component` wraps it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use wit_component::ComponentEncoder;

use crate::wasm_target::{self, TARGET};
use crate::workspace::{self, Workspace};

/// The environment variable that tells the tests which component to load.
pub(crate) const VARIABLE: &str = "SOVRIUM_COMPONENT";

/// Builds the component and returns its absolute path.
pub(crate) fn build(workspace: &Workspace) -> Result<PathBuf> {
    wasm_target::ensure(workspace)?;
    let core_module = core_module(workspace)?;
    let component = encode(&core_module).context("the core module cannot become a component")?;

    let path = workspace.target().join("component/calendly-connector.wasm");
    write_if_changed(&path, &component)
        .with_context(|| format!("{} cannot be written", path.display()))?;
    eprintln!("component: {} ({} bytes)", path.display(), component.len());
    Ok(path)
}

/// Compiles the core module. Its place may hold the result of cargo-component, which puts it there;
/// cargo links the module there again with every build, also when nothing is to compile.
fn core_module(workspace: &Workspace) -> Result<Vec<u8>> {
    let mut cargo = workspace.cargo("build");
    cargo.args(["--release", "--lib", "--package", "calendly-connector", "--target", TARGET]);
    cargo.args(["--config", &format!("target.{TARGET}.rustflags={:?}", path_remappings()?)]);
    workspace::succeed(&mut cargo)?;

    let path = workspace.target().join(TARGET).join("release/calendly_connector.wasm");
    fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))
}

/// Compiler flags that take this machine's folders out of the paths in panic messages, so that the
/// component is the same, and as small, wherever it is built.
fn path_remappings() -> Result<Vec<String>> {
    let home = std::env::home_dir().map(|home| home.join(".cargo"));
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from).or(home);
    let sources =
        home.context("neither CARGO_HOME nor a home folder is known")?.join("registry/src");
    let mut flags = Vec::new();
    // Missing where the sources of the dependencies are kept elsewhere: nothing to take out then.
    for registry in fs::read_dir(&sources).into_iter().flatten() {
        let path = registry?.path();
        flags.push(format!("--remap-path-prefix={}/=", path.display()));
    }
    Ok(flags)
}

fn encode(core_module: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = ComponentEncoder::default();
    encoder.validate(true);
    encoder.module(core_module)?;
    encoder.encode()
}

/// Writes the file in one step, so that nobody reads half of it, and not at all when it has these
/// bytes already, so that a host's compiled copy stays valid.
fn write_if_changed(path: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|present| present == bytes) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let unfinished = path.with_extension(format!("{}.tmp", std::process::id()));
    fs::write(&unfinished, bytes)?;
    fs::rename(&unfinished, path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_with_the_same_bytes_is_not_written_again() -> Result<()> {
        let folder = std::env::temp_dir().join(format!("xtask-{}", std::process::id()));
        let path = folder.join("component/a.wasm");

        write_if_changed(&path, b"one")?;
        let before = fs::metadata(&path)?;
        write_if_changed(&path, b"one")?;
        assert_eq!(fs::metadata(&path)?.modified()?, before.modified()?);

        write_if_changed(&path, b"two")?;
        assert_eq!(fs::read(&path)?, b"two");
        let names: Vec<_> = fs::read_dir(folder.join("component"))?.collect();
        assert_eq!(names.len(), 1, "an unfinished file was left: {names:?}");

        fs::remove_dir_all(folder)?;
        Ok(())
    }

    #[test]
    fn text_is_no_core_module() {
        assert!(encode(b"not wasm").is_err());
    }
}
