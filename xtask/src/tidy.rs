//! `cargo xtask tidy`: the rules of the project that the compiler doesn't check.

mod circles;
mod citations;
mod dependencies;
mod files;
mod imports;
mod rooms;

use anyhow::Result;

use self::imports::Sources;
use crate::workspace::Workspace;

/// Checks every rule and prints what breaks one. `Ok(false)` when anything does.
pub(crate) fn run(workspace: &Workspace) -> Result<bool> {
    let mut findings = dependencies::check(&workspace.metadata);
    let sources = read_sources(workspace)?;
    for (path, text) in &sources {
        findings.extend(files::check_path(path));
        findings.extend(files::check_text(path, text));
    }
    findings.extend(citations::check(&sources)?);
    let imports = imports::read(&sources)?;
    findings.extend(rooms::check(&sources, &imports));
    findings.extend(circles::check(&imports));
    for finding in &findings {
        println!("{finding}");
    }
    println!("tidy: {} findings", findings.len());
    Ok(findings.is_empty())
}

/// Reads the committed files. One that is no text, or was just deleted, is left out.
fn read_sources(workspace: &Workspace) -> Result<Sources> {
    let texts = workspace.committed_files()?.into_iter().filter_map(|path| {
        let text = std::fs::read_to_string(workspace.root.join(&path)).ok()?;
        Some((path, text))
    });
    Ok(texts.collect())
}
