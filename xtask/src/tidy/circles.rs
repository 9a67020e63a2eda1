//! Modules that import each other, directly or through others.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::imports::Import;

/// The modules that each module imports, with the first import of each.
type Graph<'a> = BTreeMap<&'a str, BTreeMap<&'a str, &'a Import>>;

/// Returns a finding for each circle of modules: the shortest way round. Modules that are tied together by several
/// circles are one finding.
///
/// A module and its children count as one, and may import each other.
pub(super) fn check(imports: &[Import]) -> Vec<String> {
    let mut graph = Graph::new();
    for import in imports {
        if let Some((from, to)) = apart(&import.from, &import.to) {
            graph.entry(from).or_default().entry(to).or_insert(import);
        }
    }
    let mut reported = BTreeSet::new();
    let mut findings = Vec::new();
    for module in graph.keys() {
        if reported.contains(module) || shortest_circle(&graph, module).is_none() {
            continue;
        }
        let knot = knot(&graph, module);
        let circles = knot.iter().filter_map(|module| shortest_circle(&graph, module));
        findings.extend(circles.min_by_key(Vec::len).map(|circle| finding(&graph, &circle, knot.len())));
        reported.extend(knot);
    }
    findings
}

/// Returns the outermost modules that contain one of the files and not the other; `None` if a file's module contains the
/// other. Outside of Rust, a file is a module without children.
fn apart<'a>(from: &'a str, to: &'a str) -> Option<(&'a str, &'a str)> {
    let (Some(from), Some(to)) = (module(from), module(to)) else { return Some((from, to)) };
    let common = from.split('/').zip(to.split('/')).take_while(|(one, other)| one == other).count();
    let outermost = |module: &'a str| {
        let ends = module.match_indices('/').map(|(end, _)| end).chain([module.len()]);
        ends.skip(common).map(|end| &module[..end]).next()
    };
    Some((outermost(from)?, outermost(to)?))
}

/// Returns the path of a Rust module without the ending: the folder of its children.
fn module(path: &str) -> Option<&str> {
    let name = path.strip_suffix(".rs")?;
    ["/mod", "/lib", "/main"].iter().find_map(|root| name.strip_suffix(root)).or(Some(name))
}

/// Returns the modules that `start` imports and that import it, directly or not; `start` is one of them.
fn knot<'a>(graph: &Graph<'a>, start: &str) -> Vec<&'a str> {
    let reaches = |from: &str, to: &str| shortest_way(graph, from, to).is_some();
    graph.keys().copied().filter(|module| reaches(start, module) && reaches(module, start)).collect()
}

/// Returns the modules from `module` round to itself, which is named first only.
fn shortest_circle<'a>(graph: &Graph<'a>, module: &'a str) -> Option<Vec<&'a str>> {
    let mut way = shortest_way(graph, module, module)?;
    way.pop();
    way.insert(0, module);
    Some(way)
}

/// Returns the modules between `from`, which is left out, and `to`, each imported by the one before.
fn shortest_way<'a>(graph: &Graph<'a>, from: &str, to: &str) -> Option<Vec<&'a str>> {
    let imported = |module: &str| graph.get(module).into_iter().flat_map(BTreeMap::keys).copied();
    let mut ways: VecDeque<Vec<&str>> = imported(from).map(|module| vec![module]).collect();
    let mut seen: BTreeSet<&str> = imported(from).collect();
    while let Some(way) = ways.pop_front() {
        let last = *way.last()?;
        if last == to {
            return Some(way);
        }
        ways.extend(imported(last).filter(|module| seen.insert(module)).map(|module| [&way[..], &[module]].concat()));
    }
    None
}

/// Describes a circle by the imports that lead from each module to the next.
fn finding(graph: &Graph, circle: &[&str], tied: usize) -> String {
    let next = circle.iter().cycle().skip(1);
    let imports = circle.iter().zip(next).map(|(from, to)| graph[from][to]);
    let steps: Vec<String> = imports.map(|import| format!("{}:{}", import.from, import.line)).collect();
    let others = if tied > circle.len() { format!(", one of several between {tied} modules") } else { String::new() };
    format!(
        "{} → {}: a circle of imports{others}: move what they share to a module below them",
        steps.join(" → "),
        circle[0]
    )
}

#[cfg(test)]
mod tests {
    use super::super::imports::{read, sources};
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        check(&read(&sources(files)).unwrap())
    }

    const ADVICE: &str = "a circle of imports: move what they share to a module below them";

    #[test]
    fn a_line_of_imports_is_clean() {
        let files = [
            ("crates/a/src/lib.rs", "mod x;\nmod y;\nmod z;\nuse x::X;\n"),
            ("crates/a/src/x.rs", "use crate::y::Y;\npub struct X(Y);\n"),
            ("crates/a/src/y.rs", "use super::z::Z;\npub struct Y(Z);\n"),
            ("crates/a/src/z.rs", "pub struct Z;\n"),
        ];
        assert_eq!(found(&files), Vec::<String>::new());
    }

    #[test]
    fn a_circle_is_found_once_by_its_shortest_way() {
        let files = [
            ("crates/a/src/lib.rs", "mod x;\nmod y;\nmod z;\n"),
            ("crates/a/src/x.rs", "\nuse crate::y::Y;\npub struct X;\n"),
            ("crates/a/src/y.rs", "use super::{z::Z};\nuse crate::x::X;\npub struct Y(Z, X);\n"),
            ("crates/a/src/z.rs", "pub struct Z(crate::x::X);\n"),
        ];
        let way = "crates/a/src/x.rs:2 → crates/a/src/y.rs:2 → crates/a/src/x";
        let advice = ADVICE.replace("imports:", "imports, one of several between 3 modules:");
        assert_eq!(found(&files), [format!("{way}: {advice}")]);
    }

    #[test]
    fn a_module_and_its_children_are_one() {
        let files = [
            ("crates/a/src/lib.rs", "mod x;\npub struct A;\n"),
            ("crates/a/src/x.rs", "mod y;\nuse y::Y;\nuse crate::A;\npub struct X(Y, A);\n"),
            ("crates/a/src/x/y.rs", "use super::X;\npub struct Y(Box<X>);\n"),
        ];
        assert_eq!(found(&files), Vec::<String>::new());
    }

    #[test]
    fn a_circle_through_a_child_is_found() {
        let files = [
            ("crates/a/src/lib.rs", "mod x;\nmod z;\n"),
            ("crates/a/src/x.rs", "pub mod y;\n"),
            ("crates/a/src/x/y.rs", "use crate::z::Z;\npub struct Y(Z);\n"),
            ("crates/a/src/z.rs", "pub struct Z;\nfn of(_: &crate::x::y::Y) {}\n"),
        ];
        let way = "crates/a/src/x/y.rs:1 → crates/a/src/z.rs:2 → crates/a/src/x";
        assert_eq!(found(&files), [format!("{way}: {ADVICE}")]);
    }

    #[test]
    fn a_circle_through_a_parent_and_its_child_is_found() {
        let files = [
            ("crates/a/src/lib.rs", "mod x;\nmod z;\n"),
            ("crates/a/src/x/mod.rs", "pub mod y;\nuse crate::z::Z;\npub struct X(Z);\n"),
            ("crates/a/src/x/y.rs", "pub struct Y;\n"),
            ("crates/a/src/z.rs", "use crate::x::y::Y;\npub struct Z(Y);\n"),
        ];
        let way = "crates/a/src/x/mod.rs:2 → crates/a/src/z.rs:1 → crates/a/src/x";
        assert_eq!(found(&files), [format!("{way}: {ADVICE}")]);
    }

    #[test]
    fn a_circle_through_a_re_export_is_found() {
        let files = [
            ("crates/a/src/lib.rs", "mod x;\nmod z;\n"),
            ("crates/a/src/x.rs", "mod y;\npub use self::y::Y as Why;\n"),
            ("crates/a/src/x/y.rs", "use crate::z::Z;\npub struct Y(Z);\n"),
            ("crates/a/src/z.rs", "use crate::x::Why;\npub struct Z(Box<Why>);\n"),
        ];
        let way = "crates/a/src/x/y.rs:1 → crates/a/src/z.rs:1 → crates/a/src/x";
        assert_eq!(found(&files), [format!("{way}: {ADVICE}")]);
    }

    #[test]
    fn a_circle_of_the_web_app_is_found() {
        let files = [
            ("ui/src/lib/list.svelte.ts", "import { row } from '../parts/Row.svelte';\n"),
            (
                "ui/src/parts/Row.svelte",
                "<script lang=\"ts\">\n  import { list } from '../lib/list.svelte';\n</script>\n",
            ),
        ];
        let way = "ui/src/lib/list.svelte.ts:1 → ui/src/parts/Row.svelte:2 → ui/src/lib/list.svelte.ts";
        assert_eq!(found(&files), [format!("{way}: {ADVICE}")]);
    }
}
