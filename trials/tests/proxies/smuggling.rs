//! Bytes that proxy and server could take for different requests, so that one arrives which the proxy never saw.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Result;
use trials::http::{Header, Request, send_raw};

use crate::setup::Setup;

/// Time to wait for an answer. The proxies answer far sooner, unless they wait for more bytes.
const TIMEOUT: Duration = Duration::from_millis(300);
/// A path that only a hidden request has.
const HIDDEN: &str = "/api/v1/hidden";

/// Checks that no way of hiding a request, and none of breaking a line, works.
pub(crate) fn check(setup: &Setup, proxy: SocketAddr, alice: Header, header: &str) -> Result<()> {
    for lengths in lengths() {
        // The chunks end at once; the rest is a request of its own for a program that sees chunks, a body for others.
        let hidden = format!("GET {HIDDEN} HTTP/1.1\r\nHost: x\r\n{header}: admin\r\nConnection: close\r\n\r\n");
        let body = format!("0\r\n\r\n{hidden}");
        let lengths = lengths.replace("LENGTH", &body.len().to_string());
        send_raw(proxy, request("POST", alice, &lengths, &body).as_bytes(), TIMEOUT)?;
        assert!(!setup.server.log().contains(HIDDEN), "a request was hidden behind {lengths:?}");
    }
    for lines in [
        format!("X-A: b\n{header}: admin\r\n"),
        format!("X-A: b\r{header}: admin\r\n"),
        format!("X-A: b\r\n {header}: admin\r\n"),
        format!("{header} : admin\r\n"),
        format!("{header}\t: admin\r\n"),
        format!("X-A: b\0\r\n{header}: admin\r\n"),
        format!("{header}: alice\r\n\tadmin\r\n"),
    ] {
        let answer = send_raw(proxy, request("GET", alice, &lines, "").as_bytes(), TIMEOUT)?;
        let answer = String::from_utf8_lossy(&answer);
        // A refusal by the proxy is as good as a line without effect.
        let is_alice = !answer.starts_with("HTTP/1.1 200") || answer.contains("\"name\":\"alice\"");
        assert!(is_alice, "{lines:?} came in: {answer}");
    }
    // By now even a slow server has logged what it received.
    Request::read("/up").send(setup.instance.address)?;
    assert!(!setup.server.log().contains(HIDDEN), "a request was hidden");
    Ok(())
}

fn request(method: &str, (name, value): Header, lines: &str, body: &str) -> String {
    format!("{method} /api/v1/user HTTP/1.1\r\nHost: codes.example.org\r\n{name}: {value}\r\n{lines}\r\n{body}")
}

/// Contradictory statements of a body's length.
fn lengths() -> [&'static str; 8] {
    [
        "Content-Length: LENGTH\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: LENGTH\r\n",
        "Content-Length: LENGTH\r\nTransfer-Encoding: xchunked\r\n",
        "Content-Length: LENGTH\r\nTransfer-Encoding : chunked\r\n",
        "Content-Length: LENGTH\r\nTransfer-Encoding:\x0bchunked\r\n",
        "Content-Length: LENGTH\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "Content-Length: LENGTH\r\nX-A: b\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 5\r\nContent-Length: LENGTH\r\n",
    ]
}
