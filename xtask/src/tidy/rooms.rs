//! The order of the server's rooms, as ARCHITECTURE.md lists them from top to bottom.

use std::collections::BTreeSet;

use super::imports::{Import, Sources};

/// The document with the list.
const DOCUMENT: &str = "ARCHITECTURE.md";
/// The head of the table's first column. Its cells name rooms: `` `api/` ``, or `` `clock.rs`, `random.rs` ``.
const HEAD: &str = "Room";
/// The folder of the rooms.
const FOLDER: &str = "crates/server/src/";
/// The file that declares them.
const ROOT: &str = "lib.rs";

/// Returns a finding for each import that runs up the list, and for each room that is missing in the list or in the
/// folder.
pub(super) fn check(sources: &Sources, imports: &[Import]) -> Vec<String> {
    let listed = sources.get(DOCUMENT).map(|document| listed(document)).unwrap_or_default();
    if listed.is_empty() {
        return vec![format!("{DOCUMENT}: no table of the server's rooms; its first column is headed \"{HEAD}\"")];
    }
    let mut findings = mismatches(&listed, sources);
    let place = |path: &str| room(path).and_then(|room| listed.iter().position(|name| without_ending(name) == room));
    for import in imports {
        let is_above = |file: &str| place(file).zip(place(&import.from)).is_some_and(|(to, from)| to < from);
        let above = [&import.named, &import.to].into_iter().find(|file| is_above(file));
        if let (Some(from), Some(above)) = (room(&import.from), above.and_then(|file| room(file))) {
            findings.push(format!(
                "{}:{}: `{from}` imports from `{above}`, which is above it in {DOCUMENT}: \
                 move what it needs down, or pass it in",
                import.from, import.line,
            ));
        }
    }
    // One line may import several things from a room.
    findings.dedup();
    findings
}

/// Returns the names in the table, from top to bottom.
fn listed(document: &str) -> Vec<&str> {
    let rows = document.lines().skip_while(|line| first_cell(line) != Some(HEAD)).map_while(first_cell);
    let quoted = rows.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    quoted.filter(|name| without_ending(name) != *name).collect()
}

fn first_cell(line: &str) -> Option<&str> {
    line.strip_prefix('|')?.split('|').next().map(str::trim)
}

/// Returns the room of a file of the server, without its ending.
fn room(path: &str) -> Option<&str> {
    let name = path.strip_prefix(FOLDER)?.split('/').next()?;
    (name != ROOT).then(|| without_ending(name))
}

fn without_ending(name: &str) -> &str {
    name.trim_end_matches('/').trim_end_matches(".rs")
}

/// Returns the findings about rooms that are only in the list or only in the folder.
fn mismatches(listed: &[&str], sources: &Sources) -> Vec<String> {
    let is_there = |name: &str| {
        sources.keys().any(|path| {
            path.strip_prefix(FOLDER).is_some_and(|path| path == name || name.ends_with('/') && path.starts_with(name))
        })
    };
    let gone = listed.iter().filter(|name| !is_there(name));
    let gone = gone.map(|name| format!("{DOCUMENT}: there is no {FOLDER}{name}: take it off the list of rooms"));
    let known: BTreeSet<&str> = listed.iter().map(|name| without_ending(name)).collect();
    let rooms: BTreeSet<&str> = sources.keys().filter_map(|path| room(path)).collect();
    let new = rooms.difference(&known);
    gone.chain(
        new.map(|name| format!("{DOCUMENT}: the room {FOLDER}{name} is missing: list it above all that it imports")),
    )
    .collect()
}

#[cfg(test)]
mod tests {
    use super::super::imports::{read, sources};
    use super::*;

    const LIST: &str = "| Module | |\n|---|---|\n| `x.rs` | |\n\n\
                        | Room | Files |\n|---|---|\n| `edge/` | layers, `web/` |\n| `app.rs`, `app/` | |\n\
                        | `clock.rs`, `random.rs` | |\n| crate `vault` | |\n\n`web/`\n";
    const ROOT: (&str, &str) = ("crates/server/src/lib.rs", "mod app;\nmod clock;\nmod edge;\nmod random;\n");

    /// Returns the findings where each room has this text.
    fn found(edge: &str, app: &str, clock: &str) -> Vec<String> {
        let files = sources(&[
            (DOCUMENT, LIST),
            ROOT,
            ("crates/server/src/edge/mod.rs", "pub mod csrf;\n"),
            ("crates/server/src/edge/csrf.rs", edge),
            ("crates/server/src/app.rs", "mod limits;\n"),
            ("crates/server/src/app/limits.rs", app),
            ("crates/server/src/clock.rs", clock),
            ("crates/server/src/random.rs", ""),
        ]);
        check(&files, &read(&files).unwrap())
    }

    #[test]
    fn imports_down_the_list_are_clean() {
        assert_eq!(
            found("use crate::app;\nuse crate::clock::Clock;", "use super::super::clock;", ""),
            Vec::<String>::new()
        );
    }

    #[test]
    fn an_import_up_the_list_is_found() {
        let advice = "which is above it in ARCHITECTURE.md: move what it needs down, or pass it in";
        assert_eq!(
            found(
                "pub fn proof() {}",
                "use crate::{\n    clock,\n    edge::csrf::proof,\n};",
                "fn f() { crate::app::start() }"
            ),
            [
                format!("crates/server/src/app/limits.rs:3: `app` imports from `edge`, {advice}"),
                format!("crates/server/src/clock.rs:1: `clock` imports from `app`, {advice}"),
            ]
        );
    }

    #[test]
    fn an_import_that_another_room_re_exports_is_found() {
        let findings = found("pub use crate::random::Random;", "", "fn f(_: crate::edge::csrf::Random) {}");
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert!(findings[0].contains("`clock` imports from `edge`"), "{findings:?}");
    }

    #[test]
    fn imports_of_tests_are_clean() {
        let tests = "#[cfg(test)]\nmod tests {\n    use crate::edge::csrf;\n}\n#[cfg(test)]\nuse crate::app;\n";
        assert_eq!(found("", "", tests), Vec::<String>::new());
    }

    #[test]
    fn a_room_that_is_not_listed_is_found() {
        let files =
            sources(&[(DOCUMENT, "| Room |\n|---|\n| `edge/` |\n"), ROOT, ("crates/server/src/mail/letter.rs", "")]);
        assert_eq!(
            check(&files, &[]),
            [
                "ARCHITECTURE.md: there is no crates/server/src/edge/: take it off the list of rooms",
                "ARCHITECTURE.md: the room crates/server/src/mail is missing: list it above all that it imports",
            ]
        );
    }

    #[test]
    fn a_document_without_the_list_is_found() {
        assert_eq!(check(&sources(&[(DOCUMENT, "| Module |\n")]), &[]).len(), 1);
    }
}
