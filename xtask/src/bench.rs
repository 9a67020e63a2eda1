//! `cargo xtask bench`: what the release build costs, next to its targets. It reports and never fails on slowness.

pub(crate) mod imports;
mod load;
mod photo;
pub(crate) mod pictures;
mod usage;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use trials::checkout::build_server;
use trials::http::Request;
use trials::instance::{Instance, Server};
use trials::tools::WRK;

use self::load::{Load, Throughput};
use crate::packages;

const ACCOUNTS: u32 = 50;
const NEW_USERS: u32 = 50;
const IMPORTED: usize = 1000;
/// The connections of a browser to one server.
const CONNECTIONS: usize = 6;
const PHOTOS: usize = 5;
const STARTS: usize = 7;

/// One line of the table.
struct Row {
    work: &'static str,
    target: String,
    measured: String,
    /// What the target is about, as a share of what it allows or demands.
    ratio: String,
}

/// Measures `binary`, or the release build, and prints the table.
pub(crate) fn run(binary: Option<&Path>) -> Result<()> {
    packages::install(&[&WRK]);
    WRK.path()?;
    let binary = match binary {
        Some(binary) => fs::canonicalize(binary).with_context(|| format!("no program at {}", binary.display()))?,
        None => build_server("release")?,
    };
    let (mut rows, by_token) = load_rows(&binary)?;
    rows.push(proxied_row(&binary, &by_token)?);
    rows.push(unknown_user_row(&binary)?);
    rows.extend(import_rows(&binary)?);
    rows.push(size_row(&binary)?);
    print_table(&rows);
    Ok(())
}

/// Requests per second and CPU per request of one warm server, then its memory, then its start on the same data; and
/// what a request with a token costs.
fn load_rows(binary: &Path) -> Result<(Vec<Row>, Throughput)> {
    let instance = Instance::new(binary)?.with(&[("THROTTLE_API", "null")]);
    instance.add_administrator("bench", "bench@example.org")?;
    let token = instance.add_token("bench@example.org")?;
    let server = instance.serve()?;
    let idle = usage::resident_megabytes(server.id())?;
    let (totp, hotp) = fill(&instance, &token)?;

    let load = Load { instance: &instance, server: &server, header: format!("Authorization: Bearer {token}") };
    let ceiling = load.measure("/up")?;
    let user = load.measure("/api/v1/user")?;
    let one = load.measure(&format!("/api/v1/twofaccounts/{totp}/otp"))?;
    let counter = load.measure(&format!("/api/v1/twofaccounts/{hotp}/otp"))?;
    let list = load.measure("/api/v1/twofaccounts?withOtp=1")?;
    let after = usage::resident_megabytes(server.id())?;
    server.check_no_panic()?;
    drop(server);

    let rows = vec![
        Row {
            work: "GET /up, the ceiling",
            target: String::new(),
            measured: ceiling.to_string(),
            ratio: "1.00 of the ceiling".to_owned(),
        },
        rate_row("GET /user by token", 0.60, None, &user, &ceiling),
        rate_row("GET /twofaccounts/{id}/otp, TOTP", 0.30, Some(80.0), &one, &ceiling),
        rate_row("GET /twofaccounts/{id}/otp, HOTP", 0.15, None, &counter, &ceiling),
        bound_row("GET /twofaccounts?withOtp=1, 50 accounts", 300.0, "µs CPU", list.microseconds),
        bound_row("cold start to the first answer", 50.0, "ms", cold_start(&instance)?),
        bound_row("resident memory, idle", 20.0, "MB", idle),
        bound_row("resident memory, after the load", 48.0, "MB", after),
    ];
    Ok((rows, user))
}

/// Creates the accounts; gives the ids of one TOTP and one HOTP account.
fn fill(instance: &Instance, token: &str) -> Result<(u64, u64)> {
    let create = |uri: String| -> Result<u64> {
        let answer =
            Request::write("/api/v1/twofaccounts", &json!({ "uri": uri })).token(token).send(instance.address)?;
        answer.json()["id"].as_u64().with_context(|| format!("no account was created: {}", answer.body))
    };
    let hotp = create("otpauth://hotp/Counter:bench?secret=A4GRFHVVRBGY7UIW&counter=0&issuer=Counter".to_owned())?;
    let mut totp = 0;
    for number in 1..ACCOUNTS {
        totp = create(format!("otpauth://totp/Service{number}:bench?secret=A4GRFHVVRBGY7UIW&issuer=Service{number}"))?;
    }
    Ok((totp, hotp))
}

/// The median time from a start on existing data to the first answer, in milliseconds.
fn cold_start(instance: &Instance) -> Result<f64> {
    let starts: Result<Vec<Duration>> = (0..STARTS).map(|_| instance.serve().map(|server| server.start)).collect();
    Ok(median(starts?).as_secs_f64() * 1e3)
}

/// An instance behind an auth proxy at 127.0.0.1.
fn proxied_instance(binary: &Path) -> Result<Instance> {
    Ok(Instance::new(binary)?.with(&[
        ("AUTHENTICATION_GUARD", "reverse-proxy-guard"),
        ("TRUSTED_PROXIES", "127.0.0.1"),
        ("AUTH_PROXY_HEADER_FOR_USER", "Remote-User"),
        ("THROTTLE_API", "null"),
    ]))
}

/// A request with the identity of an auth proxy, next to one with a token.
fn proxied_row(binary: &Path, by_token: &Throughput) -> Result<Row> {
    let instance = proxied_instance(binary)?;
    let server = instance.serve()?;
    let load = Load { instance: &instance, server: &server, header: "Remote-User: bench".to_owned() };
    let user = load.measure("/api/v1/user")?;
    let reached = user.per_second / by_token.per_second;
    Ok(Row {
        work: "GET /user by auth proxy",
        target: "≥ 0.90 of that by token".to_owned(),
        measured: user.to_string(),
        ratio: format!("{reached:.2} of that by token{}", miss(reached >= 0.9)),
    })
}

/// The first request of an unknown user whom an auth proxy identifies.
fn unknown_user_row(binary: &Path) -> Result<Row> {
    let instance = proxied_instance(binary)?;
    let _server: Server = instance.serve()?;
    let mut times = Vec::new();
    for number in 0..NEW_USERS {
        let request = Request::read("/api/v1/user").header("Remote-User", &format!("user{number}"));
        let begin = Instant::now();
        let answer = request.send(instance.address)?;
        times.push(begin.elapsed());
        anyhow::ensure!(answer.status == 200, "a proxied user got {}: {}", answer.status, answer.body);
    }
    Ok(bound_row("first request of an unknown proxied user", 2.0, "ms", median(times).as_secs_f64() * 1e3))
}

/// An import of many accounts, as the import page does it, and the reading of a large photo.
fn import_rows(binary: &Path) -> Result<Vec<Row>> {
    let instance = Instance::new(binary)?.with(&[("THROTTLE_API", "null")]);
    instance.add_administrator("bench", "bench@example.org")?;
    let token = instance.add_token("bench@example.org")?;
    let server = instance.serve()?;
    println!("importing {IMPORTED} accounts");
    let import_time = time_import(&instance, &token)?;
    println!("reading a photo");
    let picture = photo::of_qr_code()?;
    let mut times = Vec::new();
    for _ in 0..PHOTOS {
        let upload = Request::upload("/api/v1/qrcode/decode", "qrcode", "photo.jpg", &picture).token(&token);
        let begin = Instant::now();
        let answer = upload.send(instance.address)?;
        times.push(begin.elapsed());
        anyhow::ensure!(answer.json()["data"].as_str() == Some(photo::TEXT), "no QR code: {}", answer.body);
    }
    let peak = usage::peak_megabytes(server.id())?;
    server.check_no_panic()?;
    Ok(vec![
        bound_row("import and save of 1 000 accounts", 1000.0, "ms", import_time.as_secs_f64() * 1e3),
        bound_row("QR code in a photo of 12 megapixels", 300.0, "ms", median(times).as_secs_f64() * 1e3),
        bound_row("memory at the peak, reading it", 150.0, "MB", peak),
    ])
}

/// Measures the time from a file of URIs to the last saved account.
fn time_import(instance: &Instance, token: &str) -> Result<Duration> {
    let uri = |number| format!("otpauth://totp/Service{number}:bench?secret=A4GRFHVVRBGY7UIW&issuer=Service{number}");
    let payload = (0..IMPORTED).map(uri).collect::<Vec<_>>().join("\n");
    let begin = Instant::now();
    let body = json!({ "payload": payload, "withSecret": true });
    let answer = Request::write("/api/v1/twofaccounts/migration", &body).token(token).send(instance.address)?;
    let drafts = answer.json().as_array().cloned().unwrap_or_default();
    anyhow::ensure!(drafts.len() == IMPORTED, "{} of {IMPORTED} accounts were read", drafts.len());
    std::thread::scope(|scope| {
        let save = |drafts: &[Value]| -> Result<()> {
            for draft in drafts {
                let answer = Request::write("/api/v1/twofaccounts", draft).token(token).send(instance.address)?;
                anyhow::ensure!(answer.status == 201, "an account was not saved: {}", answer.body);
            }
            Ok(())
        };
        let parts = drafts.chunks(IMPORTED.div_ceil(CONNECTIONS));
        let savers: Vec<_> = parts.map(|drafts| scope.spawn(move || save(drafts))).collect();
        savers.into_iter().try_for_each(|saver| saver.join().unwrap_or_else(|_| anyhow::bail!("a thread panicked")))
    })?;
    Ok(begin.elapsed())
}

#[expect(clippy::cast_precision_loss, reason = "a file of megabytes")]
fn size_row(binary: &Path) -> Result<Row> {
    Ok(bound_row("binary", 25.0, "MB", fs::metadata(binary)?.len() as f64 / 1e6))
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// A row whose target is a share of the ceiling, and perhaps a CPU time.
fn rate_row(work: &'static str, share: f64, cpu: Option<f64>, load: &Throughput, ceiling: &Throughput) -> Row {
    let reached = load.per_second / ceiling.per_second;
    let met = reached >= share && cpu.is_none_or(|limit| load.microseconds <= limit);
    let limit = cpu.map(|limit| format!(", ≤ {limit:.0} µs CPU")).unwrap_or_default();
    Row {
        work,
        target: format!("≥ {share:.2} of the ceiling{limit}"),
        measured: load.to_string(),
        ratio: format!("{reached:.2} of the ceiling{}", miss(met)),
    }
}

/// A row whose target is an upper bound.
fn bound_row(work: &'static str, bound: f64, unit: &str, measured: f64) -> Row {
    Row {
        work,
        target: format!("≤ {bound:.0} {unit}"),
        measured: format!("{measured:.1} {unit}"),
        ratio: format!("{:.2} of the target{}", measured / bound, miss(measured <= bound)),
    }
}

fn miss(met: bool) -> &'static str {
    if met { "" } else { ", MISSED" }
}

fn print_table(rows: &[Row]) {
    let line = |work: &str, target: &str, measured: &str, ratio: &str| {
        println!("| {work:<41} | {target:<35} | {measured:<24} | {ratio:<28} |");
    };
    println!();
    line("Work", "Target", "Measured", "Ratio");
    line(&"-".repeat(41), &"-".repeat(35), &"-".repeat(24), &"-".repeat(28));
    for row in rows {
        line(row.work, &row.target, &row.measured, &row.ratio);
    }
}
