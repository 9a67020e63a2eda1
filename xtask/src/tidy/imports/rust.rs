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

#[cfg(test)]
mod tests {
    use super::super::{read, sources};

    const LIB: &str = "mod a;\nmod b;\nmod c;\nmod x;\n";

    /// Returns what a module `x` with this text imports, as `line file`.
    fn found(x: &str) -> Vec<String> {
        let files = sources(&[
            ("crates/k/src/lib.rs", LIB),
            (
                "crates/k/src/a.rs",
                "pub mod inner;\npub use self::inner::Thing;\npub use inner::make as made;\npub use http::Uri;\n",
            ),
            ("crates/k/src/a/inner.rs", "pub struct Thing;\npub fn make() {}\n"),
            ("crates/k/src/b.rs", "pub fn f() {}\npub mod here {\n    pub struct There;\n}\n"),
            ("crates/k/src/c/mod.rs", "macro_rules! rows { () => {} }\npub(crate) use rows;\n"),
            ("crates/k/src/x.rs", x),
            ("crates/other/src/lib.rs", "pub mod a;\n"),
            ("crates/other/src/a.rs", ""),
        ]);
        let imports = read(&files).unwrap().into_iter().filter(|import| import.from == "crates/k/src/x.rs");
        imports.map(|import| format!("{} {}", import.line, import.to.replace("crates/k/src/", ""))).collect()
    }

    #[test]
    fn trees_are_taken_apart() {
        assert_eq!(
            found("use crate::{\n    a::{self, inner::Thing},\n    b,\n};"),
            ["2 a.rs", "2 a/inner.rs", "3 b.rs"]
        );
        assert_eq!(found("use super::b::f as g;\n\nuse crate::c::*;"), ["1 b.rs", "3 c/mod.rs"]);
        assert_eq!(found("use super::*;\nuse crate::b::here::There;"), ["1 lib.rs", "2 b.rs"]);
    }

    #[test]
    fn paths_in_code_are_imports() {
        assert_eq!(
            found("fn f(_: crate::b::here::There) {\n    super::a::inner::make();\n}"),
            ["1 b.rs", "2 a/inner.rs"]
        );
        assert_eq!(found("fn f() {\n    println!(\"{}\", crate::b::f());\n}"), ["2 b.rs"]);
        assert_eq!(found("use crate::a;\nfn f() {\n    a::inner::make();\n}"), ["1 a.rs", "3 a/inner.rs"]);
        assert_eq!(found("use crate::c::rows;\nconst R: () = crate::c::rows!();"), ["1 c/mod.rs", "2 c/mod.rs"]);
    }

    #[test]
    fn re_exports_lead_to_the_definition() {
        assert_eq!(found("use crate::a::{Thing, made};"), ["1 a/inner.rs"]);
        assert_eq!(found("use crate::a::Uri;"), ["1 a.rs"]);
    }

    #[test]
    fn other_crates_declarations_and_tests_are_no_imports() {
        for text in [
            "use a::Thing;\nuse std::fmt::Write;\nfn f(_: std::fmt::Error) {}",
            "pub mod y { pub(in crate::x) fn f() {} }\nfn g() { y::f() }",
            "#[cfg(test)]\nmod tests {\n    use crate::b;\n}",
            "#[cfg(test)]\nuse crate::b;\n#[cfg(test)]\nfn f() { crate::b::f() }\n#[test]\nfn g() { crate::b::f() }",
            "#[cfg(test)]\nimpl X { fn f() { crate::b::f() } }",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn every_target_of_cargo_is_read() {
        for root in ["src/main.rs", "src/bin/tool.rs", "tests/it/main.rs", "tests/one.rs", "fuzz_targets/headers.rs"] {
            let folder = root.rsplit_once('/').unwrap().0;
            let root = format!("crates/k/{root}");
            let child = format!("crates/k/{folder}/a.rs");
            let files = sources(&[(&root, "mod a;\nuse a::A;\n"), (&child, "pub struct A;\n")]);
            assert_eq!(read(&files).unwrap().len(), 1, "{root}");
        }
    }

    #[test]
    fn a_file_that_is_not_rust_is_named() {
        let error = read(&sources(&[("crates/k/src/lib.rs", "use {")])).unwrap_err();
        assert!(format!("{error:#}").starts_with("crates/k/src/lib.rs: "), "{error:#}");
    }
}
