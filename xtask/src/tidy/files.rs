//! What may stand in a committed file.

use std::sync::LazyLock;

use regex::Regex;

use super::dependencies::PURE;

/// A file longer than this does more than one thing.
const MOST_LINES: usize = 400;
/// The recordings are kept as they were recorded.
const RECORDED: &str = "contract/recorded/";

/// A text that must not stand in files of some kind.
struct Rule {
    /// Found in a line, it breaks the rule.
    pattern: Regex,
    /// Which files the rule is about.
    applies: fn(&str) -> bool,
    /// What the finding says.
    complaint: &'static str,
}

// The patterns are put together from pieces, so that this file keeps its own rules.
static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let leftovers = [concat!(r"\bTO", r"DO\b"), concat!(r"\bFIX", r"ME\b"), concat!("to", r"do!\("), r"#\[ignore"];
    let skipped = [concat!("unimple", r"mented!\("), concat!(r"\b(it|test|describe)\.", r"(skip|only|todo)\(")];
    let folders = ["work", "root", "home", "Users"].join("|");
    let hosts = [("registry", "npmjs"), ("registry", "yarnpkg"), ("static", "crates"), ("index", "crates")]
        .iter()
        .chain(&[("files", "pythonhosted"), ("deb", "debian")])
        .map(|(host, domain)| format!(r"\b{host}\.{domain}\."))
        .collect::<Vec<_>>();
    let sql = r#"\b(SELECT [\w*"`(]|INSERT INTO |UPDATE \w+ SET |DELETE FROM |CREATE TABLE |ALTER TABLE )|\b(sqlx|rusqlite)::"#;
    // Addresses are values like others.
    let ambient = r"\bstd::(fs|env|process|time::(SystemTime|Instant))\b|\b(SystemTime|Instant|Timestamp)::now\(|\b(TcpStream|TcpListener|UdpSocket|UnixStream|UnixListener|ToSocketAddrs)\b";
    [
        ([&leftovers[..], &skipped].concat().join("|"), is_code as fn(&str) -> bool, "finish it, or take it out"),
        (format!(r"(^|[^A-Za-z0-9_.\-}}])/({folders})/\w"), is_ours, "a path of one machine"),
        (hosts.join("|"), is_ours, "the host of a package registry"),
        (sql.to_owned(), speaks_no_sql, "SQL belongs into the store"),
        (r"\bSerialize\b".to_owned(), is_secret_bearing, "types of otp and vault are never serialized"),
        (ambient.to_owned(), is_pure, "a pure crate reaches the world: pass it in as an argument"),
        (r#""resolved":"#.to_owned(), is_npm_lock, "take `resolved` out: npm's omit-lockfile-registry-resolved"),
    ]
    .into_iter()
    // A pattern that doesn't compile would be found by the tests below: every rule is tried there.
    .filter_map(|(pattern, applies, complaint)| Some(Rule { pattern: Regex::new(&pattern).ok()?, applies, complaint }))
    .collect()
});

/// The finding about a file's name, if any.
pub(super) fn check_path(path: &str) -> Option<String> {
    let name = path.strip_prefix("docs/decisions/")?;
    let number = name.bytes().take_while(u8::is_ascii_digit).count();
    let well_named = number == 4 && name[number..].starts_with('-') && has_extension(name, &["md"]);
    (!well_named).then(|| format!("{path}: decisions are named NNNN-title.md"))
}

/// The findings in a file's text.
pub(super) fn check_text(path: &str, text: &str) -> Vec<String> {
    if path.starts_with(RECORDED) {
        return vec![];
    }
    let mut findings = Vec::new();
    let length = text.lines().count();
    if is_code(path) && !is_generated(path) && length > MOST_LINES {
        findings.push(format!("{path}: {length} lines, the limit is {MOST_LINES}"));
    }
    for rule in RULES.iter().filter(|rule| (rule.applies)(path)) {
        let lines = text.lines().enumerate().filter(|(_, line)| rule.pattern.is_match(line));
        findings.extend(lines.map(|(number, _)| format!("{path}:{}: {}", number + 1, rule.complaint)));
    }
    findings
}

pub(super) fn has_extension(path: &str, extensions: &[&str]) -> bool {
    path.rsplit_once('.').is_some_and(|(_, extension)| extensions.contains(&extension))
}

fn is_code(path: &str) -> bool {
    has_extension(path, &["rs", "ts", "js", "mjs", "svelte", "css", "py"])
}

/// Whether a tool writes the file.
fn is_generated(path: &str) -> bool {
    path.ends_with(".gen.ts")
}

fn is_ours(path: &str) -> bool {
    // Cargo.lock names the registry of every package: cargo wants it so.
    path != "Cargo.lock" && !path.contains("/tests/data/")
}

fn speaks_no_sql(path: &str) -> bool {
    // Tests, and xtask for them, prepare the databases that they run on.
    let prepares = path.starts_with("xtask/") || path.contains("/tests/");
    // Databases that other apps wrote are read where their formats are.
    let reads_others = ["container/sqlite.rs", "formats/databases.rs"];
    let reads_others = reads_others.iter().any(|file| path == format!("crates/imports/src/{file}"));
    let may = path.starts_with("crates/store/") || prepares || reads_others;
    has_extension(path, &["rs"]) && !may
}

fn is_secret_bearing(path: &str) -> bool {
    path.starts_with("crates/otp/src/") || path.starts_with("crates/vault/src/")
}

fn is_pure(path: &str) -> bool {
    PURE.iter().any(|name| path.strip_prefix("crates/").is_some_and(|rest| rest.starts_with(&format!("{name}/src/"))))
}

fn is_npm_lock(path: &str) -> bool {
    path.ends_with("package-lock.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks that a line breaks the rule with this complaint, and no other.
    fn found(path: &str, line: &str, complaint: &str) {
        let findings = check_text(path, line);
        assert!(findings.len() == 1 && findings[0].contains(complaint), "{path}: {line}: {findings:?}");
    }

    fn clean(path: &str, line: &str) {
        assert_eq!(check_text(path, line), Vec::<String>::new(), "{path}: {line}");
    }

    #[test]
    fn every_rule_compiles() {
        assert_eq!(RULES.len(), 7);
    }

    #[test]
    fn leftovers_are_found() {
        found("crates/otp/src/lib.rs", concat!("// TO", "DO: later"), "finish it");
        found("crates/otp/src/lib.rs", concat!("    to", "do!()"), "finish it");
        found("ui/src/lib/a.ts", concat!("test.", "only('x')"), "finish it");
        clean("crates/otp/src/lib.rs", "let todos = 1;");
    }

    #[test]
    fn paths_of_a_machine_are_found() {
        for folder in ["work", "home", "root", "Users"] {
            found("README.md", &format!("see /{folder}/ann/x"), "one machine");
        }
        clean("README.md", "ui/home/page and https://example.org/home/page");
    }

    #[test]
    fn hosts_of_registries_are_found() {
        found("ui/README.md", &format!("https://registry.{}.org/x", "npmjs"), "registry");
        found("ui/package-lock.json", r#""resolved": "x""#, "resolved");
        clean("Cargo.lock", &format!("index.{}.io", "crates"));
    }

    #[test]
    fn sql_is_found_outside_the_store() {
        found("crates/server/src/app.rs", r#"query("SELECT 1 FROM users")"#, "SQL");
        found("crates/server/src/app.rs", "use sqlx::Row;", "SQL");
        clean("crates/store/src/users.rs", r#"query("SELECT 1 FROM users")"#);
        clean("crates/server/src/app.rs", "// select the user, update it");
    }

    #[test]
    fn pure_crates_keep_away_from_the_world() {
        found("crates/otp/src/lib.rs", "use std::fs;", "pure crate");
        found("crates/authproxy/src/peer.rs", "use std::net::{IpAddr, TcpStream};", "pure crate");
        clean("crates/authproxy/src/peer.rs", "use std::net::{IpAddr, SocketAddr};");
        found("crates/vault/src/user.rs", "#[derive(Serialize)]", "never serialized");
        clean("crates/store/src/lib.rs", "use std::fs;");
        clean("crates/otp/tests/vectors.rs", "use std::fs;");
    }

    #[test]
    fn long_files_are_found() {
        let text = "x\n".repeat(401);
        found("crates/otp/src/lib.rs", &text, "401 lines");
        clean("Cargo.lock", &text);
        clean("contract/recorded/conformance.py", &text);
        clean("ui/src/lib/wire.gen.ts", &text);
    }

    #[test]
    fn decisions_are_numbered() {
        assert_eq!(check_path("docs/decisions/0001-storage.md"), None);
        assert!(check_path("docs/decisions/storage.md").is_some());
        assert!(check_path("docs/decisions/1-storage.md").is_some());
        assert_eq!(check_path("docs/auth-proxy.md"), None);
    }
}
