//! Load by `wrk`: eight connections, kept alive.

use std::fmt;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use trials::instance::{Instance, Server};
use trials::process;
use trials::tools::WRK;

use super::usage;

const SECONDS: u32 = 4;

/// A server and what its requests carry.
pub(super) struct Load<'a> {
    /// The instance that it serves.
    pub(super) instance: &'a Instance,
    /// Its process.
    pub(super) server: &'a Server,
    /// The header that says who asks, with its value.
    pub(super) header: String,
}

/// What one kind of request costs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Throughput {
    /// Answers per second.
    pub(super) per_second: f64,
    /// CPU time of the server for one, in microseconds.
    pub(super) microseconds: f64,
}

impl Load<'_> {
    /// Reads `path` for a second to warm up, then for some seconds that count.
    pub(super) fn measure(&self, path: &str) -> Result<Throughput> {
        println!("measuring {path}");
        self.wrk(path, 1)?;
        let before = usage::cpu(self.server.id())?;
        let report = self.wrk(path, SECONDS)?;
        let used = usage::cpu(self.server.id())?.saturating_sub(before);
        let failures = report.lines().find(|line| line.contains("Non-2xx") || line.contains("Socket errors"));
        ensure!(failures.is_none(), "{path}: {}", failures.unwrap_or_default().trim());
        let (requests, per_second) = parse(&report).with_context(|| format!("wrk reports no rate:\n{report}"))?;
        Ok(Throughput { per_second, microseconds: used.as_secs_f64() * 1e6 / requests })
    }

    fn wrk(&self, path: &str, seconds: u32) -> Result<String> {
        let mut command = Command::new(WRK.path()?);
        command.args(["--threads", "1", "--connections", "8", "--duration", &format!("{seconds}s")]);
        command.args(["--header", &self.header, "--header", "Accept: application/json"]);
        process::output(command.arg(format!("{}{path}", self.instance.base())))
    }
}

/// The number of requests and their rate in a report of wrk.
fn parse(report: &str) -> Option<(f64, f64)> {
    let lines = || report.lines().map(str::trim);
    let requests = lines().find_map(|line| line.split_once(" requests in ")).and_then(|(count, _)| count.parse().ok());
    let rate = lines().find_map(|line| line.strip_prefix("Requests/sec:")).and_then(|rate| rate.trim().parse().ok());
    Some((requests?, rate?))
}

impl fmt::Display for Throughput {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:.0}/s, {:.1} µs CPU", self.per_second, self.microseconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_of_wrk_is_read() {
        let report = "Running 4s test @ http://127.0.0.1:8000/up\n  1 threads and 8 connections\n  \
                      120304 requests in 4.00s, 20.01MB read\nRequests/sec:  30076.12\nTransfer/sec:      5.00MB\n";
        assert_eq!(parse(report), Some((120_304.0, 30_076.12)));
        assert_eq!(parse("unable to connect"), None);
    }
}
