//! Hit rate and time over folders of published pictures, which `cargo xtask bench qr` names. Reports, and never fails on
//! a miss.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

#[expect(clippy::expect_used, reason = "what isn't as expected ends the run")]
#[path = "../tests/it/corpus.rs"]
mod corpus;

use corpus::Picture;

/// The runs of one picture; the fastest counts.
const RUNS: usize = 3;

/// The results of one folder.
#[derive(Default)]
struct Tally {
    read: usize,
    /// The pictures with a text that gave another or none.
    missed: Vec<String>,
    /// The pictures without a text that gave one.
    invented: Vec<String>,
    times: Vec<Duration>,
}

fn main() {
    // `cargo bench` adds a flag of its own.
    let folders = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).map(PathBuf::from);
    let mut total = Tally::default();
    println!("| Folder                   | Read        | Rate    | Median    | Slowest    |");
    println!("| ------------------------ | ----------- | ------- | --------- | ---------- |");
    for folder in folders {
        let tally = tally(&folder);
        let name = folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy().into_owned();
        print_row(&name, &tally);
        total.read += tally.read;
        total.missed.extend(tally.missed);
        total.invented.extend(tally.invented);
        total.times.extend(tally.times);
    }
    print_row("all", &total);
    println!();
    total.missed.iter().for_each(|name| println!("missed: {name}"));
    total.invented.iter().for_each(|name| println!("read without a known text: {name}"));
    if let Some(peak) = peak_memory() {
        println!("memory at the peak: {peak}");
    }
}

fn tally(folder: &Path) -> Tally {
    let mut tally = Tally::default();
    for Picture { path, text } in corpus::pictures(folder) {
        let Ok(bytes) = fs::read(&path) else { continue };
        let time = |_| {
            let begin = Instant::now();
            let result = qr::decode(&bytes);
            (begin.elapsed(), result)
        };
        let runs: Vec<_> = (0..RUNS).map(time).collect();
        tally.times.extend(runs.iter().map(|(time, _)| *time).min());
        let texts = runs.into_iter().next().and_then(|(_, result)| result.ok());
        let read = texts.map(|texts| corpus::one_line(&texts.concat()));
        let name = path.display().to_string();
        match (text.map(|text| corpus::one_line(&text)), read) {
            (Some(text), Some(read)) if text == read => tally.read += 1,
            (Some(_), _) => tally.missed.push(name),
            (None, Some(_)) => tally.invented.push(name),
            (None, None) => {}
        }
    }
    tally.times.sort();
    tally
}

#[expect(clippy::cast_precision_loss, reason = "a number of pictures")]
fn print_row(name: &str, tally: &Tally) {
    let all = tally.read + tally.missed.len();
    let rate = if all == 0 { 100.0 } else { tally.read as f64 / all as f64 * 100.0 };
    let mut times = tally.times.clone();
    times.sort();
    let milliseconds = |time: Option<&Duration>| time.copied().unwrap_or_default().as_secs_f64() * 1e3;
    println!(
        "| {name:<24} | {:>4} of {all:>3} | {rate:>5.1} % | {:>6.1} ms | {:>7.1} ms |",
        tally.read,
        milliseconds(times.get(times.len() / 2)),
        milliseconds(times.last()),
    );
}

/// Returns the largest resident memory of this process, where the system tells it.
fn peak_memory() -> Option<String> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")).map(|peak| peak.trim().to_owned())
}
