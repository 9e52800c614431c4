//! The command line: `sovrium-host --help`.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    host_harness::cli::main().await
}
