//! What several tests need.

#![allow(
    dead_code,
    reason = "every test file compiles this module and uses a part of it"
)]

pub(crate) mod instance;

use std::env;
use std::path::{Path, PathBuf};

/// The component under test: the one that `SOVRIUM_COMPONENT` names, else what `cargo xtask build`
/// wrote.
///
/// # Panics
///
/// When there is no such file.
pub(crate) fn component_path() -> PathBuf {
    let path = match env::var_os("SOVRIUM_COMPONENT") {
        Some(path) => PathBuf::from(path),
        // Cargo makes the tests' own folder inside its target folder, wherever that is.
        None => Path::new(env!("CARGO_TARGET_TMPDIR"))
            .with_file_name("component")
            .join("calendly-connector.wasm"),
    };
    assert!(
        path.is_file(),
        "no component at {}: run `cargo xtask build`",
        path.display()
    );
    path
}
