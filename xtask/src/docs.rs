//! The pages that are written from the connector's manifest, so that they cannot tell otherwise.

mod operations;
mod schema;
mod tables;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use calendly_connector::contract::manifest::Manifest;

use crate::workspace::Workspace;

/// The page of all operations and tables.
const PAGE: &str = "docs/operations.md";
/// The page that has the table of tables in it.
const README: &str = "README.md";
const BEGIN: &str = "<!-- tables: written by `cargo xtask docs` -->\n";
const END: &str = "<!-- end of tables -->\n";

/// Writes the pages; with `check` changes nothing, and fails when a page is not what it should be.
pub(crate) fn run(workspace: &Workspace, check: bool) -> Result<()> {
    let manifest = calendly_connector::manifest::describe();
    let page = workspace.root().join(PAGE);
    put(&page, &whole_page(&manifest)?, check)?;
    let readme = workspace.root().join(README);
    let text = read(&readme)?;
    put(&readme, &between(&text, &tables::overview(&manifest))?, check)
}

fn whole_page(manifest: &Manifest) -> Result<String> {
    Ok(format!(
        "# Operations and tables\n\n\
         Written by `cargo xtask docs` from the connector's manifest, version {}. `sovrium-host \
         describe --json` prints the same with all JSON Schemas; `calendly.listTables` adds the \
         account's own contact fields.\n\n{}\n{}",
        manifest.version,
        operations::all(manifest)?,
        tables::all(manifest)?,
    ))
}

/// The text with what stands between the marks replaced.
fn between(text: &str, new: &str) -> Result<String> {
    let parts =
        text.split_once(BEGIN).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    let Some((before, after)) = parts else {
        bail!("{README} has lost the marks {} and {}", BEGIN.trim_end(), END.trim_end());
    };
    Ok(format!("{before}{BEGIN}\n{new}\n{END}{after}"))
}

fn put(path: &Path, text: &str, check: bool) -> Result<()> {
    if check {
        if read(path)? != text {
            bail!("{} is not current: run `cargo xtask docs`", path.display());
        }
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// A cell of a Markdown table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_the_marks_is_replaced_and_nothing_else() {
        let text = format!("before\n{BEGIN}old\n{END}after\n");
        let expected = format!("before\n{BEGIN}\nnew\n\n{END}after\n");
        assert_eq!(between(&text, "new\n").ok(), Some(expected));
        assert!(between("no marks", "new").is_err());
    }
}
