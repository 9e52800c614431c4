//! Builds the host that the demo and the browser tests run.

use std::env::consts::EXE_SUFFIX;
use std::path::PathBuf;

use anyhow::Result;

use crate::workspace::{self, Workspace};

/// The environment variable that tells the browser tests which host to run.
pub(crate) const VARIABLE: &str = "SOVRIUM_HOST";

/// Builds `sovrium-host` and returns its absolute path.
pub(crate) fn build(workspace: &Workspace) -> Result<PathBuf> {
    // With a test in the same build the dependencies get the features that `cargo test` wants of
    // them. Without, the tests would compile Cranelift and much else a second time.
    let mut build = workspace.cargo("build");
    build.args(["--workspace", "--bin", "sovrium-host", "--test", "contract"]);
    workspace::succeed(&mut build)?;
    Ok(workspace.target().join("debug").join(format!("sovrium-host{EXE_SUFFIX}")))
}
