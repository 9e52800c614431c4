//! What several tests need.

#![allow(dead_code, reason = "every test file compiles this module and uses a part of it")]
#![allow(
    clippy::expect_used,
    clippy::needless_pass_by_value,
    clippy::panic,
    reason = "a test stops at the first surprise, and `json!` makes values"
)]

mod folder;
pub(crate) mod home;
pub(crate) mod instance;
pub(crate) mod schemas;
pub(crate) mod service;
pub(crate) mod world;

use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

use host_harness::error::HostError;

/// As long as any call of a test may take.
pub(crate) const MINUTE: Duration = Duration::from_secs(60);

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
    assert!(path.is_file(), "no component at {}: run `cargo xtask build`", path.display());
    path
}

/// What an error complains about: pointer and sentence of every violation, by pointer.
pub(crate) fn violations(error: &HostError) -> Vec<(&str, &str)> {
    let mut found: Vec<_> = error
        .violations
        .iter()
        .map(|violation| (&*violation.pointer, &*violation.message))
        .collect();
    found.sort_unstable();
    found
}

/// The query or form of a text, decoded.
pub(crate) fn pairs(text: &str) -> Vec<(String, String)> {
    let query = text.split_once('?').map_or(text, |(_, query)| query);
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// The one value of that name in a query or form.
pub(crate) fn value_of(text: &str, name: &str) -> String {
    let found: Vec<_> = pairs(text).into_iter().filter(|(known, _)| known == name).collect();
    assert_eq!(found.len(), 1, "{name} in {text}");
    found.into_iter().map(|(_, value)| value).collect()
}
