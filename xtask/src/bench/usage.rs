//! What a process uses, as Linux counts it.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

/// Linux counts the time of a process in these, whatever the kernel's own clock.
const TICKS_PER_SECOND: u64 = 100;

/// The CPU time that a process has used, in user and kernel mode.
pub(super) fn cpu(process: u32) -> Result<Duration> {
    let text = fs::read_to_string(format!("/proc/{process}/stat"))?;
    parse_stat(&text).context("/proc/PID/stat is not as expected")
}

/// The memory of a process that is in RAM, in megabytes.
pub(super) fn resident_megabytes(process: u32) -> Result<f64> {
    megabytes(process, "VmRSS:")
}

/// The most memory of a process that ever was in RAM, in megabytes.
pub(super) fn peak_megabytes(process: u32) -> Result<f64> {
    megabytes(process, "VmHWM:")
}

fn megabytes(process: u32, field: &str) -> Result<f64> {
    let text = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = text.lines().find_map(|line| line.strip_prefix(field));
    let line = line.with_context(|| format!("no {field} in /proc/PID/status"))?;
    let kibibytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kibibytes * 1024.0 / 1e6)
}

/// Fields 14 and 15 of proc(5); the second field, the program's name, may hold blanks and brackets.
fn parse_stat(text: &str) -> Option<Duration> {
    let (_, fields) = text.rsplit_once(')')?;
    let mut ticks = fields.split_whitespace().skip(11).map_while(|field| field.parse::<u64>().ok());
    let used = ticks.next()? + ticks.next()?;
    Some(Duration::from_millis(used * 1000 / TICKS_PER_SECOND))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_times_of_a_process_are_found_behind_its_name() {
        let stat = "42 (a (b) c) S 1 42 42 0 -1 4194560 100 0 0 0 150 25 0 0 20 0 3 0 1000";
        assert_eq!(parse_stat(stat), Some(Duration::from_millis(1750)));
    }
}
