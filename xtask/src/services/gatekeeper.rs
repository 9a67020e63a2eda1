//! A stand-in for the servers that proxies ask whether somebody may pass: Authelia, authentik, oauth2-proxy.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use anyhow::Result;

/// The cookie of alice's browser.
pub(crate) const ALICE: (&str, &str) = ("Cookie", "session=alice");
/// The cookie of somebody who may pass without being named: a policy that bypasses sign-in.
pub(crate) const NAMELESS: (&str, &str) = ("Cookie", "session=bypass");

/// A stand-in that runs. It stops when dropped.
pub(crate) struct Gatekeeper {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    stopped: Arc<AtomicBool>,
}

/// What a gatekeeper answers to the three kinds of visitor.
#[derive(Clone, Copy)]
pub(crate) struct Manners {
    /// Status line and header lines for who isn't signed in.
    pub(crate) outside: &'static str,
    /// Status line for who may pass.
    pub(crate) inside: &'static str,
    /// Header lines that name alice.
    pub(crate) alice: &'static str,
}

impl Gatekeeper {
    /// Starts one.
    pub(crate) fn start(manners: Manners) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let gatekeeper = Self { address: listener.local_addr()?, stopped: Arc::default() };
        let stopped = gatekeeper.stopped.clone();
        thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                if stopped.load(Ordering::Relaxed) {
                    break;
                }
                thread::spawn(move || answer(&connection, manners));
            }
        });
        Ok(gatekeeper)
    }
}

impl Drop for Gatekeeper {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for connections.
        let _woken = TcpStream::connect(self.address);
    }
}

/// Answers one request and closes.
fn answer(mut connection: &TcpStream, manners: Manners) -> std::io::Result<()> {
    let lines = BufReader::new(connection).lines().map_while(Result::ok);
    let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let has = |(name, value): (&str, &str)| {
        let cookie = head.iter().filter_map(|line| line.split_once(": "));
        cookie.into_iter().any(|(field, found)| field.eq_ignore_ascii_case(name) && found == value)
    };
    let (start, names) = match () {
        () if has(ALICE) => (manners.inside, manners.alice),
        () if has(NAMELESS) => (manners.inside, ""),
        () => (manners.outside, ""),
    };
    connection
        .write_all(format!("HTTP/1.1 {start}\r\n{names}Content-Length: 0\r\nConnection: close\r\n\r\n").as_bytes())
}
