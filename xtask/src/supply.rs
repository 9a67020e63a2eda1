//! What Sixpin is built from: a check of every crate's licence and origin, and a bill of materials.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::workspace::Workspace;

/// The one registry.
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";
/// Crates that may not come in: TLS is rustls alone.
const BANNED: [&str; 3] = ["native-tls", "openssl", "openssl-sys"];
/// Crates of cryptography, of which there should be one version.
const CRYPTOGRAPHY: [&str; 19] = [
    "aes",
    "aes-gcm",
    "argon2",
    "aws-lc-rs",
    "bcrypt",
    "cbc",
    "digest",
    "hkdf",
    "hmac",
    "md-5",
    "p256",
    "pbkdf2",
    "ring",
    "rsa",
    "rustls",
    "scrypt",
    "sha1",
    "sha2",
    "signature",
];
/// Those of them of which dependencies need a former version still.
const TWICE: [&str; 3] = ["digest", "sha2", "signature"];

/// Returns what is wrong with the crates. The accepted licences are those of `deny.toml`, which `cargo deny check` reads
/// too; it also knows the advisories, for which it needs the network.
pub(crate) fn findings(workspace: &Workspace) -> Result<Vec<String>> {
    let configuration = std::fs::read_to_string(workspace.root.join("deny.toml"))?;
    let accepted = accepted_licences(&configuration);
    let mut findings = Vec::new();
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in packages(workspace)? {
        let text = |key: &str| package[key].as_str().unwrap_or_default();
        let (name, version) = (text("name"), text("version"));
        versions.entry(name).or_default().insert(version);
        let licence = text("license");
        if !is_accepted(licence, &accepted) {
            findings.push(format!("{name} {version}: the licence {licence:?} is not among those of deny.toml"));
        }
        if package["source"].as_str().is_some_and(|source| source != REGISTRY) {
            findings.push(format!("{name} {version}: it comes from {}, not from crates.io", text("source")));
        }
        if BANNED.contains(&name) {
            findings.push(format!("{name} {version}: TLS is rustls alone"));
        }
    }
    for (name, versions) in versions {
        if versions.len() > 1 && CRYPTOGRAPHY.contains(&name) && !TWICE.contains(&name) {
            findings.push(format!("{name}: cryptography in several versions: {versions:?}"));
        }
    }
    Ok(findings)
}

fn packages(workspace: &Workspace) -> Result<&Vec<Value>> {
    workspace.metadata["packages"].as_array().context("cargo metadata has no packages")
}

/// Returns the entries of the first list `allow` of `deny.toml`.
fn accepted_licences(configuration: &str) -> BTreeSet<&str> {
    let list = configuration.split_once("\nallow = [").map_or("", |(_, rest)| rest);
    let list = list.split(']').next().unwrap_or_default();
    list.split('"').skip(1).step_by(2).collect()
}

/// Whether a licence expression (SPDX) can be met by accepted licences. `/` is the former spelling of OR.
fn is_accepted(expression: &str, accepted: &BTreeSet<&str>) -> bool {
    let expression = expression.trim();
    for (operators, any) in [(&[" OR ", "/"][..], true), (&[" AND "], false)] {
        let parts = split(expression, operators);
        if parts.len() > 1 {
            let mut parts = parts.into_iter().map(|part| is_accepted(part, accepted));
            return if any { parts.any(|is| is) } else { parts.all(|is| is) };
        }
    }
    match expression.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        Some(inner) => is_accepted(inner, accepted),
        None => accepted.contains(expression),
    }
}

/// Splits an expression at operators outside of parentheses.
fn split<'a>(expression: &'a str, operators: &[&str]) -> Vec<&'a str> {
    let (mut parts, mut depth, mut begin) = (Vec::new(), 0_usize, 0);
    for (index, character) in expression.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        let found = operators.iter().find(|operator| depth == 0 && expression[index..].starts_with(**operator));
        if let Some(operator) = found {
            parts.push(&expression[begin..index]);
            begin = index + operator.len();
        }
    }
    parts.push(&expression[begin..]);
    parts
}

/// Returns a bill of materials in `CycloneDX` 1.5: the crates of `Cargo.lock`, and the packages that the web app is built
/// with.
pub(crate) fn bill_of_materials(workspace: &Workspace) -> Result<Value> {
    let lock: Value = serde_json::from_str(&std::fs::read_to_string(workspace.web_app().join("package-lock.json"))?)?;
    let mut components = Vec::new();
    for package in packages(workspace)? {
        if package["source"].is_null() {
            continue;
        }
        let text = |key: &str| package[key].as_str().unwrap_or_default();
        components.push(component("cargo", text("name"), text("version"), text("license")));
    }
    for (path, package) in lock["packages"].as_object().context("package-lock.json has no packages")? {
        if let (Some((_, name)), Some(version)) = (path.rsplit_once("node_modules/"), package["version"].as_str()) {
            components.push(component("npm", name, version, package["license"].as_str().unwrap_or_default()));
        }
    }
    let own = json!({ "type": "application", "name": "sixpin", "version": env!("CARGO_PKG_VERSION") });
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": own },
        "components": components,
    }))
}

fn component(kind: &str, name: &str, version: &str, licence: &str) -> Value {
    // The scope of an npm package begins with an @, which a package URL escapes.
    let purl = format!("pkg:{kind}/{}@{version}", name.replace('@', "%40"));
    let mut component = json!({ "type": "library", "name": name, "version": version, "purl": purl, "bom-ref": purl });
    if !licence.is_empty() {
        component["licenses"] = json!([{ "expression": licence.replace('/', " OR ") }]);
    }
    component
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_licence_must_be_met_by_accepted_ones() {
        let accepted =
            accepted_licences("[licenses]\nallow = [\n    \"MIT\",\n    \"ISC\",\n]\n[bans]\ndeny = [\"GPL\"]\n");
        assert_eq!(accepted, BTreeSet::from(["ISC", "MIT"]));
        for good in
            ["MIT", "GPL OR MIT", "GPL/MIT", "MIT AND ISC", "(GPL OR MIT) AND ISC", "ISC AND (MIT OR GPL) AND MIT"]
        {
            assert!(is_accepted(good, &accepted), "{good}");
        }
        for bad in ["", "GPL", "MIT AND GPL", "(GPL AND MIT) OR GPL", "MIT WITH exception"] {
            assert!(!is_accepted(bad, &accepted), "{bad}");
        }
    }

    #[test]
    fn the_crates_are_accepted_and_listed() {
        let workspace = Workspace::locate().unwrap();
        assert_eq!(findings(&workspace).unwrap(), [""; 0]);
        let bill = bill_of_materials(&workspace).unwrap();
        let components = bill["components"].as_array().unwrap();
        for purl in ["pkg:cargo/rustls@", "pkg:npm/svelte@", "pkg:npm/%40sveltejs/"] {
            let has = |component: &Value| component["purl"].as_str().unwrap().starts_with(purl);
            assert!(components.iter().any(has), "{purl}");
        }
    }
}
