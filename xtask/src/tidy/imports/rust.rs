//! Imports between the modules of the project's Rust crates.

mod names;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};

use self::names::{Names, Path};
use super::{Import, Sources};

/// Returns the imports between the files of each crate.
pub(super) fn imports(sources: &Sources) -> Result<Vec<Import>> {
    let mut imports = Vec::new();
    for root in sources.keys().filter(|path| is_root(path)) {
        let krate = Crate::read(sources, root)?;
        imports.extend((0..krate.modules.len()).flat_map(|module| krate.imports(module)));
    }
    Ok(imports)
}

/// Whether cargo compiles a crate that starts at this file.
fn is_root(path: &str) -> bool {
    let mut parts = path.strip_suffix(".rs").unwrap_or_default().rsplit('/');
    match (parts.next(), parts.next()) {
        (Some("lib" | "main"), Some("src")) => true,
        (Some("main"), _) => path.contains("/tests/"),
        (_, Some(folder)) => ["benches", "bin", "examples", "fuzz_targets", "tests"].contains(&folder),
        _ => false,
    }
}

/// The modules of a crate; the first is the root.
struct Crate {
    modules: Vec<Module>,
}

struct Module {
    /// The file that it stands in.
    file: String,
    /// The module around it.
    parent: Option<usize>,
    /// The modules in it, by their names.
    children: BTreeMap<String, usize>,
    /// What it declares and imports.
    names: Names,
}

impl Crate {
    /// Reads the crate that starts at the file `root`.
    fn read(sources: &Sources, root: &str) -> Result<Self> {
        let mut krate = Crate { modules: vec![] };
        let folder = root.rsplit_once('/').map_or("", |(folder, _)| folder);
        krate.add(sources, root, folder, names::read(&sources[root]).context(root.to_owned())?, None)?;
        Ok(krate)
    }

    /// Adds a module and those in it, whose files are in `folder`; returns its index.
    fn add(
        &mut self,
        sources: &Sources,
        file: &str,
        folder: &str,
        mut names: Names,
        parent: Option<usize>,
    ) -> Result<usize> {
        let inline = std::mem::take(&mut names.inline);
        let declared = std::mem::take(&mut names.declared);
        let index = self.modules.len();
        self.modules.push(Module { file: file.to_owned(), parent, children: BTreeMap::new(), names });
        for (name, names) in inline {
            let child = self.add(sources, file, &format!("{folder}/{name}"), names, Some(index))?;
            self.modules[index].children.insert(name, child);
        }
        for name in declared {
            let folder = format!("{folder}/{name}");
            let files = [format!("{folder}.rs"), format!("{folder}/mod.rs")];
            let Some((file, text)) = files.iter().find_map(|file| sources.get_key_value(file)) else { continue };
            let names = names::read(text).context(file.clone())?;
            let child = self.add(sources, file, &folder, names, Some(index))?;
            self.modules[index].children.insert(name, child);
        }
        Ok(index)
    }

    /// Returns what one module imports from this crate.
    fn imports(&self, module: usize) -> impl Iterator<Item = Import> {
        self.modules[module].names.paths.iter().flat_map(move |(path, line)| {
            let named = self.named(module, path);
            let found = self.find(module, path, &mut BTreeSet::new());
            found.into_iter().map(move |found| Import {
                from: self.modules[module].file.clone(),
                line: *line,
                named: self.modules[named.unwrap_or(found)].file.clone(),
                to: self.modules[found].file.clone(),
            })
        })
    }

    /// Returns the last module that `path` names, and what follows it; `None` when it starts in another crate or with
    /// an imported name.
    fn follow<'a>(&self, module: usize, path: &'a [String]) -> Option<(usize, &'a [String])> {
        let (mut at, mut rest) = (module, path);
        let mut is_relative = true;
        while let Some((name, after)) = rest.split_first() {
            at = match name.as_str() {
                "crate" => 0,
                "self" => at,
                "super" => self.modules[at].parent?,
                name => match self.modules[at].children.get(name) {
                    Some(child) => *child,
                    None if is_relative => return None,
                    None => break,
                },
            };
            is_relative = false;
            rest = after;
        }
        Some((at, rest))
    }

    fn named(&self, module: usize, path: &[String]) -> Option<usize> {
        self.follow(module, path).map(|(at, _)| at)
    }

    /// Returns the modules that define what `path` stands for in `module`; several when a name has several meanings,
    /// none when it comes from another crate. `seen` are the names that are being looked for.
    fn find(&self, module: usize, path: &[String], seen: &mut BTreeSet<(usize, String)>) -> BTreeSet<usize> {
        let Some((at, rest)) = self.follow(module, path) else {
            return path
                .split_first()
                .map_or_else(BTreeSet::new, |(name, rest)| self.imported(module, name, rest, seen));
        };
        let Some((name, after)) = rest.split_first() else {
            // The name of a module may be that of an imported item as well.
            let parent = self.modules[at].parent;
            let items = path.last().zip(parent).map(|(name, parent)| self.imported(parent, name, &[], seen));
            return items.unwrap_or_default().into_iter().chain([at]).collect();
        };
        let found = self.imported(at, name, after, seen);
        if found.is_empty() { BTreeSet::from([at]) } else { found }
    }

    /// Returns the modules that define what `module` imports as `name`, followed by `rest`.
    fn imported(
        &self,
        module: usize,
        name: &str,
        rest: &[String],
        seen: &mut BTreeSet<(usize, String)>,
    ) -> BTreeSet<usize> {
        let paths: &[Path] = self.modules[module].names.imported.get(name).map_or(&[], Vec::as_slice);
        if !seen.insert((module, name.to_owned())) {
            return BTreeSet::new();
        }
        let found = paths.iter().flat_map(|path| self.find(module, &[path, rest].concat(), seen)).collect();
        seen.remove(&(module, name.to_owned()));
        found
    }
}
