//! Which crate may depend on which, and what the pure crates must never reach.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// The crates that compute and nothing else.
pub(super) const PURE: [&str; 6] = ["otp", "vault", "imports", "exports", "qr", "authproxy"];

/// What each crate of ours may use of ours: `otp ◄ vault ◄ imports, exports, store ◄ server ► qr, authproxy, ui`.
const ALLOWED: [(&str, &[&str]); 11] = [
    ("otp", &[]),
    ("vault", &["otp"]),
    ("imports", &["otp", "vault"]),
    // Its tests read back what it writes.
    ("exports", &["otp", "vault", "imports"]),
    ("qr", &[]),
    ("authproxy", &[]),
    ("store", &["otp", "vault"]),
    ("ui", &[]),
    ("sixpin", &["otp", "vault", "imports", "exports", "qr", "authproxy", "store", "ui"]),
    ("trials", &[]),
    ("xtask", &["trials"]),
];

/// Crates that mean a runtime, a network, a database or a file system: out of a pure crate's reach.
const IMPURE: [&str; 12] = [
    "tokio",
    "async-std",
    "smol",
    "mio",
    "hyper",
    "axum",
    "reqwest",
    "rusqlite",
    "libsqlite3-sys",
    "sqlx",
    "sqlx-core",
    "tempfile",
];

/// What a pure crate may reach all the same: `imports` reads the databases that other apps wrote, from memory alone.
const EXCEPTIONS: [(&str, &str); 2] = [("imports", "rusqlite"), ("imports", "libsqlite3-sys")];

/// What one package uses, tests and build scripts aside.
type Graph = BTreeMap<String, BTreeSet<String>>;

/// The findings in the output of `cargo metadata`.
pub(super) fn check(metadata: &Value) -> Vec<String> {
    let graph = graph(metadata);
    let mut findings = directions(metadata);
    for pure in PURE {
        let reached = reach(&graph, pure);
        findings.extend(
            IMPURE
                .iter()
                .filter(|name| reached.contains(**name) && !EXCEPTIONS.contains(&(pure, **name)))
                .map(|name| format!("{pure} is pure, but reaches {name} through its dependencies")),
        );
    }
    findings
}

/// Crates of ours that use one that they mustn't, or that no rule knows.
fn directions(metadata: &Value) -> Vec<String> {
    let members = list(&metadata["workspace_members"]);
    let packages = list(&metadata["packages"]);
    let ours: Vec<&Value> = packages.iter().filter(|package| members.contains(&package["id"])).collect();
    let is_ours = |name: &str| ours.iter().any(|package| package["name"] == name);
    let mut findings = Vec::new();
    for package in &ours {
        let name = text(&package["name"]);
        let Some((_, allowed)) = ALLOWED.iter().find(|(known, _)| *known == name) else {
            findings.push(format!("{name} is a new crate: say in xtask's tidy what it may use"));
            continue;
        };
        let used = list(&package["dependencies"]).iter().map(|dependency| text(&dependency["name"]));
        let wrong = used.filter(|used| is_ours(used) && !allowed.contains(used));
        findings.extend(wrong.map(|used| format!("{name} must not depend on {used}")));
    }
    findings
}

/// The packages by name, each with the names of those that it is built with.
fn graph(metadata: &Value) -> Graph {
    let names: BTreeMap<&str, &str> =
        list(&metadata["packages"]).iter().map(|package| (text(&package["id"]), text(&package["name"]))).collect();
    let name = |id: &Value| names.get(text(id)).copied().unwrap_or_default().to_owned();
    let mut graph = Graph::new();
    for node in list(&metadata["resolve"]["nodes"]) {
        let built_with = list(&node["deps"])
            .iter()
            .filter(|dependency| list(&dependency["dep_kinds"]).iter().any(|kind| kind["kind"].is_null()))
            .map(|dependency| name(&dependency["pkg"]));
        graph.entry(name(&node["id"])).or_default().extend(built_with);
    }
    graph
}

/// Every package that `start` is built with, directly or not.
fn reach(graph: &Graph, start: &str) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut waiting = vec![start.to_owned()];
    while let Some(name) = waiting.pop() {
        for used in graph.get(&name).into_iter().flatten() {
            if reached.insert(used.clone()) {
                waiting.push(used.clone());
            }
        }
    }
    reached
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn metadata(uses: &[(&str, &[&str])]) -> Value {
        let member = |name: &str| ["otp", "vault", "store", "sixpin", "stranger"].contains(&name);
        let names: Vec<&str> = uses.iter().map(|(name, _)| *name).collect();
        json!({
            "workspace_members": names.iter().filter(|name| member(name)).collect::<Vec<_>>(),
            "packages": uses.iter().map(|(name, used)| json!({
                "id": name, "name": name,
                "dependencies": used.iter().map(|used| json!({"name": used})).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
            "resolve": {"nodes": uses.iter().map(|(name, used)| json!({
                "id": name,
                "deps": used.iter().map(|used| json!({"pkg": used, "dep_kinds": [{"kind": null}]})).collect::<Vec<_>>(),
            })).collect::<Vec<_>>()},
        })
    }

    #[test]
    fn the_direction_of_the_design_is_clean() {
        let clean = metadata(&[("otp", &[]), ("vault", &["otp"]), ("store", &["vault", "tokio"]), ("tokio", &[])]);
        assert_eq!(check(&clean), Vec::<String>::new());
    }

    #[test]
    fn a_dependency_against_the_direction_is_found() {
        let wrong = metadata(&[("otp", &["vault"]), ("vault", &[])]);
        assert_eq!(check(&wrong), ["otp must not depend on vault"]);
    }

    #[test]
    fn a_runtime_behind_a_pure_crate_is_found() {
        let wrong = metadata(&[("vault", &["innocent"]), ("innocent", &["tokio"]), ("tokio", &[])]);
        assert_eq!(check(&wrong), ["vault is pure, but reaches tokio through its dependencies"]);
    }

    #[test]
    fn a_crate_without_a_rule_is_found() {
        let wrong = metadata(&[("stranger", &[])]);
        assert_eq!(check(&wrong), ["stranger is a new crate: say in xtask's tidy what it may use"]);
    }
}
