//! A tap between a reverse proxy and the server behind it, which records the requests of the proxy.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::Result;

/// A running tap, which takes no more connections when dropped.
pub struct Tap {
    /// The address where the proxy connects.
    pub address: SocketAddr,
    sent: Sent,
    stopped: Arc<AtomicBool>,
}

/// The bytes sent by proxies, in the order in which they arrived.
type Sent = Arc<Mutex<Vec<u8>>>;

impl Tap {
    /// Starts a tap that forwards everything to `upstream`, byte for byte.
    pub fn before(upstream: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let tap = Self { address: listener.local_addr()?, sent: Sent::default(), stopped: Arc::default() };
        let (sent, stopped) = (tap.sent.clone(), tap.stopped.clone());
        thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                if stopped.load(Ordering::Relaxed) {
                    break;
                }
                // The proxy's own answer tells of a connection that is dropped.
                let _refused = join(connection, upstream, &sent);
            }
        });
        Ok(tap)
    }

    /// Returns the bytes sent since the last call.
    pub fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.sent.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for connections.
        let _woken = TcpStream::connect(self.address);
    }
}

/// Joins a connection with a new one to the server, until either ends.
fn join(proxy: TcpStream, upstream: SocketAddr, sent: &Sent) -> std::io::Result<()> {
    let server = TcpStream::connect(upstream)?;
    let (from_proxy, to_server) = (proxy.try_clone()?, server.try_clone()?);
    let sent = sent.clone();
    thread::spawn(move || {
        pump(from_proxy, to_server, |bytes| {
            sent.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        });
    });
    thread::spawn(move || pump(server, proxy, |_| ()));
    Ok(())
}

fn pump(mut from: TcpStream, mut to: TcpStream, mut record: impl FnMut(&[u8])) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        record(&buffer[..length]);
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _already_closed = (to.shutdown(Shutdown::Write), from.shutdown(Shutdown::Read));
}
