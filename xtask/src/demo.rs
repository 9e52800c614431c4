//! The demo: a connection's whole life, played by the host.

use std::env::consts::EXE_SUFFIX;
use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::component;
use crate::workspace::{self, Workspace};

/// Builds the component and the host, and lets the host play.
pub(crate) fn run(workspace: &Workspace, args: &[String]) -> Result<ExitCode> {
    let component = component::build(workspace)?;

    // With a test in the same build the dependencies get the features that `cargo test` wants of
    // them. Without, the tests would compile Cranelift and much else a second time.
    let mut build = workspace.cargo("build");
    build.args(["--workspace", "--bin", "sovrium-host", "--test", "contract"]);
    workspace::succeed(&mut build)?;

    let host = workspace.target().join("debug").join(format!("sovrium-host{EXE_SUFFIX}"));
    let mut demo = Command::new(host);
    demo.arg("--component").arg(component).arg("demo").args(args);
    workspace::status(&mut demo)
}
