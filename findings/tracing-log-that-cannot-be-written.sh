#!/usr/bin/env bash
# What: a log on standard error that can't be written, with tracing-subscriber's `fmt`.
# Versions: tracing 0.1.44, tracing-subscriber 0.3.23.
#
# Behaviour: if a line can't be written (the disk of a redirected log is full, the reader of a pipe has gone), the
# subscriber complains with `eprintln!`. With the log on standard error the complaint fails for the same reason, and
# `eprintln!` panics: the thread that logs unwinds. `log_internal_errors(false)`, which isn't the default, drops the line
# and nothing else happens. `.json()` and the plain form are alike in this.
# Source: the documentation of `SubscriberBuilder::log_internal_errors` names the complaint, not that it can panic; that of
# Rust's `eprintln!` says when it does; tokio-rs/tracing issue 3271 has met it on macOS. The rest observed.
# Guess: a line that can't be written is lost, and the program goes on.
# Seen: default: the event unwinds, in both forms. With `log_internal_errors(false)`: it returns.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "lines"
version = "0.0.0"
edition = "2024"
[dependencies]
tracing = "=0.1.44"
tracing-subscriber = { version = "=0.3.23", default-features = false, features = ["fmt", "json"] }
TOML
cat > src/main.rs <<'RUST'
use std::panic::{AssertUnwindSafe, catch_unwind};

use tracing::subscriber::with_default;

/// Prints on standard output whether an event came back or unwound.
fn log(name: &str, subscriber: impl tracing::Subscriber + Send + Sync + 'static) {
    let event = move || with_default(subscriber, || tracing::info!("hello"));
    let outcome = if catch_unwind(AssertUnwindSafe(event)).is_ok() { "returns" } else { "unwinds" };
    println!("{name}: {outcome}");
}

fn main() {
    std::panic::set_hook(Box::new(|_| {}));
    let lines = || tracing_subscriber::fmt().with_writer(std::io::stderr);
    log("text, default", lines().finish());
    log("json, default", lines().json().finish());
    log("text, without complaints", lines().log_internal_errors(false).finish());
    log("json, without complaints", lines().log_internal_errors(false).json().finish());
}
RUST

cargo build --quiet
./target/debug/lines 2> /dev/full | tee seen
diff seen - <<'SEEN'
text, default: unwinds
json, default: unwinds
text, without complaints: returns
json, without complaints: returns
SEEN
