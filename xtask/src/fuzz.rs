//! Fuzzing: each target for a while, with a nightly compiler and cargo-fuzz, which are installed
//! when they are missing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context, Result, bail};

use crate::workspace::{Workspace, succeed};

/// The compiler: libFuzzer's instrumentation is in nightly ones alone.
const TOOLCHAIN: &str = "nightly-2026-03-01";
/// The version of cargo-fuzz.
const CARGO_FUZZ: &str = "0.13.1";
/// The longest input, in bytes; everything can be reached with less.
const LONGEST_INPUT: u32 = 4_096;
/// How long one input may take, in seconds, before it counts as a finding.
const LONGEST_RUN: u32 = 20;

/// Runs the target, or each, for so many seconds, and stops at the first finding.
pub(crate) fn run(workspace: &Workspace, seconds: u32, target: Option<&str>) -> Result<()> {
    let folder = workspace.root().join("fuzz");
    let mut targets = targets(&folder)?;
    if let Some(target) = target {
        if !targets.iter().any(|known| known == target) {
            bail!("there is no fuzz target {target}; there are {}", targets.join(", "));
        }
        targets = vec![target.to_owned()];
    }
    ensure_toolchain(workspace)?;
    ensure_cargo_fuzz(workspace)?;

    // All of them first, so that what does not compile is known before the first has had its time.
    succeed(&mut cargo_fuzz(workspace, "build"))?;
    for target in &targets {
        eprintln!("fuzzing {target} for {seconds} s");
        fuzz(workspace, &folder, target, seconds)?;
    }
    eprintln!("no findings in {}", targets.join(", "));
    Ok(())
}

/// The targets are the files of a folder.
fn targets(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for path in files(&folder.join("fuzz_targets"))? {
        if path.extension().is_some_and(|extension| extension == "rs") {
            names.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
        }
    }
    names.sort();
    Ok(names)
}

fn ensure_toolchain(workspace: &Workspace) -> Result<()> {
    let mut present = workspace.command("rustup");
    present.args(["run", TOOLCHAIN, "rustc", "--version"]);
    if is_there(&mut present) {
        return Ok(());
    }
    eprintln!("installing the toolchain {TOOLCHAIN}, which fuzzing needs");
    let mut rustup = workspace.command("rustup");
    rustup.args(["toolchain", "install", TOOLCHAIN, "--profile", "minimal", "--no-self-update"]);
    succeed(&mut rustup).with_context(|| {
        format!("the toolchain {TOOLCHAIN} is missing; rustup installs it once there is a network")
    })
}

fn ensure_cargo_fuzz(workspace: &Workspace) -> Result<()> {
    let output = cargo_fuzz(workspace, "--version").output();
    let is_this = |text: &[u8]| String::from_utf8_lossy(text).trim().ends_with(CARGO_FUZZ);
    if output.is_ok_and(|output| output.status.success() && is_this(&output.stdout)) {
        return Ok(());
    }
    eprintln!("installing cargo-fuzz {CARGO_FUZZ}, which runs the targets");
    let mut install = workspace.cargo("install");
    install.args(["cargo-fuzz", "--version", CARGO_FUZZ, "--locked", "--force"]);
    succeed(&mut install).with_context(|| {
        format!("cargo-fuzz {CARGO_FUZZ} is missing; cargo installs it once there is a network")
    })
}

/// Runs one target. New inputs go into its corpus, which is kept on this machine alone.
fn fuzz(workspace: &Workspace, folder: &Path, target: &str, seconds: u32) -> Result<()> {
    let corpus = folder.join("corpus").join(target);
    fs::create_dir_all(&corpus).with_context(|| format!("{} cannot be made", corpus.display()))?;
    let start = SystemTime::now();
    let mut command = cargo_fuzz(workspace, "run");
    command.arg(target).arg(corpus).arg(folder.join("seeds").join(target)).arg("--");
    command.arg(format!("-max_total_time={seconds}"));
    command.arg(format!("-max_len={LONGEST_INPUT}"));
    command.arg(format!("-timeout={LONGEST_RUN}"));
    command.arg("-print_final_stats=1");
    succeed(&mut command).with_context(|| {
        match finding(&folder.join("artifacts").join(target), start) {
            Some(path) => format!("{target} has a finding: {}", path.display()),
            None => format!("{target} did not come to its end"),
        }
    })
}

/// The input that was written down since.
fn finding(folder: &Path, since: SystemTime) -> Option<PathBuf> {
    let written = |path: &PathBuf| path.metadata().and_then(|data| data.modified()).ok();
    let paths = files(folder).ok()?.into_iter();
    paths.filter(|path| written(path) >= Some(since)).max_by_key(written)
}

/// A command of cargo-fuzz. It builds into a folder of its own. There is no memory for a sanitizer
/// to watch: the connector is safe Rust.
fn cargo_fuzz(workspace: &Workspace, subcommand: &str) -> Command {
    let mut command = workspace.command("rustup");
    command.args(["run", TOOLCHAIN, "cargo", "fuzz", subcommand]);
    if !subcommand.starts_with('-') {
        let target = workspace.root().join("fuzz/target");
        command.args(["--sanitizer", "none", "--target-dir"]).arg(target);
    }
    // Of the cargo that runs this program, which is another one.
    command.env_remove("CARGO").env_remove("CARGO_TARGET_DIR");
    command
}

fn is_there(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder);
    let entries = entries.with_context(|| format!("{} cannot be read", folder.display()))?;
    entries.map(|entry| Ok(entry?.path())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_is_a_program_and_has_seeds() -> Result<()> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
        let manifest = fs::read_to_string(folder.join("Cargo.toml"))?;
        let targets = targets(&folder)?;
        let named = ["answer", "connection", "cursor", "envelope", "filter", "state", "webhook"];
        assert_eq!(targets, named);
        for target in targets {
            assert!(manifest.contains(&format!("name = \"{target}\"")), "{target}");
            assert!(!files(&folder.join("seeds").join(&target))?.is_empty(), "{target}");
        }
        Ok(())
    }

    #[test]
    fn a_finding_is_what_was_written_since_the_start() -> Result<()> {
        let folder = std::env::temp_dir().join(format!("xtask-fuzz-{}", std::process::id()));
        assert_eq!(finding(&folder, SystemTime::UNIX_EPOCH), None);
        fs::create_dir_all(&folder)?;
        let path = folder.join("crash-1");
        fs::write(&path, "input")?;
        assert_eq!(finding(&folder, SystemTime::UNIX_EPOCH), Some(path.clone()));
        let later = fs::metadata(&path)?.modified()? + std::time::Duration::from_secs(1);
        assert_eq!(finding(&folder, later), None);
        fs::remove_dir_all(folder)?;
        Ok(())
    }
}
