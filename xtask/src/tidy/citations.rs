//! Citations, links and names in prose that must lead somewhere.
//!
//! - `compat 1.7.1` in the code is a section of `docs/compat.md`;
//! - the IDs in names of tests (`n_07_n_08_…`) are cases or rules of `docs/proxy-cases.md`, and each case there has a test;
//! - relative links in Markdown lead to a committed file, and to a heading if they name one;
//! - the files and items that `ARCHITECTURE.md` names exist.

use std::collections::BTreeSet;

use anyhow::Result;
use regex::Regex;

use super::files::has_extension;
use super::imports::Sources;

/// Where sections are cited from.
const COMPAT: &str = "docs/compat.md";
/// The catalogue of cases.
const CASES: &str = "docs/proxy-cases.md";
/// The document whose paths and items are looked up.
const ARCHITECTURE: &str = "ARCHITECTURE.md";
/// Folders that paths in [`ARCHITECTURE`] start from.
const BASES: [&str; 3] = ["", "crates/", "crates/server/src/"];

/// Returns the findings in all files of the repository.
pub(super) fn check(sources: &Sources) -> Result<Vec<String>> {
    let mut findings = check_sections(sources)?;
    findings.extend(check_cases(sources)?);
    findings.extend(check_links(sources)?);
    findings.extend(check_names(sources)?);
    Ok(findings)
}

/// Finds cited sections that [`COMPAT`] doesn't have.
fn check_sections(sources: &Sources) -> Result<Vec<String>> {
    let heading = Regex::new(r"(?m)^#+ (\d+(?:\.\d+)*)\.? ")?;
    let citation = Regex::new(r"\b[Cc]ompat (\d[\d.]*\b(?:[,;] (?:\d[\d.]*\b|W\d+\b))*)")?;
    let sections: BTreeSet<&str> = captures(&heading, text(sources, COMPAT)).collect();
    let mut findings = Vec::new();
    for (path, text) in code(sources) {
        for (number, line) in lines(text) {
            let cited = captures(&citation, line).flat_map(|list| list.split([',', ';']).map(str::trim));
            let unknown = cited.filter(|section| !section.starts_with('W') && !sections.contains(section));
            findings.extend(unknown.map(|section| format!("{path}:{number}: {COMPAT} has no section {section}")));
        }
    }
    Ok(findings)
}

/// Finds tests of cases that [`CASES`] doesn't have, cases without a test, and IDs that are there twice.
fn check_cases(sources: &Sources) -> Result<Vec<String>> {
    let row = Regex::new(r"(?m)^\| ([A-Z]-\d{2}|R\d{1,2}) \|")?;
    let function = Regex::new(r"\bfn ((?:[a-z]_\d{2}|r\d{1,2})_\w+)\(")?;
    let mut known = BTreeSet::new();
    let mut findings = Vec::new();
    for id in captures(&row, text(sources, CASES)) {
        if !known.insert(id.to_owned()) {
            findings.push(format!("{CASES}: {id} is there twice"));
        }
    }
    let mut tested = BTreeSet::new();
    for (path, text) in code(sources) {
        for name in captures(&function, text) {
            let ids = ids(name);
            let unknown = ids.iter().filter(|id| !known.contains(*id));
            findings.extend(unknown.map(|id| format!("{path}: {name}: {CASES} has no case {id}")));
            tested.extend(ids);
        }
    }
    // A rule is checked by the tests of its cases.
    let untested = known.iter().filter(|id| id.contains('-') && !tested.contains(*id));
    findings.extend(untested.map(|id| format!("{CASES}: {id} has no test")));
    Ok(findings)
}

/// Returns the IDs at the start of a test's name: `r4_n_07_to_n_09_names` has R4, N-07, N-08 and N-09.
fn ids(name: &str) -> Vec<String> {
    let mut ids = Vec::new();
    let mut previous: Option<(&str, u32)> = None;
    let mut is_range = false;
    let mut parts = name.split('_').peekable();
    while let Some(part) = parts.next() {
        let rule = part.strip_prefix('r').filter(|number| is_number(number));
        let case = parts.peek().copied().filter(|number| part.len() == 1 && number.len() == 2 && is_number(number));
        match (rule, case.and_then(|number| number.parse().ok())) {
            (Some(number), _) => ids.push(format!("R{number}")),
            (None, Some(last)) => {
                parts.next();
                let first =
                    previous.filter(|(letter, _)| is_range && *letter == part).map_or(last, |(_, first)| first + 1);
                ids.extend((first..=last).map(|number: u32| format!("{}-{number:02}", part.to_uppercase())));
                previous = Some((part, last));
                is_range = false;
            }
            (None, None) if part == "to" && previous.is_some() => is_range = true,
            (None, None) => break,
        }
    }
    ids
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Finds relative links in Markdown whose file or heading doesn't exist.
fn check_links(sources: &Sources) -> Result<Vec<String>> {
    let link = Regex::new(r"\]\(([^)\s]+)\)")?;
    let mut findings = Vec::new();
    for (path, text) in sources.iter().filter(|(path, _)| has_extension(path, &["md"])) {
        for (number, line) in prose(text) {
            let words = without_code(line);
            // With a colon it is another site, or an item of a crate's documentation.
            for target in captures(&link, &words).filter(|target| !target.contains(':')) {
                let (file, heading) = target.split_once('#').map_or((target, None), |(file, at)| (file, Some(at)));
                let file = if file.is_empty() { path.clone() } else { resolved(path, file) };
                if !exists(sources, &file) {
                    findings.push(format!("{path}:{number}: there is no {file}"));
                } else if heading.is_some_and(|heading| !has_heading(sources, &file, heading)) {
                    findings.push(format!("{path}:{number}: there is no heading for {target}"));
                }
            }
        }
    }
    Ok(findings)
}

/// Returns the path that a link in the file `from` leads to.
fn resolved(from: &str, link: &str) -> String {
    let mut folders: Vec<&str> = from.split('/').collect();
    folders.pop();
    for part in link.split('/') {
        match part {
            ".." => drop(folders.pop()),
            "." | "" => {}
            part => folders.push(part),
        }
    }
    folders.join("/")
}

/// Whether a heading of the file has this anchor.
fn has_heading(sources: &Sources, path: &str, anchor: &str) -> bool {
    prose(text(sources, path)).any(|(_, line)| line.starts_with('#') && slug(line) == anchor)
}

/// Returns the anchor of a heading, as code hosts make it.
fn slug(heading: &str) -> String {
    let kept = |sign: &char| sign.is_alphanumeric() || matches!(sign, ' ' | '-' | '_');
    heading.trim_start_matches('#').trim().to_lowercase().chars().filter(kept).collect::<String>().replace(' ', "-")
}

/// Finds paths and items in backticks that [`ARCHITECTURE`] names and that don't exist.
fn check_names(sources: &Sources) -> Result<Vec<String>> {
    let quoted = Regex::new(r"`([\w./-]+(?:::\w+)*)`")?;
    let mut findings = Vec::new();
    for (number, line) in prose(text(sources, ARCHITECTURE)) {
        for name in captures(&quoted, line) {
            let is_path = !name.starts_with('/') && (name.contains('/') || has_extension(name, &["rs"]));
            let is_known = match name.rsplit_once("::") {
                Some((place, item)) if has_extension(place, &["rs"]) => declares(sources, place, item)?,
                Some(_) => is_item(sources, name)?,
                None if is_type(name) => is_item(sources, name)?,
                None => !is_path || BASES.iter().any(|base| exists(sources, &format!("{base}{name}"))),
            };
            if !is_known {
                findings.push(format!("{ARCHITECTURE}:{number}: there is no {name}"));
            }
        }
    }
    Ok(findings)
}

/// Whether a name is that of a type or a constant.
fn is_type(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Whether every part of a Rust path is a crate of ours or declared somewhere.
fn is_item(sources: &Sources, path: &str) -> Result<bool> {
    for part in path.split("::") {
        if !exists(sources, &format!("crates/{part}")) && !declares(sources, "", part)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether Rust code declares this item, in the files whose paths end with `place`.
fn declares(sources: &Sources, place: &str, item: &str) -> Result<bool> {
    let declaration = Regex::new(&format!(r"\b(fn|struct|enum|trait|type|const|static|mod) {item}\b"))?;
    let mut files = sources.iter().filter(|(path, _)| has_extension(path, &["rs"]) && path.ends_with(place));
    Ok(files.any(|(_, text)| declaration.is_match(text)))
}

/// Whether a file or a folder of this path is committed.
fn exists(sources: &Sources, path: &str) -> bool {
    let folder = format!("{}/", path.trim_end_matches('/'));
    sources.contains_key(path) || sources.keys().any(|file| file.starts_with(&folder))
}

/// The files that cite: code of ours. This one has examples.
fn code(sources: &Sources) -> impl Iterator<Item = (&String, &String)> {
    const CODE: [&str; 4] = [".rs", ".ts", ".svelte", ".yaml"];
    sources
        .iter()
        .filter(|(path, _)| CODE.iter().any(|end| path.ends_with(end)) && !path.ends_with("tidy/citations.rs"))
}

fn text<'a>(sources: &'a Sources, path: &str) -> &'a str {
    sources.get(path).map_or("", String::as_str)
}

fn captures<'a>(regex: &Regex, text: &'a str) -> impl Iterator<Item = &'a str> {
    regex.captures_iter(text).filter_map(|found| found.get(1)).map(|found| found.as_str())
}

fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(text.lines())
}

/// The numbered lines of a Markdown text outside of blocks of code.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut is_code = false;
    lines(text).filter(move |(_, line)| {
        let is_fence = line.starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence && !line.starts_with("    ")
    })
}

/// Returns a line of Markdown without what is in backticks.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<_>>().join("`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        check(&files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()).unwrap()
    }

    #[test]
    fn cited_sections_exist() {
        let compat = (COMPAT, "# Compatibility\n## 1. HTTP\n### 1.7 Objects\n#### 1.7.1 Account\n## 5. Imports\n");
        let good = "/// The routes (compat 1.7.1, W3; 5).\n// compat 1.7: all.\n// compat: no section.\n//! Compat 5.";
        assert_eq!(found(&[compat, ("a.rs", good)]), Vec::<String>::new());
        let bad = "// compat 1.7.1: one\n// (compat 1.7, 1.8)";
        assert_eq!(found(&[compat, ("a.ts", bad)]), ["a.ts:2: docs/compat.md has no section 1.8"]);
    }

    #[test]
    fn ids_are_at_the_start_of_a_name() {
        assert_eq!(ids("n_07_n_08_names_v_01"), ["N-07", "N-08"]);
        assert_eq!(ids("r4_n_20_to_n_22_names"), ["R4", "N-20", "N-21", "N-22"]);
        assert_eq!(ids("s_12_to_the_end"), ["S-12"]);
    }

    #[test]
    fn cases_and_tests_match() {
        let cases = |rows: &'static str| (CASES, rows);
        let tests = ("a.rs", "fn s_01_s_02_in_every_request() {}\nfn r1_nobody() {}\nfn other_01() {}");
        let rows = "| S-01 | x | y |\n| S-02 | x | y |\n| R1 | x |\n| R2 | x |\n";
        assert_eq!(found(&[cases(rows), tests]), Vec::<String>::new());
        let rows = "| S-02 | x |\n| S-02 | x |\n| R1 | x |\n| T-01 | x |\n";
        assert_eq!(
            found(&[cases(rows), tests]),
            [
                "docs/proxy-cases.md: S-02 is there twice",
                "a.rs: s_01_s_02_in_every_request: docs/proxy-cases.md has no case S-01",
                "docs/proxy-cases.md: T-01 has no test",
            ]
        );
    }

    #[test]
    fn links_lead_to_files_and_headings() {
        let page = ("docs/page.md", "# A page\n## Who, and why?\n```\n# no heading\n```\n");
        let good = "[a](docs/page.md) [b](docs/page.md#who-and-why) [c](#here) [d](https://example.org/x) [e](docs)\n\
                    `[f](none.md)`\n    [g](none.md)\n# Here\n";
        assert_eq!(found(&[page, ("README.md", good)]), Vec::<String>::new());
        let bad = "[up](../README.md)\n[x](other.md) [y](page.md#no-heading)\n";
        assert_eq!(
            found(&[page, ("docs/a.md", bad)]),
            [
                "docs/a.md:1: there is no README.md",
                "docs/a.md:2: there is no docs/other.md",
                "docs/a.md:2: there is no heading for page.md#no-heading",
            ]
        );
    }

    #[test]
    fn the_map_names_what_exists() {
        let code = ("crates/server/src/api/otp.rs", "pub async fn by_id() {}\nstruct Password;\nmod vault;");
        let good = "`api/otp.rs::by_id` in `api/`, `vault::Password`, `Password`, `GET /api/v1`, `/system/infos`\n";
        assert_eq!(found(&[code, (ARCHITECTURE, good)]), Vec::<String>::new());
        let bad = "`api/otp.rs::by_name`, `api/codes.rs`\n`Store::by_id`\n`Code`\n";
        assert_eq!(
            found(&[code, (ARCHITECTURE, bad)]),
            [
                "ARCHITECTURE.md:1: there is no api/otp.rs::by_name",
                "ARCHITECTURE.md:1: there is no api/codes.rs",
                "ARCHITECTURE.md:2: there is no Store::by_id",
                "ARCHITECTURE.md:3: there is no Code",
            ]
        );
    }
}
