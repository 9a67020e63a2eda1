//! `cargo xtask tidy`: the rules of the project that the compiler doesn't check.

mod dependencies;
mod files;

use anyhow::Result;

use crate::workspace::Workspace;

/// Checks every rule and prints what breaks one. `Ok(false)` when anything does.
pub(crate) fn run(workspace: &Workspace) -> Result<bool> {
    let mut findings = dependencies::check(&workspace.metadata);
    for path in workspace.committed_files()? {
        findings.extend(files::check_path(&path));
        // A file that is no text (or was just deleted) has no lines to check.
        if let Ok(text) = std::fs::read_to_string(workspace.root.join(&path)) {
            findings.extend(files::check_text(&path, &text));
        }
    }
    for finding in &findings {
        println!("{finding}");
    }
    println!("tidy: {} findings", findings.len());
    Ok(findings.is_empty())
}
