//! Where the workspace is, and how its programs are run.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus};

use anyhow::{Context, Result, bail};

/// The workspace that this program belongs to.
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// Finds the workspace through what cargo tells a program that it runs.
    pub(crate) fn find() -> Result<Self> {
        let package = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let Some(root) = package.as_deref().and_then(Path::parent) else {
            bail!("this program runs through cargo: `cargo xtask`");
        };
        let target = match env::var_os("CARGO_TARGET_DIR") {
            // Cargo takes it as relative to the caller's folder, which is not always the root.
            Some(target) => env::current_dir().context("no current folder")?.join(target),
            None => root.join("target"),
        };
        Ok(Self { root: root.to_owned(), target })
    }

    /// The folder of the workspace.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The folder that cargo builds into.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// A cargo command in the workspace.
    pub(crate) fn cargo(&self, subcommand: &str) -> Command {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
        let mut command = self.command(cargo);
        command.arg(subcommand).env("CARGO_TARGET_DIR", &self.target);
        command
    }

    /// A command in the workspace's root, so that the pinned toolchain answers.
    pub(crate) fn command(&self, program: impl Into<OsString>) -> Command {
        let mut command = Command::new(program.into());
        command.current_dir(&self.root);
        command
    }
}

/// Runs a command and passes its exit status on.
pub(crate) fn status(command: &mut Command) -> Result<ExitCode> {
    let status = wait(command)?;
    // No code means that a signal ended it.
    let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    Ok(ExitCode::from(code))
}

/// Runs a command that has to succeed.
pub(crate) fn succeed(command: &mut Command) -> Result<()> {
    let status = wait(command)?;
    if !status.success() {
        bail!("{} failed ({status})", spelled(command));
    }
    Ok(())
}

fn wait(command: &mut Command) -> Result<ExitStatus> {
    command.status().with_context(|| format!("{} does not start", spelled(command)))
}

/// The command as a person would type it.
fn spelled(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    let words = std::iter::once(program).chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    format!("`{}`", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_command_is_named_without_its_folder() {
        let mut command = Command::new("/somewhere/cargo");
        command.args(["build", "--lib"]);
        assert_eq!(spelled(&command), "`cargo build --lib`");
    }
}
