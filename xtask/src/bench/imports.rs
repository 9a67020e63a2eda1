//! `cargo xtask bench import`: what it costs to bring many accounts along.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use trials::checkout::build_server;
use trials::http::Request;
use trials::instance::Instance;

use super::{Row, bound_row, print_table, usage};

/// Number of accounts in a file: as many as one may have.
const ACCOUNTS: usize = 10_000;
/// Size to which a file is padded, in bytes.
const LARGE: usize = 16_000_000;
/// Accounts of a file that is imported encrypted and plain.
const FEW: usize = 10;
const PASSWORD: &str = "correct horse";

/// Measures `binary`, or the release build, and prints the table.
pub(crate) fn run(binary: Option<&Path>) -> Result<()> {
    let binary = match binary {
        Some(binary) => fs::canonicalize(binary).with_context(|| format!("no program at {}", binary.display()))?,
        None => build_server("release")?,
    };
    let mut rows = many_accounts(&binary)?;
    rows.push(large_file(&binary)?);
    rows.extend(encrypted_files(&binary)?);
    print_table(&rows);
    Ok(())
}

/// A server with one user, and what it takes to send it requests.
struct Setup {
    instance: Instance,
    server: trials::instance::Server,
    token: String,
}

impl Setup {
    fn new(binary: &Path) -> Result<Self> {
        let instance = Instance::new(binary)?.with(&[("THROTTLE_API", "null")]);
        instance.add_administrator("bench", "bench@example.org")?;
        let token = instance.add_token("bench@example.org")?;
        let server = instance.serve()?;
        Ok(Self { instance, server, token })
    }

    /// Sends a file; returns the answer, the CPU time of the server, and the time that passed.
    fn send(&self, path: &str, file: &str) -> Result<(Value, Duration, Duration)> {
        let before = usage::cpu(self.server.id())?;
        let begin = Instant::now();
        let request = Request::upload(path, "file", "vault.json", file.as_bytes()).token(&self.token);
        let answer = request.send(self.instance.address)?;
        let (passed, after) = (begin.elapsed(), usage::cpu(self.server.id())?);
        ensure!((200..300).contains(&answer.status), "{path}: {} {}", answer.status, answer.body);
        Ok((answer.json(), after.saturating_sub(before), passed))
    }

    /// Writes the accounts of the user in a form.
    fn export(&self, body: &Value) -> Result<String> {
        let answer = Request::write("/api/v2/exports", body).token(&self.token).send(self.instance.address)?;
        Ok(answer.json()["content"].as_str().context("no content")?.to_owned())
    }
}

/// A plain vault of Aegis, with a note of `padding` bytes.
fn vault(accounts: usize, padding: usize) -> String {
    let entry = |number: usize| {
        json!({
            "type": "totp", "uuid": number.to_string(), "name": format!("user{number}@example.org"),
            "issuer": format!("Service {number}"), "note": "",
            "info": { "secret": "A4GRFHVVRBGY7UIWA4GRFHVVRBGY7UIW", "algo": "SHA1", "digits": 6, "period": 30 },
        })
    };
    let mut entries: Vec<Value> = (0..accounts).map(entry).collect();
    if let Some(first) = entries.first_mut() {
        first["note"] = "x".repeat(padding).into();
    }
    let db = json!({ "version": 3, "entries": entries, "groups": [] });
    json!({ "version": 1, "header": { "slots": null, "params": null }, "db": db }).to_string()
}

fn many_accounts(binary: &Path) -> Result<Vec<Row>> {
    let setup = Setup::new(binary)?;
    println!("importing {ACCOUNTS} accounts");
    let (answer, cpu, passed) = setup.send("/api/v2/imports", &vault(ACCOUNTS, 0))?;
    ensure!(answer["counts"]["added"] == ACCOUNTS, "{}", answer["counts"]);
    setup.server.check_no_panic()?;
    Ok(vec![
        bound_row("import of 10 000 accounts, processor", 1500.0, "ms CPU", cpu.as_secs_f64() * 1e3),
        Row {
            work: "import of 10 000 accounts, time",
            target: String::new(),
            measured: format!("{:.1} ms", passed.as_secs_f64() * 1e3),
            ratio: String::new(),
        },
    ])
}

fn large_file(binary: &Path) -> Result<Row> {
    let setup = Setup::new(binary)?;
    let idle = usage::resident_megabytes(setup.server.id())?;
    let file = vault(1, 0);
    println!("reviewing a file of 16 MB");
    setup.send("/api/v2/imports/preview", &vault(1, LARGE - file.len()))?;
    let peak = usage::peak_megabytes(setup.server.id())?;
    setup.server.check_no_panic()?;
    Ok(bound_row("memory at the peak above idle, 16 MB file", 64.0, "MB", peak - idle))
}

/// The review of encrypted files, next to that of the same accounts unencrypted: the rest is the key derivation.
fn encrypted_files(binary: &Path) -> Result<Vec<Row>> {
    let setup = Setup::new(binary)?;
    setup.send("/api/v2/imports", &vault(FEW, 0))?;
    let mut rows = Vec::new();
    for (work, form) in
        [("review of an encrypted vault of Aegis", "aegis"), ("review of an encrypted file of Sixpin", "sixpin")]
    {
        println!("reviewing an encrypted file of {form}");
        let file = setup.export(&json!({ "format": form, "password": PASSWORD }))?;
        let before = usage::cpu(setup.server.id())?;
        let body = json!({ "text": file, "password": PASSWORD });
        let answer =
            Request::write("/api/v2/imports/preview", &body).token(&setup.token).send(setup.instance.address)?;
        ensure!(answer.status == 200, "{}", answer.body);
        let cpu = usage::cpu(setup.server.id())?.saturating_sub(before);
        rows.push(Row {
            work,
            target: String::new(),
            measured: format!("{:.1} ms CPU", cpu.as_secs_f64() * 1e3),
            ratio: String::new(),
        });
    }
    setup.server.check_no_panic()?;
    Ok(rows)
}
