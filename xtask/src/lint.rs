//! Everything that is checked without running a test.

use anyhow::Result;

use crate::docs;
use crate::wasm_target::{self, TARGET};
use crate::workspace::{Workspace, succeed};

/// Checks format, lints and documentation, and stops at the first that is not clean.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    succeed(workspace.cargo("fmt").args(["--all", "--check"]))?;

    let deny_warnings = ["--", "-D", "warnings"];
    let mut native = workspace.cargo("clippy");
    native.args(["--workspace", "--all-targets"]).args(deny_warnings);
    succeed(&mut native)?;

    wasm_target::ensure(workspace)?;
    let mut wasm = workspace.cargo("clippy");
    wasm.args(["--package", "calendly-connector", "--lib", "--target", TARGET]);
    succeed(wasm.args(deny_warnings))?;

    let mut documentation = workspace.cargo("doc");
    documentation.args(["--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings");
    succeed(&mut documentation)?;
    docs::run(workspace, true)
}
