//! Which file imports which, in Rust, TypeScript and Svelte. Unit tests are left out.

mod rust;
mod web;

use std::collections::BTreeMap;

use anyhow::Result;

/// Texts of files by their paths, relative to the checkout.
pub(super) type Sources = BTreeMap<String, String>;

/// A file that uses something from another file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Import {
    /// The file that imports.
    pub(super) from: String,
    /// The line of the import, from 1.
    pub(super) line: usize,
    /// The file of the module that the import names.
    pub(super) named: String,
    /// The file that defines what is imported: another one than `named` where that re-exports it.
    pub(super) to: String,
}

/// Returns the imports between these files, in the order of the importing files and their lines.
///
/// # Errors
/// When a Rust file doesn't parse.
pub(super) fn read(sources: &Sources) -> Result<Vec<Import>> {
    let mut imports = rust::imports(sources)?;
    imports.extend(web::imports(sources)?);
    imports.retain(|import| import.from != import.to);
    imports.sort();
    imports.dedup();
    Ok(imports)
}

/// Makes sources of pairs of path and text.
#[cfg(test)]
pub(super) fn sources(files: &[(&str, &str)]) -> Sources {
    files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}
