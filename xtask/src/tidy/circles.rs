//! Files that import each other, directly or through others.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::imports::Import;

/// The lines at which each file imports others.
type Graph<'a> = BTreeMap<&'a str, BTreeMap<&'a str, usize>>;

/// Returns a finding for each circle of files: the shortest way round. Files that are tied together by several circles
/// are one finding.
///
/// A module and its children may import each other.
pub(super) fn check(imports: &[Import]) -> Vec<String> {
    let mut graph = Graph::new();
    for import in imports.iter().filter(|import| !are_family(&import.from, &import.to)) {
        graph.entry(&import.from).or_default().entry(&import.to).or_insert(import.line);
    }
    let mut reported = BTreeSet::new();
    let mut findings = Vec::new();
    for file in graph.keys() {
        if reported.contains(file) || shortest_circle(&graph, file).is_none() {
            continue;
        }
        let knot = knot(&graph, file);
        let circles = knot.iter().filter_map(|file| shortest_circle(&graph, file));
        findings.extend(circles.min_by_key(Vec::len).map(|circle| finding(&graph, &circle, knot.len())));
        reported.extend(knot);
    }
    findings
}

/// Whether one file's module contains the other's.
fn are_family(one: &str, other: &str) -> bool {
    let (one, other) = (module(one), module(other));
    one == other || one.starts_with(&format!("{other}/")) || other.starts_with(&format!("{one}/"))
}

/// Returns the folder of a module's children; without the ending, it stands for the module.
fn module(path: &str) -> &str {
    let name = path.strip_suffix(".rs").unwrap_or(path);
    ["/mod", "/lib", "/main"].iter().find_map(|root| name.strip_suffix(root)).unwrap_or(name)
}

/// Returns the files that `start` imports and that import it, directly or not; `start` is one of them.
fn knot<'a>(graph: &Graph<'a>, start: &str) -> Vec<&'a str> {
    let reaches = |from: &str, to: &str| shortest_way(graph, from, to).is_some();
    graph.keys().copied().filter(|file| reaches(start, file) && reaches(file, start)).collect()
}

/// Returns the files from `file` round to itself, which is named first only.
fn shortest_circle<'a>(graph: &Graph<'a>, file: &'a str) -> Option<Vec<&'a str>> {
    let mut way = shortest_way(graph, file, file)?;
    way.pop();
    way.insert(0, file);
    Some(way)
}

/// Returns the files between `from`, which is left out, and `to`, each imported by the one before.
fn shortest_way<'a>(graph: &Graph<'a>, from: &str, to: &str) -> Option<Vec<&'a str>> {
    let imported = |file: &str| graph.get(file).into_iter().flat_map(BTreeMap::keys).copied();
    let mut ways: VecDeque<Vec<&str>> = imported(from).map(|file| vec![file]).collect();
    let mut seen: BTreeSet<&str> = imported(from).collect();
    while let Some(way) = ways.pop_front() {
        let last = *way.last()?;
        if last == to {
            return Some(way);
        }
        ways.extend(imported(last).filter(|file| seen.insert(file)).map(|file| [&way[..], &[file]].concat()));
    }
    None
}

/// Describes a circle, each file with the line of the import that leads to the next.
fn finding(graph: &Graph, circle: &[&str], tied: usize) -> String {
    let next = circle.iter().cycle().skip(1);
    let steps = circle.iter().zip(next).map(|(from, to)| format!("{from}:{}", graph[from][to]));
    let steps = steps.collect::<Vec<_>>().join(" → ");
    let others = if tied > circle.len() { format!(", one of several between {tied} files") } else { String::new() };
    format!("{steps} → {}: a circle of imports{others}: move what they share to a file below them", circle[0])
}

#[cfg(test)]
mod tests {
    use super::super::imports::{read, sources};
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        check(&read(&sources(files)).unwrap())
    }

    const ADVICE: &str = "a circle of imports: move what they share to a file below them";

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
        let way = "crates/a/src/x.rs:2 → crates/a/src/y.rs:2 → crates/a/src/x.rs";
        let advice = ADVICE.replace("imports:", "imports, one of several between 3 files:");
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
        let way = "crates/a/src/x/y.rs:1 → crates/a/src/z.rs:2 → crates/a/src/x/y.rs";
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
        let way = "crates/a/src/x/y.rs:1 → crates/a/src/z.rs:1 → crates/a/src/x/y.rs";
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
