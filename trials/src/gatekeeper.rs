//! A stand-in for the servers that proxies ask whether a request may pass: Authelia, authentik, oauth2-proxy.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use anyhow::Result;

use crate::http::Header;

/// The cookie of alice's browser.
pub const ALICE: Header = ("Cookie", "session=alice");
/// The cookie of a browser that may pass without an identity: a policy that bypasses sign-in.
pub const NAMELESS: Header = ("Cookie", "session=bypass");

/// A running stand-in, which is stopped when dropped.
pub struct Gatekeeper {
    /// The address where it listens.
    pub address: SocketAddr,
    stopped: Arc<AtomicBool>,
}

/// The answers of a gatekeeper.
#[derive(Clone, Copy)]
pub struct Answers {
    /// Status line and header lines for a request that isn't signed in.
    pub denied: &'static str,
    /// Status line for a request that may pass.
    pub allowed: &'static str,
    /// Header lines that identify alice.
    pub alice: &'static str,
}

impl Gatekeeper {
    /// Starts a gatekeeper on a free port.
    pub fn start(answers: Answers) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let gatekeeper = Self { address: listener.local_addr()?, stopped: Arc::default() };
        let stopped = gatekeeper.stopped.clone();
        thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                if stopped.load(Ordering::Relaxed) {
                    break;
                }
                thread::spawn(move || answer(&connection, answers));
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

/// Answers one request and closes the connection.
fn answer(mut connection: &TcpStream, answers: Answers) -> std::io::Result<()> {
    let lines = BufReader::new(connection).lines().map_while(Result::ok);
    let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let has = |(name, value): Header| {
        let mut fields = head.iter().filter_map(|line| line.split_once(": "));
        fields.any(|(field, found)| field.eq_ignore_ascii_case(name) && found == value)
    };
    let (start, identity) = match () {
        () if has(ALICE) => (answers.allowed, answers.alice),
        () if has(NAMELESS) => (answers.allowed, ""),
        () => (answers.denied, ""),
    };
    connection
        .write_all(format!("HTTP/1.1 {start}\r\n{identity}Content-Length: 0\r\nConnection: close\r\n\r\n").as_bytes())
}
