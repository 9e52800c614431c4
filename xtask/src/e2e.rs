//! The browser tests: Playwright clicks through the host's console.
//!
//! Node, npm and Chromium have to be there. npm brings the rest, at the versions of
//! `package-lock.json`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;

use crate::workspace::{self, Workspace};
use crate::{component, host};

/// What the tests run: the component and the host, both by their absolute paths.
struct Built {
    component: PathBuf,
    host: PathBuf,
}

/// Builds the component and the host, installs what the tests need and runs them.
pub(crate) fn run(workspace: &Workspace, args: &[String]) -> Result<ExitCode> {
    let built = build(workspace)?;
    workspace::succeed(workspace.command(NPM).arg("ci"))?;
    let bun = workspace.root().join(BUN);
    workspace::succeed(workspace.command(&bun).args(["run", "check:e2e"]))?;
    let mut tests = workspace.command(&bun);
    tests.arg("test:e2e").args(args);
    // The tests would otherwise build both by themselves.
    tests.env(component::VARIABLE, built.component).env(host::VARIABLE, built.host);
    workspace::status(&mut tests)
}

/// Builds the component and the host, and tests nothing.
pub(crate) fn build_only(workspace: &Workspace) -> Result<ExitCode> {
    build(workspace).map(|_| ExitCode::SUCCESS)
}

fn build(workspace: &Workspace) -> Result<Built> {
    Ok(Built { component: component::build(workspace)?, host: host::build(workspace)? })
}

/// Windows runs no script by its bare name.
const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

/// The program that the npm package brings; it is called so on every system.
const BUN: &str = "node_modules/bun/bin/bun.exe";
