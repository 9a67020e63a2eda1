//! The names that a Rust module declares, imports and uses.

use std::collections::BTreeMap;

use anyhow::Result;
use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, ItemFn, ItemImpl, ItemMod, ItemUse, Macro, UseTree, VisRestricted};

/// A path, segment by segment. A glob stands for the module in front of it.
pub(super) type Path = Vec<String>;

/// The names in a module. Code for tests has none.
#[derive(Default)]
pub(super) struct Names {
    /// Modules that have a file of their own.
    pub(super) declared: Vec<String>,
    /// Modules in the same file.
    pub(super) inline: Vec<(String, Names)>,
    /// Names that `use` brings in, with what each stands for: several paths if it is a type and a function, say.
    pub(super) imported: BTreeMap<String, Vec<Path>>,
    /// The paths of imports, expressions, types and patterns, with their lines from 1.
    pub(super) paths: Vec<(Path, usize)>,
}

/// Reads the names in a file.
///
/// # Errors
/// When it isn't Rust.
pub(super) fn read(text: &str) -> Result<Names> {
    let mut names = Names::default();
    names.visit_file(&syn::parse_file(text)?);
    Ok(names)
}

impl Names {
    /// Adds the imports of a `use` tree that stands below `prefix`.
    fn import(&mut self, prefix: &[String], tree: &UseTree) {
        match tree {
            UseTree::Path(path) => self.import(&joined(prefix, &path.ident), &path.tree),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.import(prefix, tree);
                }
            }
            UseTree::Name(name) => self.bind(joined(prefix, &name.ident), None, line(&name.ident)),
            UseTree::Rename(name) => self.bind(joined(prefix, &name.ident), Some(&name.rename), line(&name.ident)),
            UseTree::Glob(glob) => self.use_path(prefix.to_vec(), glob.star_token.span.start().line),
        }
    }

    fn bind(&mut self, path: Path, rename: Option<&Ident>, line: usize) {
        if let Some(name) = rename.map(Ident::to_string).or_else(|| path.last().cloned()) {
            self.imported.entry(name).or_default().push(path.clone());
        }
        self.use_path(path, line);
    }

    /// Adds the paths in the arguments of a macro.
    fn scan(&mut self, tokens: TokenStream) {
        let (mut path, mut start, mut colons) = (Path::new(), 0, 0);
        for token in tokens {
            match token {
                TokenTree::Punct(colon) if colon.as_char() == ':' => {
                    colons += 1;
                    continue;
                }
                TokenTree::Ident(name) if colons == 2 && !path.is_empty() => path.push(name.to_string()),
                TokenTree::Ident(name) => {
                    self.use_path(std::mem::replace(&mut path, vec![name.to_string()]), start);
                    start = line(&name);
                }
                TokenTree::Group(group) => self.scan(group.stream()),
                _ => self.use_path(std::mem::take(&mut path), start),
            }
            colons = 0;
        }
        self.use_path(path, start);
    }

    /// Adds a path. A single name is either local or imported elsewhere.
    fn use_path(&mut self, path: Path, line: usize) {
        if path.len() > 1 || path.first().is_some_and(|name| name == "super") {
            self.paths.push((path, line));
        }
    }
}

impl<'ast> Visit<'ast> for Names {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if !is_for_tests(&item.attrs) {
            self.import(&[], &item.tree);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if is_for_tests(&item.attrs) {
            return;
        }
        match &item.content {
            None => self.declared.push(item.ident.to_string()),
            Some((_, items)) => {
                let mut names = Names::default();
                for item in items {
                    names.visit_item(item);
                }
                self.inline.push((item.ident.to_string(), names));
            }
        }
    }

    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        if !is_for_tests(&item.attrs) {
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        if !is_for_tests(&item.attrs) {
            visit::visit_item_impl(self, item);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let start = path.segments.first().map_or(0, |segment| line(&segment.ident));
        self.use_path(path.segments.iter().map(|segment| segment.ident.to_string()).collect(), start);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast Macro) {
        self.visit_path(&item.path);
        self.scan(item.tokens.clone());
    }

    // Neither the reach of `pub(in crate::x)` nor an attribute is an import.
    fn visit_vis_restricted(&mut self, _: &'ast VisRestricted) {}
    fn visit_attribute(&mut self, _: &'ast Attribute) {}
}

/// Returns `prefix` with a name added; `self` stands for the prefix, unless it is first.
fn joined(prefix: &[String], name: &Ident) -> Path {
    if name == "self" && !prefix.is_empty() { prefix.to_vec() } else { [prefix, &[name.to_string()]].concat() }
}

fn line(name: &Ident) -> usize {
    name.span().start().line
}

/// Whether code is compiled for tests only.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let is_path = attribute.path().is_ident("test");
        let is_cfg = attribute.path().is_ident("cfg");
        is_path || is_cfg && attribute.parse_args::<syn::Path>().is_ok_and(|condition| condition.is_ident("test"))
    })
}
