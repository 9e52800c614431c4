//! The demo: a connection's whole life, played by the host.

use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::workspace::{self, Workspace};
use crate::{component, host};

/// Builds the component and the host, and lets the host play.
pub(crate) fn run(workspace: &Workspace, args: &[String]) -> Result<ExitCode> {
    let component = component::build(workspace)?;
    let mut demo = Command::new(host::build(workspace)?);
    demo.arg("--component").arg(component).arg("demo").args(args);
    workspace::status(&mut demo)
}
