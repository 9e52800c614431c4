//! The standard library for the component's target, installed when it is missing.

use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;

/// The target the component is compiled for: no operating system, hence no WASI import.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// The pauses between the tries to download it.
const PAUSES: [Duration; 4] = [
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(10),
    Duration::from_secs(20),
];

/// Makes sure that the pinned toolchain can compile for [`TARGET`].
pub(crate) fn ensure(workspace: &Workspace) -> Result<()> {
    if is_installed(workspace)? {
        return Ok(());
    }
    let mut pauses = PAUSES.into_iter();
    loop {
        if add(workspace)? {
            return Ok(());
        }
        let Some(pause) = pauses.next() else {
            bail!(
                "the Rust target {TARGET} is missing and could not be downloaded; run `rustup \
                 target add {TARGET}` in this folder once there is a network, then try again"
            );
        };
        eprintln!("trying again in {} s", pause.as_secs());
        thread::sleep(pause);
    }
}

fn is_installed(workspace: &Workspace) -> Result<bool> {
    let mut rustc = workspace.command("rustc");
    let output = rustc.args(["--print", "sysroot"]).output().context("rustc does not start")?;
    let sysroot = String::from_utf8(output.stdout).context("the sysroot is not UTF-8")?;
    Ok(Path::new(sysroot.trim()).join("lib/rustlib").join(TARGET).is_dir())
}

fn add(workspace: &Workspace) -> Result<bool> {
    let mut rustup = workspace.command("rustup");
    let status = rustup.args(["target", "add", TARGET]).status();
    let status = status.with_context(|| {
        format!(
            "the Rust target {TARGET} is missing, and rustup, which installs it, does not start"
        )
    })?;
    Ok(status.success())
}
