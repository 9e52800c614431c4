//! Developer commands, run as `cargo xtask …` from anywhere in the repository.

mod component;
mod demo;
mod docs;
mod e2e;
mod fuzz;
mod host;
mod lint;
mod wasm_target;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use crate::workspace::Workspace;

/// Developer commands of this repository.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
enum Command {
    /// Builds the WebAssembly component.
    Build,

    /// Builds the component and plays a connection's whole life against the simulator.
    Demo {
        /// Arguments for the demo.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },

    /// Builds the component and runs every test.
    Test {
        /// Arguments for `cargo test`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },

    /// Builds the component and the host, and runs the console's browser tests.
    E2e {
        /// Only build what the tests run.
        #[arg(long)]
        build_only: bool,

        /// Arguments for `playwright test`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },

    /// Runs the fuzz targets, each for so long; stops at the first finding.
    Fuzz {
        /// How long each target runs.
        #[arg(long, default_value_t = 60)]
        seconds: u32,

        /// The one to run; all when left out.
        target: Option<String>,
    },

    /// Checks format, lints (native and wasm) and documentation; a warning is an error.
    Lint,

    /// Writes the pages that come from the connector's manifest.
    Docs {
        /// Change nothing, and fail when a page is not current.
        #[arg(long)]
        check: bool,
    },
}

impl Command {
    /// Runs the command; the status is that of the program it ended with.
    fn run(&self, workspace: &Workspace) -> Result<ExitCode> {
        match self {
            Self::Build => component::build(workspace).map(|_| ExitCode::SUCCESS),
            Self::Demo { args } => demo::run(workspace, args),
            Self::Test { args } => {
                let component = component::build(workspace)?;
                let mut test = workspace.cargo("test");
                test.args(["--workspace", "--no-fail-fast"])
                    .args(args)
                    .env(component::VARIABLE, component);
                workspace::status(&mut test)
            }
            Self::E2e { build_only: true, .. } => e2e::build_only(workspace),
            Self::E2e { build_only: false, args } => e2e::run(workspace, args),
            Self::Fuzz { seconds, target } => {
                fuzz::run(workspace, *seconds, target.as_deref()).map(|()| ExitCode::SUCCESS)
            }
            Self::Lint => lint::run(workspace).map(|()| ExitCode::SUCCESS),
            Self::Docs { check } => docs::run(workspace, *check).map(|()| ExitCode::SUCCESS),
        }
    }
}

fn main() -> ExitCode {
    let command = Command::parse();
    Workspace::find().and_then(|workspace| command.run(&workspace)).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}
